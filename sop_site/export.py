"""Every file that leaves Bridge: xlsx, csv and JSON, of typed columns, in which no text becomes a formula.

A spreadsheet runs what begins with =, +, - or @ as a formula, whoever wrote it into a name or a note. So
text is written as text, here and nowhere else.
"""

import io
import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from itertools import islice
from typing import Any, Final, TypeVar

import xlsxwriter
from defusedcsv import csv
from django.http import Http404, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.http import content_disposition_header
from django.utils.text import get_valid_filename

# What a cell of a workbook holds.
MOST_CHARACTERS: Final = 32_767
# Widths of columns in characters; text is as wide as its longest cell, within these bounds.
NUMBER_WIDTH, DATE_WIDTH, NARROWEST, WIDEST = 13, 12, 8, 48
CONTROL_CHARACTERS: Final = re.compile(r"[\x00-\x1f\x7f]+")
# So many rows are sent at once.
ROWS_A_PIECE: Final = 500
GREY: Final = "#EEF0F2"
RULE: Final = "#C9CED4"


Response = TypeVar("Response", bound=HttpResponseBase)
# A value as it stands in a file.
Plain = str | int | float | date | None


class ColumnKind(Enum):
    """What the cells of a column are."""

    TEXT = "text"
    UNITS = "units"
    MONEY = "money"
    # Shares, multiples, weeks: as they are, with four decimals in a workbook.
    RATIO = "ratio"
    DATE = "date"


NUMBER_FORMATS: Final = {
    ColumnKind.TEXT: "@",
    ColumnKind.UNITS: "#,##0",
    ColumnKind.MONEY: "#,##0.00",
    ColumnKind.RATIO: "0.0000",
    ColumnKind.DATE: "yyyy-mm-dd",
}


class FileKind(Enum):
    """A form in which a file leaves: its suffix, its name for people, and its media type."""

    XLSX = ("xlsx", "Excel", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
    CSV = ("csv", "CSV", "text/csv; charset=utf-8")
    JSON = ("json", "JSON", "application/json")

    def __init__(self, suffix: str, label: str, media_type: str) -> None:
        self.suffix = suffix
        self.label = label
        self.media_type = media_type

    @classmethod
    def asked(cls, suffix: str) -> "FileKind":
        """The form with this suffix, as an address names it. Raises Http404 where there is none."""
        kind = next((kind for kind in cls if kind.suffix == suffix), None)
        if kind is None:
            raise Http404("No such kind of file.")
        return kind


@dataclass(frozen=True, slots=True)
class Column:
    """A column by its heading. People may type into one that is entered; the rest of its sheet is locked."""

    heading: str
    kind: ColumnKind = ColumnKind.TEXT
    is_entered: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table: a value of each row for each column, None or NaN where there is none.

    Values are text, numbers and dates, by the kind of their column. A file takes the rows one after the
    other, once: they may come from the database while it is written. A hidden sheet is read back by Bridge.
    """

    name: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[Any]]
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
    return "".join(_csv_pieces(sheet))


def json_text(sheet: Sheet) -> str:
    """The table as a list of objects by heading; dates as 2026-11-22, null where there is no value."""
    return "".join(_json_pieces(sheet))


def xlsx(sheets: Sequence[Sheet]) -> bytes:
    """A workbook of the tables: headings frozen, numbers as numbers, dates as dates, text as text."""
    content = io.BytesIO()
    # Each row leaves memory when the next one begins: the cells of all of them would fill it.
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(content, options) as workbook:
        formats = _Formats(workbook)
        for sheet in sheets:
            _write_sheet(workbook, formats, sheet)
    return content.getvalue()


def file_response(name: str, content: bytes, kind: FileKind) -> HttpResponse:
    """The file as a download; ``name`` is without its suffix, and loses what no file name may hold."""
    return _download(HttpResponse(content, content_type=kind.media_type), name, kind)


def sheet_response(name: str, sheet: Sheet, kind: FileKind) -> HttpResponseBase:
    """The table as a download like `file_response`: csv and JSON are sent while the rows are still read."""
    if kind is FileKind.XLSX:
        return file_response(name, content_of(sheet, kind), kind)
    pieces = _csv_pieces(sheet) if kind is FileKind.CSV else _json_pieces(sheet)
    encoded = (piece.encode() for piece in pieces)
    return _download(StreamingHttpResponse(encoded, content_type=kind.media_type), name, kind)


def _download(response: Response, name: str, kind: FileKind) -> Response:
    file_name = f"{get_valid_filename(name)}.{kind.suffix}"
    response["Content-Disposition"] = content_disposition_header(True, file_name) or "attachment"
    response["Cache-Control"] = "no-store"
    return response


def _csv_pieces(sheet: Sheet) -> Iterator[str]:
    text = io.StringIO()
    # Text is quoted throughout: elsewhere Excel parts at semicolons, and "a;=1+1" would become two cells.
    writer = csv.writer(text, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
    text.write("\ufeff")
    writer.writerow([column.heading for column in sheet.columns])
    for rows in _pieces_of_rows(sheet):
        for row in rows:
            writer.writerow([value.isoformat() if isinstance(value, date) else value for value in row])
        yield text.getvalue()
        text.seek(0)
        text.truncate()
    yield text.getvalue()


def _json_pieces(sheet: Sheet) -> Iterator[str]:
    headings = [column.heading for column in sheet.columns]
    encode = json.JSONEncoder(default=date.isoformat, ensure_ascii=False, allow_nan=False).encode
    yield "["
    between = "\n"
    for rows in _pieces_of_rows(sheet):
        yield between + ",\n".join(encode(dict(zip(headings, row, strict=True))) for row in rows)
        between = ",\n"
    yield "\n]\n"


def _pieces_of_rows(sheet: Sheet) -> Iterator[list[list[Plain]]]:
    rows = _plain_rows(sheet)
    while piece := list(islice(rows, ROWS_A_PIECE)):
        yield piece


def _plain_rows(sheet: Sheet) -> Iterator[list[Plain]]:
    """Each row as its columns have it."""
    plains = [PLAINS[column.kind] for column in sheet.columns]
    for row in sheet.rows:
        yield [
            None if value is None or value == "" else plain(value)
            for plain, value in zip(plains, row, strict=True)
        ]


def _plain_text(value: Any) -> str:
    """Text without control characters, no longer than a cell."""
    text = str(value)
    if not text.isprintable():
        text = CONTROL_CHARACTERS.sub(" ", text)
    text = text.strip()
    return text if len(text) <= MOST_CHARACTERS else text[: MOST_CHARACTERS - 1] + "…"


def _plain_day(value: date) -> date:
    return value.date() if isinstance(value, datetime) else value


def _plain_number(value: Any) -> int | float | None:
    """Whole numbers without decimals; None for what is no number."""
    number = float(value)
    if not math.isfinite(number):
        return None
    return int(number) if number.is_integer() and abs(number) < 1e15 else number


PLAINS: Final[dict[ColumnKind, Callable[[Any], Plain]]] = {
    ColumnKind.TEXT: _plain_text,
    ColumnKind.UNITS: _plain_number,
    ColumnKind.MONEY: _plain_number,
    ColumnKind.RATIO: _plain_number,
    ColumnKind.DATE: _plain_day,
}


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
        page.write_string(0, place, column.heading, formats.heading)
    looks = [_Look(formats, column, column.is_entered if is_form else None) for column in sheet.columns]
    longest = [len(column.heading) for column in sheet.columns]
    rows = 0
    for rows, row in enumerate(_plain_rows(sheet), start=1):
        for place, (look, value) in enumerate(zip(looks, row, strict=True)):
            if value is None:
                if is_form:
                    page.write_blank(rows, place, None, look.usual)
            elif isinstance(value, str):
                longest[place] = max(longest[place], len(value))
                page.write_string(rows, place, value, look.usual)
            elif isinstance(value, date):
                page.write_datetime(rows, place, value, look.usual)
            else:
                page.write_number(rows, place, value, look.of(value))
    for place, column in enumerate(sheet.columns):
        page.set_column(place, place, _width(column, longest[place]))
    page.freeze_panes(1, 0)
    if sheet.is_hidden:
        page.very_hidden()
        return
    if rows:
        page.autofilter(0, 0, rows, len(sheet.columns) - 1)
    if is_form:
        page.protect(options={"autofilter": True, "format_columns": True, "format_rows": True})


class _Look:
    """The formats of a column's cells, as the pages write them."""

    def __init__(self, formats: _Formats, column: Column, is_entered: bool | None) -> None:
        self.usual = formats.of(NUMBER_FORMATS[column.kind], is_entered)
        self._is_units = column.kind is ColumnKind.UNITS
        self._small = formats.of("#,##0.0", is_entered)

    def of(self, number: float) -> Any:
        """Units below ten with a decimal unless they are whole."""
        is_small = self._is_units and isinstance(number, float) and abs(number) < 10
        return self._small if is_small else self.usual


def _width(column: Column, longest: int) -> int:
    if column.kind is ColumnKind.TEXT:
        return min(max(longest, NARROWEST - 2) + 2, WIDEST)
    return DATE_WIDTH if column.kind is ColumnKind.DATE else NUMBER_WIDTH
