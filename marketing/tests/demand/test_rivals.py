"""The simple forecasts, on histories small enough to reckon by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketing.demand.engine.rivals import recent_means, rivals
from marketing.tests.demand.histories import UNKNOWN, history_of

FORECASTERS = dict(rivals())


def column(*units: float) -> list[list[float]]:
    return [[value] for value in units]


def means(name: str, history, *horizons: int) -> list[list[float]]:
    return FORECASTERS[name](history, horizons).stores.mean.tolist()


def test_the_rivals_are_these():
    assert list(FORECASTERS) == ["naive", "seasonal_naive", "ma8", "ma8_mechanic_median"]


def test_naive_says_the_last_observed_week():
    history = history_of([[3, 5], [4, UNKNOWN]], planned_weeks=2)

    assert means("naive", history, 1, 2) == [[4, 5], [4, 5]]


@pytest.mark.parametrize(
    ("a_year_before", "said"),
    [
        pytest.param({8: 30, 9: 40, 10: 50}, 40, id="the very week"),
        pytest.param({8: 30, 9: UNKNOWN, 10: 50}, 50, id="the week after it"),
        pytest.param({8: 30, 9: UNKNOWN, 10: UNKNOWN}, 30, id="the week before it"),
        pytest.param({8: UNKNOWN, 9: UNKNOWN, 10: UNKNOWN}, 7, id="naive"),
    ],
)
def test_seasonal_naive_says_the_week_a_year_before_or_one_beside_it(a_year_before, said):
    units = [7.0] * 60
    for week, value in a_year_before.items():
        units[week] = value

    # Horizon 2 of 60 known weeks is week 61, a year after week 9.
    assert means("seasonal_naive", history_of(column(*units), planned_weeks=2), 2) == [[said]]


def test_ma8_is_the_mean_of_the_last_eight_observed_weeks_without_promotion():
    units = column(99, 1, 2, 3, UNKNOWN, 4, 5, 50, 6, 7, 8)
    mechanic = column(0, 0, 0, 0, 0, 0, 0, 1)

    assert means("ma8", history_of(units, mechanic=mechanic, planned_weeks=1), 1) == [[4.5]]


def test_ma8_of_a_sku_door_that_was_never_without_promotion_is_of_all_its_weeks():
    history = history_of(column(2, 4), mechanic=column(1, 1), planned_weeks=1)

    assert means("ma8", history, 1) == [[3]]


def test_a_promoted_week_is_multiplied_by_its_mechanics_median():
    # Against the 10 before them mechanic 1 sold 2, 3 and 7 times as much, mechanic 2 once 5 times.
    units = column(10, 20, 10, 30, 10, 70, 10, 50)
    mechanic = column(0, 1, 0, 1, 0, 1, 0, 2, 1, 2, 0)
    history = history_of(units, mechanic=mechanic, planned_weeks=3)

    assert means("ma8_mechanic_median", history, 1, 2, 3) == [[30], [50], [10]]
    assert means("ma8", history, 1, 2, 3) == [[10], [10], [10]]


def test_a_mechanic_without_a_past_takes_the_median_of_all():
    history = history_of(column(10, 20, 10, 40), mechanic=column(0, 1, 0, 1, 2), planned_weeks=1)

    assert means("ma8_mechanic_median", history, 1) == [[30]]


@pytest.mark.parametrize("name", FORECASTERS)
def test_a_sku_door_that_was_never_observed_borrows_from_its_sku_and_a_new_sku_has_nothing(name):
    history = history_of([[4, 8, UNKNOWN, UNKNOWN]] * 3, sku=[0, 0, 0, 1], planned_weeks=1)
    pair = FORECASTERS[name](history, [1])

    np.testing.assert_array_equal(pair.stores.mean, [[4, 8, 6, UNKNOWN]])
    np.testing.assert_array_equal(pair.stores.p90, [[4, 8, 6, UNKNOWN]])
    assert pair.item_ratios.p50.tolist() == [[1, 1]]


def test_p10_and_p90_are_what_its_own_past_forecasts_missed():
    # Last week's 10 against 5, 10 and 20 in turn: half, once and twice the forecast.
    history = history_of([[10, 10, 10], [5, 10, 20]], planned_weeks=1)
    pair = FORECASTERS["naive"](history, [1])

    low, high = np.quantile(np.array([0.5, 1, 2], dtype=np.float32), (0.1, 0.9)).astype(np.float32)
    assert pair.stores.p10.tolist() == [(np.array([5, 10, 20], dtype=np.float32) * low).tolist()]
    assert pair.stores.p90.tolist() == [(np.array([5, 10, 20], dtype=np.float32) * high).tolist()]


def test_the_errors_of_promoted_weeks_are_kept_apart():
    units = [[10, 10], [10, 40], [10, 10]]
    history = history_of(units, mechanic=[[0, 0], [0, 1], [0, 0], [0, 1]], planned_weeks=1)
    pair = FORECASTERS["naive"](history, [1])

    # Of promoted weeks one forecast was seen, of 10 against 40.
    assert pair.stores.p90[0, 1] == 40
    # In the calm ones naive said once 10 and once 40, and 10 came.
    assert pair.stores.p90[0, 0] == 10


def test_items_err_by_their_sums():
    # Doors err to both sides, their sum does not.
    history = history_of([[10, 10], [5, 15]], sku=[0, 0], planned_weeks=1)
    pair = FORECASTERS["naive"](history, [1])

    assert pair.stores.p10[0, 0] < 5
    assert pair.item_ratios.p10.tolist() == [[1]]
    assert pair.item_ratios.p90.tolist() == [[1]]


def slow_recent_means(units, counted, weeks: int) -> list[list[float]]:
    means = []
    for known in range(len(units) + 1):
        row = []
        for place in range(units.shape[1]):
            values = [units[week, place] for week in range(known) if counted[week, place]][-weeks:]
            row.append(sum(values) / len(values) if values else UNKNOWN)
        means.append(row)
    return means


@settings(max_examples=200, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), weeks=st.integers(1, 4))
def test_recent_means_are_those_of_the_slow_way(seed, weeks):
    dice = np.random.default_rng(seed)
    units = dice.integers(0, 50, (9, 3)).astype(np.float32)
    counted = dice.random((9, 3)) < 0.6

    np.testing.assert_allclose(
        recent_means(units, counted, weeks=weeks), slow_recent_means(units, counted, weeks), rtol=1e-6
    )
