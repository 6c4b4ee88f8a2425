"""Workbooks that people upload: read as rows of values, or refused with a sentence before they do harm."""

import io
import random
import struct
import zipfile
from datetime import date

import openpyxl
import pytest
import time_machine
import xlsxwriter

from sop_site.feeds.errors import NotATable
from sop_site.feeds.workbooks import read_workbook


def workbook(cells: dict[str, object], name: str = "Table") -> bytes:
    """A workbook as another program writes it."""
    book = openpyxl.Workbook()
    book.active.title = name
    for place, value in cells.items():
        book.active[place] = value
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def read(content: bytes, most_rows: int = 100) -> dict[str, list]:
    return read_workbook(content, ["Table"], most_rows=most_rows)


def test_cells_come_as_what_they_are():
    content = workbook({"A1": "SKU", "B1": "Units", "A3": "007", "B3": 12.5, "C3": date(2026, 11, 22)})
    assert read(content) == {"Table": [["SKU", "Units", ""], ["", "", ""], ["007", 12.5, date(2026, 11, 22)]]}


def test_other_sheets_are_left_alone():
    assert read(workbook({"A1": 1}, name="Mine")) == {}


def test_a_table_that_begins_below_the_corner_keeps_its_place():
    assert read(workbook({"B2": "x"})) == {"Table": [["", ""], ["", "x"]]}


def test_too_many_rows_are_refused():
    with pytest.raises(
        NotATable, match=r"^The sheet “Table” has too many rows: 101, and at most 100 are read.$"
    ):
        read(workbook({"A1": "SKU", "A101": "last"}))


def test_one_cell_in_the_far_corner_is_refused_before_it_takes_all_memory():
    with pytest.raises(
        NotATable, match=r"^A sheet of the workbook is filled down to row 1,048,576 and 16,384 col"
    ):
        read(workbook({"A1": "SKU", "XFD1048576": "x"}))


def test_a_format_in_the_far_corner_is_no_cell():
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        page = book.add_worksheet("Table")
        page.write("A1", "SKU")
        page.write_blank("XFD1048576", None, book.add_format({"bold": True}))
    assert read(content.getvalue()) == {"Table": [["SKU"]]}


@pytest.mark.parametrize("content", [b"", b"SKU,Units\nA,1\n", b"PK\x03\x04" + b"\0" * 40])
def test_what_is_no_workbook_is_refused(content):
    with pytest.raises(NotATable, match=r"^The file is not an Excel workbook. Save it as an Excel workbook"):
        read(content)


def test_an_archive_of_something_else_is_refused():
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as parts:
        parts.writestr("content.xml", "<office/>")
    with pytest.raises(NotATable, match=r"^The file is not an Excel workbook."):
        read(content.getvalue())


def test_a_part_that_unpacks_to_very_much_is_refused():
    content = io.BytesIO(workbook({"A1": 1}))
    with zipfile.ZipFile(content, "a", zipfile.ZIP_DEFLATED) as parts, parts.open("xl/more.xml", "w") as more:
        for _ in range(101):
            more.write(bytes(1 << 20))
    with pytest.raises(NotATable, match=r"^The workbook is too large.$"):
        read(content.getvalue())


def test_a_file_above_eight_megabytes_is_refused():
    with pytest.raises(NotATable, match=r"^The file is larger than 8 MB.$"):
        read(bytes((8 << 20) + 1))


def test_a_part_that_lies_before_the_begin_of_the_file_is_refused():
    whole = bytearray(workbook({"A1": 1}))
    end = whole.rfind(b"PK\x05\x06")
    (begins_at,) = struct.unpack_from("<L", whole, end + 16)
    struct.pack_into("<L", whole, end + 16, begins_at + 1_000)
    with pytest.raises(NotATable, match=r"^The file is not an Excel workbook. Save it as an Excel workbook"):
        read(bytes(whole))


def test_damaged_workbooks_are_read_or_refused_and_never_worse():
    # Written at one moment, which stands in the file, so that the damage is the same in every run.
    with time_machine.travel("2026-11-22T12:00:00Z", tick=False):
        whole = workbook({f"A{row}": row for row in range(1, 50)})
    dice = random.Random(5)
    outcomes = set()
    for _ in range(300):
        damaged = bytearray(whole)
        for _ in range(dice.randint(1, 8)):
            damaged[dice.randrange(len(damaged))] = dice.randrange(256)
        try:
            outcomes.add(type(read(bytes(damaged[: dice.randint(len(damaged) // 2, 2 * len(damaged))]))))
        except NotATable:
            outcomes.add(NotATable)
    assert outcomes == {dict, NotATable}
