"""What past promotions sold, against what was expected without them (definitions: Lift).

Numbers in, numbers out: sales are ``[weeks, n]``, oldest week first; days count from the first day of
the first week.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class EventPolicy:
    """Which events count, and what their base is.

    The base is the mean of the last ``weeks`` usable weeks among the ``window_weeks`` before the event;
    an event with fewer than ``least_weeks`` of them, or with a base below ``least_base_units`` a week, is
    left out: its ratio would be noise. So is one that had no stock for more than ``most_out_share``, and
    one whose days are less than ``least_share_of_weeks`` of the fiscal weeks that it touches.
    """

    weeks: int = 8
    least_weeks: int = 4
    window_weeks: int = 26
    least_base_units: float = 1.0
    most_out_share: float = 0.75
    least_share_of_weeks: float = 0.5


@dataclass(frozen=True, slots=True)
class EventSales:
    """Units sold in each event, unconstrained, and the baseline units of the same days; NaN: left out."""

    actual_units: Floats
    baseline_units: Floats


def event_sales(
    *,
    column: Integers,
    first_day: Integers,
    last_day: Integers,
    units: Floats,
    promoted_days: Integers,
    in_stock_share: Floats,
    observed: Flags,
    policy: EventPolicy,
) -> EventSales:
    """Actual and baseline units of events, one entry each of ``column`` (SKU-door), first and last day.

    The weeks that an event touches are taken whole; the base of their days outside the event is taken
    off, down to nothing sold. Weeks with time out of stock are unconstrained by velocity first [I1].
    Left out are events whose weeks hold days of another promotion, are not observed, or lie beyond the
    sales.
    """
    weeks = len(units)
    promoted = promoted_days > 0
    near = promoted.copy()
    near[1:] |= promoted[:-1]
    near[:-1] |= promoted[1:]
    share = np.clip(in_stock_share, 0.0, 1.0)
    demand = np.divide(units, share, out=np.zeros_like(units), where=share > 0)

    first, last = first_day // 7, last_day // 7
    inside = (first_day >= 0) & (last < weeks)
    first, last = np.clip(first, 0, weeks - 1), np.clip(last, 0, weeks - 1)
    base, base_weeks = _base_before(demand, observed & ~near & (share > 0), column, first, policy)

    touched = (last - first + 1).astype(np.float64)
    event_days = (last_day - first_day + 1).astype(np.float64)
    known = _sum_over(observed.astype(np.float64), column, first, last) == touched
    alone = _sum_over(promoted_days.astype(np.float64), column, first, last) <= event_days
    in_stock = _sum_over(share, column, first, last) >= (1 - policy.most_out_share) * touched
    usable = inside & known & alone & in_stock
    usable &= (base_weeks >= policy.least_weeks) & (base >= policy.least_base_units)
    usable &= event_days >= policy.least_share_of_weeks * 7 * touched
    other_days = touched * 7 - event_days
    actual = np.maximum(_sum_over(demand, column, first, last) - base / 7 * other_days, 0.0)
    return EventSales(np.where(usable, actual, np.nan), np.where(usable, base / 7 * event_days, np.nan))


def _sum_over(values: Floats, column: Integers, first: Integers, last: Integers) -> Floats:
    """Sums of ``values[first..last, column]``."""
    running = np.vstack([np.zeros(values.shape[1]), np.cumsum(values, axis=0)])
    return running[last + 1, column] - running[first, column]


def _base_before(
    demand: Floats, usable: Flags, column: Integers, week: Integers, policy: EventPolicy
) -> tuple[Floats, Integers]:
    """Mean of the last usable weeks before ``week`` and how many they are; NaN where there is none."""
    counts = np.vstack([np.zeros(usable.shape[1], dtype=np.int64), np.cumsum(usable, axis=0)])
    before = counts[week, column]
    number = np.minimum(before - counts[np.maximum(week - policy.window_weeks, 0), column], policy.weeks)
    # The usable weeks of all columns in one row, column after column, with their running sum.
    running = np.concatenate([[0.0], np.cumsum(demand.T[usable.T])])
    start = np.concatenate([[0], np.cumsum(counts[-1])[:-1]])[column]
    total = running[start + before] - running[start + before - number]
    return np.divide(total, number, out=np.full(len(column), np.nan), where=number > 0), number
