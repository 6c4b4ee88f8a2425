"""The buckets of a projection: the rest of this fiscal week, then whole fiscal weeks.

Inside the engines a day is a whole number counted from today: 0 is today, -1 yesterday.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from sop_site.fiscal import week_start

DEFAULT_BUCKETS = 13
MOST_BUCKETS = 27


@dataclass(frozen=True, slots=True)
class Horizon:
    """``buckets`` consecutive buckets from ``today`` (definitions: Projected on-hand).

    Bucket 0 is the rest of the current fiscal week, today to Saturday (1 to 7 days); every later
    bucket is a whole fiscal week.
    """

    today: date
    buckets: int = DEFAULT_BUCKETS

    def __post_init__(self) -> None:
        if self.buckets < 1:
            raise ValueError("A horizon needs at least one bucket.")

    @classmethod
    def covering(cls, today: date, last_days: Iterable[date]) -> "Horizon":
        """The default horizon, longer where one of ``last_days`` needs it, at most ``MOST_BUCKETS``."""
        horizon = cls(today)
        needed = max((horizon.bucket_of_day(horizon.day_of(last)) + 1 for last in last_days), default=0)
        return cls(today, min(max(DEFAULT_BUCKETS, needed), MOST_BUCKETS))

    @property
    def days_into_week(self) -> int:
        """Days of the current fiscal week that have passed before today, 0 to 6."""
        return (self.today - week_start(self.today)).days

    @property
    def start_days(self) -> NDArray[np.int64]:
        """First day of each bucket ``[W]``, counted from today."""
        starts = np.arange(self.buckets) * 7 - self.days_into_week
        starts[0] = 0
        return starts

    @property
    def bucket_days(self) -> NDArray[np.int64]:
        """Days in each bucket ``[W]``."""
        days = np.full(self.buckets, 7)
        days[0] = 7 - self.days_into_week
        return days

    @property
    def days(self) -> int:
        """Days in the whole horizon."""
        return self.buckets * 7 - self.days_into_week

    @property
    def bucket_starts(self) -> list[date]:
        """First date of each bucket; for bucket 0 that is today."""
        return [self.date_of(int(day)) for day in self.start_days]

    def bucket_of_day(self, day: int) -> int:
        """The bucket that holds ``day``; negative before this week, ``buckets`` or more past the end."""
        return (day + self.days_into_week) // 7

    def buckets_of_days(self, days: NDArray[np.int64]) -> NDArray[np.int64]:
        """``bucket_of_day`` for an array of days."""
        return (days + self.days_into_week) // 7

    def first_day_of(self, buckets: NDArray[np.int64]) -> NDArray[np.int64]:
        """First day of each of ``buckets``, also of those past the end."""
        return np.maximum(buckets * 7 - self.days_into_week, 0)

    def day_of(self, when: date) -> int:
        """``when`` as a day counted from today."""
        return (when - self.today).days

    def date_of(self, day: int) -> date:
        """The date of a day counted from today."""
        return self.today + timedelta(days=day)

    def extended(self, buckets: int) -> "Horizon":
        """The same horizon with so many more buckets."""
        return Horizon(self.today, self.buckets + buckets)
