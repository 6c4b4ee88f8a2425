"""The list of planned orders as a table for a file."""

from collections.abc import Iterable
from typing import Final

from planning.buying.models import BuyLine
from planning.buying.tables import exceptions_of
from sop_site.export import Column, ColumnKind, Sheet
from sop_site.fiscal import week_of

COLUMNS: Final = (
    Column("SKU"),
    Column("Name"),
    Column("Category"),
    Column("Supplier"),
    Column("Lands at"),
    Column("Name of the door"),
    Column("Lands in"),
    Column("Week begins", ColumnKind.DATE),
    Column("Order by", ColumnKind.DATE),
    Column("Needed units", ColumnKind.UNITS),
    Column("Planned units", ColumnKind.UNITS),
    Column("Units to order", ColumnKind.UNITS),
    Column("Pack", ColumnKind.UNITS),
    Column("Minimum order", ColumnKind.UNITS),
    Column("Unit cost", ColumnKind.MONEY),
    Column("At cost", ColumnKind.MONEY),
    Column("To look at"),
    Column("Why changed"),
    Column("Status"),
    Column("PO"),
)


def lines_sheet(lines: Iterable[BuyLine]) -> Sheet:
    """A row for each of the ``lines``, which come with their cost, product, category and door."""
    return Sheet("Planned orders", COLUMNS, [_row(line) for line in lines])


def _row(line: BuyLine) -> tuple[object, ...]:
    product, door = line.product, line.door
    return (
        product.sku,
        product.name,
        product.category.path if product.category else None,
        product.supplier,
        door.code,
        door.name,
        week_of(line.week_start).label,
        line.week_start,
        line.order_by_date,
        line.needed_units,
        line.planned_units,
        line.units,
        product.pack_units,
        product.minimum_order_units,
        line.unit_cost,
        line.unit_cost and line.units * float(line.unit_cost),
        ", ".join(exception.label for exception in exceptions_of(line)),
        line.edit_reason,
        line.state.label,
        line.po_number,
    )
