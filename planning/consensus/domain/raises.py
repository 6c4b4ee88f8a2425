"""What was sold of the numbers that people raised a little in signed forecasts."""

from collections.abc import Sequence
from datetime import date
from typing import Final

import numpy as np
from django.db.models import F, Q, QuerySet
from numpy.typing import NDArray

from marketing.catalogue.models import Door
from marketing.demand.queries import latest_fit
from planning.consensus.blocks import below
from planning.consensus.door_groups import door_group_of
from planning.consensus.engine import SMALL_SHARE
from planning.consensus.in_force import PublishedVersions
from planning.consensus.models import ForecastEntry, RaiseOutcome
from sop_site.columns import read_columns
from sop_site.fiscal import WEEK, month_of, week_start

Floats = NDArray[np.float64]

# Sales of the last weeks are still corrected: so many months are measured anew each night.
RENEWED_MONTHS: Final = 3
# A hair more than the largest small raise: the engine draws the line.
LARGEST_MEASURED: Final = 1 + 1.1 * SMALL_SHARE
ENTRIES_AT_ONCE: Final = 500
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


def measure_raises(*, today: date) -> int:
    """Each night: what every number that was raised a little has sold, once its month is over.

    Of published forecasts. The last three months anew, older ones where they were not measured yet.
    Running it twice changes nothing. Returns how many were measured.
    """
    entries = list(_to_measure(_first_unsold_day(today)))
    for first in range(0, len(entries), ENTRIES_AT_ONCE):
        part = entries[first : first + ENTRIES_AT_ONCE]
        RaiseOutcome.objects.bulk_create(
            [
                RaiseOutcome(entry=entry, sold_units=sold)
                for entry, sold in zip(part, _units_sold(part).tolist(), strict=True)
            ],
            update_conflicts=True,
            unique_fields=["entry"],
            update_fields=["sold_units"],
        )
    return len(entries)


def _first_unsold_day(today: date) -> date:
    """The first day of the first week whose sales are not all known; learned weeks are."""
    fit, this_week = latest_fit(), week_start(today)
    return this_week if fit is None else min(this_week, fit.last_week_start + WEEK)


def _to_measure(unsold_from: date) -> QuerySet[ForecastEntry]:
    """The raises of published forecasts that are to be measured now."""
    renewed_from = (month_of(unsold_from) - RENEWED_MONTHS).start
    wanted = Q(pk__in=[])
    for version in PublishedVersions.read().versions:
        months = version.cycle.months
        over = sum(month.end < unsold_from for month in months)
        settled = sum(month.start < renewed_from for month in months)
        is_new = Q(month_place__gte=settled) | Q(outcome=None)
        wanted |= Q(version=version, month_place__lt=over) & is_new
    raised = ForecastEntry.objects.filter(
        wanted,
        units_after__gt=F("units_before"),
        units_after__lte=F("units_before") * LARGEST_MEASURED,
    )
    return raised.select_related("version__cycle").order_by("pk")


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
    months = [entry.version.cycle.months[entry.month_place] for entry in entries]
    sold = read_columns(
        SOLD,
        {
            "place": list(range(len(entries))),
            "product": [entry.product_id or 0 for entry in entries],
            "style": [entry.style for entry in entries],
            "door_group": [group_number[entry.door_group] for entry in entries],
            "first_day": [month.start for month in months],
            "last_day": [month.end for month in months],
            "home_place": [place for place, _ in homes],
            "home": [home for _, home in homes],
            "door": [door.pk for door in doors],
            "group_of_door": [group_number.get(door_group_of(door), -1) for door in doors],
        },
        {"place": "int8", "units": "float8"},
    )
    units[sold["place"]] = sold["units"]
    return units
