"""Every file that leaves Bridge: xlsx, csv and JSON, of typed columns, in which no text becomes a formula.

A spreadsheet runs what begins with =, +, - or @ as a formula, whoever wrote it into a name or a note. So
text is written as text, here and nowhere else.
"""

import io
import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any, Final

import xlsxwriter
from defusedcsv import csv
from django.http import HttpResponse
from django.utils.http import content_disposition_header
from django.utils.text import get_valid_filename

# What a cell of a workbook holds.
MOST_CHARACTERS: Final = 32_767
# Widths of columns in characters; text is as wide as its longest cell, within these bounds.
NUMBER_WIDTH, DATE_WIDTH, NARROWEST, WIDEST = 13, 12, 8, 48
CONTROL_CHARACTERS: Final = re.compile(r"[\x00-\x1f\x7f]+")
GREY: Final = "#EEF0F2"
RULE: Final = "#C9CED4"


class ColumnKind(Enum):
    """What the cells of a column are."""

    TEXT = "text"
    UNITS = "units"
    MONEY = "money"
    DATE = "date"


class FileKind(Enum):
    """A form in which a file leaves: its suffix, its name for people, and its media type."""

    XLSX = ("xlsx", "Excel", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
    CSV = ("csv", "CSV", "text/csv; charset=utf-8")
    JSON = ("json", "JSON", "application/json")

    def __init__(self, suffix: str, label: str, media_type: str) -> None:
        self.suffix = suffix
        self.label = label
        self.media_type = media_type


@dataclass(frozen=True, slots=True)
class Column:
    """A column by its heading. People may type into one that is entered; the rest of its sheet is locked."""

    heading: str
    kind: ColumnKind = ColumnKind.TEXT
    is_entered: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table: a value of each row for each column, None or NaN where there is none.

    Values are text, numbers and dates, by the kind of their column. A hidden sheet is read back by Bridge.
    """

    name: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Any]]
    is_hidden: bool = False


def content_of(sheet: Sheet, kind: FileKind) -> bytes:
    """The table as a file of that kind."""
    if kind is FileKind.XLSX:
        return xlsx([sheet])
    return (csv_text(sheet) if kind is FileKind.CSV else json_text(sheet)).encode()


def csv_text(sheet: Sheet) -> str:
    """The table as comma separated text, dates as 2026-11-22, text quoted and defused.

    It begins with a byte order mark, or Excel would take it for another encoding.
    """
    text = io.StringIO()
    # Text is quoted throughout: elsewhere Excel parts at semicolons, and "a;=1+1" would become two cells.
    writer = csv.writer(text, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
    writer.writerow([column.heading for column in sheet.columns])
    for row in sheet.rows:
        values = [_plain(value, column) for value, column in zip(row, sheet.columns, strict=True)]
        writer.writerow([value.isoformat() if isinstance(value, date) else value for value in values])
    return "\ufeff" + text.getvalue()


def json_text(sheet: Sheet) -> str:
    """The table as a list of objects by heading; dates as 2026-11-22, null where there is no value."""
    headings = [column.heading for column in sheet.columns]
    values = (
        [_plain(value, column) for value, column in zip(row, sheet.columns, strict=True)]
        for row in sheet.rows
    )
    rows = [dict(zip(headings, row, strict=True)) for row in values]
    return json.dumps(rows, default=date.isoformat, ensure_ascii=False, allow_nan=False, indent=1)


def xlsx(sheets: Sequence[Sheet]) -> bytes:
    """A workbook of the tables: headings frozen, numbers as numbers, dates as dates, text as text."""
    content = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(content, options) as workbook:
        formats = _Formats(workbook)
        for sheet in sheets:
            _write_sheet(workbook, formats, sheet)
    return content.getvalue()


def file_response(name: str, content: bytes, kind: FileKind) -> HttpResponse:
    """The file as a download; ``name`` is without its suffix, and loses what no file name may hold."""
    response = HttpResponse(content, content_type=kind.media_type)
    file_name = f"{get_valid_filename(name)}.{kind.suffix}"
    response["Content-Disposition"] = content_disposition_header(True, file_name) or "attachment"
    response["Cache-Control"] = "no-store"
    return response


def _plain(value: Any, column: Column) -> str | int | float | date | None:
    """A value as its column has it: text without control characters, whole numbers without decimals."""
    if value is None or value == "":
        return None
    if column.kind is ColumnKind.TEXT:
        text = CONTROL_CHARACTERS.sub(" ", str(value)).strip()
        return text if len(text) <= MOST_CHARACTERS else text[: MOST_CHARACTERS - 1] + "…"
    if column.kind is ColumnKind.DATE:
        return value.date() if isinstance(value, datetime) else value
    number = float(value)
    if not math.isfinite(number):
        return None
    return int(number) if number.is_integer() and abs(number) < 1e15 else number


class _Formats:
    """The formats of one workbook's cells, each made once."""

    def __init__(self, workbook: xlsxwriter.Workbook) -> None:
        self._workbook = workbook
        self._made: dict[tuple[str, bool | None], Any] = {}
        heading = {"bold": True, "text_wrap": True, "valign": "top", "bottom": 1, "bg_color": GREY}
        self.heading = workbook.add_format(heading)

    def of(self, number_format: str, is_entered: bool | None) -> Any:
        """The format of a cell, of which ``is_entered`` is None on sheets that nobody types into."""
        key = (number_format, is_entered)
        if key not in self._made:
            wanted: dict[str, Any] = {"num_format": number_format, "locked": not is_entered}
            if is_entered is False:
                wanted |= {"bg_color": GREY, "border": 1, "border_color": RULE}
            self._made[key] = self._workbook.add_format(wanted)
        return self._made[key]


def _write_sheet(workbook: xlsxwriter.Workbook, formats: _Formats, sheet: Sheet) -> None:
    page = workbook.add_worksheet(sheet.name)
    is_form = any(column.is_entered for column in sheet.columns)
    for place, column in enumerate(sheet.columns):
        values = [_plain(row[place], column) for row in sheet.rows]
        page.set_column(place, place, _width(column, values))
        page.write_string(0, place, column.heading, formats.heading)
        is_entered = column.is_entered if is_form else None
        for line, value in enumerate(values, start=1):
            cell_format = formats.of(_number_format(column.kind, value), is_entered)
            if value is None:
                page.write_blank(line, place, None, cell_format)
            elif isinstance(value, str):
                page.write_string(line, place, value, cell_format)
            elif isinstance(value, date):
                page.write_datetime(line, place, value, cell_format)
            else:
                page.write_number(line, place, value, cell_format)
    page.freeze_panes(1, 0)
    if sheet.is_hidden:
        page.very_hidden()
        return
    if sheet.rows:
        page.autofilter(0, 0, len(sheet.rows), len(sheet.columns) - 1)
    if is_form:
        page.protect(options={"autofilter": True, "format_columns": True, "format_rows": True})


def _number_format(kind: ColumnKind, value: Any) -> str:
    """As the pages write it: units below ten with a decimal unless they are whole."""
    if kind is ColumnKind.UNITS:
        return "#,##0.0" if isinstance(value, float) and abs(value) < 10 else "#,##0"
    return {ColumnKind.TEXT: "@", ColumnKind.MONEY: "#,##0.00", ColumnKind.DATE: "yyyy-mm-dd"}[kind]


def _width(column: Column, values: Sequence[Any]) -> int:
    if column.kind is ColumnKind.TEXT:
        longest = max((len(str(value)) for value in values if value is not None), default=0)
        return min(max(longest, len(column.heading), NARROWEST - 2) + 2, WIDEST)
    return DATE_WIDTH if column.kind is ColumnKind.DATE else NUMBER_WIDTH
