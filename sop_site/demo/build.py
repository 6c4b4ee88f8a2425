"""The demo retailer in memory: everything drawn from one seed, in a fixed order."""

from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from sop_site.demo.assortment import Sku
from sop_site.demo.assortment import skus as all_skus
from sop_site.demo.history import Cells, History, ranged_cells, simulate
from sop_site.demo.learning import learned_baseline
from sop_site.demo.network import SELLING_DOORS
from sop_site.demo.past import past_events
from sop_site.demo.plans import COMPLETED_SLOTS, PLANNED_SLOTS, Campaign, cast_campaigns, lines_of
from sop_site.demo.stock import HORIZON_WEEKS, OrderLine, Outlook, Position, outlook, take_stock
from sop_site.fiscal import week_start

DEFAULT_SEED = 7


@dataclass(frozen=True, slots=True)
class DemoRetailer:
    """All that is written into the folder. ``current_week`` is the Sunday of ``today``'s fiscal week."""

    today: date
    current_week: date
    skus: list[Sku]
    history: History
    campaigns: list[Campaign]
    outlook: Outlook
    positions: list[Position]
    orders: list[OrderLine]


def build_demo_retailer(*, today: date, seed: int = DEFAULT_SEED) -> DemoRetailer:
    """The retailer as of the morning of ``today``; its sales end on the Saturday before.

    Depends on ``seed`` and ``today`` alone. Demand follows the real fiscal weeks; all else lies at the
    same distance from ``today``'s fiscal week, whichever it is.
    """
    rng = np.random.default_rng(seed)
    current_week = week_start(today)
    skus = all_skus()
    cells = ranged_cells(skus, rng)
    completed = cast_campaigns(skus, COMPLETED_SLOTS, current_week, rng)
    history = simulate(skus, cells, past_events(skus, completed, rng), current_week, rng)
    baseline = learned_baseline(history, skus, weeks=HORIZON_WEEKS)
    planned = cast_campaigns(skus, PLANNED_SLOTS, current_week, rng)
    campaigns = [_with_lines(campaign, skus, cells, baseline[0], rng) for campaign in [*completed, *planned]]
    plan = outlook(skus, cells, baseline, campaigns, today)
    stock = take_stock(skus, cells, plan, campaigns, current_week, rng)
    return DemoRetailer(
        today=today,
        current_week=current_week,
        skus=skus,
        history=history,
        campaigns=campaigns,
        outlook=plan,
        positions=stock.positions(),
        orders=stock.orders,
    )


def _with_lines(
    campaign: Campaign, skus: list[Sku], cells: Cells, rates: np.ndarray, rng: np.random.Generator
) -> Campaign:
    door_codes = np.array([door.code for door in SELLING_DOORS])[cells.door_index]
    weekly = np.where(np.isin(door_codes, campaign.door_codes), np.nan_to_num(rates), 0)
    base = np.bincount(cells.sku_index, weights=weekly, minlength=len(skus)) * campaign.slot.days / 7
    return replace(campaign, lines=lines_of(campaign, skus, base, rng))
