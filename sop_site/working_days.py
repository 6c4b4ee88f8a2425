"""Days on which people work: Monday to Friday, without the holidays of the country that HOLIDAYS names."""

from collections.abc import Container
from datetime import date, timedelta
from functools import cache
from typing import Final

import holidays as calendars
from django.conf import settings

SATURDAY: Final = 5
ONE_DAY: Final = timedelta(days=1)


def public_holidays() -> Container[date]:
    """The holidays of this site: those of the country, or part of one ("US", "US-CA"), in the settings."""
    return _holidays_of(settings.HOLIDAYS)


@cache
def _holidays_of(place: str) -> Container[date]:
    if not place:
        return frozenset()
    country, _, part = place.partition("-")
    return calendars.country_holidays(country, subdiv=part or None)


def is_working_day(day: date, holidays: Container[date] | None = None) -> bool:
    """Whether people work on ``day``; ``holidays`` are those of this site unless given."""
    closed = public_holidays() if holidays is None else holidays
    return day.weekday() < SATURDAY and day not in closed


def add_working_days(day: date, count: int, holidays: Container[date] | None = None) -> date:
    """The working day that is ``count`` after ``day``, or before it if negative.

    With 0, ``day`` itself, or the first working day after it.
    """
    closed = public_holidays() if holidays is None else holidays
    step = -ONE_DAY if count < 0 else ONE_DAY
    if count == 0:
        while not is_working_day(day, closed):
            day += step
        return day
    left = abs(count)
    while left:
        day += step
        left -= is_working_day(day, closed)
    return day


def working_days_between(start: date, end: date, holidays: Container[date] | None = None) -> int:
    """How many working days lie after ``start`` up to ``end``, itself counted; negative if it lies before.

    So ``add_working_days(start, working_days_between(start, end))`` is ``end``, where people work on both.
    """
    closed = public_holidays() if holidays is None else holidays
    if end < start:
        return -sum(is_working_day(start - n * ONE_DAY, closed) for n in range(1, (start - end).days + 1))
    return sum(is_working_day(start + n * ONE_DAY, closed) for n in range(1, (end - start).days + 1))
