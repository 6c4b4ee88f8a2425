"""The page of a SKU's baseline."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from marketing.baseline.chart import baseline_chart
from marketing.baseline.queries import (
    PARTLY_OUT_BELOW,
    baselines_of_sku,
    doors_with_baseline_or_sales,
    weeks_ahead,
    weeks_sold,
)
from marketing.baseline.words import bases_words, basis_words
from marketing.catalogue.models import Door, Product
from marketing.demand.queries import latest_fit
from sop_site.access.permissions import SignedInRequest, may
from sop_site.clock import today


@require_GET
@may("sop_site.view")
def sku(request: SignedInRequest, pk: int) -> HttpResponse:
    """What a SKU sold and its baseline, at all doors or at the one that ``door`` names; how doors add up."""
    product = get_object_or_404(Product.objects.select_related("category", "like_item"), pk=pk)
    day = today()
    doors = doors_with_baseline_or_sales(product, today=day)
    door = _chosen(doors, request.GET.get("door", ""))
    baselines = baselines_of_sku(product)
    shown = [baseline for baseline in baselines if door is None or baseline.door_id == door.pk]
    ahead, sold = weeks_ahead(baselines, product, door), weeks_sold(product, door, today=day)
    context = {
        "product": product,
        "doors": doors,
        "door": door,
        "fit": latest_fit(),
        "basis": bases_words(shown, product),
        "basis_everywhere": bases_words(baselines, product),
        "weeks_used": max((baseline.weeks_used for baseline in shown), default=0),
        "partly_out_below": PARTLY_OUT_BELOW,
        "ahead": ahead,
        "ahead_units": sum(week.units for week in ahead),
        "sold": sold[::-1],
        "sold_units": sum(week.units or 0.0 for week in sold),
        "by_door": [
            (baseline, basis_words(baseline, product), sum(baseline.weekly_units)) for baseline in baselines
        ],
        "all_doors_units": sum(sum(baseline.weekly_units) for baseline in baselines),
        "chart": baseline_chart(product, f"at {door.name}" if door else "at all doors", sold, ahead),
    }
    return render(request, "marketing/baseline/sku.html", context)


def _chosen(doors: list[Door], key: str) -> Door | None:
    """The one of ``doors`` that an address names; None for all of them. Raises Http404 for another."""
    if not key:
        return None
    for door in doors:
        if str(door.pk) == key:
            return door
    raise Http404
