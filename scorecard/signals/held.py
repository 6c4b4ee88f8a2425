"""The weeks that are held against forecast, read back: of all SKUs for the night, of one for its page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from marketing.catalogue.models import Product
from scorecard.signals.engine import WINDOW_WEEKS
from scorecard.signals.models import DemandWeek, DemandWeekPart
from scorecard.signals.packing import Cells, unpacked
from scorecard.signals.taking import KEPT_WEEKS
from sop_site.columns import place_in, read_columns
from sop_site.fiscal import WEEK

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

PARTS_AT_ONCE: Final = 50
PRICES: Final = (
    "SELECT id AS product, unit_price AS price FROM marketing_product WHERE id = ANY(%(products)s)"
)


@dataclass(frozen=True, slots=True)
class Window:
    """The last quarter of held weeks, over SKUs ascending ``[s]``: ``weeks [w]``, the newest last.

    ``sold`` and ``forecast`` ``[s, w]`` are over the door groups for which a forecast was published, NaN
    where there was none; ``unmet [s, w]`` is what found no stock there. ``error [s, G]`` is sales less
    forecast over them by door group. ``is_promoted [s]`` is of the newest week.
    """

    weeks: tuple[date, ...]
    door_groups: tuple[str, ...]
    product_ids: Integers
    sold: Floats
    forecast: Floats
    unmet: Floats
    error: Floats
    is_promoted: Flags

    @property
    def main_group(self) -> Integers:
        """The place in ``door_groups`` where most of the miss of each SKU lies, on the side of the whole."""
        towards = self.error * np.sign(self.error.sum(axis=1))[:, None]
        return towards.argmax(axis=1)


def newest_week() -> DemandWeek | None:
    """The last week that was held against forecast; None before the first."""
    return DemandWeek.objects.select_related("version__cycle").order_by("week_start").last()


def window() -> Window | None:
    """The quarter that ends with the newest week; None where no forecast was in force in any of it."""
    newest = newest_week()
    if newest is None:
        return None
    first = newest.week_start - (WINDOW_WEEKS - 1) * WEEK
    rows = list(
        DemandWeek.objects.filter(week_start__gte=first, version__isnull=False).order_by("week_start")
    )
    names = tuple(sorted({name for row in rows for name in row.door_groups}))
    if not names:
        return None
    weeks = tuple(first + place * WEEK for place in range(WINDOW_WEEKS))
    product_ids = _known_products(rows)
    shape = (len(product_ids), WINDOW_WEEKS)
    sold, forecast = np.full(shape, np.nan), np.full(shape, np.nan)
    unmet, is_promoted = np.zeros(shape), np.zeros(shape[0], dtype=bool)
    error = np.zeros((shape[0], len(names)))
    for row in rows:
        groups = np.array([names.index(name) for name in row.door_groups], dtype=np.int64)
        column = weeks.index(row.week_start)
        for part in row.parts.order_by("pk").iterator(chunk_size=PARTS_AT_ONCE):
            cells = cells_of(part, row)
            place = place_in(product_ids, np.array(part.product_ids, dtype=np.int64))
            known = cells.is_forecast
            is_told = known.any(axis=1)
            told = place[is_told]
            sold[told, column] = np.where(known, cells.sold, 0.0).sum(axis=1)[is_told]
            forecast[told, column] = np.where(known, cells.forecast, 0.0).sum(axis=1)[is_told]
            unmet[place, column] = np.where(known, cells.unmet, 0.0).sum(axis=1)
            error[np.ix_(place, groups)] += np.where(known, cells.sold - cells.forecast, 0.0)
            if row.week_start == newest.week_start:
                is_promoted[place] = cells.is_promoted.any(axis=1)
    return Window(weeks, names, product_ids, sold, forecast, unmet, error, is_promoted)


def prices_of(product_ids: Integers) -> tuple[Flags, Floats]:
    """Which of these SKUs are in the catalogue, and the price of each ``[s]``; NaN where it has none."""
    found = read_columns(PRICES, {"products": product_ids}, {"product": "int8", "price": "float8"})
    order = np.argsort(found["product"])
    place = place_in(found["product"][order], product_ids)
    prices = np.append(found["price"][order], np.nan)
    return place >= 0, prices[place]


def cells_of(part: DemandWeekPart, week: DemandWeek) -> Cells:
    """The numbers of a part, unpacked."""
    return unpacked(part.packed, len(part.product_ids), len(week.door_groups))


def _known_products(weeks: Sequence[DemandWeek]) -> Integers:
    """Every SKU of which some of the weeks tells, ascending."""
    ids = DemandWeekPart.objects.filter(week__in=weeks).values_list("product_ids", flat=True)
    parts = [np.array(each, dtype=np.int64) for each in ids.iterator(chunk_size=PARTS_AT_ONCE)]
    return np.unique(np.concatenate(parts)) if parts else np.empty(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class HeldWeek:
    """One week of one SKU: ``cells [1, G]`` by door group; None where the week tells nothing of the SKU."""

    week: DemandWeek
    cells: Cells | None

    @property
    def sold_units(self) -> float:
        """What sold, wherever it sold."""
        return 0.0 if self.cells is None else float(self.cells.sold.sum())

    @property
    def forecast_units(self) -> float | None:
        """The forecast in force when the week began; None where none was published for the SKU."""
        if self.cells is None:
            # The forecast knew of it and expected nothing, or did not know of it: nothing sold either way.
            return None
        known = self.cells.is_forecast
        return float(self.cells.forecast[known].sum()) if known.any() else None

    @property
    def held_units(self) -> float:
        """What sold where a forecast was published."""
        return 0.0 if self.cells is None else float(self.cells.sold[self.cells.is_forecast].sum())

    @property
    def held_unmet_units(self) -> float:
        """Demand that is estimated to have found no stock where a forecast was published."""
        return 0.0 if self.cells is None else float(self.cells.unmet[self.cells.is_forecast].sum())

    @property
    def unmet_units(self) -> float:
        """Demand that is estimated to have found no stock."""
        return 0.0 if self.cells is None else float(self.cells.unmet.sum())

    @property
    def is_promoted(self) -> bool:
        """Whether it was on promotion at some door."""
        return self.cells is not None and bool(self.cells.is_promoted.any())


def weeks_of_sku(product: Product) -> list[HeldWeek]:
    """The held weeks of a SKU, oldest first; it may have been in another category when they were held."""
    weeks = list(DemandWeek.objects.select_related("version__cycle").order_by("week_start"))[-KEPT_WEEKS:]
    parts = DemandWeekPart.objects.filter(week__in=weeks, product_ids__contains=[product.pk])
    of_week = {part.week_id: part for part in parts}
    return [HeldWeek(week, _cells_of_sku(of_week.get(week.pk), week, product)) for week in weeks]


def _cells_of_sku(part: DemandWeekPart | None, week: DemandWeek, product: Product) -> Cells | None:
    if part is None:
        return None
    place = part.product_ids.index(product.pk)
    return cells_of(part, week).chosen(np.array([place]))
