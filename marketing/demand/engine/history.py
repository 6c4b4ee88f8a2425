"""What the demand model learns from and forecasts for: weekly sales and the promotion calendar, as arrays.

Weeks are rows, SKU-doors are columns. A week is whatever seven days the caller counts in, always ending on
the same weekday; week 0 is the oldest.
"""

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]
Mechanics = NDArray[np.int16]

NO_PROMOTION = 0
# What lies beyond is a slip of the data: a price by the pack, a base price of another size.
LEAST_DISCOUNT, MOST_DISCOUNT = -0.3, 0.9


def week_of_year(week_end: date) -> int:
    """Which week of the calendar year (0 to 52) the last day of a week lies in."""
    return (week_end.timetuple().tm_yday - 1) // 7


@dataclass(frozen=True, slots=True)
class SkuDoors:
    """The ``n`` SKU-doors: places ``[n]`` among the SKUs, doors, subclasses and categories, from 0."""

    sku: Integers
    door: Integers
    subclass: Integers
    category: Integers

    def __len__(self) -> int:
        return len(self.sku)


@dataclass(frozen=True, slots=True)
class PromotionCalendar:
    """Promotions and prices ``[weeks, n]``, of the past and, as planned, of the weeks to come.

    ``mechanic`` numbers the mechanic of a week, `NO_PROMOTION` without one; ``promoted_share`` is the
    share of the week's days on promotion (0 to 1; 0 exactly where there is no mechanic). ``discount`` is
    1 - price / base price while on promotion, and may be set without a promotion where the shelf price
    was lower (0 where unknown). ``base_price`` is NaN where unknown.
    """

    mechanic: Mechanics
    promoted_share: Floats
    discount: Floats
    base_price: Floats

    def __len__(self) -> int:
        return len(self.mechanic)

    @property
    def promoted(self) -> NDArray[np.bool_]:
        """Weeks with a promotion on any day ``[weeks, n]``."""
        return self.mechanic != NO_PROMOTION

    def until(self, weeks: int) -> "PromotionCalendar":
        """The first ``weeks`` weeks."""
        return PromotionCalendar(
            self.mechanic[:weeks], self.promoted_share[:weeks], self.discount[:weeks], self.base_price[:weeks]
        )


@dataclass(frozen=True, slots=True)
class WeeklyHistory:
    """Sales of the past and the calendar of the past and the weeks to come.

    ``units [weeks, n]`` is NaN where no sale was observed (not carried, or not known: it is not a zero);
    ``in_stock_share [weeks, n]`` is the share of the selling time with stock, 1 where unknown.
    ``calendar`` begins with the same week and may be longer; ``week_of_year`` (0 to 52) is as long as
    ``calendar``. ``mechanics`` is how many mechanics there are, `NO_PROMOTION` included.
    """

    sku_doors: SkuDoors
    units: Floats
    in_stock_share: Floats
    calendar: PromotionCalendar
    week_of_year: Integers
    mechanics: int

    @property
    def weeks(self) -> int:
        """How many weeks of sales there are."""
        return len(self.units)

    def known_at(self, weeks: int, *, planned_weeks: int) -> "WeeklyHistory":
        """What is known after the first ``weeks`` weeks: their sales, and the calendar of some weeks more."""
        ahead = weeks + planned_weeks
        return replace(
            self,
            units=self.units[:weeks],
            in_stock_share=self.in_stock_share[:weeks],
            calendar=self.calendar.until(ahead),
            week_of_year=self.week_of_year[:ahead],
        )


@dataclass(frozen=True, slots=True)
class Forecast:
    """Units of ``h`` weeks to come ``[h, n]``: the expected demand and its quantiles.

    All are NaN for a SKU-door of which nothing is known. ``p50`` minimises the absolute error; ``mean`` is
    what to plan supply with on average; ``p10 <= p50 <= p90``.
    """

    mean: Floats
    p10: Floats
    p50: Floats
    p90: Floats
