"""What a week's figures are made from, read in whole columns and laid on one grid of SKUs × doors."""

from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from typing import Final

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from marketing.baseline.vectors import FORECAST_WEEKS, PACKED
from marketing.campaigns.choices import CampaignStatus
from marketing.catalogue.choices import DoorKind
from planning.consensus.door_groups import DoorGroups
from scorecard.measures.choices import DayState, SellingChannel
from scorecard.measures.stock import StockOfWeek
from scorecard.measures.taking.engine import (
    DAYS_A_WEEK,
    DaySets,
    SkuDoorWeek,
    Tree,
    days_between,
    joined_promotions,
)
from sop_site.columns import BYTES, Columns, Read, place_in, read_columns, read_together
from sop_site.fiscal import WEEK

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

# So many cells of the grid are calculated at once: their arrays take some hundred megabytes.
CELLS_AT_ONCE = 400_000
# What a stock keeps that lies where nothing is sold: at a DC.
NO_CHANNEL: Final = ""
# Campaigns whose days count as promoted whether or not a night saw them.
PROMOTING: Final = (CampaignStatus.APPROVED, CampaignStatus.RUNNING, CampaignStatus.COMPLETED)

DOORS = """
SELECT id AS door, kind = %(dc)s AS is_dc, coalesce(opened_on - %(week)s, -1) AS opens,
    coalesce(closed_on - %(week)s, 7) AS closes
FROM marketing_door ORDER BY id
"""
DOOR_SLICES = "SELECT id, region, kind FROM marketing_door ORDER BY id"
PRODUCTS = "SELECT id AS product, coalesce(category_id, -1) AS category FROM marketing_product"
CATEGORIES = "SELECT id AS category, coalesce(parent_id, -1) AS parent FROM marketing_category"
FACTS = """
SELECT id AS product, unit_price AS price, unit_cost AS cost
FROM marketing_product WHERE id = ANY(%(products)s)
"""
RANGED = """
SELECT product_id AS product, door_id AS door
FROM marketing_ranging WHERE product_id = ANY(%(products)s)
"""
SALES = """
SELECT product_id AS product, door_id AS door, units, revenue, nullif(base_price, 0) AS base_price,
    observed_days AS observed, out_of_stock_share AS out_share
FROM marketing_weeklysales WHERE product_id = ANY(%(products)s) AND week_start = %(week)s
"""
# Of a week that no baseline reaches the nearest one's.
BASELINES = """
SELECT product_id AS product, door_id AS door,
    substring(weekly_units FROM
        4 * least(greatest((%(week)s - first_week_start) / 7, 0), %(last_place)s) + 1 FOR 4) AS units
FROM marketing_baselineforecast WHERE product_id = ANY(%(products)s)
"""
PAST_PROMOTIONS = """
SELECT product_id AS product, door_id AS door, mechanic_id AS mechanic, starts_on - %(week)s AS first_day,
    ends_on - %(week)s AS last_day
FROM marketing_pastpromotion
WHERE product_id = ANY(%(products)s) AND starts_on <= %(last)s AND ends_on >= %(week)s
"""
CAMPAIGNS = """
SELECT line.product_id AS product, scope.door_id AS door, campaign.mechanic_id AS mechanic,
    campaign.starts_on - %(week)s AS first_day, campaign.ends_on - %(week)s AS last_day
FROM marketing_campaign campaign
JOIN marketing_campaignline line ON line.campaign_id = campaign.id
JOIN marketing_campaigndoor scope ON scope.campaign_id = campaign.id
WHERE line.product_id = ANY(%(products)s) AND campaign.status = ANY(%(promoting)s)
    AND campaign.starts_on <= %(last)s AND campaign.ends_on >= %(week)s
"""
SEEN = """
SELECT product, door, mechanic, first_day, length(states) AS days, states
FROM (
    SELECT seen.product_id AS product, seen.door_id AS door, campaign.mechanic_id AS mechanic,
        greatest(campaign.starts_on - %(week)s, 0) AS first_day,
        substring(seen.states FROM greatest(%(week)s - campaign.starts_on, 0) + 1
            FOR least(7, campaign.ends_on - %(week)s + 1, %(last)s - campaign.starts_on + 1)) AS states
    FROM scorecard_promoteddays seen JOIN marketing_campaign campaign ON campaign.id = seen.campaign_id
    WHERE seen.product_id = ANY(%(products)s)
        AND campaign.starts_on <= %(last)s AND campaign.ends_on >= %(week)s
) AS of_week
WHERE length(states) > 0
"""
OBSERVED = """
SELECT coalesce(max(observed_days), 0) FROM marketing_weeklysales WHERE week_start = %(week)s
"""
# The sums of hashes do not depend on the order of the rows. What a campaign promoted stands there once it is
# over: no news.
SALES_DIGEST = """
SELECT week_start, count(*), sum(hash_record_extended(
    ROW(product_id, door_id, units, revenue, base_price, observed_days, out_of_stock_share), 0))
FROM marketing_weeklysales WHERE week_start = ANY(%(weeks)s) GROUP BY week_start
"""
PROMOTIONS_DIGEST = """
SELECT week, count(*), sum(hash_record_extended(
    ROW(product_id, door_id, mechanic_id, greatest(starts_on, week), least(ends_on, week + 6)), 0))
FROM unnest(%(weeks)s::date[]) AS week
JOIN marketing_pastpromotion promotion ON starts_on <= week + 6 AND ends_on >= week
WHERE NOT EXISTS (SELECT 1 FROM marketing_campaign campaign WHERE campaign.code = promotion.code)
GROUP BY week
"""
AT_DOOR: Final = {"product": "int8", "door": "int8"}


@dataclass(frozen=True, slots=True)
class Doors:
    """Every door, by id ``[d]``: what it is part of, and on which days of the week it is open.

    ``slice_of [d]`` is the place of its region and channel in ``slices``; a DC is of no channel.
    """

    door_ids: Integers
    is_dc: Flags
    open_days: DaySets
    slice_of: Integers
    slices: list[tuple[str, str]]

    @classmethod
    def in_week(cls, week_start: date, last_day: int) -> "Doors":
        """All of them, open from Sunday to day ``last_day`` of the week at most."""
        found = read_columns(
            DOORS,
            {"dc": DoorKind.DC.value, "week": week_start},
            {"door": "int8", "is_dc": "bool", "opens": "int4", "closes": "int4"},
        )
        order = np.argsort(found["door"])
        found = {name: column[order] for name, column in found.items()}
        with connection.cursor() as cursor:
            cursor.execute(DOOR_SLICES)
            of_door = [(region, _channel(kind)) for _, region, kind in cursor.fetchall()]
        slices = sorted(set(of_door))
        return cls(
            door_ids=found["door"],
            is_dc=found["is_dc"],
            open_days=days_between(found["opens"], np.minimum(found["closes"] - 1, last_day)),
            slice_of=np.array([slices.index(each) for each in of_door], dtype=np.int64),
            slices=slices,
        )


def _channel(kind: str) -> str:
    if kind == DoorKind.DC:
        return NO_CHANNEL
    return SellingChannel.ECOMMERCE if kind == DoorKind.ECOMMERCE else SellingChannel.STORES


def category_tree() -> Tree:
    """All categories as they hang together now."""
    found = read_columns(CATEGORIES, {}, {"category": "int8", "parent": "int8"})
    order = np.argsort(found["category"])
    return Tree(found["category"][order], found["parent"][order])


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some SKUs, ascending ``[s]``, with their categories (`engine.NO_CATEGORY` where they have none)."""

    product_ids: Integers
    category_ids: Integers


def chunks(doors: int) -> list[Chunk]:
    """All SKUs, by category, in parts of `CELLS_AT_ONCE` SKU-doors."""
    found = read_columns(PRODUCTS, {}, {"product": "int8", "category": "int8"})
    order = np.lexsort((found["product"], found["category"]))
    product, category = found["product"][order], found["category"][order]
    size = max(1, CELLS_AT_ONCE // max(doors, 1))
    parts = []
    for first in range(0, len(product), size):
        part = slice(first, first + size)
        by_id = np.argsort(product[part])
        parts.append(Chunk(product[part][by_id], category[part][by_id]))
    return parts


@dataclass(frozen=True, slots=True)
class WeekOfChunk:
    """A chunk on its grid: the cell of SKU ``s`` at door ``d`` is ``s × doors + d``; every array ``[cells]``.

    ``opening`` and ``closing`` are units on hand, NaN where nobody counted. ``is_sold`` cells have sales.
    """

    facts: SkuDoorWeek
    mechanic_ids: Integers
    opening: Floats
    closing: Floats
    is_sold: Flags


def observed_days(week_start: date) -> int:
    """How many days of the week the sales cover where they cover most; 0 where none are known."""
    with connection.cursor() as cursor:
        cursor.execute(OBSERVED, {"week": week_start})
        return int(cursor.fetchone()[0])


def week_of_chunk(
    chunk: Chunk, doors: Doors, week_start: date, stock: StockOfWeek, *, last_day: int, observed: int
) -> WeekOfChunk:
    """All that is known of the SKUs of ``chunk`` at every door in the week, up to its day ``last_day``."""
    found = _documents(chunk, week_start, last_day)
    grid = _Grid(chunk.product_ids, doors.door_ids)
    promotions, nights = _promotions(grid, found, last_day)
    promoted, mechanic_ids = joined_promotions(*promotions, cells=grid.cells)
    counted = stock.of(chunk.product_ids)
    at = grid.place_of(counted.product_ids, counted.door_ids)
    known = at >= 0
    at, counted = at[known], counted.chosen(known)
    seen, out = grid.filled(np.uint8(0)), grid.filled(np.uint8(0))
    seen[at], out[at] = counted.seen, counted.out
    # What a night saw of the promoted days counts before what was counted of the week.
    out = (out & ~nights.seen) | nights.out
    seen |= nights.seen
    is_ranged = grid.filled(False)
    ranged = grid.place_of(found["ranged"]["product"], found["ranged"]["door"])
    is_ranged[ranged[ranged >= 0]] = True
    open_days = np.tile(np.where(doors.is_dc, np.uint8(0), doors.open_days), len(chunk.product_ids))
    sales = found["sales"]
    sold = grid.place_of(sales["product"], sales["door"])
    is_sold = grid.filled(False)
    is_sold[sold] = True
    facts = found["facts"]
    order = np.argsort(facts["product"])
    baselines = found["baselines"]
    return WeekOfChunk(
        facts=SkuDoorWeek(
            offered=np.where(is_ranged | (seen > 0), open_days & ~nights.not_offered, np.uint8(0)),
            promoted=promoted,
            seen=seen,
            out=out,
            observed_days=grid.laid(sold, sales["observed"], 0.0),
            units=grid.laid(sold, sales["units"], 0.0),
            out_share=grid.laid(sold, sales["out_share"], 0.0),
            revenue=grid.laid(sold, sales["revenue"], np.nan),
            base_price=grid.laid(sold, sales["base_price"], np.nan),
            price=np.repeat(facts["price"][order], len(doors.door_ids)),
            cost=np.repeat(facts["cost"][order], len(doors.door_ids)),
            baseline_units=grid.laid(
                grid.place_of(baselines["product"], baselines["door"]),
                baselines["units"].view(PACKED).astype(np.float64),
                0.0,
            ),
            observed_in_general=float(min(observed, last_day + 1)),
        ),
        mechanic_ids=mechanic_ids,
        opening=grid.laid(at, counted.opening, np.nan),
        closing=grid.laid(at, counted.closing, np.nan),
        is_sold=is_sold,
    )


@dataclass(frozen=True, slots=True)
class _Grid:
    """SKUs × doors, both ascending."""

    products: Integers
    doors: Integers

    @property
    def cells(self) -> int:
        """How many there are."""
        return len(self.products) * len(self.doors)

    def place_of(self, product_ids: Integers, door_ids: Integers) -> Integers:
        """The cell of each, -1 for what is not on the grid."""
        product, door = place_in(self.products, product_ids), place_in(self.doors, door_ids)
        return np.where((product < 0) | (door < 0), -1, product * len(self.doors) + door)

    def filled(self, value: np.uint8 | bool) -> NDArray:
        """An array of the cells."""
        return np.full(self.cells, value)

    def laid(self, cell: Integers, values: NDArray, otherwise: float) -> Floats:
        """``values`` at their cells, ``otherwise`` elsewhere."""
        laid = np.full(self.cells, otherwise)
        laid[cell[cell >= 0]] = values[cell >= 0]
        return laid


@dataclass(frozen=True, slots=True)
class _Nights:
    """What the nights saw of promoted days, by cell."""

    seen: DaySets
    out: DaySets
    not_offered: DaySets


def _promotions(
    grid: _Grid, found: dict[str, Columns], last_day: int
) -> tuple[tuple[Integers, Integers, DaySets], _Nights]:
    """Every promotion at its cell with its mechanic and days, and what the nights saw of them.

    Days on which a night saw a campaign run count whatever became of it.
    """
    cells, mechanics, days = [], [], []
    for name in ("past", "campaigns"):
        cells.append(grid.place_of(found[name]["product"], found[name]["door"]))
        mechanics.append(found[name]["mechanic"])
        days.append(days_between(found[name]["first_day"], np.minimum(found[name]["last_day"], last_day)))
    seen = found["seen"]
    at = grid.place_of(seen["product"], seen["door"])
    row = np.repeat(np.arange(len(at)), seen["days"])
    day = np.arange(len(row)) - np.repeat(np.cumsum(seen["days"]) - seen["days"], seen["days"])
    bit = np.left_shift(np.uint8(1), (day + seen["first_day"][row]).astype(np.uint8))
    ran = seen["states"] != DayState.NOT_SEEN
    cells.append(at[row[ran]])
    mechanics.append(seen["mechanic"][row[ran]])
    days.append(bit[ran])
    cell, mechanic, of_cell = np.concatenate(cells), np.concatenate(mechanics), np.concatenate(days)
    known = (cell >= 0) & (of_cell > 0)

    def in_state(*states: DayState) -> DaySets:
        chosen = np.isin(seen["states"], states) & (at[row] >= 0)
        joined = grid.filled(np.uint8(0))
        np.bitwise_or.at(joined, at[row[chosen]], bit[chosen])
        return joined

    nights = _Nights(
        seen=in_state(DayState.IN_STOCK, DayState.OUT),
        out=in_state(DayState.OUT),
        not_offered=in_state(DayState.NOT_OFFERED),
    )
    return (cell[known], mechanic[known], of_cell[known]), nights


def _documents(chunk: Chunk, week_start: date, last_day: int) -> dict[str, Columns]:
    parameters = {
        "products": chunk.product_ids,
        "week": week_start,
        "last": week_start + timedelta(days=min(last_day, DAYS_A_WEEK - 1)),
        "last_place": FORECAST_WEEKS - 1,
        "promoting": [status.value for status in PROMOTING],
    }
    promotion = AT_DOOR | {"mechanic": "int8", "first_day": "int4"}
    sales = dict.fromkeys(("units", "revenue", "base_price", "observed", "out_share"), "float8")
    wanted = {
        "facts": (FACTS, {"product": "int8", "price": "float8", "cost": "float8"}),
        "ranged": (RANGED, AT_DOOR),
        "sales": (SALES, AT_DOOR | sales),
        "baselines": (BASELINES, AT_DOOR | {"units": BYTES}),
        "past": (PAST_PROMOTIONS, promotion | {"last_day": "int4"}),
        "campaigns": (CAMPAIGNS, promotion | {"last_day": "int4"}),
        "seen": (SEEN, promotion | {"days": "int4", "states": BYTES}),
    }
    read = read_together([Read(query, parameters, kinds) for query, kinds in wanted.values()])
    return dict(zip(wanted, read, strict=True))


def source_digests(weeks: list[date]) -> dict[date, str]:
    """Of each week a digest of the sales and the listed promotions that its figures are made from."""
    told = {week: [str(week)] for week in weeks}
    with connection.cursor() as cursor:
        for query in (SALES_DIGEST, PROMOTIONS_DIGEST):
            cursor.execute(query, {"weeks": weeks})
            for week, count, hashes in cursor.fetchall():
                told[week].append(f"{query is SALES_DIGEST} {count} {hashes}")
    return {week: sha256("|".join(parts).encode()).hexdigest() for week, parts in told.items()}


def sales_by_group(sold: Floats, doors: Doors, groups: DoorGroups) -> Floats:
    """Sums over the doors of each group ``[s, G]`` of what is told of SKUs at doors ``[s, d]``."""
    group = groups.place_of(doors.door_ids)
    return np.stack([sold[:, group == place].sum(axis=1) for place in range(len(groups.names))], axis=1)


def week_last_day(week_start: date, today: date) -> int:
    """The last day of the week that has come by ``today``: 0 is its Sunday, 6 its Saturday."""
    return min((today - week_start).days, WEEK.days - 1)
