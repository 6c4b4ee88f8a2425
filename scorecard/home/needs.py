"""What a person has to do now, ordered by the date after which it is too late."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import Final

from django.db import models
from django.db.models import Exists, OuterRef
from django.urls import reverse
from django_fsm import get_available_user_FIELD_transitions

from marketing.campaigns.choices import CampaignStatus
from marketing.campaigns.models import Campaign
from planning.consensus.cycle import owed_by
from planning.consensus.models import Cycle
from planning.remedies.queries import waiting_remedies
from planning.risk.choices import AcceptanceStatus, RiskState
from planning.risk.models import Flag
from planning.risk.queries import acceptances_visible_to
from planning.risk.sentences import plural, size_accepted, size_of
from planning.risk.standing import signing_side, standing_of
from scorecard.actions.models import Action
from scorecard.meetings.choices import MeetingStatus
from scorecard.meetings.queries import MeetingHours, meetings_of
from scorecard.signals.queries import open_signals
from sop_site import formats
from sop_site.access.models import User
from sop_site.notifications.digest import Line, Section
from sop_site.operating_model.choices import OPEN_STATUSES
from sop_site.operating_model.models import OperatingModel

DIGEST_LINES: Final = 10
# A meeting needs its members from the day before on.
MEETING_WITHIN: Final = timedelta(days=1)
RED: Final = (RiskState.OUT, RiskState.STOCKOUT)


class NeedKind(models.TextChoices):
    """What kind of thing asks for a person, in the order in which kinds stand on a day."""

    MEETING = "meeting", "Meeting"
    FLAG = "flag", "Flags to decide"
    CONSENT = "consent", "Consent"
    SIGNATURE = "signature", "Signature"
    CAMPAIGN = "campaign", "Campaign to decide"
    FORECAST = "forecast", "Forecast"
    MODEL = "model", "Operating model"
    SIGNAL = "signal", "Demand signal"
    ACTION = "action", "Action"


ICONS: Final = {
    NeedKind.MEETING: "meeting",
    NeedKind.FLAG: "flag",
    NeedKind.CONSENT: "consent",
    NeedKind.SIGNATURE: "lock",
    NeedKind.CAMPAIGN: "campaign",
    NeedKind.FORECAST: "consensus",
    NeedKind.MODEL: "settings",
    NeedKind.SIGNAL: "signal",
    NeedKind.ACTION: "action",
}


@dataclass(frozen=True, slots=True)
class Need:
    """One thing that waits for a person; after ``due`` it is too late, and None has no such date."""

    kind: NeedKind
    words: str
    detail: str
    due: date | None
    url: str
    is_late: bool = False
    is_red: bool = False

    @property
    def icon(self) -> str:
        """The sign of its kind."""
        return ICONS[self.kind]


def needs_of(user: User, day: date) -> list[Need]:
    """Everything that waits for ``user`` on ``day``, the earliest date first, what has none last."""
    found = [
        *_meetings(user, day),
        *_flags(user, day),
        *_consents(user, day),
        *_risks_to_sign(user, day),
        *_campaigns(user, day),
        *_forecast(user, day),
        *_models(user, day),
        *_signals(user),
        *_actions(user, day),
    ]
    kinds = list(NeedKind)

    def pressing(need: Need) -> tuple[bool, date, bool, int, str]:
        return (need.due is None, need.due or day, not need.is_red, kinds.index(need.kind), need.words)

    return sorted(found, key=pressing)


def digest_section(user: User) -> Section | None:
    """What waits for a person, for their daily mail."""
    from sop_site.clock import today

    needs = needs_of(user, today())
    if not needs:
        return None
    lines = tuple(
        Line(
            f"{formats.short_date(need.due)}: {need.words}" if need.due is not None else need.words,
            need.detail,
            need.url,
        )
        for need in needs[:DIGEST_LINES]
    )
    return Section("Waits for you", lines, max(0, len(needs) - DIGEST_LINES))


def _meetings(user: User, day: date) -> Iterator[Need]:
    soon = meetings_of(user).filter(
        status__in=[MeetingStatus.PLANNED, MeetingStatus.RUNNING],
        starts_at__date__lte=day + MEETING_WITHIN,
        starts_at__date__gte=day - MEETING_WITHIN,
    )
    for meeting in soon.order_by("starts_at"):
        hours = MeetingHours.of(meeting)
        is_running = meeting.status == MeetingStatus.RUNNING
        where = f", {meeting.place}" if meeting.place else ""
        yield Need(
            NeedKind.MEETING,
            f"{meeting} is running" if is_running else str(meeting),
            f"{hours.words}{where}",
            hours.day,
            reverse("meetings:room", args=[meeting.pk]) if is_running else meeting.get_absolute_url(),
        )


def _flags(user: User, day: date) -> Iterator[Need]:
    """For Planning the undecided flags of each campaign, for the owner of a campaign those of theirs."""
    flags = Flag.objects.undecided().select_related("campaign", "product")
    if not user.has_perm("planning.propose_remedy"):
        return
    for campaign, group in groupby(flags.order_by("campaign_id", "pk"), key=lambda flag: flag.campaign):
        yield _flags_of(campaign, list(group), day)


def _flags_of(campaign: Campaign, flags: list[Flag], day: date) -> Need:
    dates = [flag.decide_by_date for flag in flags if flag.decide_by_date is not None]
    money = [flag.revenue_short for flag in flags]
    known = [amount for amount in money if amount is not None]
    size = size_of(sum(flag.units_short for flag in flags), sum(known) if len(known) == len(money) else None)
    one = flags[0] if len(flags) == 1 else None
    due = min(dates, default=None)
    what = one.product.sku if one is not None else plural(len(flags), "SKU")
    url = one.get_absolute_url() if one is not None else reverse("risk:campaign", args=[campaign.pk])
    return Need(
        NeedKind.FLAG,
        f"Decide on {what} in {campaign}",
        f"{size} short; the campaign starts {formats.short_date(campaign.starts_on)}",
        due,
        url,
        is_late=due is not None and due < day,
        is_red=any(flag.state in RED for flag in flags),
    )


def _consents(user: User, day: date) -> Iterator[Need]:
    if not user.has_perm("marketing.consent_to_remedy"):
        return
    for remedy in waiting_remedies(user):
        flag = remedy.flag
        yield Need(
            NeedKind.CONSENT,
            f"Consent to {remedy.get_kind_display().lower()} {flag.product.sku} in {flag.campaign}",
            f"Proposed by {remedy.proposed_by}",
            flag.decide_by_date,
            f"{reverse('remedies:waiting')}#remedy-{remedy.pk}",
            is_late=flag.decide_by_date is not None and flag.decide_by_date < day,
        )


def _risks_to_sign(user: User, day: date) -> Iterator[Need]:
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
        )


def _campaigns(user: User, day: date) -> Iterator[Need]:
    """Submitted campaigns of which every flag is decided: what is left is to approve or reject them.

    The CMO has those whose accepted risk is large enough for two signatures, until theirs is there.
    """
    approves = user.has_perm("planning.approve_campaign")
    if not approves and not user.has_perm("planning.co_sign_large_risk"):
        return
    undecided = Flag.objects.undecided().filter(campaign=OuterRef("pk"))
    ready = Campaign.objects.filter(status=CampaignStatus.SUBMITTED).exclude(Exists(undecided))
    for campaign in ready.order_by("starts_on", "pk"):
        if not approves and not _wants_signature(campaign, user):
            continue
        yield Need(
            NeedKind.CAMPAIGN,
            f"Approve or reject {campaign}"
            if approves
            else f"Sign for {campaign}, whose accepted risk is large",
            "No flag of it waits for a decision",
            campaign.starts_on,
            reverse("risk:campaign", args=[campaign.pk]),
            is_late=campaign.starts_on < day,
        )


def _wants_signature(campaign: Campaign, user: User) -> bool:
    standing = standing_of(campaign)
    return standing.has_large_risk and all(signature.by_id != user.pk for signature in standing.signatures)


def _forecast(user: User, day: date) -> Iterator[Need]:
    cycle = Cycle.objects.first()
    for owed in owed_by(user, cycle, day) if cycle is not None else ():
        yield Need(NeedKind.FORECAST, owed.words, "", owed.due, owed.url, is_late=owed.is_late)


def _models(user: User, day: date) -> Iterator[Need]:
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


def _signals(user: User) -> Iterator[Need]:
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


def _actions(user: User, day: date) -> Iterator[Need]:
    for action in Action.objects.unfinished().filter(owner=user).select_related("given_by"):
        given = f"from {action.given_by}" if action.given_by_id != user.pk else ""
        yield Need(
            NeedKind.ACTION,
            action.title,
            given,
            action.due_on,
            action.get_absolute_url(),
            is_late=action.due_on < day,
        )
