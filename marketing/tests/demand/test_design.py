"""The places and weights of weeks, beside slow and obvious second implementations."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketing.demand.engine.design import (
    BASE_PRICE_KNOTS,
    BASE_PRICE_MEMORY,
    DISCOUNT_KNOTS,
    MOST_POSITIONS,
    MOST_WEEKS_AFTER,
    PRESSURE_KNOTS,
    PRESSURE_WITHOUT_DISCOUNT,
    Between,
    Design,
    design_of,
    sizes_of,
)
from marketing.demand.engine.history import WeeklyHistory
from marketing.tests.demand.histories import UNKNOWN, drawn_history, history_of

few = settings(max_examples=15, deadline=None)
seeds = st.integers(0, 2**32 - 1)


def design(history: WeeklyHistory) -> Design:
    return design_of(history, sizes_of(history))


def at(between: Between, knots: np.ndarray) -> np.ndarray:
    """The values again, from the knots around them."""
    low = knots[between.low]
    return low + between.share * (knots[between.low + 1] - low)


@pytest.mark.parametrize("knots", [DISCOUNT_KNOTS, BASE_PRICE_KNOTS, PRESSURE_KNOTS])
@few
@given(seed=seeds)
def test_a_value_between_knots_reads_a_table_as_a_line_between_its_entries(knots, seed):
    dice = np.random.default_rng(seed)
    values = dice.uniform(-1.0, 1.0, (4, 6)).astype(np.float32)
    values[0, : min(6, len(knots))] = knots[:6]
    table = dice.normal(size=len(knots))

    between = Between.knots(values, knots)

    read = table[between.low] * (1 - between.share) + table[between.low + 1] * between.share
    assert read == pytest.approx(np.interp(values, knots, table), abs=1e-5)
    assert ((between.share >= 0) & (between.share <= 1)).all()


@few
@given(seed=seeds)
def test_positions_in_a_promotion_and_weeks_after_one_are_counted(seed):
    history = drawn_history(seed)
    promoted = history.calendar.promoted
    axes = design(history).axes
    for week, column in np.ndindex(promoted.shape):
        before = promoted[:week, column][::-1].tolist()
        in_a_row = before.index(False) if False in before else len(before)
        since = before.index(True) if True in before else MOST_WEEKS_AFTER
        assert axes["position"][week, column] == min(in_a_row, MOST_POSITIONS - 1)
        assert axes["weeks_after"][week, column] == min(since, MOST_WEEKS_AFTER)


def slow_pressure(history: WeeklyHistory, week: int, column: int) -> tuple[float, float]:
    """From the other SKUs of the subclass, and from other subclasses of the category, at one door."""
    cells, calendar = history.sku_doors, history.calendar
    usual = []
    for other in range(len(cells)):
        calm = [
            float(units)
            for units, promoted in zip(history.units[:, other], calendar.promoted[:, other], strict=False)
            if not promoted and not math.isnan(units)
        ]
        usual.append(sum(calm) / len(calm) if calm else 0.0)
    pressing = {"near": 0.0, "far": 0.0}
    there = {"near": 0.0, "far": 0.0}
    for other in range(len(cells)):
        if (cells.door[other], cells.category[other]) != (cells.door[column], cells.category[column]):
            continue
        side = "near" if cells.subclass[other] == cells.subclass[column] else "far"
        there[side] += usual[other]
        if other != column and calendar.promoted[week, other]:
            depth = max(float(calendar.discount[week, other]), 0.0) + PRESSURE_WITHOUT_DISCOUNT
            pressing[side] += usual[other] * depth
    near, far = (pressing[side] / there[side] if there[side] > 0 else 0.0 for side in ("near", "far"))
    return near, far


@few
@given(seed=seeds)
def test_others_press_with_the_depth_of_their_promotions_and_the_units_that_they_usually_sell(seed):
    history = drawn_history(seed, weeks=12, planned_weeks=2, skus=6, doors=2)
    between = design(history).between
    near = at(between["subclass_pressure"], PRESSURE_KNOTS)
    far = at(between["category_pressure"], PRESSURE_KNOTS)
    most = PRESSURE_KNOTS[-1]
    for week, column in np.ndindex(history.calendar.promoted.shape):
        expected = slow_pressure(history, week, column)
        assert near[week, column] == pytest.approx(min(expected[0], most), abs=1e-5)
        assert far[week, column] == pytest.approx(min(expected[1], most), abs=1e-5)


@few
@given(seed=seeds)
def test_a_base_price_is_held_against_the_fading_mean_of_the_known_ones(seed):
    history = drawn_history(seed)
    change = at(design(history).between["base_price"], BASE_PRICE_KNOTS)
    prices = history.calendar.base_price.astype(float)
    for column in range(len(history.sku_doors)):
        known: list[float] = []
        for week, price in enumerate(prices[:, column]):
            if week < history.weeks and not math.isnan(price):
                known.append(math.log(price))
            expected = 0.0
            if known and not math.isnan(price):
                weights = [BASE_PRICE_MEMORY**age for age in range(len(known))][::-1]
                expected = math.log(price) - float(np.average(known, weights=weights))
            assert change[week, column] == pytest.approx(np.clip(expected, -0.6, 0.6), abs=1e-5)


@few
@given(seed=seeds)
def test_sales_of_later_weeks_are_not_in_the_design(seed):
    one, other = drawn_history(seed), drawn_history(seed)
    other.units[20:] *= 3.0

    designs = [design(history.known_at(20, planned_weeks=6)) for history in (one, other)]

    for name in designs[0].between:
        first, second = (design.between[name] for design in designs)
        assert np.array_equal(first.low, second.low)
        assert np.array_equal(first.share, second.share)


def test_every_axis_stays_within_its_size():
    history = drawn_history(1)
    made = design(history)
    for name, places in made.axes.items():
        most = made.sizes[name] - 1 if name != "weeks_after" else MOST_WEEKS_AFTER
        assert 0 <= places.min() <= places.max() <= most


def test_a_price_that_is_unknown_throughout_has_not_changed():
    unknown = history_of([[10.0, UNKNOWN]] * 5, planned_weeks=2)
    assert at(design(unknown).between["base_price"], BASE_PRICE_KNOTS) == pytest.approx(np.zeros((7, 2)))
