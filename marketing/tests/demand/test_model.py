"""The demand model as a whole: what it expects, how surely, and that nothing of the future comes in."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketing.demand.engine.history import SkuDoors, WeeklyHistory
from marketing.demand.engine.model import (
    baseline_units,
    expected_units,
    forecast,
    learned,
    past_errors,
    usual_in_stock_share,
)
from marketing.tests.demand.histories import UNKNOWN, drawn_history, history_of

few = settings(max_examples=8, deadline=None)
seeds = st.integers(0, 2**32 - 1)
AHEAD = (1, 4)


def expected(history: WeeklyHistory) -> np.ndarray:
    return expected_units(learned(history, AHEAD), history, AHEAD)


def one_mechanic() -> WeeklyHistory:
    """Forty SKU-doors that sell 30 units a week, three times as many in every fifth, which is promoted."""
    dice = np.random.default_rng(8)
    mechanic = (dice.random((108, 40)) < 0.2).astype(int)
    units = dice.poisson(np.where(mechanic[:104] == 1, 90.0, 30.0))
    return history_of(units.tolist(), mechanic=mechanic.tolist(), planned_weeks=4)


def test_what_never_changes_is_expected_to_go_on():
    history = history_of([[10.0, 40.0]] * 60, planned_weeks=4)
    assert expected(history) == pytest.approx(np.array([[10.0, 40.0]] * 2), rel=0.01)


def test_half_a_week_out_of_stock_doubles_the_level_and_not_what_will_be_sold():
    history = history_of([[10.0, 10.0]] * 40, planned_weeks=4)
    history.units[:, 1] = 5.0
    history.in_stock_share[:, 1] = 0.5
    assert expected(history) == pytest.approx(np.full((2, 2), 10.0), rel=0.01)
    assert usual_in_stock_share(history) == pytest.approx([1.0, 0.5])
    sold = forecast(history, AHEAD).stores.mean
    assert sold == pytest.approx(np.array([[10.0, 5.0]] * 2), rel=0.01)


def test_a_week_nearly_without_stock_says_nothing():
    history = history_of([[10.0]] * 40, planned_weeks=4)
    history.units[30:35], history.in_stock_share[30:35] = 0.0, 0.1
    assert expected(history) == pytest.approx(np.full((2, 1), 10.0), rel=0.01)


def test_a_door_without_sales_of_a_sku_expects_what_its_other_doors_sell():
    history = history_of([[12.0, UNKNOWN, 30.0]] * 40, sku=[0, 0, 1], planned_weeks=4)
    assert expected(history)[:, 1] == pytest.approx(12.0, rel=0.01)


def test_a_sku_without_sales_expects_what_its_subclass_sells():
    history = history_of([[12.0, 36.0, UNKNOWN, 500.0]] * 40, planned_weeks=4)
    subclass = np.array([0, 0, 0, 1])
    history = replace(history, sku_doors=replace(history.sku_doors, subclass=subclass))
    assert expected(history)[:, 2] == pytest.approx(24.0, rel=0.01)


def test_a_large_door_expects_more_of_what_it_has_not_sold_yet():
    """Two doors, three SKUs; the third has sold at the small door alone."""
    small, large = 10.0, 40.0
    history = history_of([[small, large, small, large, small, UNKNOWN]] * 40, planned_weeks=4)
    sku, door = np.divmod(np.arange(6), 2)
    history = replace(history, sku_doors=SkuDoors(sku, door, np.zeros(6, int), np.zeros(6, int)))
    assert expected(history)[0, 5] > 1.5 * expected(history)[0, 4]


@few
@given(seed=seeds)
def test_a_forecast_is_missing_only_where_nothing_is_known(seed):
    history = drawn_history(seed)
    history.units[:, history.sku_doors.subclass == 1] = UNKNOWN
    stores = forecast(history, AHEAD).stores
    for values in (stores.mean, stores.p10, stores.p50, stores.p90):
        assert (np.isnan(values) == (history.sku_doors.subclass == 1)).all()


@few
@given(seed=seeds)
def test_quantiles_never_cross(seed):
    history = drawn_history(seed)
    for spread in (forecast(history, AHEAD).stores, forecast(history, AHEAD).item_ratios):
        assert (spread.p10 >= 0).all()
        assert (spread.p10 <= spread.p50).all()
        assert (spread.p50 <= spread.p90).all()


@few
@given(seed=seeds)
def test_two_futures_make_no_difference_to_what_is_known_now(seed):
    one, other = drawn_history(seed, weeks=34), drawn_history(seed, weeks=34)
    other.units[30:] = 900.0
    other.in_stock_share[30:] = 0.3
    forecasts = [forecast(history.known_at(30, planned_weeks=4), AHEAD) for history in (one, other)]
    for level in ("stores", "item_ratios"):
        for name in ("p10", "p50", "p90"):
            first, second = (getattr(getattr(pair, level), name) for pair in forecasts)
            assert np.array_equal(first, second, equal_nan=True)


def test_past_expectations_know_nothing_of_the_week_that_they_are_of():
    """The last week is a target alone: other sales in it are other errors of the same expectations."""
    one, other = (drawn_history(5, weeks=60, skus=12, doors=8) for _ in range(2))
    other.units[-1] *= 3.0
    measured, changed = past_errors(one, (4,)), past_errors(other, (4,))
    for name in ("door_promoted", "door_other"):
        before, after = getattr(measured, name), getattr(changed, name)
        assert np.array_equal(before.log_units, after.log_units)
        assert not np.array_equal(before.ratios, after.ratios)


def test_ten_times_the_units_are_ten_times_the_expectation():
    history = one_mechanic()
    larger = replace(history, units=history.units * 10)
    assert expected(larger) == pytest.approx(10 * expected(history), rel=0.01)


def test_a_baseline_is_what_sells_without_the_promotions_of_the_past_and_of_the_plan():
    history = one_mechanic()
    model = learned(history, AHEAD)
    past, ahead = baseline_units(model, history)
    assert (past.shape, ahead.shape) == ((104, 40), (4, 40))
    assert past.mean() == pytest.approx(30.0, rel=0.02)
    assert ahead.mean() == pytest.approx(30.0, rel=0.02)
    lifted = expected_units(model, history, (1, 2, 3, 4))
    promoted = history.calendar.promoted[history.weeks :]
    assert (lifted / ahead)[promoted].mean() == pytest.approx(3.0, rel=0.03)
    assert (lifted / ahead)[~promoted].mean() == pytest.approx(1.0, abs=0.03)


@pytest.mark.parametrize("weeks", [1, 2, 3, 9])
def test_a_short_history_is_enough(weeks):
    pair = forecast(drawn_history(2, weeks=weeks, planned_weeks=8), (6, 7, 8))
    assert np.isfinite(pair.stores.mean).all()
    assert (pair.stores.p10 <= pair.stores.p90).all()


def test_a_week_half_out_of_stock_is_no_error_of_the_forecast():
    history = history_of([[20.0] * 5] * 40)
    history.units[1::2], history.in_stock_share[1::2] = 10.0, 0.5
    errors = past_errors(history, (2, 3)).door_other
    assert errors.count >= 100
    assert errors.ratios == pytest.approx(1.0, rel=0.01)
