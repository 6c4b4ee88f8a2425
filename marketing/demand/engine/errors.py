"""How wrong the expectations of demand were: the spread of actual / expected, measured on past forecasts.

Nothing here is assumed to be Gaussian: the quantiles are those of the errors that forecasts really made,
from points in the past at which neither the effects nor the levels knew what came.
"""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from marketing.demand.engine.history import Floats

Values = NDArray[np.float64]

SHARES = np.arange(1, 20) / 20.0
SIZE_BINS = 8
LEAST_ERRORS_A_BIN = 60
# Without enough past errors: those of a trade in which promotions sell 0.4 to 1.8 times what is expected.
UNKNOWN_SPREAD = 0.55


@dataclass(frozen=True, slots=True)
class ErrorTable:
    """Quantiles of actual / expected at ``SHARES`` by expected units.

    ``log_units [k]`` ascends: the middle of each class of expected units; ``ratios [k, 19]`` ascend along
    each row. ``count`` is the number of past errors that they rest on.
    """

    log_units: Values
    ratios: Values
    count: int

    def quantile(self, share: float, expected: Floats) -> Floats:
        """The ratio that the actual stays under with the probability ``share``, for each expectation."""
        by_class = np.array([np.interp(share, SHARES, row) for row in self.ratios])
        return np.interp(np.log(np.maximum(expected, 1e-6)), self.log_units, by_class).astype(np.float32)


def error_table(actual: Values, expected: Values, *, widening: float = 1.0) -> ErrorTable:
    """The errors of forecasts ``expected`` that became ``actual`` (long arrays), in classes of equal size.

    Each quantile lies ``widening`` times as far from the median as it was found.
    """
    usable = (expected > 1e-6) & ~np.isnan(actual)
    expected, ratio = expected[usable], actual[usable] / expected[usable]
    count = len(ratio)
    bins = min(SIZE_BINS, count // LEAST_ERRORS_A_BIN)
    if not bins:
        ratios = np.exp(UNKNOWN_SPREAD * _normal_scores())[None, :]
        return ErrorTable(np.zeros(1), ratios, 0)
    parts = np.array_split(np.argsort(expected, kind="stable"), bins)
    return ErrorTable(
        log_units=np.array([np.log(expected[part]).mean() for part in parts]),
        ratios=np.array([_widened(np.quantile(ratio[part], SHARES), widening) for part in parts]),
        count=count,
    )


def _widened(quantiles: Values, widening: float) -> Values:
    median = quantiles[len(quantiles) // 2]
    return np.maximum(median + widening * (quantiles - median), 0.0)


def _normal_scores() -> Values:
    """Standard normal quantiles at `SHARES`."""
    return np.array([NormalDist().inv_cdf(share) for share in SHARES])


@dataclass(frozen=True, slots=True)
class DemandErrors:
    """Past errors of SKU-doors and of SKUs over all their doors, in promoted and in other weeks."""

    door_promoted: ErrorTable
    door_other: ErrorTable
    sku_promoted: ErrorTable
    sku_other: ErrorTable
