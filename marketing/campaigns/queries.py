"""Reads about campaigns: who changed one, what it is expected to add, which doors have a part in it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import cast

from django.db.models import Case, OuterRef, Q, When

from marketing.baseline.models import BaselineForecast
from marketing.campaigns.models import Campaign, CampaignDoor, CampaignLine, CampaignQuerySet
from marketing.catalogue.models import Door, Product, Ranging
from marketing.lift.models import LiftNorm
from sop_site.access.models import User
from sop_site.counting import count_of
from sop_site.fiscal import week_start

DAYS_IN_WEEK = 7
SKUS_FOUND = 20


@dataclass(frozen=True, slots=True)
class LastChange:
    """Who changed a campaign last, and when; a change without a person was Bridge's own."""

    by: str
    at: datetime | None


def last_change_of(campaign: Campaign) -> LastChange:
    """The newest change of the campaign's own row, which every change of its plan touches."""
    event = (
        Campaign.pgh_event_model.objects.filter(pgh_obj_id=campaign.pk)
        .select_related("pgh_context")
        .order_by("-pgh_id")
        .first()
    )
    if event is None:
        return LastChange("Someone else", None)
    user_id = (event.pgh_context.metadata if event.pgh_context else {}).get("user")
    person = User.objects.filter(pk=user_id).first() if user_id else None
    return LastChange(str(person) if person else "Someone else", event.pgh_created_at)


def ranged_pairs(campaign: Campaign) -> set[tuple[int, int]]:
    """The (product id, door id) pairs with a part in the campaign: featured, in scope and ranged."""
    return set(
        Ranging.objects.filter(
            product__campaign_lines__campaign=campaign, door__campaigns=campaign
        ).values_list("product_id", "door_id")
    )


def unranged_doors(products: Iterable[Product], doors: Iterable[Door]) -> dict[Product, list[Door]]:
    """For each SKU the doors of the scope that do not range it; SKUs that all doors range are left out."""
    products, doors = list(products), list(doors)
    ranged = set(
        Ranging.objects.filter(product__in=products, door__in=doors).values_list("product_id", "door_id")
    )
    missing = {
        product: [door for door in doors if (product.pk, door.pk) not in ranged] for product in products
    }
    return {product: without for product, without in missing.items() if without}


def baseline_units(
    products: Iterable[Product], doors: Iterable[Door], starts_on: date, ends_on: date
) -> dict[int, float]:
    """Baseline units by product id over the days from ``starts_on`` to ``ends_on``, both included.

    Only doors that range the SKU count. Days share their week's units evenly; weeks outside the fitted
    ones take the nearest fitted week. A SKU without any baseline is left out.
    """
    products, doors = list(products), list(doors)
    ranged = set(
        Ranging.objects.filter(product__in=products, door__in=doors).values_list("product_id", "door_id")
    )
    rows = BaselineForecast.objects.filter(product__in=products, door__in=doors).values_list(
        "product_id", "door_id", "first_week_start", "weekly_units"
    )
    days = _days_by_week(starts_on, ends_on)
    units: dict[int, float] = defaultdict(float)
    for product_id, door_id, first_week_start, weekly_units in rows:
        if (product_id, door_id) in ranged and weekly_units:
            units[product_id] += _units_over(days, first_week_start, cast(list[float], weekly_units))
    return dict(units)


@dataclass(frozen=True, slots=True)
class LineExpectation:
    """A featured SKU with what is expected of it over the whole campaign.

    ``baseline_units`` is None where no door in scope has a baseline; ``uplift_units`` is None where it
    would have to be worked out from such a baseline.
    """

    line: CampaignLine
    baseline_units: float | None
    uplift_units: float | None
    unranged_doors: tuple[Door, ...]

    @property
    def expected_units(self) -> float | None:
        """Baseline and uplift together."""
        if self.baseline_units is None or self.uplift_units is None:
            return None
        return self.baseline_units + self.uplift_units


def line_expectations(campaign: Campaign) -> list[LineExpectation]:
    """The campaign's featured SKUs in order of SKU, each with its expected units."""
    lines = list(campaign.lines.select_related("product", "suggested_by"))
    products = [line.product for line in lines]
    doors = list(campaign.doors.all())
    baseline = baseline_units(products, doors, campaign.starts_on, campaign.ends_on)
    without = unranged_doors(products, doors)
    return [
        LineExpectation(
            line=line,
            baseline_units=baseline.get(line.product_id),
            uplift_units=_uplift_units(line, baseline.get(line.product_id)),
            unranged_doors=tuple(without.get(line.product, ())),
        )
        for line in lines
    ]


def past_lifts() -> list[LiftNorm]:
    """What past promotions of each mechanic did; mechanics without a past are left out."""
    overall = LiftNorm.objects.filter(category=None, discount_band="")
    return list(overall.select_related("mechanic").order_by("mechanic__name"))


def skus_matching(text: str) -> list[Product]:
    """The first SKUs whose code, name, style or colour holds every word; codes that begin so come first."""
    text = text.replace("\x00", "").strip()
    if not text:
        return []
    begins = Case(When(sku__istartswith=text, then=0), default=1)
    return list(Product.objects.matching(text).order_by(begins, "sku")[:SKUS_FOUND])


def campaigns_for_list(user: User) -> CampaignQuerySet:
    """The campaigns that ``user`` may see, with what the list shows of each, in a fixed number of queries."""
    return (
        Campaign.objects.visible_to(user)
        .select_related("mechanic", "owner")
        .annotate(
            sku_count=count_of(CampaignLine.objects.filter(campaign=OuterRef("pk")), "campaign"),
            door_count=count_of(CampaignDoor.objects.filter(campaign=OuterRef("pk")), "campaign"),
        )
    )


def running_in(campaigns: CampaignQuerySet, first: date, last: date) -> CampaignQuerySet:
    """Those of ``campaigns`` with at least one day between ``first`` and ``last``, both included."""
    return campaigns.filter(Q(starts_on__lte=last) & Q(ends_on__gte=first))


def _days_by_week(starts_on: date, ends_on: date) -> dict[date, int]:
    days: dict[date, int] = defaultdict(int)
    day = starts_on
    while day <= ends_on:
        days[week_start(day)] += 1
        day += timedelta(days=1)
    return days


def _units_over(days: Mapping[date, int], first_week_start: date, weekly_units: list[float]) -> float:
    total = 0.0
    for week, count in days.items():
        index = (week - first_week_start).days // DAYS_IN_WEEK
        nearest = min(max(index, 0), len(weekly_units) - 1)
        total += weekly_units[nearest] * count / DAYS_IN_WEEK
    return total


def _uplift_units(line: CampaignLine, baseline: float | None) -> float | None:
    if line.uplift_units is not None:
        return line.uplift_units
    if baseline is None or line.uplift_ratio is None:
        return None
    return line.uplift_ratio * baseline
