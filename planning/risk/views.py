"""The Bridge, its flags, and Planning's decisions on them."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from marketing.campaigns.models import Campaign
from planning.risk import decisions
from planning.risk.arithmetic import door_arithmetic, network_arithmetic
from planning.risk.board import planned_campaigns, read_board
from planning.risk.choices import AcceptanceStatus
from planning.risk.doors import doors_with_a_part
from planning.risk.forms import (
    AcceptForm,
    BridgeFilterForm,
    CampaignDecisionForm,
    CampaignRejectionForm,
    ReasonForm,
)
from planning.risk.freshness import freshness as read_freshness
from planning.risk.models import RiskAcceptance
from planning.risk.pulse import board_pulse, campaign_pulse, flag_pulse
from planning.risk.queries import acceptances_visible_to, campaign_decision, flag_page, flags_visible_to
from planning.risk.sentences import still_to_sign
from planning.risk.standing import signing_side, standing_of
from sop_site.access.permissions import NotAllowed, NotNow, SignedInRequest, may
from sop_site.forms import NoteForm
from sop_site.htmx import SEEN_PARAMETER, render_page, unchanged

CHOICES = ("show", "campaign", "region")


@require_GET
@may("sop_site.view")
def bridge(request: SignedInRequest) -> HttpResponse:
    """The board: campaigns × featured SKUs × 13 weeks; a poll that has seen it all gets 204."""
    pulse = board_pulse()
    if (answer := unchanged(request, pulse)) is not None:
        return answer
    form = BridgeFilterForm(request.GET, campaigns=planned_campaigns(request.user))
    board = read_board(request.user, form.chosen, request.GET.get("page", 1))
    # What a poll has seen is no part of the address that its links lead on to.
    query = request.GET.copy()
    query.pop(SEEN_PARAMETER, None)
    request.GET = query  # type: ignore[assignment]  # Django's own copy() is typed as another class
    context = {
        "form": form,
        "filter_choices": [form[name] for name in CHOICES],
        "board": board,
        "pulse": pulse,
    }
    return render_page(
        request, page="planning/risk/bridge.html", fragment="planning/risk/_board.html", context=context
    )


@require_GET
@may("sop_site.view")
def freshness(request: SignedInRequest) -> HttpResponse:
    """How fresh the figures are: the line that every tick renews."""
    return render(request, "planning/risk/_freshness.html", {"freshness": read_freshness()})


@require_GET
@may("sop_site.view")
def flag(request: SignedInRequest, pk: int) -> HttpResponse:
    """One SKU of one campaign: the risk, what still works, and what was decided."""
    return _flag_page(request, pk)


def _flag_page(request: SignedInRequest, pk: int, **forms: NoteForm | ReasonForm) -> HttpResponse:
    flag = get_object_or_404(flags_visible_to(request.user), pk=pk)
    pulse = flag_pulse(flag)
    if (answer := unchanged(request, pulse)) is not None:
        return answer
    page = flag_page(flag, request.user)
    context = {
        "page": page,
        "flag": flag,
        "pulse": pulse,
        "network": network_arithmetic(flag, page.doors.doors),
        "sign_form": forms.get("sign_form", NoteForm(prefix="sign")),
        "decline_form": forms.get("decline_form", ReasonForm(prefix="decline")),
    }
    return render_page(
        request, page="planning/risk/flag.html", fragment="planning/risk/_flag.html", context=context
    )


@require_GET
@may("sop_site.view")
def door(request: SignedInRequest, pk: int, door_pk: int) -> HttpResponse:
    """The arithmetic of one SKU at one door, week by week."""
    flag = get_object_or_404(flags_visible_to(request.user), pk=pk)
    door = get_object_or_404(doors_with_a_part(flag), pk=door_pk)
    context = {"flag": flag, "door": door, "page": door_arithmetic(flag, door)}
    return render(request, "planning/risk/door.html", context)


@require_http_methods(["GET", "POST"])
@may("planning.accept_risk")
def accept(request: SignedInRequest, pk: int) -> HttpResponse:
    """The form in which Planning takes a risk, with the size that it takes."""
    flag = get_object_or_404(flags_visible_to(request.user), pk=pk)
    form = AcceptForm(request.POST or None, flag=flag)
    if request.method == "POST" and form.is_valid():
        _attempt(
            request,
            lambda: _after_signature(
                decisions.accept_risk(flag=flag, by=request.user, reason=form.cleaned_data["reason"])
            ),
        )
        return redirect(flag)
    page = flag_page(flag, request.user)
    return render(request, "planning/risk/accept.html", {"page": page, "flag": flag, "form": form})


@require_POST
def sign_acceptance(request: SignedInRequest, pk: int) -> HttpResponse:
    """The signature of the VP Planning or of the CMO under a large risk."""
    acceptance = _acceptance_to_sign(request, pk)
    form = NoteForm(request.POST, prefix="sign")
    if not form.is_valid():
        return _flag_page(request, acceptance.flag_id, sign_form=form)
    note = form.cleaned_data["note"]
    _attempt(
        request,
        lambda: _after_signature(
            decisions.sign_acceptance(acceptance=acceptance, by=request.user, note=note)
        ),
    )
    return redirect(acceptance.flag)


@require_POST
def decline_acceptance(request: SignedInRequest, pk: int) -> HttpResponse:
    """One of those who must sign will not, and says why."""
    acceptance = _acceptance_to_sign(request, pk)
    form = ReasonForm(request.POST, prefix="decline")
    if not form.is_valid():
        return _flag_page(request, acceptance.flag_id, decline_form=form)

    def decline() -> str:
        note = form.cleaned_data["note"]
        decisions.decline_acceptance(acceptance=acceptance, by=request.user, note=note)
        return "Declined. The flag needs another decision."

    _attempt(request, decline)
    return redirect(acceptance.flag)


def _acceptance_to_sign(request: SignedInRequest, pk: int) -> RiskAcceptance:
    acceptance = get_object_or_404(acceptances_visible_to(request.user), pk=pk)
    if signing_side(request.user) is None:
        raise NotAllowed("The VP Planning and the CMO sign for large risks.")
    return acceptance


@require_GET
@may("sop_site.view")
def campaign(request: SignedInRequest, pk: int) -> HttpResponse:
    """The flags of a campaign and Planning's decision on it; for htmx the part that a page embeds."""
    return _campaign_page(request, get_object_or_404(Campaign.objects.visible_to(request.user), pk=pk))


def _campaign_page(
    request: SignedInRequest, campaign: Campaign, **forms: CampaignDecisionForm | CampaignRejectionForm
) -> HttpResponse:
    pulse = campaign_pulse(campaign)
    if (answer := unchanged(request, pulse)) is not None:
        return answer
    seen = {"revision": campaign.revision}
    context = {
        "pulse": pulse,
        "decision": campaign_decision(campaign, request.user),
        "campaign": campaign,
        "approve_form": forms.get("approve_form", CampaignDecisionForm(prefix="approve", initial=seen)),
        "reject_form": forms.get("reject_form", CampaignRejectionForm(prefix="reject", initial=seen)),
    }
    return render_page(
        request, page="planning/risk/campaign.html", fragment="planning/risk/_campaign.html", context=context
    )


@require_POST
def approve_campaign(request: SignedInRequest, pk: int) -> HttpResponse:
    """Approval of a campaign, or one of the two signatures that it takes."""
    campaign = get_object_or_404(Campaign.objects.visible_to(request.user), pk=pk)
    if not standing_of(campaign).may_be_approved_by(request.user):
        raise NotAllowed("This campaign is not yours to approve.")
    form = CampaignDecisionForm(request.POST, prefix="approve")
    if not form.is_valid():
        return _campaign_page(request, campaign, approve_form=form)

    def approve() -> str:
        campaign.revision = form.cleaned_data["revision"]
        note = form.cleaned_data["note"]
        standing = decisions.approve_campaign(campaign=campaign, by=request.user, note=note)
        return f"Signed; waits for {standing.waits_for}." if standing.waits_for else f"Approved {campaign}."

    _attempt(request, approve)
    return redirect("risk:campaign", pk)


@require_POST
@may("planning.approve_campaign")
def reject_campaign(request: SignedInRequest, pk: int) -> HttpResponse:
    """Planning sends a campaign back, and says why."""
    campaign = get_object_or_404(Campaign.objects.visible_to(request.user), pk=pk)
    form = CampaignRejectionForm(request.POST, prefix="reject")
    if not form.is_valid():
        return _campaign_page(request, campaign, reject_form=form)

    def reject() -> str:
        campaign.revision = form.cleaned_data["revision"]
        decisions.reject_campaign(campaign=campaign, by=request.user, note=form.cleaned_data["note"])
        return f"Rejected {campaign}. Marketing can revise it."

    _attempt(request, reject)
    return redirect("risk:campaign", pk)


def _attempt(request: SignedInRequest, act: Callable[[], str]) -> None:
    """Do it and say so, or say why it cannot be done now."""
    try:
        messages.success(request, act())
    except NotNow as obstacle:
        messages.warning(request, str(obstacle))


def _after_signature(acceptance: RiskAcceptance) -> str:
    if acceptance.status == AcceptanceStatus.IN_FORCE:
        return "Risk accepted. The decision stays on the flag."
    return f"Your decision stands; the acceptance waits for {still_to_sign(acceptance)}."
