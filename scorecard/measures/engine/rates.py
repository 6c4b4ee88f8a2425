"""Shares of a whole (definitions: Stockout rate on promoted items; Inventory)."""

from math import fsum
from statistics import median as middle

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def quotient(part: Floats, whole: Floats) -> float | None:
    """Sum of ``part`` over sum of ``whole``, each ``[n]``; None where the whole is not above 0."""
    total = fsum(whole)
    return fsum(part) / total if total > 0 else None


def stockout_rate(out_days: Floats, days: Floats) -> float | None:
    """SKU-door-days out over SKU-door-days ranged and open ``[n]`` [B4], within 0 and 1.

    Days on which a SKU is not ranged or its door is closed stand in neither.
    """
    share = quotient(out_days, days)
    # Shares of days are summed in the night in another order than days.
    return None if share is None else min(1.0, share)


def demand_weighted_rate(unmet: Floats, demand: Floats) -> float | None:
    """Unmet units over demand, which is sold and unmet units, ``[n]``; None where nobody wanted any.

    Returns can make what was sold negative, so that only what was wanted on balance is the whole: at most 1.
    """
    share = quotient(unmet, demand)
    return None if share is None else min(1.0, share)


def incidence(is_out: Flags) -> float | None:
    """The share of promoted SKUs ``[n]`` that had at least one day out; None without any."""
    return float(np.count_nonzero(is_out)) / len(is_out) if len(is_out) else None


def sell_through(sold: Floats, opening: Floats) -> float | None:
    """Units sold over units on hand at the start ``[n]`` [E23]: above 1 where more came in between.

    Negative stock counts as none.
    """
    return quotient(sold, np.maximum(0.0, opening))


def markdown_rate(markdown: Floats, net_sales: Floats) -> float | None:
    """What was given away below the base price over net sales ``[n]``, in money [E27].

    An item of 30 sold at 24 gives 25 %.
    """
    return quotient(markdown, net_sales)


def median(values: Floats) -> float | None:
    """The middle one of ``values [n]``, the mean of the two middle ones where n is even; None of none."""
    return float(middle(values.tolist())) if len(values) else None
