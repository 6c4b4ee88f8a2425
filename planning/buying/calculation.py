"""From the signed forecast to planned orders, and to the open-to-buy that they spend.

Everything is read and calculated first, part after part; what is then written, is written in one
transaction that holds all lines. What people did to lines meanwhile is seen there and left alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

import numpy as np
from django.db import transaction
from django.utils import timezone
from numpy.typing import NDArray

from marketing.demand.queries import current_demand_errors
from planning.buying.choices import BuyException
from planning.buying.domain import recognise_receipts
from planning.buying.engine import (
    above_need,
    carried_forward,
    is_over_bought,
    net,
    weekly_open_to_buy,
)
from planning.buying.inputs import (
    NO_CATEGORY,
    BuyInputs,
    buy_inputs,
    consensus_cells,
    earlier_cells,
    parts_of,
)
from planning.buying.models import BuyPlan, OpenToBuy
from planning.buying.network import network_of
from planning.buying.reconciliation import must_be_ordered_now, write_differences
from planning.buying.stored import BIT, FACTS, fixed_lines, hold_lines
from planning.buying.weeks import DAYS_A_WEEK, PlanWeeks
from planning.consensus.in_force import last_published
from planning.consensus.models import ForecastVersion
from sop_site.columns import Columns
from sop_site.fiscal import WEEK
from sop_site.operating_model.models import OperatingModel

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

# Finer than any page shows; the last digits of a sum are no difference.
UNIT_DECIMALS: Final = 4
COST_DECIMALS: Final = 4
MONEY_DECIMALS: Final = 2


def calculate_buy_plan(*, version: ForecastVersion | None, today: date) -> BuyPlan | None:
    """Plan what to order, from ``version`` or else the forecast in force, and the supply of ``today``.

    None where no forecast is published, or where it has no week to come. The plan covers the fiscal weeks
    from the current one to the last of the version, and proposes lines for what has to be ordered within the
    operating model's horizon. Weeks before the version's first take what the cycle before published about
    them; where it said nothing, the baselines and the campaigns that are planned.

    A proposed line that nobody edited becomes what the plan wants; where that is what it was, its row does
    not change. Its plan is the one that proposed it first. What is approved, on a purchase order or edited
    stays and is counted on as supply; where an edited line holds a week, what is still missing in it is
    ordered for the week after. Lines on purchase orders whose receipts are there become recognised.
    The open-to-buy is kept of the newest plan only.
    """
    version = version or last_published()
    if version is None:
        return None
    started_at = timezone.now()
    weeks = PlanWeeks.until_end_of(version, today)
    if not weeks.count:
        return None
    recognise_receipts()
    fixed = fixed_lines(weeks)
    planned = _planned(version, weeks, fixed)
    with transaction.atomic():
        hold_lines(alone=True)
        return _written(version, weeks, fixed, planned, started_at)


@dataclass(slots=True)
class _Money:
    """Amounts by category and week at cost ``[c, W]`` each, added up part after part."""

    category_ids: list[int] = field(default_factory=list)
    parts: list[Floats] = field(default_factory=list)

    def add(self, category_ids: Integers, amounts: Floats) -> None:
        """Amounts ``[5, n, W]`` of supply points: opening stock, sales, end stock, on order, planned buys."""
        found, place = np.unique(category_ids, return_inverse=True)
        order = np.argsort(place, kind="stable")
        first = np.searchsorted(place[order], np.arange(len(found)))
        sums = np.add.reduceat(amounts[:, order], first, axis=1)
        for at, category in enumerate(found.tolist()):
            if category in self.category_ids:
                self.parts[self.category_ids.index(category)] += sums[:, at]
            else:
                self.category_ids.append(category)
                self.parts.append(sums[:, at])


@dataclass(frozen=True, slots=True)
class _OpenToBuys:
    """The open-to-buy of the categories ``[c]``, ascending, by week: amounts ``[c, W]``, on whole cents."""

    category_ids: Integers
    sales: Floats
    begin_stock: Floats
    end_stock: Floats
    on_order: Floats
    planned_buys: Floats
    open_to_buy: Floats

    @classmethod
    def of(cls, money: _Money, weeks: int) -> "_OpenToBuys":
        """Each week begins with the stock that is planned for the end of the week before.

        At cost nothing is marked down: what is sold for less has cost the same.
        """
        order = np.argsort(money.category_ids)
        amounts = np.array(money.parts).reshape(-1, 5, weeks)[order]
        opening, sales, end_stock, on_order, buys = _on_cents(amounts).transpose(1, 0, 2)
        nothing = np.zeros(sales.shape)
        open_amounts = weekly_open_to_buy(sales, nothing, end_stock, opening[:, 0], on_order)
        return cls(
            category_ids=np.array(money.category_ids, dtype=np.int64)[order],
            sales=sales,
            begin_stock=np.column_stack([opening[:, :1], end_stock[:, :-1]]),
            end_stock=end_stock,
            on_order=on_order,
            planned_buys=buys,
            open_to_buy=_on_cents(open_amounts),
        )

    def is_over(self, category_ids: Integers, week: Integers) -> NDArray[np.bool_]:
        """Whether the buys of these categories up to these weeks exceed what is open to buy until then."""
        left = carried_forward(self.open_to_buy, self.planned_buys)
        return is_over_bought(left, self.end_stock)[np.searchsorted(self.category_ids, category_ids), week]

    def rows(self, plan: BuyPlan, weeks: PlanWeeks) -> Iterator[OpenToBuy]:
        """A row for each category and week."""
        for place, category in enumerate(self.category_ids.tolist()):
            for week in range(weeks.count):
                at = (place, week)
                yield OpenToBuy(
                    plan=plan,
                    category_id=None if category == NO_CATEGORY else category,
                    week_start=weeks.first + week * WEEK,
                    sales_amount=self.sales[at].item(),
                    begin_stock_amount=self.begin_stock[at].item(),
                    end_stock_amount=self.end_stock[at].item(),
                    on_order_amount=self.on_order[at].item(),
                    open_to_buy_amount=self.open_to_buy[at].item(),
                    planned_buys_amount=self.planned_buys[at].item(),
                )


@dataclass(frozen=True, slots=True)
class _Planned:
    """What a calculation wants: lines as columns (``category`` beside the facts), and the money."""

    lines: Columns
    money: _Money
    skus: int


def _planned(version: ForecastVersion, weeks: PlanWeeks, fixed: Columns) -> _Planned:
    model = OperatingModel.objects.in_force(weeks.today)
    errors, network = current_demand_errors(), network_of(weeks.today)
    earlier = earlier_cells(version, network, weeks)
    money, parts, skus = _Money(), [_no_lines()], 0
    for blocks in parts_of(version):
        for cells in consensus_cells(version, blocks, network, weeks, weeks.count).parts():
            if earlier is not None:
                cells.fill_from(earlier)
            inputs = buy_inputs(cells, network, weeks, fixed, model, errors)
            parts.append(_lines_of(inputs, weeks, model.horizon_weeks, money))
            skus += len(np.unique(inputs.product_ids))
    return _Planned({name: np.concatenate([part[name] for part in parts]) for name in parts[0]}, money, skus)


def _no_lines() -> Columns:
    kinds = {**dict.fromkeys(("product", "door", "week", "category"), "int8"), **FACTS}
    return {name: np.empty(0, dtype=kind.replace("8", "64")) for name, kind in kinds.items()}


def _lines_of(inputs: BuyInputs, weeks: PlanWeeks, horizon_weeks: int, money: _Money) -> Columns:
    """What has to be ordered within the horizon, as columns; adds the amounts of all weeks to ``money``.

    An order stands in the week in which it lands. It is to be placed its lead time and the buffer before;
    what has used up its buffer, today. Whether its category is over-bought is told later.
    """
    netting = net(inputs.netting)
    needs, orders = np.where(netting.orders > 0, netting.needs, 0.0), netting.orders.copy()
    is_far_above = above_need(inputs.netting, netting)
    _pass_held_weeks(inputs, needs, orders)
    money.add(inputs.category_ids, _amounts(inputs, orders))
    first_day, today = weeks.first.toordinal(), weeks.today.toordinal()
    latest = first_day + np.arange(weeks.count) * DAYS_A_WEEK - inputs.lead_days[:, None]
    order_by_all = np.maximum(latest - inputs.buffer_days[:, None], np.minimum(latest, today))
    row, week = np.nonzero((orders > 0) & (order_by_all <= today + horizon_weeks * DAYS_A_WEEK))
    lands, order_by = first_day + week * DAYS_A_WEEK, order_by_all[row, week]
    is_first = np.ones(len(row), dtype=np.bool_)
    is_first[1:] = row[1:] != row[:-1]
    out_of_reach = np.arange(weeks.count) < inputs.netting.first_week[:, None]
    runs_out = np.any((netting.unmet > 0) & out_of_reach, axis=1)
    found = {
        BuyException.TOO_LATE: is_first & runs_out[row],
        BuyException.ORDER_NOW: must_be_ordered_now(order_by, weeks),
        BuyException.ABOVE_NEED: is_far_above[row, week],
        BuyException.NO_COST: np.isnan(inputs.unit_cost[row]),
        BuyException.NO_LEAD_TIME: ~inputs.has_lead_time[row],
        BuyException.RECEIPT_PAST_DUE: is_first & inputs.waits_for_date[row],
    }
    return {
        "product": inputs.product_ids[row],
        "door": inputs.door_ids[row],
        "week": lands,
        "category": inputs.category_ids[row],
        "order_by": order_by,
        "needed_units": np.round(needs[row, week], UNIT_DECIMALS),
        "planned_units": np.round(orders[row, week], UNIT_DECIMALS),
        "unit_cost": np.round(inputs.unit_cost[row], COST_DECIMALS),
        "exceptions": sum(
            (np.where(flags, BIT[exception], 0) for exception, flags in found.items()),
            start=np.zeros(len(row), dtype=np.int64),
        ),
    }


def _pass_held_weeks(inputs: BuyInputs, needs: Floats, orders: Floats) -> None:
    """Move what is ordered for a week that a planner has set to the week after; past the last it is left."""
    for row, week in np.argwhere(inputs.is_held).tolist():
        for units in (needs, orders):
            if week + 1 < units.shape[1]:
                units[row, week + 1] += units[row, week]
            units[row, week] = 0.0


def _amounts(inputs: BuyInputs, orders: Floats) -> Floats:
    """Opening stock, sales, end stock, on order and planned buys at cost ``[5, n, W]``; 0 without a cost.

    The opening stock stands in the first week alone.
    """
    netting = inputs.netting
    opening = np.zeros(orders.shape)
    opening[:, 0] = netting.opening
    end_stock = netting.target_stock + netting.presentation[:, None]
    units = np.stack([opening, netting.demand, end_stock, netting.receipts, orders])
    return units * np.nan_to_num(inputs.unit_cost)[:, None]


def _on_cents(amounts: Floats) -> Floats:
    """Never minus zero."""
    return np.round(amounts, MONEY_DECIMALS) + 0.0


def _written(
    version: ForecastVersion, weeks: PlanWeeks, fixed: Columns, planned: _Planned, started_at: datetime
) -> BuyPlan:
    plan = BuyPlan.objects.create(
        version=version, as_of_date=weeks.today, started_at=started_at, sku_count=planned.skus
    )
    money, lines = _OpenToBuys.of(planned.money, weeks.count), planned.lines
    week = (lines["week"] - weeks.first.toordinal()) // DAYS_A_WEEK
    lines["exceptions"] |= np.where(money.is_over(lines["category"], week), BIT[BuyException.OVER_BOUGHT], 0)
    plan.line_count = write_differences(plan, lines, weeks, fixed)
    OpenToBuy.objects.exclude(plan=plan).delete()
    OpenToBuy.objects.bulk_create(money.rows(plan, weeks), batch_size=2_000)
    plan.finished_at = timezone.now()
    plan.save(update_fields=["line_count", "finished_at"])
    # It is the plan that was asked for until it began.
    BuyPlan.objects.filter(finished_at=None, started_at__lte=started_at).delete()
    return plan
