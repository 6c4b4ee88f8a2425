"""What is seen of every campaign line that has not begun, before a threshold judges it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from marketing.campaigns.choices import PLANNED_STATUSES
from marketing.catalogue.models import Category, Door
from planning.risk.assessment import Assessment, assess
from planning.risk.engine import State
from planning.risk.runs import chunks_of
from scorecard.lab.engine import SeenLines
from scorecard.lab.packing import SeenWeek
from sop_site.columns import place_in, read_columns

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

FEATURED: Final = """
SELECT DISTINCT line.product_id AS product
FROM marketing_campaignline line JOIN marketing_campaign campaign ON campaign.id = line.campaign_id
WHERE campaign.status = ANY(%(planned)s) AND campaign.starts_on > %(today)s
ORDER BY product
"""


@dataclass(frozen=True, slots=True)
class _Places:
    """Categories and doors in ascending id; places among ``category_paths`` and ``regions``, "" first."""

    category_ids: Integers
    category_paths: tuple[str, ...]
    door_ids: Integers
    region_of_door: Integers
    regions: tuple[str, ...]

    @classmethod
    def now(cls) -> "_Places":
        categories = list(Category.objects.order_by("pk").values_list("pk", "path"))
        doors = list(Door.objects.order_by("pk").values_list("pk", "region"))
        regions = sorted({"", *(region for _, region in doors)})
        return cls(
            category_ids=np.array([pk for pk, _ in categories], dtype=np.int64),
            category_paths=("", *(path for _, path in categories)),
            door_ids=np.array([pk for pk, _ in doors], dtype=np.int64),
            region_of_door=np.array([regions.index(region) for _, region in doors], dtype=np.int64),
            regions=tuple(regions),
        )


def seen_now(today: date) -> SeenWeek:
    """The lines of all planned campaigns that begin after ``today``, by campaign × SKU × region.

    Judged as a recalculation judges them, and as many SKUs at a time.
    """
    planned = [status.value for status in PLANNED_STATUSES]
    products = read_columns(FEATURED, {"planned": planned, "today": today}, {"product": "int8"})["product"]
    places = _Places.now()
    return _joined(
        [_seen(assess(chunk, today=today), places) for chunk in chunks_of(products.tolist())], places
    )


def _seen(assessment: Assessment, places: _Places) -> SeenWeek:
    """The lines of one chunk."""
    inputs, risk, products = assessment.inputs, assessment.risk, assessment.products
    entries = np.flatnonzero(inputs.lines.start_day > 0)
    line = inputs.lines.line[entries]
    door = place_in(places.door_ids, inputs.door_ids[inputs.lines.row[entries]])
    region = places.region_of_door[door]
    order = np.lexsort((region, line))
    entries, line, region = entries[order], line[order], region[order]
    is_first = np.ones(len(entries), dtype=np.bool_)
    is_first[1:] = (np.diff(line) != 0) | (np.diff(region) != 0)
    first = np.flatnonzero(is_first)
    known = risk.state[entries] != State.NO_DATA
    line, region = line[first], region[first]
    product = products.place_of(inputs.planned.product_ids[line])

    def total(values: Floats) -> Floats:
        return np.add.reduceat(np.where(known, values[entries], 0.0), first) if len(first) else np.zeros(0)

    # Doors without data, or where nothing is expected, say nothing; where none says anything, it is NaN.
    cover = np.where(known & ~np.isnan(risk.cover[entries]), risk.cover[entries], np.inf)
    worst = np.minimum.reduceat(cover, first) if len(first) else np.zeros(0)
    return SeenWeek(
        campaign_ids=inputs.planned.campaign_ids[line],
        product_ids=inputs.planned.product_ids[line],
        start_days=inputs.planned.start_days[line],
        category=place_in(places.category_ids, products.category_ids[product]) + 1,
        region=region,
        lines=SeenLines(
            cover=np.where(np.isinf(worst), np.nan, worst),
            supply_units=total(risk.window.supply_units),
            expected_units=total(risk.window.demand_units),
            units_short=total(risk.window.units_short),
            unit_cost=products.unit_cost[product],
        ),
        category_paths=places.category_paths,
        regions=places.regions,
    )


def _joined(parts: Sequence[SeenWeek], places: _Places) -> SeenWeek:
    def whole(name: str) -> NDArray[Any]:
        nothing = np.zeros(0, dtype=np.int64)
        return np.concatenate([nothing, *(getattr(part, name) for part in parts)])

    return SeenWeek(
        campaign_ids=whole("campaign_ids"),
        product_ids=whole("product_ids"),
        start_days=whole("start_days"),
        category=whole("category"),
        region=whole("region"),
        lines=SeenLines.joined([part.lines for part in parts]),
        category_paths=places.category_paths,
        regions=places.regions,
    )
