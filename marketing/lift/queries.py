"""Reads about past lifts: what promotions did, and what one of them sold week by week."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.db.models import Case, Count, Exists, F, Max, OuterRef, QuerySet, Sum, Value, When
from django.db.models.functions import Coalesce

from marketing.catalogue.models import Category
from marketing.lift.choices import DiscountBand
from marketing.lift.models import LiftNorm, PastLift
from marketing.sales.models import Mechanic, PastPromotion, WeeklySales
from sop_site.fiscal import WEEK, week_start

WEEKS_BEFORE = 26
WEEKS_AFTER = 8


def median_uplift_ratio_for(mechanic: Mechanic) -> float:
    """The median uplift ratio (incremental ÷ base) of the mechanic's past promotions; 0 without any."""
    norm = LiftNorm.objects.filter(mechanic=mechanic, category=None, discount_band="").first()
    return norm.p50_uplift_ratio if norm else 0.0


def norms_for_list() -> QuerySet[LiftNorm]:
    """Every norm with its names, and with what it is ordered by: those of all categories and depths first."""
    depths = [When(discount_band=band, then=Value(place)) for place, band in enumerate(DiscountBand, start=1)]
    return LiftNorm.objects.select_related("mechanic", "category").annotate(
        category_path=Coalesce("category__path", Value("")), depth=Case(*depths, default=Value(0))
    )


def past_lifts_for_list() -> QuerySet[PastLift]:
    """Every measured promotion of the past with its names, and what it multiplied the baseline by."""
    return PastLift.objects.select_related("product", "mechanic").annotate(
        times_baseline=F("sold_units") / F("baseline_units")
    )


def measured_mechanics() -> QuerySet[Mechanic]:
    """The mechanics of which past lifts are known."""
    return Mechanic.objects.filter(Exists(LiftNorm.objects.filter(mechanic=OuterRef("pk"))))


def measured_categories() -> QuerySet[Category]:
    """The categories of which past lifts are known."""
    return Category.objects.filter(Exists(LiftNorm.objects.filter(category=OuterRef("pk"))))


@dataclass(frozen=True, slots=True)
class WeekSold:
    """What a SKU sold in one fiscal week at the doors of a promotion; None where no sales are known.

    ``in_promotion`` says that the promotion ran in it, ``in_another`` that another one did at some door.
    """

    start: date
    units: float | None
    door_count: int
    in_promotion: bool
    in_another: bool


def weeks_around(past: PastLift) -> list[WeekSold]:
    """The fiscal weeks from 26 before a past promotion to 8 after it, as far as there are sales.

    Its doors are those of the promotions that it was measured on; where the sales alone told that the SKU
    was promoted, all doors that sold it.
    """
    first, last = week_start(past.starts_on), week_start(past.ends_on)
    doors = PastPromotion.objects.filter(
        product=past.product, mechanic=past.mechanic, starts_on__lte=past.ends_on, ends_on__gte=past.starts_on
    ).values("door")
    sales = WeeklySales.objects.filter(
        product=past.product,
        week_start__gte=first - WEEKS_BEFORE * WEEK,
        week_start__lte=last + WEEKS_AFTER * WEEK,
    )
    if doors.exists():
        sales = sales.filter(door__in=doors)
    found = {
        row["week_start"]: row
        for row in sales.values("week_start").annotate(
            sold=Sum("units"), doors=Count("door"), promoted=Max("promoted_days")
        )
    }
    if not found:
        return []
    return [
        WeekSold(
            start=week,
            units=float(found[week]["sold"]) if week in found else None,
            door_count=found[week]["doors"] if week in found else 0,
            in_promotion=first <= week <= last,
            in_another=week in found and found[week]["promoted"] > 0 and not first <= week <= last,
        )
        for week in _weeks(min(found), max(found))
    ]


def _weeks(first: date, last: date) -> Iterator[date]:
    week = first
    while week <= last:
        yield week
        week += WEEK
