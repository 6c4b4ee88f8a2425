"""How good forecasts were, from sums over the same cells (definitions: Forecast accuracy)."""

from math import fsum

import numpy as np
from numpy.typing import NDArray

from .rates import quotient

Floats = NDArray[np.float64]


def wmape_of_sums(absolute_error: Floats, actual: Floats) -> float | None:
    """Sum of |A - F| over sum of A, in units ``[n]`` [E1] [E4]: 0.064 is 6.4 %. None where nothing sold."""
    return quotient(absolute_error, actual)


def accuracy_of_sums(absolute_error: Floats, actual: Floats) -> float | None:
    """1 - WMAPE, and never below 0; None where nothing was sold."""
    error = wmape_of_sums(absolute_error, actual)
    return None if error is None else max(0.0, 1.0 - error)


def bias_of_sums(forecast: Floats, actual: Floats) -> float | None:
    """(Sum of F - sum of A) over sum of A ``[n]`` [E18]: above 0 is over-forecast. None if none sold."""
    sold = fsum(actual)
    return (fsum(forecast) - sold) / sold if sold > 0 else None


def value_added_of_sums(error_before: Floats, error_after: Floats, actual: Floats) -> float | None:
    """WMAPE of one step less WMAPE of the next on the same cells ``[n]`` [E21]: above 0 the step helped."""
    before, after = wmape_of_sums(error_before, actual), wmape_of_sums(error_after, actual)
    return None if before is None or after is None else before - after
