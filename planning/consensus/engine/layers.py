"""How a number entered for many cells spreads over them, and how weeks and months become each other.

Units may come in single precision, as they are stored; all sums are made in double.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]


def spread(units: float, mix: Floats) -> Floats:
    """``units`` over the cells by their shares of ``mix [n]``: units ``[n]`` that add up to ``units``.

    Evenly where the mix is all 0; a negative or unknown (NaN) part of it counts as 0. ValueError where
    there is no cell.
    """
    return units * _shares(mix)


def with_total(values: Floats, chosen: Flags, units: float, mix: Floats) -> Floats:
    """``values [n]`` with the ``chosen`` cells replaced by ``units``, spread over them by ``mix [n]``.

    The other cells keep their values. ValueError where no cell is chosen.
    """
    replaced = np.array(values, dtype=np.float64)
    replaced[chosen] = spread(units, mix[chosen])
    return replaced


def months_of_weeks(weekly: Floats, month_of_week: Integers, months: int) -> Floats:
    """Units per month ``[n, M]``: the sums of ``weekly [n, W]``, whose month is ``month_of_week [W]``.

    Months are counted from 0; one without a week has 0 units. ValueError for a week of no month.
    """
    _refuse_other_months(month_of_week, months)
    monthly = np.empty((len(weekly), months))
    for month in range(months):
        monthly[:, month] = weekly[:, month_of_week == month].sum(axis=1, dtype=np.float64)
    return monthly


def weeks_of_months(monthly: Floats, profile: Floats, month_of_week: Integers) -> Floats:
    """Units per week ``[n, W]`` that add up to ``monthly [n, M]`` in each month.

    A month's units go to its weeks by the shares of ``profile [n, W]`` within the month, evenly where the
    profile has none there. ValueError for a month without weeks and for a week of no month.
    """
    months = monthly.shape[1]
    _refuse_other_months(month_of_week, months)
    weekly = np.empty(profile.shape)
    for month in range(months):
        weeks = month_of_week == month
        weekly[:, weeks] = monthly[:, [month]] * _shares(profile[:, weeks])
    return weekly


def _shares(mix: Floats) -> Floats:
    """The share of each cell in its row of ``mix [..., cells]``; every row adds up to 1."""
    if mix.shape[-1] == 0:
        raise ValueError("There is no cell to spread units over.")
    # A comparison with NaN is false, so what is unknown takes no part either.
    weights = np.where(mix > 0, mix, 0.0).astype(np.float64)
    has_none = weights.sum(axis=-1, keepdims=True) == 0
    weights = np.where(has_none, 1.0, weights)
    return weights / weights.sum(axis=-1, keepdims=True)


def _refuse_other_months(month_of_week: Integers, months: int) -> None:
    """Units of a week that belongs to none of the months would be lost."""
    if ((month_of_week < 0) | (month_of_week >= months)).any():
        raise ValueError(f"A week belongs to none of the {months} months.")
