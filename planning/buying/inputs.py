"""What a buy plan is netted from: the signed forecast by SKU and supply point, and the supply there.

A supply point is a DC with the open doors that it serves, or an open door that no DC serves, by itself.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from django.db.models import Q, QuerySet
from numpy.typing import NDArray

from marketing.catalogue.models import Product
from marketing.demand.queries import PromotionErrors
from planning.buying.engine import NettingInputs, cover_stock, quantile_stock
from planning.buying.goals import StockGoals, stock_goals
from planning.buying.network import NOWHERE, Network
from planning.buying.splitting import split_to_points, summed
from planning.buying.weeks import DAYS_A_WEEK, PlanWeeks
from planning.consensus.choices import CALCULATED_LAYERS, Layer
from planning.consensus.engine import weeks_of_months
from planning.consensus.in_force import PublishedVersions
from planning.consensus.models import ForecastBlock, ForecastVersion
from planning.consensus.packing import unpacked
from planning.risk.limits import risk_limits
from planning.supply.choices import ReceiptStatus, TransferStatus
from sop_site.columns import Columns, Read, place_in, read_together
from sop_site.operating_model.limits import Limit
from sop_site.operating_model.models import OperatingModel

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

NO_CATEGORY: Final = -1
UNKNOWN_DAYS: Final = -1
# So many SKUs are netted at once: their arrays take some hundred megabytes.
SKUS_AT_ONCE = 20_000

PRODUCTS = """
SELECT id AS product, coalesce(category_id, -1) AS category, unit_cost, pack_units AS pack,
    minimum_order_units AS minimum, coalesce(lead_time_days, -1) AS lead_days
FROM marketing_product WHERE id = ANY(%(products)s) ORDER BY id
"""
STOCK = """
SELECT product_id AS product, door_id AS door,
    greatest(on_hand_units - unavailable_units - committed_units, 0) AS units
FROM planning_stockposition WHERE product_id = ANY(%(products)s)
"""
PRESENTATION = """
SELECT product_id AS product, door_id AS door, presentation_minimum_units AS units
FROM marketing_ranging WHERE product_id = ANY(%(products)s) AND presentation_minimum_units > 0
"""
# Transfers that have left stand in nobody's stock until they arrive.
COMING = """
SELECT product_id AS product, door_id AS door, (current_eta - %(week)s) / 7 AS week,
    greatest(ordered_units - received_units, 0) AS units
FROM planning_receipt
WHERE product_id = ANY(%(products)s) AND status = %(open)s AND current_eta >= %(today)s
UNION ALL
SELECT product_id, to_door_id, (arrive_on - %(week)s) / 7, units
FROM planning_transfer
WHERE product_id = ANY(%(products)s) AND status = %(shipped)s AND arrive_on >= %(today)s
"""
# What should have landed counts for nothing until somebody gives it a new date.
PAST_DUE = """
SELECT product_id AS product, door_id AS door, greatest(ordered_units - received_units, 0) AS units
FROM planning_receipt WHERE product_id = ANY(%(products)s) AND status = %(open)s AND current_eta < %(today)s
"""


@dataclass(frozen=True, slots=True)
class Cells:
    """What forecasts say of ``c`` SKUs in door groups, by week; NaN in the weeks that they are silent of.

    ``group [c]`` is the place of the group in the network's.
    """

    product_ids: Integers
    group: Integers
    weekly: Floats

    def parts(self) -> Iterator["Cells"]:
        """All of it, in parts of `SKUS_AT_ONCE` SKUs."""
        products = np.unique(self.product_ids)
        for first in range(0, len(products), SKUS_AT_ONCE):
            here = np.flatnonzero(np.isin(self.product_ids, products[first : first + SKUS_AT_ONCE]))
            yield Cells(self.product_ids[here], self.group[here], self.weekly[here])

    def fill_from(self, earlier: "Cells") -> None:
        """Put what an ``earlier`` forecast says of the first weeks where this one is silent."""
        groups = 1 + max(int(self.group.max(initial=0)), int(earlier.group.max(initial=0)))
        keys = earlier.product_ids * groups + earlier.group
        order = np.argsort(keys)
        place = place_in(keys[order], self.product_ids * groups + self.group)
        found = np.flatnonzero(place != NOWHERE)
        columns = earlier.weekly.shape[1]
        said = earlier.weekly[order[place[found]]]
        mine = self.weekly[found, :columns]
        self.weekly[found, :columns] = np.where(np.isnan(mine), said, mine)


@dataclass(frozen=True, slots=True)
class BuyInputs:
    """``n`` supply points of SKUs, in ascending SKU and door, with all that their orders come from.

    ``lead_days`` are the operating model's where ``has_lead_time`` is false; ``unit_cost`` is NaN and
    ``category_ids`` `NO_CATEGORY` where unknown. ``buffer_days`` are the operating model's for the category
    and the region of the supply point: an order is placed so much earlier. ``is_held [n, W]`` are weeks
    whose order a planner has set, ``waits_for_date [n]`` says where a receipt is past due, which ``netting``
    does not count on.
    """

    product_ids: Integers
    door_ids: Integers
    category_ids: Integers
    unit_cost: Floats
    lead_days: Integers
    has_lead_time: Flags
    buffer_days: Integers
    netting: NettingInputs
    is_held: Flags
    waits_for_date: Flags


def cells_of(version: ForecastVersion, product: Product, network: Network, weeks: PlanWeeks) -> Cells:
    """What a plan from ``version`` takes of one SKU."""
    blocks = list(_blocks_with(version, product))
    cells = consensus_cells(version, blocks, network, weeks, weeks.count)
    own = cells.product_ids == product.pk
    cells = Cells(cells.product_ids[own], cells.group[own], cells.weekly[own])
    earlier = earlier_cells(version, network, weeks, product)
    if earlier is not None:
        cells.fill_from(earlier)
    return cells


def earlier_cells(
    version: ForecastVersion, network: Network, weeks: PlanWeeks, product: Product | None = None
) -> Cells | None:
    """What the cycle before published about the weeks before ``version``; None where it says nothing.

    Of the blocks with ``product`` alone, where one is given.
    """
    columns = min(weeks.count, max(0, weeks.place_of(version.first_week_start)))
    if not columns:
        return None
    before = PublishedVersions.read().of_earlier_cycle(version)
    if before is None or before.last_day < weeks.first:
        return None
    blocks = before.blocks if product is None else _blocks_with(before, product)
    return consensus_cells(before, blocks.order_by("pk").iterator(chunk_size=100), network, weeks, columns)


def parts_of(version: ForecastVersion) -> Iterator[list[ForecastBlock]]:
    """The blocks of a version, all of a category together, in parts of about `SKUS_AT_ONCE` SKUs."""
    skus_of: dict[int | None, int] = {}
    blocks = version.blocks.order_by("category", "pk")
    for of_block, skus in blocks.values_list("category", "product_ids__len"):
        skus_of[of_block] = max(skus_of.get(of_block, 0), skus or 0)
    part: list[int | None] = []
    size = 0
    for category, skus in skus_of.items():
        if part and size + skus > SKUS_AT_ONCE:
            yield _blocks(version, part)
            part, size = [], 0
        part.append(category)
        size += skus
    if part:
        yield _blocks(version, part)


def _blocks(version: ForecastVersion, categories: list[int | None]) -> list[ForecastBlock]:
    wanted = Q(category__in=[category for category in categories if category is not None])
    if None in categories:
        wanted |= Q(category=None)
    return list(version.blocks.filter(wanted).order_by("pk"))


def _blocks_with(version: ForecastVersion, product: Product) -> QuerySet[ForecastBlock]:
    return version.blocks.filter(product_ids__contains=[product.pk])


def consensus_cells(
    version: ForecastVersion,
    blocks: Iterator[ForecastBlock] | Sequence[ForecastBlock],
    network: Network,
    weeks: PlanWeeks,
    columns: int,
) -> Cells:
    """The consensus of these blocks of ``version`` in the first ``columns`` weeks of the plan.

    Months become weeks by the profile of the layer with campaigns. Groups without an open door are left out.
    """
    offset = weeks.place_of(version.first_week_start)
    months = np.array(version.month_of_week)
    first, last = max(0, offset), min(columns, offset + version.weeks)
    layer = CALCULATED_LAYERS.index(Layer.CAMPAIGNS)
    products, groups = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.int64)]
    parts = [np.empty((0, columns))]
    for block in blocks:
        if block.door_group not in network.groups:
            continue
        numbers = unpacked(block)
        by_week = weeks_of_months(
            numbers.monthly(Layer.CONSENSUS, version.month_of_week), numbers.weekly[layer], months
        )
        weekly = np.full((len(by_week), columns), np.nan)
        weekly[:, first:last] = by_week[:, first - offset : last - offset]
        parts.append(weekly)
        products.append(numbers.product_ids)
        groups.append(np.full(len(by_week), network.groups.index(block.door_group)))
    return Cells(np.concatenate(products), np.concatenate(groups), np.concatenate(parts))


def buy_inputs(
    cells: Cells,
    network: Network,
    weeks: PlanWeeks,
    fixed: Columns,
    model: OperatingModel,
    errors: PromotionErrors | None,
) -> BuyInputs:
    """Everything that the orders of the SKUs of ``cells`` come from; ``fixed`` are the fixed lines."""
    products = np.unique(cells.product_ids)
    found = _documents(products, weeks)
    keys, demand = split_to_points(
        np.searchsorted(products, cells.product_ids), cells.group, cells.weekly, products, network, weeks
    )
    place, point = np.divmod(keys, len(network.door_ids))
    facts = {name: column[place] for name, column in found.products.items()}
    has_lead_time = facts["lead_days"] != UNKNOWN_DAYS
    lead_days = np.where(has_lead_time, facts["lead_days"], model.default_lead_time_days)
    door_ids = network.door_ids[point]
    (buffer_days,) = risk_limits(model).at(facts["category"], door_ids, Limit.LEAD_TIME_BUFFER_DAYS)
    rows = _Rows(products, network, keys)
    first_week = weeks.first_reached(lead_days)
    receipts, is_held = _coming(rows, weeks, found.coming, fixed, first_week)
    return BuyInputs(
        product_ids=products[place],
        door_ids=door_ids,
        category_ids=facts["category"],
        unit_cost=facts["unit_cost"],
        lead_days=lead_days,
        has_lead_time=has_lead_time,
        buffer_days=np.broadcast_to(buffer_days, len(keys)).astype(np.int64),
        netting=NettingInputs(
            demand=demand,
            target_stock=_target_stock(demand, lead_days, stock_goals(model, facts["category"]), errors),
            presentation=rows.summed(found.presentation),
            opening=rows.summed(found.stock),
            receipts=receipts,
            first_week=first_week,
            minimum=facts["minimum"].astype(np.float64),
            multiple=facts["pack"].astype(np.float64),
        ),
        is_held=is_held,
        waits_for_date=rows.summed(found.past_due) > 0,
    )


def _target_stock(
    demand: Floats, lead_days: Integers, goals: StockGoals, errors: PromotionErrors | None
) -> Floats:
    """The cover; or where a service level is set and past errors are known, what these ask for."""
    level = np.broadcast_to(goals.service_level, len(demand))
    by_cover = np.isnan(level)
    if errors is None or by_cover.all():
        return cover_stock(demand, goals.cover_weeks)
    ratio = np.interp(level, errors.shares, errors.item_ratios)
    safety = quantile_stock(demand, ratio, lead_days / DAYS_A_WEEK)
    if by_cover.any():
        safety = np.where(by_cover[:, None], cover_stock(demand, goals.cover_weeks), safety)
    return safety


@dataclass(frozen=True, slots=True)
class _Documents:
    """What is known of some SKUs, each table as its columns."""

    products: Columns
    stock: Columns
    presentation: Columns
    coming: Columns
    past_due: Columns


def _documents(products: Integers, weeks: PlanWeeks) -> _Documents:
    parameters = {
        "products": products,
        "today": weeks.today,
        "week": weeks.first,
        "open": ReceiptStatus.OPEN.value,
        "shipped": TransferStatus.SHIPPED.value,
    }
    at_door = {"product": "int8", "door": "int8", "units": "float8"}
    facts = {"product": "int8", "category": "int8", "unit_cost": "float8"}
    facts |= dict.fromkeys(("pack", "minimum", "lead_days"), "int8")
    wanted = (
        (PRODUCTS, facts),
        (STOCK, at_door),
        (PRESENTATION, at_door),
        (COMING, at_door | {"week": "int4"}),
        (PAST_DUE, at_door),
    )
    return _Documents(*read_together([Read(query, parameters, kinds) for query, kinds in wanted]))


@dataclass(frozen=True, slots=True)
class _Rows:
    """The supply points ``[n]`` by their keys, to which documents of SKUs at doors are added up."""

    products: Integers
    network: Network
    keys: Integers

    def place_of(self, product_ids: Integers, door_ids: Integers) -> Integers:
        """The row of each; NOWHERE for closed doors, and where nothing is sold."""
        product = place_in(self.products, product_ids)
        door = place_in(self.network.door_ids, door_ids)
        row = place_in(self.keys, self.network.keys_of(product, door))
        return np.where((product == NOWHERE) | (door == NOWHERE), NOWHERE, row)

    def summed(self, found: Columns) -> Floats:
        """The units of each row."""
        row = self.place_of(found["product"], found["door"])
        here = row != NOWHERE
        return summed(row[here], found["units"][here], len(self.keys))


def _coming(
    rows: _Rows, weeks: PlanWeeks, coming: Columns, fixed: Columns, first_week: Integers
) -> tuple[Floats, Flags]:
    """What lands in each week ``[n, W]``, fixed lines included, and the weeks that a planner has set.

    An order that has not left yet cannot land before one of today; one that should have landed and is
    no receipt yet is expected this week.
    """
    units = np.zeros((len(rows.keys), weeks.count))
    is_held = np.zeros(units.shape, dtype=np.bool_)
    row = rows.place_of(coming["product"], coming["door"])
    here = (row != NOWHERE) & (coming["week"] < weeks.count)
    np.add.at(units, (row[here], coming["week"][here]), coming["units"][here])
    row = rows.place_of(fixed["product"], fixed["door"])
    known = row != NOWHERE
    row, week, told = row[known], fixed["week"][known], fixed["units"][known]
    lands = np.maximum(week, np.where(fixed["is_sent"][known], 0, first_week[row]))
    here = lands < weeks.count
    np.add.at(units, (row[here], lands[here]), told[here])
    here = fixed["is_edited"][known] & (week >= 0) & (week < weeks.count)
    is_held[row[here], week[here]] = True
    return units, is_held
