"""What stands behind a figure of stockouts or stock: SKUs, SKUs at doors, and their weeks.

Each is a part and a whole whose sums over all rows are those of the figure, as far as the week's details
keep them: money stands by category alone, so that of money the rows say the units.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from django.db.models import Sum
from numpy.typing import NDArray

from marketing.catalogue.choices import DoorKind
from marketing.catalogue.models import Door, Product
from scorecard.measures.choices import Measure, SellingChannel
from scorecard.measures.cut import Cut
from scorecard.measures.models import WeekDetail
from scorecard.measures.packing import Detail, unpacked_detail
from scorecard.measures.places import Places
from scorecard.measures.queries import RecordedWeek, recorded_weeks
from scorecard.measures.spans import Span, starts_needed
from sop_site.fiscal import FiscalPeriod

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

# SKU-door-weeks that are unpacked for one page; more than that is opened by category first.
MOST_SKU_DOOR_WEEKS: Final = 600_000
WEEKS_A_YEAR: Final = 52


class Level(StrEnum):
    """How far a figure is opened."""

    SKU = "sku"
    DOOR = "door"
    WEEK = "week"


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """What the rows of a measure count; a ``value`` heading only where part ÷ whole says something.

    ``is_share``: of 100 %, otherwise a multiple. ``note`` says how the rows make up the figure.
    """

    part: str
    whole: str = ""
    value: str = ""
    is_share: bool = True
    note: str = ""


_PROMOTED_DAYS: Final = Arithmetic(
    "Days out", "Days on offer", "Out", note="Promoted days of a SKU at a door."
)
_UNMET: Final = Arithmetic(
    "Units not met", "Units of demand", "Not met", note="Promoted demand: sold and unmet units."
)
_STOCK: Final = Arithmetic(
    "Units sold",
    "Average units in stock",
    "Turn in units",
    is_share=False,
    note="In units: the figure weighs each SKU by its cost, which is kept by category.",
)
ARITHMETIC: Final[dict[Measure, Arithmetic]] = {
    Measure.STOCKOUT_DAYS: _PROMOTED_DAYS,
    Measure.STOCKOUT_INCIDENCE: _PROMOTED_DAYS,
    Measure.STOCKOUT_DEMAND: _UNMET,
    Measure.LOST_MARGIN: Arithmetic(
        "Units not met",
        "Units of demand",
        "Not met",
        note="In units: their margin is kept by category, at the prices and costs of each week.",
    ),
    Measure.STOCKOUT_DAYS_OTHER: Arithmetic(
        "Days out", "Days on offer", "Out", note="Days of a SKU at a door without a promotion."
    ),
    Measure.TURN: _STOCK,
    Measure.GMROI: _STOCK,
    Measure.WEEKS_BACK: Arithmetic(
        "Units at the start of the last week",
        "Mean weekly sales before",
        "Weeks of supply",
        is_share=False,
    ),
    Measure.WEEKS_FORWARD: Arithmetic(
        "Units at the end", note="What the weeks ahead were expected to sell is kept by category."
    ),
    Measure.SELL_THROUGH: Arithmetic("Units sold", "Units at the start", "Sell-through"),
    Measure.MARKDOWN: Arithmetic("Units sold", note="What each week’s prices gave away is kept by category."),
}
# Those of which a strip of days says more than their number.
WITH_DAYS: Final = frozenset(
    {
        Measure.STOCKOUT_DAYS,
        Measure.STOCKOUT_INCIDENCE,
        Measure.STOCKOUT_DEMAND,
        Measure.LOST_MARGIN,
    }
)
# Weeks of which nobody knows who was out are in no figure of these, and so among none of their rows.
OF_KNOWN_OUTS: Final = WITH_DAYS | {Measure.STOCKOUT_DAYS_OTHER}


@dataclass(frozen=True, slots=True)
class DaySets:
    """Promoted days of SKU-doors ``[n]`` in one week each, as sets of days (bit 0 is Sunday)."""

    product_ids: Integers
    door_ids: Integers
    week_places: Integers
    promoted: NDArray[np.uint8]
    seen: NDArray[np.uint8]
    out: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Drilled:
    """Rows ``[n]``, what hurts most first; ``door_ids`` and ``week_places`` are -1 where not opened so far.

    ``weeks`` are the recorded weeks to which places point; ``scale`` makes part ÷ whole a year's worth.
    """

    product_ids: Integers
    door_ids: Integers
    week_places: Integers
    part: Floats
    whole: Floats
    weeks: Sequence[RecordedWeek]
    scale: float
    days: DaySets | None

    def __len__(self) -> int:
        return len(self.product_ids)

    def value_of(self, part: float, whole: float) -> float | None:
        """What a part of a whole comes to; None of nothing."""
        return part / whole * self.scale if whole > 0 else None


def drilled(
    measure: Measure, period: FiscalPeriod, cut: Cut, level: Level, product: Product | None = None
) -> Drilled | None:
    """The rows behind a figure, of one SKU where one is named; None where it is too much for one page.

    Raises KeyError for a measure that is not kept by SKU.
    """
    arithmetic = ARITHMETIC[measure]
    needed = (
        starts_needed([period.weeks]) if measure == Measure.WEEKS_BACK else {w.start for w in period.weeks}
    )
    weeks = recorded_weeks(needed)
    span = Span.of(period.weeks, weeks)
    places = sorted({*span.places, *(span.trailing if measure == Measure.WEEKS_BACK else ())})
    place_of = {weeks[place].snapshot_id: place for place in places}
    rows = WeekDetail.objects.filter(snapshot__in=place_of)
    if product is not None:
        rows = rows.filter(category=product.category_id)
    elif (inside := Places(cut).inside) is not None:
        rows = rows.filter(category__in=inside)
    if (rows.aggregate(count=Sum("sku_doors"))["count"] or 0) > MOST_SKU_DOOR_WEEKS:
        return None
    door_ids = _doors_of(cut)
    parts: list[tuple[Detail, int]] = []
    for snapshot_id, packed in rows.order_by("pk").values_list("snapshot_id", "packed").iterator():
        detail = unpacked_detail(packed)
        parts.append((detail.chosen(_inside(detail, cut, door_ids, product)), place_of[snapshot_id]))
    counted = [_counted(measure, detail, place, span) for detail, place in parts]
    joined = Detail.joined([detail for detail, _ in parts])
    week_places = np.repeat(
        np.array([place for _, place in parts], dtype=np.int64), [len(detail) for detail, _ in parts]
    )
    none = np.empty(0)
    part = np.concatenate([none, *(part for part, _ in counted)])
    whole = np.concatenate([none, *(whole for _, whole in counted)])
    found = _grouped(joined, week_places, part, whole, level)
    promoted = np.flatnonzero(joined.promoted)
    return Drilled(
        *_ordered(arithmetic, measure, *found),
        weeks=weeks,
        scale=WEEKS_A_YEAR / span.weeks_with_stock if arithmetic is _STOCK and span.weeks_with_stock else 1.0,
        days=DaySets(
            joined.product_ids[promoted],
            joined.door_ids[promoted],
            week_places[promoted],
            joined.promoted[promoted],
            joined.seen[promoted],
            joined.out[promoted],
        )
        if level == Level.DOOR and measure in WITH_DAYS
        else None,
    )


def _doors_of(cut: Cut) -> Integers | None:
    """The doors of a region and a channel, ascending; None where the cut names neither."""
    if not (cut.region or cut.channel):
        return None
    doors = Door.objects.all()
    if cut.region:
        doors = doors.filter(region=cut.region)
    if cut.channel == SellingChannel.ECOMMERCE:
        doors = doors.filter(kind=DoorKind.ECOMMERCE)
    elif cut.channel:
        doors = doors.exclude(kind__in=(DoorKind.ECOMMERCE, DoorKind.DC))
    return np.array(sorted(doors.values_list("pk", flat=True)), dtype=np.int64)


def _inside(
    detail: Detail, cut: Cut, door_ids: Integers | None, product: Product | None
) -> NDArray[np.bool_]:
    inside = np.ones(len(detail), dtype=bool)
    if door_ids is not None:
        inside &= np.isin(detail.door_ids, door_ids)
    if cut.mechanic_id is not None:
        inside &= detail.mechanic_ids == cut.mechanic_id
    if product is not None:
        inside &= detail.product_ids == product.pk
    return inside


def _counted(measure: Measure, detail: Detail, place: int, span: Span) -> tuple[Floats, Floats]:
    """What one week adds to the part and to the whole of each SKU-door."""
    none = np.zeros(len(detail))
    opening, closing = (
        np.maximum(np.nan_to_num(units), 0.0) for units in (detail.opening_units, detail.closing_units)
    )
    is_stocked = place in span.with_stock
    is_first, is_last = place in span.with_stock[:1], place in span.with_stock[-1:]
    if measure in OF_KNOWN_OUTS and place not in span.with_outs:
        return none, none
    if measure in (Measure.STOCKOUT_DAYS, Measure.STOCKOUT_INCIDENCE):
        return detail.out_promoted_days, detail.promoted_days
    if measure in (Measure.STOCKOUT_DEMAND, Measure.LOST_MARGIN):
        return detail.unmet_promoted, detail.sold_promoted + detail.unmet_promoted
    if measure == Measure.STOCKOUT_DAYS_OTHER:
        return detail.out_days - detail.out_promoted_days, detail.days - detail.promoted_days
    if measure == Measure.WEEKS_BACK:
        before = detail.sold / len(span.trailing) if place in span.trailing else none
        return (opening if is_last else none), before
    if measure == Measure.WEEKS_FORWARD:
        return (closing if is_last else none), none
    if measure == Measure.MARKDOWN:
        return detail.sold, none
    sold = detail.sold if is_stocked else none
    if measure == Measure.SELL_THROUGH:
        return sold, (opening if is_first else none)
    points = len(span.with_stock) + 1
    average = (opening if is_stocked else none) + (closing if is_last else none)
    return sold, average / points


Rows = tuple[Integers, Integers, Integers, Floats, Floats]


def _grouped(detail: Detail, week_places: Integers, part: Floats, whole: Floats, level: Level) -> Rows:
    """The sums of each SKU, SKU-door or SKU-door-week that has any."""
    unopened = np.full(len(detail), -1)
    doors = unopened if level == Level.SKU else detail.door_ids
    weeks = week_places if level == Level.WEEK else unopened
    order = np.lexsort((weeks, doors, detail.product_ids))
    keys = np.array([detail.product_ids[order], doors[order], weeks[order]])
    if not keys.shape[1]:
        return (*keys, part, whole)
    starts = np.flatnonzero(np.append(True, (keys[:, 1:] != keys[:, :-1]).any(axis=0)))
    parts, wholes = (np.add.reduceat(values[order], starts) for values in (part, whole))
    has_any = np.flatnonzero((parts != 0) | (wholes != 0))
    product_ids, door_ids, places = keys[:, starts[has_any]]
    return product_ids, door_ids, places, parts[has_any], wholes[has_any]


def _ordered(
    arithmetic: Arithmetic,
    measure: Measure,
    product_ids: Integers,
    door_ids: Integers,
    week_places: Integers,
    part: Floats,
    whole: Floats,
) -> Rows:
    """What hurts most first: most out or unmet; of stock what moves least for its size."""
    if (arithmetic.value and not arithmetic.is_share) or measure == Measure.SELL_THROUGH:
        share = np.divide(part, whole, out=np.full(len(part), np.inf), where=whole > 0)
        slow_first = share if measure != Measure.WEEKS_BACK else -share
        order = np.lexsort((product_ids, -np.maximum(part, whole), slow_first))
    else:
        order = np.lexsort((week_places, door_ids, product_ids, -whole, -part))
    return product_ids[order], door_ids[order], week_places[order], part[order], whole[order]
