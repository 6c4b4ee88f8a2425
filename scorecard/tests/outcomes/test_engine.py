"""What a campaign came to, in numbers: vectors worked out by hand, and parts that add up."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorecard.outcomes import engine

amounts = st.floats(0, 1e6)
some = st.lists(amounts, min_size=1, max_size=20)


def arrays(*lists):
    """The lists as arrays, cut to the same length."""
    size = min(map(len, lists))
    return [np.array(each[:size]) for each in lists]


@pytest.mark.parametrize(
    ("weeks_ahead", "late"), [(5.9, True), (6.0, False), (8.0, False), (0.0, True), (None, False)]
)
def test_late_is_less_than_the_window(weeks_ahead, late):
    assert engine.is_late(weeks_ahead, 6) is late


def test_a_day_is_a_seventh_of_its_week():
    assert engine.baseline_of_days(np.array([14.0, 14.0]), np.array([3.0, 0.0])).tolist() == [6.0, 0.0]


def test_a_measured_baseline_is_shared_by_days_and_else_the_forecast_stays():
    # 280 units over 2 doors × 14 days; the campaign had 14 of these 28 SKU-door-days.
    found = engine.measured_baseline(
        np.array([280.0, np.nan, 100.0]),
        np.array([28.0, 28.0, 0.0]),
        np.array([14.0, 14.0, 14.0]),
        np.array([7.0, 7.0, 7.0]),
    )
    assert found.tolist() == [140.0, 7.0, 7.0]


def test_planned_uplift_is_in_units_or_a_share_of_the_baseline():
    nan = np.nan
    found = engine.planned_uplift(np.array([0.5, nan]), np.array([nan, 40.0]), np.array([100.0, 100.0]))
    assert found.tolist() == [50.0, 40.0]


@pytest.mark.parametrize(
    ("spend", "unmet", "demand", "wasted"),
    [
        (12_400.0, 18.0, 100.0, 2_232.0),
        (12_400.0, 0.0, 100.0, 0.0),
        (12_400.0, 30.0, 20.0, 12_400.0),
        (None, 18.0, 100.0, None),
        (12_400.0, 0.0, 0.0, None),
    ],
)
def test_media_wasted_is_the_spend_on_demand_that_was_not_served(spend, unmet, demand, wasted):
    assert engine.media_wasted(spend, unmet, demand) == wasted


def test_left_over_is_what_stands_above_cover_and_presentation_stock():
    left = engine.leftover_units(
        np.array([100.0, 10.0, -5.0, np.nan]),
        np.array([4.0, 4.0, 0.0, 0.0]),
        np.array([14.0, 14.0, 14.0, 14.0]),
        np.array([3.0, 3.0, 3.0, 3.0]),
    )
    assert left[:3].tolist() == [54.0, 0.0, 0.0]
    assert np.isnan(left[3])


def test_sums_leave_out_what_is_not_known_and_are_none_where_nothing_is():
    nan = np.nan
    assert engine.known_sum(np.array([1.0, nan, 2.0])) == 3.0
    assert engine.known_sum(np.array([nan, nan])) is None
    assert engine.known_sum(np.array([])) == 0.0
    assert engine.known_money(5.0, 3.0, 4.0) == 5.0
    assert engine.known_money(0.0, 4.0, 4.0) is None
    assert engine.known_money(0.0, 0.0, 0.0) == 0.0
    assert engine.money_lost(10.0, 5.0) == 15.0
    assert engine.money_lost(10.0, None) == 10.0
    assert engine.money_lost(None, None) is None


@given(amounts, amounts, amounts)
def test_wasted_and_useful_media_add_up_to_the_spend(spend, unmet, sold):
    wasted = engine.media_wasted(spend, unmet, sold + unmet)
    if wasted is None:
        assert sold + unmet == 0
    else:
        assert 0 <= wasted <= spend
        useful = engine.media_wasted(spend, sold, sold + unmet)
        assert wasted + useful == pytest.approx(spend)


@given(some, some, some, st.floats(0, 10))
def test_what_is_left_over_and_what_is_not_add_up_to_the_stock(on_hand, kept, weekly, cover):
    on_hand, kept, weekly = arrays(on_hand, kept, weekly)
    left = engine.leftover_units(on_hand, kept, weekly, np.full(len(on_hand), cover))
    assert ((left >= 0) & (left <= on_hand)).all()
    wanted = np.minimum(on_hand, kept + weekly * cover)
    assert left + wanted == pytest.approx(on_hand, abs=1e-6)


@given(some, st.integers(0, 7))
def test_the_days_of_a_week_add_up_to_it(weekly, days):
    units = np.array(weekly)
    first = engine.baseline_of_days(units, np.full(len(units), float(days)))
    rest = engine.baseline_of_days(units, np.full(len(units), 7.0 - days))
    assert first + rest == pytest.approx(units)


@given(some, some)
def test_measured_baselines_of_two_parts_of_a_promotion_add_up_to_it(baseline, days):
    baseline, days = arrays(baseline, days)
    whole, nothing = days * 2 + 1, np.zeros(len(days))
    first = engine.measured_baseline(baseline, whole, days, nothing)
    rest = engine.measured_baseline(baseline, whole, whole - days, nothing)
    assert first + rest == pytest.approx(baseline)
