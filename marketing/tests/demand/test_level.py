"""Levels, beside slow and obvious second implementations."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketing.demand.engine.history import SkuDoors
from marketing.demand.engine.level import (
    LEVEL_MEMORY,
    PRIOR_WEEKS,
    TWO_WAY_MEMORY,
    Levels,
    level_of_each_week,
)

few = settings(max_examples=20, deadline=None)
seeds = st.integers(0, 2**32 - 1)
SKUS, DOORS, WEEKS = 4, 3, 12


def drawn(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Units, factors and weights; some SKU-doors and one SKU have no weight at all."""
    dice = np.random.default_rng(seed)
    shape = (WEEKS, SKUS * DOORS)
    weight = np.where(dice.random(shape) < 0.3, 0.0, dice.choice([0.2, 1.0], shape))
    weight[:, dice.random(shape[1]) < 0.3] = 0.0
    weight[:, DOORS * int(dice.integers(SKUS)) :][:, :DOORS] = 0.0
    units = np.where(weight > 0, dice.poisson(8.0, shape), 0.0)
    factor = dice.uniform(0.3, 3.0, shape)
    return units.astype(np.float32), factor.astype(np.float32), weight.astype(np.float32)


def sku_doors(seed: int) -> SkuDoors:
    sku, door = np.divmod(np.arange(SKUS * DOORS), DOORS)
    subclass_of_sku = np.random.default_rng(seed).integers(0, 3, SKUS)
    subclass = subclass_of_sku[sku]
    return SkuDoors(sku, door, subclass, (subclass == 2).astype(int))


@few
@given(seed=seeds)
def test_the_level_around_a_week_is_units_over_factors_fading_both_ways(seed):
    units, factor, weight = drawn(seed)

    level = level_of_each_week(units, factor, weight)

    for week, column in np.ndindex(level.shape):
        fading = [TWO_WAY_MEMORY ** abs(week - other) for other in range(WEEKS)]
        sold = sum(fading * units[:, column] * weight[:, column])
        expected = sum(fading * factor[:, column] * weight[:, column])
        assert level[week, column] == pytest.approx(sold / expected if expected else 0.0, rel=1e-4)


def slow_levels(units, factor, weight, cells: SkuDoors, weeks: int) -> list[float]:
    """The level of each SKU-door after the first ``weeks`` weeks, one after the other."""
    count = len(cells)
    sold, expected = [0.0] * count, [0.0] * count
    for cell in range(count):
        for week in range(weeks):
            fading = LEVEL_MEMORY ** (weeks - 1 - week) * float(weight[week, cell])
            sold[cell] += fading * float(units[week, cell])
            expected[cell] += fading * float(factor[week, cell])

    def rate(places: np.ndarray, cell: int) -> float:
        alike = [other for other in range(count) if places[other] == places[cell]]
        below = sum(expected[other] for other in alike)
        return sum(sold[other] for other in alike) / below if below > 0 else math.nan

    rates = []
    for cell in range(count):
        of_sku = rate(cells.sku, cell)
        rates.append(rate(cells.subclass, cell) if math.isnan(of_sku) else of_sku)
    levels = []
    for cell in range(count):
        place = (cells.door[cell], cells.category[cell])
        there = [other for other in range(count) if (cells.door[other], cells.category[other]) == place]
        lets_expect = sum(rates[other] * expected[other] for other in there if expected[other])
        door_size = (sum(sold[other] for other in there) + 1) / (lets_expect + 1)
        if not math.isnan(rates[cell]):
            usual = rates[cell] * door_size
            levels.append((sold[cell] + PRIOR_WEEKS * usual) / (expected[cell] + PRIOR_WEEKS))
        else:
            levels.append(math.nan)
    return levels


@few
@given(seed=seeds)
def test_a_level_leans_on_the_sku_and_the_subclass(seed):
    facts, cells = drawn(seed), sku_doors(seed)
    levels = Levels(*facts)
    for weeks in (0, 1, 5, 5, WEEKS):
        slow = slow_levels(*facts, cells, weeks)
        assert levels.at(weeks, cells) == pytest.approx(np.array(slow), rel=1e-5, nan_ok=True)


def test_a_later_week_changes_no_earlier_level():
    units, factor, weight = drawn(3)
    cells = sku_doors(3)
    before = Levels(units, factor, weight).at(7, cells)
    units[7:], factor[7:], weight[7:] = 900.0, 0.1, 1.0
    assert np.array_equal(Levels(units, factor, weight).at(7, cells), before, equal_nan=True)


def test_returns_that_outweigh_sales_are_a_level_of_nothing():
    ones = np.ones((3, 1), dtype=np.float32)
    nobody_else = SkuDoors(*(np.zeros(1, dtype=np.int64) for _ in range(4)))
    assert Levels(-ones, ones, ones).at(3, nobody_else).tolist() == [0.0]
    assert level_of_each_week(-ones, ones, ones).tolist() == [[0.0]] * 3
