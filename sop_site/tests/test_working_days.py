"""Working days: what dates people are held to."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sop_site.working_days import add_working_days, is_working_day, working_days_between

THURSDAY, FRIDAY, SATURDAY = date(2026, 11, 26), date(2026, 11, 27), date(2026, 11, 28)
MONDAY, TUESDAY = date(2026, 11, 30), date(2026, 12, 1)
DAYS = st.dates(date(2026, 1, 1), date(2027, 12, 31))


@pytest.mark.parametrize(
    ("start", "count", "end"),
    [
        (THURSDAY, 1, FRIDAY),
        (FRIDAY, 1, MONDAY),
        (SATURDAY, 1, MONDAY),
        (SATURDAY, 0, MONDAY),
        (FRIDAY, 0, FRIDAY),
        (TUESDAY, -2, FRIDAY),
        (SATURDAY, -1, FRIDAY),
    ],
)
def test_weekends_do_not_count(start, count, end):
    assert add_working_days(start, count, ()) == end


def test_holidays_do_not_count():
    assert add_working_days(THURSDAY, 1, {FRIDAY}) == MONDAY
    assert add_working_days(MONDAY, -1, {FRIDAY}) == THURSDAY
    assert working_days_between(THURSDAY, TUESDAY, {FRIDAY}) == 2


@given(DAYS, DAYS, st.frozensets(DAYS, max_size=30))
def test_counting_and_adding_agree_in_both_directions(start, end, holidays):
    start, end = add_working_days(start, 0, holidays), add_working_days(end, 0, holidays)

    assert add_working_days(start, working_days_between(start, end, holidays), holidays) == end
    assert working_days_between(start, end, holidays) == -working_days_between(end, start, holidays)


def test_the_country_comes_from_the_settings(settings):
    assert is_working_day(THURSDAY)

    settings.HOLIDAYS = "US"
    assert not is_working_day(THURSDAY)  # Thanksgiving

    settings.HOLIDAYS = "DE-BY"
    assert not is_working_day(date(2026, 1, 6))  # Epiphany, in Bavaria
    assert is_working_day(THURSDAY)
