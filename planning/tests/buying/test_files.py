"""Purchase orders leave as files, and the csv is read back by the loader of receipts as it stands."""

import io
import json

import pytest
from django.utils import timezone
from python_calamine import load_workbook

from marketing.tests.factories import TODAY
from planning.buying.domain import approve_buys, put_on_purchase_orders
from planning.buying.files import COLUMNS, purchase_order_file
from planning.buying.purchase_orders import Row, purchase_order_rows
from planning.supply.loading import load_receipts
from planning.supply.models import Receipt
from planning.tests.buying.cases import Network, keep_weeks_of_cover, lines_of, plan, published
from sop_site.access.roles import Role
from sop_site.export import FileKind
from sop_site.feeds.load import Load, RetailerFolder
from sop_site.feeds.models import RetailerLoad
from sop_site.fiscal import WEEK


@pytest.fixture
def rows(today, user_of) -> list[Row]:
    """Two lines of one purchase order: a SKU whose code looks like a number, at two weeks."""
    keep_weeks_of_cover(0.0)
    network = Network.make()
    crew = network.make_sku("007", pack_units=2, supplier="Mill & Co, “best”")
    published({"North": {crew: 20.0}})
    plan()
    lines, by = lines_of(crew, network.north)[:2], user_of(Role.MERCHANDISING_LEAD)
    approve_buys(lines=lines, by=by)
    return purchase_order_rows(
        line for order in put_on_purchase_orders(lines=lines, by=by) for line in order.lines
    )


def test_every_fact_of_the_rows_has_its_column(rows):
    assert {tuple(row) for row in rows} == {tuple(column.heading for column in COLUMNS)}


def test_the_csv_is_a_receipts_file(rows, tmp_path):
    (tmp_path / "receipts.csv").write_bytes(purchase_order_file(rows, FileKind.CSV))
    record = RetailerLoad.objects.create(folder="back", as_of_date=TODAY, started_at=timezone.now())
    load_receipts(Load(RetailerFolder(tmp_path), TODAY, record, lambda line: None))
    found = Receipt.objects.order_by("po_number", "line")
    assert [
        (each.po_number, each.line, each.product.sku, each.door.code, each.supplier, each.ordered_units)
        for each in found
    ] == [
        (row["po_number"], row["line"], row["sku"], row["store"], row["supplier"], row["ordered_units"])
        for row in rows
    ]
    assert [each.current_eta for each in found] == [row["current_eta"] for row in rows]


def test_the_workbook_holds_text_numbers_and_dates(rows):
    content = purchase_order_file(rows, FileKind.XLSX)
    heading, first, _ = load_workbook(io.BytesIO(content)).get_sheet_by_name("Purchase orders").to_python()
    assert heading == list(rows[0])
    assert first == list(rows[0].values())
    assert (first[2], first[7]) == ("007", TODAY + 3 * WEEK)


def test_the_json_holds_the_same(rows):
    told = json.loads(purchase_order_file(rows, FileKind.JSON))
    assert told == [
        {name: value.isoformat() if name.endswith(("eta", "date")) else value for name, value in row.items()}
        for row in rows
    ]


@pytest.mark.parametrize("kind", FileKind)
def test_a_supplier_whose_name_is_a_formula_does_no_harm(rows, kind):
    row = {**rows[0], "supplier": "=cmd|' /C calc'!A0"}
    content = purchase_order_file([row], kind)
    if kind is FileKind.XLSX:
        read = load_workbook(io.BytesIO(content)).get_sheet_by_index(0).to_python()[1][4]
        assert read == row["supplier"]
    else:
        assert ("\"'=cmd" in content.decode()) == (kind is FileKind.CSV)
