"""The weeks that a figure is about, and which of them are recorded."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from scorecard.measures.queries import RecordedWeek
from sop_site.fiscal import WEEK, FiscalWeek

DAYS_A_WEEK = 7
TRAILING_WEEKS = 4


@dataclass(frozen=True, slots=True)
class Span:
    """As many fiscal weeks as ``wanted``, from the first to the last of ``days``, and what is known of them.

    ``places`` are those of the recorded ones among all recorded weeks that were read, in order.

    ``over`` are those of them that were over when they were recorded, ``settled`` the same or, where none is,
    the one that goes on, whose sales may come later than its stock. ``with_outs`` are those of which it is
    known who was out, ``with_stock`` the settled ones whose stock is known, ``trailing`` the four before the
    last of these. ``weeks_with_outs`` and ``weeks_with_stock`` count them, a week that is not over as the
    part of it that is.
    """

    days: tuple[date, date]
    wanted: int
    places: list[int]
    over: list[int]
    settled: list[int]
    with_outs: list[int]
    with_stock: list[int]
    trailing: list[int]
    weeks_with_outs: float
    weeks_with_stock: float
    is_partial: bool

    @classmethod
    def of(cls, weeks: Sequence[FiscalWeek], recorded: Sequence[RecordedWeek]) -> "Span":
        """The span of ``weeks``, which follow on one another, among what was read."""
        place_of = {week.start: place for place, week in enumerate(recorded)}
        places = [place_of[week.start] for week in weeks if week.start in place_of]
        over = [place for place in places if recorded[place].days_seen == DAYS_A_WEEK]
        settled = over or places
        with_outs = [place for place in places if recorded[place].knows_who_was_out]
        with_stock = [place for place in settled if recorded[place].has_stock]
        trailing = [
            place_of[start]
            for ago in range(TRAILING_WEEKS, 0, -1)
            for start in (recorded[place].start - ago * WEEK for place in with_stock[-1:])
            if start in place_of
        ]
        return cls(
            days=(weeks[0].start, weeks[-1].end),
            wanted=len(weeks),
            places=places,
            over=over,
            settled=settled,
            with_outs=with_outs,
            with_stock=with_stock,
            trailing=trailing,
            weeks_with_outs=_count(with_outs, recorded),
            weeks_with_stock=_count(with_stock, recorded),
            is_partial=len(over) < len(weeks),
        )


def _count(places: Sequence[int], recorded: Sequence[RecordedWeek]) -> float:
    return sum(recorded[place].days_seen for place in places) / DAYS_A_WEEK


def starts_needed(spans: Sequence[Sequence[FiscalWeek]]) -> set[date]:
    """The first days of the weeks of all spans, and of those that weeks of supply look back to."""
    return {week.start - ago * WEEK for weeks in spans for week in weeks for ago in range(TRAILING_WEEKS + 1)}
