"""Whom a flag concerns, and what they are told of it: the owner of its campaign and Planning.

A recalculation only notes which of its changes are to be told; it is told after it, so that nobody's
mailbox can slow or fail a recalculation, and nothing is lost or said twice when a worker is killed.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from functools import cache
from itertools import groupby
from typing import Final

from django.db import transaction
from django.urls import reverse

from marketing.campaigns.models import Campaign
from planning.risk.choices import AcceptanceStatus, FlagEventKind, RiskState
from planning.risk.models import Flag, FlagEvent, RiskAcceptance
from planning.risk.runs import runs_under_way
from planning.risk.sentences import joined, plural, size_accepted, size_of
from planning.risk.standing import SIGNING_PERMISSIONS, CampaignStanding, signing_side
from sop_site.access.models import User
from sop_site.access.queries import next_in_line, people_who_may, people_with_role
from sop_site.access.roles import Role
from sop_site.clock import today
from sop_site.formats import short_date
from sop_site.notifications.choices import Kind
from sop_site.notifications.domain import notify
from sop_site.notifications.told import by_thing
from sop_site.working_days import add_working_days, working_days_between

RED: Final = (RiskState.OUT, RiskState.STOCKOUT)
OPENED: Final = (FlagEventKind.OPENED, FlagEventKind.REOPENED)
# People are reminded so many working days before a decide-by date.
REMINDED_BEFORE: Final = 3
# The next in line is told of a date once it has lapsed, theirs after so many working days, and so on.
PASSED_ON_AFTER: Final = 2
LAPSED: Final = " A remedy can still be proposed if there is one, or the risk accepted."


@transaction.atomic
def tell_of_flags() -> int:
    """Tell of the flags that recalculations opened or worsened, each campaign once; how many campaigns.

    While workers share a run it waits for its end, so that a campaign's flags are told together. Those that
    were decided on, eased or cleared meanwhile are not told of. May run at any time, in many workers.
    """
    if runs_under_way().exists():
        return 0
    waiting = FlagEvent.objects.filter(is_to_be_told=True).select_for_update(skip_locked=True, no_key=True)
    events = list(waiting.order_by("pk").values_list("pk", "flag_id", "kind"))
    if not events:
        return 0
    newest = {flag_id: pk for pk, flag_id, _ in events}
    opened = {flag_id for _, flag_id, kind in events if kind in OPENED}
    flags = (
        Flag.objects.undecided()
        .filter(pk__in=newest)
        .select_related("campaign__owner", "product")
        .order_by("campaign_id", "pk")
    )
    planners, told = list(people_who_may("planning.propose_remedy")), 0
    for campaign, group in groupby(flags.iterator(), key=lambda flag: flag.campaign):
        of_campaign = list(group)
        state = max(newest[flag.pk] for flag in of_campaign)
        new = [flag for flag in of_campaign if flag.pk in opened]
        worse = [flag for flag in of_campaign if flag.pk not in opened]
        notify(
            kind=Kind.FLAG_RAISED if new else Kind.FLAG_WORSENED,
            to=[*planners, *_owner(campaign)],
            key=f"campaign:{campaign.pk}:flags:{state}",
            title=f"{campaign}: {_moved(new, worse)}",
            detail=f"{_size(of_campaign)} short.{_decide_by(of_campaign)}",
            url=_page(campaign, of_campaign),
            is_red=any(flag.state in RED for flag in of_campaign),
        )
        told += 1
    FlagEvent.objects.filter(pk__in=[pk for pk, *_ in events]).update(is_to_be_told=False)
    return told


def remind_of_dates(day: date) -> None:
    """Each night: tell of decide-by dates that are near, and pass on those that have lapsed. May run twice.

    A date within three working days is told to Planning's members (its head, where there is none) and to the
    owner of the campaign; one that has lapsed also to the next in line of each, and two working days later to
    theirs. Of a campaign the near dates are one, as are the lapsed, each time that another joins them.
    """
    near = add_working_days(day, REMINDED_BEFORE)
    flags = (
        Flag.objects.undecided().filter(decide_by_date__lte=near).select_related("campaign__owner", "product")
    )
    planners = list(people_with_role(Role.PLANNING_MEMBER)) or list(people_with_role(Role.PLANNING_LEAD))
    # Asked for campaign after campaign, most of which the same people answer for.
    passed_on_to = cache(_passed_on_to)
    ordered = flags.order_by("campaign_id", "decide_by_date", "pk")
    for (campaign, has_lapsed), group in groupby(
        ordered.iterator(), key=lambda flag: (flag.campaign, _due(flag) < day)
    ):
        answerable, dated = (*planners, *_owner(campaign)), list(group)
        if has_lapsed:
            to = [*answerable, *passed_on_to(answerable, steps_up(_waits_since(dated), day))]
            _tell_dates(Kind.DECIDE_BY_LAPSED, to, dated, "Not decided by", LAPSED)
        else:
            _tell_dates(Kind.DECIDE_BY_NEAR, answerable, dated, "Decide by")


def steps_up(since: date, day: date) -> int:
    """How many steps up a matter has gone on ``day`` that waits past its date ``since``."""
    return 1 + max(0, working_days_between(since, day)) // PASSED_ON_AFTER


def tell_signature_asked(acceptance: RiskAcceptance, by: User) -> None:
    """Tell those who have to sign for a large risk."""
    flag = acceptance.flag
    _ask_to_sign(
        [SIGNING_PERMISSIONS[side] for side in acceptance.sides_to_sign],
        key=f"acceptance:{acceptance.pk}:sign",
        title=f"The risk of {flag.product.sku} in {flag.campaign} waits for two signatures",
        detail=f"{size_accepted(acceptance)}. {by}: {acceptance.reason}",
        url=flag.get_absolute_url(),
        by=by,
    )


def tell_approval_asked(standing: CampaignStanding, by: User) -> None:
    """Tell those whose signature a campaign with a large accepted risk still lacks."""
    campaign = standing.campaign
    _ask_to_sign(
        [SIGNING_PERMISSIONS[side] for side in standing.sides_to_sign],
        key=f"campaign:{campaign.pk}:revision:{campaign.revision}:sign",
        title=f"{campaign} waits for the second signature under its approval",
        detail="It carries a large accepted risk.",
        url=reverse("risk:campaign", args=[campaign.pk]),
        by=by,
    )


def _ask_to_sign(
    permissions: Iterable[str], *, key: str, title: str, detail: str, url: str, by: User
) -> None:
    notify(
        kind=Kind.SIGNATURE_ASKED,
        to=[person for permission in permissions for person in people_who_may(permission)],
        key=key,
        title=title,
        detail=detail[:500],
        url=url,
        by=by,
    )


def _tell_dates(kind: Kind, to: Sequence[User], flags: Sequence[Flag], words: str, advice: str = "") -> None:
    """Tell of flags of one campaign, the earliest date first, once for the latest of their dates."""
    campaign, first, last = flags[0].campaign, _due(flags[0]), _due(flags[-1])
    until = f" The last of them by {short_date(last)}." if last != first else ""
    notify(
        kind=kind,
        to=to,
        key=f"campaign:{campaign.pk}:{kind}:{last}",
        title=f"{words} {short_date(first)}: {_what(flags)} in {campaign}",
        detail=f"{_size(flags)} short.{until}{advice}",
        url=_page(campaign, flags),
        is_red=any(flag.state in RED for flag in flags),
    )


def _due(flag: Flag) -> date:
    """The decide-by date of a flag that has one."""
    if flag.decide_by_date is None:
        raise ValueError(f"{flag} has no decide-by date.")
    return flag.decide_by_date


def _waits_since(flags: Iterable[Flag]) -> date:
    """Since when the first of them waits past its date; one that opened past it, since then."""
    return min(max(_due(flag), flag.opened_at.date() if flag.opened_at else _due(flag)) for flag in flags)


def _passed_on_to(people: tuple[User, ...], steps: int) -> list[User]:
    """Those whom a lapsed date has reached after so many steps up from those who let it lapse."""
    reached: list[User] = []
    last = list(people)
    for _ in range(steps):
        last = list({person.pk: person for one in last for person in next_in_line(one)}.values())
        reached += last
    return reached


def _owner(campaign: Campaign) -> list[User]:
    return [] if campaign.owner is None else [campaign.owner]


def _what(flags: Sequence[Flag]) -> str:
    return flags[0].product.sku if len(flags) == 1 else plural(len(flags), "SKU")


def _moved(new: Sequence[Flag], worse: Sequence[Flag]) -> str:
    parts = []
    if new:
        parts.append(f"{_what(new)} cannot be served as planned")
    if worse:
        parts.append(f"{_what(worse)} got worse")
    return joined(parts)


def _size(flags: Sequence[Flag]) -> str:
    money = [flag.revenue_short for flag in flags]
    known = [amount for amount in money if amount is not None]
    return size_of(sum(flag.units_short for flag in flags), sum(known) if len(known) == len(money) else None)


def _decide_by(flags: Sequence[Flag]) -> str:
    dates = [flag.decide_by_date for flag in flags if flag.decide_by_date is not None]
    if not dates:
        return ""
    first = min(dates)
    return (
        f" Decide by {short_date(first)}."
        if first >= today()
        else f" To be decided since {short_date(first)}."
    )


def _page(campaign: Campaign, flags: Sequence[Flag]) -> str:
    return flags[0].get_absolute_url() if len(flags) == 1 else reverse("risk:campaign", args=[campaign.pk])


def told_and_over(user: User, keys: Sequence[str]) -> set[str]:
    """Of the ``keys`` under which ``user`` was told, those of flags that are decided or told of since, of
    dates that passed or moved, and of risks that lack no signature of theirs."""
    return _over_of_flags(keys) | _over_of_acceptances(user, keys)


def _over_of_flags(keys: Sequence[str]) -> set[str]:
    """A date that is still to be kept is told beside what became of the flags since, and stands for what
    was told before it."""
    told, day = by_thing(keys, "campaign"), today()
    dates = Flag.objects.undecided().filter(campaign__in=told).values_list("campaign", "decide_by_date")
    undecided: dict[int, set[date | None]] = defaultdict(set)
    for campaign_id, due in dates:
        undecided[campaign_id].add(due)
    over = set()
    for pk, of_campaign in told.items():
        of_flags = [one for one in of_campaign if one.parts[0] != "revision"]
        standing = [one for one in of_flags if _is_so(one.parts, undecided[pk], day)]
        dated = [one for one in standing if one.parts[0] != "flags"]
        over |= {one.key for one in of_flags} - {one.key for one in (*standing[-1:], *dated[-1:])}
    return over


def _is_so(parts: tuple[str, ...], dates: Collection[date | None], day: date) -> bool:
    """Whether there are undecided flags, of those ``dates``, of which it was told."""
    match parts:
        case (Kind.DECIDE_BY_NEAR, until):
            return any(due is not None and day <= due <= date.fromisoformat(until) for due in dates)
        case (Kind.DECIDE_BY_LAPSED, until):
            return any(due is not None and due <= date.fromisoformat(until) for due in dates)
    return bool(dates)


def _over_of_acceptances(user: User, keys: Sequence[str]) -> set[str]:
    told, side = by_thing(keys, "acceptance"), signing_side(user)
    proposed = RiskAcceptance.objects.filter(pk__in=told, status=AcceptanceStatus.PROPOSED)
    waiting = {acceptance.pk for acceptance in proposed if side in acceptance.sides_to_sign}
    return {one.key for pk, of_one in told.items() if pk not in waiting for one in of_one}
