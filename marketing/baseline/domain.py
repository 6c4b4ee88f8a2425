"""Writing the baselines."""

from datetime import date

import numpy as np
from django.db import connection, transaction

from marketing.baseline.engine import BaselinePolicy, Basis, trailing_baseline
from marketing.baseline.models import BaselineForecast
from marketing.baseline.queries import sales_before
from marketing.baseline.vectors import FORECAST_WEEKS, PACKED, packed
from sop_site.changes import mark_changed
from sop_site.feeds.staging import MergeCount, merge
from sop_site.fiscal import week_start

POLICY = BaselinePolicy()


@transaction.atomic
def refresh_baselines(*, today: date, policy: BaselinePolicy = POLICY) -> MergeCount:
    """Fit the baseline of every SKU-door on the whole fiscal weeks before ``today`` and write what differs.

    A SKU-door that sold nothing in the policy's window loses its baseline. SKUs whose level changed are
    marked for recalculation; a mere step to the next week, with the same level, marks none. Returns how
    many baselines are new and how many changed.
    """
    # One more week, so that the one after a promotion is known to stand next to it.
    sales = sales_before(today, weeks=policy.window_weeks + policy.margin_weeks)
    fitted = trailing_baseline(sales.units, sales.promoted, sales.in_stock_share, sales.observed, policy)
    has_sales = np.flatnonzero(fitted.basis != Basis.NO_SALES)
    levels_before = _levels()
    level = {
        (int(sales.product_ids[i]), int(sales.door_ids[i])): float(fitted.units_per_week[i].astype(PACKED))
        for i in has_sales
    }
    first_week = week_start(today)
    count = merge(
        BaselineForecast,
        keys=["product_id", "door_id"],
        columns=["first_week_start", "weekly_units", "basis", "weeks_used"],
        rows=(
            (
                *cell,
                first_week,
                packed([level[cell]] * FORECAST_WEEKS),
                Basis(int(fitted.basis[i])).slug,
                int(fitted.weeks_used[i]),
            )
            for cell, i in zip(level, has_sales, strict=True)
        ),
    )
    gone = levels_before.keys() - level.keys()
    _delete(gone)
    changed = {cell[0] for cell, units in level.items() if levels_before.get(cell) != units}
    mark_changed(changed | {cell[0] for cell in gone})
    return count


def _levels() -> dict[tuple[int, int], float]:
    """Units a week of the first week of each baseline, by (product, door) id."""
    rows = BaselineForecast.objects.values_list("product_id", "door_id", "weekly_units")
    return {(product, door): units[0] for product, door, units in rows}


def _delete(cells: set[tuple[int, int]]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM marketing_baselineforecast AS baseline"
            " USING unnest(%s::bigint[], %s::bigint[]) AS gone (product_id, door_id)"
            " WHERE baseline.product_id = gone.product_id AND baseline.door_id = gone.door_id",
            [[product for product, _ in cells], [door for _, door in cells]],
        )
