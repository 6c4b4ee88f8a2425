"""What a person has to do now, ordered by the date after which it is too late."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Final

from scorecard.home import sources
from scorecard.home.need import Need
from sop_site import formats
from sop_site.access.models import User
from sop_site.clock import today
from sop_site.notifications.digest import Line, Section

SOURCES: Final[tuple[Callable[[User, date], Iterator[Need]], ...]] = (
    sources.meetings,
    sources.flags,
    sources.lapsed,
    sources.consents,
    sources.risks_to_sign,
    sources.campaigns,
    sources.forecast,
    sources.orders,
    sources.models,
    sources.signals,
    sources.actions,
    sources.actions_passed_on,
    sources.site,
)
DIGEST_LINES: Final = 10
# The page shows so many one by one, and the others folded up, a week each.
SHOWN: Final = 40


@dataclass(frozen=True, slots=True)
class LaterNeeds:
    """What stands below the first ones, by the week of its date."""

    title: str
    needs: Sequence[Need]


def needs_of(user: User, day: date) -> list[Need]:
    """Everything that waits for ``user`` on ``day``, the earliest date first, what has none last."""
    found = (need for source in SOURCES for need in source(user, day))
    return sorted(found, key=lambda need: need.urgency)


def by_week(needs: Sequence[Need]) -> list[LaterNeeds]:
    """``needs``, ordered as ``needs_of`` does, in groups: those past their date, each week, and no date."""

    def title(need: Need) -> str:
        if need.due is None:
            return "Without a date"
        if need.is_late:
            return "Past their date"
        return f"{formats.week_label(need.due)}, {formats.week_dates(need.due)}"

    return [LaterNeeds(name, list(group)) for name, group in groupby(needs, key=title)]


def digest_section(user: User) -> Section | None:
    """What waits for a person, for their daily mail."""
    needs = needs_of(user, today())
    if not needs:
        return None
    lines = tuple(
        Line(_dated(need), ". ".join(filter(None, [*need.marks, need.detail])), need.url)
        for need in needs[:DIGEST_LINES]
    )
    late = sum(need.is_late for need in needs)
    past = f", {late} past {'its' if late == 1 else 'their'} date" if late else ""
    return Section(f"Waits for you: {len(needs)}{past}", lines, len(needs) - len(lines), late)


def _dated(need: Need) -> str:
    if need.due is None:
        return need.words
    day = formats.short_date(need.due)
    return f"Past its date, {day}: {need.words}" if need.is_late else f"{day}: {need.words}"
