"""The errors that the forecasts in force made in one week, by category, region, and promoted or not."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from planning.consensus.choices import Layer
from planning.consensus.domain.measuring import units_of_weeks
from planning.consensus.door_groups import DoorGroups
from planning.consensus.in_force import PublishedVersions
from planning.consensus.models import ForecastVersion
from planning.consensus.packing import unpacked
from scorecard.measures.models import LAGS_WEEKS
from sop_site.columns import place_in
from sop_site.fiscal import WEEK

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]


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


class Of(NamedTuple):
    """What errors are summed by; ``region`` is a door group of the consensus."""

    category_id: int | None
    region: str
    is_promoted: bool


@dataclass(slots=True)
class Errors:
    """Sums over cells: units sold, and forecast and absolute error by layer ``[7]``."""

    cells: int = 0
    actual: float = 0.0
    forecast: Floats = field(default_factory=lambda: np.zeros(len(Layer)))
    absolute_error: Floats = field(default_factory=lambda: np.zeros(len(Layer)))

    def add(self, forecast: Floats, actual: Floats) -> None:
        """Count cells: ``forecast [7, n]`` against ``actual [n]``."""
        self.cells += len(actual)
        self.actual += float(actual.sum())
        self.forecast += forecast.sum(axis=1)
        self.absolute_error += np.abs(forecast - actual).sum(axis=1)

    def __iadd__(self, other: "Errors") -> "Errors":
        self.cells += other.cells
        self.actual += other.actual
        self.forecast += other.forecast
        self.absolute_error += other.absolute_error
        return self


def errors_in_week(week_start: date, sold: SoldByGroup) -> dict[int, dict[Of, Errors]]:
    """The errors at each lag at which a forecast was in force so many weeks before the week began.

    A cell is a SKU in a door group; one in which no layer expected anything and nothing sold is left out,
    and so is a group without an open door.
    """
    published = PublishedVersions.read()
    of_version: dict[int, dict[Of, Errors]] = {}
    found: dict[int, dict[Of, Errors]] = {}
    for lag in LAGS_WEEKS:
        version = published.in_force(week_start - lag * WEEK, week_start)
        if version is None:
            continue
        if version.pk not in of_version:
            of_version[version.pk] = _errors_of(version, week_start, sold)
        found[lag] = of_version[version.pk]
    return found


def over_all_categories(errors: dict[Of, Errors]) -> dict[Of, Errors]:
    """The sums over all categories."""
    totals: dict[Of, Errors] = defaultdict(Errors)
    for of, of_category in errors.items():
        totals[of._replace(category_id=None)] += of_category
    return totals


def _errors_of(version: ForecastVersion, week_start: date, sold: SoldByGroup) -> dict[Of, Errors]:
    product_ids, units_sold, promoted = sold.joined()
    found: dict[Of, Errors] = defaultdict(Errors)
    blocks = version.blocks.filter(door_group__in=sold.groups.names).defer("totals", "digest").order_by("pk")
    for block in blocks.iterator(chunk_size=50):
        numbers = unpacked(block)
        place = place_in(product_ids, numbers.product_ids)
        group = sold.groups.names.index(block.door_group)
        forecast = units_of_weeks(numbers, version, [week_start])[:, :, 0]
        actual = np.where(place < 0, 0.0, units_sold[place, group])
        is_promoted = (place >= 0) & promoted[place, group]
        counts = forecast.any(axis=0) | (actual != 0)
        for kind in (False, True):
            chosen = counts & (is_promoted == kind)
            if chosen.any():
                of = Of(block.category_id, block.door_group, kind)
                found[of].add(forecast[:, chosen], actual[chosen])
    return found
