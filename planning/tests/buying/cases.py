"""A small signed forecast with round numbers, and the network that it is bought for."""

from dataclasses import dataclass
from datetime import date

from django.db import connection

from marketing.catalogue.models import Category, Door, Product
from marketing.tests.factories import (
    NOW,
    TODAY,
    make_baseline,
    make_dc,
    make_door,
    make_product,
    range_at,
    set_limits,
)
from planning.buying.calculation import calculate_buy_plan
from planning.buying.models import BuyLine, BuyPlan
from planning.consensus.models import Cycle, ForecastVersion
from planning.tests.consensus.cases import make_block
from sop_site.fiscal import WEEK, FiscalMonth, month_of, week_start

THIS_WEEK = week_start(TODAY)


def make_version(month: FiscalMonth, number: int = 1) -> ForecastVersion:
    """A version of the cycle that is held in ``month``, without numbers, not yet published."""
    cycle, _ = Cycle.objects.get_or_create(
        month_start=month.start,
        defaults={
            "submit_by_date": month.end,
            "reconcile_by_date": month.end,
            "sign_by_date": month.end,
            "opened_at": NOW,
        },
    )
    return ForecastVersion.objects.create(
        cycle=cycle,
        number=number,
        first_week_start=(month + 1).start,
        weeks_of_months=[(month + place).weeks for place in range(1, 7)],
    )


def publish(version: ForecastVersion) -> ForecastVersion:
    """Publish it, as the last signature does."""
    version.published_at, version.published_on, version.snapshot = NOW, TODAY, "signed"
    version.save()
    return version


def published(
    weekly_units: dict[str, dict[Product, float]], *, day: date = TODAY, number: int = 1
) -> ForecastVersion:
    """A published forecast of the month of ``day``: by door group, what each SKU sells in every week."""
    version = make_version(month_of(day), number)
    for door_group, units in weekly_units.items():
        by_category: dict[Category | None, dict[Product, float]] = {}
        for product, weekly in units.items():
            by_category.setdefault(product.category, {})[product] = weekly
        for category, of_category in by_category.items():
            make_block(version, category, door_group, of_category)
    return publish(version)


@dataclass(frozen=True)
class Network:
    """Two DCs: the north one serves two doors in North, the south one the only door in South."""

    north: Door
    south: Door
    leeds: Door
    york: Door
    dover: Door

    @classmethod
    def make(cls) -> "Network":
        north, south = make_dc(code="DC-N", region=""), make_dc(code="DC-S", region="")
        return cls(
            north,
            south,
            make_door(code="LEEDS", region="North", supplied_by=north),
            make_door(code="YORK", region="North", supplied_by=north),
            make_door(code="DOVER", region="South", supplied_by=south),
        )

    def make_sku(self, sku: str, weekly_units: float = 10.0, **facts) -> Product:
        """A SKU that sells so many units a week at each door, and comes three weeks after it is ordered."""
        product = make_product(sku=sku, **{"lead_time_days": 21, "supplier": "Mill & Co", **facts})
        range_at(product, self.leeds, self.york, self.dover)
        for door in (self.leeds, self.york, self.dover):
            make_baseline(product, door, weekly_units)
        return product


def plan(*, today: date = TODAY) -> BuyPlan:
    """The buy plan of the forecast in force."""
    found = calculate_buy_plan(version=None, today=today)
    assert found is not None
    return found


def keep_weeks_of_cover(weeks: float, **facts) -> None:
    """What the operating model asks of planned orders; lines are proposed of all weeks."""
    set_limits(target_cover_weeks=weeks, **{"horizon_weeks": 52, **facts})


def lines_of(product: Product, door: Door) -> list[BuyLine]:
    """All lines of a SKU for a DC, by week."""
    return list(BuyLine.objects.filter(product=product, door=door).order_by("week_start", "pk"))


def planned(product: Product, door: Door) -> dict[int, float]:
    """What lines of a SKU for a DC order, by the place of the week in the plan."""
    return {(line.week_start - THIS_WEEK) // WEEK: line.units for line in lines_of(product, door)}


def row_versions() -> list[tuple]:
    """The physical versions of all lines: any rewrite, even with equal values, changes them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, xmin::text, ctid::text FROM planning_buyline ORDER BY id")
        return cursor.fetchall()
