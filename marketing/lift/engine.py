"""Lift: what a promotion sells beyond the baseline (definitions: Lift).

Public names::

    ratio_from_percent(percent) -> ratio
    percent_from_ratio(ratio) -> percent
    ratio_from_multiplier(multiplier) -> ratio
    multiplier_from_ratio(ratio) -> multiplier
    ratio_from_units(uplift_units, baseline_units) -> ratio        NaN where the baseline is not positive
    units_from_ratio(ratio, baseline_units) -> uplift_units
    ratio_from_share_of_total(share) -> ratio                      incremental / total to incremental / base
    share_of_total_from_ratio(ratio) -> share
    spread_units(line, units, weight) -> units per entry

Ours is incremental / base, a ratio: 100 sold against a base of 80 is 0.25 [E12]. The same figure as
incremental / total is 0.20 [E13]. All functions take numbers or arrays and broadcast.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


def ratio_from_percent(percent: ArrayLike) -> Floats:
    """25 (per cent on top of the base) becomes 0.25."""
    return np.asarray(percent, dtype=np.float64) / 100.0


def percent_from_ratio(ratio: ArrayLike) -> Floats:
    """0.25 becomes 25 per cent on top of the base."""
    return np.asarray(ratio, dtype=np.float64) * 100.0


def ratio_from_multiplier(multiplier: ArrayLike) -> Floats:
    """1.25 times the base becomes 0.25."""
    return np.asarray(multiplier, dtype=np.float64) - 1.0


def multiplier_from_ratio(ratio: ArrayLike) -> Floats:
    """0.25 becomes 1.25 times the base."""
    return np.asarray(ratio, dtype=np.float64) + 1.0


def ratio_from_units(uplift_units: ArrayLike, baseline_units: ArrayLike) -> Floats:
    """Uplift units against the baseline units of the same days, incremental / base [E12].

    NaN where the baseline is zero, negative or unknown: there a ratio is undefined, and the lift is
    kept in units.
    """
    uplift, baseline = np.broadcast_arrays(
        np.asarray(uplift_units, dtype=np.float64), np.asarray(baseline_units, dtype=np.float64)
    )
    ratio = np.full(uplift.shape, np.nan)
    return np.divide(uplift, baseline, out=ratio, where=baseline > 0)


def units_from_ratio(ratio: ArrayLike, baseline_units: ArrayLike) -> Floats:
    """Uplift units of a ratio on the baseline units of the same days."""
    return np.asarray(ratio, dtype=np.float64) * np.asarray(baseline_units, dtype=np.float64)


def ratio_from_share_of_total(share: ArrayLike) -> Floats:
    """Incremental / total [E13] as incremental / base [E12]: 0.20 becomes 0.25.

    NaN where the share is 1 or more: nothing would be left as the base.
    """
    part = np.asarray(share, dtype=np.float64)
    return np.divide(part, 1.0 - part, out=np.full(part.shape, np.nan), where=part < 1)


def share_of_total_from_ratio(ratio: ArrayLike) -> Floats:
    """Incremental / base [E12] as incremental / total [E13]: 0.25 becomes 0.20.

    NaN where the ratio is -1 or less: nothing is sold of which it could be a share.
    """
    part = np.asarray(ratio, dtype=np.float64)
    return np.divide(part, 1.0 + part, out=np.full(part.shape, np.nan), where=part > -1)


def spread_units(line: Integers, units: Floats, weight: Floats) -> Floats:
    """Spread the total units of each campaign line over its doors.

    Each of the ``m`` entries is one door of a line: ``line[m]`` says of which line (0, 1, …),
    ``units[m]`` repeats that line's total, ``weight[m]`` is the door's baseline. The units go in
    proportion to the weights, and evenly where every weight of the line is zero, negative or NaN.
    Returns units per entry ``[m]``; those of a line add up to its total.
    """
    known = np.where(weight > 0, weight, 0.0)
    doors = np.bincount(line, minlength=1)
    weights = np.bincount(line, weights=known, minlength=1)
    even = weights[line] <= 0
    part = np.where(even, 1.0, known)
    whole = np.where(even, doors[line], weights[line])
    return units * (part / whole)
