"""Sales of past promotions against their base, by plain examples and an obvious second implementation."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketing.lift.events import EventPolicy, event_sales

POLICY = EventPolicy()
WEEKS = 16


def sold(units, promoted_days, *, first_day, last_day, in_stock=None, observed=None, policy=POLICY):
    """Actual and baseline units of one event of the first SKU-door."""
    units = np.asarray(units, dtype=np.float64).reshape(len(units), -1)
    share = (
        np.ones_like(units)
        if in_stock is None
        else np.asarray(in_stock, dtype=np.float64).reshape(units.shape)
    )
    seen = np.ones(units.shape, dtype=bool) if observed is None else np.asarray(observed).reshape(units.shape)
    found = event_sales(
        column=np.array([0]),
        first_day=np.array([first_day]),
        last_day=np.array([last_day]),
        units=units,
        promoted_days=np.asarray(promoted_days).reshape(units.shape),
        in_stock_share=share,
        observed=seen,
        policy=policy,
    )
    return float(found.actual_units[0]), float(found.baseline_units[0])


def history(**weeks: float) -> list[float]:
    """Ten units a week, and others where said: ``w10=30``."""
    units = [10.0] * WEEKS
    for name, value in weeks.items():
        units[int(name[1:])] = value
    return units


def days(**weeks: int) -> list[int]:
    promoted = [0] * WEEKS
    for name, value in weeks.items():
        promoted[int(name[1:])] = value
    return promoted


def test_a_whole_week_that_sold_thirty_on_a_base_of_ten():
    assert sold(history(w10=30), days(w10=7), first_day=70, last_day=76) == (30.0, 10.0)


def test_a_week_across_two_fiscal_weeks_gives_the_other_days_their_base():
    # Thursday to Wednesday at three times the base: three promoted days in one week, four in the next.
    units = history(w10=10 / 7 * 4 + 30 / 7 * 3, w11=10 / 7 * 3 + 30 / 7 * 4)

    actual, baseline = sold(units, days(w10=3, w11=4), first_day=74, last_day=80)

    assert actual == pytest.approx(30)
    assert baseline == pytest.approx(10)


def test_the_weeks_next_to_a_promotion_are_no_base():
    units = history(w4=90, w5=70, w6=90, w10=30)

    assert sold(units, days(w5=7, w10=7), first_day=70, last_day=76) == (30.0, 10.0)


def test_a_week_half_out_of_stock_is_unconstrained():
    share = [1.0] * WEEKS
    share[10] = 0.5

    assert sold(history(w10=30), days(w10=7), first_day=70, last_day=76, in_stock=share)[0] == 60.0


@pytest.mark.parametrize(
    ("units", "promoted", "where"),
    [
        pytest.param(
            history(w10=30), days(w10=7), {"first_day": 105, "last_day": 118}, id="beyond the sales"
        ),
        pytest.param(history(w2=30), days(w2=7), {"first_day": 14, "last_day": 20}, id="no base before it"),
        pytest.param(
            history(w10=30), days(w10=7), {"first_day": 70, "last_day": 72}, id="another one's days"
        ),
        pytest.param([0.1] * WEEKS, days(w10=7), {"first_day": 70, "last_day": 76}, id="hardly any base"),
        pytest.param(history(), days(w10=2), {"first_day": 70, "last_day": 71}, id="two days of a week"),
    ],
)
def test_an_event_that_says_nothing_is_left_out(units, promoted, where):
    actual, baseline = sold(units, promoted, **where)

    assert np.isnan(actual)
    assert np.isnan(baseline)


def test_an_event_in_a_week_that_is_not_known_is_left_out():
    seen = [True] * WEEKS
    seen[10] = False

    assert np.isnan(sold(history(), days(w10=7), first_day=70, last_day=76, observed=seen)[0])


@given(
    st.lists(st.integers(0, 40), min_size=WEEKS, max_size=WEEKS),
    st.lists(st.sampled_from([0, 0, 0, 7]), min_size=WEEKS, max_size=WEEKS),
    st.lists(st.sampled_from([True, True, True, False]), min_size=WEEKS, max_size=WEEKS),
    st.integers(0, WEEKS - 1),
)
@settings(deadline=None)
def test_the_base_is_the_mean_of_the_last_usable_weeks(units, promoted, seen, week):
    promoted[week] = 7
    policy = EventPolicy(weeks=3, least_weeks=2, window_weeks=6)

    actual, baseline = sold(
        units, promoted, first_day=7 * week, last_day=7 * week + 6, observed=seen, policy=policy
    )

    near = [any(promoted[max(0, w - 1) : w + 2]) for w in range(WEEKS)]
    usable = [units[w] for w in range(max(0, week - 6), week) if seen[w] and not near[w]][-3:]
    base = sum(usable) / len(usable) if usable else 0
    if seen[week] and len(usable) >= 2 and base >= 1:
        assert baseline == pytest.approx(base)
        assert actual == pytest.approx(units[week])
    else:
        assert np.isnan(baseline)
