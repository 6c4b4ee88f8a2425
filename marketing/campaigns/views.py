"""Marketing's pages: the promo calendar, the list, one campaign, its form, and its way to Planning."""

from collections.abc import Callable

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from marketing.campaigns import domain
from marketing.campaigns.calendar import CalendarFrame, bars, first_day_asked
from marketing.campaigns.domain import StalePlan
from marketing.campaigns.filters import CampaignFilter
from marketing.campaigns.forms import ReasonForm
from marketing.campaigns.models import Campaign
from marketing.campaigns.overview import besides_its_lift, campaign_in_full
from marketing.campaigns.plan_form import PlanForm
from marketing.campaigns.queries import (
    campaigns_for_list,
    past_lifts,
    running_in,
    skus_matching,
)
from marketing.campaigns.results import results_in_full
from marketing.campaigns.tables import CampaignTable
from marketing.demand.queries import latest_fit
from sop_site.access.permissions import NotNow, SignedInRequest, may
from sop_site.clock import today
from sop_site.history.queries import entries_of
from sop_site.htmx import render_page, wants_fragment
from sop_site.operating_model.models import OperatingModel
from sop_site.tables import sorted_and_paged

# Buttons of the form after which it is drawn again, unchecked.
REDRAWING_BUTTONS = ("add_rows", "remove", "suggest", "use")
CAMPAIGNS_A_PAGE = 25
BARS_A_PAGE = 100


@require_GET
@may("sop_site.view")
def calendar(request: SignedInRequest) -> HttpResponse:
    """Thirteen fiscal weeks with a bar for each campaign that runs in them."""
    day = today()
    frame = CalendarFrame.of(
        first_day_asked(request.GET.get("from", ""), today=day),
        today=day,
        model=OperatingModel.objects.in_force(day),
    )
    shown = CampaignFilter(request.GET, queryset=campaigns_for_list(request.user))
    running = running_in(shown.qs, frame.first_day, frame.last_day).order_by("starts_on", "ends_on", "code")
    page = Paginator(running, BARS_A_PAGE).get_page(request.GET.get("page"))
    context = {"frame": frame, "filter": shown, "page": page, "bars": bars(page, frame)}
    return render(request, "marketing/campaigns/calendar.html", context)


@require_GET
@may("sop_site.view")
def campaign_list(request: SignedInRequest) -> HttpResponse:
    """All campaigns that the person may see, to sort and to narrow."""
    shown = CampaignFilter(request.GET, queryset=campaigns_for_list(request.user))
    table = sorted_and_paged(request, CampaignTable(shown.qs), rows_a_page=CAMPAIGNS_A_PAGE)
    context = {
        "table": table,
        "filter": shown,
        "is_empty": not table.rows and not Campaign.objects.visible_to(request.user).exists(),
    }
    return render(request, "marketing/campaigns/list.html", context)


@require_GET
@may("sop_site.view")
def detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """One campaign: its plan, what it is expected to add, what may be done with it, and its history."""
    campaign = _visible(request, pk)
    day = today()
    context = {
        **campaign_in_full(campaign, request.user, today=day, model=OperatingModel.objects.in_force(day)),
        **results_in_full(campaign, request.user, today=day),
        "entries": entries_of(campaign),
    }
    return render(request, "marketing/campaigns/detail.html", context)


@require_GET
@may("sop_site.view")
def side_effects(request: SignedInRequest, pk: int) -> HttpResponse:
    """What a campaign does besides its own lift, unless ``side_effects=off``; for htmx a part of its page."""
    return render_page(
        request,
        page="marketing/campaigns/side_effects.html",
        fragment="marketing/lift/_side_effects.html",
        context=besides_its_lift(_visible(request, pk), counted=request.GET.get("side_effects") != "off"),
    )


@require_http_methods(["GET", "POST"])
@may("marketing.draft_campaign")
def new(request: SignedInRequest) -> HttpResponse:
    """Plan a campaign: save it as a draft, or submit it to Planning at once."""
    form = _plan_form(request, stored=None)
    if _asks_to_save(request, form) and form.is_valid():
        campaign = domain.create_campaign(plan=form.plan(), by=request.user, submit=_asks_to_submit(request))
        _say_saved(request, campaign)
        return redirect(campaign)
    return _form_page(request, form)


@require_http_methods(["GET", "POST"])
@may("marketing.draft_campaign")
def edit(request: SignedInRequest, pk: int) -> HttpResponse:
    """Change the plan of a draft or a submitted campaign."""
    campaign = _visible(request, pk)
    if not campaign.is_editable and request.method != "POST":
        messages.error(request, f"{campaign.code} has been decided. Revise it to change its plan.")
        return redirect(campaign)
    form = _plan_form(request, stored=campaign)
    if _asks_to_save(request, form) and form.is_valid():
        try:
            campaign = domain.change_campaign(
                campaign=campaign,
                plan=form.plan(),
                revision=form.facts.cleaned_data["revision"] or 0,
                by=request.user,
                note=form.facts.cleaned_data["note"],
                submit=_asks_to_submit(request),
            )
        except StalePlan as stale:
            form.say_stale(stale, timezone.now())
        except NotNow as refusal:
            form.facts.add_error(None, str(refusal))
        else:
            _say_saved(request, campaign)
            return redirect(campaign)
    return _form_page(request, form)


@require_POST
@may("marketing.submit_campaign")
def submit(request: SignedInRequest, pk: int) -> HttpResponse:
    """Hand a draft to Planning."""
    return _move(request, pk, domain.submit_campaign, "{} is with Planning now. Its SKUs are recalculated.")


@require_POST
@may("marketing.submit_campaign")
def withdraw(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take a submitted campaign back."""
    return _move(request, pk, domain.withdraw_campaign, "{} is a draft again.")


@require_POST
@may("marketing.submit_campaign")
def revise(request: SignedInRequest, pk: int) -> HttpResponse:
    """Open a decided campaign's plan again."""
    return _move(request, pk, domain.revise_campaign, "{} is a draft again; change it and submit it anew.")


@require_POST
@may("marketing.draft_campaign")
def cancel(request: SignedInRequest, pk: int) -> HttpResponse:
    """Call a campaign off."""
    return _move(request, pk, domain.cancel_campaign, "{} is cancelled.")


@require_GET
@may("marketing.draft_campaign")
def sku_search(request: SignedInRequest) -> JsonResponse:
    """SKUs whose code or name holds the words of ``q``, for the form's search."""
    found = skus_matching(request.GET.get("q", ""))
    return JsonResponse({"items": [{"sku": product.sku, "name": product.name} for product in found]})


def _visible(request: SignedInRequest, pk: int) -> Campaign:
    campaigns = Campaign.objects.visible_to(request.user).select_related(
        "mechanic", "owner", "submitted_by", "decided_by"
    )
    return get_object_or_404(campaigns, pk=pk)


def _move(
    request: SignedInRequest, pk: int, transition: Callable[..., Campaign], sentence: str
) -> HttpResponse:
    campaign, reason = _visible(request, pk), ReasonForm(request.POST)
    if not reason.is_valid():
        messages.error(request, f"The reason: {reason.errors['note'][0]}")
        return redirect(campaign)
    try:
        transition(campaign=campaign, by=request.user, note=reason.cleaned_data["note"])
    except NotNow as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, sentence.format(campaign.code))
    return redirect(campaign)


def _plan_form(request: SignedInRequest, stored: Campaign | None) -> PlanForm:
    """The form as the request leaves it: fresh, to be checked, or redrawn with more or fewer rows."""
    day = today()
    model = OperatingModel.objects.in_force(day)
    if request.method != "POST":
        return PlanForm(today=day, model=model, stored=stored)
    if not wants_fragment(request) and any(button in request.POST for button in REDRAWING_BUTTONS):
        return PlanForm.redrawn(request.POST, today=day, model=model, stored=stored)
    return PlanForm(today=day, model=model, stored=stored, data=request.POST)


def _form_page(request: SignedInRequest, form: PlanForm) -> HttpResponse:
    """The form, or, while it is being filled in, only what is suggested for its rows."""
    context = {"form": form, "campaign": form.stored, "past_lifts": past_lifts(), "fit": latest_fit()}
    return render_page(
        request,
        page="marketing/campaigns/form.html",
        fragment="marketing/campaigns/_suggestions.html",
        context=context,
    )


def _asks_to_save(request: SignedInRequest, form: PlanForm) -> bool:
    """Whether the form was sent to be saved; htmx sends it for the sake of suggestions alone."""
    return form.facts.is_bound and not wants_fragment(request)


def _asks_to_submit(request: SignedInRequest) -> bool:
    return request.POST.get("action") == "submit"


def _say_saved(request: SignedInRequest, campaign: Campaign) -> None:
    if _asks_to_submit(request):
        messages.success(request, f"{campaign.code} is with Planning now. Its SKUs are recalculated.")
    else:
        messages.success(request, f"{campaign.code} is saved.")
