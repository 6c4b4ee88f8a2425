"""What an uploaded workbook would change, held against the numbers as they are now.

Between the preview and its confirmation it travels through the page, signed: nothing of it is stored, and
nothing that comes back is trusted unless it is what was sent.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np
from django.core import signing

from marketing.catalogue.models import Product
from planning.consensus.blocks import Cells, Scope, below
from planning.consensus.choices import Layer
from planning.consensus.domain import Change, Conflict
from planning.consensus.domain.entries import SEEN_ALIKE_UNITS
from planning.consensus.models import ForecastEntry, ForecastVersion
from planning.consensus.workbook import BadCell, TypedCell, Upload, alike
from sop_site.access.models import User
from sop_site.feeds.errors import FeedError

MOST_SHOWN: Final = 200
MOST_SEALED_BYTES: Final = 1_000_000
VALID_SECONDS: Final = 12 * 60 * 60
SALT: Final = "planning.consensus.workbook"


class PreviewCell(NamedTuple):
    """A number of the workbook, and the one that it would replace; ``unit_price`` is None where unknown.

    ``downloaded_units`` is what its author saw.
    """

    product_id: int
    door_group: str
    month_place: int
    units: float
    units_now: float
    downloaded_units: float
    unit_price: float | None

    @property
    def change_units(self) -> float:
        """How much more it would be."""
        return self.units - self.units_now

    @property
    def change_money(self) -> float | None:
        """What that is worth at the SKU's price."""
        return None if self.unit_price is None else self.change_units * self.unit_price

    def as_change(self) -> Change:
        """To be entered, unless the number changes once more before."""
        scope = Scope(product_id=self.product_id, door_group=self.door_group)
        return Change(scope, self.month_place, self.units, seen_units=self.units_now)


@dataclass(frozen=True, slots=True)
class ShownCell:
    """A cell with its names. ``entry`` is the one of someone else that came between, where it is known."""

    cell: PreviewCell
    product: Product
    month: str
    entry: ForecastEntry | None = None


@dataclass(frozen=True, slots=True)
class PreviewTotals:
    """Units and money of the cells that change, now and then; money None where no price is known."""

    units_now: float
    units: float
    money_now: float | None
    money: float | None


@dataclass(slots=True)
class Preview:
    """What would change, what someone else changed meanwhile, and what cannot be read.

    Of bad cells the first 200 are kept, ``bad_count`` counts all; ``blank_count`` cells were emptied.
    """

    newest_entry: int
    cells: list[PreviewCell] = field(default_factory=list)
    conflicts: list[PreviewCell] = field(default_factory=list)
    bad: list[BadCell] = field(default_factory=list)
    bad_count: int = 0
    blank_count: int = 0

    @property
    def totals(self) -> PreviewTotals:
        """The sums over what would change."""
        priced = [(cell, cell.unit_price) for cell in self.cells if cell.unit_price is not None]
        return PreviewTotals(
            units_now=math.fsum(cell.units_now for cell in self.cells),
            units=math.fsum(cell.units for cell in self.cells),
            money_now=math.fsum(cell.units_now * price for cell, price in priced) if priced else None,
            money=math.fsum(cell.units * price for cell, price in priced) if priced else None,
        )

    def chosen(self, taken: Iterable[str]) -> list[Change]:
        """The changes to make: all without a conflict, and the conflicts whose place is in ``taken``."""
        ticked = {int(place) for place in taken if place.isascii() and place.isdigit()}
        conflicts = [cell for place, cell in enumerate(self.conflicts) if place in ticked]
        return [cell.as_change() for cell in (*self.cells, *conflicts)]

    def after_conflicts(self, conflicts: Sequence[Conflict]) -> "Preview":
        """What is left once all but ``conflicts`` was entered: these, with the numbers that are there now."""
        cell_of = {cell.as_change(): cell for cell in (*self.cells, *self.conflicts)}
        left = [cell_of[each.change]._replace(units_now=each.units_now) for each in conflicts]
        return Preview(self.newest_entry, conflicts=left)


def preview_of(upload: Upload, version: ForecastVersion, layer: Layer) -> Preview:
    """Hold what a workbook says against the numbers as they are now.

    A number that is there already is no change. One that someone changed since the download is a conflict.
    """
    preview = Preview(upload.newest_entry, blank_count=upload.blank_count)
    bad = list(upload.bad)
    now = _numbers_now(version, layer, upload.typed)
    for typed in upload.typed:
        if (typed.product_id, typed.door_group) not in now:
            bad.append(BadCell(typed.place, f"{typed.units:g}", "This forecast has no such SKU."))
            continue
        units, unit_price = now[typed.product_id, typed.door_group]
        # Thousandths are enough to tell whether it changes once more, and keep the page small.
        units_now = round(float(units[typed.month_place]), 3)
        if alike(typed.units, float(units[typed.month_place])):
            continue
        cell = PreviewCell(
            product_id=typed.product_id,
            door_group=typed.door_group,
            month_place=typed.month_place,
            units=typed.units,
            units_now=units_now,
            downloaded_units=round(typed.downloaded_units, 3),
            unit_price=None if math.isnan(unit_price) else round(unit_price, 4),
        )
        changed_since = abs(units_now - typed.downloaded_units) > SEEN_ALIKE_UNITS
        (preview.conflicts if changed_since else preview.cells).append(cell)
    preview.bad, preview.bad_count = bad[:MOST_SHOWN], len(bad)
    return preview


def sealed(preview: Preview, version: ForecastVersion, layer: Layer, by: User) -> str:
    """The preview as signed text for this person. Raises FeedError where that is too much for a page."""
    told = {
        "for": [version.pk, layer.value, by.pk],
        "newest": preview.newest_entry,
        "cells": preview.cells,
        "conflicts": preview.conflicts,
        "bad": [(cell.place, cell.said, cell.reason) for cell in preview.bad],
        "counts": [preview.bad_count, preview.blank_count],
    }
    text = signing.dumps(told, salt=SALT, compress=True)
    if len(text) > MOST_SEALED_BYTES:
        raise FeedError("The workbook changes too many rows at once. Load it in parts.")
    return text


def unsealed(text: str, version: ForecastVersion, layer: Layer, by: User) -> Preview:
    """The preview that this person was shown. Raises FeedError for any other text and after 12 hours."""
    try:
        told = signing.loads(text, salt=SALT, max_age=VALID_SECONDS)
    except signing.BadSignature:
        told = {"for": None}
    if told["for"] != [version.pk, layer.value, by.pk]:
        raise FeedError("The preview is out of date. Choose the workbook again.")
    bad_count, blank_count = told["counts"]
    return Preview(
        newest_entry=told["newest"],
        cells=[PreviewCell(*cell) for cell in told["cells"]],
        conflicts=[PreviewCell(*cell) for cell in told["conflicts"]],
        bad=[BadCell(*cell) for cell in told["bad"]],
        bad_count=bad_count,
        blank_count=blank_count,
    )


def shown_cells(cells: Sequence[PreviewCell], version: ForecastVersion) -> list[ShownCell]:
    """The first 200 cells with their names."""
    first = cells[:MOST_SHOWN]
    products = Product.objects.in_bulk({cell.product_id for cell in first})
    months = [month.label for month in version.cycle.months]
    return [ShownCell(cell, products[cell.product_id], months[cell.month_place]) for cell in first]


def shown_conflicts(preview: Preview, version: ForecastVersion, layer: Layer) -> list[ShownCell]:
    """The first 200 conflicts, each with the last entry since the download that was about its cell."""
    shown = shown_cells(preview.conflicts, version)
    since = (
        version.entries.filter(layer=layer, pk__gt=preview.newest_entry) if shown else version.entries.none()
    )
    entries = list(since.select_related("entered_by"))
    categories = below({entry.category_id for entry in entries if entry.category_id is not None})
    return [
        ShownCell(
            row.cell,
            row.product,
            row.month,
            next((entry for entry in entries if _is_about(entry, row, categories)), None),
        )
        for row in shown
    ]


def _is_about(entry: ForecastEntry, row: ShownCell, categories: dict[int, set[int]]) -> bool:
    product = row.product
    return (
        entry.month_place == row.cell.month_place
        and entry.door_group in ("", row.cell.door_group)
        and entry.product_id in (None, product.pk)
        and entry.style in ("", product.style)
        and (entry.category_id is None or product.category_id in categories.get(entry.category_id, ()))
    )


def _numbers_now(
    version: ForecastVersion, layer: Layer, typed: Sequence[TypedCell]
) -> dict[tuple[int, str], tuple[np.ndarray, float]]:
    """The six months' units and the price of each SKU and door group that the cells are about."""
    wanted = {(cell.product_id, cell.door_group) for cell in typed}
    cells = Cells(version, [Scope(product_id=pk, door_group=door_group) for pk, door_group in wanted])
    found = {}
    for part in cells.open_blocks:
        units = part.numbers.monthly(layer, version.month_of_week)
        for place, product_id in enumerate(part.block.product_ids):
            if (product_id, part.block.door_group) in wanted:
                unit_price = float(part.numbers.unit_price[place])
                found[product_id, part.block.door_group] = (units[place], unit_price)
    return found
