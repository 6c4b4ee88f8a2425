"""Stock, receipts and routes from a retailer folder."""

from collections.abc import Iterator
from datetime import date

import numpy as np

from marketing.catalogue.loading import door_ids, product_ids
from marketing.sales.loading import doors_of
from planning.supply.choices import ReceiptStatus
from planning.supply.columns import (
    COMMITTED,
    CURRENT_ETA,
    LINE,
    ON_HAND,
    ORDERED,
    ORIGINAL_ETA,
    PO_NUMBER,
    RECEIPT_COLUMNS,
    RECEIVED,
    SUPPLIER,
    UNAVAILABLE,
    counted_on_day,
    etas_of,
    in_transit_of,
    statuses_of,
)
from planning.supply.models import Receipt, Route, StockPosition
from sop_site.feeds.load import SKU, STORE, Load
from sop_site.feeds.models import DataIssue
from sop_site.feeds.staging import MergeCount, merge
from sop_site.feeds.table import NO_DATE, Column, Table, optional_number

FROM_STORE = Column("from_store", ("from_door", "from", "origin"))
TO_STORE = Column("to_store", ("to_door", "to", "destination"))
TRANSIT_DAYS = Column("transit_days", ("days",))
COST_PER_UNIT = Column("cost_per_unit", ("cost", "unit_cost"))
MOST_TRANSIT_DAYS = 365
MOST_COST_PER_UNIT = 999_999


def load_inventory(load: Load) -> set[tuple[int, int]]:
    """inventory.csv: positions, and what its in-transit columns say is on its way.

    A position dated after the as-of date is not loaded. Returns the (product, door) pairs that are held.
    """
    table = load.folder.table("inventory", (SKU, STORE, ON_HAND, UNAVAILABLE, COMMITTED))
    if table is None:
        return set()
    table.require(SKU, ON_HAND)
    products = table.references(SKU, product_ids(), "SKU")
    doors = doors_of(table)
    on_hand = table.numbers(ON_HAND, required=True)
    unavailable = np.nan_to_num(table.numbers(UNAVAILABLE, least=0))
    committed = np.nan_to_num(table.numbers(COMMITTED, least=0))
    counted_on = counted_on_day(table)
    table.unique(SKU, products.tolist(), doors.tolist())
    table.raise_if_bad()
    known = counted_on <= load.as_of.toordinal()
    count = merge(
        StockPosition,
        keys=["product_id", "door_id"],
        columns=["on_hand_units", "unavailable_units", "committed_units", "is_simulated"],
        rows=(
            (
                int(products[i]),
                int(doors[i]),
                on_hand[i].item(),
                unavailable[i].item(),
                committed[i].item(),
                False,
            )
            for i in np.flatnonzero(known).tolist()
        ),
    )
    load.done(table.file_name, len(table), count)
    _report_negative_stock(load, table, on_hand)
    _load_in_transit(load, table, products, doors, counted_on, known)
    return set(zip(products[known].tolist(), doors[known].tolist(), strict=True))


def _report_negative_stock(load: Load, table: Table, on_hand: np.ndarray) -> None:
    skus, stores = table.texts(SKU), table.texts(STORE)
    for index in np.flatnonzero(on_hand < 0).tolist():
        load.issue(
            DataIssue.Kind.NEGATIVE_ON_HAND,
            table.file_name,
            f"On-hand is {on_hand[index]:g}; projections start from 0.",
            line_number=table.line_numbers[index],
            column=table.heading_of(ON_HAND) or "",
            sku=skus[index],
            door_code=stores[index],
        )


def _load_in_transit(
    load: Load,
    table: Table,
    products: np.ndarray,
    doors: np.ndarray,
    counted_on: np.ndarray,
    known: np.ndarray,
) -> None:
    """What the in-transit columns say arrives, as receipts."""
    skus, stores = table.texts(SKU), table.texts(STORE)
    rows, has_columns = [], False
    # Without a date the count is as good as of the evening before the as-of date.
    counted_on = np.where(counted_on == NO_DATE, load.as_of.toordinal() - 1, counted_on)
    for heading, units, arrival in in_transit_of(table, counted_on):
        has_columns = True
        for index in np.flatnonzero((units > 0) & known).tolist():
            eta = date.fromordinal(int(arrival[index]))
            number = f"IT-{eta:%Y%m%d}-{stores[index]}-{skus[index]}"
            if len(number) > 60:
                table.error(
                    index, heading, "the door's and the SKU's codes together are too long for a receipt."
                )
            product, door = int(products[index]), int(doors[index])
            units_due = units[index].item()
            rows.append(
                (number, 1, product, door, "", units_due, 0.0, eta, eta, ReceiptStatus.OPEN.value, False)
            )
    table.raise_if_bad()
    if has_columns:
        load.done("receipts in transit", len(rows), merge_receipts(rows))


def merge_receipts(rows: list[tuple]) -> MergeCount:
    """Upsert PO lines, each with its number and line, then the columns below in their order."""
    return merge(
        Receipt,
        keys=["po_number", "line"],
        columns=[
            "product_id",
            "door_id",
            "supplier",
            "ordered_units",
            "received_units",
            "original_eta",
            "current_eta",
            "status",
            "is_simulated",
        ],
        rows=rows,
    )


def load_receipts(load: Load) -> None:
    """receipts.csv: PO lines with their original and current ETA."""
    table = load.folder.table("receipts", RECEIPT_COLUMNS)
    if table is None:
        return
    table.require(PO_NUMBER, SKU, ORDERED, CURRENT_ETA if table.has(CURRENT_ETA) else ORIGINAL_ETA)
    numbers = table.texts(PO_NUMBER, required=True, longest=60)
    lines = _lines(table, numbers)
    table.unique(PO_NUMBER, numbers, lines)
    products = table.references(SKU, product_ids(), "SKU")
    doors = doors_of(table)
    suppliers = table.texts(SUPPLIER, longest=120)
    ordered = table.numbers(ORDERED, required=True)
    for index in np.flatnonzero(ordered <= 0).tolist():
        table.error(index, ORDERED, f"{ordered[index]:g} is not above 0.")
    received = np.nan_to_num(table.numbers(RECEIVED, least=0))
    original, current = etas_of(table)
    statuses = statuses_of(table, ordered, received)
    table.raise_if_bad()
    rows = [
        (
            numbers[index],
            lines[index],
            int(products[index]),
            int(doors[index]),
            suppliers[index],
            ordered[index].item(),
            received[index].item(),
            date.fromordinal(int(original[index])),
            date.fromordinal(int(current[index])),
            statuses[index],
            False,
        )
        for index in range(len(table))
    ]
    load.done(table.file_name, len(table), merge_receipts(rows))
    _report_past_due(load, table, current, statuses)


def _lines(table: Table, numbers: list[str]) -> list[int]:
    """The line of each row; where the file has none, its position within the order."""
    if table.has(LINE):
        return np.nan_to_num(table.numbers(LINE, required=True, least=0, whole=True)).astype(int).tolist()
    seen: dict[str, int] = {}
    lines = []
    for number in numbers:
        seen[number] = seen.get(number, 0) + 1
        lines.append(seen[number])
    return lines


def _report_past_due(load: Load, table: Table, current_eta: np.ndarray, statuses: list[str]) -> None:
    skus, stores, numbers = table.texts(SKU), table.texts(STORE), table.texts(PO_NUMBER)
    for index in np.flatnonzero(current_eta < load.as_of.toordinal()).tolist():
        if statuses[index] == ReceiptStatus.OPEN:
            eta = date.fromordinal(int(current_eta[index]))
            load.issue(
                DataIssue.Kind.PAST_DUE_RECEIPT,
                table.file_name,
                f"{numbers[index]} was due on {eta:%-d %b %Y} and is still open: left out until re-dated.",
                line_number=table.line_numbers[index],
                column=table.heading_of(CURRENT_ETA) or "",
                sku=skus[index],
                door_code=stores[index],
            )


def load_routes(load: Load) -> None:
    """routes.csv: from where to where units may be sent, in how many days, at what cost."""
    table = load.folder.table("routes", (FROM_STORE, TO_STORE, TRANSIT_DAYS, COST_PER_UNIT))
    if table is None:
        return
    table.require(FROM_STORE, TO_STORE, TRANSIT_DAYS)
    from_doors = table.references(FROM_STORE, door_ids(), "door")
    to_doors = table.references(TO_STORE, door_ids(), "door")
    days = table.numbers(TRANSIT_DAYS, required=True, least=0, most=MOST_TRANSIT_DAYS, whole=True)
    costs = table.numbers(COST_PER_UNIT, least=0, most=MOST_COST_PER_UNIT)
    for index in np.flatnonzero((from_doors == to_doors) & (from_doors >= 0)).tolist():
        table.error(index, TO_STORE, "is where the route starts.")
    table.unique(FROM_STORE, from_doors.tolist(), to_doors.tolist())
    table.raise_if_bad()
    count = merge_routes(
        zip(
            from_doors.tolist(),
            to_doors.tolist(),
            days.astype(int).tolist(),
            [optional_number(cost) for cost in costs],
            strict=True,
        )
    )
    load.done(table.file_name, len(table), count)


def merge_routes(rows: Iterator[tuple]) -> MergeCount:
    """Upsert routes: from door, to door, transit days, cost per unit."""
    return merge(
        Route, keys=["from_door_id", "to_door_id"], columns=["transit_days", "cost_per_unit"], rows=rows
    )
