"""The errors that the forecasts in force made in one week, by category, region, and promoted or not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Final

import numpy as np
from numpy.typing import NDArray

from planning.consensus.choices import Layer
from planning.consensus.domain.measuring import units_of_weeks
from planning.consensus.door_groups import DoorGroups
from planning.consensus.in_force import PublishedVersions
from planning.consensus.models import ForecastBlock, ForecastVersion
from planning.consensus.packing import Numbers, unpacked
from scorecard.measures.models import LAGS_WEEKS
from scorecard.measures.taking.engine import NO_CATEGORY, Tree, summed, summed_upwards
from sop_site.columns import place_in
from sop_site.fiscal import WEEK

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

# Their numbers are held against the sales together; some ten megabytes.
BLOCKS_AT_ONCE: Final = 50
# Of the sums of errors: cells, units sold, and by layer the units forecast and the absolute errors.
CELLS, ACTUAL = 0, 1
FORECAST: Final = slice(2, 2 + len(Layer))
ABSOLUTE_ERROR: Final = slice(FORECAST.stop, FORECAST.stop + len(Layer))


class SoldByGroup:
    """What every SKU sold in a week by door group, and whether it was promoted there; gathered in chunks."""

    def __init__(self, groups: DoorGroups) -> None:
        self.groups = groups
        self._parts: list[tuple[Integers, Floats, Flags]] = []

    def add(self, product_ids: Integers, sold: Floats, is_promoted: Flags) -> None:
        """Further SKUs ``[s]``, with their units and whether they were promoted ``[s, G]``."""
        self._parts.append((product_ids, sold, is_promoted))

    def joined(self) -> tuple[Integers, Floats, Flags]:
        """All of them, by SKU."""
        if not self._parts:
            nothing = np.zeros((0, len(self.groups.names)))
            return np.empty(0, dtype=np.int64), nothing, nothing > 0
        product_ids, sold, is_promoted = (np.concatenate(parts) for parts in zip(*self._parts, strict=True))
        order = np.argsort(product_ids)
        return product_ids[order], sold[order], is_promoted[order]


@dataclass(frozen=True, slots=True)
class ErrorColumns:
    """Errors ``[n]`` by category, door group (a place among those of the week), promoted or not, and lag.

    ``sums [c, n]`` are over the cells of each, in the order of the constants above. Those that are a total
    are over the category with all below it, or over everything with `NO_CATEGORY`.
    """

    is_total: Flags
    category_ids: Integers
    group_places: Integers
    is_promoted: Flags
    lag_weeks: Integers
    sums: Floats


def errors_in_week(week_start: date, sold: SoldByGroup, tree: Tree) -> ErrorColumns | None:
    """The errors at each lag at which a forecast was in force so many weeks before the week began.

    A cell is a SKU in a door group; one in which no layer expected anything and nothing sold is left out,
    and so is a group without an open door. None where no forecast was in force.
    """
    published = PublishedVersions.read()
    at_lag = {lag: published.in_force(week_start - lag * WEEK, week_start) for lag in LAGS_WEEKS}
    versions = {lag: version for lag, version in at_lag.items() if version is not None}
    if not versions:
        return None
    # By version, since several lags may be of one.
    found = {version.pk: _errors_of(version, week_start, sold, tree) for version in set(versions.values())}
    return _joined(sold.groups, {lag: found[version.pk] for lag, version in versions.items()})


def _joined(groups: DoorGroups, at_lag: Mapping[int, tuple[Integers, Floats, Flags]]) -> ErrorColumns:
    """The errors of every lag after one another, with what their keys say."""
    keys = np.concatenate([keys for keys, _, _ in at_lag.values()])
    slices, is_promoted = keys // 2, keys % 2 == 1
    return ErrorColumns(
        is_total=np.concatenate([is_total for _, _, is_total in at_lag.values()]),
        category_ids=slices // len(groups.names) - 1,
        group_places=slices % len(groups.names),
        is_promoted=is_promoted,
        lag_weeks=np.repeat(list(at_lag), [len(keys) for keys, _, _ in at_lag.values()]),
        sums=np.concatenate([sums for _, sums, _ in at_lag.values()], axis=1),
    )


def _together(blocks: Sequence[ForecastBlock]) -> Numbers:
    """The numbers of all of them, after one another."""
    parts = [unpacked(block) for block in blocks]
    return Numbers(
        product_ids=np.concatenate([part.product_ids for part in parts]),
        weekly=np.concatenate([part.weekly for part in parts], axis=1),
        entered=np.concatenate([part.entered for part in parts], axis=1),
        unit_price=np.concatenate([part.unit_price for part in parts]),
        unit_cost=np.concatenate([part.unit_cost for part in parts]),
    )


def _errors_of(
    version: ForecastVersion, week_start: date, sold: SoldByGroup, tree: Tree
) -> tuple[Integers, Floats, Flags]:
    """The keys of a version's errors, ascending for each kind, their sums, and which are over categories."""
    groups = len(sold.groups.names)
    product_ids, units_sold, promoted = sold.joined()
    blocks = version.blocks.filter(door_group__in=sold.groups.names).defer("totals", "digest").order_by("pk")
    found_keys, found_sums = [np.empty(0, dtype=np.int64)], [np.empty((ABSOLUTE_ERROR.stop, 0))]
    waiting = blocks.iterator(chunk_size=BLOCKS_AT_ONCE)
    while some := list(islice(waiting, BLOCKS_AT_ONCE)):
        numbers = _together(some)
        cells = [len(block.product_ids) for block in some]
        group = np.repeat([sold.groups.names.index(block.door_group) for block in some], cells)
        category = np.repeat([block.category_id or NO_CATEGORY for block in some], cells)
        place = place_in(product_ids, numbers.product_ids)
        forecast = units_of_weeks(numbers, version, [week_start])[:, :, 0]
        actual = np.where(place < 0, 0.0, units_sold[place, group])
        is_promoted = (place >= 0) & promoted[place, group]
        counts = forecast.any(axis=0) | (actual != 0)
        columns = np.concatenate([[np.ones(len(actual)), actual], forecast, np.abs(forecast - actual)])
        keys = ((category + 1) * groups + group) * 2 + is_promoted
        of_some, sums = summed(keys[counts], columns[:, counts])
        found_keys.append(of_some)
        found_sums.append(sums)
    keys, sums = summed(np.concatenate(found_keys), np.concatenate(found_sums, axis=1))
    upper_keys, upper_sums = summed_upwards(keys, sums, groups * 2, tree)
    is_total = np.arange(len(keys) + len(upper_keys)) >= len(keys)
    return np.append(keys, upper_keys), np.concatenate([sums, upper_sums], axis=1), is_total
