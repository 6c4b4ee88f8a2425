"""The level of a SKU-door: what it sells in a week in which nothing is at work."""

import numpy as np
from numpy.typing import NDArray

from marketing.demand.engine.history import Floats, SkuDoors

# A week with stock for less than this share of its time tells little of its demand.
EXPOSURE_FLOOR = 0.2
# How much of a week's evidence on the level is left a week later: looking back from the last week, and
# looking both ways from a week in the past.
LEVEL_MEMORY = 0.94
TWO_WAY_MEMORY = 0.95
# What the SKU does at other doors counts as much as so many weeks of its own at a door.
PRIOR_WEEKS = 0.5


def level_of_each_week(units: Floats, factor: Floats, weight: Floats) -> Floats:
    """The level around each week ``[weeks, n]``: units sold / factors at work, fading both ways.

    ``units`` are 0 where ``weight`` is 0. ``factor`` is what multiplies the level in that week. A SKU-door
    without any weight has a level of 0.
    """
    expected = _around(factor * weight)
    level = np.zeros_like(expected)
    np.divide(np.maximum(_around(units * weight), 0.0), expected, out=level, where=expected > 1e-9)
    return level


def _around(values: Floats) -> Floats:
    """The sum of each week and of its neighbours on both sides, fading with their distance."""
    total = np.zeros(values.shape, dtype=np.float32)
    running = np.zeros(values.shape[1], dtype=np.float32)
    for week, value in enumerate(values):
        running = running * np.float32(TWO_WAY_MEMORY) + value
        total[week] = running
    running[:] = 0.0
    for week in range(len(values) - 1, -1, -1):
        total[week] += running
        running = (running + values[week]) * np.float32(TWO_WAY_MEMORY)
    return total


class Levels:
    """The level after any of the weeks, of arrays as in `level_of_each_week`; weeks are asked in order."""

    def __init__(self, units: Floats, factor: Floats, weight: Floats) -> None:
        self._units, self._factor, self._weight = units, factor, weight
        self._weeks = 0
        self._sold, self._expected = np.zeros(units.shape[1]), np.zeros(units.shape[1])

    def at(self, weeks: int, sku_doors: SkuDoors) -> NDArray[np.float64]:
        """The level after the first ``weeks`` weeks ``[n]``.

        A SKU-door of which little is known leans on its SKU at other doors, scaled by what the door sells
        of the category; a SKU of which nothing is known leans on its subclass. NaN where even that is
        unknown.
        """
        while self._weeks < weeks:
            weight = self._weight[self._weeks]
            self._sold = self._sold * LEVEL_MEMORY + self._units[self._weeks] * weight
            self._expected = self._expected * LEVEL_MEMORY + self._factor[self._weeks] * weight
            self._weeks += 1
        sold = np.maximum(self._sold, 0.0)
        usual = _usual_level(sold, self._expected, sku_doors)
        lean = np.where(np.isnan(usual), 0.0, PRIOR_WEEKS)
        whole = self._expected + lean
        level = np.full(len(sold), np.nan)
        return np.divide(sold + lean * np.nan_to_num(usual), whole, out=level, where=whole > 1e-9)


def _usual_level(
    sold: NDArray[np.float64], expected: NDArray[np.float64], sku_doors: SkuDoors
) -> NDArray[np.float64]:
    """What the SKU's other doors, or its subclass, let expect at each door ``[n]``; NaN for nothing."""

    def rate(places: NDArray[np.int64]) -> NDArray[np.float64]:
        above, below = np.bincount(places, sold), np.bincount(places, expected)
        return np.divide(above, below, out=np.full(len(above), np.nan), where=below > 1e-9)[places]

    of_sku = rate(sku_doors.sku)
    rate_of_any = np.where(np.isnan(of_sku), rate(sku_doors.subclass), of_sku)
    _, place = np.unique(np.stack([sku_doors.door, sku_doors.category]), axis=1, return_inverse=True)
    place = place.ravel()
    lets_expect = np.bincount(place, np.nan_to_num(rate_of_any) * expected)
    door_size = (np.bincount(place, sold) + 1.0) / (lets_expect + 1.0)
    return rate_of_any * door_size[place]
