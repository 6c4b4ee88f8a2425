"""Reading a file of a retailer folder: plain or gzipped, whatever its encoding and delimiter."""

import codecs
import csv
import gzip
import io
import re
import zlib
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, cast

from sop_site.feeds.errors import FeedError, NotATable, RowErrors
from sop_site.feeds.table import Table

DELIMITERS = (",", ";", "\t")
ENCODINGS = ("utf-8-sig", "cp1252")
BLOCK_BYTES = 1 << 20
csv.field_size_limit(1_000_000)


def normalised(heading: str) -> str:
    """``Original ETA`` and ``original-eta`` become ``original_eta``."""
    return re.sub(r"[^a-z0-9]+", "_", heading.strip().lower()).strip("_")


def find_file(folder: Path, stem: str) -> Path | None:
    """``stem``.csv or ``stem``.csv.gz in the folder, whatever the case of its name; the plain one first."""
    wanted = (f"{stem}.csv", f"{stem}.csv.gz")
    found = {path.name.lower(): path for path in folder.iterdir() if path.name.lower() in wanted}
    return next((found[name] for name in wanted if name in found), None)


def read_table(path: Path, known_headings: Collection[str]) -> Table:
    """The rows of a file by column, with the line each stands on.

    Understands UTF-8 with or without BOM and cp1252, comma, semicolon and tab. Raises NotATable where
    the first line holds none of ``known_headings``; a row with more or fewer fields than the heading is a
    row error.
    """
    return next(table_parts(path, known_headings, rows_at_once=None))


def table_parts(path: Path, known_headings: Collection[str], *, rows_at_once: int | None) -> Iterator[Table]:
    """The file as tables of at most ``rows_at_once`` rows (None: all), for files that are too big as text.

    There is always a first part, so that the headings are known; all parts share one account of row
    errors, so that the last one can raise for all of them. Otherwise as `read_table`.
    """
    encoding = _encoding(path)
    with _unpacked(path) as content, io.TextIOWrapper(content, encoding, newline="") as text:
        first_line = next((line for line in text if line.strip("\r\n")), "")
        delimiter = max(DELIMITERS, key=lambda mark: _known(first_line, mark, known_headings))
        if not _known(first_line, delimiter, known_headings):
            wanted = ", ".join(sorted(known_headings)[:6])
            raise NotATable(
                f"{path.name} is not a table: its first line has none of the headings that are expected"
                f" ({wanted}, …). It must be comma, semicolon or tab separated, with a line of headings."
            )
        text.seek(0)
        yield from _parsed(path.name, text, delimiter, rows_at_once)


def _known(first_line: str, delimiter: str, known_headings: Collection[str]) -> int:
    headings = next(csv.reader([first_line], delimiter=delimiter), [])
    return sum(normalised(heading) in known_headings for heading in headings)


def _unpacked(path: Path) -> BinaryIO:
    try:
        return cast(BinaryIO, gzip.open(path)) if path.suffix.lower() == ".gz" else path.open("rb")
    except OSError as problem:
        raise FeedError(f"{path.name} cannot be read: {problem.strerror}.") from problem


def _encoding(path: Path) -> str:
    """The encoding in which the whole file can be read; NotATable where there is none."""
    decoders = {name: codecs.getincrementaldecoder(name)() for name in ENCODINGS}
    holds_text = False
    try:
        with _unpacked(path) as content:
            block = content.read(BLOCK_BYTES)
            if b"\0" in block[:4096]:
                raise NotATable(f"{path.name} is not a table but a binary file. Save it as CSV.")
            while block:
                holds_text = holds_text or bool(block.strip())
                decoders = {name: each for name, each in decoders.items() if _can_decode(each, block)}
                block = content.read(BLOCK_BYTES)
    except (gzip.BadGzipFile, EOFError, zlib.error) as problem:
        raise NotATable(f"{path.name} is not a table: it cannot be unpacked ({problem}).") from problem
    except OSError as problem:
        raise FeedError(f"{path.name} cannot be read: {problem.strerror}.") from problem
    if not holds_text:
        raise NotATable(f"{path.name} is not a table: it is empty.")
    encoding = next((name for name, each in decoders.items() if _can_decode(each, b"", final=True)), None)
    if encoding is None:
        raise NotATable(f"{path.name} is not a table: it is neither UTF-8 nor Windows-1252 text.")
    return encoding


def _can_decode(decoder: codecs.IncrementalDecoder, block: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(block, final)
    except UnicodeDecodeError:
        return False
    return True


def _parsed(file_name: str, text: Iterable[str], delimiter: str, rows_at_once: int | None) -> Iterator[Table]:
    errors = RowErrors(file_name)
    reader = csv.reader(text, delimiter=delimiter)
    names: list[str] = []
    rows: list[list[str]] = []
    line_numbers: list[int] = []
    part_count = 0
    try:
        for row in reader:
            if not any(row):
                continue
            if not names:
                names = _names(file_name, row)
            elif len(row) == len(names):
                rows.append(row)
                line_numbers.append(reader.line_num)
                if len(rows) == rows_at_once:
                    yield _table(names, rows, line_numbers, delimiter, errors)
                    part_count += 1
                    rows, line_numbers = [], []
            else:
                errors.add(
                    reader.line_num, "row", f"has {len(row)} fields where the heading has {len(names)}."
                )
    except csv.Error as problem:
        raise NotATable(f"{file_name} is not a table: line {reader.line_num}, {problem}.") from problem
    if rows or not part_count:
        yield _table(names, rows, line_numbers, delimiter, errors)


def _names(file_name: str, heading: list[str]) -> list[str]:
    names = [normalised(name) for name in heading]
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        raise FeedError(f"{file_name} has the heading {twice[0]} more than once.")
    return names


def _table(
    names: list[str], rows: list[list[str]], line_numbers: list[int], delimiter: str, errors: RowErrors
) -> Table:
    columns = (
        dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)) if rows else {n: [] for n in names}
    )
    return Table(
        file_name=errors.file_name,
        columns=columns,
        line_numbers=line_numbers,
        decimal_comma=delimiter != ",",
        errors=errors,
    )
