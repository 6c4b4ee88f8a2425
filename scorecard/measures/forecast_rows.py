"""What stands behind a figure of the forecast: SKUs in door groups and weeks, expected against sold.

The forecast of each week is the one that the figure holds against it, from its own signed blocks; what sold
is what the week's details keep, so that the rows of a closed week stay with its figure.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from marketing.catalogue.models import Door, Product
from planning.consensus import blocks
from planning.consensus.choices import Layer
from planning.consensus.domain.measuring import units_of_weeks
from planning.consensus.door_groups import DoorGroups, door_group_of
from planning.consensus.in_force import PublishedVersions
from planning.consensus.models import ForecastVersion
from planning.consensus.packing import Numbers
from scorecard.measures.behind import Arithmetic, Cells, Counted, Drilled, Level, Order, ValueKind
from scorecard.measures.choices import Measure
from scorecard.measures.cut import Cut
from scorecard.measures.drill import MOST_SKU_DOOR_WEEKS, details_of, in_categories, sku_doors_of
from scorecard.measures.forecast_figures import LAYER_OF, STEPS
from scorecard.measures.models import AccuracyFact, WeekDetail
from scorecard.measures.packing import unpacked_detail
from scorecard.measures.queries import RecordedWeek, recorded_weeks
from scorecard.measures.spans import Span
from sop_site.columns import place_in
from sop_site.fiscal import WEEK, FiscalPeriod

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Integers = NDArray[np.int64]

LAYERS: Final = list(Layer)
PLACE: Final = "Region"


def _accuracy(note: str) -> Arithmetic:
    return Arithmetic(
        (Counted("Units sold"), Counted("Forecast"), Counted("Error, units")),
        part=2,
        whole=0,
        value="Error",
        note=f"{note} Accuracy is 100% less the error of all rows over what they sold, not below 0.",
        place=PLACE,
    )


def _value_added(measure: Measure) -> Arithmetic:
    before, step = (layer.label for layer in _steps_of(measure))
    return Arithmetic(
        (
            Counted("Units sold"),
            Counted(f"{before}: forecast"),
            Counted(f"{before}: error"),
            Counted(f"{step}: forecast"),
            Counted(f"{step}: error"),
            Counted("Error taken off, units"),
        ),
        part=5,
        whole=0,
        value="Added",
        kind=ValueKind.POINTS,
        order=Order.LEAST,
        note=f"Where {step} made the forecast worse stands first.",
        place=PLACE,
    )


def _steps_of(measure: Measure) -> tuple[Layer, Layer]:
    """The step of a measure of value added, after the one that it is held against."""
    step = LAYER_OF[measure]
    return STEPS[STEPS.index(step) - 1], step


ARITHMETIC: Final[dict[Measure, Arithmetic]] = {
    Measure.ACCURACY_PROMOTED: _accuracy("SKUs in a region in weeks with a promotion there."),
    Measure.ACCURACY_OTHER: _accuracy("SKUs in a region in weeks without a promotion there."),
    Measure.BIAS: Arithmetic(
        (Counted("Units sold"), Counted("Forecast"), Counted("Forecast less sold")),
        part=2,
        whole=0,
        value="Bias",
        kind=ValueKind.CHANGE,
        order=Order.LARGEST,
        note="Above zero is over-forecast. What lies furthest off stands first.",
        place=PLACE,
    ),
    **{measure: _value_added(measure) for measure in LAYER_OF},
}
# Of these measures only the weeks in which the SKU was promoted in the region, or was not.
PROMOTED: Final = {Measure.ACCURACY_PROMOTED: True, Measure.ACCURACY_OTHER: False}


def drilled_forecast(
    measure: Measure,
    period: FiscalPeriod,
    cut: Cut,
    level: Level,
    product: Product | None = None,
    *,
    is_direct: bool = False,
    at_most: int | None = MOST_SKU_DOOR_WEEKS,
) -> Drilled | None:
    """The rows behind a figure of the forecast, of one SKU where one is named; None for too many to read.

    ``at_most`` counts the SKU-door-weeks whose sales are read. ``is_direct`` leaves out the categories below
    that of the cut. Raises KeyError for a measure that is none of the forecast.
    """
    arithmetic = ARITHMETIC[measure]
    weeks = recorded_weeks({week.start for week in period.weeks})
    measured = AccuracyFact.objects.filter(
        snapshot__in=[week.snapshot_id for week in weeks], lag_weeks=cut.lag_weeks, is_total=True
    )
    snapshots = set(measured.values_list("snapshot", flat=True).distinct())
    over = [place for place in Span.of(period.weeks, weeks).over if weeks[place].snapshot_id in snapshots]
    if product is None and at_most is not None:
        ids = [weeks[place].snapshot_id for place in over]
        if sku_doors_of(details_of(ids, cut, None, is_direct=is_direct)) > at_most:
            return None
    selling = _Selling.read()
    cells = [
        part
        for version, places in _in_force(weeks, over, cut.lag_weeks)
        for part in _Held(version, cut, product, selling, is_direct=is_direct).against_sales(
            measure, weeks, places
        )
    ]
    found = Drilled.of(arithmetic, Cells.joined(cells, len(arithmetic.columns)), level, weeks)
    return replace(found, groups=selling.names)


def _in_force(
    weeks: Sequence[RecordedWeek], places: Sequence[int], lag_weeks: int
) -> list[tuple[ForecastVersion, list[int]]]:
    """Each version that was in force ``lag_weeks`` before some of these weeks, with these."""
    published = PublishedVersions.read()
    found: dict[int, tuple[ForecastVersion, list[int]]] = {}
    for place in places:
        start = weeks[place].start
        version = published.in_force(start - lag_weeks * WEEK, start)
        if version is not None:
            found.setdefault(version.pk, (version, []))[1].append(place)
    return list(found.values())


@dataclass(frozen=True, slots=True)
class _Selling:
    """The doors that sell, by id, each with the place of its group among all ``names``."""

    doors: Sequence[Door]
    names: list[str]

    @classmethod
    def read(cls) -> "_Selling":
        doors = list(Door.objects.selling().order_by("pk"))
        return cls(doors, sorted({door_group_of(door) for door in doors}))

    def of_all(self) -> DoorGroups:
        """Every group with its doors, also those that have closed."""
        return DoorGroups(
            self.names,
            np.array([door.pk for door in self.doors], dtype=np.int64),
            np.array([self.names.index(door_group_of(door)) for door in self.doors], dtype=np.int64),
        )

    def open_in(self, week_start: date) -> set[str]:
        """The groups with a door that is open on a day of the week; others are in no figure of it."""
        first, last = week_start, week_start + WEEK - timedelta(days=1)
        return {
            door_group_of(door)
            for door in self.doors
            if (door.opened_on is None or door.opened_on <= last)
            and (door.closed_on is None or door.closed_on > max(door.opened_on or first, first))
        }


@dataclass(frozen=True, slots=True)
class _Sold:
    """What SKUs sold in door groups in a week, and whether they were promoted there; by ascending key."""

    keys: Integers
    units: Floats
    is_promoted: Flags
    groups: int

    def of(self, product_ids: Integers, groups: Integers) -> tuple[Floats, Flags]:
        """Units and promotion of SKUs in groups, each ``[n]``; none of what is not known."""
        place = place_in(self.keys, product_ids * self.groups + groups)
        if not len(self.keys):
            return np.zeros(len(place)), np.zeros(len(place), dtype=bool)
        return np.where(place < 0, 0.0, self.units[place]), (place >= 0) & self.is_promoted[place]


class _Held:
    """The cells of one version in a cut, to be held against what sold in some of its weeks.

    The numbers of all its blocks are one, ``groups`` says the place of the door group of each cell.
    """

    def __init__(
        self,
        version: ForecastVersion,
        cut: Cut,
        product: Product | None,
        selling: _Selling,
        *,
        is_direct: bool,
    ) -> None:
        self._version = version
        self._selling = selling
        parts = [
            (part, chosen)
            for part, chosen in _parts_of(version, cut, product, is_direct=is_direct)
            if part.block.door_group in selling.names
        ]
        self._categories = {part.block.category_id for part, _ in parts}
        counts = [int(chosen.sum()) for _, chosen in parts]
        of_part = [selling.names.index(part.block.door_group) for part, _ in parts]
        self._groups = np.repeat(np.array(of_part, dtype=np.int64), counts)
        self._numbers = _joined(parts) if parts else None

    def against_sales(
        self, measure: Measure, weeks: Sequence[RecordedWeek], places: Sequence[int]
    ) -> list[Cells]:
        """Of each week at ``places`` the cells that count: those of which some layer or a sale has any."""
        if self._numbers is None:
            return []
        names, product_ids = self._selling.names, self._numbers.product_ids
        sold = self._sold_in([weeks[place].snapshot_id for place in places], product_ids)
        found = []
        for place in places:
            week = weeks[place]
            is_open = np.isin(self._groups, [names.index(name) for name in self._selling.open_in(week.start)])
            forecast = units_of_weeks(self._numbers, self._version, [week.start])[:, :, 0]
            units, is_promoted = sold[week.snapshot_id].of(product_ids, self._groups)
            counts = is_open & (forecast.any(axis=0) | (units != 0))
            if measure in PROMOTED:
                counts &= is_promoted == PROMOTED[measure]
            here = np.flatnonzero(counts)
            values = np.stack(_columns(measure, forecast[:, here], units[here]))
            found.append(Cells(product_ids[here], self._groups[here], np.full(len(here), place), values))
        return found

    def _sold_in(self, snapshot_ids: Sequence[int], product_ids: Integers) -> dict[int, _Sold]:
        """What the SKUs of the cells sold in these weeks, as their details keep it.

        Also of SKUs that the catalogue moved to another category since the forecast was frozen.
        """
        groups, wanted = self._selling.of_all(), np.unique(product_ids)
        moved_to = Product.objects.filter(pk__in=wanted.tolist()).values_list("category", flat=True)
        categories = {*self._categories, *moved_to.distinct()}
        rows = WeekDetail.objects.filter(in_categories(categories), snapshot__in=snapshot_ids)
        by_week: defaultdict[int, list[tuple[Integers, Floats, Flags]]] = defaultdict(list)
        for snapshot_id, packed in rows.order_by("pk").values_list("snapshot_id", "packed").iterator():
            detail = unpacked_detail(packed)
            group = groups.place_of(detail.door_ids)
            here = np.flatnonzero((place_in(wanted, detail.product_ids) >= 0) & (group >= 0))
            key = detail.product_ids[here] * len(groups.names) + group[here]
            by_week[snapshot_id].append((key, detail.sold[here], detail.promoted[here] > 0))
        return {each: _summed(by_week[each], len(groups.names)) for each in snapshot_ids}


def _parts_of(
    version: ForecastVersion, cut: Cut, product: Product | None, *, is_direct: bool
) -> list[tuple[blocks.OpenBlock, Flags]]:
    """The blocks of the cut, each with which of its SKUs are meant."""
    if product is None and is_direct:
        # Any SKU of the category leads to the blocks of just that category.
        own = Product.objects.filter(category=cut.category_id)[:1]
        scopes = [blocks.Scope(product_id=each.pk, door_group=cut.region) for each in own]
        return [
            (part, np.ones(len(part.numbers.product_ids), dtype=bool))
            for part in blocks.Cells(version, scopes).open_blocks
            if part.block.category_id == cut.category_id
        ]
    scope = blocks.Scope(
        category_id=cut.category_id if product is None else None,
        product_id=None if product is None else product.pk,
        door_group=cut.region,
    )
    return blocks.Cells(version, [scope]).of(scope)


def _joined(parts: Sequence[tuple[blocks.OpenBlock, Flags]]) -> Numbers:
    """The numbers of all chosen SKUs, one block after the other."""
    return Numbers(
        product_ids=np.concatenate([part.numbers.product_ids[chosen] for part, chosen in parts]),
        weekly=np.concatenate([part.numbers.weekly[:, chosen] for part, chosen in parts], axis=1),
        entered=np.concatenate([part.numbers.entered[:, chosen] for part, chosen in parts], axis=1),
        unit_price=np.concatenate([part.numbers.unit_price[chosen] for part, chosen in parts]),
        unit_cost=np.concatenate([part.numbers.unit_cost[chosen] for part, chosen in parts]),
    )


def _summed(parts: Collection[tuple[Integers, Floats, Flags]], groups: int) -> _Sold:
    if not parts:
        return _Sold(np.empty(0, dtype=np.int64), np.empty(0), np.empty(0, dtype=bool), groups)
    key, units, promoted = (np.concatenate(each) for each in zip(*parts, strict=True))
    keys, place = np.unique(key, return_inverse=True)
    return _Sold(
        keys,
        np.bincount(place, weights=units, minlength=len(keys)).astype(np.float64),
        np.bincount(place, weights=promoted, minlength=len(keys)) > 0,
        groups,
    )


def _columns(measure: Measure, forecast: Floats, sold: Floats) -> tuple[Floats, ...]:
    """The columns of a measure from the layers ``[7, n]`` and what sold ``[n]``."""
    signed = forecast[LAYERS.index(Layer.CONSENSUS)]
    if measure == Measure.BIAS:
        return sold, signed, signed - sold
    if measure in PROMOTED:
        return sold, signed, np.abs(signed - sold)
    before, step = (forecast[LAYERS.index(layer)] for layer in _steps_of(measure))
    error_before, error = np.abs(before - sold), np.abs(step - sold)
    return sold, before, error_before, step, error, error_before - error
