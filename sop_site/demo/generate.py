"""Writes the demo retailer as a retailer folder: same seed and same day, same bytes."""

import csv
import gzip
import io
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from sop_site.demo.assortment import BRAND, LIKE_STYLES, Sku
from sop_site.demo.build import DEFAULT_SEED, DemoRetailer, build_demo_retailer
from sop_site.demo.history import History
from sop_site.demo.network import DC_CODE, DOORS, SELLING_DOORS, WEB_CODE, routes
from sop_site.demo.plans import Campaign
from sop_site.demo.stock import OrderLine

Rows = Iterable[Sequence[object]]


def generate_demo_retailer(folder: Path, *, today: date, seed: int = DEFAULT_SEED) -> dict[str, int]:
    """Writes the retailer as of ``today`` into ``folder`` (made if missing) and returns rows per file.

    The files depend on ``seed`` and ``today`` alone; files of the same names are replaced.
    """
    retailer = build_demo_retailer(today=today, seed=seed)
    folder.mkdir(parents=True, exist_ok=True)
    return {
        name: _write(folder / name, columns, rows) for name, (columns, rows) in _files_of(retailer).items()
    }


def _files_of(retailer: DemoRetailer) -> dict[str, tuple[Sequence[str], Rows]]:
    """Columns and rows of every file."""
    skus = retailer.skus
    return {
        "products.csv": (_PRODUCT_COLUMNS, _product_rows(skus)),
        "stores.csv": (_STORE_COLUMNS, _store_rows(retailer.current_week)),
        "ranging.csv": (("store", "sku", "presentation_minimum_units"), _ranging_rows(retailer)),
        "sales.csv.gz": (_SALES_COLUMNS, _sales_rows(skus, retailer.history)),
        "promotions.csv": (_PROMOTION_COLUMNS, _promotion_rows(skus, retailer.history)),
        "inventory.csv": (
            ("store", "sku", "on_hand", "unavailable", "committed"),
            ((p.store, p.sku, p.on_hand, p.unavailable, p.committed) for p in retailer.positions),
        ),
        "receipts.csv": (_RECEIPT_COLUMNS, _receipt_rows(skus, retailer.orders)),
        "routes.csv": (
            ("from_store", "to_store", "transit_days", "cost_per_unit"),
            ((r.from_store, r.to_store, r.transit_days, f"{r.cost_per_unit:.2f}") for r in routes()),
        ),
        "campaigns.csv": (_CAMPAIGN_COLUMNS, _campaign_rows(retailer.campaigns)),
        "campaign_lines.csv": (
            ("code", "sku", "lift_kind", "lift_value", "discount"),
            (
                (
                    campaign.code,
                    skus[line.sku_index].sku,
                    line.lift_kind,
                    f"{line.lift_value:g}",
                    f"{campaign.slot.discount:g}",
                )
                for campaign in retailer.campaigns
                for line in campaign.lines
            ),
        ),
        "campaign_doors.csv": (
            ("code", "store"),
            ((campaign.code, store) for campaign in retailer.campaigns for store in campaign.door_codes),
        ),
    }


def _write(path: Path, columns: Sequence[str], rows: Rows) -> int:
    """Writes a CSV file, gzipped where its name says so, and returns its rows.

    The gzip header carries neither name nor time, so that the bytes repeat.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    count = 0
    for row in rows:
        writer.writerow(row)
        count += 1
    content = text.getvalue().encode()
    path.write_bytes(gzip.compress(content, compresslevel=6, mtime=0) if path.suffix == ".gz" else content)
    return count


_PRODUCT_COLUMNS = (
    "sku", "name", "division", "department", "class", "subclass", "style", "colour", "size", "brand",
    "unit_cost", "unit_price", "pack_units", "minimum_order_units", "supplier", "lead_time_days",
    "expedite_days", "expedite_cost_per_unit", "like_item",
)  # fmt: skip


def _product_rows(skus: list[Sku]) -> Rows:
    for sku in skus:
        yield (
            sku.sku, sku.name, *sku.style.category, sku.style.name, sku.colour, sku.size, BRAND,
            f"{sku.unit_cost:.2f}", f"{sku.unit_price:.2f}", sku.style.pack_units, sku.minimum_order_units,
            sku.supplier.name, sku.supplier.lead_time_days, sku.supplier.expedite_days,
            f"{sku.expedite_cost_per_unit:.2f}", _like_item(sku, skus),
        )  # fmt: skip


def _like_item(sku: Sku, skus: list[Sku]) -> str:
    like_style = LIKE_STYLES.get(sku.style.code)
    alike = [other.sku for other in skus if other.style.code == like_style and other.size == sku.size]
    return alike[0] if alike else ""


_STORE_COLUMNS = (
    "store", "name", "kind", "region", "city", "opened_on", "closed_on", "supplied_by", "sells_from_dc",
)  # fmt: skip


def _store_rows(current_week: date) -> Rows:
    for door in DOORS:
        supplied_by = DC_CODE if door.sells else ""
        from_dc = "true" if door.code == WEB_CODE else "false"
        opened = door.opened_on(current_week)
        yield door.code, door.name, door.kind, door.region, door.city, opened, "", supplied_by, from_dc


def _ranging_rows(retailer: DemoRetailer) -> Rows:
    cells = retailer.history.cells
    for index, column, minimum in zip(
        cells.sku_index, cells.door_index, retailer.outlook.minimum, strict=True
    ):
        yield SELLING_DOORS[column].code, retailer.skus[index].sku, minimum


_SALES_COLUMNS = (
    "week_end", "store", "sku", "units", "revenue", "price", "base_price", "promo", "stockout_days",
)  # fmt: skip


def _sales_rows(skus: list[Sku], history: History) -> Rows:
    """Every ranged SKU-door-week, those without a sale too; money in cents until it is written."""
    cells = history.cells
    base_cents = np.array([round(sku.unit_price * 100) for sku in skus])[cells.sku_index]
    codes = [SELLING_DOORS[column].code for column in cells.door_index]
    names = [skus[index].sku for index in cells.sku_index]
    bases = [f"{cents / 100:.2f}" for cents in base_cents.tolist()]
    for week in range(len(history.units)):
        week_end = history.week_end(week).isoformat()
        price_cents = np.rint(base_cents * (1 - history.discount[week])).astype(int)
        revenue = (price_cents * history.units[week]).tolist()
        units, prices = history.units[week].tolist(), price_cents.tolist()
        promoted = (history.event_index[week] >= 0).astype(int).tolist()
        days = history.stockout_days[week].tolist()
        for cell in np.flatnonzero(history.observed[week]).tolist():
            yield (
                week_end, codes[cell], names[cell], units[cell], f"{revenue[cell] / 100:.2f}",
                f"{prices[cell] / 100:.2f}", bases[cell], promoted[cell], days[cell],
            )  # fmt: skip


_PROMOTION_COLUMNS = (
    "promo_id", "sku", "store", "start", "end", "mechanic", "promo_price", "base_price", "discount",
)  # fmt: skip


def _promotion_rows(skus: list[Sku], history: History) -> Rows:
    cells = history.cells
    for number, event in sorted(
        enumerate(history.events), key=lambda item: (item[1].first_week, item[1].code)
    ):
        start = history.first_week_start + timedelta(weeks=event.first_week)
        end = start + timedelta(days=7 * event.weeks - 1)
        for cell in np.flatnonzero(history.event_index[event.first_week] == number):
            sku = skus[cells.sku_index[cell]]
            price = round(sku.unit_price * (1 - event.discount), 2)
            yield (
                event.code, sku.sku, SELLING_DOORS[cells.door_index[cell]].code, start, end, event.mechanic,
                f"{price:.2f}", f"{sku.unit_price:.2f}", f"{event.discount:.2f}",
            )  # fmt: skip


_RECEIPT_COLUMNS = (
    "po_number", "line", "sku", "store", "supplier", "ordered_units", "received_units",
    "original_eta", "current_eta", "status",
)  # fmt: skip


def _receipt_rows(skus: list[Sku], lines: list[OrderLine]) -> Rows:
    """PO lines; those of one supplier with the same two ETAs stand on one order."""
    orders: dict[tuple[date, date, str, str], list[int]] = {}
    for number, line in enumerate(lines):
        key = (line.original_eta, line.current_eta, skus[line.sku_index].supplier.name, line.status)
        orders.setdefault(key, []).append(number)
    for position, key in enumerate(sorted(orders), start=1):
        for line_number, number in enumerate(sorted(orders[key]), start=1):
            line = lines[number]
            sku = skus[line.sku_index]
            yield (
                f"PO-{4100 + position}", line_number, sku.sku, DC_CODE, sku.supplier.name,
                line.ordered_units, line.received_units, line.original_eta, line.current_eta, line.status,
            )  # fmt: skip


_CAMPAIGN_COLUMNS = ("code", "name", "mechanic", "channel", "start", "end", "status", "owner_role", "brief")


def _campaign_rows(campaigns: list[Campaign]) -> Rows:
    for campaign in campaigns:
        slot = campaign.slot
        yield (
            campaign.code, campaign.name, slot.mechanic, slot.channel, campaign.starts_on, campaign.ends_on,
            slot.status, slot.owner_role, campaign.brief,
        )  # fmt: skip
