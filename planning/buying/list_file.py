"""The list of planned orders as a table for a file."""

from collections.abc import Iterator
from functools import cache
from typing import Final

from django.db.models import QuerySet

from planning.buying.choices import BuyException, BuyStatus
from planning.buying.models import BuyLine
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


FIELDS: Final = (
    "product__sku",
    "product__name",
    "product__category__path",
    "product__supplier",
    "door__code",
    "door__name",
    "week_start",
    "order_by_date",
    "needed_units",
    "planned_units",
    "units_to_order",
    "product__pack_units",
    "product__minimum_order_units",
    "unit_cost",
    "cost",
    "exceptions",
    "edit_reason",
    "status",
    "po_number",
)
LINES_A_FETCH: Final = 2_000
# A workbook leaves when it is whole, and that takes about ten seconds for so many lines.
MOST_WORKBOOK_LINES: Final = 50_000


def lines_sheet(lines: QuerySet[BuyLine]) -> Sheet:
    """A row for each of the `buy_lines`, which are read while the file is written."""
    return Sheet("Planned orders", COLUMNS, _rows(lines))


def why_no_workbook(lines: int) -> str:
    """Why so many lines do not leave as a workbook, in a sentence; "" where they do."""
    if lines <= MOST_WORKBOOK_LINES:
        return ""
    return (
        f"An Excel file holds at most {MOST_WORKBOOK_LINES:,} planned orders: these are {lines:,}."
        " Filter the list, or take CSV, which Excel opens too."
    )


def _rows(lines: QuerySet[BuyLine]) -> Iterator[tuple[object, ...]]:
    """The values of whole lines at once: to make an object of each would take most of the time."""
    week_label = cache(lambda day: week_of(day).label)
    exception_words = cache(lambda codes: ", ".join(each.label for each in BuyException if each in codes))
    found = lines.prefetch_related(None).values_list(*FIELDS)
    for line in found.iterator(chunk_size=LINES_A_FETCH):
        sku_and_door, (week, *facts, exceptions, reason, status, po_number) = line[:6], line[6:]
        yield (
            *sku_and_door, week_label(week), week, *facts, exception_words(tuple(exceptions)), reason,
            BuyStatus(status).label, po_number,
        )  # fmt: skip
