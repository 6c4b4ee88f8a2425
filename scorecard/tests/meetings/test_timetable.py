"""A year of meetings, over changes of the clock and a 53rd week: none missing, none twice."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorecard.meetings.timetable import Timetable
from sop_site.fiscal import FiscalPeriod, PeriodKind, weeks_in_year, year_start

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata")


def weekly(*, at: time = time(9), zone: str = "Europe/Berlin", weekday: int = 2) -> Timetable:
    return Timetable(
        period=PeriodKind.WEEK,
        weekday=weekday,
        week_of_period=1,
        periods_later=0,
        starts_at=at,
        minutes=45,
        time_zone=zone,
    )


@pytest.mark.parametrize(
    ("kind", "in_year", "in_a_year_of_53"),
    [(PeriodKind.WEEK, 52, 53), (PeriodKind.MONTH, 12, 12), (PeriodKind.QUARTER, 4, 4)],
)
@pytest.mark.parametrize("year", [2026, 2028])
def test_a_year_has_one_meeting_a_period(
    kind: PeriodKind, in_year: int, in_a_year_of_53: int, year: int
) -> None:
    timetable = Timetable(kind, 3, 2 if kind != PeriodKind.WEEK else 1, 0, time(14), 60, "America/New_York")
    first, last = year_start(year), year_start(year + 1) - timedelta(days=1)
    periods = timetable.periods_between(first, last)
    expected = in_a_year_of_53 if weeks_in_year(year) == 53 else in_year
    assert [period.number for period in periods] == list(range(1, expected + 1))
    assert {period.year for period in periods} == {year}
    days = [timetable.day_of(period) for period in periods]
    assert days == sorted(set(days))


@given(
    kind=st.sampled_from([PeriodKind.WEEK, PeriodKind.MONTH, PeriodKind.QUARTER]),
    weekday=st.integers(0, 6),
    week=st.integers(1, 14),
    later=st.integers(0, 1),
    first=st.dates(date(2011, 1, 1), date(2040, 1, 1)),
    days=st.integers(0, 120),
)
def test_no_period_is_left_out_and_none_comes_twice(
    kind: PeriodKind, weekday: int, week: int, later: int, first: date, days: int
) -> None:
    timetable = Timetable(kind, weekday, week, later, time(9), 60, "UTC")
    last = first + timedelta(days=days)
    around = [FiscalPeriod.of(kind, first) + step for step in range(-5, days // 7 + 6)]
    assert timetable.periods_between(first, last) == [
        period for period in around if first <= timetable.day_of(period) <= last
    ]


@given(
    zone=st.sampled_from(ZONES),
    at=st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    week=st.integers(1, 53),
)
def test_the_clock_on_the_wall_shows_the_time_of_the_timetable(zone: str, at: time, week: int) -> None:
    period = FiscalPeriod(2028, PeriodKind.WEEK, week)
    begins, ends = weekly(at=at, zone=zone, weekday=0).hours_of(period)
    local = begins.astimezone(ZoneInfo(zone))
    # Lord Howe moves its clocks by half an hour, the others by one; a skipped time is shown so much later.
    shown, set_at = local.replace(tzinfo=None, fold=0), datetime.combine(period.start, at.replace(fold=0))
    assert shown - set_at in (timedelta(0), timedelta(minutes=30), timedelta(hours=1))
    assert local.fold == 0
    assert ends - begins == timedelta(minutes=45)


def test_a_meeting_at_nine_stays_at_nine_when_summer_time_ends() -> None:
    # Clocks in Berlin go back on Sunday 25 October 2026.
    before, after = (
        weekly().hours_of(FiscalPeriod.of(PeriodKind.WEEK, day))[0]
        for day in (date(2026, 10, 20), date(2026, 10, 27))
    )
    assert (before.hour, after.hour) == (7, 8)
    assert after - before == timedelta(days=7, hours=1)


def test_a_quarter_is_reviewed_in_the_quarter_after_it() -> None:
    timetable = Timetable(PeriodKind.QUARTER, 4, 2, 1, time(10), 120, "Europe/Berlin")
    assert timetable.day_of(FiscalPeriod(2026, PeriodKind.QUARTER, 3)) == date(2026, 11, 12)


def test_a_short_month_has_its_meeting_in_its_last_week() -> None:
    timetable = Timetable(PeriodKind.MONTH, 1, 5, 0, time(10), 60, "UTC")
    february, march = (FiscalPeriod(2026, PeriodKind.MONTH, number) for number in (1, 2))
    assert timetable.day_of(february) == date(2026, 2, 23)
    assert timetable.day_of(march) == date(2026, 3, 30)
