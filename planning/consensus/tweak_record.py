"""What small upward changes of past forecasts did to their error, measured on what was then sold."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np
from django.db.models import F
from numpy.typing import NDArray

from marketing.catalogue.models import Category, Door
from marketing.demand.queries import latest_fit
from planning.consensus.blocks import below
from planning.consensus.choices import Layer
from planning.consensus.door_groups import door_group_of
from planning.consensus.engine import Tweaks, small_upward_tweaks
from planning.consensus.models import ForecastEntry
from sop_site.clock import today
from sop_site.columns import read_columns
from sop_site.fiscal import WEEK, week_start

Floats = NDArray[np.float64]

# People and trade change; so many are also read quickly.
MOST_CHANGES: Final = 200
# A little more than the largest small change: the engine draws the line.
LARGEST_READ: Final = 1.2
EVERYWHERE: Final = 0
SOLD = """
WITH asked AS (
    SELECT * FROM unnest(
        %(place)s::int8[], %(product)s::int8[], %(style)s::text[], %(door_group)s::int8[],
        %(first_day)s::date[], %(last_day)s::date[]
    ) AS asked(place, product, style, door_group, first_day, last_day)
), homes AS (
    SELECT * FROM unnest(%(home_place)s::int8[], %(home)s::int8[]) AS homes(place, category)
), doors AS (
    SELECT * FROM unnest(%(door)s::int8[], %(group_of_door)s::int8[]) AS doors(door, door_group)
), skus AS (
    SELECT asked.*, asked.product AS sku FROM asked WHERE asked.product > 0
    UNION ALL
    SELECT asked.*, kept.id AS sku
    FROM asked
    LEFT JOIN homes ON homes.place = asked.place
    JOIN marketing_product kept ON homes.category IS NULL OR kept.category_id = homes.category
    WHERE asked.product = 0 AND asked.style IN ('', kept.style)
)
SELECT skus.place AS place, sum(sold.units) AS units
FROM skus
JOIN marketing_weeklysales sold
    ON sold.product_id = skus.sku AND sold.week_start BETWEEN skus.first_day AND skus.last_day
JOIN doors ON doors.door = sold.door_id AND skus.door_group IN (0, doors.door_group)
GROUP BY skus.place
"""


@dataclass(frozen=True, slots=True)
class PastChange:
    """A number that someone raised a little, in units, and what was sold of it: the month is over."""

    layer: Layer
    path: str
    before: float
    after: float
    sold: float


class TweakRecord:
    """The newest changes of published forecasts whose month has been sold, each with what was sold."""

    def __init__(self, changes: Sequence[PastChange]) -> None:
        self._changes = changes

    @classmethod
    def read(cls) -> "TweakRecord":
        """The record as of today, in a fixed number of queries."""
        unsold_from = _first_unsold_day()
        entries = [entry for entry in _raised_a_little() if _days(entry)[1] < unsold_from]
        return cls(
            [
                PastChange(Layer(entry.layer), _path(entry), entry.units_before, entry.units_after, sold)
                for entry, sold in zip(entries, _units_sold(entries).tolist(), strict=True)
            ]
        )

    def of(self, layer: Layer, category: Category | None = None) -> Tweaks:
        """What small upward changes of a layer did: in a category with all below it, or everywhere."""
        found = [
            (change.before, change.after, change.sold)
            for change in self._changes
            if change.layer == layer and (category is None or _is_in(change.path, category.path))
        ]
        return small_upward_tweaks(*np.array(found, dtype=np.float64).reshape(-1, 3).T)

    def advice(self, layer: Layer, category: Category | None) -> str:
        """The sentence against a small upward change of this layer here; "" where nothing speaks against."""
        here = self.of(layer, category)
        if category is not None and here.is_discouraged:
            return _sentence("here", here)
        everywhere = self.of(layer)
        return _sentence(f"of {layer.label}'s number", everywhere) if everywhere.is_discouraged else ""


def upward_tweaks_of(layer: Layer, category_id: int | None) -> Tweaks:
    """What small upward changes of a layer did so far; in one category with all below it, if it is given."""
    category = None if category_id is None else Category.objects.get(pk=category_id)
    return TweakRecord.read().of(layer, category)


def _sentence(where: str, tweaks: Tweaks) -> str:
    return (
        f"Small upward changes {where} have not helped:"
        f" {tweaks.worsened} of the last {tweaks.n} made the forecast worse."
    )


def _is_in(path: str, top: str) -> bool:
    return path == top or path.startswith(f"{top} > ")


def _first_unsold_day() -> date:
    """The first day of the first week whose sales are not all known; learned weeks are."""
    fit, this_week = latest_fit(), week_start(today())
    return this_week if fit is None else min(this_week, fit.last_week_start + WEEK)


def _raised_a_little() -> list[ForecastEntry]:
    """The newest entries of published forecasts that raised a number by little."""
    raised = ForecastEntry.objects.filter(
        version__published_at__isnull=False,
        units_after__gt=F("units_before"),
        units_after__lte=F("units_before") * LARGEST_READ,
        version__first_week_start__lt=today(),
    )
    return list(raised.select_related("version__cycle", "category", "product__category")[:MOST_CHANGES])


def _days(entry: ForecastEntry) -> tuple[date, date]:
    """The first and the last day of the month that an entry is about."""
    weeks = entry.version.weeks_of_months
    first = entry.version.first_week_start + sum(weeks[: entry.month_place]) * WEEK
    return first, first + weeks[entry.month_place] * WEEK - timedelta(days=1)


def _path(entry: ForecastEntry) -> str:
    category = entry.product.category if entry.product else entry.category
    return category.path if category else ""


def _units_sold(entries: Sequence[ForecastEntry]) -> Floats:
    """What was sold of each entry's scope in its month, in units; 0 where nothing was."""
    units = np.zeros(len(entries))
    group_names = sorted({entry.door_group for entry in entries} - {""})
    group_number = {"": EVERYWHERE, **{name: number for number, name in enumerate(group_names, start=1)}}
    doors = list(Door.objects.selling())
    inside = below({entry.category_id for entry in entries if entry.category_id is not None})
    homes = [
        (place, home)
        for place, entry in enumerate(entries)
        if entry.category_id is not None
        for home in inside[entry.category_id]
    ]
    days = [_days(entry) for entry in entries]
    sold = read_columns(
        SOLD,
        {
            "place": list(range(len(entries))),
            "product": [entry.product_id or 0 for entry in entries],
            "style": [entry.style for entry in entries],
            "door_group": [group_number[entry.door_group] for entry in entries],
            "first_day": [first for first, _ in days],
            "last_day": [last for _, last in days],
            "home_place": [place for place, _ in homes],
            "home": [home for _, home in homes],
            "door": [door.pk for door in doors],
            "group_of_door": [group_number.get(door_group_of(door), -1) for door in doors],
        },
        {"place": "int8", "units": "float8"},
    )
    units[sold["place"]] = sold["units"]
    return units
