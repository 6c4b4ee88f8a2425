"""Sales held against forecast, a week at a time: from the scorecard's figures and the consensus in force."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from marketing.demand.queries import LEAST_OBSERVED_DAYS
from planning.consensus.choices import Layer
from planning.consensus.domain.measuring import units_of_weeks
from planning.consensus.door_groups import NO_GROUP, DoorGroups, door_groups
from planning.consensus.in_force import PublishedVersions
from planning.consensus.models import ForecastVersion
from planning.consensus.packing import unpacked as unpacked_forecast
from scorecard.measures.models import WeekSnapshot
from scorecard.measures.packing import unpacked_detail
from scorecard.measures.sources import observed_days
from scorecard.signals.engine import WINDOW_WEEKS
from scorecard.signals.models import DemandWeek, DemandWeekPart
from scorecard.signals.packing import Cells, pack
from sop_site.columns import place_in, read_columns
from sop_site.fiscal import WEEK, week_start

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

# The picture of a SKU shows the quarter of its signal and the one before.
KEPT_WEEKS: Final = 2 * WINDOW_WEEKS
NO_CATEGORY: Final = -1
CONSENSUS: Final = list(Layer).index(Layer.CONSENSUS)
PRODUCTS: Final = "SELECT id AS product, coalesce(category_id, -1) AS category FROM marketing_product"


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Every SKU, ascending ``[p]``, with its category (`NO_CATEGORY` where it has none)."""

    product_ids: Integers
    category_ids: Integers

    @classmethod
    def read(cls) -> "Catalogue":
        """All of it."""
        found = read_columns(PRODUCTS, {}, {"product": "int8", "category": "int8"})
        order = np.argsort(found["product"])
        return cls(found["product"][order], found["category"][order])


def take_weeks(today: date) -> None:
    """Hold against forecast every whole, known week that was not held yet or whose figures were taken anew.

    Of the last `KEPT_WEEKS`; what is older is forgotten. In the caller's transaction. Only what differs is
    written, and running it twice changes nothing.
    """
    until = week_start(today)
    first = until - KEPT_WEEKS * WEEK
    DemandWeek.objects.filter(week_start__lt=first).delete()
    snapshots = WeekSnapshot.objects.in_force().filter(week_start__gte=first, week_start__lt=until)
    held = dict(DemandWeek.objects.values_list("week_start", "figures_taken_at"))
    due = [each for each in snapshots.order_by("week_start") if held.get(each.week_start) != each.taken_at]
    if not due:
        return
    catalogue, published = Catalogue.read(), PublishedVersions.read()
    for snapshot in due:
        _take(snapshot, catalogue, published)


def _take(snapshot: WeekSnapshot, catalogue: Catalogue, published: PublishedVersions) -> None:
    first_day = snapshot.week_start
    if snapshot.taken_on < first_day + WEEK or observed_days(first_day) < LEAST_OBSERVED_DAYS:
        DemandWeek.objects.filter(week_start=first_day).delete()
        return
    groups = door_groups(first_day, first_day + WEEK - timedelta(days=1))
    version = published.in_force(first_day, first_day)
    sold, unmet, is_promoted = _sold(snapshot, catalogue, groups)
    forecast = _forecast(version, first_day, catalogue, groups)
    week = _kept(first_day, version, snapshot.taken_at, groups)
    _write(week, catalogue, Cells(sold, forecast, unmet, is_promoted))


def _sold(
    snapshot: WeekSnapshot, catalogue: Catalogue, groups: DoorGroups
) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """What every SKU sold, what it is estimated to have missed, and whether it was promoted ``[p, G]``."""
    shape = (len(catalogue.product_ids), len(groups.names))
    sums = np.zeros((3, shape[0] * shape[1]))
    for packed in snapshot.details.order_by("pk").values_list("packed", flat=True).iterator(chunk_size=20):
        detail = unpacked_detail(packed)
        place = place_in(catalogue.product_ids, detail.product_ids)
        group = groups.place_of(detail.door_ids)
        known = (place >= 0) & (group != NO_GROUP)
        cell = (place * shape[1] + group)[known]
        for row, values in zip(sums, (detail.sold, detail.unmet, detail.promoted > 0), strict=True):
            np.add.at(row, cell, values[known])
    sold, unmet, promoted = sums.reshape(3, *shape)
    return sold, unmet, promoted > 0


def _forecast(
    version: ForecastVersion | None, first_day: date, catalogue: Catalogue, groups: DoorGroups
) -> Floats:
    """The consensus of the week ``[p, G]``, NaN where none was published."""
    forecast = np.full((len(catalogue.product_ids), len(groups.names)), np.nan)
    if version is None:
        return forecast
    blocks = version.blocks.filter(door_group__in=groups.names).defer("totals", "digest").order_by("pk")
    for block in blocks.iterator(chunk_size=50):
        numbers = unpacked_forecast(block)
        units = units_of_weeks(numbers, version, [first_day])[CONSENSUS, :, 0]
        place = place_in(catalogue.product_ids, numbers.product_ids)
        forecast[place[place >= 0], groups.names.index(block.door_group)] = units[place >= 0]
    return forecast


def _kept(
    first_day: date, version: ForecastVersion | None, taken_at: datetime, groups: DoorGroups
) -> DemandWeek:
    """The row of the week, as it is now."""
    facts = {"version": version, "figures_taken_at": taken_at, "door_groups": groups.names}
    return DemandWeek.objects.update_or_create(week_start=first_day, defaults=facts)[0]


def _write(week: DemandWeek, catalogue: Catalogue, cells: Cells) -> None:
    """Put the SKUs of each category in the place of what stood there, as far as they differ."""
    tells = (np.nan_to_num(cells.forecast) != 0) | (cells.sold != 0) | (cells.unmet != 0)
    chosen = np.flatnonzero(tells.any(axis=1))
    stood = {part.category_id: part for part in week.parts.all()}
    new = list(_parts(week, catalogue, cells, chosen))
    DemandWeekPart.objects.filter(
        pk__in=[stood[each].pk for each in stood.keys() - {part.category_id for part in new}]
    ).delete()
    DemandWeekPart.objects.bulk_create(
        [part for part in new if not _says_the_same(stood.get(part.category_id), part)],
        update_conflicts=True,
        unique_fields=["week", "category"],
        update_fields=["product_ids", "packed"],
        batch_size=100,
    )


def _parts(
    week: DemandWeek, catalogue: Catalogue, cells: Cells, chosen: Integers
) -> Iterable[DemandWeekPart]:
    """The parts of the SKUs at the places ``chosen``, by category."""
    categories = catalogue.category_ids[chosen]
    by_category = chosen[np.argsort(categories, kind="stable")]
    bounds = np.flatnonzero(np.diff(np.sort(categories))) + 1
    for places in np.split(by_category, bounds) if len(chosen) else []:
        category = int(catalogue.category_ids[places[0]])
        yield DemandWeekPart(
            week=week,
            category_id=None if category == NO_CATEGORY else category,
            product_ids=catalogue.product_ids[places].tolist(),
            packed=pack(cells.chosen(places)),
        )


def _says_the_same(stood: DemandWeekPart | None, new: DemandWeekPart) -> bool:
    return (
        stood is not None
        and stood.product_ids == new.product_ids
        and bytes(stood.packed) == bytes(new.packed)
    )
