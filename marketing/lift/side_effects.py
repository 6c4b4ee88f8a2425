"""What a planned promotion does besides its own lift: the dip after it, and what it does to other SKUs."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from django.db.models import Q
from numpy.typing import NDArray

from marketing.baseline.vectors import FORECAST_WEEKS, PACKED
from marketing.catalogue.models import Product
from marketing.demand.engine.design import (
    MOST_WEEKS_AFTER,
    PRESSURE_KNOTS,
    Between,
    Design,
    pressures,
)
from marketing.demand.engine.effects import Group, log_factor
from marketing.demand.engine.history import Floats, Integers, SkuDoors
from marketing.demand.models import DemandFit, DemandFitPart
from marketing.demand.packing import LearnedPromotions, unpacked_promotions
from marketing.demand.queries import category_of, latest_fit
from marketing.lift.models import PastLift
from marketing.lift.suggestion import PlannedPromotion, usual_discount
from sop_site.columns import place_in, read_columns
from sop_site.fiscal import week_start

# Of fewer past promotions nothing is told, and nothing of an effect that changes sales by less.
LEAST_EVENTS = 5
LEAST_CHANGE = 0.01
MOST_LOSING = 5
# A SKU that loses less is not named.
LEAST_LOSS_UNITS = 0.5


@dataclass(frozen=True, slots=True)
class SideEffect:
    """Units added to, or, below 0, taken from the ``baseline_units`` that would sell without it.

    ``event_count`` is how many past promotions of the same subclasses or categories stand behind it.
    """

    units: float
    baseline_units: float
    event_count: int

    @property
    def change_ratio(self) -> float:
        """Units as a ratio of what would sell without it."""
        return self.units / self.baseline_units


@dataclass(frozen=True, slots=True)
class LosingSku:
    """A SKU that sells less while another one is promoted: its ``units`` lie below 0."""

    product: Product
    units: float


@dataclass(frozen=True, slots=True)
class SideEffects:
    """The side effects of a promotion over all its doors; None where the data does not tell one.

    ``after`` is on the featured SKUs in the four weeks after it; ``subclass`` on the other SKUs of their
    subclasses, and ``category`` on the SKUs of their categories by promotions outside their own subclass,
    both while it runs. ``losing`` are those that lose most to them, the greatest loss first.
    """

    fit: DemandFit
    after: SideEffect | None
    subclass: SideEffect | None
    category: SideEffect | None
    losing: tuple[LosingSku, ...]

    @property
    def units(self) -> float:
        """All that is told, together."""
        return sum(effect.units for effect in (self.after, self.subclass, self.category) if effect)


@dataclass(frozen=True, slots=True)
class _Around:
    """The SKU-doors ``[n]`` of the categories of the featured SKUs, at the doors of the promotion.

    ``cells`` hold their places; ``paths`` and ``categories`` are the names behind those of subclass and
    category. ``promotion_units [n]`` and ``after_units [4, n]`` are what sells without the promotion, in
    its days and in the weeks after it; ``usual_units [n]`` in a mean week.
    """

    cells: SkuDoors
    product_ids: Integers
    paths: Sequence[str]
    categories: Sequence[str]
    featured: NDArray[np.bool_]
    usual_units: NDArray[np.float64]
    promotion_units: NDArray[np.float64]
    after_units: NDArray[np.float64]


@dataclass
class _Past:
    """How many past promotions each subclass (by its path) and category had, and their discounts."""

    of_subclass: Counter[str] = field(default_factory=Counter)
    of_category: Counter[str] = field(default_factory=Counter)
    discounts: dict[str, list[float | None]] = field(default_factory=dict)


def side_effects_of(
    promotion: PlannedPromotion, featured: Sequence[tuple[Product, float | None]]
) -> SideEffects | None:
    """What the promotion of those SKUs, each at its discount (a ratio, None where not known), does besides.

    None before the first fit, and where no featured SKU has a category and a baseline at a door that ranges
    it. Expects the categories of the products to be at hand; makes as many queries for one as for many.
    """
    paths = {product.pk: product.category.path for product, _ in featured if product.category}
    fit = latest_fit()
    around = _around(promotion, paths) if fit and paths else None
    if fit is None or around is None:
        return None
    parts = [
        unpacked_promotions(bytes(part.learned))
        for part in DemandFitPart.objects.filter(fit=fit, product_ids__overlap=list(set(around.product_ids)))
    ]
    if not parts:
        return None
    past = _past(around.categories, promotion)
    discounts = {
        product.pk: usual_discount(past.discounts.get(paths[product.pk], ()))
        if discount is None
        else discount
        for product, discount in featured
        if product.pk in paths
    }
    near, far = _pressures(around, discounts)
    after_units, near_units, far_units = _units_by_part(around, parts, near, far)
    subclass_events = np.array([past.of_subclass[path] for path in around.paths])
    category_events = np.array([past.of_category[name] for name in around.categories])
    category = around.cells.category
    of_category = category_events[category] >= LEAST_EVENTS
    of_subclass = subclass_events[around.cells.subclass] >= LEAST_EVENTS

    def told(
        units: NDArray[np.float64],
        baseline: NDArray[np.float64],
        touched: NDArray[np.bool_],
        places: Integers,
        events: Integers,
    ) -> SideEffect | None:
        total, base = float(units[touched].sum()), float(baseline[touched].sum())
        if base <= 0 or abs(total) < LEAST_CHANGE * base:
            return None
        return SideEffect(total, base, int(events[np.unique(places[touched])].sum()))

    after = told(
        after_units,
        around.after_units.sum(axis=0),
        around.featured & of_category,
        category,
        category_events,
    )
    pressed_near = ~around.featured & (near > 0) & of_subclass
    pressed_far = ~around.featured & (far > 0) & of_category
    subclass = told(near_units, around.promotion_units, pressed_near, around.cells.subclass, subclass_events)
    rest = told(far_units, around.promotion_units, pressed_far, category, category_events)
    lost = np.where(pressed_near & (subclass is not None), near_units, 0.0)
    lost += np.where(pressed_far & (rest is not None), far_units, 0.0)
    return SideEffects(fit, after, subclass, rest, _losing(around, lost))


def _around(promotion: PlannedPromotion, featured_paths: dict[int, str]) -> _Around | None:
    """The SKU-doors around the featured SKUs (path of the category by product id); None without those."""
    wanted = Q()
    for name in sorted({category_of(path) for path in featured_paths.values()}):
        wanted |= Q(category__path=name) | Q(category__path__startswith=f"{name} > ")
    path_of = dict(Product.objects.filter(wanted).values_list("pk", "category__path"))
    first_week = week_start(promotion.starts_on)
    read = read_columns(
        """
        SELECT product_id AS product, door_id AS door, (first_week_start - %(first)s) / 7 AS first_week,
               weekly_units
        FROM marketing_baselineforecast JOIN marketing_ranging USING (product_id, door_id)
        WHERE product_id = ANY(%(products)s) AND door_id = ANY(%(doors)s)
        """,
        {"first": first_week, "products": list(path_of), "doors": [door.pk for door in promotion.doors]},
        {"product": "int8", "door": "int8", "first_week": "int4", "weekly_units": "bytea"},
    )
    featured = np.isin(read["product"], list(featured_paths))
    if not featured.any():
        return None
    weekly = read["weekly_units"].view(PACKED).reshape(-1, FORECAST_WEEKS).astype(np.float64)
    # Days of the promotion in each of its weeks; weeks outside the fitted ones take the nearest one.
    length = (promotion.ends_on - promotion.starts_on).days + 1
    days = np.bincount((np.arange(length) + (promotion.starts_on - first_week).days) // 7)
    places = np.arange(len(days) + MOST_WEEKS_AFTER)[:, None] - read["first_week"]
    units = np.take_along_axis(weekly.T, np.clip(places, 0, FORECAST_WEEKS - 1), axis=0)
    product_ids, sku = np.unique(read["product"], return_inverse=True)
    paths, subclass = np.unique([path_of[product] for product in product_ids.tolist()], return_inverse=True)
    categories, category = np.unique([category_of(path) for path in paths], return_inverse=True)
    return _Around(
        cells=SkuDoors(
            sku, np.unique(read["door"], return_inverse=True)[1], subclass[sku], category[subclass[sku]]
        ),
        product_ids=read["product"],
        paths=paths.tolist(),
        categories=categories.tolist(),
        featured=featured,
        usual_units=weekly.mean(axis=1),
        promotion_units=days / 7 @ units[: len(days)],
        after_units=units[len(days) :],
    )


def _past(categories: Sequence[str], promotion: PlannedPromotion) -> _Past:
    """The measured promotions of those categories; the discounts are those of the promotion's mechanic."""
    wanted = Q()
    for name in categories:
        wanted |= Q(product__category__path=name) | Q(product__category__path__startswith=f"{name} > ")
    past = _Past()
    facts = PastLift.objects.filter(wanted).values_list(
        "product__category__path", "mechanic_id", "discount_ratio"
    )
    for path, mechanic, discount in facts:
        past.of_subclass[path] += 1
        past.of_category[category_of(path)] += 1
        if mechanic == promotion.mechanic.pk:
            past.discounts.setdefault(path, []).append(discount)
    return past


def _pressures(around: _Around, discounts: dict[int, float]) -> tuple[Floats, Floats]:
    """How hard the featured SKUs press each SKU-door, from its subclass and from the rest of its category."""
    discount = np.array([discounts.get(product, 0.0) for product in around.product_ids.tolist()])
    near, far = pressures(
        around.cells,
        around.usual_units,
        promoted=around.featured[None, :],
        discount=discount.astype(np.float32)[None, :],
    )
    return near[0], far[0]


def _units_by_part(
    around: _Around, parts: Sequence[LearnedPromotions], near: Floats, far: Floats
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Units ``[n]`` that the weeks after, the subclass and the rest of the category add to each SKU-door.

    Each SKU takes what was learned of its own part; a new one, which is in none, that of the first.
    """
    part_of = np.zeros(len(around.product_ids), dtype=np.int64)
    for number, learned in enumerate(parts):
        part_of[place_in(learned.product_ids, around.product_ids) >= 0] = number
    after, by_near, by_far = (np.zeros(len(part_of)) for _ in range(3))
    for number, learned in enumerate(parts):
        mine = np.flatnonzero(part_of == number)
        near_factor, far_factor = _pressed(learned, around, mine, near, far)
        units = around.promotion_units[mine]
        by_near[mine] = units * (near_factor - 1)
        by_far[mine] = units * near_factor * (far_factor - 1)
        # The same for every SKU: a factor for each week after.
        after[mine] = (np.exp(learned.tables["weeks_after"]) - 1) @ around.after_units[:, mine]
    return after, by_near, by_far


def _pressed(
    learned: LearnedPromotions, around: _Around, mine: Integers, near: Floats, far: Floats
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The factors of the demand of SKU-doors under pressure, against none: of subclass and of category."""
    places = {name: place for place, name in enumerate(learned.category_names)}
    category = np.array([places.get(name, -1) for name in around.categories])
    shape = (1, len(mine))
    # Under their own pressure, and, to hold it against, at every knot; the first is no pressure.
    rows = 1 + len(PRESSURE_KNOTS)
    at_knots = np.repeat(PRESSURE_KNOTS[:, None], len(mine), axis=1).astype(np.float32)
    of_subclass, of_category = (np.vstack([pressure[mine], at_knots]) for pressure in (near, far))
    design = Design(
        axes={
            "everywhere": np.zeros((1, 1), dtype=np.int32),
            "category": category[around.cells.category[mine]].astype(np.int32).reshape(shape),
            "sku": place_in(learned.product_ids, around.product_ids[mine]).astype(np.int32).reshape(shape),
        },
        sizes=learned.sizes,
        between={
            "subclass_pressure": Between.knots(of_subclass, PRESSURE_KNOTS),
            "category_pressure": Between.knots(of_category, PRESSURE_KNOTS),
        },
        promoted=np.zeros((rows, len(mine)), dtype=np.bool_),
        promoted_share=np.zeros((rows, len(mine)), dtype=np.float32),
    )

    def factor(group: Group) -> NDArray[np.float64]:
        pressed, calm, *knots = log_factor(learned.tables, design, frozenset({group})).astype(np.float64)
        return steady_factor(pressed - calm, np.array(knots) - calm)

    return factor(Group.CANNIBALISATION), factor(Group.HALO)


def steady_factor(logarithm: NDArray[np.float64], of_pressures: NDArray[np.float64]) -> NDArray[np.float64]:
    """The factors of ``logarithm [n]``, 1 where it is chance.

    It is where another one ``of_pressures [k, n]``, of weaker or stronger promotions, says the opposite: what
    is nothing but the ups and downs of weeks has no direction.
    """
    opposite = np.where(logarithm < 0, of_pressures.max(axis=0), -of_pressures.min(axis=0))
    return np.where(opposite > LEAST_CHANGE, 1.0, np.exp(logarithm))


def _losing(around: _Around, units: NDArray[np.float64]) -> tuple[LosingSku, ...]:
    """The SKUs that lose most of ``units [n]`` over their doors."""
    product_ids, sku = np.unique(around.product_ids, return_inverse=True)
    of_sku = np.bincount(sku, units)
    most = [place for place in np.argsort(of_sku)[:MOST_LOSING] if of_sku[place] <= -LEAST_LOSS_UNITS]
    products = Product.objects.in_bulk(product_ids[most].tolist())
    return tuple(LosingSku(products[int(product_ids[place])], float(of_sku[place])) for place in most)
