"""The measures of how we decide, from the process facts of a span."""

from collections.abc import Callable
from math import fsum
from typing import Final

import numpy as np

from scorecard.measures import engine
from scorecard.measures.choices import Measure
from scorecard.measures.figure import Figure
from scorecard.measures.queries import ProcessSums
from scorecard.measures.spans import Span

# On fewer the figure says that they are few.
LEAST: Final = 20

# Of each share: what it counts, of what, and that in words.
SHARES: Final = {
    Measure.SEEN_EARLY: ("seen_early", "risks", "risks"),
    Measure.DECIDED_IN_TIME: ("decided_in_time", "with_deadline", "decided risks with a decide-by date"),
    Measure.REMEDIES_WORKED: ("remedies_worked", "remedies", "SKUs with a remedy"),
}


def figure_of(measure: Measure, sums: ProcessSums, span: Span) -> Figure:
    """One of ``RULES`` on the facts of a part in a span."""
    return RULES[measure](measure, sums, span)


def share(measure: Measure, sums: ProcessSums, span: Span) -> Figure:
    """Those of the risks or remedies that went well."""
    part, whole, of = SHARES[measure]
    counted = sums.counts.of(whole, span.places)
    value = engine.quotient(sums.counts.of(part, span.places), counted)
    if value is None:
        return Figure.none(measure, f"There were no {of}.", n_of=of)
    return _thin(Figure(measure, value, round(fsum(counted)), of))


def decision_lead(measure: Measure, sums: ProcessSums, span: Span) -> Figure:
    """The median of days from a decision to the start of its campaign."""
    days = np.array([days for place in span.places for days in sums.lead_days[place]], dtype=np.float64)
    value = engine.median(days)
    if value is None:
        return Figure.none(measure, "No risk was decided.", n_of="decided risks")
    return _thin(Figure(measure, value, len(days), "decided risks"))


RULES: Final[dict[Measure, Callable[[Measure, ProcessSums, Span], Figure]]] = {
    **dict.fromkeys(SHARES, share),
    Measure.DECISION_LEAD: decision_lead,
}


def _thin(figure: Figure) -> Figure:
    return figure if figure.n >= LEAST else figure.noted(f"Few so far: n = {figure.n}.")
