"""Reading a file of a retailer folder: plain or gzipped, whatever its encoding and delimiter."""

import csv
import gzip
import io
import re
import zlib
from collections.abc import Collection
from pathlib import Path

from sop_site.feeds.errors import FeedError, NotATable, RowErrors
from sop_site.feeds.table import Table

DELIMITERS = (",", ";", "\t")
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
    the first line holds none of ``known_headings``, and BadRows where a row has more or fewer fields
    than the heading.
    """
    text = _decoded(path)
    first_line = text.lstrip("\r\n").split("\n", 1)[0]
    delimiter = max(DELIMITERS, key=lambda mark: _known(first_line, mark, known_headings))
    if not _known(first_line, delimiter, known_headings):
        wanted = ", ".join(sorted(known_headings)[:6])
        raise NotATable(
            f"{path.name} is not a table: its first line has none of the headings that are expected"
            f" ({wanted}, …). It must be comma, semicolon or tab separated, with a line of headings."
        )
    return _parsed(path.name, text, delimiter)


def _known(first_line: str, delimiter: str, known_headings: Collection[str]) -> int:
    headings = next(csv.reader([first_line], delimiter=delimiter), [])
    return sum(normalised(heading) in known_headings for heading in headings)


def _decoded(path: Path) -> str:
    try:
        content = gzip.decompress(path.read_bytes()) if path.suffix.lower() == ".gz" else path.read_bytes()
    except (gzip.BadGzipFile, EOFError, zlib.error) as problem:
        raise NotATable(f"{path.name} is not a table: it cannot be unpacked ({problem}).") from problem
    except OSError as problem:
        raise FeedError(f"{path.name} cannot be read: {problem.strerror}.") from problem
    if b"\0" in content[:4096]:
        raise NotATable(f"{path.name} is not a table but a binary file. Save it as CSV.")
    if not content.strip():
        raise NotATable(f"{path.name} is not a table: it is empty.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    try:
        return content.decode("cp1252")
    except UnicodeDecodeError as problem:
        raise NotATable(
            f"{path.name} is not a table: it is neither UTF-8 nor Windows-1252 text."
        ) from problem


def _parsed(file_name: str, text: str, delimiter: str) -> Table:
    errors = RowErrors(file_name)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    heading: list[str] = []
    rows: list[list[str]] = []
    line_numbers: list[int] = []
    try:
        for row in reader:
            if not any(row):
                continue
            if not heading:
                heading = row
            elif len(row) == len(heading):
                rows.append(row)
                line_numbers.append(reader.line_num)
            else:
                errors.add(
                    reader.line_num, "row", f"has {len(row)} fields where the heading has {len(heading)}."
                )
    except csv.Error as problem:
        raise NotATable(f"{file_name} is not a table: line {reader.line_num}, {problem}.") from problem
    names = [normalised(name) for name in heading]
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        raise FeedError(f"{file_name} has the heading {twice[0]} more than once.")
    columns = (
        dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)) if rows else {n: [] for n in names}
    )
    return Table(
        file_name=file_name,
        columns=columns,
        line_numbers=line_numbers,
        decimal_comma=delimiter != ",",
        errors=errors,
    )
