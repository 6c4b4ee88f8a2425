"""What the inventory and receipts files of a retailer hold: their columns, and what each row says by them."""

import re
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from planning.supply.choices import ReceiptStatus
from sop_site.feeds.load import SKU, STORE
from sop_site.feeds.table import NO_DATE, Column, Table

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

ON_HAND = Column("on_hand", ("on_hand_units", "on_hand_quantity", "stock"))
UNAVAILABLE = Column("unavailable", ("unavailable_units",))
COMMITTED = Column("committed", ("committed_units", "allocated"))
POSITION_DAY = Column("as_of_date", ("inventory_date", "stock_date"))
POSITION_WEEK = Column("as_of_week_start")
IN_TRANSIT = re.compile(r"in_transit_w(\d+)$")

PO_NUMBER = Column("po_number", ("po", "purchase_order", "document_number", "order_number"))
LINE = Column("line", ("line_number", "po_line", "line_id"))
SUPPLIER = Column("supplier", ("vendor", "supplier_name"))
ORDERED = Column("ordered_units", ("ordered", "quantity_ordered", "quantity", "units"))
RECEIVED = Column("received_units", ("received", "quantity_received"))
ORIGINAL_ETA = Column("original_eta", ("expected_date", "due_date"))
CURRENT_ETA = Column("current_eta", ("eta", "expected_receipt_date"))
STATUS = Column("status")
RECEIPT_COLUMNS = (
    PO_NUMBER,
    LINE,
    SKU,
    STORE,
    SUPPLIER,
    ORDERED,
    RECEIVED,
    ORIGINAL_ETA,
    CURRENT_ETA,
    STATUS,
)
STATUS_WORDS = {
    "": ReceiptStatus.OPEN,
    "open": ReceiptStatus.OPEN,
    "partial": ReceiptStatus.OPEN,
    "partly received": ReceiptStatus.OPEN,
    "pending": ReceiptStatus.OPEN,
    "received": ReceiptStatus.RECEIVED,
    "closed": ReceiptStatus.RECEIVED,
    "cancelled": ReceiptStatus.CANCELLED,
    "canceled": ReceiptStatus.CANCELLED,
}


def counted_on_day(table: Table) -> Integers:
    """The day at whose end each position was counted, as an ordinal; `NO_DATE` where unsaid."""
    if table.has(POSITION_DAY):
        return table.dates(POSITION_DAY)
    weeks = table.dates(POSITION_WEEK)
    return np.where(weeks == NO_DATE, NO_DATE, weeks + 6)


def in_transit_of(table: Table, counted_on: Integers) -> Iterator[tuple[str, Floats, Integers]]:
    """The in-transit columns: heading, units of each row, and the ordinal of the day on which they arrive.

    in_transit_w1, _w2, …: the first, second, … week after the count.
    """
    for heading in table.columns:
        match = IN_TRANSIT.match(heading)
        if match:
            units = np.nan_to_num(table.numbers(Column(heading), least=0))
            yield heading, units, counted_on + 1 + 7 * (int(match[1]) - 1)


def etas_of(table: Table) -> tuple[Integers, Integers]:
    """The original and the current ETA of each receipt as ordinals; each stands in for the other."""
    original, current = table.dates(ORIGINAL_ETA), table.dates(CURRENT_ETA)
    original, current = (
        np.where(original == NO_DATE, current, original),
        np.where(current == NO_DATE, original, current),
    )
    for index in np.flatnonzero(current == NO_DATE).tolist():
        table.error(index, CURRENT_ETA, "is empty.")
    return original, current


def statuses_of(table: Table, ordered: Floats, received: Floats) -> list[str]:
    """The status of each receipt by its word; without one it is received once all of it is."""
    statuses = []
    for index, word in enumerate(table.texts(STATUS)):
        status = STATUS_WORDS.get(word.lower().replace("_", " "))
        if status is None:
            table.error(index, STATUS, f"“{word}” is none of open, received and cancelled.")
        if not word and received[index] >= ordered[index]:
            status = ReceiptStatus.RECEIVED
        statuses.append((status or ReceiptStatus.OPEN).value)
    return statuses
