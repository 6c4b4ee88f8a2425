"""What stands behind a figure of stockouts, stock or money: SKUs, SKUs at doors, and their weeks.

The sums over all rows are those of the figure, as the week's details keep them: days, units, and the money
that they came to at the prices and costs of each week.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from django.db.models import Q, QuerySet, Sum
from numpy.typing import NDArray

from marketing.catalogue.choices import DoorKind
from marketing.catalogue.models import Door, Product
from scorecard.measures.behind import Arithmetic, Cells, Counted, DaySets, Drilled, Level, Order, ValueKind
from scorecard.measures.choices import Measure, SellingChannel
from scorecard.measures.cut import Cut
from scorecard.measures.models import WeekDetail
from scorecard.measures.packing import Detail, unpacked_with_money
from scorecard.measures.places import Places
from scorecard.measures.queries import recorded_weeks
from scorecard.measures.spans import Span, starts_needed
from sop_site.fiscal import FiscalPeriod

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

# SKU-door-weeks that are unpacked for one page; more than that is opened step by step.
MOST_SKU_DOOR_WEEKS: Final = 600_000
WEEKS_A_YEAR: Final = 52

_UNPRICED: Final = Counted("Units without a price", if_any=True)
_UNCOSTED: Final = Counted("Units without a cost", if_any=True)
_PROMOTED_DAYS: Final = Arithmetic(
    (Counted("Days out"), Counted("Days on offer")),
    whole=1,
    value="Out",
    note="Promoted days of a SKU at a door.",
)
ARITHMETIC: Final[dict[Measure, Arithmetic]] = {
    Measure.STOCKOUT_DAYS: _PROMOTED_DAYS,
    Measure.STOCKOUT_INCIDENCE: _PROMOTED_DAYS,
    Measure.STOCKOUT_DEMAND: Arithmetic(
        (Counted("Units not met"), Counted("Units of demand")),
        whole=1,
        value="Not met",
        note="Promoted demand: sold and unmet units.",
    ),
    Measure.LOST_MARGIN: Arithmetic(
        (
            Counted("Units not met"),
            Counted("Sales lost", is_money=True),
            Counted("Their cost", is_money=True),
            Counted("Margin lost", is_money=True),
            _UNPRICED,
            _UNCOSTED,
        ),
        part=3,
        note="Promoted units that were not met, at what the others of their week brought, less their cost.",
    ),
    Measure.STOCKOUT_DAYS_OTHER: Arithmetic(
        (Counted("Days out"), Counted("Days on offer")),
        whole=1,
        value="Out",
        note="Days of a SKU at a door without a promotion.",
    ),
    Measure.TURN: Arithmetic(
        (
            Counted("Units sold"),
            Counted("Average units in stock"),
            Counted("Sales at cost", is_money=True),
            Counted("Average stock at cost", is_money=True),
            _UNCOSTED,
        ),
        part=2,
        whole=3,
        value="Turn",
        kind=ValueKind.TIMES,
        order=Order.SLOWEST,
        note="The slowest first, a year’s worth: × 52 ÷ the weeks there are.",
    ),
    Measure.GMROI: Arithmetic(
        (
            Counted("Net sales", is_money=True),
            Counted("Their cost", is_money=True),
            Counted("Gross margin", is_money=True),
            Counted("Average stock at cost", is_money=True),
            _UNPRICED,
            _UNCOSTED,
        ),
        part=2,
        whole=3,
        value="Margin on stock",
        kind=ValueKind.TIMES,
        order=Order.SLOWEST,
        note="Sales and cost where both are known.",
    ),
    Measure.WEEKS_BACK: Arithmetic(
        (Counted("Units at the start of the last week"), Counted("Mean weekly sales before")),
        whole=1,
        value="Weeks of supply",
        kind=ValueKind.TIMES,
        order=Order.FULLEST,
    ),
    Measure.WEEKS_FORWARD: Arithmetic(
        (Counted("Units at the end"),),
        note="The stock that the weeks ahead use up; what these were expected to sell is kept by category.",
    ),
    Measure.SELL_THROUGH: Arithmetic(
        (Counted("Units sold"), Counted("Units at the start")),
        whole=1,
        value="Sell-through",
        order=Order.SLOWEST,
    ),
    Measure.MARKDOWN: Arithmetic(
        (
            Counted("Units sold"),
            Counted("Given away", is_money=True),
            Counted("Net sales", is_money=True),
            _UNPRICED,
        ),
        part=1,
        whole=2,
        value="Markdown rate",
        note="What units sold below their base price gave away.",
    ),
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


def drilled(
    measure: Measure,
    period: FiscalPeriod,
    cut: Cut,
    level: Level,
    product: Product | None = None,
    *,
    is_direct: bool = False,
    at_most: int | None = MOST_SKU_DOOR_WEEKS,
) -> Drilled | None:
    """The rows behind a figure, of one SKU where one is named; None for more than ``at_most`` of them.

    ``is_direct`` leaves out the categories below that of the cut; without one it is of the SKUs in none.
    One SKU is never too much. Raises KeyError for a measure that is not kept by SKU.
    """
    arithmetic, count = ARITHMETIC[measure], COUNTS[measure]
    needed = (
        starts_needed([period.weeks]) if measure == Measure.WEEKS_BACK else {w.start for w in period.weeks}
    )
    weeks = recorded_weeks(needed)
    span = Span.of(period.weeks, weeks)
    if measure in OF_KNOWN_OUTS:
        places = span.with_outs
    else:
        places = sorted({*span.places, *(span.trailing if measure == Measure.WEEKS_BACK else ())})
    place_of = {weeks[place].snapshot_id: place for place in places}
    rows = details_of(place_of, cut, product, is_direct=is_direct)
    if product is None and at_most is not None and sku_doors_of(rows) > at_most:
        return None
    door_ids = _doors_of(cut)
    has_days = level == Level.DOOR and measure in WITH_DAYS
    is_of_money = any(column.is_money for column in arithmetic.columns)
    cells: list[Cells] = []
    days: list[DaySets] = []
    unvalued: set[int] = set()
    for snapshot_id, packed in rows.order_by("pk").values_list("snapshot_id", "packed").iterator():
        detail, has_money = unpacked_with_money(packed)
        detail = detail.chosen(_inside(detail, cut, door_ids, product))
        place = place_of[snapshot_id]
        if is_of_money and not has_money:
            unvalued.add(place)
        values = np.stack(count(detail, _WeekOfSpan(span, place)))
        here = np.flatnonzero(values.any(axis=0))
        of_week = np.full(len(here), place)
        cells.append(Cells(detail.product_ids[here], detail.door_ids[here], of_week, values[:, here]))
        if has_days:
            days.append(_promoted_days(detail, place))
    found = Drilled.of(arithmetic, Cells.joined(cells, len(arithmetic.columns)), level, weeks)
    is_a_years = measure == Measure.TURN and span.weeks_with_stock
    return replace(
        found,
        scale=WEEKS_A_YEAR / span.weeks_with_stock if is_a_years else 1.0,
        days=_joined_days(days) if has_days else None,
        unvalued=sorted(unvalued),
    )


def details_of(
    snapshot_ids: Collection[int], cut: Cut, product: Product | None, *, is_direct: bool
) -> QuerySet[WeekDetail]:
    """The details of these weeks that hold rows of the cut, or of the one SKU."""
    rows = WeekDetail.objects.filter(snapshot__in=snapshot_ids)
    if product is not None:
        return rows.filter(in_categories(_categories_ever_of(product)))
    if is_direct:
        return rows.filter(in_categories({cut.category_id}))
    inside = Places(cut).inside
    return rows if inside is None else rows.filter(category__in=inside)


def _categories_ever_of(product: Product) -> set[int | None]:
    """Those in which it stands or stood: its weeks stay where it was when they were taken."""
    events = Product.pgh_event_model.objects.filter(pgh_obj_id=product.pk)  # type: ignore[attr-defined]  # untyped
    return {product.category_id, *events.values_list("category_id", flat=True).distinct()}


def in_categories(category_ids: Collection[int | None]) -> Q:
    """Rows of these categories; None among them are those without one."""
    known = Q(category__in=[each for each in category_ids if each is not None])
    return known | Q(category=None) if None in category_ids else known


def sku_doors_of(rows: QuerySet[WeekDetail]) -> int:
    """How many SKU-door-weeks are packed in these details."""
    return rows.aggregate(count=Sum("sku_doors"))["count"] or 0


def _promoted_days(detail: Detail, place: int) -> DaySets:
    here = np.flatnonzero(detail.promoted)
    return DaySets(
        detail.product_ids[here],
        detail.door_ids[here],
        np.full(len(here), place),
        detail.promoted[here],
        detail.seen[here],
        detail.out[here],
    )


def _joined_days(parts: list[DaySets]) -> DaySets:
    every = [_promoted_days(Detail.none(), 0), *parts]
    return DaySets(*(np.concatenate([getattr(part, name) for part in every]) for name in DaySets.__slots__))


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


@dataclass(frozen=True, slots=True)
class _WeekOfSpan:
    """A week as its span sees it: an average over all its weeks is made of what each adds."""

    span: Span
    place: int

    @property
    def is_stocked(self) -> bool:
        return self.place in self.span.with_stock

    @property
    def is_first(self) -> bool:
        return self.place in self.span.with_stock[:1]

    @property
    def is_last(self) -> bool:
        return self.place in self.span.with_stock[-1:]

    def average_units(self, detail: Detail) -> Floats:
        """What the week adds to the average stock: its opening, and the last one its closing."""
        opening, closing = _counted_stock(detail)
        points = len(self.span.with_stock) + 1
        return (opening * self.is_stocked + closing * self.is_last) / points


def _counted_stock(detail: Detail) -> tuple[Floats, Floats]:
    """The opening and closing stock as sums take it: none where it is negative or not known."""
    return (
        np.maximum(np.nan_to_num(detail.opening_units), 0.0),
        np.maximum(np.nan_to_num(detail.closing_units), 0.0),
    )


Columns = tuple[Floats, ...]


def _promoted(detail: Detail, week: _WeekOfSpan) -> Columns:
    return detail.out_promoted_days, detail.promoted_days


def _other_days(detail: Detail, week: _WeekOfSpan) -> Columns:
    return detail.out_days - detail.out_promoted_days, detail.days - detail.promoted_days


def _unmet(detail: Detail, week: _WeekOfSpan) -> Columns:
    return detail.unmet_promoted, detail.sold_promoted + detail.unmet_promoted


def _lost_margin(detail: Detail, week: _WeekOfSpan) -> Columns:
    unmet = detail.unmet_promoted
    is_valued = ~np.isnan(detail.price) & ~np.isnan(detail.cost)
    sales = np.where(is_valued, unmet * detail.price, 0.0)
    cost = np.where(is_valued, unmet * detail.cost, 0.0)
    left_out = _left_out(detail, detail.sold_promoted, unmet)
    return unmet, sales, cost, sales - cost, *left_out


def _left_out(detail: Detail, sold: Floats, unmet: Floats) -> tuple[Floats, Floats]:
    """The units, sold or unmet, that money leaves out: without a price, and without a cost."""
    units = np.abs(sold)
    return (
        np.where(np.isnan(detail.net_sales), units, 0.0) + np.where(np.isnan(detail.price), unmet, 0.0),
        np.where(np.isnan(detail.cost), units + unmet, 0.0),
    )


def _turn(detail: Detail, week: _WeekOfSpan) -> Columns:
    average, cost = week.average_units(detail), np.nan_to_num(detail.cost)
    sold = detail.sold * week.is_stocked
    uncosted = _left_out(detail, detail.sold, detail.unmet)[1] * week.is_stocked
    return sold, average, sold * cost, average * cost, uncosted


def _margin_on_stock(detail: Detail, week: _WeekOfSpan) -> Columns:
    is_valued = ~np.isnan(detail.net_sales) & ~np.isnan(detail.cost) & week.is_stocked
    sales = np.where(is_valued, detail.net_sales, 0.0)
    cost = np.where(is_valued, detail.sold * detail.cost, 0.0)
    unpriced, uncosted = _left_out(detail, detail.sold, detail.unmet)
    stock = week.average_units(detail) * np.nan_to_num(detail.cost)
    return sales, cost, sales - cost, stock, unpriced * week.is_stocked, uncosted * week.is_stocked


def _weeks_back(detail: Detail, week: _WeekOfSpan) -> Columns:
    trailing = week.span.trailing
    before = detail.sold * (week.place in trailing) / max(len(trailing), 1)
    return _counted_stock(detail)[0] * week.is_last, before


def _weeks_forward(detail: Detail, week: _WeekOfSpan) -> Columns:
    return (_counted_stock(detail)[1] * week.is_last,)


def _sell_through(detail: Detail, week: _WeekOfSpan) -> Columns:
    return detail.sold * week.is_stocked, _counted_stock(detail)[0] * week.is_first


def _markdown(detail: Detail, week: _WeekOfSpan) -> Columns:
    unpriced = _left_out(detail, detail.sold, detail.unmet)[0]
    return detail.sold, np.nan_to_num(detail.markdown), np.nan_to_num(detail.net_sales), unpriced


# What one week of a SKU-door adds to each column of a measure.
COUNTS: Final[dict[Measure, Callable[[Detail, _WeekOfSpan], Columns]]] = {
    Measure.STOCKOUT_DAYS: _promoted,
    Measure.STOCKOUT_INCIDENCE: _promoted,
    Measure.STOCKOUT_DEMAND: _unmet,
    Measure.LOST_MARGIN: _lost_margin,
    Measure.STOCKOUT_DAYS_OTHER: _other_days,
    Measure.TURN: _turn,
    Measure.GMROI: _margin_on_stock,
    Measure.WEEKS_BACK: _weeks_back,
    Measure.WEEKS_FORWARD: _weeks_forward,
    Measure.SELL_THROUGH: _sell_through,
    Measure.MARKDOWN: _markdown,
}
