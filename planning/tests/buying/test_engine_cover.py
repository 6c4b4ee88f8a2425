"""Stock and weeks of cover, and safety stock from past errors, by vectors and a slow second reckoning."""

from fractions import Fraction
from math import inf

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planning.buying.engine import cover_stock, quantile_stock, weeks_of_cover
from planning.tests.buying.engine_cases import close, some
from planning.tests.buying.engine_oracle import cover_slowly, weeks_slowly

# Definitions: Inventory [E26].
FORECAST = [80, 76, 72, 68, 64, 60, 56, 52, 48, 44, 40, 40, 44, 48, 52, 56, 60, 64, 68, 72]
ENDING = [80, 75, 70, 65, 60, 55, 50, 45, 40, 35, 30, 25, 20, 15, 10, 5, 0, 0, 0, 0]

tenths = st.one_of(st.just(0), st.integers(0, 300)).map(lambda n: Fraction(n, 10))
forecasts = st.lists(tenths, min_size=1, max_size=6)
cover_weeks = st.integers(0, 90).map(lambda n: Fraction(n, 10))


def floats(values):
    return np.array(values, dtype=np.float64)


def test_the_vectors_of_the_definitions():
    assert weeks_of_cover(500, FORECAST) == pytest.approx(7.4615, abs=5e-5)
    assert weeks_of_cover(2000, FORECAST) == pytest.approx(31.611, abs=5e-4)
    assert weeks_of_cover(2000, ENDING) == inf


@pytest.mark.parametrize(
    ("stock", "forecast", "weeks"),
    [
        (0, [80, 76], 0),
        (-5, [80, 76], 0),
        (80, [80, 76], 1),
        (156, [80, 76], 2),
        (80, [80, 0, 0, 50], 3),
        (0, [0, 50], 1),
        (130, [80, 50, 0], inf),
        (129, [80, 50, 0], 1.98),
        (0, [0], inf),
    ],
)
def test_stock_lasts_until_a_week_cannot_be_served(stock, forecast, weeks):
    assert weeks_of_cover(stock, forecast) == pytest.approx(weeks)


def test_every_stock_has_its_own_forecast_or_all_share_one():
    assert weeks_of_cover([500, 80], [FORECAST, ENDING]) == pytest.approx([7 + 24 / 52, 1])
    assert weeks_of_cover([500, 80], FORECAST) == pytest.approx([7 + 24 / 52, 1])
    assert weeks_of_cover(40, [[80.0], [20.0]]) == pytest.approx([0.5, 2])


@some
@given(stock=st.integers(-50, 2000).map(lambda n: Fraction(n, 10)), forecast=forecasts)
def test_weeks_of_cover_agree_with_selling_week_by_week(stock, forecast):
    expected = weeks_slowly(max(stock, Fraction(0)), forecast)

    # In tenths of a unit, as whole numbers: a stock may end with its week to the digit.
    found = weeks_of_cover(float(stock * 10), floats([10 * units for units in forecast]))
    assert found == pytest.approx(float(expected), abs=1e-6)


def test_cover_is_what_the_weeks_after_will_take():
    demand = floats([[10, 20, 30, 40]])

    assert cover_stock(demand, 2.0).tolist() == [[50, 70, 80, 80]]
    assert cover_stock(demand, 1.5).tolist() == [[35, 50, 60, 60]]
    assert cover_stock(demand, 0.25).tolist() == [[5, 7.5, 10, 10]]
    assert cover_stock(demand, 0.0).tolist() == [[0, 0, 0, 0]]
    assert cover_stock(demand, 6.0).tolist() == [[210, 230, 240, 240]]


def test_each_supply_point_has_its_own_weeks():
    demand = floats([[10, 20, 30], [10, 20, 30]])

    assert cover_stock(demand, floats([1, 2.5])).tolist() == [[20, 30, 30], [65, 75, 75]]


def test_no_cover_is_shorter_than_none():
    with pytest.raises(ValueError, match=r"^A cover is not shorter than no week\.$"):
        cover_stock(floats([[1], [1]]), floats([1, -0.1]))


@some
@given(forecast=forecasts, weeks=cover_weeks)
def test_cover_agrees_with_taking_week_by_week(forecast, weeks):
    expected = [[cover_slowly(forecast, after, weeks) for after in range(len(forecast))]]

    assert close(cover_stock(floats([forecast]), float(weeks)), expected)


@some
@given(
    forecast=st.lists(st.floats(0, 1e6), min_size=1, max_size=8),
    weeks=st.lists(st.floats(0, 12), min_size=2, max_size=2),
)
def test_more_weeks_never_take_less_and_none_take_nothing(forecast, weeks):
    fewer, more = (cover_stock(floats([forecast]), ahead) for ahead in sorted(weeks))

    assert (fewer >= 0).all()
    assert (more >= fewer).all()
    assert not cover_stock(floats([forecast]), 0.0).any()


@some
@given(forecast=st.lists(st.integers(1, 300), min_size=1, max_size=6), weeks=cover_weeks)
def test_stock_of_a_cover_lasts_that_long(forecast, weeks):
    stock = cover_stock(floats([[0, *forecast]]), float(weeks))[:, 0]

    assert weeks_of_cover(stock, floats([forecast])) == pytest.approx([float(weeks)], abs=1e-9)


def test_safety_stock_is_what_the_lead_time_may_take_beyond_the_forecast():
    demand = floats([[10, 20, 30, 40]] * 3)

    found = quantile_stock(demand, floats([1.5, 1.0, 0.7]), floats([2, 2, 2]))
    assert found.tolist() == [[25, 35, 40, 40], [0, 0, 0, 0], [0, 0, 0, 0]]


@some
@given(
    points=st.lists(
        st.tuples(st.tuples(*[tenths] * 4), st.integers(0, 40).map(lambda n: Fraction(n, 10)), cover_weeks),
        min_size=1,
        max_size=3,
    )
)
def test_safety_stock_is_reckoned_for_each_supply_point_by_itself(points):
    demand, ratio, lead_weeks = (floats(values) for values in zip(*points, strict=True))

    assert close(
        quantile_stock(demand, ratio, lead_weeks),
        [
            [max(0, part - 1) * cover_slowly(forecast, after, weeks) for after in range(4)]
            for forecast, part, weeks in points
        ],
    )
