"""What the baseline is fitted on: the sales of recent weeks, as arrays."""

from dataclasses import dataclass
from datetime import date

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from sop_site.fiscal import WEEK, week_start

# A week of which the source covers fewer days is not a week's sales.
LEAST_OBSERVED_DAYS = 6


@dataclass(frozen=True, slots=True)
class SalesMatrix:
    """Weekly sales as ``[weeks, n]`` arrays, oldest week first; column ``i`` is one SKU-door.

    ``observed`` is False where the week's sales are not known. ``promoted`` says whether any of its days
    was on promotion.
    """

    first_week_start: date
    product_ids: NDArray[np.int64]
    door_ids: NDArray[np.int64]
    units: NDArray[np.float64]
    promoted: NDArray[np.bool_]
    promoted_days: NDArray[np.int64]
    in_stock_share: NDArray[np.float64]
    observed: NDArray[np.bool_]


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
    pairs = rows[:, 0].astype(np.int64) * 2**31 + rows[:, 1].astype(np.int64)
    cells, column = np.unique(pairs, return_inverse=True)
    shape = (last - first, len(cells))
    at = (week - first, column)
    units, in_stock, observed = np.zeros(shape), np.ones(shape), np.zeros(shape, dtype=bool)
    promoted_days = np.zeros(shape, dtype=np.int64)
    units[at], promoted_days[at], in_stock[at] = rows[:, 3], rows[:, 4], rows[:, 5]
    observed[at] = rows[:, 6] >= LEAST_OBSERVED_DAYS
    return SalesMatrix(
        first_week_start=end - (last - first) * WEEK,
        product_ids=cells // 2**31,
        door_ids=cells % 2**31,
        units=units,
        promoted=promoted_days > 0,
        promoted_days=promoted_days,
        in_stock_share=in_stock,
        observed=observed,
    )
