"""Reading an xlsx workbook that someone uploads: its sheets as rows of values, or a sentence why not."""

import io
import lzma
import re
import zipfile
import zlib
from collections.abc import Collection
from typing import Any, Final

from python_calamine import CalamineError, CalamineSheet, load_workbook

from sop_site.feeds.errors import NotATable

MOST_BYTES: Final = 8 << 20
MOST_UNPACKED_BYTES: Final = 100 << 20
# Cells from the corner of a sheet to its last filled row and column; laid out, each takes 32 bytes.
MOST_CELLS: Final = 4_000_000
BLOCK_BYTES: Final = 1 << 20
LONGEST_TAG: Final = 4096
# A cell that holds something: <c r="AB12" s="3">, and not <c r="AB12" s="3"/>.
FILLED: Final = re.compile(
    rb"""<(?:\w+:)?c\s(?:[^<>]*?\s)?r\s*=\s*["']([A-Z]{1,4})([0-9]{1,9})["'][^<>]*(?<!/)>"""
)
SAVE_AGAIN: Final = "Save it as an Excel workbook (.xlsx)."
# What the standard library raises on archives that are damaged: a name that is no text and a part before the
# begin of the file are a ValueError, parts of other ways to pack OSError and LZMAError.
DAMAGED: Final = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    NotImplementedError,
    OSError,
    RuntimeError,
    ValueError,
)


def read_workbook(content: bytes, names: Collection[str], *, most_rows: int) -> dict[str, list[list[Any]]]:
    """The cells of the sheets of these names, as far as there are such, from their corner on.

    An empty cell is "", a formula what it last came to. Raises NotATable for what is no xlsx workbook, is
    above 8 MB, or has one of these sheets filled beyond ``most_rows``.
    """
    if len(content) > MOST_BYTES:
        raise NotATable(f"The file is larger than {MOST_BYTES >> 20} MB.")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            _refuse_other_formats(parts)
            _refuse_far_cells(parts)
        with load_workbook(io.BytesIO(content)) as workbook:
            found = [name for name in workbook.sheet_names if name in names]
            return {name: _rows(workbook.get_sheet_by_name(name), most_rows) for name in found}
    except DAMAGED as problem:
        raise NotATable(f"The file is not an Excel workbook. {SAVE_AGAIN}") from problem
    except CalamineError as problem:
        raise NotATable(f"The workbook cannot be read. {SAVE_AGAIN}") from problem


def _rows(sheet: CalamineSheet, most_rows: int) -> list[list[Any]]:
    count = sheet.end[0] + 1 if sheet.end else 0
    if count > most_rows:
        raise NotATable(
            f"The sheet “{sheet.name}” has too many rows: {count:,}, and at most {most_rows:,} are read."
        )
    return sheet.to_python(skip_empty_area=False)


def _refuse_other_formats(parts: zipfile.ZipFile) -> None:
    names = set(parts.namelist())
    if "xl/workbook.xml" not in names or "xl/workbook.bin" in names or "content.xml" in names:
        raise NotATable(f"The file is not an Excel workbook. {SAVE_AGAIN}")


def _refuse_far_cells(parts: zipfile.ZipFile) -> None:
    """A reader that lays out every cell up to the last one would take all memory for one in a far corner."""
    unpacked_bytes = 0
    for part in parts.infolist():
        last_row = last_column = 0
        with parts.open(part) as xml:
            unread = b""
            while block := xml.read(BLOCK_BYTES):
                unpacked_bytes += len(block)
                if unpacked_bytes > MOST_UNPACKED_BYTES:
                    raise NotATable("The workbook is too large.")
                seen = unread + block
                for column, row in FILLED.findall(seen):
                    last_row, last_column = max(last_row, int(row)), max(last_column, _number_of(column))
                unread = seen[seen.rfind(b"<") :][-LONGEST_TAG:]
        if last_row * last_column > MOST_CELLS:
            raise NotATable(
                f"A sheet of the workbook is filled down to row {last_row:,} and {last_column:,} columns"
                " wide: delete what stands far from its table."
            )


def _number_of(column: bytes) -> int:
    """A is 1, Z 26, AA 27."""
    number = 0
    for letter in column:
        number = number * 26 + letter - ord("A") + 1
    return number
