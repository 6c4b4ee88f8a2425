"""Where the functions differ most in money: the rows of the reconcile page, and what stands beside them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
from django.core.paginator import Page, Paginator
from django.db.models import Q, Sum
from numpy.typing import NDArray

from marketing.catalogue.models import Category, Product
from planning.consensus.bars import Bar, Waterfall, change_bars, waterfall_bars
from planning.consensus.blocks import Scope
from planning.consensus.choices import CONSENSUS_MAY_CHANGE, FUNCTIONS, Layer, RemarkKind
from planning.consensus.comparison import WITHOUT_CATEGORY, Comparison, compared
from planning.consensus.cycle import change_ratio
from planning.consensus.engine import LEAST_RANKED, bridge, disagreement_money, waterfall
from planning.consensus.in_force import published_before
from planning.consensus.models import HORIZON_MONTHS, ForecastEntry, ForecastVersion, LayerAccuracy, Remark
from planning.consensus.packing import Totals, unpacked
from planning.consensus.totals import totals_by_category
from planning.consensus.track_record import LayerSums, steps_of
from planning.consensus.tweak_record import TweakRecord
from sop_site import formats
from sop_site.access.models import User
from sop_site.fiscal import FiscalMonth

Floats = NDArray[np.float64]
LAYERS: Final = list(Layer)
CAMPAIGNS: Final = LAYERS.index(Layer.CAMPAIGNS)
OF_FUNCTIONS: Final = [LAYERS.index(layer) for layer in FUNCTIONS]
# A change up to this share over the forecast with campaigns is a small one, as in the engine's record.
SMALL_SHARE: Final = 0.1
ROWS_A_PAGE: Final = 25
ENTRIES_A_ROW: Final = 8
MOST_ENTRIES: Final = 400
LARGEST_CONTRIBUTORS: Final = 8
TRACK_RECORD_LAG_WEEKS: Final = 4
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
class TrackRecord:
    """What a function's step has added to accuracy here: ``points`` of WMAPE on ``n`` items, None if none."""

    points: float | None
    n: int

    @property
    def is_ranked(self) -> bool:
        """Whether there are enough items to say so."""
        return self.points is not None and self.n >= LEAST_RANKED

    @property
    def words(self) -> str:
        """The points with their sign: ``+1.2 pts``."""
        points = self.points or 0.0
        return f"{'+' if points > 0 else formats.MINUS if points < 0 else ''}{abs(points):.1f} pts"


@dataclass(frozen=True, slots=True)
class LayerCell:
    """A layer's number in a row; ``advice`` speaks against a small raise."""

    layer: Layer
    units: float
    against_campaigns: float | None
    record: TrackRecord | None
    advice: str


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

    ``money`` is None where no price is known. ``may_settle`` tells whether its number can be set as one.
    """

    subject: RowSubject
    month_place: int
    month: FiscalMonth
    units: Floats
    money: float | None
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


@dataclass(frozen=True, slots=True)
class ReconcilePage:
    """All that the page shows."""

    place: Place
    page: Page
    rows: Sequence[Row]
    points: Sequence[Remark]
    others: Sequence[Remark]
    waterfall: Waterfall
    comparison: Comparison | None
    contributions: Sequence[Bar]
    may_settle: bool
    why_not: str
    may_remark: bool


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


def reconcile_page(place: Place, user: User, page_number: Any) -> ReconcilePage:
    """The rows of ``place``, most money first, in a fixed number of queries."""
    version = place.version
    by_category = totals_by_category(version, door_group=place.door_group)
    subjects = _skus(place) if place.is_inside else _categories(by_category)
    months = version.cycle.months
    rows = _sorted_rows(subjects, months, _with_more_below(by_category))
    page = Paginator(rows, ROWS_A_PAGE).get_page(page_number)
    remarks = list(version.remarks.select_related("raised_by", "closed_by", "category", "product"))
    previous = published_before(version)
    comparison = compared(previous, version) if previous else None
    total = sum(by_category.values(), start=Totals.none()).units.sum(axis=1)
    why_not = why_not_settled(version, user)
    return ReconcilePage(
        place=place,
        page=page,
        rows=_with_company(list(page), place, remarks),
        points=[one for one in remarks if one.kind == RemarkKind.OPEN_POINT and one.closed_at is None],
        others=[one for one in remarks if one.kind != RemarkKind.OPEN_POINT or one.closed_at is not None],
        waterfall=waterfall_bars(
            waterfall([(layer.label, float(units)) for layer, units in zip(LAYERS, total, strict=True)])
        ),
        comparison=comparison,
        contributions=_contributions(comparison) if comparison else (),
        may_settle=not why_not,
        why_not=why_not,
        may_remark=user.has_perm("planning.comment_on_forecast") and version.published_at is None,
    )


def why_not_settled(version: ForecastVersion, user: User) -> str:
    """Why this person cannot set the consensus now, in a sentence; "" where they can."""
    if version.published_at is not None:
        return f"{version} is published and locked. The chair can reopen it."
    if version.cycle.stage not in CONSENSUS_MAY_CHANGE:
        return "The consensus is set once reconciling has begun."
    if not user.has_perm(Layer.CONSENSUS.permission):
        return "Planning and the heads of the functions set the consensus."
    return ""


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
                may_settle=subject.product_id is not None
                or (subject.category is not None and subject.category not in with_more_below),
            )
        )
    return rows


def _with_company(rows: Sequence[Row], place: Place, remarks: Sequence[Remark]) -> list[Row]:
    """The rows with the records of their functions, the entries behind them and what was said of them."""
    records = track_records({row.subject.category.pk if row.subject.category else None for row in rows})
    tweaks = TweakRecord.read()
    entries = _entries_about(rows, place)
    advised: dict[tuple[Layer, Category | None], str] = {}

    def advice(layer: Layer, category: Category | None) -> str:
        if (layer, category) not in advised:
            advised[layer, category] = tweaks.advice(layer, category)
        return advised[layer, category]

    def cell(row: Row, layer: Layer) -> LayerCell:
        category = row.subject.category
        units, base = float(row.units[LAYERS.index(layer)]), float(row.units[CAMPAIGNS])
        change = change_ratio(units, base) if layer.is_entered else None
        is_small_raise = change is not None and 0 < change <= SMALL_SHARE
        return LayerCell(
            layer,
            units,
            change,
            records.get((category.pk if category else None, layer)) if layer in FUNCTIONS else None,
            advice(layer, category) if is_small_raise else "",
        )

    return [
        replace(
            row,
            cells=[cell(row, layer) for layer in LAYERS],
            entries=[entry for entry in entries if concerns(entry, row)][:ENTRIES_A_ROW],
            remarks=[one for one in remarks if _is_about(one, row.subject)],
            advice=advice(Layer.CONSENSUS, row.subject.category),
        )
        for row in rows
    ]


def track_records(category_ids: Iterable[int | None]) -> dict[tuple[int | None, Layer], TrackRecord]:
    """What each layer's step added in these categories so far, at one lag, over all months measured."""
    ids = [pk for pk in category_ids if pk is not None]
    measured = LayerAccuracy.objects.filter(
        Q(category__in=ids) | Q(category=None), lag_weeks=TRACK_RECORD_LAG_WEEKS
    )
    sums = measured.values_list("category", "layer").annotate(
        Sum("cells"), Sum("actual_units"), Sum("forecast_units"), Sum("absolute_error_units")
    )
    by_category: defaultdict[int | None, list[LayerSums]] = defaultdict(list)
    for category, layer, cells, actual, forecast, error in sums:
        by_category[category].append(LayerSums(Layer(layer), cells, actual, forecast, error))
    return {
        (category, Layer(step.step)): TrackRecord(
            None if step.value_added is None else 100 * step.value_added, step.n
        )
        for category, of_layers in by_category.items()
        for step in steps_of(of_layers)
    }


def _entries_about(rows: Sequence[Row], place: Place) -> list[ForecastEntry]:
    """The newest entries that can concern these rows."""
    categories = {row.subject.category for row in rows if row.subject.category}
    paths = {path for category in categories for path in _paths_down_to(category)}
    about = Q(category__path__in=paths) | Q(product__category__in=categories)
    about |= Q(category=None, product=None) | Q(product__in=[row.subject.product_id for row in rows])
    if place.door_group:
        about &= Q(door_group__in=["", place.door_group])
    months = {row.month_place for row in rows}
    found = place.version.entries.filter(about, month_place__in=months)
    return list(found.select_related("entered_by", "category", "product")[:MOST_ENTRIES])


def _paths_down_to(category: Category) -> list[str]:
    names = category.path.split(" > ")
    return [" > ".join(names[: count + 1]) for count in range(len(names))]


def concerns(entry: ForecastEntry, row: Row) -> bool:
    """Whether an entry changed the row's number or a part of it: about it, about more, or about less."""
    subject = row.subject
    if entry.month_place != row.month_place:
        return False
    if entry.product is not None:
        if subject.product_id is not None:
            return entry.product_id == subject.product_id
        category_id = subject.category.pk if subject.category else None
        is_of_style = not subject.style or entry.product.style == subject.style
        return entry.product.category_id == category_id and is_of_style
    if entry.style and subject.style and entry.style != subject.style:
        return False
    if entry.category is None:
        return True
    return subject.category is not None and entry.category.path in _paths_down_to(subject.category)


def _is_about(remark: Remark, subject: RowSubject) -> bool:
    """A remark on a category stands with the category, not with each of its SKUs."""
    if remark.product_id is not None:
        return remark.product_id == subject.product_id
    is_category = subject.product_id is None and not subject.style
    return is_category and remark.category_id is not None and remark.category == subject.category


def _contributions(comparison: Comparison) -> list[Bar]:
    before = {row.name: row.units_before for row in comparison.rows}
    after = {row.name: row.units_after for row in comparison.rows}
    parts = bridge(before, after, LARGEST_CONTRIBUTORS)
    return change_bars([(part.key or f"{part.keys} more", part) for part in parts])
