"""The calendar against the signed forecast: one campaign, and all that has drifted from it."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from marketing.campaigns.models import Campaign
from planning.consensus.drift import drift_page
from planning.consensus.support import supports_of
from sop_site.access.permissions import SignedInRequest, may
from sop_site.clock import today
from sop_site.htmx import render_page


@require_safe
@may("sop_site.view")
def campaign_support(request: SignedInRequest, pk: int) -> HttpResponse:
    """Whether the signed forecast supports a campaign, SKU by SKU; for htmx a part of the campaign's page."""
    campaign = get_object_or_404(Campaign.objects.visible_to(request.user), pk=pk)
    (support,) = supports_of([campaign], today=today())
    return render_page(
        request,
        page="planning/consensus/campaign_support.html",
        fragment="planning/consensus/_campaign_support.html",
        context={"campaign": campaign, "support": support},
    )


@require_safe
@may("sop_site.view")
def drift(request: SignedInRequest) -> HttpResponse:
    """All SKUs beyond the tolerance, for the next weekly review; for htmx a note on unsupported campaigns."""
    page = drift_page(request.GET.get("page"), today=today())
    return render_page(
        request,
        page="planning/consensus/drift.html",
        fragment="planning/consensus/_unsupported.html",
        context={"page": page},
    )
