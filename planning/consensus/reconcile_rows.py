"""The rows of the reconcile page: where the functions differ, most money first."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from marketing.catalogue.models import Category, Product
from planning.consensus.blocks import Scope
from planning.consensus.choices import FUNCTIONS, Layer
from planning.consensus.engine import StepValue, disagreement_money
from planning.consensus.models import HORIZON_MONTHS, ForecastEntry, ForecastVersion, Remark
from planning.consensus.packing import Totals, unpacked
from planning.consensus.totals import WITHOUT_CATEGORY
from planning.consensus.track_record import added_words
from sop_site.fiscal import FiscalMonth

Floats = NDArray[np.float64]
LAYERS: Final = list(Layer)
OF_FUNCTIONS: Final = [LAYERS.index(layer) for layer in FUNCTIONS]
SETTLED_BY: Final = [*OF_FUNCTIONS, LAYERS.index(Layer.CONSENSUS)]
# The last digits of a sum are no disagreement.
ALIKE_SHARE: Final = 1e-6
NO_CATEGORY: Final = "0"


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a forecast the rows come from.

    Without a category each row is a category in a month; with one, its styles or SKUs.
    ``without_category`` are the SKUs that have none.
    """

    version: ForecastVersion
    category: Category | None = None
    without_category: bool = False
    by_style: bool = False
    door_group: str = ""

    @property
    def is_inside(self) -> bool:
        """Whether the rows are within a category."""
        return self.category is not None or self.without_category


@dataclass(frozen=True, slots=True)
class LayerCell:
    """A layer's number in a row; ``advice`` speaks against a small raise.

    ``record`` is what the function's step was worth here so far, None where nothing is measured.
    """

    layer: Layer
    units: float
    against_campaigns: float | None
    record: StepValue | None
    advice: str

    @property
    def record_words(self) -> str:
        """What the step has added to accuracy here, and on how many items."""
        return added_words(self.record) if self.record else ""


@dataclass(frozen=True, slots=True)
class RowSubject:
    """What a row is about; ``inside`` are the parameters of the address that show what is in it."""

    key: str
    label: str
    code: str = ""
    category: Category | None = None
    style: str = ""
    product_id: int | None = None
    inside: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """A subject in one month: every layer, and the money between the highest and lowest function.

    ``money`` is None where no price is known. ``is_agreed`` where the functions and the consensus are one, in
    units and in money; ``may_settle`` tells whether its number can be set as one.
    """

    subject: RowSubject
    month_place: int
    month: FiscalMonth
    units: Floats
    money: float | None
    is_agreed: bool
    may_settle: bool
    cells: Sequence[LayerCell] = ()
    entries: Sequence[ForecastEntry] = ()
    remarks: Sequence[Remark] = ()
    advice: str = ""

    @property
    def key(self) -> str:
        """The row among those of its place."""
        return f"{self.subject.key}-{self.month_place}"

    @property
    def consensus(self) -> float:
        """The consensus, in units."""
        return float(self.units[LAYERS.index(Layer.CONSENSUS)])


@dataclass(slots=True)
class _Subjects:
    """Subjects with their units and value at price by layer and month ``[7, n, 6]``."""

    subjects: list[RowSubject] = field(default_factory=list)
    units: Floats = field(default_factory=lambda: np.zeros((len(LAYERS), 0, HORIZON_MONTHS)))
    at_price: Floats = field(default_factory=lambda: np.zeros((len(LAYERS), 0, HORIZON_MONTHS)))


def scope_of(place: Place, key: str) -> Scope:
    """What the row with this key is about. ValueError for what is no key of a row that can be set."""
    kind, said = key[:1], key[1:]
    if kind == "c" and said.isdecimal():
        return Scope(category_id=int(said), door_group=place.door_group)
    if kind == "p" and said.isdecimal():
        return Scope(product_id=int(said), door_group=place.door_group)
    if kind == "s" and said and place.category is not None:
        return Scope(category_id=place.category.pk, style=said, door_group=place.door_group)
    raise ValueError(f"{key!r} is no row whose number can be set.")


def rows_of(place: Place, by_category: Mapping[Category | None, Totals]) -> list[Row]:
    """A row for each subject of ``place`` and month with units; the largest disagreement in money first.

    ``by_category`` are the sums at its doors.
    """
    subjects = _skus(place) if place.is_inside else _categories(by_category)
    return _sorted_rows(subjects, place.version.cycle.months, _with_more_below(by_category))


def _categories(by_category: Mapping[Category | None, Totals]) -> _Subjects:
    sums = list(by_category.values())
    if not sums:
        return _Subjects()
    return _Subjects(
        [
            RowSubject(f"c{category.pk}", category.path, category=category, inside=_opens(category))
            if category
            else RowSubject("none", WITHOUT_CATEGORY, inside=(("category", NO_CATEGORY),))
            for category in by_category
        ],
        np.stack([one.units for one in sums], axis=1),
        np.stack([one.at_price for one in sums], axis=1),
    )


def _opens(category: Category) -> tuple[tuple[str, str], ...]:
    return (("category", str(category.pk)),)


def _skus(place: Place) -> _Subjects:
    """The SKUs of the place's category, or its styles, added up over door groups."""
    version = place.version
    blocks = version.blocks.filter(category=place.category).defer("totals", "digest")
    if place.door_group:
        blocks = blocks.filter(door_group=place.door_group)
    parts = [unpacked(block) for block in blocks.order_by("pk")]
    held = np.concatenate([part.product_ids for part in parts]) if parts else np.empty(0, dtype=np.int64)
    ids, at = np.unique(held, return_inverse=True)
    facts = {
        pk: (sku, name, style)
        for pk, sku, name, style in Product.objects.filter(pk__in=ids.tolist()).values_list(
            "pk", "sku", "name", "style"
        )
    }
    subjects: dict[str, RowSubject] = {}
    row_of: dict[str, int] = {}
    number = np.empty(len(ids), dtype=np.int64)
    for sku_at, pk in enumerate(ids.tolist()):
        subject = _subject(place, pk, *facts[pk])
        subjects.setdefault(subject.key, subject)
        number[sku_at] = row_of.setdefault(subject.key, len(row_of))
    units, at_price = np.zeros((2, len(LAYERS), len(subjects), HORIZON_MONTHS))
    first = 0
    for part in parts:
        rows = number[at[first : first + len(part.product_ids)]]
        first += len(part.product_ids)
        monthly = part.all_monthly(version.month_of_week)
        worth = monthly * np.nan_to_num(part.unit_price)[:, None]
        for layer in range(len(LAYERS)):
            np.add.at(units[layer], rows, monthly[layer])
            np.add.at(at_price[layer], rows, worth[layer])
    return _Subjects(list(subjects.values()), units, at_price)


def _subject(place: Place, pk: int, sku: str, name: str, style: str) -> RowSubject:
    if place.by_style and style and place.category:
        return RowSubject(f"s{style}", style, category=place.category, style=style)
    return RowSubject(f"p{pk}", name, code=sku, category=place.category, style=style, product_id=pk)


def _with_more_below(categories: Iterable[Category | None]) -> set[Category]:
    """Categories with SKUs of their own and below: a number for one would be for more than its row."""
    held = [category for category in categories if category]
    tops = {
        " > ".join(names[:count])
        for names in (one.path.split(" > ") for one in held)
        for count in range(len(names))
    }
    return {category for category in held if category.path in tops}


def _sorted_rows(
    found: _Subjects, months: Sequence[FiscalMonth], with_more_below: set[Category]
) -> list[Row]:
    """A row for each subject and month in which some layer has units; the largest disagreement first."""
    functions = found.units[OF_FUNCTIONS]
    # No value for units that are there: no price is known.
    unpriced = (found.at_price == 0).all(axis=(0, 2)) & found.units.any(axis=(0, 2))
    value = np.where(np.repeat(unpriced, HORIZON_MONTHS), np.nan, 1.0)
    money = disagreement_money(found.at_price[OF_FUNCTIONS].reshape(len(FUNCTIONS), -1), value)
    gap = disagreement_money(functions.reshape(len(FUNCTIONS), -1), np.ones(len(value)))
    has_units = found.units.any(axis=0).ravel()
    is_agreed = _alike(found.units) & _alike(found.at_price)
    order = np.lexsort((-gap, -np.nan_to_num(money)))
    rows = []
    for at in order[has_units[order]].tolist():
        subject, month = found.subjects[at // HORIZON_MONTHS], at % HORIZON_MONTHS
        rows.append(
            Row(
                subject,
                month,
                months[month],
                found.units[:, at // HORIZON_MONTHS, month],
                None if np.isnan(money[at]) else float(money[at]),
                bool(is_agreed[at]),
                may_settle=subject.product_id is not None
                or (subject.category is not None and subject.category not in with_more_below),
            )
        )
    return rows


def _alike(by_layer: Floats) -> NDArray[np.bool_]:
    """Where the functions and the consensus say the same, row by row ``[n * 6]``."""
    said = by_layer[SETTLED_BY].reshape(len(SETTLED_BY), -1)
    return np.ptp(said, axis=0) <= ALIKE_SHARE * np.maximum(said.max(axis=0, initial=0.0), 1.0)
