"""Reads about a SKU's baseline: at each door, over all of them, of its category, and what it sold before."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np
from django.db.models import Avg, Count, Exists, OuterRef, Q, QuerySet, Sum

from marketing.baseline.models import BaselineForecast
from marketing.baseline.vectors import FORECAST_WEEKS, PACKED_BYTES, unpacked
from marketing.catalogue.models import Category, Door, Product
from marketing.sales.models import PastPromotion, WeeklySales
from sop_site.columns import read_columns
from sop_site.fiscal import WEEK, week_start

HISTORY_WEEKS = 52
# In stock for less of the time, a week is marked as partly out of stock: its sales say less of the demand.
PARTLY_OUT_BELOW = 0.95


@dataclass(frozen=True, slots=True)
class WeekSold:
    """What a SKU sold in one fiscal week at so many doors, at some of which it was promoted.

    ``units`` and ``in_stock_share`` (0 to 1, the mean over the doors) are None where no sales are known.
    """

    start: date
    units: float | None = None
    door_count: int = 0
    promoted_door_count: int = 0
    in_stock_share: float | None = None

    @property
    def is_partly_out(self) -> bool:
        """Whether it was out of stock for so long that the page marks the week."""
        return self.in_stock_share is not None and self.in_stock_share < PARTLY_OUT_BELOW


@dataclass(frozen=True, slots=True)
class WeekAhead:
    """Baseline units of one fiscal week: of what is shown, of the SKU at all doors, of its category."""

    start: date
    units: float
    sku_units: float
    category_units: float | None


def doors_with_baseline_or_sales(product: Product, *, today: date) -> list[Door]:
    """The doors that have a baseline of the SKU or sold it in the weeks that are shown, by name."""
    baselines = BaselineForecast.objects.filter(product=product, door=OuterRef("pk"))
    sales = _sales(product, today=today).filter(door=OuterRef("pk"))
    return list(Door.objects.filter(Exists(baselines) | Exists(sales)).order_by("name", "code"))


def baselines_of_sku(product: Product) -> list[BaselineForecast]:
    """The SKU's baseline at each door that has one, with its door, by the door's name."""
    found = BaselineForecast.objects.filter(product=product).select_related("door")
    return list(found.order_by("door__name", "door__code"))


def weeks_ahead(
    baselines: Iterable[BaselineForecast], product: Product, door: Door | None
) -> list[WeekAhead]:
    """The weeks of ``baselines``, all those of a SKU: at ``door``, or at all doors without one."""
    of_sku: defaultdict[date, float] = defaultdict(float)
    of_shown: defaultdict[date, float] = defaultdict(float)
    for baseline in baselines:
        for place, units in enumerate(baseline.weekly_units):
            week = baseline.first_week_start + place * WEEK
            of_sku[week] += units
            if door is None or baseline.door_id == door.pk:
                of_shown[week] += units
    if not of_shown:
        return []
    of_category = category_baseline(product.category) if product.category else {}
    return [WeekAhead(week, of_shown[week], of_sku[week], of_category.get(week)) for week in sorted(of_shown)]


def category_baseline(category: Category) -> dict[date, float]:
    """Baseline units of each fiscal week, summed over the SKUs of a category and all their doors."""
    read = read_columns(
        """
        SELECT baseline.first_week_start - DATE '1970-01-01' AS first_day, baseline.weekly_units
        FROM marketing_baselineforecast AS baseline
        JOIN marketing_product AS product ON product.id = baseline.product_id
        WHERE product.category_id = %(category)s
        """,
        {"category": category.pk},
        {"first_day": "int4", "weekly_units": "bytea"},
    )
    weekly_units = unpacked(read["weekly_units"].reshape(-1, PACKED_BYTES))
    found: defaultdict[date, float] = defaultdict(float)
    # The nights write all of them with the same first week: there is hardly ever a second.
    for first_day in np.unique(read["first_day"]).tolist():
        first = np.datetime64(first_day, "D").item()
        of_weeks = weekly_units[:, read["first_day"] == first_day].sum(axis=1)
        for place in range(FORECAST_WEEKS):
            found[first + place * WEEK] += float(of_weeks[place])
    return dict(found)


def weeks_sold(product: Product, door: Door | None, *, today: date) -> list[WeekSold]:
    """The whole fiscal weeks of the last year, oldest first, from the first with sales: at a door, or at all.

    A week counts as promoted at a door where the sales or the retailer's promotions say so.
    """
    promotions = PastPromotion.objects.filter(
        product=product,
        door=OuterRef("door"),
        starts_on__lt=OuterRef("week_start") + WEEK,
        ends_on__gte=OuterRef("week_start"),
    )
    sales = _sales(product, today=today)
    if door is not None:
        sales = sales.filter(door=door)
    found = {
        row["week_start"]: WeekSold(
            start=row["week_start"],
            units=float(row["sold"]),
            door_count=row["doors"],
            promoted_door_count=row["promoted"],
            in_stock_share=1.0 - row["out_of_stock"],
        )
        for row in sales.values("week_start").annotate(
            sold=Sum("units"),
            doors=Count("door"),
            promoted=Count("door", filter=Q(promoted_days__gt=0) | Q(Exists(promotions))),
            out_of_stock=Avg("out_of_stock_share"),
        )
    }
    if not found:
        return []
    first = min(found)
    weeks = (week_start(today) - first) // WEEK
    return [found.get(week, WeekSold(week)) for week in (first + place * WEEK for place in range(weeks))]


def _sales(product: Product, *, today: date) -> QuerySet[WeeklySales]:
    """The SKU's sales of the last whole fiscal weeks."""
    end = week_start(today)
    return WeeklySales.objects.filter(
        product=product, week_start__gte=end - HISTORY_WEEKS * WEEK, week_start__lt=end
    )
