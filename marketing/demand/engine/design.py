"""What a week of a SKU-door was like, as the places and weights that the effects are read at."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from marketing.demand.engine.history import Floats, Integers, SkuDoors, WeeklyHistory

# Places of an effect's table; axes of few places are kept as bytes.
Places = NDArray[np.integer]

DISCOUNT_KNOTS = np.array([0.0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.55, 0.8])
BASE_PRICE_KNOTS = np.array([-0.6, -0.4, -0.25, -0.15, -0.05, 0.0, 0.05, 0.15, 0.25, 0.4, 0.6])
PRESSURE_KNOTS = np.array([0.0, 0.03, 0.08, 0.16, 0.3])
MOST_POSITIONS = 4
MOST_WEEKS_AFTER = 4
WEEKS_OF_YEAR = 53
WEEKS_A_PERIOD = 4
PERIODS = 14
# A price that moved slowly is the new usual price: the memory of a base price, a week.
BASE_PRICE_MEMORY = 0.95
# A promotion without a price cut presses its neighbours as one of a tenth does.
PRESSURE_WITHOUT_DISCOUNT = 0.1


@dataclass(frozen=True, slots=True)
class Between:
    """Values as places between knots: ``low`` is the knot below, ``share`` how far on to the next, 0 to 1."""

    low: NDArray[np.int8]
    share: Floats

    @classmethod
    def knots(cls, values: Floats, knots: NDArray[np.float64]) -> "Between":
        """``values [weeks, n]`` between ``knots``; those beyond the ends stand at the ends."""
        low = np.empty(values.shape, dtype=np.int8)
        share = np.empty(values.shape, dtype=np.float32)
        for week, row in enumerate(values):
            inside = np.clip(row, knots[0], knots[-1])
            low[week] = np.clip(np.searchsorted(knots, inside, side="right") - 1, 0, len(knots) - 2)
            share[week] = (inside - knots[low[week]]) / (knots[low[week] + 1] - knots[low[week]])
        return cls(low, share)


@dataclass(frozen=True, slots=True)
class Design:
    """Weeks ``[weeks, n]`` as the effects see them; the weeks of the calendar, those to come included.

    ``axes`` names index arrays that broadcast to ``[weeks, n]``, ``sizes`` their number of places;
    ``between`` names those that lie between knots. ``promoted_share`` is the share of the days on
    promotion.
    """

    axes: dict[str, Places]
    sizes: dict[str, int]
    between: dict[str, Between]
    promoted: NDArray[np.bool_]
    promoted_share: Floats


def design_of(history: WeeklyHistory, sizes: dict[str, int]) -> Design:
    """The design of ``history``, with as many places a SKU, door, … as ``sizes`` says.

    What it needs of the sales themselves (how much of a subclass a SKU is) it takes from the weeks that
    ``history`` has, so that nothing of a later week comes in.
    """
    calendar, cells = history.calendar, history.sku_doors
    promoted = calendar.promoted
    usual = _usual_units(history.units, promoted[: history.weeks])
    subclass_pressure, category_pressure = pressures(
        history.sku_doors, usual, promoted=promoted, discount=calendar.discount
    )
    return Design(
        axes={
            "sku": _row(cells.sku),
            "door": _row(cells.door),
            "subclass": _row(cells.subclass),
            "category": _row(cells.category),
            "sku_door": _row(np.arange(len(cells))),
            "mechanic": calendar.mechanic,
            "position": _position(promoted),
            "weeks_after": _weeks_after(promoted),
            "week_of_year": history.week_of_year.astype(np.int32)[:, None],
            "period": (history.week_of_year // WEEKS_A_PERIOD).astype(np.int32)[:, None],
            "everywhere": np.zeros((1, 1), dtype=np.int32),
        },
        sizes=sizes,
        between={
            "discount": Between.knots(calendar.discount, DISCOUNT_KNOTS),
            "base_price": Between.knots(_base_price_change(history), BASE_PRICE_KNOTS),
            "subclass_pressure": Between.knots(subclass_pressure, PRESSURE_KNOTS),
            "category_pressure": Between.knots(category_pressure, PRESSURE_KNOTS),
        },
        promoted=promoted,
        promoted_share=calendar.promoted_share,
    )


def sizes_of(history: WeeklyHistory) -> dict[str, int]:
    """How many places each axis has."""
    cells = history.sku_doors
    return {
        "sku": int(cells.sku.max(initial=-1)) + 1,
        "door": int(cells.door.max(initial=-1)) + 1,
        "subclass": int(cells.subclass.max(initial=-1)) + 1,
        "category": int(cells.category.max(initial=-1)) + 1,
        "sku_door": len(cells),
        "mechanic": history.mechanics,
        "position": MOST_POSITIONS,
        "weeks_after": MOST_WEEKS_AFTER,
        "week_of_year": WEEKS_OF_YEAR,
        "period": PERIODS,
        "everywhere": 1,
        "discount": len(DISCOUNT_KNOTS),
        "base_price": len(BASE_PRICE_KNOTS),
        "subclass_pressure": len(PRESSURE_KNOTS),
        "category_pressure": len(PRESSURE_KNOTS),
    }


def _row(places: Integers) -> Places:
    return places.astype(np.int32)[None, :]


def _position(promoted: NDArray[np.bool_]) -> Places:
    """Promoted weeks in a row before each week, `MOST_POSITIONS` - 1 of them at most ``[weeks, n]``."""
    position = np.zeros(promoted.shape, dtype=np.int8)
    for week in range(1, len(promoted)):
        before = np.minimum(position[week - 1] + 1, MOST_POSITIONS - 1)
        position[week] = np.where(promoted[week - 1], before, 0)
    return position


def _weeks_after(promoted: NDArray[np.bool_]) -> Places:
    """Weeks between the last promoted week and each week, `MOST_WEEKS_AFTER` for all that are later."""
    since = np.full(promoted.shape, MOST_WEEKS_AFTER, dtype=np.int8)
    for week in range(1, len(promoted)):
        later = np.minimum(since[week - 1] + 1, MOST_WEEKS_AFTER)
        since[week] = np.where(promoted[week - 1], 0, later)
    return since


def _usual_units(units: Floats, promoted: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Mean units of the observed weeks without promotion ``[n]``; 0 where there is none."""
    calm = ~np.isnan(units) & ~promoted
    weeks = calm.sum(axis=0)
    total = np.where(calm, units, 0.0).sum(axis=0, dtype=np.float64)
    return np.divide(np.maximum(total, 0.0), weeks, out=np.zeros(len(weeks)), where=weeks > 0)


def pressures(
    cells: SkuDoors, usual: NDArray[np.float64], *, promoted: NDArray[np.bool_], discount: Floats
) -> tuple[Floats, Floats]:
    """How hard the promotions of others press: those of the subclass, and of the rest of the category.

    The depth of the promotions of the door's other SKUs, each by its part of the ``usual`` units that are
    sold there, the SKU's own included ``[weeks, n]``: what is small presses little on what is large.
    SKU-doors are ``promoted [weeks, n]`` at a ``discount [weeks, n]``.
    """
    in_category = _together(cells.door, cells.category)
    in_subclass = _together(in_category, cells.subclass)
    subclass_units = np.bincount(in_subclass, usual)[in_subclass]
    other_units = np.bincount(in_category, usual)[in_category] - subclass_units
    near, far = (np.zeros(promoted.shape, dtype=np.float32) for _ in range(2))
    for week, on in enumerate(promoted):
        depth = np.maximum(discount[week], 0.0) + PRESSURE_WITHOUT_DISCOUNT
        own = np.where(on, usual * depth, 0.0)
        of_subclass = np.bincount(in_subclass, own)[in_subclass]
        of_category = np.bincount(in_category, own)[in_category]
        near[week] = _ratio(of_subclass - own, subclass_units)
        far[week] = _ratio(of_category - of_subclass, other_units)
    return near, far


def _together(*places: Integers) -> Integers:
    """A number for each combination of places."""
    return np.unique(np.stack(places), axis=1, return_inverse=True)[1].ravel()


def _ratio(part: NDArray[Any], whole: NDArray[Any]) -> NDArray[np.float64]:
    return np.divide(part, whole, out=np.zeros(len(part)), where=whole > 1e-9)


def _base_price_change(history: WeeklyHistory) -> Floats:
    """Logarithm of the base price over the usual one, the fading mean of those known so far ``[weeks, n]``.

    The usual price of the weeks to come is that of the last week of sales. 0 where a price is unknown.
    """
    prices = history.calendar.base_price
    change = np.zeros(prices.shape, dtype=np.float32)
    total, weight = np.zeros(prices.shape[1]), np.zeros(prices.shape[1])
    for week, base_price in enumerate(prices):
        price = np.log(np.maximum(base_price, 1e-6))
        known = ~np.isnan(price)
        if week < history.weeks:
            total = np.where(known, total * BASE_PRICE_MEMORY + np.where(known, price, 0.0), total)
            weight = np.where(known, weight * BASE_PRICE_MEMORY + 1.0, weight)
        usual = np.divide(total, weight, out=np.zeros(len(total)), where=weight > 0)
        change[week] = np.where(known & (weight > 0), price - usual, 0.0)
    return change
