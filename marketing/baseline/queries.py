"""What the baseline is fitted on: the sales of recent weeks, as arrays."""

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from marketing.sales.models import PastPromotion
from marketing.sales.records import promoted_days_by_week
from sop_site.fiscal import WEEK, week_start

# A week of which the source covers fewer days is not a week's sales.
LEAST_OBSERVED_DAYS = 6
NOT_SOLD = -1


@dataclass(frozen=True, slots=True)
class SalesMatrix:
    """Weekly sales as ``[weeks, n]`` arrays, oldest week first; column ``i`` is one SKU-door.

    ``observed`` is False where the week's sales are not known. ``promoted`` says whether any of its days
    was on promotion, by the sales themselves or by a past promotion.
    """

    first_week_start: date
    product_ids: NDArray[np.int64]
    door_ids: NDArray[np.int64]
    units: NDArray[np.float64]
    promoted: NDArray[np.bool_]
    promoted_days: NDArray[np.int64]
    in_stock_share: NDArray[np.float64]
    observed: NDArray[np.bool_]

    def columns_of(self, products: NDArray[np.int64], doors: NDArray[np.int64]) -> NDArray[np.int64]:
        """The column of each pair of product and door id, `NOT_SOLD` where it has none."""
        cells, wanted = _cells(self.product_ids, self.door_ids), _cells(products, doors)
        if not len(cells):
            return np.full(len(wanted), NOT_SOLD)
        position = np.minimum(np.searchsorted(cells, wanted), len(cells) - 1)
        return np.where(cells[position] == wanted, position, NOT_SOLD)


def sales_before(day: date, *, weeks: int | None = None) -> SalesMatrix:
    """The whole fiscal weeks before the week of ``day``: the last ``weeks`` of them, or all there are."""
    end = week_start(day)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT product_id, door_id, (week_start - %(origin)s) / 7, units::float8, promoted_days,
                   1 - out_of_stock_share, observed_days
            FROM marketing_weeklysales
            WHERE week_start < %(end)s AND week_start >= %(first)s
            """,
            {"origin": date.min, "end": end, "first": end - weeks * WEEK if weeks else date.min},
        )
        rows = np.array(cursor.fetchall(), dtype=np.float64).reshape(-1, 7)
    last = (end - date.min).days // 7
    week = rows[:, 2].astype(np.int64)
    first = last - weeks if weeks else int(week.min(initial=last - 1))
    pairs = _cells(rows[:, 0].astype(np.int64), rows[:, 1].astype(np.int64))
    cells, column = np.unique(pairs, return_inverse=True)
    shape = (last - first, len(cells))
    at = (week - first, column)
    units, in_stock, observed = np.zeros(shape), np.ones(shape), np.zeros(shape, dtype=bool)
    promoted_days = np.zeros(shape, dtype=np.int64)
    units[at], promoted_days[at], in_stock[at] = rows[:, 3], rows[:, 4], rows[:, 5]
    observed[at] = rows[:, 6] >= LEAST_OBSERVED_DAYS
    sales = SalesMatrix(
        first_week_start=end - (last - first) * WEEK,
        product_ids=cells // 2**31,
        door_ids=cells % 2**31,
        units=units,
        promoted=promoted_days > 0,
        promoted_days=promoted_days,
        in_stock_share=in_stock,
        observed=observed,
    )
    return _with_past_promotions(sales)


def _with_past_promotions(sales: SalesMatrix) -> SalesMatrix:
    """``sales`` with the days of past promotions, those of Bridge's own campaigns among them."""
    first, weeks = sales.first_week_start.toordinal(), len(sales.units)
    found = PastPromotion.objects.filter(
        ends_on__gte=sales.first_week_start, starts_on__lt=sales.first_week_start + weeks * WEEK
    ).values_list("product_id", "door_id", "starts_on", "ends_on")
    events = np.array(
        [(product, door, start.toordinal(), end.toordinal()) for product, door, start, end in found],
        dtype=np.int64,
    ).reshape(-1, 4)
    column = sales.columns_of(events[:, 0], events[:, 1])
    events, column = events[column != NOT_SOLD], column[column != NOT_SOLD]
    start, end = np.maximum(events[:, 2], first), np.minimum(events[:, 3], first + 7 * weeks - 1)
    cell, week, days = promoted_days_by_week(column, start, end)
    promoted_days = sales.promoted_days.copy()
    at = ((week - first) // 7, cell)
    promoted_days[at] = np.maximum(promoted_days[at], days)
    return replace(sales, promoted_days=promoted_days, promoted=promoted_days > 0)


def _cells(products: NDArray[np.int64], doors: NDArray[np.int64]) -> NDArray[np.int64]:
    """One number for each pair of product and door id."""
    return products * 2**31 + doors
