"""Rows for tests: each function makes one thing with sensible facts, and takes what the test is about."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count

import pgtrigger

from marketing.baseline.models import BaselineForecast
from marketing.baseline.vectors import FORECAST_WEEKS
from marketing.campaigns.choices import CampaignStatus, LiftUnit
from marketing.campaigns.models import Campaign, CampaignDoor, CampaignLine
from marketing.catalogue.choices import DoorKind
from marketing.catalogue.models import Category, Door, Product, Ranging
from marketing.demand.models import DemandFit
from marketing.lift.models import LiftNorm, PastLift
from marketing.sales.models import Mechanic, PastPromotion, WeeklySales
from sop_site.fiscal import WEEK, week_start
from sop_site.operating_model.models import OperatingModel, OperatingModelScope

TODAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
numbers = count(1)


def make_product(**facts) -> Product:
    """A SKU that sells at 50.00 and costs 20.00."""
    sku = facts.pop("sku", f"SKU-{next(numbers)}")
    defaults = {"name": f"Product {sku}", "unit_price": Decimal("50"), "unit_cost": Decimal("20")}
    return Product.objects.create(sku=sku, **{**defaults, **facts})


def make_door(**facts) -> Door:
    """A store."""
    code = facts.pop("code", f"D{next(numbers)}")
    return Door.objects.create(code=code, **{"name": f"Door {code}", "region": "North", **facts})


def make_dc(**facts) -> Door:
    """A distribution centre."""
    return make_door(kind=DoorKind.DC, **facts)


def range_at(product: Product, *doors: Door, presentation_minimum_units: int = 0) -> None:
    """The doors carry the SKU."""
    for door in doors:
        Ranging.objects.create(
            product=product, door=door, presentation_minimum_units=presentation_minimum_units
        )


def make_baseline(product: Product, door: Door, weekly_units: float) -> BaselineForecast:
    """A flat baseline from the current fiscal week on."""
    return BaselineForecast.objects.create(
        product=product,
        door=door,
        first_week_start=week_start(TODAY),
        weekly_units=[weekly_units] * FORECAST_WEEKS,
        basis="own_sales",
        weeks_used=8,
    )


def make_mechanic(code: str = "SOCIAL") -> Mechanic:
    """A mechanic; the same one for the same code."""
    return Mechanic.objects.get_or_create(code=code, defaults={"name": code.title()})[0]


def make_campaign(
    *,
    products: Sequence[Product] = (),
    doors: Sequence[Door] = (),
    status: CampaignStatus = CampaignStatus.SUBMITTED,
    uplift_ratio: float = 1.0,
    starts_on: date = TODAY + timedelta(weeks=6),
    days: int = 14,
    **facts,
) -> Campaign:
    """A two-week campaign that starts in six weeks and doubles sales; submitted unless said otherwise."""
    code = facts.pop("code", f"T-{next(numbers)}")
    was_submitted = status not in (CampaignStatus.DRAFT, CampaignStatus.CANCELLED)
    was_decided = was_submitted and status != CampaignStatus.SUBMITTED
    campaign = Campaign.objects.create(
        code=code,
        **{
            "name": f"Campaign {code}",
            "mechanic": make_mechanic(),
            "starts_on": starts_on,
            "ends_on": starts_on + timedelta(days=days - 1),
            "status": status,
            "submitted_at": NOW if was_submitted else None,
            "decided_at": NOW if was_decided else None,
            **facts,
        },
    )
    CampaignDoor.objects.bulk_create(CampaignDoor(campaign=campaign, door=door) for door in doors)
    CampaignLine.objects.bulk_create(
        CampaignLine(
            campaign=campaign,
            product=product,
            lift_unit=LiftUnit.PERCENT,
            lift_value=uplift_ratio * 100,
            uplift_ratio=uplift_ratio,
        )
        for product in products
    )
    return campaign


def make_fit(**facts) -> DemandFit:
    """What was learned last night, from two years."""
    defaults = {
        "last_week_start": week_start(TODAY) - WEEK,
        "weeks": 104,
        "sku_doors": 1_240,
        "event_count": 96,
    }
    return DemandFit.objects.create(**{**defaults, **facts})


def make_past_lift(product: Product, *, fit: DemandFit, starts_on: date, weeks: int = 2, **facts) -> PastLift:
    """A promotion of whole weeks at a quarter off that sold 240 units where 100 were expected."""
    defaults = {
        "mechanic": make_mechanic(),
        "ends_on": starts_on + weeks * WEEK - timedelta(days=1),
        "door_count": 2,
        "discount_ratio": 0.25,
        "sold_units": 240.0,
        "baseline_units": 100.0,
    }
    return PastLift.objects.create(product=product, fit=fit, starts_on=starts_on, **{**defaults, **facts})


def make_norm(
    *, fit: DemandFit, category: Category | None = None, discount_band: str = "", **facts
) -> LiftNorm:
    """Promotions of a mechanic that sold 2.4 times the baseline, between 1.6 and 4.1."""
    defaults = {
        "mechanic": make_mechanic(),
        "event_count": 38,
        "p10_multiplier": 1.6,
        "p50_multiplier": 2.4,
        "p90_multiplier": 4.1,
    }
    return LiftNorm.objects.create(
        fit=fit, category=category, discount_band=discount_band, **{**defaults, **facts}
    )


def make_sales(product: Product, door: Door, units_by_week: dict[date, float], **facts) -> None:
    """What a SKU sold at a door, by the first day of the fiscal week."""
    WeeklySales.objects.bulk_create(
        WeeklySales(product=product, door=door, week_start=week, units=units, **facts)
        for week, units in units_by_week.items()
    )


def make_past_promotion(
    product: Product, door: Door, *, starts_on: date, weeks: int = 2, **facts
) -> PastPromotion:
    """That a SKU was promoted at a door for whole weeks, at a quarter off."""
    defaults = {
        "code": f"P-{next(numbers)}",
        "mechanic": make_mechanic(),
        "ends_on": starts_on + weeks * WEEK - timedelta(days=1),
        "discount_ratio": 0.25,
    }
    return PastPromotion.objects.create(
        product=product, door=door, starts_on=starts_on, **{**defaults, **facts}
    )


def set_limits(**limits: object) -> None:
    """Let the operating model that stands say this; in the product only a further version can."""
    with pgtrigger.ignore("sop_site.OperatingModel:adopted_does_not_change"):
        OperatingModel.objects.update(**limits)


def set_scopes(*scopes: Mapping[str, object]) -> None:
    """Let the operating model that stands say these of categories and regions, and nothing else of them."""
    with pgtrigger.ignore("sop_site.OperatingModelScope:scopes_of_adopted_do_not_change"):
        OperatingModelScope.objects.all().delete()
        for scope in scopes:
            OperatingModel.objects.get().scopes.create(**scope)


def drop_operating_models() -> None:
    """Leave no version in force, as no product ever has it."""
    with pgtrigger.ignore("sop_site.OperatingModel:adopted_stays"):
        OperatingModel.objects.all().delete()
