"""When standing meetings are held: dates by the fiscal calendar, times by the wall clock of a time zone."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sop_site.fiscal import WEEK, FiscalPeriod, PeriodKind


@dataclass(frozen=True, slots=True)
class Timetable:
    """When a meeting of each fiscal period is held.

    On ``weekday`` (0 is Sunday, the first day of a fiscal week) of week ``week_of_period`` (from 1) of the
    period ``periods_later`` after it, or of that period's last week where it has fewer; at ``starts_at`` of
    the wall clock in ``time_zone``, for ``minutes``.
    """

    period: PeriodKind
    weekday: int
    week_of_period: int
    periods_later: int
    starts_at: time
    minutes: int
    time_zone: str

    def day_of(self, period: FiscalPeriod) -> date:
        """The date of the meeting of ``period``."""
        held_in = period + self.periods_later
        week = min(self.week_of_period, len(held_in.weeks))
        return held_in.start + (week - 1) * WEEK + timedelta(days=self.weekday)

    def hours_of(self, period: FiscalPeriod) -> tuple[datetime, datetime]:
        """When the meeting of ``period`` begins and ends, in UTC.

        A time that the change to summer time skips is as much later as the clock is put forward; of a time
        that comes twice it is the first.
        """
        zone = ZoneInfo(self.time_zone)
        first_of_two = self.starts_at.replace(fold=0)
        begins = datetime.combine(self.day_of(period), first_of_two, zone).astimezone(UTC)
        return begins, begins + timedelta(minutes=self.minutes)

    def periods_between(self, first: date, last: date) -> list[FiscalPeriod]:
        """The periods whose meeting falls on a day from ``first`` to ``last``, in order."""
        period = FiscalPeriod.of(self.period, first) - self.periods_later
        found = []
        while (day := self.day_of(period)) <= last:
            if day >= first:
                found.append(period)
            period += 1
        return found
