"""The retail calendar: NRF 4-5-4 fiscal weeks, months, quarters and years (definitions: Retail time).

Weeks run Sunday to Saturday. A fiscal year ends on the Saturday nearest 31 January, so that some
years have 53 weeks (2012, 2017, 2023, 2028, …). Fiscal year 2026 is 2026-02-01 to 2027-01-30.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache

WEEK = timedelta(days=7)
# Weeks in the months of each quarter; a 53rd week belongs to the last month of the year.
WEEKS_OF_MONTHS = (4, 5, 4) * 4
MONTH_NAMES = (
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
    "January",
)


@dataclass(frozen=True, order=True, slots=True)
class FiscalWeek:
    """One fiscal week: the fiscal ``year`` it belongs to and its ``week`` number, 1 to 52 or 53."""

    year: int
    week: int

    @property
    def start(self) -> date:
        """The Sunday on which the week begins."""
        return year_start(self.year) + (self.week - 1) * WEEK

    @property
    def end(self) -> date:
        """The Saturday on which the week ends."""
        return self.start + timedelta(days=6)

    @property
    def label(self) -> str:
        """The name people use: ``FY26 W43``."""
        return f"FY{self.year % 100:02d} W{self.week:02d}"

    @property
    def month(self) -> int:
        """The fiscal month, 1 (February) to 12 (January)."""
        last_week = 0
        for number, weeks in enumerate(WEEKS_OF_MONTHS, start=1):
            last_week += weeks
            if self.week <= last_week:
                return number
        return 12

    @property
    def quarter(self) -> int:
        """The fiscal quarter, 1 to 4."""
        return (self.month - 1) // 3 + 1

    def __add__(self, weeks: int) -> "FiscalWeek":
        return week_of(self.start + weeks * WEEK)

    def __sub__(self, weeks: int) -> "FiscalWeek":
        return self + -weeks


@dataclass(frozen=True, order=True, slots=True)
class FiscalMonth:
    """One fiscal month: the fiscal ``year`` it belongs to and its number, 1 (February) to 12 (January)."""

    year: int
    month: int

    @property
    def weeks(self) -> int:
        """How many weeks it has: four or five, and one more in the last month of a 53-week year."""
        extra = weeks_in_year(self.year) - 52 if self.month == 12 else 0
        return WEEKS_OF_MONTHS[self.month - 1] + extra

    @property
    def start(self) -> date:
        """The Sunday on which the month begins."""
        return year_start(self.year) + sum(WEEKS_OF_MONTHS[: self.month - 1]) * WEEK

    @property
    def end(self) -> date:
        """The Saturday on which the month ends."""
        return self.start + self.weeks * WEEK - timedelta(days=1)

    @property
    def name(self) -> str:
        """The month without its year: ``December``."""
        return MONTH_NAMES[self.month - 1]

    @property
    def label(self) -> str:
        """The name people use: ``December FY26``."""
        return f"{self.name} FY{self.year % 100:02d}"

    def __add__(self, months: int) -> "FiscalMonth":
        years, place = divmod(self.month - 1 + months, 12)
        return FiscalMonth(self.year + years, place + 1)

    def __sub__(self, months: int) -> "FiscalMonth":
        return self + -months


class PeriodKind(StrEnum):
    """How long a period is."""

    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


# The fiscal months of the longer periods.
MONTHS_OF = {PeriodKind.MONTH: 1, PeriodKind.QUARTER: 3, PeriodKind.YEAR: 12}


@dataclass(frozen=True, order=True, slots=True)
class FiscalPeriod:
    """A fiscal week, month, quarter or year: its ``year``, its kind and its ``number`` from 1 (a year: 1)."""

    year: int
    kind: PeriodKind
    number: int

    @classmethod
    def of(cls, kind: PeriodKind, day: date) -> "FiscalPeriod":
        """The period of this kind that holds ``day``."""
        week = week_of(day)
        number = {
            PeriodKind.WEEK: week.week,
            PeriodKind.MONTH: week.month,
            PeriodKind.QUARTER: week.quarter,
            PeriodKind.YEAR: 1,
        }[kind]
        return cls(week.year, kind, number)

    @classmethod
    def of_key(cls, key: str) -> "FiscalPeriod":
        """The period with this ``key``. ValueError where there is none."""
        year, _, place = key.partition("-")
        kind = {
            "w": PeriodKind.WEEK,
            "m": PeriodKind.MONTH,
            "q": PeriodKind.QUARTER,
            "": PeriodKind.YEAR,
        }.get(place[:1])
        if kind is None or not (year.isdecimal() and len(year) == 4 and year >= "1900"):
            raise ValueError(f"{key!r} is no fiscal period.")
        number = place[1:] if place else "1"
        if not (number.isdecimal() and 1 <= int(number) <= _periods_in_year(kind, int(year))):
            raise ValueError(f"{key!r} is no fiscal period.")
        return cls(int(year), kind, int(number))

    @property
    def key(self) -> str:
        """Its name in an address: ``2026-q3``, ``2026-m07``, ``2026-w31``, ``2026``."""
        if self.kind == PeriodKind.YEAR:
            return str(self.year)
        width = 1 if self.kind == PeriodKind.QUARTER else 2
        return f"{self.year}-{self.kind.value[0]}{self.number:0{width}d}"

    @property
    def start(self) -> date:
        """The Sunday on which it begins."""
        if self.kind == PeriodKind.WEEK:
            return FiscalWeek(self.year, self.number).start
        return FiscalMonth(self.year, (self.number - 1) * MONTHS_OF[self.kind] + 1).start

    @property
    def end(self) -> date:
        """The Saturday on which it ends."""
        if self.kind == PeriodKind.WEEK:
            return FiscalWeek(self.year, self.number).end
        return FiscalMonth(self.year, self.number * MONTHS_OF[self.kind]).end

    @property
    def weeks(self) -> list[FiscalWeek]:
        """Its weeks, in order."""
        return weeks_from(self.start, ((self.end - self.start).days + 1) // 7)

    @property
    def label(self) -> str:
        """The name people use: ``Q3 FY26``, ``December FY26``, ``FY26 W43``, ``FY26``."""
        if self.kind == PeriodKind.WEEK:
            return FiscalWeek(self.year, self.number).label
        if self.kind == PeriodKind.MONTH:
            return FiscalMonth(self.year, self.number).label
        year = f"FY{self.year % 100:02d}"
        return f"Q{self.number} {year}" if self.kind == PeriodKind.QUARTER else year

    def weeks_last_year(self, *, restated: bool = True) -> list[FiscalWeek]:
        """The week to compare each of its weeks with, without one twice (definitions: T1)."""
        return sorted({same_week_last_year(week, restated=restated) for week in self.weeks})

    def __add__(self, periods: int) -> "FiscalPeriod":
        if self.kind == PeriodKind.WEEK:
            week = FiscalWeek(self.year, self.number) + periods
            return FiscalPeriod(week.year, self.kind, week.week)
        a_year = 12 // MONTHS_OF[self.kind]
        years, place = divmod(self.number - 1 + periods, a_year)
        return FiscalPeriod(self.year + years, self.kind, place + 1)

    def __sub__(self, periods: int) -> "FiscalPeriod":
        return self + -periods


def _periods_in_year(kind: PeriodKind, year: int) -> int:
    return weeks_in_year(year) if kind == PeriodKind.WEEK else 12 // MONTHS_OF[kind]


@lru_cache(maxsize=256)
def year_start(year: int) -> date:
    """The Sunday that opens fiscal ``year``: the day after the Saturday nearest 31 January."""
    last_of_january = date(year, 1, 31)
    # Monday is 0 and Saturday 5; the nearest Saturday is at most three days away.
    days_past_saturday = (last_of_january.weekday() - 5) % 7
    back, forward = days_past_saturday, 7 - days_past_saturday
    nearest = (
        last_of_january - timedelta(days=back) if back <= 3 else last_of_january + timedelta(days=forward)
    )
    return nearest + timedelta(days=1)


def weeks_in_year(year: int) -> int:
    """52, or 53 in the years whose calendar needs it."""
    return (year_start(year + 1) - year_start(year)).days // 7


def week_start(day: date) -> date:
    """The Sunday on or before ``day``."""
    return day - timedelta(days=(day.weekday() + 1) % 7)


def week_of(day: date) -> FiscalWeek:
    """The fiscal week that holds ``day``."""
    year = day.year if day >= year_start(day.year) else day.year - 1
    return FiscalWeek(year, (day - year_start(year)).days // 7 + 1)


def month_of(day: date) -> FiscalMonth:
    """The fiscal month that holds ``day``."""
    week = week_of(day)
    return FiscalMonth(week.year, week.month)


def weeks_from(day: date, count: int) -> list[FiscalWeek]:
    """``count`` consecutive fiscal weeks, the first being the one that holds ``day``."""
    first = week_start(day)
    return [week_of(first + index * WEEK) for index in range(count)]


def same_week_last_year(week: FiscalWeek, *, restated: bool) -> FiscalWeek:
    """The week to compare with in the year before.

    ``restated`` lines holidays up after a 53-week year: its weeks are shifted back by one, and its
    week 1 is dropped (definitions: Retail time, T1). Unrestated compares equal week numbers. A 53rd
    week, which the year before does not have, is compared with that year's last week.
    """
    year = week.year - 1
    number = week.week + 1 if restated and weeks_in_year(year) == 53 else week.week
    return FiscalWeek(year, min(number, weeks_in_year(year)))
