"""The tracking signal: vectors by hand, an obvious second way to it, and what holds for any numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from scorecard.signals import engine

LIMITS = engine.Limits(tracking=4.0, least_share=0.15)

units = st.one_of(st.just(0.0), st.just(np.nan), st.integers(0, 500).map(float))
grids = st.tuples(st.integers(1, 4), st.integers(1, 15)).flatmap(
    lambda shape: st.tuples(arrays(float, shape, elements=units), arrays(float, shape, elements=units))
)


def obvious(sold: list[float], forecast: list[float]) -> float:
    """The tracking signal of one SKU, as the definitions say it."""
    errors = [
        actual - expected
        for actual, expected in zip(sold, forecast, strict=True)
        if not (np.isnan(actual) or np.isnan(expected) or actual == expected == 0)
    ]
    if len(errors) < engine.LEAST_WEEKS:
        return np.nan
    deviation = sum(abs(error) for error in errors) / len(errors)
    return sum(errors) / deviation if deviation else 0.0


def obvious_side(sold: list[float], forecast: list[float]) -> int:
    """How many of the newest weeks are on the side of the whole."""
    errors = [
        actual - expected
        for actual, expected in zip(sold, forecast, strict=True)
        if not (np.isnan(actual) or np.isnan(expected) or actual == expected == 0)
    ]
    total, weeks = sum(errors), 0
    for error in reversed(errors):
        if error * total <= 0:
            break
        weeks += 1
    return weeks


@given(grids)
def test_it_is_the_cumulative_error_over_the_mean_absolute_deviation(grid):
    sold, forecast = grid
    running = engine.tracking_signals(sold, forecast)
    found = engine.standing(sold, forecast)
    for sku in range(len(sold)):
        told = [
            obvious(list(sold[sku, : week + 1]), list(forecast[sku, : week + 1]))
            for week in range(sold.shape[1])
        ]
        np.testing.assert_allclose(running[sku], told, atol=1e-9)
        assert found.side_weeks[sku] == obvious_side(list(sold[sku]), list(forecast[sku]))
    np.testing.assert_array_equal(found.tracking_signal, running[:, -1])


@given(grids)
def test_it_is_never_larger_than_its_weeks_and_turns_with_the_sides(grid):
    sold, forecast = grid
    found, turned = engine.standing(sold, forecast), engine.standing(forecast, sold)
    known = ~np.isnan(found.tracking_signal)
    assert (np.abs(found.tracking_signal[known]) <= found.weeks[known] + 1e-9).all()
    np.testing.assert_allclose(turned.tracking_signal, -found.tracking_signal, atol=1e-9)
    assert (found.is_out(LIMITS) | found.is_within(LIMITS)).tolist() == known.tolist()
    assert (found.side_weeks <= found.weeks).all()


def test_six_weeks_a_third_above_the_forecast_are_out_of_the_limits():
    found = engine.standing(np.array([[40.0] * 6]), np.array([[30.0] * 6]))
    assert (found.weeks[0], found.tracking_signal[0], found.side_weeks[0]) == (6, 6.0, 6)
    assert (found.side_sold[0], found.side_forecast[0]) == (240, 180)
    assert engine.worth_a_meeting(found, np.array([9.0]), LIMITS).tolist() == [True]


@pytest.mark.parametrize(
    ("sold", "forecast", "why"),
    [
        ([40] * 5, [30] * 5, "five weeks are too few"),
        ([31] * 6, [30] * 6, "a thirtieth is no miss"),
        ([40] * 9 + [25], [30] * 10, "the last week came back"),
        ([40] * 9 + [25, 40, 40], [30] * 12, "two weeks are no run"),
        ([40] * 9 + [np.nan], [30] * 10, "nothing is known of the last week"),
        ([20, 40] * 6, [30] * 12, "the errors cancel out"),
    ],
)
def test_what_is_not_worth_a_meeting(sold, forecast, why):
    found = engine.standing(np.array([sold], dtype=float), np.array([forecast], dtype=float))
    assert engine.worth_a_meeting(found, np.array([9.0]), LIMITS).tolist() == [False], why


def test_a_small_miss_beside_large_skus_is_left_out_in_money_and_without_a_price_in_units():
    sold, forecast = (
        np.tile([[4.0], [1000.0], [4.0], [800.0]], 8),
        np.tile([[3.0], [1000.0], [3.0], [500.0]], 8),
    )
    price = np.array([10.0, 10.0, np.nan, np.nan])
    found = engine.standing(sold, forecast)
    assert found.is_out(LIMITS).tolist() == [True, False, True, True]
    assert engine.worth_a_meeting(found, price, LIMITS).tolist() == [False, False, False, True]


@pytest.mark.parametrize(
    ("limits", "is_raised"),
    [
        (engine.Limits(7.9, 0.15), True),
        (engine.Limits(8.0, 0.15), False),
        (engine.Limits(4.0, 0.33), True),
        (engine.Limits(4.0, 0.34), False),
    ],
)
def test_what_leadership_calls_out_of_step_decides(limits, is_raised):
    found = engine.standing(np.array([[40.0] * 8]), np.array([[30.0] * 8]))
    assert engine.worth_a_meeting(found, np.array([9.0]), limits).tolist() == [is_raised]


def test_a_miss_has_grown_when_it_is_half_as_large_again_or_turned():
    before = np.array([100.0, 100.0, -100.0, 100.0])
    assert engine.grew(np.array([149.0, 150.0, -200.0, -10.0]), before).tolist() == [False, True, True, True]
