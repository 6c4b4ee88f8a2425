"""What the campaigns that ended in a week came to, gathered from sales, nights and plans in whole columns."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from marketing.campaigns.models import Campaign
from marketing.sales.models import WeeklySales
from scorecard.measures.models import WeekDetail, WeekSnapshot
from scorecard.measures.packing import unpacked_detail
from scorecard.measures.sources import (
    CELLS_AT_ONCE,
    Chunk,
    Doors,
    WeekOfChunk,
    observed_days,
    week_last_day,
    week_of_chunk,
)
from scorecard.measures.stock import StockOfWeek
from scorecard.measures.taking.engine import (
    NO_CATEGORY,
    SkuDoorWeek,
    count_days,
    days_between,
    taken,
)
from scorecard.outcomes import engine
from sop_site.columns import Read, place_in, read_together
from sop_site.fiscal import WEEK, week_start

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

LINES = """
SELECT line.campaign_id AS campaign, line.product_id AS product,
    coalesce(product.category_id, -1) AS category, line.uplift_ratio AS ratio,
    line.uplift_units AS uplift, product.unit_cost AS cost
FROM marketing_campaignline line JOIN marketing_product product ON product.id = line.product_id
WHERE line.campaign_id = ANY(%(campaigns)s)
"""
SCOPE = """
SELECT campaign_id AS campaign, door_id AS door
FROM marketing_campaigndoor WHERE campaign_id = ANY(%(campaigns)s)
"""
# The newest fit measures a promotion in whole weeks; that of a campaign holds all of its days.
LIFTS = """
SELECT campaign.id AS campaign, lift.product_id AS product, lift.baseline_units AS baseline,
    lift.door_count * (lift.ends_on - lift.starts_on + 1) AS door_days
FROM marketing_campaign campaign
JOIN marketing_campaignline line ON line.campaign_id = campaign.id
JOIN marketing_pastlift lift ON lift.product_id = line.product_id AND lift.mechanic_id = campaign.mechanic_id
    AND lift.starts_on <= campaign.starts_on AND lift.ends_on >= campaign.ends_on
WHERE campaign.id = ANY(%(campaigns)s)
"""
# Sums over the doors and days of each SKU.
SUMS: Final = (
    "days",
    "days_seen",
    "days_out",
    "sold",
    "unmet",
    "baseline",
    "net_sales",
    "margin",
    "lost_revenue",
    "lost_margin",
    "unpriced",
    "uncosted",
)


@dataclass(slots=True)
class Taking:
    """A campaign with its SKUs ``[s]`` and doors ``[d]``, by id, while its figures are gathered.

    ``uplift_ratio`` and ``uplift_units`` are as planned, one of them NaN. ``sums [SUMS, s]`` grow week by
    week; ``measured_baseline`` and ``measured_days`` are of past lifts, NaN and 0 where none was measured.
    """

    campaign: Campaign
    product_ids: Integers
    category_ids: Integers
    door_ids: Integers
    uplift_ratio: Floats
    uplift_units: Floats
    unit_cost: Floats
    measured_baseline: Floats
    measured_days: Floats
    sums: Floats = field(init=False)

    def __post_init__(self) -> None:
        self.sums = np.zeros((len(SUMS), len(self.product_ids)))

    def of(self, name: str) -> Floats:
        """A sum of every SKU."""
        return self.sums[SUMS.index(name)]

    def total(self, name: str) -> float:
        """A sum over all SKUs."""
        return float(self.of(name).sum())

    @property
    def baseline(self) -> Floats:
        """What each SKU would have sold: as its lift was measured, else as its baseline says."""
        return engine.measured_baseline(
            self.measured_baseline, self.measured_days, self.of("days"), self.of("baseline")
        )

    @property
    def planned(self) -> Floats:
        """What each SKU was planned to sell: its baseline and the planned uplift."""
        baseline = self.of("baseline")
        return baseline + engine.planned_uplift(self.uplift_ratio, self.uplift_units, baseline)

    def add(
        self,
        chunk: Chunk,
        doors: Doors,
        week: WeekOfChunk,
        start: date,
        last_day: int,
        *,
        sales_say_out: bool,
    ) -> None:
        """Add what its SKUs of ``chunk`` sold and lacked on its own days of a week.

        Unless ``sales_say_out`` a SKU-door of which no night saw any of the days is neither in stock nor out.
        """
        own = np.flatnonzero(place_in(chunk.product_ids, self.product_ids) >= 0)
        row = place_in(chunk.product_ids, self.product_ids[own])
        column = place_in(doors.door_ids, self.door_ids)
        cells = (row[:, None] * len(doors.door_ids) + column[column >= 0]).ravel()
        sku = np.repeat(own, int((column >= 0).sum()))
        first = (self.campaign.starts_on - start).days
        last = min((self.campaign.ends_on - start).days, last_day)
        promoted = days_between(np.full(len(cells), first), np.full(len(cells), last))
        facts = replace(_chosen(week.facts, cells), promoted=promoted)
        part, _ = taken(facts)
        days = count_days(facts.offered & promoted)
        is_known = sales_say_out | ((facts.offered & promoted & facts.seen) > 0)
        of_cells = {
            "days": days,
            "days_seen": np.where(is_known, np.minimum(part.days, days), 0.0),
            "days_out": np.where(is_known, np.minimum(part.out_days, days), 0.0),
            "sold": part.sold,
            "unmet": part.unmet,
            "baseline": engine.baseline_of_days(facts.baseline_units, days),
            "net_sales": part.net_sales,
            "margin": part.margin,
            "lost_revenue": part.lost_revenue,
            "lost_margin": part.lost_margin,
            "unpriced": part.unpriced,
            "uncosted": part.uncosted,
        }
        for place, name in enumerate(SUMS):
            self.sums[place] += np.bincount(sku, of_cells[name], minlength=len(self.product_ids))


def takings_of(campaigns: Sequence[Campaign], today: date) -> list[Taking]:
    """The campaigns with all that the weeks up to ``today`` say of their days.

    A week is read once for all of them; its stock is what its nights counted.
    """
    takings = _planned(campaigns)
    weeks = {start for taking in takings for start in _weeks_of(taking.campaign, today)}
    for start in sorted(weeks):
        _add_week([each for each in takings if start in _weeks_of(each.campaign, today)], start, today)
    return takings


def _planned(campaigns: Sequence[Campaign]) -> list[Taking]:
    wanted = {"campaigns": np.array([campaign.pk for campaign in campaigns], dtype=np.int64)}
    of_campaign = {"campaign": "int8", "product": "int8"}
    lines, scope, lifts = read_together(
        [
            Read(
                LINES,
                wanted,
                of_campaign | {"category": "int8"} | dict.fromkeys(("ratio", "uplift", "cost"), "float8"),
            ),
            Read(SCOPE, wanted, {"campaign": "int8", "door": "int8"}),
            Read(LIFTS, wanted, of_campaign | {"baseline": "float8", "door_days": "float8"}),
        ]
    )
    takings = []
    for campaign in campaigns:
        own = np.flatnonzero(lines["campaign"] == campaign.pk)
        own = own[np.argsort(lines["product"][own])]
        product_ids = lines["product"][own]
        baseline, door_days = np.full(len(own), np.nan), np.zeros(len(own))
        measured = np.flatnonzero(lifts["campaign"] == campaign.pk)
        place = place_in(product_ids, lifts["product"][measured])
        baseline[place], door_days[place] = lifts["baseline"][measured], lifts["door_days"][measured]
        takings.append(
            Taking(
                campaign=campaign,
                product_ids=product_ids,
                category_ids=lines["category"][own],
                door_ids=np.sort(scope["door"][scope["campaign"] == campaign.pk]),
                uplift_ratio=lines["ratio"][own],
                uplift_units=lines["uplift"][own],
                unit_cost=lines["cost"][own],
                measured_baseline=baseline,
                measured_days=door_days,
            )
        )
    return takings


def _weeks_of(campaign: Campaign, today: date) -> list[date]:
    """The Sundays of the weeks in which it ran until ``today``."""
    first, last = week_start(campaign.starts_on), week_start(min(campaign.ends_on, today))
    return [first + place * WEEK for place in range((last - first) // WEEK + 1)]


def _add_week(takings: list[Taking], start: date, today: date) -> None:
    """Read one week of the SKUs of these campaigns at their doors, and add it to each."""
    last_day = week_last_day(start, today)
    doors = _at(Doors.in_week(start, last_day), np.concatenate([taking.door_ids for taking in takings]))
    product_ids, place = np.unique(np.concatenate([each.product_ids for each in takings]), return_index=True)
    category_ids = np.concatenate([each.category_ids for each in takings])[place]
    stock, observed = _stock_in(start, product_ids, category_ids), observed_days(start)
    # A source that never says so cannot tell that nothing was out.
    sales_say_out = WeeklySales.objects.filter(week_start=start, out_of_stock_share__gt=0).exists()
    size = max(1, CELLS_AT_ONCE // max(len(doors.door_ids), 1))
    for first in range(0, len(product_ids), size):
        chunk = Chunk(product_ids[first : first + size], category_ids[first : first + size])
        week = week_of_chunk(chunk, doors, start, stock, last_day=last_day, observed=observed)
        for taking in takings:
            taking.add(chunk, doors, week, start, last_day, sales_say_out=sales_say_out)


def _at(doors: Doors, door_ids: Integers) -> Doors:
    """Only those of the doors."""
    kept = np.isin(doors.door_ids, door_ids)
    return replace(
        doors,
        door_ids=doors.door_ids[kept],
        is_dc=doors.is_dc[kept],
        open_days=doors.open_days[kept],
        slice_of=doors.slice_of[kept],
    )


def _stock_in(start: date, product_ids: Integers, category_ids: Integers) -> StockOfWeek:
    """What the nights of a week counted of these SKUs, ascending; nothing where it was never taken."""
    snapshot = WeekSnapshot.objects.in_force().filter(week_start=start)
    details = WeekDetail.objects.filter(snapshot__in=snapshot)
    kept = details.filter(category__in=category_ids[category_ids != NO_CATEGORY].tolist())
    if (category_ids == NO_CATEGORY).any():
        kept |= details.filter(category=None)
    packed = kept.order_by("pk").values_list("packed", flat=True)
    # One at a time is in memory, and of each only what is asked for.
    whole = (unpacked_detail(each) for each in packed.iterator(chunk_size=20))
    return StockOfWeek.of_details(
        detail.chosen(place_in(product_ids, detail.product_ids) >= 0) for detail in whole
    )


def _chosen(facts: SkuDoorWeek, cells: Integers) -> SkuDoorWeek:
    """The facts of some cells."""
    arrays: dict[str, Any] = {
        each.name: value[cells]
        for each in fields(facts)
        if isinstance(value := getattr(facts, each.name), np.ndarray)
    }
    return replace(facts, **arrays)
