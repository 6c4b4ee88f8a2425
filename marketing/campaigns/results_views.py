"""Where Marketing enters what a campaign was to bring, and what it brought."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from marketing.campaigns import domain
from marketing.campaigns.models import Campaign, CampaignResult
from marketing.campaigns.results import has_started, weeks_figures_are_closed
from marketing.campaigns.results_form import ResultsForm
from sop_site.access.permissions import NotNow, SignedInRequest, may
from sop_site.clock import today
from sop_site.operating_model.models import OperatingModel


@require_http_methods(["GET", "POST"])
@may("marketing.enter_results")
def results(request: SignedInRequest, pk: int) -> HttpResponse:
    """Enter a campaign's targets and, once it has started, its actuals."""
    campaign = get_object_or_404(Campaign.objects.visible_to(request.user), pk=pk)
    day = today()
    standing = CampaignResult.objects.filter(campaign=campaign).first()
    form = ResultsForm(
        request.POST if request.method == "POST" else None,
        instance=standing or CampaignResult(campaign=campaign),
        has_started=has_started(campaign, day),
    )
    if form.is_valid():
        try:
            domain.enter_results(
                campaign=campaign,
                changes=form.changed_results,
                by=request.user,
                note=form.cleaned_data["note"],
            )
        except NotNow as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"The results of {campaign.code} are saved.")
            return redirect(f"{campaign.get_absolute_url()}#results")
    context = {
        "campaign": campaign,
        "form": form,
        "is_closed": weeks_figures_are_closed(campaign, day, OperatingModel.objects.in_force(day)),
    }
    return render(request, "marketing/campaigns/results.html", context)
