"""What a projection is made from, read for a chunk of SKUs (definitions: Projected on-hand)."""

from dataclasses import dataclass, fields
from datetime import date

import numpy as np
from numpy.typing import NDArray

from marketing.baseline.vectors import FORECAST_WEEKS, PACKED
from marketing.campaigns.choices import PLANNED_STATUSES
from marketing.catalogue.choices import DoorKind
from planning.supply.choices import ReceiptStatus, TransferStatus
from planning.supply.engine import NEVER, CampaignLines, Horizon, Receipts, SkuDoors, Transfers, expanded
from sop_site.columns import Columns, Read, place_in, read_columns, read_together
from sop_site.fiscal import week_start

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

UNDER_WAY = (TransferStatus.PLANNED, TransferStatus.SHIPPED)
NOWHERE = -1

# Each table is read by itself and the arrays are laid over one another here: joining on the server costs
# as much again as reading does.
DOORS = """
SELECT door.id AS door, coalesce(door.supplied_by_id, -1) AS dc, door.sells_from_dc,
    door.kind = %(dc)s AS is_dc,
    coalesce(door.opened_on - %(today)s, -%(never)s) AS opening_day,
    coalesce(door.closed_on - %(today)s, %(never)s) AS closing_day,
    coalesce(route.transit_days, %(default_transit_days)s) AS transit_days, route.id IS NOT NULL AS has_route
FROM marketing_door door
LEFT JOIN planning_route route ON route.from_door_id = door.supplied_by_id AND route.to_door_id = door.id
WHERE door.closed_on IS NULL OR door.closed_on > %(today)s
ORDER BY door.id
"""
RANGED = """
SELECT product_id AS product, door_id AS door, presentation_minimum_units AS minimum
FROM marketing_ranging WHERE product_id = ANY(%(products)s)
"""
STOCK = """
SELECT product_id AS product, door_id AS door, on_hand_units AS on_hand, unavailable_units AS unavailable,
    committed_units AS committed, is_simulated
FROM planning_stockposition WHERE product_id = ANY(%(products)s)
"""
BASELINES = """
SELECT product_id AS product, door_id AS door, (%(week)s - first_week_start) / 7 AS weeks_ago, weekly_units
FROM marketing_baselineforecast WHERE product_id = ANY(%(products)s)
"""
RECEIPTS = """
SELECT product_id AS product, door_id AS door, current_eta - %(today)s AS day,
    greatest(ordered_units - received_units, 0) AS units
FROM planning_receipt WHERE product_id = ANY(%(products)s) AND status = %(open)s
"""
# A transfer that should have left and did not leaves today.
TRANSFERS = """
SELECT product_id AS product, from_door_id AS from_door, to_door_id AS to_door,
    status = %(shipped)s AS has_left, greatest(ship_on - %(today)s, 0) AS ship_day,
    arrive_on - %(today)s AS arrival_day, units
FROM planning_transfer WHERE product_id = ANY(%(products)s) AND status = ANY(%(under_way)s)
"""
PLANNED = """
SELECT line.campaign_id AS campaign, line.product_id AS product, campaign.starts_on - %(today)s AS start_day,
    campaign.ends_on - %(today)s AS end_day, line.uplift_ratio, line.uplift_units
FROM marketing_campaignline line JOIN marketing_campaign campaign ON campaign.id = line.campaign_id
WHERE line.product_id = ANY(%(products)s)
    AND campaign.status = ANY(%(planned)s) AND campaign.ends_on >= %(today)s
"""
SCOPES = """
SELECT campaign_id AS campaign, door_id AS door
FROM marketing_campaigndoor WHERE campaign_id = ANY(%(campaigns)s)
"""
ROUTES = """
SELECT route.from_door_id AS from_door, route.to_door_id AS to_door, route.transit_days AS days
FROM planning_route route JOIN marketing_door door ON door.id = route.from_door_id
WHERE door.kind <> %(dc)s
ORDER BY route.id
"""


@dataclass(frozen=True, slots=True)
class PlannedLines:
    """``k`` SKUs in campaigns that are planned and not over, as columns; days are counted from today.

    Of ``uplift_ratio`` and ``uplift_units`` one is NaN.
    """

    campaign_ids: Integers
    product_ids: Integers
    start_days: Integers
    end_days: Integers
    uplift_ratio: Floats
    uplift_units: Floats

    def __len__(self) -> int:
        return len(self.campaign_ids)

    @property
    def keys(self) -> tuple[list[int], list[int]]:
        """Their campaign and SKU ids, as lists."""
        return self.campaign_ids.tolist(), self.product_ids.tolist()

    def followed_by(self, others: "PlannedLines") -> "PlannedLines":
        """These lines, and then ``others``."""
        names = [field.name for field in fields(self)]
        return PlannedLines(*(np.append(getattr(self, name), getattr(others, name)) for name in names))


@dataclass(frozen=True, slots=True)
class ProjectionInputs:
    """What the engines need of a chunk of SKUs, and which record each number belongs to.

    Rows ``[n]`` are SKU-doors in ascending SKU and door id: ``product_ids``, ``door_ids``,
    ``is_ranged``, ``is_simulated``, ``is_dc``, and ``has_route`` where the days from the DC are not the
    default. ``planned`` at place ``k`` is the campaign line that ``lines.line == k`` speaks of; entries
    stand in the order of line and door. A line without any door that could serve it has none.
    """

    horizon: Horizon
    product_ids: Integers
    door_ids: Integers
    is_ranged: Flags
    is_simulated: Flags
    is_dc: Flags
    has_route: Flags
    sku_doors: SkuDoors
    planned: PlannedLines
    lines: CampaignLines
    receipts: Receipts
    transfers: Transfers


def planned_lines(product_ids: Integers, today: date) -> PlannedLines:
    """Lines of these SKUs in campaigns whose uplift counts as demand and that are not over.

    In ascending SKU and campaign id.
    """
    found = read_columns(
        PLANNED,
        {
            "products": product_ids,
            "planned": [status.value for status in PLANNED_STATUSES],
            "today": today,
        },
        {
            **dict.fromkeys(("campaign", "product"), "int8"),
            **dict.fromkeys(("start_day", "end_day"), "int4"),
            **dict.fromkeys(("uplift_ratio", "uplift_units"), "float8"),
        },
    )
    order = np.lexsort((found["campaign"], found["product"]))
    return PlannedLines(*(column[order] for column in found.values()))


def projection_inputs(
    product_ids: Integers,
    planned: PlannedLines,
    *,
    today: date,
    default_transit_days: int,
    horizon: Horizon | None = None,
) -> ProjectionInputs:
    """Everything that a projection of these SKUs, ascending, at all their doors is made from as of ``today``.

    It reaches as far as ``horizon``; without one, as far as the planned lines need.
    ``planned`` are the ``planned_lines`` of the same SKUs. A SKU-door is a row where the SKU is ranged,
    lies or is bound for, and at the DC behind each of these; only a door that ranges the SKU has a
    baseline: elsewhere there is stock, but no demand. Closed doors are left out, and so are receipts and
    transfers that are past due. ``default_transit_days`` stands in for a route that nobody has entered.
    """
    if horizon is None:
        last_day = int(planned.end_days.max(initial=0))
        horizon = Horizon.covering(today, [Horizon(today).date_of(last_day)])
    found = _documents(product_ids, planned, today, default_transit_days)
    return _laid_out(_Grid(product_ids, found.doors), horizon, planned, found)


@dataclass(frozen=True, slots=True)
class DoorRoutes:
    """The routes on which doors send units to one another; those from a DC are replenishment."""

    from_door_ids: Integers
    to_door_ids: Integers
    transit_days: Integers


def routes_between_doors() -> DoorRoutes:
    """Every route that does not start at a DC."""
    found = read_columns(
        ROUTES, {"dc": DoorKind.DC.value}, dict.fromkeys(("from_door", "to_door", "days"), "int8")
    )
    return DoorRoutes(found["from_door"], found["to_door"], found["days"])


@dataclass(frozen=True, slots=True)
class _Grid:
    """SKUs × open doors: a cell is ``place of the SKU × number of doors + place of the door``."""

    products: Integers
    doors: Columns

    @property
    def cells(self) -> int:
        """How many cells there are."""
        return len(self.products) * len(self.doors["door"])

    def cell_of(self, product: Integers, door: Integers) -> Integers:
        """The cell of each pair, NOWHERE for a door that is closed; the SKUs are those of the grid."""
        place = place_in(self.doors["door"], door)
        cell = np.searchsorted(self.products, product) * len(self.doors["door"]) + place
        return np.where(place == NOWHERE, NOWHERE, cell)

    def cells_of(self, found: Columns, door: str) -> Integers:
        """The cell of each document, by the column that names its ``door``."""
        return self.cell_of(found["product"], found[door])

    def spread(self, cell: Integers, values: NDArray | bool, missing: float | bool) -> NDArray:
        """``values`` at their cells, ``missing`` at all others ``[cells + 1]``.

        The last takes what stands at closed doors: NOWHERE is its place, and it is always missing.
        """
        whole = np.full(self.cells + 1, missing)
        whole[cell] = values
        whole[NOWHERE] = missing
        return whole

    def with_dcs(self, marked: Flags) -> Flags:
        """The ``marked`` cells, and those of the same SKUs at the DCs behind them."""
        by_sku = marked.reshape(len(self.products), len(self.doors["door"]))
        dc = place_in(self.doors["door"], self.doors["dc"])
        for place in np.unique(dc[dc != NOWHERE]):
            by_sku[:, place] |= by_sku[:, dc == place].any(axis=1)
        return by_sku.reshape(-1)

    def door_facts(self, cell: Integers) -> Columns:
        """The facts of the door of each cell."""
        place = cell % len(self.doors["door"])
        return {name: fact[place] for name, fact in self.doors.items()}


@dataclass(frozen=True, slots=True)
class _Documents:
    """What is known of some SKUs at their doors, each table as its columns."""

    doors: Columns
    scopes: Columns
    ranged: Columns
    stock: Columns
    baselines: Columns
    receipts: Columns
    transfers: Columns


def _documents(
    product_ids: Integers, planned: PlannedLines, today: date, default_transit_days: int
) -> _Documents:
    """Of these SKUs, and all doors that are open or will be."""
    parameters = {
        "products": product_ids,
        "campaigns": np.unique(planned.campaign_ids),
        "today": today,
        "week": week_start(today),
        "never": NEVER,
        "default_transit_days": default_transit_days,
        "dc": DoorKind.DC.value,
        "open": ReceiptStatus.OPEN.value,
        "shipped": TransferStatus.SHIPPED.value,
        "under_way": [status.value for status in UNDER_WAY],
    }
    door_days = dict.fromkeys(("opening_day", "closing_day", "transit_days"), "int4")
    door_truths = dict.fromkeys(("sells_from_dc", "is_dc", "has_route"), "bool")
    at_door = {"product": "int8", "door": "int8"}
    units = dict.fromkeys(("on_hand", "unavailable", "committed"), "float8")
    between = {"product": "int8", "from_door": "int8", "to_door": "int8", "has_left": "bool"}
    days = {"ship_day": "int4", "arrival_day": "int4"}
    wanted = (
        (DOORS, {"door": "int8", "dc": "int8", **door_truths, **door_days}),
        (SCOPES, {"campaign": "int8", "door": "int8"}),
        (RANGED, at_door | {"minimum": "int4"}),
        (STOCK, at_door | units | {"is_simulated": "bool"}),
        (BASELINES, at_door | {"weeks_ago": "int4", "weekly_units": "bytea"}),
        (RECEIPTS, at_door | {"day": "int4", "units": "float8"}),
        (TRANSFERS, between | days | {"units": "float8"}),
    )
    return _Documents(*read_together([Read(query, parameters, kinds) for query, kinds in wanted]))


def _laid_out(grid: _Grid, horizon: Horizon, planned: PlannedLines, found: _Documents) -> ProjectionInputs:
    """The rows that any document names, and the documents by row."""
    ranged, stock, receipts, transfers = found.ranged, found.stock, found.receipts, found.transfers
    ranged_at, stock_at = grid.cells_of(ranged, "door"), grid.cells_of(stock, "door")
    landing_at = grid.cells_of(receipts, "door")
    from_at, to_at = grid.cells_of(transfers, "from_door"), grid.cells_of(transfers, "to_door")
    named = grid.spread(np.concatenate((ranged_at, stock_at, landing_at, from_at, to_at)), True, False)
    cell = np.flatnonzero(grid.with_dcs(named[:-1]))
    row_of = grid.spread(cell, np.arange(len(cell)), NOWHERE)
    is_ranged = grid.spread(ranged_at, True, False)[cell]
    door = grid.door_facts(cell)
    product_ids = grid.products[cell // max(1, len(grid.doors["door"]))]
    sku_doors = SkuDoors(
        on_hand=grid.spread(stock_at, stock["on_hand"], np.nan)[cell],
        unavailable=grid.spread(stock_at, stock["unavailable"], 0.0)[cell],
        committed=grid.spread(stock_at, stock["committed"], 0.0)[cell],
        presentation_minimum=grid.spread(ranged_at, ranged["minimum"], 0.0)[cell],
        weekly_baseline=_weekly_baseline(grid, horizon, found.baselines, cell, is_ranged),
        dc_row=row_of[grid.cell_of(product_ids, door["dc"])],
        transit_days=door["transit_days"],
        sells_from_dc=door["sells_from_dc"],
        opening_day=door["opening_day"],
        closing_day=door["closing_day"],
    )
    return ProjectionInputs(
        horizon=horizon,
        product_ids=product_ids,
        door_ids=door["door"],
        is_ranged=is_ranged,
        is_simulated=grid.spread(stock_at, stock["is_simulated"], False)[cell],
        is_dc=door["is_dc"],
        has_route=door["has_route"],
        sku_doors=sku_doors,
        planned=planned,
        lines=_campaign_lines(
            grid,
            planned,
            found.scopes,
            grid.spread(cell, np.where(is_ranged, row_of[cell], NOWHERE), NOWHERE),
        ),
        receipts=_receipts(horizon, receipts, row_of[landing_at]),
        transfers=_transfers(horizon, transfers, row_of[from_at], row_of[to_at]),
    )


def _weekly_baseline(
    grid: _Grid, horizon: Horizon, baselines: Columns, cell: Integers, is_ranged: Flags
) -> Floats:
    """Weekly baseline of each row from the current week on ``[weeks, n]``; NaN where there is none."""
    longest = int(grid.doors["transit_days"].max(initial=0))
    weeks = min(FORECAST_WEEKS, horizon.extended((longest + 6) // 7).buckets)
    packed = baselines["weekly_units"].view(PACKED).reshape(-1, FORECAST_WEEKS)
    place = grid.spread(grid.cells_of(baselines, "door"), np.arange(len(packed)), NOWHERE)[cell]
    known = np.flatnonzero((place != NOWHERE) & is_ranged)
    weekly = np.full((weeks, len(cell)), np.nan)
    first = baselines["weeks_ago"][place[known]]
    if not first.any():
        weekly[:, known] = packed[place[known], :weeks].T
    else:
        week = np.clip(first + np.arange(weeks)[:, None], 0, FORECAST_WEEKS - 1)
        weekly[:, known] = packed[place[known], week]
    return weekly


def _campaign_lines(
    grid: _Grid, planned: PlannedLines, scope: Columns, ranged_row_of: Integers
) -> CampaignLines:
    """An entry for each planned line and door of its campaign that ranges the SKU, in this order.

    A door that opens or closes during a campaign has a part in the days on which it is open; one
    that is closed on all of them has none.
    """
    campaigns = np.unique(planned.campaign_ids)
    door = place_in(grid.doors["door"], scope["door"])
    campaign = np.searchsorted(campaigns, scope["campaign"])[door != NOWHERE]
    door = door[door != NOWHERE]
    order = np.argsort(campaign * (len(grid.doors["door"]) + 1) + door)
    campaign, door = campaign[order], door[order]

    doors_of = np.bincount(campaign, minlength=len(campaigns))
    first_of = np.cumsum(doors_of) - doors_of
    of_line = np.searchsorted(campaigns, planned.campaign_ids)
    line, place = expanded(first_of[of_line], doors_of[of_line])
    door = door[place]
    sku = np.searchsorted(grid.products, planned.product_ids)
    row = ranged_row_of[sku[line] * len(grid.doors["door"]) + door]
    start = np.maximum(planned.start_days[line], grid.doors["opening_day"][door])
    end = np.minimum(planned.end_days[line], grid.doors["closing_day"][door] - 1)
    part = (row != NOWHERE) & (end >= np.maximum(start, 0))
    line = line[part]
    return CampaignLines(
        line=line,
        row=row[part],
        start_day=start[part],
        end_day=end[part],
        uplift_ratio=planned.uplift_ratio[line],
        uplift_units=planned.uplift_units[line],
    )


def _receipts(horizon: Horizon, found: Columns, row: Integers) -> Receipts:
    due = (row != NOWHERE) & (found["day"] >= 0)
    return Receipts(row[due], horizon.buckets_of_days(found["day"][due]), found["units"][due])


def _transfers(horizon: Horizon, found: Columns, from_row: Integers, to_row: Integers) -> Transfers:
    """Transfers that have yet to arrive; what has left stands in nobody's on-hand any more."""
    has_left = found["has_left"]
    seen = (found["arrival_day"] >= 0) & ((from_row != NOWHERE) | has_left)
    seen &= (to_row != NOWHERE) | ~has_left
    return Transfers(
        from_row=np.where(has_left, NOWHERE, from_row)[seen],
        to_row=to_row[seen],
        ship_bucket=horizon.buckets_of_days(found["ship_day"][seen]),
        arrival_bucket=horizon.buckets_of_days(found["arrival_day"][seen]),
        units=found["units"][seen],
    )
