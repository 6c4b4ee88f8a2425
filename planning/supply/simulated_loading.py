"""Writes simulated stock, receipts and the DC they stand at, each marked as simulated."""

from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np
from django.db.models import QuerySet

from marketing.catalogue.choices import DoorKind
from marketing.catalogue.models import Door, Product
from marketing.sales.loading import LoadedSales
from marketing.sales.records import SCALE
from planning.supply.choices import ReceiptStatus
from planning.supply.loading import merge_receipts, merge_routes
from planning.supply.models import Receipt, StockPosition
from planning.supply.simulation import ReplenishmentPolicy, SimulatedStock, roll_policy
from sop_site.feeds.errors import FeedError
from sop_site.feeds.load import Load
from sop_site.feeds.staging import MergeCount, merge
from sop_site.fiscal import WEEK, week_start

DC_CODE = "DC-SIM"
DC_NAME = "Simulated DC"
SUPPLIER = "Simulated supplier"
# The multiple of an order where the catalogue names no pack.
CASE_UNITS = 12


def simulate_inventory(
    load: Load, sales: LoadedSales, policy: ReplenishmentPolicy, *, sold_since: date
) -> None:
    """Roll the policy over the sales up to the as-of date and write what it holds and has ordered.

    It covers the SKU-doors that sold in a week that starts on ``sold_since`` or later. What an earlier
    simulation wrote and this one does not is deleted; a retailer that has stock of its own is refused.
    """
    if StockPosition.objects.filter(is_simulated=False).exists():
        raise FeedError("This retailer has stock of its own; --simulate-inventory is for one that has none.")
    cells, units, observed = _matrix(sales, load.as_of, sold_since)
    products, doors = sales.grid.product_of(cells), sales.grid.door_of(cells)
    skus, sku = np.unique(products, return_inverse=True)
    packs = dict(Product.objects.values_list("pk", "pack_units"))
    cases = [packs[pk] if packs[pk] > 1 else CASE_UNITS for pk in skus.tolist()]
    case_units = np.array(cases, dtype=np.float64)
    stock = roll_policy(units, observed, sku, case_units, policy)
    dc_id = _dc_with_routes(policy)
    count = _write_positions(products, doors, skus, stock, dc_id)
    load.done("simulated stock", len(cells) + len(skus), count)
    rows = list(_receipt_rows(skus, stock, dc_id, load.as_of))
    count = merge_receipts(rows)
    _delete_others(Receipt.objects.filter(is_simulated=True), "po_number", "line", {row[:2] for row in rows})
    load.done("simulated receipts", len(rows), count)


def _matrix(sales: LoadedSales, as_of: date, sold_since: date) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Cells that sold of late, their units and whether observed ``[weeks, n]``, up to ``as_of``'s week."""
    weeks = sales.weeks
    cells = sales.cells_sold_since(sold_since)
    if not len(cells):
        raise FeedError("There are no recent sales before the as-of date on which stock could be simulated.")
    chosen = np.isin(weeks.cell, cells)
    column = np.searchsorted(cells, weeks.cell[chosen])
    week = weeks.week_start[chosen] // 7
    first, last = int(week.min()), week_start(as_of).toordinal() // 7
    shape = (last - first + 1, len(cells))
    units, observed = np.zeros(shape), np.zeros(shape, dtype=bool)
    at = (week - first, column)
    units[at], observed[at] = weeks.units[chosen] / SCALE, True
    return cells, units, observed


def _dc_with_routes(policy: ReplenishmentPolicy) -> int:
    dc, _ = Door.objects.get_or_create(code=DC_CODE, defaults={"name": DC_NAME, "kind": DoorKind.DC})
    Door.objects.selling().filter(supplied_by=None).update(supplied_by=dc)
    served = Door.objects.filter(supplied_by=dc).order_by("pk").values_list("pk", flat=True)
    merge_routes((dc.pk, door, policy.transit_days, None) for door in served)
    return dc.pk


def _write_positions(
    products: np.ndarray, doors: np.ndarray, skus: np.ndarray, stock: SimulatedStock, dc_id: int
) -> MergeCount:
    rows = [
        *zip(products.tolist(), doors.tolist(), stock.door_units.tolist(), strict=True),
        *((pk, dc_id, units) for pk, units in zip(skus.tolist(), stock.dc_units.tolist(), strict=True)),
    ]
    count = merge(
        StockPosition,
        keys=["product_id", "door_id"],
        columns=["on_hand_units", "is_simulated"],
        rows=((product, door, round(units, 4), True) for product, door, units in rows),
        defaults={"unavailable_units": 0, "committed_units": 0},
    )
    kept = {(product, door) for product, door, _ in rows}
    _delete_others(StockPosition.objects.filter(is_simulated=True), "product_id", "door_id", kept)
    return count


def _receipt_rows(skus: np.ndarray, stock: SimulatedStock, dc_id: int, as_of: date) -> Iterator[tuple]:
    """The open orders as PO lines that are due on the Monday of their week."""
    first_week = week_start(as_of)
    codes = dict(Product.objects.filter(pk__in=skus.tolist()).values_list("pk", "sku"))
    in_order = sorted(range(len(skus)), key=lambda place: codes[int(skus[place])])
    for weeks_ahead, units in enumerate(stock.open_orders, start=1):
        eta = first_week + weeks_ahead * WEEK + timedelta(days=1)
        for line, place in enumerate(in_order, start=1):
            if units[place] > 0:
                yield (
                    f"SIM-{eta:%Y%m%d}",
                    line,
                    int(skus[place]),
                    dc_id,
                    SUPPLIER,
                    units[place].item(),
                    0.0,
                    eta,
                    eta,
                    ReceiptStatus.OPEN.value,
                    True,
                )


def _delete_others(rows: QuerySet, first_key: str, second_key: str, kept: set[tuple]) -> None:
    gone = [pk for pk, *key in rows.values_list("pk", first_key, second_key) if tuple(key) not in kept]
    rows.filter(pk__in=gone).delete()
