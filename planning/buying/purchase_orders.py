"""Purchase orders: which lines go on which, under which number, and the rows of their files."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.db import connection
from django.db.models import Max

from marketing.catalogue.models import Door
from planning.buying.models import BuyLine
from planning.supply.choices import ReceiptStatus
from planning.supply.models import Receipt
from sop_site.fiscal import FiscalWeek, week_of

# Any number will do, as long as nothing else locks by it: "PO" in ASCII.
NUMBER_LOCK: Final = 0x504F
Row = dict[str, str | int | float | date | None]


@dataclass(frozen=True, slots=True)
class PurchaseOrder:
    """Lines that one supplier is to deliver to one DC, in the order of their numbers."""

    number: str
    supplier: str
    door: Door
    lines: list[BuyLine]


def numbered(lines: Iterable[BuyLine], *, today: date) -> list[PurchaseOrder]:
    """These lines on new purchase orders: one for each supplier, DC and fiscal week of ordering.

    A line is ordered in the week of its order-by date, and not before ``today``. Numbers are ``BR-``, the
    week, and a count in that week; the caller's transaction holds the numbering until it ends.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [NUMBER_LOCK])
    parts: defaultdict[tuple[FiscalWeek, str, str], list[BuyLine]] = defaultdict(list)
    for line in lines:
        week = week_of(max(line.order_by_date, today))
        parts[week, line.product.supplier, line.door.code].append(line)
    last = {week: _last_count(week) for week, _, _ in parts}
    orders = []
    for (week, supplier, _), members in sorted(parts.items()):
        last[week] += 1
        members.sort(key=lambda line: (line.week_start, line.product.sku, line.pk))
        orders.append(PurchaseOrder(f"{_prefix(week)}{last[week]:04d}", supplier, members[0].door, members))
    return orders


def purchase_order_rows(lines: Iterable[BuyLine]) -> list[Row]:
    """A row for each line, by purchase order and line; ValueError for a line on none.

    The first ten headings are those of a receipts file, so that what a supplier confirms is loaded back as
    it is. Units land on the first day of their week; nothing is received yet.
    """
    rows: list[Row] = []
    for line in sorted(lines, key=lambda line: (line.po_number, line.po_line or 0)):
        if not line.po_number:
            raise ValueError(f"{line} is on no purchase order.")
        rows.append(
            {
                "po_number": line.po_number,
                "line": line.po_line,
                "sku": line.product.sku,
                "store": line.door.code,
                "supplier": line.product.supplier,
                "ordered_units": line.units,
                "received_units": 0,
                "original_eta": line.week_start,
                "current_eta": line.week_start,
                "status": ReceiptStatus.OPEN.value,
                "order_by_date": line.order_by_date,
                "unit_cost": None if line.unit_cost is None else float(line.unit_cost),
                "pack": line.product.pack_units,
            }
        )
    return rows


def _prefix(week: FiscalWeek) -> str:
    return f"BR-{week.year % 100:02d}W{week.week:02d}-"


def _last_count(week: FiscalWeek) -> int:
    """The highest count of any purchase order of the week, ours or one that was loaded; 0 without one."""
    pattern = rf"^{_prefix(week)}\d{{4}}$"
    ours = BuyLine.objects.filter(po_number__regex=pattern).aggregate(newest=Max("po_number"))
    loaded = Receipt.objects.filter(po_number__regex=pattern).aggregate(newest=Max("po_number"))
    newest = max(ours["newest"] or "", loaded["newest"] or "")
    return int(newest.removeprefix(_prefix(week))) if newest else 0
