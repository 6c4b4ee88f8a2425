"""What a campaign's window gets and asks for, in weeks that are cut at its first and last day.

Demand is even over the days of a week (definitions: Retail time), and what a week has to sell is there on
its first day.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

DAYS_A_WEEK: Final = 7


@dataclass(frozen=True, slots=True)
class Windows:
    """``m`` windows: a SKU-door (column), the first day and the first day after it, from day 0 of week 0.

    Raises ValueError for a window without a day.
    """

    column: Integers
    first_day: Integers
    after_day: Integers

    def __post_init__(self) -> None:
        if np.any(self.after_day <= self.first_day) or np.any(self.first_day < 0):
            raise ValueError("A window needs a day, and none before the first week.")

    def __len__(self) -> int:
        return len(self.column)

    @property
    def weeks_to_read(self) -> int:
        """How many weeks the windows reach over."""
        return -(-int(self.after_day.max(initial=0)) // DAYS_A_WEEK)

    def where(self, chosen: NDArray[np.bool_]) -> "Windows":
        """Those that a mask chooses."""
        return Windows(self.column[chosen], self.first_day[chosen], self.after_day[chosen])

    def later(self, weeks: int) -> "Windows":
        """The same, counted from the first day of week ``weeks``."""
        days = weeks * DAYS_A_WEEK
        return Windows(self.column, self.first_day - days, self.after_day - days)

    def days_in(self, week: int) -> tuple[Integers, Integers]:
        """The days of a week in each window ``[m]``: from, and up to but not with (0 to 7)."""
        from_day = np.clip(self.first_day - week * DAYS_A_WEEK, 0, DAYS_A_WEEK)
        to_day = np.clip(self.after_day - week * DAYS_A_WEEK, 0, DAYS_A_WEEK)
        return from_day, to_day


def units_of(windows: Windows, units: Floats) -> Floats:
    """The part of weekly ``units`` ``[weeks, n]`` on the days of each window ``[m]``."""
    total = np.zeros(len(windows))
    for week in range(windows.weeks_to_read):
        from_day, to_day = windows.days_in(week)
        total += units[week, windows.column] * (to_day - from_day) / DAYS_A_WEEK
    return total


def supply_of(windows: Windows, available: Floats, sent: Floats, units: Floats) -> Floats:
    """What each window has to sell ``[m]``: what is there on its first day, and what comes after.

    Of each week ``[weeks, n]``: ``available`` to sell, what was ``sent`` of that in the week, and the
    ``units`` that are asked for.
    """
    total = np.zeros(len(windows))
    for week in range(windows.weeks_to_read):
        from_day, to_day = windows.days_in(week)
        column = windows.column
        first = windows.first_day // DAYS_A_WEEK == week
        left = np.maximum(available[week, column] - units[week, column] * from_day / DAYS_A_WEEK, 0.0)
        total += np.where(first, left, np.where(to_day > from_day, sent[week, column], 0.0))
    return total


def short_of(windows: Windows, available: Floats, units: Floats) -> Floats:
    """Units that are asked for and not there on the days of each window ``[m]``; arrays as above."""
    total = np.zeros(len(windows))
    for week in range(windows.weeks_to_read):
        from_day, to_day = windows.days_in(week)
        there, asked = available[week, windows.column], units[week, windows.column]
        total += np.maximum(asked * to_day / DAYS_A_WEEK - there, 0.0)
        total -= np.maximum(asked * from_day / DAYS_A_WEEK - there, 0.0)
    return total
