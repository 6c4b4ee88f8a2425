"""The measures of stockouts and stock, from the week facts of a span."""

from collections.abc import Callable
from dataclasses import dataclass
from math import fsum, isinf
from typing import Final

import numpy as np
from numpy.typing import NDArray

from scorecard.measures import engine
from scorecard.measures.choices import Measure
from scorecard.measures.figure import Figure
from scorecard.measures.queries import Sums
from scorecard.measures.spans import TRAILING_WEEKS, Span
from sop_site import formats

Floats = NDArray[np.float64]

NO_STOCK: Final = "No stock was known in these weeks."
NEED_SALES: Final = frozenset({Measure.TURN, Measure.GMROI, Measure.SELL_THROUGH})
NO_INVENTORY: Final = "No stock stood in these weeks."


@dataclass(frozen=True, slots=True)
class WeekFacts:
    """Of one part the sums of every week, and by place of the week what it expected of those after it."""

    sums: Sums
    outlooks: dict[int, Floats]


@dataclass(frozen=True, slots=True)
class SpanFacts:
    """Those of one span."""

    of_part: WeekFacts
    span: Span

    def all_of(self, name: str) -> Floats:
        """A column of all recorded weeks."""
        return self.of_part.sums.of(name, self.span.places)

    def known(self, name: str, *, promoted: bool) -> Floats:
        """A column of the weeks of which it is known who was out: of promoted days, or of all others."""
        return self.of_part.sums.of(name, self.span.with_outs, promoted=promoted)

    def stocked(self, name: str) -> Floats:
        """A column of the weeks whose stock is known."""
        return self.of_part.sums.of(name, self.span.with_stock)


def figure_of(measure: Measure, facts: WeekFacts, span: Span) -> Figure:
    """One of ``RULES`` on the facts of a part in a span."""
    of_span = SpanFacts(facts, span)
    # Sales of a week that goes on may be loaded when it is over: until then they are not none, but unknown.
    if measure in NEED_SALES and not span.over and not of_span.stocked("sold_units").any():
        return Figure.none(measure, "No sales of these days are known yet.")
    return RULES[measure](measure, of_span)


def stockout_days(measure: Measure, facts: SpanFacts) -> Figure:
    """By door-days, on promotion or without."""
    promoted = measure == Measure.STOCKOUT_DAYS
    days = facts.known("door_days", promoted=promoted)
    rate = engine.stockout_rate(facts.known("out_door_days", promoted=promoted), days)
    of = f"{'promoted' if promoted else 'other'} SKU-door-days"
    if rate is None:
        return Figure.none(measure, f"Of no {of} it is known whether stock was there.", n_of=of)
    return Figure(measure, rate, round(fsum(days)), of).noted(_outs_note(facts.span))


def stockout_demand(measure: Measure, facts: SpanFacts) -> Figure:
    """Unmet units over promoted demand."""
    unmet = facts.known("unmet_units", promoted=True)
    demand = facts.known("sold_units", promoted=True) + unmet
    rate = engine.demand_weighted_rate(unmet, demand)
    of = "units of promoted demand"
    # Without a day whose stock is known nothing can have been seen unmet.
    if rate is None or fsum(facts.known("door_days", promoted=True)) <= 0:
        return Figure.none(measure, f"Of no {of} it is known whether stock was there.", n_of=of)
    return Figure(measure, rate, round(fsum(demand)), of).noted(_outs_note(facts.span))


def lost_margin(measure: Measure, facts: SpanFacts) -> Figure:
    """Margin of unmet promoted demand, which leaves out what has no price or no cost."""
    unmet = fsum(facts.known("unmet_units", promoted=True))
    demand = fsum(facts.known("sold_units", promoted=True)) + unmet
    of = "units of promoted demand not met"
    if demand <= 0 or fsum(facts.known("door_days", promoted=True)) <= 0:
        return Figure.none(
            measure, "Of no units of promoted demand it is known whether stock was there.", n_of=of
        )
    unpriced = fsum(facts.known("unpriced_units", promoted=True))
    uncosted = fsum(facts.known("uncosted_units", promoted=True))
    if unmet > 0 and max(unpriced, uncosted) >= demand:
        lacks = "price" if unpriced >= demand else "cost"
        return Figure.none(measure, f"No SKU that ran out has a {lacks}.", n=round(unmet), n_of=of)
    figure = Figure(measure, fsum(facts.known("lost_margin", promoted=True)), round(unmet), of)
    return figure.noted(_left_out(unpriced, uncosted)).noted(_outs_note(facts.span))


def turn(measure: Measure, facts: SpanFacts) -> Figure:
    """Sales at cost over average inventory at cost, a year's worth."""
    weeks = facts.span.weeks_with_stock
    value = engine.inventory_turn(
        facts.stocked("sales_at_cost"),
        facts.stocked("opening_at_cost"),
        _last(facts, "closing_at_cost"),
        weeks,
    )
    return _over_inventory(measure, value, facts)


def gross_margin_return(measure: Measure, facts: SpanFacts) -> Figure:
    """Gross margin over average inventory at cost, of these weeks alone."""
    value = engine.gross_margin_return(
        facts.stocked("margin"), facts.stocked("opening_at_cost"), _last(facts, "closing_at_cost")
    )
    figure = _over_inventory(measure, value, facts)
    return figure if value is None else figure.noted(f"Of {_weeks(figure.n)}, not a year’s worth.")


def weeks_back(measure: Measure, facts: SpanFacts) -> Figure:
    """Stock at the start of the last week over the mean sales of the four weeks before."""
    of = "weeks of sales before"
    if not facts.span.with_stock:
        return Figure.none(measure, NO_STOCK, n_of=of)
    trailing = facts.of_part.sums.of("sold_units", facts.span.trailing)
    value = engine.weeks_of_supply_back(float(facts.stocked("opening_units")[-1]), trailing)
    n = len(trailing)
    if value is None:
        return Figure.none(measure, "The weeks before are not recorded.", n_of=of)
    if isinf(value):
        return Figure.none(
            measure, f"Nothing was sold in the {_weeks(n)} before: it never runs out.", n=n, n_of=of
        )
    figure = Figure(measure, value, n, of)
    return figure if n == TRAILING_WEEKS else figure.noted(f"Sales of {_weeks(n)} alone.")


def weeks_forward(measure: Measure, facts: SpanFacts) -> Figure:
    """How many weeks of the forecast the stock at the end serves."""
    of = "weeks of forecast"
    if not facts.span.with_stock:
        return Figure.none(measure, NO_STOCK, n_of=of)
    outlook = facts.of_part.outlooks.get(facts.span.with_stock[-1])
    if outlook is None:
        return Figure.none(measure, "No forecast was known.", n_of=of)
    value = engine.weeks_of_supply_forward(_last(facts, "closing_units"), outlook)
    n = len(outlook)
    if value is None or isinf(value):
        return Figure.none(
            measure, "The forecast ends at nothing before the stock does: it never runs out.", n=n, n_of=of
        )
    figure = Figure(measure, value, n, of)
    return figure if value <= n else figure.noted(f"Beyond {_weeks(n)} the last one’s forecast goes on.")


def sell_through(measure: Measure, facts: SpanFacts) -> Figure:
    """Units sold over units on hand at the start of the first week with stock."""
    of = "units at the start"
    opening = facts.stocked("opening_units")[:1]
    value = engine.sell_through(facts.stocked("sold_units"), opening)
    if value is None:
        return Figure.none(measure, NO_INVENTORY if len(opening) else NO_STOCK, n_of=of)
    return Figure(measure, value, round(fsum(opening)), of).noted(_stock_note(facts.span))


def markdown(measure: Measure, facts: SpanFacts) -> Figure:
    """What was given away below the base price over net sales."""
    value = engine.markdown_rate(facts.all_of("markdown"), facts.all_of("net_sales"))
    of = "units sold"
    sold = round(fsum(facts.all_of("sold_units")))
    if value is None:
        return Figure.none(measure, "No net sales were known.", n=sold, n_of=of)
    unpriced = fsum(facts.all_of("unpriced_units"))
    return Figure(measure, value, sold, of).noted(_left_out(unpriced, 0.0))


RULES: Final[dict[Measure, Callable[[Measure, SpanFacts], Figure]]] = {
    Measure.STOCKOUT_DAYS: stockout_days,
    Measure.STOCKOUT_DEMAND: stockout_demand,
    Measure.STOCKOUT_DAYS_OTHER: stockout_days,
    Measure.LOST_MARGIN: lost_margin,
    Measure.TURN: turn,
    Measure.WEEKS_BACK: weeks_back,
    Measure.WEEKS_FORWARD: weeks_forward,
    Measure.SELL_THROUGH: sell_through,
    Measure.MARKDOWN: markdown,
    Measure.GMROI: gross_margin_return,
}


def _last(facts: SpanFacts, name: str) -> float:
    """A column's last week with stock; 0 where there is none, which then has no opening either."""
    column = facts.stocked(name)
    return float(column[-1]) if len(column) else 0.0


def _over_inventory(measure: Measure, value: float | None, facts: SpanFacts) -> Figure:
    n = len(facts.span.with_stock)
    if value is None:
        return Figure.none(measure, NO_INVENTORY if n else NO_STOCK, n=n, n_of="weeks")
    uncosted = fsum(facts.stocked("uncosted_units"))
    return Figure(measure, value, n, "weeks").noted(_left_out(0.0, uncosted)).noted(_stock_note(facts.span))


def _outs_note(span: Span) -> str:
    known, recorded = len(span.with_outs), len(span.places)
    return "" if known == recorded else f"Who was out is known in {known} of {_weeks(recorded)}."


def _stock_note(span: Span) -> str:
    known, settled = len(span.with_stock), len(span.settled)
    return "" if known == settled else f"Stock was known in {known} of {_weeks(settled)}."


def _left_out(unpriced: float, uncosted: float) -> str:
    """The units that money leaves out."""
    lacking = [
        f"{formats.units(units)} without {what}"
        for units, what in ((unpriced, "a price"), (uncosted, "a cost"))
        if units > 0
    ]
    return f"Leaves out units: {' and '.join(lacking)}." if lacking else ""


def _weeks(count: int) -> str:
    return "1 week" if count == 1 else f"{count} weeks"
