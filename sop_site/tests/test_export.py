"""Files out: every cell comes back as what it was, and no text is ever a formula."""

import csv
import io
import json
import math
import time
from datetime import date
from decimal import Decimal

import openpyxl
import pytest
from python_calamine import load_workbook

from sop_site.export import (
    Column,
    ColumnKind,
    FileKind,
    Sheet,
    content_of,
    csv_text,
    file_response,
    json_text,
    xlsx,
)

LIVE = ["=1+1", "+1+cmd", "-2+3", "@SUM(A1)", "\t=1+1", "\r=1+1", '=HYPERLINK("http://x","y")', "|calc"]
NAME = Column("Name")
ALL_KINDS = Sheet(
    "All kinds",
    [
        NAME,
        Column("Units", ColumnKind.UNITS),
        Column("Cost", ColumnKind.MONEY),
        Column("ETA", ColumnKind.DATE),
    ],
    [
        ("007", 1234.5, Decimal("24.50"), date(2026, 11, 22)),
        ("Café “A”; b,\nc", 6.0, Decimal("-3"), None),
        (None, math.nan, None, date(2027, 2, 1)),
    ],
)


def cells(content: bytes, sheet: int = 0) -> list[list]:
    return load_workbook(io.BytesIO(content)).get_sheet_by_index(sheet).to_python()


@pytest.mark.parametrize("text", LIVE)
def test_text_that_looks_like_a_formula_is_text_in_a_workbook(text):
    content = xlsx([Sheet("Names", [NAME], [(text,)])])
    cell = openpyxl.load_workbook(io.BytesIO(content))["Names"]["A2"]
    assert (cell.data_type, cell.value, cell.hyperlink) == ("s", text.strip(), None)
    assert cells(content) == [["Name"], [text.strip()]]


@pytest.mark.parametrize("text", LIVE)
def test_text_that_looks_like_a_formula_is_defused_in_csv(text):
    read = list(csv.reader(io.StringIO(csv_text(Sheet("Names", [NAME], [(text,)])))))
    assert read[1][0].startswith("'")


def test_text_with_semicolons_stays_one_quoted_cell():
    assert csv_text(Sheet("Names", [NAME], [("a;=1+1",)])).splitlines()[1] == '"a;=1+1"'


def test_kinds_come_back_from_a_workbook():
    assert cells(content_of(ALL_KINDS, FileKind.XLSX)) == [
        ["Name", "Units", "Cost", "ETA"],
        ["007", 1234.5, 24.5, date(2026, 11, 22)],
        ["Café “A”; b, c", 6, -3, ""],
        ["", "", "", date(2027, 2, 1)],
    ]


def test_kinds_come_back_from_csv():
    text = content_of(ALL_KINDS, FileKind.CSV).decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(text))) == [
        ["Name", "Units", "Cost", "ETA"],
        ["007", "1234.5", "24.5", "2026-11-22"],
        ["Café “A”; b, c", "6", "-3", ""],
        ["", "", "", "2027-02-01"],
    ]


def test_kinds_come_back_from_json():
    assert json.loads(json_text(ALL_KINDS)) == [
        {"Name": "007", "Units": 1234.5, "Cost": 24.5, "ETA": "2026-11-22"},
        {"Name": "Café “A”; b, c", "Units": 6, "Cost": -3, "ETA": None},
        {"Name": None, "Units": None, "Cost": None, "ETA": "2027-02-01"},
    ]


def test_a_table_without_rows_is_a_file_with_its_headings():
    empty = Sheet("Empty", [NAME], [])
    assert cells(content_of(empty, FileKind.XLSX)) == [["Name"]]
    assert content_of(empty, FileKind.CSV).decode("utf-8-sig") == '"Name"\r\n'
    assert json.loads(content_of(empty, FileKind.JSON)) == []


def test_headings_stay_in_sight_and_only_entered_columns_are_open():
    form = Sheet("Form", [NAME, Column("Mine", ColumnKind.UNITS, is_entered=True)], [("A", 12.0)])
    workbook = openpyxl.load_workbook(
        io.BytesIO(xlsx([form, Sheet("Back", [NAME], [("B",)], is_hidden=True)]))
    )
    page = workbook["Form"]
    assert (page.freeze_panes, page.protection.sheet, page.protection.password) == ("A2", True, None)
    assert (page["A2"].protection.locked, page["B2"].protection.locked) == (True, False)
    assert (page["A2"].fill.fgColor.rgb, page["B2"].fill.fill_type) == ("FFEEF0F2", None)
    assert workbook["Back"].sheet_state == "veryHidden"


def test_formats_of_numbers_are_those_of_the_pages():
    page = openpyxl.load_workbook(io.BytesIO(xlsx([ALL_KINDS])))["All kinds"]
    assert [cell.number_format for cell in page[2]] == ["@", "#,##0", "#,##0.00", "yyyy-mm-dd"]


def test_text_longer_than_a_cell_is_cut_with_a_sign():
    (_, [text]) = cells(xlsx([Sheet("Long", [NAME], [("x" * 40_000,)])]))
    assert text == "x" * 32_766 + "…"


def test_the_response_names_its_file():
    response = file_response("Demand: Ünit/1", b"x", FileKind.CSV)
    assert response["Content-Disposition"] == "attachment; filename*=utf-8''Demand_%C3%9Cnit1.csv"
    assert (response["Content-Type"], response["Cache-Control"]) == ("text/csv; charset=utf-8", "no-store")


def test_ten_thousand_rows_are_fast():
    columns = [NAME, *(Column(f"M{place}", ColumnKind.UNITS) for place in range(9))]
    sheet = Sheet("Big", columns, [(f"SKU {row}", *range(row, row + 9)) for row in range(10_000)])
    began = time.process_time()
    sizes = [len(content_of(sheet, kind)) for kind in FileKind]
    assert time.process_time() - began < 6
    assert min(sizes) > 100_000
