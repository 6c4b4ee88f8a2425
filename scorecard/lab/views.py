"""Replays of a version of the operating model: asking for one, its progress, and what it came to."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST, require_safe

from scorecard.lab import domain
from scorecard.lab.choices import UNDER_WAY, ReplayStatus
from scorecard.lab.forms import ReplayForm
from scorecard.lab.models import Replay
from scorecard.lab.queries import is_silent, replayable, replays_of
from scorecard.lab.result_page import beside_flags, result_page
from sop_site.access.permissions import NotNow, SignedInRequest, may
from sop_site.clock import today
from sop_site.htmx import render_page, unchanged
from sop_site.operating_model.models import OperatingModel


@require_safe
@may("sop_site.view")
def of_model(request: SignedInRequest, pk: int) -> HttpResponse:
    """The replays of a version and the form for another one: a fragment of the version's page."""
    model = get_object_or_404(OperatingModel, pk=pk)
    found = replayable(today())
    context = {
        "model": model,
        "replays": replays_of(model),
        "replayable": found,
        "form": ReplayForm(replayable=found),
        "may_ask": request.user.has_perm("sop_site.propose_operating_model"),
    }
    return render_page(
        request,
        page="scorecard/lab/of_model.html",
        fragment="scorecard/lab/_of_model.html",
        context=context,
    )


@require_POST
@may("sop_site.propose_operating_model")
def ask(request: SignedInRequest, pk: int) -> HttpResponse:
    """Ask for a replay."""
    model = get_object_or_404(OperatingModel, pk=pk)
    form = ReplayForm(request.POST, replayable=replayable(today()))
    if not form.is_valid():
        messages.error(request, "Choose two weeks that can be replayed.")
        return redirect("operating_model:version", model.version)
    try:
        asked = domain.ask_replay(model=model, by=request.user, **form.cleaned_data)
    except NotNow as refusal:
        messages.error(request, str(refusal))
        return redirect("operating_model:version", model.version)
    return redirect("lab:replay", asked.pk)


@require_safe
@may("sop_site.view")
def replay(request: SignedInRequest, pk: int) -> HttpResponse:
    """Progress, then the result. Polled while it is under way; where nothing moved the answer is empty."""
    found = get_object_or_404(Replay.objects.select_related("model", "beside", "asked_by"), pk=pk)
    silent = is_silent(found)
    pulse = f"{found.status}-{found.weeks_done}-{silent}"
    if (nothing_new := unchanged(request, pulse)) is not None:
        return nothing_new
    context = {
        "replay": found,
        "tone": ReplayStatus(found.status).tone,
        "is_under_way": found.status in UNDER_WAY,
        "is_silent": silent,
        "pulse": pulse,
        "page": result_page(found) if found.status == ReplayStatus.DONE else None,
        "beside": beside_flags(found) if found.status == ReplayStatus.DONE else None,
        "may_retry": (silent or found.status == ReplayStatus.FAILED)
        and request.user.has_perm("sop_site.propose_operating_model"),
    }
    return render_page(
        request, page="scorecard/lab/replay.html", fragment="scorecard/lab/_replay.html", context=context
    )


@require_POST
@may("sop_site.propose_operating_model")
def retry(request: SignedInRequest, pk: int) -> HttpResponse:
    """Ask again for a replay that failed or stands still."""
    found = get_object_or_404(Replay, pk=pk)
    try:
        domain.retry_replay(replay=found, by=request.user)
    except NotNow as refusal:
        messages.error(request, str(refusal))
    return redirect("lab:replay", found.pk)
