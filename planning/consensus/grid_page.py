"""The editing grid in words: what stands in each cell, and what became of the cells that were not saved."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha1
from urllib.parse import urlencode

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format

from planning.consensus.choices import Layer
from planning.consensus.domain import Conflict
from planning.consensus.grid import LAYERS, START, Floats, Row
from planning.consensus.grid_forms import TypedCell
from planning.consensus.models import HORIZON_MONTHS, ForecastEntry
from sop_site.fiscal import FiscalMonth
from sop_site.formats import money, signed_units, units

CellName = tuple[str, int]
# The head of a row, its months, their sum and its value.
COLUMNS = HORIZON_MONTHS + 3
# A difference below this is rounding.
SHOWN_UNITS = 0.05


@dataclass(frozen=True, slots=True)
class Pending:
    """A typed number that was not saved: its text, and why, in a sentence.

    In a conflict ``theirs`` is the number that stands there now, ``units_now`` as the page sends it back.
    """

    text: str
    seen_units: float
    sentence: str = ""
    theirs: str = ""
    units_now: str = ""


@dataclass(frozen=True, slots=True)
class PageCell:
    """One cell: its number, the number it starts from and the difference ("" for none)."""

    month_place: int
    text: str
    start: str
    difference: str
    pending: Pending | None = None


@dataclass(frozen=True, slots=True)
class LayerCell:
    """A number of a layer, and whether people moved it from what it starts from."""

    text: str
    is_moved: bool


@dataclass(frozen=True, slots=True)
class LayerRow:
    """One layer of a row: units by month, and their sum."""

    layer: Layer
    months: list[LayerCell]
    sum: LayerCell


@dataclass(frozen=True, slots=True)
class PageRow:
    """One row as the page shows it; ``ident`` is its key, fit for an HTML id.

    ``seen`` are the units that its reader saw, ``now`` those there now, ``start`` those it starts from.
    ``layers`` are all seven where the page shows them, else none.
    """

    row: Row
    ident: str
    opens: str
    shows_layers: str
    cells: list[PageCell]
    sum: PageCell | None
    seen: str
    now: str
    start: str
    layers: list[LayerRow]


@dataclass(frozen=True, slots=True)
class EntryLine:
    """A number that somebody entered, in words."""

    entry: ForecastEntry
    month: str
    before: str
    after: str


def pending_cells(
    cells: Iterable[TypedCell], conflicts: Mapping[CellName, Conflict]
) -> dict[CellName, Pending]:
    """The ``cells`` that are still to be saved; those in conflict say who was first, and with what."""
    pending = {}
    for cell in cells:
        conflict = conflicts.get((cell.key, cell.month_place))
        typed = Pending(cell.text, cell.seen_units, cell.error)
        pending[cell.key, cell.month_place] = _contested(cell, conflict) if conflict else typed
    return pending


def _contested(cell: TypedCell, conflict: Conflict) -> Pending:
    theirs, entry = units(conflict.units_now), conflict.entry
    who = f"It is {theirs} by now."
    if entry is not None:
        when = date_format(timezone.localtime(entry.entered_at), "j M, H:i")
        who = f"{entry.entered_by} made it {theirs} ({when}: “{entry.reason}”)."
    sentence = f"{who} You read {units(cell.seen_units)} and typed {cell.text.strip()}."
    return Pending(cell.text, cell.seen_units, sentence, theirs, f"{conflict.units_now:.2f}")


def page_rows(
    grid_rows: Iterable[Row],
    query: Mapping[str, str],
    pending: Mapping[CellName, Pending],
    *,
    all_layers: bool,
) -> list[PageRow]:
    """The rows with their words; ``query`` are the parameters of the page's address, without its text."""
    return [_page_row(row, query, pending, all_layers=all_layers) for row in grid_rows]


def _page_row(
    row: Row, query: Mapping[str, str], pending: Mapping[CellName, Pending], *, all_layers: bool
) -> PageRow:
    opens = urlencode({**query, **dict(row.opens)}) if row.opens else ""
    shows_layers = urlencode({**query, "row": row.key})
    if not row.is_sold:
        return PageRow(row, ident_of(row), opens, shows_layers, [], None, "", "", "", [])
    cells = [
        _page_cell(month, now, start, pending.get((row.key, month)))
        for month, (now, start) in enumerate(zip(row.units.tolist(), row.start.tolist(), strict=True))
    ]
    seen = (
        cell.pending.seen_units if cell.pending else now
        for cell, now in zip(cells, row.units.tolist(), strict=True)
    )
    return PageRow(
        row,
        ident_of(row),
        opens,
        shows_layers,
        cells,
        sum_cell(row),
        seen=as_sent(seen),
        now=as_sent(row.units.tolist()),
        start=as_sent(row.start.tolist()),
        layers=layer_rows(row.layers) if all_layers else [],
    )


def ident_of(row: Row) -> str:
    """The key of a row, fit for an HTML id; the name of a style is not."""
    if row.key[0] in "cp":
        return row.key
    return f"s{sha1(row.key.encode(), usedforsecurity=False).hexdigest()[:12]}"


def model_rows(layer: Layer) -> list[Row]:
    """What a script makes rows after: one that is entered, one that is only read, one without numbers."""
    entered = Row("p0", "Row", layer, "code", opens=(("style", ""),), at_price=0.0, at_cost=0.0)
    return [entered, replace(entered, may_enter=False), replace(entered, is_sold=False)]


def _model_of(row: Row) -> int:
    """The place of a row's model among ``model_rows``."""
    if not row.is_sold:
        return 2
    return 0 if row.may_enter else 1


def lean_rows(rows: Iterable[Row], *, all_layers: bool) -> list[dict[str, object]]:
    """Rows as numbers, for a script that makes more rows like the first ones."""
    return [
        {
            "model": _model_of(row),
            "key": row.key,
            "ident": ident_of(row),
            "label": row.label,
            "code": row.code,
            "opens": row.opens,
            "now": row.units.round(2).tolist(),
            "start": row.start.round(2).tolist(),
            "price": money(row.at_price, settings.CURRENCY),
            "cost": money(row.at_cost, settings.CURRENCY),
            "layers": row.layers.round(2).tolist() if all_layers else [],
        }
        for row in rows
    ]


def _page_cell(month_place: int, now: float, start: float, pending: Pending | None) -> PageCell:
    changed = abs(now - start) >= SHOWN_UNITS
    return PageCell(
        month_place, units(now), units(start), signed_units(now - start) if changed else "", pending
    )


def sum_cell(row: Row) -> PageCell:
    """The six months of a row together."""
    return _page_cell(-1, float(row.units.sum()), float(row.start.sum()), None)


def month_cells(sums: Row) -> list[PageCell]:
    """The sums of all rows, month by month."""
    months = zip(sums.units.tolist(), sums.start.tolist(), strict=True)
    return [_page_cell(month, now, start, None) for month, (now, start) in enumerate(months)]


def layer_rows(layers: Floats) -> list[LayerRow]:
    """Every layer in words, from its units by month ``[7, 6]``."""
    start = layers[LAYERS.index(START)].tolist()
    return [
        LayerRow(
            layer,
            [_layer_cell(layer, now, begun) for now, begun in zip(by_month, start, strict=True)],
            _layer_cell(layer, sum(by_month), sum(start)),
        )
        for layer, by_month in zip(LAYERS, layers.tolist(), strict=True)
    ]


def _layer_cell(layer: Layer, now: float, start: float) -> LayerCell:
    return LayerCell(units(now), layer.is_entered and abs(now - start) >= SHOWN_UNITS)


def entry_lines(entries: Iterable[ForecastEntry], months: Sequence[FiscalMonth]) -> list[EntryLine]:
    """Entries as a page tells them."""
    return [
        EntryLine(
            entry,
            month=months[entry.month_place].label,
            before=units(entry.units_before),
            after=units(entry.units_after),
        )
        for entry in entries
    ]


def as_sent(numbers: Iterable[float]) -> str:
    """Units as a page carries them, exact beyond what is compared."""
    return " ".join(f"{number:.2f}" for number in numbers)
