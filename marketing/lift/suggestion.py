"""The lift that is suggested for a featured SKU, with its reasons."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from django.db.models import Q
from numpy.typing import NDArray

from marketing.baseline.models import BaselineForecast
from marketing.baseline.vectors import FORECAST_WEEKS
from marketing.catalogue.models import Door, Product
from marketing.demand.engine.design import (
    DISCOUNT_KNOTS,
    MOST_POSITIONS,
    WEEKS_A_PERIOD,
    Between,
    Design,
    Places,
)
from marketing.demand.engine.effects import Group, log_factor
from marketing.demand.engine.history import week_of_year
from marketing.demand.models import DemandFit, DemandFitPart
from marketing.demand.packing import LearnedPromotions, unpacked_promotions
from marketing.demand.queries import DOOR_PLACES, category_of, latest_fit
from marketing.lift.choices import Borrowed, LiftPart
from marketing.lift.models import PastLift
from marketing.sales.models import Mechanic
from sop_site.columns import place_in
from sop_site.fiscal import WEEK, week_start

# In the order in which a lift is told: each part is what it adds to those before.
PARTS = (
    (LiftPart.MECHANIC, Group.MECHANIC),
    (LiftPart.DISCOUNT, Group.DISCOUNT),
    (LiftPart.SKU, Group.SKU),
    (LiftPart.DOORS, Group.DOOR),
    (LiftPart.LENGTH, Group.LENGTH),
    (LiftPart.SEASON, Group.PROMOTION_SEASON),
)
MOST_ANALOGUES = 6
# A past promotion is like the planned one if its discount differs by no more than this.
LIKE_DISCOUNT = 0.1


@dataclass(frozen=True, slots=True)
class PartOfLift:
    """One factor of a suggested lift."""

    part: LiftPart
    multiplier: float


@dataclass(frozen=True, slots=True)
class LiftSuggestion:
    """What promotions like the planned one really did to a SKU, as multipliers of its baseline.

    ``parts`` multiply to ``p50``. ``event_count`` is on how many past promotions it rests, of which
    ``analogues`` are the most alike, the closest first. ``borrowed_from`` names the SKU or the subclass
    where it rests on theirs.
    """

    product: Product
    fit: DemandFit
    p10: float
    p50: float
    p90: float
    parts: tuple[PartOfLift, ...]
    event_count: int
    analogues: tuple[PastLift, ...]
    borrowed: Borrowed
    borrowed_from: str


@dataclass(frozen=True, slots=True)
class PlannedPromotion:
    """What a suggestion is asked for, but for its SKUs."""

    mechanic: Mechanic
    starts_on: date
    ends_on: date
    doors: tuple[Door, ...]


@dataclass(frozen=True, slots=True)
class _Evidence:
    """The past promotions that a suggestion rests on, and whose they are."""

    lifts: Sequence[PastLift]
    borrowed: Borrowed
    borrowed_from: str


def suggestions_for(
    promotion: PlannedPromotion, discounts: Iterable[tuple[Product, float | None]]
) -> dict[int, LiftSuggestion]:
    """The suggested lift of each SKU at its discount (a ratio, None where not known yet), by product id.

    A SKU for which the past tells nothing has none; before the first fit none has. An unknown discount is
    taken as the usual one of the past promotions that the suggestion rests on.
    """
    asked = dict(discounts)
    fit = latest_fit()
    if fit is None or not asked:
        return {}
    evidence = _evidence(promotion.mechanic, list(asked))
    speakers = {product: _speaker(product, evidence) for product in asked if product in evidence}
    parts = _parts_of({speaker.pk for speaker in speakers.values()}, fit)
    weights = _door_weights(list(speakers), promotion)
    found: dict[int, LiftSuggestion] = {}
    for product, speaker in speakers.items():
        learned = parts.get(speaker.pk)
        if learned is None:
            continue
        resting_on = evidence[product]
        discount = asked[product]
        if discount is None:
            discount = usual_discount(lift.discount_ratio for lift in resting_on.lifts)
        # Without past promotions of its own, a SKU is neither better nor worse at them than others.
        own = speaker if resting_on.borrowed in (Borrowed.OWN, Borrowed.LIKE_ITEM) else None
        found[product.pk] = _suggestion(
            product, own, fit, learned, promotion, discount, weights.get(product.pk, {}), resting_on
        )
    return found


def _speaker(product: Product, evidence: dict[Product, _Evidence]) -> Product:
    """The SKU whose learned effects stand for ``product``: itself, its like item, or one it rests on."""
    resting_on = evidence[product]
    if resting_on.borrowed is Borrowed.OWN:
        return product
    if resting_on.borrowed is Borrowed.LIKE_ITEM and product.like_item is not None:
        return product.like_item
    return resting_on.lifts[0].product


def _evidence(mechanic: Mechanic, products: list[Product]) -> dict[Product, _Evidence]:
    """Whose past promotions of the mechanic speak for each SKU: its own, its like item's, its subclass's."""
    wanted = Q(product__in=products)
    like_items = [product.like_item_id for product in products if product.like_item_id]
    subclasses = [product.category_id for product in products if product.category_id]
    wanted |= Q(product__in=like_items) | Q(product__category__in=subclasses)
    lifts = list(PastLift.objects.filter(wanted, mechanic=mechanic).select_related("product", "mechanic"))
    everyone: list[PastLift] = []
    found: dict[Product, _Evidence] = {}
    for product in products:
        own = [lift for lift in lifts if lift.product_id == product.pk]
        like = [lift for lift in lifts if lift.product_id == product.like_item_id]
        near = [
            lift for lift in lifts if product.category_id and lift.product.category_id == product.category_id
        ]
        if own:
            found[product] = _Evidence(own, Borrowed.OWN, "")
        elif like:
            found[product] = _Evidence(like, Borrowed.LIKE_ITEM, str(product.like_item))
        elif near:
            found[product] = _Evidence(near, Borrowed.SUBCLASS, str(product.category))
        else:
            everyone = everyone or list(
                PastLift.objects.filter(mechanic=mechanic).select_related("product", "mechanic")
            )
            if everyone:
                found[product] = _Evidence(everyone, Borrowed.RETAILER, "")
    return found


def _parts_of(products: set[int], fit: DemandFit) -> dict[int, LearnedPromotions]:
    """What was learned of each product, by its id."""
    kept = DemandFitPart.objects.filter(fit=fit, product_ids__overlap=list(products))
    found = {}
    for part in kept:
        learned = unpacked_promotions(bytes(part.learned))
        found.update(dict.fromkeys(products.intersection(part.product_ids), learned))
    return found


def usual_discount(discounts: Iterable[float | None]) -> float:
    """The median of the ratios that are known; 0 where none is."""
    known = [discount for discount in discounts if discount is not None]
    return float(np.median(known)) if known else 0.0


def _door_weights(products: list[Product], promotion: PlannedPromotion) -> dict[int, dict[int, float]]:
    """The mean weekly baseline of each product at each door of the promotion, by their ids."""
    weights: dict[int, dict[int, float]] = {}
    for row in BaselineForecast.objects.filter(product__in=products, door__in=promotion.doors):
        weights.setdefault(row.product_id, {})[row.door_id] = sum(row.weekly_units) / FORECAST_WEEKS
    return weights


def _suggestion(
    product: Product,
    own: Product | None,
    fit: DemandFit,
    learned: LearnedPromotions,
    promotion: PlannedPromotion,
    discount: float,
    weights: dict[int, float],
    resting_on: _Evidence,
) -> LiftSuggestion:
    doors = np.array(sorted(door.pk for door in promotion.doors), dtype=np.int64)
    weight = np.array([weights.get(door, 0.0) for door in doors.tolist()])
    weight = weight if weight.sum() > 0 else np.ones(len(doors))
    design, days = _design(product, own, learned, promotion, discount, doors)
    share = weight / weight.sum() * days[:, None] / days.sum()
    logarithm = np.zeros(share.shape)
    multipliers = []
    before = 1.0
    for _, group in PARTS:
        logarithm = logarithm + log_factor(learned.tables, design, frozenset({group}))
        after = float((share * np.exp(logarithm)).sum())
        multipliers.append(after / before)
        before = after
    expected = np.array([before * weight.sum()], dtype=np.float32)
    low, middle, high = (float(learned.errors.quantile(at, expected)[0]) for at in (0.1, 0.5, 0.9))
    # What such promotions sell more often than not lies below their mean: that is the mechanic's too.
    multipliers[0] *= middle
    alike = _alike(resting_on.lifts, discount)
    return LiftSuggestion(
        product=product,
        fit=fit,
        p10=before * low,
        p50=before * middle,
        p90=before * high,
        parts=tuple(
            PartOfLift(part, multiplier) for (part, _), multiplier in zip(PARTS, multipliers, strict=True)
        ),
        event_count=len(alike),
        analogues=tuple(_closest(alike, promotion, discount)),
        borrowed=resting_on.borrowed,
        borrowed_from=resting_on.borrowed_from,
    )


def _design(
    product: Product,
    own: Product | None,
    learned: LearnedPromotions,
    promotion: PlannedPromotion,
    discount: float,
    doors: NDArray[np.int64],
) -> tuple[Design, NDArray[np.float64]]:
    """The weeks of the promotion at its doors as the effects see them, and its days in each week."""
    first, last = week_start(promotion.starts_on), week_start(promotion.ends_on)
    starts = [first + number * WEEK for number in range((last - first).days // 7 + 1)]
    days = np.array(
        [
            (min(start + timedelta(days=6), promotion.ends_on) - max(start, promotion.starts_on)).days + 1
            for start in starts
        ],
        dtype=np.float64,
    )
    count = len(doors)
    sku = int(place_in(learned.product_ids, np.array([own.pk]))[0]) if own else -1
    cells = learned.cell_product_ids * DOOR_PLACES + learned.cell_door_ids
    own_cells = np.full(count, -1) if own is None else place_in(cells, own.pk * DOOR_PLACES + doors)
    category = category_of(product.category.path) if product.category else ""
    names = list(learned.category_names)
    of_weeks = np.array([week_of_year(start + timedelta(days=6)) for start in starts], dtype=np.int32)
    # The first and the last place of the mechanics stand for none and for an unknown one.
    known = np.flatnonzero(learned.mechanic_ids == promotion.mechanic.pk)
    mechanic = int(known[0]) if len(known) else -1
    shape = (len(starts), count)

    def of_doors(places: NDArray[np.int64]) -> Places:
        return places.astype(np.int32)[None, :]

    design = Design(
        axes={
            "sku": of_doors(np.full(count, sku)),
            "door": of_doors(place_in(learned.door_ids, doors)),
            "category": of_doors(np.full(count, names.index(category) if category in names else -1)),
            "sku_door": of_doors(own_cells),
            "mechanic": np.full(shape, mechanic, dtype=np.int32),
            "position": np.minimum(np.arange(len(starts), dtype=np.int32), MOST_POSITIONS - 1)[:, None],
            "period": (of_weeks // WEEKS_A_PERIOD)[:, None],
        },
        sizes=learned.sizes,
        between={"discount": Between.knots(np.full(shape, discount, dtype=np.float32), DISCOUNT_KNOTS)},
        promoted=np.ones(shape, dtype=np.bool_),
        promoted_share=np.ones(shape, dtype=np.float32),
    )
    return design, days


def _alike(lifts: Sequence[PastLift], discount: float) -> list[PastLift]:
    """Those with about that discount; all of them where none is."""
    near = [lift for lift in lifts if abs((lift.discount_ratio or 0.0) - discount) <= LIKE_DISCOUNT]
    return near or list(lifts)


def _closest(lifts: list[PastLift], promotion: PlannedPromotion, discount: float) -> list[PastLift]:
    """The most alike in discount, season and length, the later first among equals."""

    def distance(lift: PastLift) -> tuple[float, int]:
        apart = abs(week_of_year(lift.starts_on) - week_of_year(promotion.starts_on))
        season = min(apart, 52 - apart) / 26
        length = abs((lift.ends_on - lift.starts_on).days - (promotion.ends_on - promotion.starts_on).days)
        depth = abs((lift.discount_ratio or 0.0) - discount)
        return 5 * depth + season + length / 28, -lift.starts_on.toordinal()

    return sorted(lifts, key=distance)[:MOST_ANALOGUES]
