"""Signing a forecast on one page, sending it back, reopening it, and comparing versions."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from planning.consensus import domain
from planning.consensus.choices import Seat
from planning.consensus.comparison import compared
from planning.consensus.in_force import published_before
from planning.consensus.models import Cycle, ForecastVersion
from planning.consensus.signing_forms import ReopenForm, SendBackForm, SignForm
from planning.consensus.signing_page import changes_in_words, signing_page
from sop_site.access.permissions import NotAllowed, NotNow, SignedInRequest, may

SIGNED = "Signed for the {seat}."
PUBLISHED = "Signed and published: it drives the buy plan and the calendar from now on."


@require_http_methods(["GET", "HEAD", "POST"])
@may("sop_site.view")
def sign(request: SignedInRequest, pk: int) -> HttpResponse:
    """Everything that a signer needs on one page; a posted form signs."""
    cycle = get_object_or_404(Cycle, pk=pk)
    if request.method != "POST":
        return _page(request, cycle)
    form = SignForm(request.POST)
    seat = _seat_of(request)
    if not form.is_valid():
        return _page(request, cycle, form=form)
    try:
        domain.sign_forecast(
            version=cycle.current_version,
            seat=seat,
            snapshot=request.POST.get("snapshot", ""),
            by=request.user,
            **form.cleaned_data,
        )
    except domain.WrongPasswordError as refusal:
        form.add_error("password", str(refusal))
        return _page(request, cycle, form=form)
    except domain.StaleSnapshotError as refusal:
        return _page(request, cycle, stale=str(refusal), changed=changes_in_words(refusal.changes))
    except NotNow as refusal:
        messages.error(request, str(refusal))
        return redirect("consensus:sign", cycle.pk)
    messages.success(request, PUBLISHED if seat == Seat.CHAIR else SIGNED.format(seat=seat.label))
    return redirect("consensus:sign", cycle.pk)


@require_POST
@may("planning.send_forecast_back")
def send_back(request: SignedInRequest, pk: int) -> HttpResponse:
    """Back to reconciling, with what must change."""
    cycle = get_object_or_404(Cycle, pk=pk)
    form = SendBackForm(request.POST, prefix="back")
    if not form.is_valid():
        return _page(request, cycle, send_back_form=form)
    try:
        domain.send_back(cycle=cycle, by=request.user, comment=form.cleaned_data["comment"])
    except NotNow as refusal:
        messages.error(request, str(refusal))
        return redirect("consensus:sign", cycle.pk)
    messages.success(request, "Sent back. The signatures given so far are void.")
    return redirect(cycle)


@require_POST
@may("planning.chair_forecast")
def reopen(request: SignedInRequest, pk: int) -> HttpResponse:
    """A published forecast becomes the ground of its next version."""
    cycle = get_object_or_404(Cycle, pk=pk)
    form = ReopenForm(request.POST, prefix="reopen")
    if not form.is_valid():
        return _page(request, cycle, reopen_form=form)
    try:
        version = domain.reopen_forecast(cycle=cycle, by=request.user, reason=form.cleaned_data["reason"])
    except NotNow as refusal:
        messages.error(request, str(refusal))
        return redirect("consensus:sign", cycle.pk)
    messages.success(
        request,
        f"Reopened as version {version.number}. Version {version.number - 1} stays in force meanwhile.",
    )
    return redirect(cycle)


@require_safe
@may("sop_site.view")
def compare(request: SignedInRequest, pk: int) -> HttpResponse:
    """A version beside another: by default beside the one that was signed before it."""
    versions = ForecastVersion.objects.select_related("cycle")
    after = get_object_or_404(versions, pk=pk)
    chosen = request.GET.get("with", "")
    before = (
        get_object_or_404(versions, pk=int(chosen)) if chosen.isascii() and chosen.isdigit() else None
    ) or published_before(after)
    context = {
        "version": after,
        "others": versions.exclude(pk=after.pk).order_by("-cycle__month_start", "-number"),
        "before": before,
        "comparison": compared(before, after) if before else None,
    }
    return render(request, "planning/consensus/compare.html", context)


def _seat_of(request: SignedInRequest) -> Seat:
    """The seat that the person signs for; NotAllowed for those who have none."""
    for seat in Seat:
        if request.user.has_perm(seat.permission):
            return seat
    raise NotAllowed("The forecast is signed by the three heads and the chair.")


def _page(request: SignedInRequest, cycle: Cycle, **facts: object) -> HttpResponse:
    page = signing_page(cycle.current_version, request.user)
    context = {
        "page": page,
        "version": page.version,
        "cycle": page.version.cycle,
        "form": SignForm(),
        "send_back_form": SendBackForm(prefix="back"),
        "reopen_form": ReopenForm(prefix="reopen"),
        "may_send_back": page.is_signing and request.user.has_perm("planning.send_forecast_back"),
        "may_reopen": cycle.published_at is not None and request.user.has_perm("planning.chair_forecast"),
        **facts,
    }
    return render(request, "planning/consensus/sign.html", context)
