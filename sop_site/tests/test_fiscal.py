"""The retail calendar against what the NRF publishes, and against itself."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sop_site.fiscal import (
    FiscalMonth,
    FiscalWeek,
    month_of,
    same_week_last_year,
    week_of,
    week_start,
    weeks_from,
    weeks_in_year,
    year_start,
)

many = settings(max_examples=1000, deadline=None)
days = st.dates(date(1990, 1, 1), date(2060, 12, 31))


@pytest.mark.parametrize(
    ("year", "first", "last"),
    [
        (2012, date(2012, 1, 29), date(2013, 2, 2)),
        (2017, date(2017, 1, 29), date(2018, 2, 3)),
        (2023, date(2023, 1, 29), date(2024, 2, 3)),
        (2024, date(2024, 2, 4), date(2025, 2, 1)),
        (2025, date(2025, 2, 2), date(2026, 1, 31)),
        (2026, date(2026, 2, 1), date(2027, 1, 30)),
    ],
)
def test_published_years(year, first, last):
    assert year_start(year) == first
    assert year_start(year + 1) == last + timedelta(days=1)


def test_the_years_with_53_weeks():
    long_years = [year for year in range(2000, 2036) if weeks_in_year(year) == 53]

    assert long_years == [2000, 2006, 2012, 2017, 2023, 2028, 2034]


def test_the_week_of_a_day_and_its_name():
    week = week_of(date(2026, 11, 22))

    assert week == FiscalWeek(2026, 43)
    assert week.label == "FY26 W43"
    assert (week.start, week.end) == (date(2026, 11, 22), date(2026, 11, 28))
    assert FiscalWeek(2009, 5).label == "FY09 W05"


@pytest.mark.parametrize(
    ("day", "week"),
    [
        (date(2026, 1, 1), FiscalWeek(2025, 48)),
        (date(2026, 1, 31), FiscalWeek(2025, 52)),
        (date(2026, 2, 1), FiscalWeek(2026, 1)),
        (date(2024, 2, 3), FiscalWeek(2023, 53)),
        (date(2024, 2, 4), FiscalWeek(2024, 1)),
        (date(2023, 1, 29), FiscalWeek(2023, 1)),
        (date(2023, 1, 28), FiscalWeek(2022, 52)),
        (date(2027, 1, 30), FiscalWeek(2026, 52)),
        (date(2027, 1, 31), FiscalWeek(2027, 1)),
    ],
)
def test_edges_of_years(day, week):
    assert week_of(day) == week


def test_months_are_four_five_and_four_weeks():
    months = [FiscalWeek(2023, week).month for week in range(1, 54)]

    assert [months.count(month) for month in range(1, 13)] == [4, 5, 4, 4, 5, 4, 4, 5, 4, 4, 5, 5]
    assert months == sorted(months)
    assert [FiscalWeek(2023, week).quarter for week in (1, 13, 14, 26, 27, 39, 40, 53)] == [
        *(1, 1, 2, 2, 3, 3, 4, 4)
    ]


def test_the_year_before_restated_lines_holidays_up():
    """After the 53 weeks of 2023 each week of 2024 is compared with one number higher."""
    assert same_week_last_year(FiscalWeek(2024, 1), restated=True) == FiscalWeek(2023, 2)
    assert same_week_last_year(FiscalWeek(2024, 52), restated=True) == FiscalWeek(2023, 53)
    assert same_week_last_year(FiscalWeek(2024, 1), restated=False) == FiscalWeek(2023, 1)
    assert same_week_last_year(FiscalWeek(2026, 43), restated=True) == FiscalWeek(2025, 43)
    assert same_week_last_year(FiscalWeek(2023, 53), restated=True) == FiscalWeek(2022, 52)
    assert same_week_last_year(FiscalWeek(2023, 53), restated=False) == FiscalWeek(2022, 52)


@many
@given(day=days)
def test_a_week_runs_from_sunday_to_saturday_and_holds_its_day(day):
    week = week_of(day)

    assert week.start <= day <= week.end
    assert week.start == week_start(day)
    assert week.start.weekday() == 6
    assert week.end == week.start + timedelta(days=6)
    assert 1 <= week.week <= weeks_in_year(week.year)
    assert 1 <= week.month <= 12
    assert week.quarter == (week.month + 2) // 3


@many
@given(year=st.integers(1990, 2060))
def test_a_year_ends_on_the_saturday_nearest_the_end_of_january(year):
    last = year_start(year) - timedelta(days=1)

    assert last.weekday() == 5
    assert abs((last - date(year, 1, 31)).days) <= 3
    assert weeks_in_year(year) in (52, 53)


@many
@given(day=days, count=st.integers(-120, 120))
def test_weeks_add_up_across_years(day, count):
    week = week_of(day)

    assert week + count == week_of(day + timedelta(weeks=count))
    assert (week + count) - count == week
    assert ((week + count) > week) == (count > 0)


@many
@given(day=days, count=st.integers(1, 60))
def test_consecutive_weeks_leave_no_gap(day, count):
    weeks = weeks_from(day, count)

    assert len(weeks) == count
    assert weeks[0] == week_of(day)
    for earlier, later in pairwise(weeks):
        assert later.start == earlier.end + timedelta(days=1)


@pytest.mark.parametrize(
    ("month", "first", "last", "weeks", "label"),
    [
        (FiscalMonth(2026, 1), date(2026, 2, 1), date(2026, 2, 28), 4, "February FY26"),
        (FiscalMonth(2026, 11), date(2026, 11, 29), date(2027, 1, 2), 5, "December FY26"),
        (FiscalMonth(2023, 12), date(2023, 12, 31), date(2024, 2, 3), 5, "January FY23"),
    ],
)
def test_the_months_of_a_year(month, first, last, weeks, label):
    assert (month.start, month.end, month.weeks, month.label) == (first, last, weeks, label)


@many
@given(days, st.integers(-30, 30))
def test_months_follow_one_another_without_a_gap(day, count):
    month = month_of(day)

    assert month.start <= day <= month.end
    assert (month + 1).start - month.end == timedelta(days=1)
    assert month + count - count == month
