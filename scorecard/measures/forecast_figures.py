"""The measures of the forecast, from the accuracy facts of a span: of the weeks that are over alone."""

from collections.abc import Callable
from math import fsum
from typing import Final

from planning.consensus.choices import Layer
from planning.consensus.engine import LEAST_RANKED
from scorecard.measures import engine
from scorecard.measures.choices import Measure
from scorecard.measures.figure import Figure
from scorecard.measures.queries import Sums, error_of, forecast_of
from scorecard.measures.spans import Span
from sop_site import formats

# The number of each step; it is held against the step before it (definitions: E21).
LAYER_OF: Final = {
    Measure.VALUE_MARKETING: Layer.MARKETING,
    Measure.VALUE_PLANNING: Layer.PLANNING,
    Measure.VALUE_MERCHANDISING: Layer.MERCHANDISING,
    Measure.VALUE_CONSENSUS: Layer.CONSENSUS,
}
STEPS: Final = list(Layer)


def figure_of(measure: Measure, sums: Sums, span: Span) -> Figure:
    """One of ``RULES`` on the facts of a part in a span."""
    return RULES[measure](measure, sums, span)


def accuracy(measure: Measure, sums: Sums, span: Span) -> Figure:
    """1 - WMAPE of the signed forecast, on SKU-weeks with a promotion or without."""
    promoted = measure == Measure.ACCURACY_PROMOTED
    of = f"SKU-weeks {'with' if promoted else 'without'} a promotion"
    n = round(fsum(sums.of("cells", span.over, promoted=promoted)))
    error = sums.of(error_of(Layer.CONSENSUS), span.over, promoted=promoted)
    sold = sums.of("actual_units", span.over, promoted=promoted)
    value, wmape = engine.accuracy_of_sums(error, sold), engine.wmape_of_sums(error, sold)
    if value is None:
        return _nothing(measure, n, of, fsum(error))
    return Figure(measure, value, n, of).noted(f"WMAPE {formats.percent(wmape, 1)}.")


def bias(measure: Measure, sums: Sums, span: Span) -> Figure:
    """Of the signed forecast: above 0 it was over-forecast."""
    n = round(fsum(sums.of("cells", span.over)))
    forecast = sums.of(forecast_of(Layer.CONSENSUS), span.over)
    value = engine.bias_of_sums(forecast, sums.of("actual_units", span.over))
    if value is None:
        return _nothing(measure, n, "SKU-weeks", fsum(forecast))
    return Figure(measure, value, n, "SKU-weeks")


def value_added(measure: Measure, sums: Sums, span: Span) -> Figure:
    """What a function's number, or the consensus, added to the number of the step before it.

    On fewer SKU-weeks than anybody is ranked on there is no figure, but n.
    """
    n = round(fsum(sums.of("cells", span.over)))
    before, step = STEPS[STEPS.index(LAYER_OF[measure]) - 1], LAYER_OF[measure]
    after = sums.of(error_of(step), span.over)
    value = engine.value_added_of_sums(
        sums.of(error_of(before), span.over), after, sums.of("actual_units", span.over)
    )
    if value is None:
        return _nothing(measure, n, "SKU-weeks", fsum(after))
    if n < LEAST_RANKED:
        return Figure.none(
            measure, f"Too few to rank: n = {n}, fewer than {LEAST_RANKED}.", n=n, n_of="SKU-weeks"
        )
    return Figure(measure, value, n, "SKU-weeks")


RULES: Final[dict[Measure, Callable[[Measure, Sums, Span], Figure]]] = {
    Measure.ACCURACY_PROMOTED: accuracy,
    Measure.ACCURACY_OTHER: accuracy,
    Measure.BIAS: bias,
    **dict.fromkeys(LAYER_OF, value_added),
}


def _nothing(measure: Measure, n: int, of: str, units: float) -> Figure:
    """No figure: nothing was signed for these weeks, or nothing sold, and then the units that were off."""
    if n == 0:
        return Figure.none(measure, f"No forecast was signed that long before these {of}.", n_of=of)
    return Figure.none(measure, f"Nothing was sold: {formats.units(units)} units off.", n=n, n_of=of)
