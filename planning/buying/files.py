"""Purchase orders as files for suppliers and for the retailer's own system."""

from collections.abc import Iterable
from typing import Final

from planning.buying.purchase_orders import Row
from sop_site.export import Column, ColumnKind, FileKind, Sheet, content_of

# The first ten are the headings of a receipts file, which is how a confirmed order is loaded back.
COLUMNS: Final = (
    Column("po_number"),
    Column("line", ColumnKind.UNITS),
    Column("sku"),
    Column("store"),
    Column("supplier"),
    Column("ordered_units", ColumnKind.UNITS),
    Column("received_units", ColumnKind.UNITS),
    Column("original_eta", ColumnKind.DATE),
    Column("current_eta", ColumnKind.DATE),
    Column("status"),
    Column("order_by_date", ColumnKind.DATE),
    Column("unit_cost", ColumnKind.MONEY),
    Column("pack", ColumnKind.UNITS),
)


def purchase_order_file(rows: Iterable[Row], kind: FileKind) -> bytes:
    """The rows of `purchase_order_rows` as a file of that kind, one line of a purchase order each.

    In csv a code that a spreadsheet would run (it begins with =, + or @, or with - and is no number) has
    an apostrophe before it, and is not recognised when it comes back; xlsx and JSON keep it as it is.
    """
    headings = [column.heading for column in COLUMNS]
    table = [[row[heading] for heading in headings] for row in rows]
    return content_of(Sheet("Purchase orders", COLUMNS, table), kind)
