"""The rows of the editing grid: categories, the styles of one, its SKUs; units by month, and their value."""

from dataclasses import dataclass, field, replace

import numpy as np
from django.db.models import Q
from numpy.typing import NDArray

from marketing.catalogue.models import Category, Product
from planning.consensus.blocks import Cells, Scope, below
from planning.consensus.choices import CONSENSUS_MAY_CHANGE, FUNCTIONS_MAY_ENTER, Layer
from planning.consensus.models import HORIZON_MONTHS, ForecastEntry, ForecastVersion
from planning.consensus.packing import Numbers, Totals, unpacked
from planning.consensus.totals import totals_by_category
from sop_site.access.models import User

Floats = NDArray[np.float64]
LAYERS = list(Layer)
# The number that every entered layer starts from.
START = Layer.CAMPAIGNS
MOST_ENTRIES = 12
# Of a number that the database holds as an id.
MOST_DIGITS = 18


def _nothing() -> Floats:
    return np.zeros((len(LAYERS), HORIZON_MONTHS))


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a forecast the grid stands.

    Without a category its rows are the categories at the top, or with ``without_category`` the SKUs that
    have none. ``by_sku`` shows the SKUs of a category at once, without its styles.
    """

    version: ForecastVersion
    layer: Layer
    category: Category | None = None
    without_category: bool = False
    style: str = ""
    by_sku: bool = False
    door_group: str = ""
    text: str = ""

    def scope_of(self, key: str) -> Scope:
        """What the row with this key is about. ValueError for what is no key of a row."""
        kind, said = key[:1], key[1:]
        is_number = said.isdecimal() and len(said) <= MOST_DIGITS
        if kind == "c" and is_number:
            return Scope(category_id=int(said), door_group=self.door_group)
        if kind == "p" and is_number:
            return Scope(product_id=int(said), door_group=self.door_group)
        if kind == "s" and said and self.category is not None:
            return Scope(category_id=self.category.pk, style=said, door_group=self.door_group)
        raise ValueError(f"{key!r} is no row.")


@dataclass(frozen=True, slots=True)
class Row:
    """One row: units by layer and month ``[7, 6]``, and the value of its edited ``layer``.

    ``opens`` are the parameters of the address that show what is in it. ``is_sold`` tells whether the
    forecast has a SKU of it. Money is None where no SKU has a price, or a cost.
    """

    key: str
    label: str
    layer: Layer
    code: str = ""
    opens: tuple[tuple[str, str], ...] = ()
    is_sold: bool = True
    may_enter: bool = True
    layers: Floats = field(default_factory=_nothing)
    at_price: float | None = None
    at_cost: float | None = None

    @property
    def units(self) -> Floats:
        """The edited layer by month ``[6]``."""
        return self.layers[LAYERS.index(self.layer)]

    @property
    def start(self) -> Floats:
        """What that starts from, by month ``[6]``."""
        return self.layers[LAYERS.index(START)]


@dataclass(frozen=True, slots=True)
class Grid:
    """All rows of a place, their sums, and how many SKUs of it are in no row, because none is sold."""

    rows: list[Row]
    sums: Row
    unsold_skus: int


@dataclass(frozen=True, slots=True)
class LayersOfRow:
    """Every layer of one row, units and value by month ``[7, 6]``; and its last changes, newest first."""

    name: str
    units: Floats
    at_price: Floats
    entries: list[ForecastEntry]


def why_not_entered(version: ForecastVersion, layer: Layer, user: User) -> str:
    """Why this person cannot enter this layer now, in a sentence; "" where they can."""
    stage = version.cycle.stage
    if version.published_at is not None:
        return f"{version} is published and locked."
    if not user.has_perm(layer.permission):
        return f"You read {layer.label}’s number; others enter it."
    if layer == Layer.CONSENSUS and stage not in CONSENSUS_MAY_CHANGE:
        return "The consensus is set once reconciling has begun."
    if layer != Layer.CONSENSUS and stage not in FUNCTIONS_MAY_ENTER:
        return f"{layer.label}’s number can no longer change: the forecast waits for signatures."
    return ""


def grid_at(place: Place) -> Grid:
    """The rows of ``place`` whose name holds every word of its text, by name. At most four queries."""
    unsold = 0
    rows = [] if place.style or place.without_category else _category_rows(place)
    if place.category is not None or place.without_category:
        product_rows, unsold = _product_rows(place, may_have_styles=not rows)
        rows += product_rows
    words = place.text.casefold().split()
    found = [row for row in rows if all(word in f"{row.code} {row.label}".casefold() for word in words)]
    return Grid(found, _sum_of(found, place.layer), unsold)


def _category_rows(place: Place) -> list[Row]:
    """The categories below the place, each with all that is below it; at the top also what is in none."""
    above = place.category.pk if place.category else None
    shown = list(Category.objects.filter(parent=above).order_by("name"))
    if above is not None and not shown:
        return []
    totals = totals_by_category(place.version, door_group=place.door_group)
    rows = []
    for category in shown:
        held = [sums for owner, sums in totals.items() if owner is not None and _is_below(owner, category)]
        key, opens = f"c{category.pk}", (("category", str(category.pk)),)
        if held:
            rows.append(_row_of_totals(place, key, category.name, opens, sum(held, start=Totals.none())))
        else:
            rows.append(Row(key, category.name, place.layer, opens=opens, is_sold=False))
    if above is None and None in totals:
        opens = (("category", "0"),)
        rows.append(_row_of_totals(place, "none", "Without a category", opens, totals[None], may_enter=False))
    return rows


def _is_below(category: Category, top: Category) -> bool:
    return category.path == top.path or category.path.startswith(f"{top.path} > ")


def _row_of_totals(
    place: Place,
    key: str,
    label: str,
    opens: tuple[tuple[str, str], ...],
    totals: Totals,
    *,
    may_enter: bool = True,
) -> Row:
    edited = LAYERS.index(place.layer)
    units = totals.units[edited]
    return Row(
        key,
        label,
        place.layer,
        opens=opens,
        may_enter=may_enter,
        layers=totals.units,
        at_price=_known(units, totals.at_price[edited]),
        at_cost=_known(units, totals.at_cost[edited]),
    )


def _known(units: Floats, value: Floats) -> float | None:
    """A value in money, or None where units are worth nothing, because no price is known."""
    worth = float(value.sum())
    return worth if worth or not units.any() else None


def _product_rows(place: Place, *, may_have_styles: bool) -> tuple[list[Row], int]:
    """Rows of the category's own styles or SKUs, and how many of its SKUs are not sold."""
    blocks = _blocks_of(place)
    category = place.category.pk if place.category else None
    # The catalogue may have moved a SKU since the forecast was opened.
    forecast = {pk for numbers in blocks for pk in numbers.product_ids.tolist()}
    products = Product.objects.filter(Q(pk__in=forecast) | Q(category=category)).order_by("sku")
    if place.style:
        products = products.filter(style=place.style)
    by_style = may_have_styles and category is not None and not (place.style or place.by_sku)
    heads: dict[str, Row] = {}
    key_of: dict[int, str] = {}
    for pk, sku, name, style in products.values_list("pk", "sku", "name", "style"):
        if by_style and style:
            head = Row(f"s{style}", style, place.layer, opens=(("style", style),))
        else:
            head = Row(f"p{pk}", name, place.layer, sku)
        key_of[pk] = heads.setdefault(head.key, head).key
    ordered = sorted(heads.values(), key=lambda head: (bool(head.code), head.code or head.label))
    row_of_key = {head.key: row for row, head in enumerate(ordered)}
    row_of = {pk: row_of_key[key] for pk, key in key_of.items()}
    sums = _sums_by_row(place, blocks, row_of, len(ordered))
    rows = [sums.into(head, row) for row, head in enumerate(ordered) if sums.skus[row]]
    return rows, len(key_of.keys() - forecast)


@dataclass(frozen=True, slots=True)
class _Sums:
    """By row: units ``[n, 7, 6]``, value and how many cells have one ``[n]``, cells ``[n]``."""

    layers: Floats
    at_price: Floats
    priced: Floats
    at_cost: Floats
    costed: Floats
    skus: Floats

    def into(self, head: Row, row: int) -> Row:
        """The row with its numbers."""
        return replace(
            head,
            layers=self.layers[row],
            at_price=float(self.at_price[row]) if self.priced[row] else None,
            at_cost=float(self.at_cost[row]) if self.costed[row] else None,
        )


def _blocks_of(place: Place) -> list[Numbers]:
    """The numbers of the place's own category at its doors."""
    category = place.category.pk if place.category else None
    blocks = place.version.blocks.filter(category=category).defer("totals", "digest").order_by("pk")
    if place.door_group:
        blocks = blocks.filter(door_group=place.door_group)
    return [unpacked(block) for block in blocks]


def _sums_by_row(place: Place, blocks: list[Numbers], row_of: dict[int, int], rows: int) -> _Sums:
    """The SKUs of ``blocks`` that have a row in ``row_of``, added up by row."""
    sums = _Sums(np.zeros((rows, len(LAYERS), HORIZON_MONTHS)), *np.zeros((5, rows)))
    weeks, edited = place.version.month_of_week, LAYERS.index(place.layer)
    for numbers in blocks:
        ids = numbers.product_ids.tolist()
        here = np.array([pk in row_of for pk in ids], dtype=bool)
        at = np.array([row_of[pk] for pk in ids if pk in row_of], dtype=np.int64)
        layers = numbers.all_monthly(weeks)[:, here]
        np.add.at(sums.layers, at, layers.swapaxes(0, 1))
        np.add.at(sums.skus, at, 1)
        for each, value, known in (
            (numbers.unit_price[here], sums.at_price, sums.priced),
            (numbers.unit_cost[here], sums.at_cost, sums.costed),
        ):
            np.add.at(value, at, layers[edited].sum(axis=1) * np.nan_to_num(each))
            np.add.at(known, at, ~np.isnan(each))
    return sums


def _sum_of(rows: list[Row], layer: Layer) -> Row:
    prices = [row.at_price for row in rows if row.at_price is not None]
    costs = [row.at_cost for row in rows if row.at_cost is not None]
    return Row(
        "all",
        "All",
        layer,
        layers=sum((row.layers for row in rows), start=_nothing()),
        at_price=sum(prices) if prices else None,
        at_cost=sum(costs) if costs else None,
    )


def layers_of_row(place: Place, key: str) -> LayersOfRow:
    """Every layer of the row with this key, and who last changed it or a part of it.

    ValueError where it is the key of no row.
    """
    scope = place.scope_of(key)
    product = Product.objects.select_related("category").filter(pk=scope.product_id or 0).first()
    category = product.category if product else Category.objects.filter(pk=scope.category_id or 0).first()
    if product is None and category is None:
        raise ValueError(f"{key!r} is no row.")
    entries = _entries_about(place.version, scope, category, product)
    if product is None and category is not None and not scope.style:
        totals = totals_by_category(place.version, door_group=place.door_group)
        held = [sums for owner, sums in totals.items() if owner is not None and _is_below(owner, category)]
        summed = sum(held, start=Totals.none())
        return LayersOfRow(category.name, summed.units, summed.at_price, entries)
    units, at_price = _layers_of_skus(place.version, scope)
    return LayersOfRow(str(product or scope.style), units, at_price, entries)


def _layers_of_skus(version: ForecastVersion, scope: Scope) -> tuple[Floats, Floats]:
    units, at_price = np.zeros((2, len(LAYERS), HORIZON_MONTHS))
    for part, chosen in Cells(version, [scope]).of(scope):
        held = part.numbers.all_monthly(version.month_of_week)[:, chosen]
        units += held.sum(axis=1)
        at_price += np.einsum("lnm,n->lm", held, np.nan_to_num(part.numbers.unit_price[chosen]))
    return units, at_price


def _entries_about(
    version: ForecastVersion, scope: Scope, category: Category | None, product: Product | None
) -> list[ForecastEntry]:
    """The newest entries that changed numbers of ``scope``: about it, about more, or about a part of it."""
    style = product.style if product else scope.style
    above = [higher.pk for higher in _with_those_above(category)]
    about = Q(category__in=above, style__in={"", style}) | Q(category=None, product=None)
    if product is not None:
        about |= Q(product=product)
    elif category is not None:
        inside = below([category.pk])[category.pk]
        parts = Q(product__category__in=inside)
        about |= parts & Q(product__style=style) if style else parts | Q(category__in=inside)
    if scope.door_group:
        about &= Q(door_group__in=["", scope.door_group])
    found = version.entries_so_far.filter(about).select_related("entered_by", "category", "product")
    return list(found[:MOST_ENTRIES])


def _with_those_above(category: Category | None) -> list[Category]:
    """A category and those above it, from the top."""
    if category is None:
        return []
    names = category.path.split(" > ")
    paths = [" > ".join(names[: count + 1]) for count in range(len(names))]
    return list(Category.objects.filter(path__in=paths).order_by("path"))


def crumbs_of(place: Place) -> list[Category]:
    """The categories from the top down to the place's own."""
    return _with_those_above(place.category)
