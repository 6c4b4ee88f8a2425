"""What waits for a person, room by room; each in a number of queries that does not grow with it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Final, TypedDict

from django.db.models import Count, Exists, F, Min, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Greatest, TruncDate
from django.urls import reverse
from django_fsm import get_available_user_FIELD_transitions

from planning.buying.choices import BuyStatus
from planning.buying.models import BuyLine
from planning.consensus.cycle import owed_by
from planning.consensus.models import Cycle
from planning.remedies.choices import RemedyKind, RemedyStatus
from planning.remedies.models import Remedy
from planning.remedies.queries import waiting_remedies
from planning.risk.choices import AcceptanceStatus, RiskState
from planning.risk.models import Flag, RiskAcceptance
from planning.risk.queries import acceptances_visible_to
from planning.risk.sentences import plural, size_accepted, size_of
from planning.risk.standing import campaigns_to_decide, signing_side
from planning.risk.telling import steps_up
from scorecard.actions.models import Action
from scorecard.actions.telling import passed_on_to
from scorecard.home.need import Need, NeedKind
from scorecard.meetings.choices import MeetingStatus
from scorecard.meetings.queries import MeetingHours, meetings_of
from scorecard.signals.queries import open_signals
from sop_site import formats
from sop_site.access.models import User
from sop_site.access.queries import NEXT_ROLE, roles_held, roles_in_line
from sop_site.access.roles import Role
from sop_site.notifications.models import OutboxMessage
from sop_site.operating_model.choices import OPEN_STATUSES
from sop_site.operating_model.models import OperatingModel

# A meeting needs its members from the day before on.
MEETING_WITHIN: Final = timedelta(days=1)
# Planned orders that are due within so much are asked for.
ORDERS_WITHIN: Final = timedelta(days=7)
RED: Final = (RiskState.OUT, RiskState.STOCKOUT)
# Of a flag of a query: that it waits for signatures under its acceptance, or for Marketing's consent.
ACCEPTANCES_ASKED: Final = RiskAcceptance.objects.filter(
    flag=OuterRef("pk"), status=AcceptanceStatus.PROPOSED
)
SIGNATURE_ASKED: Final = Exists(ACCEPTANCES_ASKED)
CONSENT_ASKED: Final = Exists(Remedy.objects.filter(flag=OuterRef("pk"), status=RemedyStatus.PROPOSED))
ASKED_OF_MARKETING: Final = {
    RemedyKind.SHIFT: "feature another SKU than",
    RemedyKind.REDUCE: "expect less of",
}


class FlagsOfCampaign(TypedDict):
    """The undecided flags of a campaign, added up; ``flag`` and ``sku`` are of one of them."""

    campaign_id: int
    campaign__name: str
    campaign__starts_on: date
    count: int
    flag: int
    sku: str
    units: float
    revenue: float | None
    unpriced: int
    red: int
    due: date | None
    signatures: int
    consents: int
    owner_role: str | None
    waits_since: date


def meetings(user: User, day: date) -> Iterator[Need]:
    """Those that run, and those of today and tomorrow."""
    soon = Q(status=MeetingStatus.RUNNING) | Q(
        status=MeetingStatus.PLANNED,
        starts_at__date__gte=day,
        starts_at__date__lte=day + MEETING_WITHIN,
    )
    for meeting in meetings_of(user).filter(soon).order_by("starts_at"):
        hours = MeetingHours.of(meeting)
        is_running = meeting.status == MeetingStatus.RUNNING
        where = f", {meeting.place}" if meeting.place else ""
        yield Need(
            NeedKind.MEETING,
            f"{meeting} is running" if is_running else str(meeting),
            f"{hours.words}{where}",
            day if is_running else hours.day,
            reverse("meetings:room", args=[meeting.pk]) if is_running else meeting.get_absolute_url(),
        )


def flags(user: User, day: date) -> Iterator[Need]:
    """For Planning the flags to decide, one line a campaign; for its owner what their campaign is short of.

    What somebody else has to answer first, with a signature or consent, is not Planning's to decide until
    the date has passed; what the owner has to consent to is told as that.
    """
    if user.has_perm("planning.propose_remedy"):
        answered_by_others = (SIGNATURE_ASKED | CONSENT_ASKED) & Q(decide_by_date__gte=day)
        # The head answers first where there is nobody below.
        passes_on = user.role == Role.PLANNING_LEAD and Role.PLANNING_MEMBER in roles_held()
        for found in _by_campaign(Flag.objects.undecided().exclude(answered_by_others)):
            need = _flags_of(found, day, NeedKind.FLAG, "Decide on {what} in {campaign}")
            yield replace(need, is_passed_on=need.is_late and passes_on)
    elif user.has_perm("marketing.draft_campaign"):
        for found in _by_campaign(
            Flag.objects.undecided().filter(campaign__owner=user).exclude(CONSENT_ASKED)
        ):
            yield _flags_of(found, day, NeedKind.CAMPAIGN_AT_RISK, "{campaign} is short of {what}")


def lapsed(user: User, day: date) -> Iterator[Need]:
    """Flags that others did not decide on in time and that passed on to somebody who cannot decide on them.

    What they can do is to ask for it; what they have to sign for or consent to themselves is told as that.
    """
    if user.role not in NEXT_ROLE.values() or user.has_perm("planning.propose_remedy"):
        return
    held = roles_held()
    planners = Role.PLANNING_MEMBER if Role.PLANNING_MEMBER in held else Role.PLANNING_LEAD
    others = Flag.objects.undecided().filter(decide_by_date__lt=day).exclude(campaign__owner=user)
    if user.role == Role.MARKETING_LEAD:
        others = others.exclude(CONSENT_ASKED).exclude(
            Exists(ACCEPTANCES_ASKED.filter(marketing_signed_by=None))
        )
    for found in _by_campaign(others):
        steps = steps_up(found["waits_since"], day)
        if any(user.role in roles_in_line(role, steps, held) for role in (planners, found["owner_role"])):
            need = _flags_of(found, day, NeedKind.LAPSED, "Not decided in time: {what} in {campaign}")
            asked = f"{_whose(found)}; you can give them an action, or bring it to a meeting"
            yield replace(need, detail=f"{need.detail}. {asked}", is_passed_on=True)


def _whose(found: FlagsOfCampaign) -> str:
    """Who has to answer for the flags first."""
    if found["count"] == found["consents"]:
        return "Marketing has yet to consent to what Planning proposes"
    if found["count"] == found["signatures"]:
        return "VP Planning and CMO have yet to sign for the risk"
    return "Planning decides"


def _by_campaign(undecided: QuerySet[Flag]) -> list[FlagsOfCampaign]:
    return list(
        undecided.order_by()
        .values(
            "campaign_id",
            "campaign__name",
            "campaign__starts_on",
            owner_role=F("campaign__owner__role_assignment__group__name"),
        )
        .annotate(
            count=Count("pk"),
            flag=Min("pk"),
            sku=Min("product__sku"),
            units=Sum("units_short"),
            revenue=Sum("revenue_short"),
            unpriced=Count("pk", filter=Q(revenue_short=None)),
            red=Count("pk", filter=Q(state__in=RED)),
            due=Min("decide_by_date"),
            signatures=Count("pk", filter=SIGNATURE_ASKED),
            consents=Count("pk", filter=CONSENT_ASKED),
            waits_since=Min(Greatest("decide_by_date", TruncDate("opened_at"))),
        )
    )


def _flags_of(found: FlagsOfCampaign, day: date, kind: NeedKind, words: str) -> Need:
    is_one, due = found["count"] == 1, found["due"]
    size = size_of(found["units"], None if found["unpriced"] else found["revenue"])
    short = f"{size} short" if found["units"] else "Cover is thin"
    starts_on = found["campaign__starts_on"]
    begins = "started" if starts_on < day else "starts"
    return Need(
        kind,
        words.format(
            what=found["sku"] if is_one else plural(found["count"], "SKU"), campaign=found["campaign__name"]
        ),
        f"{short}; the campaign {begins} {formats.short_date(starts_on)}",
        due,
        reverse("risk:flag", args=[found["flag"]])
        if is_one
        else reverse("risk:campaign", args=[found["campaign_id"]]),
        is_late=due is not None and due < day,
        is_red=found["red"] > 0,
    )


def consents(user: User, day: date) -> Iterator[Need]:
    """What Planning asks of the owner of a campaign, and of Marketing's head for everyone."""
    if not user.has_perm("marketing.consent_to_remedy"):
        return
    waiting = waiting_remedies(user)
    if user.role != Role.MARKETING_LEAD:
        waiting = waiting.filter(Q(flag__campaign__owner=user) | Q(flag__campaign__owner=None))
    for remedy in waiting:
        flag, what = remedy.flag, ASKED_OF_MARKETING[RemedyKind(remedy.kind)]
        yield Need(
            NeedKind.CONSENT,
            f"Consent to {what} {flag.product.sku} in {flag.campaign}",
            f"Proposed by {remedy.proposed_by}",
            flag.decide_by_date,
            f"{reverse('remedies:waiting')}#remedy-{remedy.pk}",
            is_late=flag.decide_by_date is not None and flag.decide_by_date < day,
            is_red=flag.state in RED,
        )


def risks_to_sign(user: User, day: date) -> Iterator[Need]:
    """Large acceptances that lack the signature of this person's side."""
    side = signing_side(user)
    if side is None:
        return
    proposed = acceptances_visible_to(user).filter(status=AcceptanceStatus.PROPOSED)
    for acceptance in proposed.select_related("flag__campaign", "flag__product", "proposed_by"):
        if side not in acceptance.sides_to_sign:
            continue
        flag = acceptance.flag
        yield Need(
            NeedKind.SIGNATURE,
            f"Sign for the risk of {flag.product.sku} in {flag.campaign}",
            f"{size_accepted(acceptance)}, proposed by {acceptance.proposed_by}",
            flag.decide_by_date,
            flag.get_absolute_url(),
            is_late=flag.decide_by_date is not None and flag.decide_by_date < day,
            is_red=flag.state in RED,
        )


def campaigns(user: User, day: date) -> Iterator[Need]:
    """Submitted campaigns of which every flag is decided: what is left is to approve, reject or sign them."""
    verb = "Approve or reject" if user.has_perm("planning.approve_campaign") else "Sign for"
    for campaign in campaigns_to_decide(user):
        yield Need(
            NeedKind.CAMPAIGN,
            f"{verb} {campaign}",
            f"No flag of it waits for a decision; it {'started' if campaign.starts_on < day else 'starts'}"
            f" {formats.short_date(campaign.starts_on)}",
            campaign.starts_on,
            reverse("risk:campaign", args=[campaign.pk]),
            is_late=campaign.starts_on < day,
        )


def forecast(user: User, day: date) -> Iterator[Need]:
    """Numbers, signatures and points of the newest consensus cycle."""
    cycle = Cycle.objects.first()
    for owed in owed_by(user, cycle, day) if cycle is not None else ():
        yield Need(NeedKind.FORECAST, owed.words, "", owed.due, owed.url, is_late=owed.is_late)


def orders(user: User, day: date) -> Iterator[Need]:
    """Planned orders that must be placed within a week, for those who approve them."""
    if not user.has_perm("planning.approve_buy"):
        return
    proposed = BuyLine.objects.filter(status=BuyStatus.PROPOSED, order_by_date__lte=day + ORDERS_WITHIN)
    found = proposed.aggregate(count=Count("pk"), due=Min("order_by_date"))
    if found["count"]:
        yield Need(
            NeedKind.ORDER,
            f"Approve {plural(found['count'], 'planned order')}",
            "To be placed within a week",
            found["due"],
            reverse("buying:plan"),
            is_late=found["due"] < day,
        )


def models(user: User, day: date) -> Iterator[Need]:
    """Proposed versions of the operating model that this person may review or adopt."""
    status = OperatingModel._meta.get_field("status")
    for model in OperatingModel.objects.filter(status__in=OPEN_STATUSES).select_related("proposed_by"):
        offered = {move.name for move in get_available_user_FIELD_transitions(model, user, status)}
        step = next((name for name in ("adopt", "review") if name in offered), None)
        if step is None:
            continue
        yield Need(
            NeedKind.MODEL,
            f"{step.capitalize()} version {model.version} of the operating model",
            f"Proposed by {model.proposed_by}",
            model.effective_from,
            reverse("operating_model:version", args=[model.version]),
            is_late=model.effective_from < day,
        )


def signals(user: User, day: date) -> Iterator[Need]:
    """How many demand signals are open, for those who decide what follows from them."""
    if not user.has_perm("scorecard.decide_signal"):
        return
    count = open_signals().count()
    if count:
        yield Need(
            NeedKind.SIGNAL,
            f"Decide on {plural(count, 'demand signal')}",
            "In the weekly review, or before it",
            None,
            reverse("signals:signals"),
        )


def actions(user: User, day: date) -> Iterator[Need]:
    """The person's own action items."""
    for action in Action.objects.unfinished().filter(owner=user).select_related("given_by"):
        given = f"Given by {action.given_by}" if action.given_by_id != user.pk else ""
        yield Need(
            NeedKind.ACTION,
            action.title,
            given,
            action.due_on,
            action.get_absolute_url(),
            is_late=action.due_on < day,
        )


def actions_passed_on(user: User, day: date) -> Iterator[Need]:
    """Action items that others did not finish in time and that were passed on to this person."""
    for action in passed_on_to(user, day):
        given = (
            f", given by {action.given_by}" if action.given_by_id not in (user.pk, action.owner_id) else ""
        )
        yield Need(
            NeedKind.ACTION,
            f"Not done in time: {action.title}",
            f"Owner: {action.owner}{given}. You can hand it over, give it another date, or drop it",
            action.due_on,
            action.get_absolute_url(),
            is_late=True,
            is_passed_on=True,
        )


def site(user: User, day: date) -> Iterator[Need]:
    """For administrators: people who wait for a role, and messages that did not arrive."""
    if user.has_perm("sop_site.manage_people"):
        waiting = User.objects.filter(is_active=True, role_assignment=None).count()
        if waiting:
            people = "person" if waiting == 1 else "people"
            yield Need(
                NeedKind.SITE, f"Give {waiting} {people} a role", "They see nothing until then", None,
                reverse("access:people"),
            )  # fmt: skip
    if user.has_perm("sop_site.manage_messages"):
        count = OutboxMessage.objects.wanting_care().count()
        if count:
            yield Need(
                NeedKind.SITE,
                f"Look at {plural(count, 'message')} that may not have arrived",
                "Refused, or nobody knows; they are not sent again by themselves",
                None,
                reverse("notifications:outbox"),
            )
