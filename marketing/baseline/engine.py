"""Baseline: expected weekly sales without promotion, per SKU-door (definitions: Lift, Lost sales).

Public names::

    BaselinePolicy(weeks=8, window_weeks=26, margin_weeks=1)
    Basis (IntEnum: NO_SALES, ALL_WEEKS, NON_PROMOTED; .slug)
    trailing_baseline(units, promoted, in_stock_share, observed, policy) -> Baselines

The trailing mean of the last non-promoted weeks, promotion windows masked [E11] together with the
weeks next to them, where buying ahead and buying less show [S3]. Weeks in which the SKU was partly out
of stock count by the time in which it could be bought [I1]: the rate is units sold / weeks in stock.
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class BaselinePolicy:
    """How far back the baseline looks.

    ``weeks``: how many usable weeks it averages. ``window_weeks``: how far back they may lie.
    ``margin_weeks``: how many weeks before and after a promotion are left out with it.
    """

    weeks: int = 8
    window_weeks: int = 26
    margin_weeks: int = 1

    def __post_init__(self) -> None:
        if self.weeks < 1 or self.window_weeks < 1 or self.margin_weeks < 0:
            raise ValueError("A baseline needs at least one week, and no negative margin.")


class Basis(IntEnum):
    """What a baseline rests on."""

    NO_SALES = 0
    ALL_WEEKS = 1
    NON_PROMOTED = 2

    @property
    def slug(self) -> str:
        """The name under which the basis is stored: ``non_promoted``."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Baselines:
    """Per SKU-door ``[n]``: units per week (NaN without sales), ``Basis`` numbers, weeks averaged."""

    units_per_week: Floats
    basis: NDArray[np.int8]
    weeks_used: NDArray[np.int64]


def trailing_baseline(
    units: Floats, promoted: Flags, in_stock_share: Floats, observed: Flags, policy: BaselinePolicy
) -> Baselines:
    """The baseline of every SKU-door from its weekly sales.

    All arrays are ``[weeks, n]``, oldest week first, the last complete week last. ``in_stock_share``
    is the share of the week in which the SKU could be bought (NaN: unknown, taken as 1; above 1 as 1).
    ``observed`` is False for a week of which nothing is known: it is not a week without sales.

    Weeks that were wholly out of stock are left out. A SKU-door without a usable non-promoted week
    falls back to all its usable weeks, promoted ones included, and says so in ``basis``. One that sold
    nothing in the window has no baseline. Returns below zero do not make a baseline negative.
    """
    next_to_promotion = _widened(promoted, policy.margin_weeks)[-policy.window_weeks :]
    units, observed = units[-policy.window_weeks :], observed[-policy.window_weeks :]
    share = in_stock_share[-policy.window_weeks :]
    share = np.clip(np.where(np.isnan(share), 1.0, share), 0.0, 1.0)
    usable = observed & (share > 0)

    calm = _latest(usable & ~next_to_promotion, policy.weeks)
    has_calm = calm.any(axis=0)
    used = np.where(has_calm, calm, usable)
    weeks_in_stock = np.where(used, share, 0.0).sum(axis=0)
    sold = np.where(used, units, 0.0).sum(axis=0)
    has_sales = np.where(usable, units, 0.0).max(axis=0, initial=0.0) > 0

    rate = np.full(units.shape[1], np.nan)
    np.divide(np.maximum(sold, 0.0), weeks_in_stock, out=rate, where=has_sales)
    basis = np.where(has_sales, np.where(has_calm, Basis.NON_PROMOTED, Basis.ALL_WEEKS), Basis.NO_SALES)
    weeks_used = np.where(has_sales, used.sum(axis=0), 0)
    return Baselines(rate, basis.astype(np.int8), weeks_used)


def _widened(marked: Flags, margin: int) -> Flags:
    """``marked`` and the ``margin`` weeks before and after each marked week."""
    wide = marked.copy()
    for step in range(1, min(margin, len(marked) - 1) + 1):
        wide[step:] |= marked[:-step]
        wide[:-step] |= marked[step:]
    return wide


def _latest(marked: Flags, count: int) -> Flags:
    """The last ``count`` marked weeks of each column."""
    from_the_end = np.cumsum(marked[::-1], axis=0)[::-1]
    return marked & (from_the_end <= count)
