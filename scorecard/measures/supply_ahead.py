"""Weeks of supply on the forecast, opened: the stock at the end, and how the weeks ahead use it up."""

from dataclasses import dataclass
from typing import Final

from scorecard.measures.cut import Cut
from scorecard.measures.queries import Facts, recorded_weeks
from scorecard.measures.spans import Span
from sop_site.fiscal import WEEK, FiscalPeriod, FiscalWeek, week_of

_UNDIVIDED: Final = None


@dataclass(frozen=True, slots=True)
class WeekAhead:
    """A week after the stock was counted: units that it was expected to sell, and left after it."""

    week: FiscalWeek
    expected_units: float
    left_units: float


@dataclass(frozen=True, slots=True)
class SupplyAhead:
    """The units in stock at the end of ``week``, and the weeks that follow it, in order."""

    week: FiscalWeek
    stock_units: float
    weeks: list[WeekAhead]


def supply_ahead(period: FiscalPeriod, cut: Cut) -> SupplyAhead | None:
    """What the figure of the period is made of; None where its stock or its forecast is not known."""
    recorded = recorded_weeks({week.start for week in period.weeks})
    last = Span.of(period.weeks, recorded).with_stock[-1:]
    facts = Facts(recorded, cut)
    outlook = facts.outlooks(last).get(_UNDIVIDED, {})
    if not outlook:
        return None
    start = recorded[last[0]].start
    stock = left = float(facts.week_sums()[_UNDIVIDED].of("closing_units", last)[0])
    weeks = []
    # The definition takes a forecast below none as none.
    for ahead, expected in enumerate(outlook[last[0]].clip(min=0.0).tolist(), start=1):
        left = max(0.0, left - expected)
        weeks.append(WeekAhead(week_of(start + ahead * WEEK), expected, left))
    return SupplyAhead(week_of(start), stock, weeks)
