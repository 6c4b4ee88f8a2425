"""What SKU-doors that sell a few units a week will ask for: whole units, an expectation and how they clump.

The expectation of a week is a product of four things that can each be looked at: what the SKU-door usually
sells, the time of the year, what its category, subclass, SKU and door did of late against what was usual,
and, by a part, what it sold itself in the last weeks. How far whole units stray from such an expectation is
measured on each SKU-door's own past and leans on what is common where that past is short.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

WEEKS_OF_YEAR = 53
WEEKS_A_YEAR = 52
# A week with stock for less than this share of its time tells little of its demand.
LEAST_IN_STOCK = 0.2
# What is left of a week's weight a week later: in the usual level, in what groups did of late, and in the
# last weeks of the SKU-door itself.
USUAL_MEMORY = 0.99
GROUP_MEMORY = 0.7
OWN_MEMORY = 0.8
# The usual level, moved as its groups moved, counts as much as so many weeks of the SKU-door's own.
PRIOR_WEEKS = 20.0
# Units that a group must have sold before its own figure counts as much as that of the group above it.
SEASON_PRIOR_UNITS = 60.0
GROUP_PRIOR_UNITS = 20.0
# The time of the year is read from weeks around it, weighted by a bell so many weeks wide.
SEASON_WIDTH_WEEKS = 2.0
# How counts clump: measured against the level of half years, by a SKU-door's own weeks and so many more.
LEVEL_WEEKS = 26
CLUMPING_PRIOR_WEEKS = 50.0
COMMON_CLUMPING = 0.25
LEAST_CLUMPING, MOST_CLUMPING = 0.02, 5.0
NEARLY_ZERO = 1e-9


@dataclass(frozen=True, slots=True)
class CountForecast:
    """Demand in whole units: ``mean [h, n]`` of each week to come and ``clumping [n]``.

    The demand of a week is negative binomial: its variance is ``mean + clumping * mean ** 2``. Both are NaN
    for a SKU-door that was never seen in stock.
    """

    mean: Floats
    clumping: Floats


def forecast_counts(
    units: NDArray[np.floating],
    in_stock_share: NDArray[np.floating],
    week_of_year: Integers,
    season_groups: Sequence[Integers],
    recent_groups: Sequence[Integers],
) -> CountForecast:
    """The demand of the weeks that ``week_of_year [weeks + h]`` (0 to 52) has beyond ``units [weeks, n]``.

    ``units`` is NaN where nothing is known (also: a week that a promotion lifted), ``in_stock_share`` the
    share of a week with stock: what sold in half a week counts as half a week. Groups are places ``[n]``
    from 0, coarse before fine: ``season_groups`` share a year's course (categories, subclasses),
    ``recent_groups`` move together (the same, then SKUs, then doors); each leans on the one before it and
    the first on everything.
    """
    weeks = len(units)
    ahead = week_of_year[weeks:]
    share = np.asarray(in_stock_share, dtype=np.float64)
    seen = ~np.isnan(units) & (share >= LEAST_IN_STOCK)
    # Units 0 where unknown, and the part of the week that they tell of.
    sold = np.where(seen, np.maximum(units, 0.0), 0.0).astype(np.float64)
    exposure = np.where(seen, share, 0.0)
    past_weeks = week_of_year[:weeks]
    season = season_of(sold, exposure, past_weeks, season_groups)
    expected = season[past_weeks] * exposure
    mean = _level(sold, expected, recent_groups) * season[ahead]
    clumping = _clumping(sold, expected)
    unseen = ~seen.any(axis=0)
    mean[:, unseen], clumping[unseen] = np.nan, np.nan
    return CountForecast(mean, clumping)


def season_of(sold: Floats, exposure: Floats, week_of_year: Integers, groups: Sequence[Integers]) -> Floats:
    """How a week of the year compares with the year ``[53, n]``: 1.5 is half as much again.

    Read from the whole years that end with the last week, each against its own mean, so that growth is no
    season; 1 everywhere with less than a year. ``groups`` as in `forecast_counts`.
    """
    count = sold.shape[1]
    season = np.ones((WEEKS_OF_YEAR, count))
    sold_by_week, usual_by_week = np.zeros_like(season), np.zeros_like(season)
    years = len(sold) // WEEKS_A_YEAR
    for year in range(years):
        block = slice(len(sold) - (year + 1) * WEEKS_A_YEAR, len(sold) - year * WEEKS_A_YEAR)
        mean = _ratio(sold[block].sum(axis=0), exposure[block].sum(axis=0))
        np.add.at(sold_by_week, week_of_year[block], sold[block])
        np.add.at(usual_by_week, week_of_year[block], exposure[block] * mean)
    if not years:
        return season
    bell, effective_weeks = _bell()
    for places in (np.zeros(count, dtype=np.int64), *groups):
        sold_around = effective_weeks * bell @ _summed(sold_by_week, places)
        usual_around = effective_weeks * bell @ _summed(usual_by_week * season, places)
        factor = (sold_around + SEASON_PRIOR_UNITS) / (usual_around + SEASON_PRIOR_UNITS)
        season *= factor[:, places]
    return season


def _bell() -> tuple[Floats, float]:
    """Weights ``[53, 53]`` of the weeks around each week of the year, and how many weeks they stand for."""
    apart = np.abs(np.arange(WEEKS_OF_YEAR)[:, None] - np.arange(WEEKS_OF_YEAR))
    apart = np.minimum(apart, WEEKS_OF_YEAR - apart)
    weight = np.exp(-0.5 * (apart / SEASON_WIDTH_WEEKS) ** 2)
    weight /= weight.sum(axis=1, keepdims=True)
    return weight, float(1 / (weight[0] ** 2).sum())


def _summed(values: Floats, places: Integers) -> Floats:
    """Columns added up by group ``[rows, groups]``."""
    groups = int(places.max(initial=-1)) + 1
    return np.stack([np.bincount(places, row, minlength=groups) for row in values])


def _level(sold: Floats, expected: Floats, groups: Sequence[Integers]) -> Floats:
    """Units of a week in which the season is 1 ``[n]``, after the last week."""
    usual = _ratio(*_fading(sold, expected, USUAL_MEMORY))
    group_sold, group_expected = _fading(sold, expected, GROUP_MEMORY)
    lately = np.ones_like(usual)
    for places in (np.zeros(len(usual), dtype=np.int64), *groups):
        above = np.bincount(places, group_sold) + GROUP_PRIOR_UNITS
        below = np.bincount(places, group_expected * usual * lately) + GROUP_PRIOR_UNITS
        lately *= (above / below)[places]
    own_sold, own_expected = _fading(sold, expected, OWN_MEMORY)
    return (own_sold + PRIOR_WEEKS * usual * lately) / (own_expected + PRIOR_WEEKS)


def _fading(sold: Floats, expected: Floats, memory: float) -> tuple[Floats, Floats]:
    weight = memory ** np.arange(len(sold), dtype=np.float64)[::-1]
    return weight @ sold, weight @ expected


def _clumping(sold: Floats, expected: Floats) -> Floats:
    """What the variance has beyond the mean, over the mean squared ``[n]``."""
    beyond, squares = np.zeros(sold.shape[1]), np.zeros(sold.shape[1])
    for end in range(len(sold), 0, -LEVEL_WEEKS):
        block = slice(max(0, end - LEVEL_WEEKS), end)
        mean = expected[block] * _ratio(sold[block].sum(axis=0), expected[block].sum(axis=0))
        # A level that was fitted to the block takes up one week's worth of its spread.
        weeks = np.maximum((expected[block] > 0).sum(axis=0), 2)
        spread = (sold[block] - mean) ** 2 * weeks / (weeks - 1)
        beyond += np.where(expected[block] > 0, spread - mean, 0.0).sum(axis=0)
        squares += (mean**2).sum(axis=0)
    weeks = (expected > 0).sum(axis=0)
    own = _ratio(beyond, squares)
    clumping = (own * weeks + COMMON_CLUMPING * CLUMPING_PRIOR_WEEKS) / (weeks + CLUMPING_PRIOR_WEEKS)
    return np.clip(clumping, LEAST_CLUMPING, MOST_CLUMPING)


def _ratio(above: Floats, below: Floats) -> Floats:
    return np.divide(above, below, out=np.zeros_like(above), where=below > NEARLY_ZERO)
