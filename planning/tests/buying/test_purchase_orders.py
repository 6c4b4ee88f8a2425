"""Purchase orders: their numbers, their rows, and that what comes back as a receipt is not bought again."""

import csv
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from marketing.catalogue.models import Product
from marketing.tests.factories import TODAY
from planning.buying.choices import BuyStatus
from planning.buying.domain import approve_buys, put_on_purchase_orders
from planning.buying.models import BuyLine
from planning.buying.purchase_orders import PurchaseOrder, purchase_order_rows
from planning.supply.choices import ReceiptStatus
from planning.supply.loading import load_receipts
from planning.supply.models import Receipt
from planning.tests.buying.cases import (
    Network,
    keep_weeks_of_cover,
    lines_of,
    plan,
    planned,
    published,
)
from planning.tests.factories import make_receipt
from sop_site.access.roles import Role
from sop_site.feeds.load import Load, RetailerFolder
from sop_site.feeds.models import RetailerLoad
from sop_site.fiscal import WEEK

pytestmark = pytest.mark.usefixtures("today")


@pytest.fixture
def network(today) -> Network:
    keep_weeks_of_cover(0.0)
    return Network.make()


@pytest.fixture
def crew(network) -> Product:
    return network.make_sku("CREW", pack_units=2)


@pytest.fixture
def approver(user_of):
    return user_of(Role.MERCHANDISING_LEAD)


def sent(lines: list[BuyLine], by) -> list[PurchaseOrder]:
    approve_buys(lines=lines, by=by)
    return put_on_purchase_orders(lines=lines, by=by)


def load_back(rows: list[dict], folder: Path, as_of: date) -> None:
    """Write the rows into a receipts file and load it as a retailer's."""
    with (folder / "receipts.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=rows[0])
        writer.writeheader()
        writer.writerows(rows)
    record = RetailerLoad.objects.create(folder="back", as_of_date=as_of, started_at=timezone.now())
    load_receipts(Load(RetailerFolder(folder), as_of, record, lambda line: None))


def test_one_purchase_order_for_each_supplier_dc_and_week_of_ordering(crew, network, approver):
    polo = network.make_sku("POLO", supplier="Acme")
    boot = network.make_sku("BOOT")
    units = {crew: 20.0, polo: 20.0, boot: 20.0}
    published({"North": units, "South": units})
    plan()
    make_receipt(crew, network.south, 1, po_number="BR-26W43-0007")
    lines = [
        *lines_of(boot, network.north)[:1],
        *lines_of(crew, network.north)[:2],
        *lines_of(crew, network.south)[:1],
        *lines_of(polo, network.north)[:1],
    ]
    orders = sent(lines, approver)
    told = [
        (order.number, order.supplier, order.door, [line.product.sku for line in order.lines])
        for order in orders
    ]
    assert told == [
        ("BR-26W43-0008", "Acme", network.north, ["POLO"]),
        ("BR-26W43-0009", "Mill & Co", network.north, ["BOOT", "CREW"]),
        ("BR-26W43-0010", "Mill & Co", network.south, ["CREW"]),
        ("BR-26W44-0001", "Mill & Co", network.north, ["CREW"]),
    ]
    kept = BuyLine.objects.filter(status=BuyStatus.SENT).order_by("po_number", "po_line")
    numbers = [(line.po_number[-7:], line.po_line) for line in kept]
    assert numbers == [("43-0008", 1), ("43-0009", 1), ("43-0009", 2), ("43-0010", 1), ("44-0001", 1)]
    (later,) = sent(lines_of(polo, network.south)[:1], approver)
    assert later.number == "BR-26W43-0011"


def test_rows_have_the_headings_of_a_receipts_file(crew, network, approver):
    published({"North": {crew: 20.0}})
    plan()
    lines = lines_of(crew, network.north)[:1]
    with pytest.raises(ValueError, match="on no purchase order"):
        purchase_order_rows(lines)
    (order,) = sent(lines, approver)
    (row,) = purchase_order_rows(order.lines)
    assert row == {
        "po_number": "BR-26W43-0001",
        "line": 1,
        "sku": "CREW",
        "store": "DC-N",
        "supplier": "Mill & Co",
        "ordered_units": 20.0,
        "received_units": 0,
        "original_eta": TODAY + 3 * WEEK,
        "current_eta": TODAY + 3 * WEEK,
        "status": "open",
        "order_by_date": TODAY,
        "unit_cost": 20.0,
        "pack": 2,
    }
    BuyLine.objects.update(unit_cost=None)
    assert purchase_order_rows(BuyLine.objects.filter(po_line=1))[0]["unit_cost"] is None


def test_what_is_ordered_is_never_bought_twice(crew, network, approver, tmp_path):
    """From the plan to the supplier and back: the same orders are planned beside it at every step."""
    published({"North": {crew: 20.0}, "South": {crew: 10.0}})
    plan()
    before = planned(crew, network.north)
    orders = sent([*lines_of(crew, network.north)[:3], *lines_of(crew, network.south)[:1]], approver)
    ordered = [line for order in orders for line in order.lines]

    def proposed() -> dict[int, float]:
        lines = BuyLine.objects.filter(product=crew, door=network.north, status=BuyStatus.PROPOSED)
        return {(line.week_start - TODAY) // WEEK: line.units for line in lines}

    others = {week: units for week, units in before.items() if week > 5}
    plan()
    assert proposed() == others
    load_back(purchase_order_rows(ordered), tmp_path, TODAY)
    receipts = Receipt.objects.order_by("po_number", "line")
    assert [(receipt.po_number, receipt.line) for receipt in receipts] == [
        (line.po_number, line.po_line) for line in ordered
    ]
    plan()
    assert set(BuyLine.objects.exclude(status="proposed").values_list("status", flat=True)) == {"recognised"}
    assert proposed() == others
    # Loaded again, and planned again: nothing moves.
    load_back(purchase_order_rows(ordered), tmp_path, TODAY)
    plan()
    assert proposed() == others
    # The supplier delivers a week later than planned: what is missing meanwhile cannot be bought in time.
    Receipt.objects.filter(door=network.north).update(current_eta=TODAY + 6 * WEEK)
    plan()
    assert proposed() == {3: 20.0, 4: 20.0, 5: 20.0} | {week: 20.0 for week in others if week > 8}
    # It never comes at all, and is received nowhere: then it is planned anew.
    Receipt.objects.filter(door=network.north).update(status=ReceiptStatus.CANCELLED)
    plan()
    assert proposed() == before


def test_a_line_is_counted_on_until_its_receipt_is_there_though_its_week_is_over(
    crew, network, approver, tmp_path
):
    published({"North": {crew: 20.0}})
    plan()
    first = lines_of(crew, network.north)[0]
    (order,) = sent([first], approver)
    later = first.week_start + WEEK + timedelta(days=3)
    crew.lead_time_days = 0
    crew.save()
    plan(today=later)
    # The 20 are expected this week, of which four days are left: 60/7 of them stay for the next one.
    (next_line, *_) = BuyLine.objects.filter(status="proposed").order_by("week_start")
    assert next_line.week_start == first.week_start + 2 * WEEK
    assert next_line.planned_units == 12.0
    rows = purchase_order_rows(order.lines)
    for row in rows:
        row["current_eta"] = later + timedelta(days=1)
    load_back(rows, tmp_path, later)
    plan(today=later)
    again = BuyLine.objects.filter(status="proposed").order_by("week_start")[0]
    assert (again.pk, again.planned_units) == (next_line.pk, 12.0)
