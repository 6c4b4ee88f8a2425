"""Buckets of the projection against the fiscal calendar."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planning.supply.engine import DEFAULT_BUCKETS, MOST_BUCKETS, Horizon
from planning.tests.supply.engine_cases import many
from sop_site.fiscal import week_of, week_start


def test_the_first_bucket_is_the_rest_of_the_week():
    horizon = Horizon(date(2026, 11, 25), 3)  # a Wednesday

    assert horizon.bucket_days.tolist() == [4, 7, 7]
    assert horizon.bucket_starts == [date(2026, 11, 25), date(2026, 11, 29), date(2026, 12, 6)]
    assert horizon.days == 18


@pytest.mark.parametrize(("today", "left"), [(date(2026, 11, 22), 7), (date(2026, 11, 28), 1)])
def test_sunday_has_a_whole_week_and_saturday_a_single_day(today, left):
    assert Horizon(today).bucket_days[0] == left


days = st.dates(date(2023, 12, 20), date(2029, 2, 20))  # year ends, 53rd weeks


@many
@given(today=days, buckets=st.integers(1, MOST_BUCKETS))
def test_buckets_are_fiscal_weeks_without_a_gap(today, buckets):
    horizon = Horizon(today, buckets)
    starts, lengths = horizon.bucket_starts, horizon.bucket_days

    assert starts[0] == today
    for index in range(buckets):
        last = starts[index] + timedelta(days=int(lengths[index]) - 1)
        assert week_of(starts[index]) == week_of(last)
        assert last.weekday() == 5
        if index:
            assert starts[index] == week_start(starts[index])
            assert starts[index] == starts[index - 1] + timedelta(days=int(lengths[index - 1]))
    assert horizon.days == lengths.sum()
    every_day = np.arange(horizon.days)
    assert horizon.buckets_of_days(every_day).tolist() == np.repeat(np.arange(buckets), lengths).tolist()
    further = np.arange(buckets + 3)
    assert horizon.first_day_of(further).tolist() == horizon.extended(3).start_days.tolist()
    assert horizon.bucket_of_day(-1 - horizon.days_into_week) == -1
    assert horizon.bucket_of_day(horizon.days) == buckets


@pytest.mark.parametrize(
    ("today", "labels"),
    [
        (date(2029, 1, 25), ["FY28 W52", "FY28 W53", "FY29 W01"]),
        (date(2027, 1, 28), ["FY26 W52", "FY27 W01", "FY27 W02"]),
    ],
)
def test_a_53rd_week_is_a_bucket_like_any_other(today, labels):
    horizon = Horizon(today, 3)

    assert [week_of(first).label for first in horizon.bucket_starts] == labels
    assert horizon.bucket_days.tolist() == [3, 7, 7]


@many
@given(today=days, day=st.integers(-400, 400))
def test_days_and_dates_are_each_others_inverse(today, day):
    horizon = Horizon(today)

    assert horizon.day_of(horizon.date_of(day)) == day


def test_the_horizon_grows_for_a_late_campaign_up_to_a_limit():
    today = date(2026, 11, 25)

    assert (Horizon(today).buckets, DEFAULT_BUCKETS, MOST_BUCKETS) == (13, 13, 27)
    assert Horizon(today, 1).days == 4
    assert Horizon.covering(today, []).buckets == DEFAULT_BUCKETS
    assert Horizon.covering(today, [date(2026, 12, 1)]).buckets == DEFAULT_BUCKETS
    last_of_14 = Horizon(today, 14).bucket_starts[-1]
    assert Horizon.covering(today, [last_of_14, date(2026, 11, 1)]).buckets == 14
    assert Horizon.covering(today, [last_of_14 - timedelta(days=1)]).buckets == DEFAULT_BUCKETS
    assert Horizon.covering(today, [date(2028, 1, 1)]).buckets == MOST_BUCKETS


def test_a_horizon_without_buckets_is_refused():
    with pytest.raises(ValueError, match="at least one bucket"):
        Horizon(date(2026, 11, 25), 0)
