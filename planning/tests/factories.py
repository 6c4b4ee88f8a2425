"""Rows of Planning's tables for tests."""

from datetime import date, timedelta
from itertools import count

from marketing.campaigns.models import Campaign
from marketing.catalogue.models import Door, Product
from marketing.tests.factories import NOW, TODAY
from planning.buying.choices import BuyStatus
from planning.buying.models import BuyLine, BuyPlan
from planning.consensus.models import ForecastVersion
from planning.risk.choices import RiskState
from planning.risk.models import Flag, FlagLine
from planning.supply.models import Receipt, Route, StockPosition
from planning.tests.buying.cases import make_version, publish
from sop_site.access.models import User
from sop_site.fiscal import WEEK, month_of, week_start
from sop_site.operating_model.models import OperatingModel

numbers = count(1)


def make_stock(product: Product, door: Door, on_hand_units: float, **facts) -> StockPosition:
    """What a door holds."""
    return StockPosition.objects.create(product=product, door=door, on_hand_units=on_hand_units, **facts)


def make_receipt(
    product: Product, door: Door, units: float, *, eta: date = TODAY + timedelta(weeks=3), **facts
) -> Receipt:
    """An open purchase order line."""
    return Receipt.objects.create(
        product=product,
        door=door,
        ordered_units=units,
        **{"po_number": f"PO-{next(numbers):05d}", "original_eta": eta, "current_eta": eta, **facts},
    )


def make_route(from_door: Door, to_door: Door, transit_days: int = 2) -> Route:
    """A way to send units."""
    return Route.objects.create(from_door=from_door, to_door=to_door, transit_days=transit_days)


def make_flag(
    campaign: Campaign,
    product: Product,
    *,
    state: RiskState = RiskState.STOCKOUT,
    units_short: float = 100.0,
    revenue_short: float | None = 5_000.0,
    doors: tuple[Door, ...] = (),
    **facts,
) -> Flag:
    """A flag as a recalculation would have written it."""
    flag = Flag.objects.create(
        campaign=campaign,
        product=product,
        state=state,
        operating_model=OperatingModel.objects.in_force(TODAY),
        **{
            "cover": 0.8,
            "expected_units": 500.0,
            "units_short": units_short,
            "revenue_short": revenue_short,
            "margin_short": None if revenue_short is None else revenue_short * 0.6,
            "first_short_date": campaign.starts_on,
            "decide_by_date": campaign.starts_on - timedelta(days=10),
            "opened_at": NOW,
            "calculated_at": NOW,
            "doors_flagged": len(doors),
            **facts,
        },
    )
    for door in doors:
        FlagLine.objects.create(
            flag=flag, door=door, state=state, cover=0.8, units_short=units_short / len(doors)
        )
    return flag


def make_buy_plan(version: ForecastVersion | None = None, **facts) -> BuyPlan:
    """A finished calculation of today, of the forecast that was signed in the month before this one."""
    version = version or publish(make_version(month_of(TODAY) - 1))
    defaults = {"as_of_date": TODAY, "started_at": NOW, "finished_at": NOW}
    return BuyPlan.objects.create(version=version, **{**defaults, **facts})


def make_buy_line(
    plan: BuyPlan,
    product: Product,
    door: Door,
    units: float = 48.0,
    *,
    status: BuyStatus = BuyStatus.PROPOSED,
    by: User | None = None,
    **facts,
) -> BuyLine:
    """An order to land in ten weeks and to place in four; whoever approved it is ``by``."""
    lands = week_start(TODAY) + 10 * WEEK
    defaults = {
        "week_start": lands,
        "order_by_date": lands - 6 * WEEK,
        "needed_units": units,
        "planned_units": units,
        "unit_cost": product.unit_cost,
        "approved_at": by and NOW,
        "approved_by": by,
    }
    return BuyLine.objects.create(
        plan=plan, product=product, door=door, status=status, **{**defaults, **facts}
    )
