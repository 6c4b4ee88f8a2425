"""One layer's numbers as a workbook, and what a workbook that comes back says.

The first sheet is for people: their own layer's months to type into, the numbers beside them to look at.
Hidden sheets say what was downloaded: which version and layer, and every number as it then was.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from typing import Any, Final

import numpy as np
from django.db.models import F, Func, IntegerField, QuerySet, Sum

from marketing.catalogue.models import Product
from planning.consensus.blocks import below
from planning.consensus.choices import Layer
from planning.consensus.models import HORIZON_MONTHS, ForecastBlock, ForecastVersion
from planning.consensus.packing import Floats, unpacked
from planning.consensus.typed_numbers import MOST_UNITS, units_typed
from sop_site.access.permissions import NotNow
from sop_site.export import Column, ColumnKind, Sheet, xlsx
from sop_site.feeds.errors import FeedError
from sop_site.feeds.workbooks import read_workbook

MOST_ROWS: Final = 5_000
# A few lines more, for what people note below the table.
MOST_READ_ROWS: Final = MOST_ROWS + 200
SKU, DOOR_GROUP = "SKU", "Door group"
FACTS, DOWNLOADED = "Bridge", "As downloaded"
Units = tuple[float, ...]
RowKey = tuple[str, str]


@dataclass(frozen=True, slots=True)
class DownloadedRow:
    """A SKU at a door group as the workbook was downloaded; ``units`` of its six months."""

    product_id: int
    units: Units


@dataclass(frozen=True, slots=True)
class TypedCell:
    """A number that someone put into the workbook, at ``place``, instead of another."""

    place: str
    product_id: int
    door_group: str
    month_place: int
    units: float
    downloaded_units: float


@dataclass(frozen=True, slots=True)
class BadCell:
    """A cell that is left out: its place in the sheet as people say it, what it says, and why."""

    place: str
    said: str
    reason: str


@dataclass(slots=True)
class Upload:
    """What a workbook asks for. ``blank_count`` cells were emptied, and ask for nothing."""

    newest_entry: int
    typed: list[TypedCell] = field(default_factory=list)
    bad: list[BadCell] = field(default_factory=list)
    blank_count: int = 0


def month_headings(version: ForecastVersion) -> list[str]:
    """The headings of the six columns that people type into."""
    return [month.label for month in version.cycle.months]


def layers_beside(layer: Layer) -> tuple[Layer, ...]:
    """What stands beside a layer to compare with: beside the consensus every function's number."""
    if layer == Layer.CONSENSUS:
        return (Layer.CAMPAIGNS, Layer.MARKETING, Layer.PLANNING, Layer.MERCHANDISING)
    return (Layer.CAMPAIGNS, Layer.CONSENSUS)


def layer_workbook(
    version: ForecastVersion, layer: Layer, *, category_id: int | None = None, door_group: str = ""
) -> bytes:
    """The numbers of a layer for a category and all below it and a door group (all without), as xlsx.

    Raises NotNow where there are none, or more rows than a workbook of Bridge holds.
    """
    blocks = ForecastBlock.objects.filter(version=version)
    if category_id is not None:
        blocks = blocks.filter(category__in=below([category_id])[category_id])
    if door_group:
        blocks = blocks.filter(door_group=door_group)
    _refuse_size(blocks)
    shown = (layer, *layers_beside(layer))
    newest = version.entries.order_by("-pk").values_list("pk", flat=True).first() or 0
    rows = _rows(version, blocks, shown)
    months = month_headings(version)
    beside = [f"{month}, {other.label.lower()}" for other in shown[1:] for month in months]
    page = Sheet(
        layer.label,
        [
            *(Column(heading) for heading in ("Category", "Style", SKU, "Name", DOOR_GROUP)),
            *(Column(month, ColumnKind.UNITS, is_entered=True) for month in months),
            *(Column(heading, ColumnKind.UNITS) for heading in beside),
        ],
        [(*row.words, *row.units.ravel().tolist()) for row in rows],
    )
    facts = [("Version", version.pk), ("Layer", layer.value), ("Newest entry", newest)]
    downloaded = Sheet(
        DOWNLOADED,
        [
            Column("Product"),
            Column(SKU),
            Column(DOOR_GROUP),
            *(Column(month, ColumnKind.UNITS) for month in months),
        ],
        [(row.product_id, row.sku, row.door_group, *row.units[0].tolist()) for row in rows],
        is_hidden=True,
    )
    return xlsx([page, Sheet(FACTS, [Column("Fact"), Column("Value")], facts, is_hidden=True), downloaded])


def read_upload(content: bytes, version: ForecastVersion, layer: Layer) -> Upload:
    """What a workbook of this version and layer asks for; nothing is written.

    Cells that hold no number are in ``bad``, each with its reason, and the others are kept. Raises
    FeedError with a sentence for a file that is none of ours, too long, or of another version or layer.
    """
    sheets = read_workbook(content, [layer.label, FACTS, DOWNLOADED], most_rows=MOST_READ_ROWS)
    upload = Upload(newest_entry=_newest_entry(sheets, version, layer))
    if layer.label not in sheets:
        raise FeedError(f"The sheet “{layer.label}” is missing: it was removed or has another name.")
    heading, *rows = sheets[layer.label] or [[]]
    months = month_headings(version)
    columns = _columns(heading, [SKU, DOOR_GROUP, *months])
    downloaded = _downloaded(sheets[DOWNLOADED])
    lines_of = _lines_by_key(rows, columns)
    for key, lines in lines_of.items():
        row = downloaded.get(key)
        reason = _why_not_this_row(key, lines, is_known=row is not None, downloaded=downloaded)
        if reason or row is None:
            upload.bad += [BadCell(_place(line, columns[SKU]), key[0], reason) for line in lines]
            continue
        for month_place, month in enumerate(months):
            _read_cell(upload, rows, lines[0], columns[month], key[1], row, month_place)
    return upload


def _refuse_size(blocks: QuerySet[ForecastBlock]) -> None:
    skus = Func(F("product_ids"), function="cardinality", output_field=IntegerField())
    count = blocks.aggregate(rows=Sum(skus))["rows"] or 0
    if not count:
        raise NotNow("This forecast has no SKU in what you chose.")
    if count > MOST_ROWS:
        raise NotNow(
            f"That would be {count:,} rows, and a workbook holds at most {MOST_ROWS:,}."
            " Choose a category or one door group."
        )


@dataclass(frozen=True, slots=True)
class _Row:
    """A SKU at a door group, with its units by layer and month ``[layers, 6]``."""

    product_id: int
    category: str
    style: str
    sku: str
    name: str
    door_group: str
    units: Floats

    @property
    def words(self) -> tuple[str, ...]:
        return (self.category, self.style, self.sku, self.name, self.door_group)


def _rows(version: ForecastVersion, blocks: QuerySet[ForecastBlock], layers: Sequence[Layer]) -> list[_Row]:
    units_of: dict[tuple[int, str], Floats] = {}
    for block in blocks:
        numbers = unpacked(block)
        units = np.stack([numbers.monthly(layer, version.month_of_week) for layer in layers], axis=1)
        units_of |= {(pk, block.door_group): units[place] for place, pk in enumerate(block.product_ids)}
    products = Product.objects.select_related("category").in_bulk({pk for pk, _ in units_of})
    rows = []
    for (pk, door_group), units in units_of.items():
        product = products[pk]
        category = product.category.path if product.category else ""
        rows.append(_Row(pk, category, product.style, product.sku, product.name, door_group, units))
    return sorted(rows, key=lambda row: row.words)


def _newest_entry(sheets: dict[str, list[list[Any]]], version: ForecastVersion, layer: Layer) -> int:
    """The newest entry as of the download. Raises FeedError unless it is of this version and layer."""
    told = {str(row[0]): row[1] for row in sheets.get(FACTS, []) if len(row) > 1}
    try:
        version_id, newest = int(told["Version"]), int(told["Newest entry"])
        of_layer = Layer(told["Layer"])
    except (KeyError, ValueError, TypeError):
        raise FeedError(
            "This workbook was not downloaded here. Download one, and change the numbers in it."
        ) from None
    if version_id != version.pk:
        theirs = ForecastVersion.objects.filter(pk=version_id).select_related("cycle").first()
        raise FeedError(
            f"This workbook is of {theirs or 'a forecast that is no longer there'}, and this page is about"
            f" {version}. Download it again."
        )
    if of_layer != layer:
        raise FeedError(
            f"This workbook holds the numbers of {of_layer.label}, and this page takes {layer.label}’s."
        )
    if DOWNLOADED not in sheets:
        raise FeedError("The workbook no longer says what was downloaded. Download it again.")
    return newest


def _columns(heading: Sequence[Any], wanted: Sequence[str]) -> dict[str, int]:
    found = {_text(name): place for place, name in reversed(list(enumerate(heading)))}
    missing = [name for name in wanted if name not in found]
    if missing:
        raise FeedError(f"The column “{missing[0]}” is missing: its heading was removed or changed.")
    return {name: found[name] for name in wanted}


def _downloaded(rows: Sequence[Sequence[Any]]) -> dict[RowKey, DownloadedRow]:
    found = {}
    try:
        for product_id, sku, door_group, *units in rows[1:]:
            months = tuple(float(each) for each in units[:HORIZON_MONTHS])
            if len(months) < HORIZON_MONTHS:
                raise ValueError
            found[_text(sku), _text(door_group)] = DownloadedRow(int(product_id), months)
    except (ValueError, TypeError):
        raise FeedError("The workbook no longer says what was downloaded. Download it again.") from None
    return found


def _lines_by_key(rows: Sequence[Sequence[Any]], columns: dict[str, int]) -> dict[RowKey, list[int]]:
    """Which lines of the sheet, counted from 0 below the heading, are about a SKU and door group."""
    found: dict[RowKey, list[int]] = {}
    for line, row in enumerate(rows):
        if any(_text(row[place]) for place in columns.values()):
            key = (_text(row[columns[SKU]]), _text(row[columns[DOOR_GROUP]]))
            found.setdefault(key, []).append(line)
    return found


def _why_not_this_row(
    key: RowKey, lines: Sequence[int], *, is_known: bool, downloaded: dict[RowKey, DownloadedRow]
) -> str:
    sku, door_group = key
    if not sku:
        return "The row has no SKU."
    if not is_known:
        if any(sku == other for other, _ in downloaded):
            return f"“{sku}” in “{door_group}” was not in the workbook as downloaded."
        return f"“{sku}” is no SKU of the workbook as downloaded."
    if len(lines) > 1:
        rows = ", ".join(str(line + 2) for line in lines)
        return f"“{sku}” in “{door_group}” stands in the rows {rows}: keep one of them."
    return ""


def _read_cell(
    upload: Upload,
    rows: Sequence[Sequence[Any]],
    line: int,
    column: int,
    door_group: str,
    row: DownloadedRow,
    month_place: int,
) -> None:
    value, downloaded = rows[line][column], row.units[month_place]
    try:
        units = units_in_cell(value)
    except ValueError as reason:
        upload.bad.append(BadCell(_place(line, column), _text(value), str(reason)))
        return
    if units is None:
        upload.blank_count += 1
    elif not alike(units, downloaded):
        upload.typed.append(
            TypedCell(_place(line, column), row.product_id, door_group, month_place, units, downloaded)
        )


def units_in_cell(value: Any) -> float | None:
    """The units that a cell holds, None for an empty one; ValueError with the sentence why not."""
    if isinstance(value, bool):
        raise ValueError(f"“{str(value).upper()}” is not a number.")
    if isinstance(value, date | time | timedelta):
        raise ValueError("This is a date or a time: format the cell as a number and type it again.")
    if not isinstance(value, int | float):
        return units_typed(_text(value))
    if value < 0:
        raise ValueError(f"Units cannot be negative: “{value:g}”.")
    if not value <= MOST_UNITS:
        raise ValueError(f"“{value:g}” is more than {MOST_UNITS:,.0f} units.")
    return float(value)


def alike(one: float, other: float) -> bool:
    """Whether two numbers are the same one, as it is kept and as it went through a workbook."""
    return bool(np.isclose(one, other, rtol=1e-6, atol=1e-6))


def _text(value: Any) -> str:
    """A cell's text; a SKU that was typed as a number is read without decimals."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip()


def _place(line: int, column: int) -> str:
    """A cell as people say it: ``F12``; the heading is row 1."""
    return f"{''.join(_letters(column))}{line + 2}"


def _letters(column: int) -> Iterator[str]:
    if column >= 26:
        yield from _letters(column // 26 - 1)
    yield chr(ord("A") + column % 26)
