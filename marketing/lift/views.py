"""Pages of the past: what promotions did, which there were, and one of them with its sales."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from marketing.demand.queries import latest_fit
from marketing.lift.chart import promotion_chart
from marketing.lift.filters import LiftNormFilter, PastLiftFilter
from marketing.lift.models import LiftNorm, PastLift
from marketing.lift.queries import norms_for_list, past_lifts_for_list, weeks_around
from marketing.lift.tables import LiftNormTable, PastLiftTable
from sop_site.access.permissions import SignedInRequest, may
from sop_site.tables import sorted_and_paged

ROWS_A_PAGE = 50


@require_GET
@may("sop_site.view")
def norms(request: SignedInRequest) -> HttpResponse:
    """The spread of past lifts by mechanic, depth of discount and category, and the fit that measured it."""
    shown = LiftNormFilter(request.GET, queryset=norms_for_list())
    table = sorted_and_paged(request, LiftNormTable(shown.qs), rows_a_page=ROWS_A_PAGE)
    context = {
        "table": table,
        "filter": shown,
        "fit": latest_fit(),
        "is_empty": not table.rows and not LiftNorm.objects.exists(),
    }
    return render(request, "marketing/lift/norms.html", context)


@require_GET
@may("sop_site.view")
def promotions(request: SignedInRequest) -> HttpResponse:
    """Every past promotion that was measured, the newest first."""
    shown = PastLiftFilter(request.GET, queryset=past_lifts_for_list())
    table = sorted_and_paged(request, PastLiftTable(shown.qs), rows_a_page=ROWS_A_PAGE)
    is_empty = not table.rows and not PastLift.objects.exists()
    return render(
        request, "marketing/lift/promotions.html", {"table": table, "filter": shown, "is_empty": is_empty}
    )


@require_GET
@may("sop_site.view")
def past(request: SignedInRequest, pk: int) -> HttpResponse:
    """One past promotion of a SKU: what it sold against the baseline, week by week."""
    found = PastLift.objects.select_related("product", "mechanic", "fit")
    promotion = get_object_or_404(found, pk=pk)
    weeks = weeks_around(promotion)
    baseline_a_week = promotion.baseline_units * 7 / ((promotion.ends_on - promotion.starts_on).days + 1)
    context = {
        "past": promotion,
        "weeks": weeks,
        "door_count": max((week.door_count for week in weeks if week.in_promotion), default=0),
        "baseline_a_week": baseline_a_week,
        "extra_units": promotion.sold_units - promotion.baseline_units,
        "chart": promotion_chart(promotion, weeks, baseline_a_week),
    }
    return render(request, "marketing/lift/past.html", context)
