"""How likely demand exceeds supply, from how wrong the expectations of past promotions were.

No shape is assumed: what counts is how many of the past promotions sold more than that part of what was
expected of them which today's supply would serve.
"""

import numpy as np

from .lines import ROUNDING, Floats

RATIO_DECIMALS = 12


def covered_share(cover: Floats, expected_units: Floats, units_short: Floats) -> Floats:
    """The part of the expected demand that supply serves in time ``[m]``; NaN where nothing is expected.

    It is the cover, or, where supply comes too late for some of the days, what is served of the demand.
    """
    is_short = (units_short > 0) & (expected_units > ROUNDING)
    served = np.full(cover.shape, np.inf)
    np.divide(expected_units - units_short, expected_units, out=served, where=is_short)
    return np.minimum(cover, served)


def short_probability(shares: Floats, ratios: Floats, covered: Floats) -> Floats:
    """The probability that demand is more than ``covered [m]`` of what is expected; NaN where that is.

    A share ``shares [k]`` of past promotions had actual / expected at or under ``ratios [k]``, both
    ascending. It is read between them; under the lowest the demand is even down to nothing, and beyond
    the highest the probability goes on to halve as fast as it last did.
    """
    # Between numbers that differ by less, the slope of what is read would be no number.
    ratios, covered = np.round(ratios, RATIO_DECIMALS), np.round(covered, RATIO_DECIMALS)
    above = 1 - np.interp(covered, np.concatenate([[0.0], ratios]), np.concatenate([[0.0], shares]))
    last = 1 - shares[-1]
    halving = ratios[-1] - np.interp(1 - 2 * last, shares, ratios)
    beyond = np.maximum(covered - ratios[-1], 0.0)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return np.where(beyond > 0, last * 0.5 ** (beyond / halving), above)
