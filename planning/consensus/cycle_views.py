"""The page of a cycle: where it stands, and who still owes what."""

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from planning.consensus import domain
from planning.consensus.choices import FUNCTIONS, Layer
from planning.consensus.cycle import MEASURES, cycle_page, owed_by, pressing_for
from planning.consensus.models import Cycle
from sop_site.access.permissions import NotNow, SignedInRequest, may
from sop_site.clock import today
from sop_site.fiscal import month_of
from sop_site.forms import NoteForm
from sop_site.htmx import render_page


@require_safe
@may("sop_site.view")
def current(request: SignedInRequest) -> HttpResponse:
    """The newest cycle; without any, when the product opens one."""
    cycle = Cycle.objects.first()
    if cycle is None:
        return render(request, "planning/consensus/no_cycle.html", {"month": month_of(today())})
    return _cycle_page(request, cycle)


@require_safe
@may("sop_site.view")
def cycle(request: SignedInRequest, pk: int) -> HttpResponse:
    """One cycle, whether it is under way or long published."""
    return _cycle_page(request, get_object_or_404(Cycle, pk=pk))


def _cycle_page(request: SignedInRequest, cycle: Cycle, note_form: NoteForm | None = None) -> HttpResponse:
    measure, day = request.GET.get("in", ""), today()
    context = {
        "page": cycle_page(cycle, request.user, day, measure=measure if measure in MEASURES else "units"),
        "cycle": cycle,
        "measures": MEASURES,
        "note_form": note_form or NoteForm(),
        "pressing": pressing_for(request.user, day),
    }
    return render(request, "planning/consensus/cycle.html", context)


@require_safe
@may("sop_site.view")
def owed(request: SignedInRequest) -> HttpResponse:
    """What the person owes in the current cycle: all of it, or for htmx how much of it presses."""
    day = today()
    cycle = Cycle.objects.first()
    context = {"cycle": cycle, "owed": owed_by(request.user, cycle, day) if cycle else []}
    return render_page(
        request,
        page="planning/consensus/owed.html",
        fragment="planning/consensus/_owed_count.html",
        context={**context, "pressing": [one for one in context["owed"] if one.is_pressing]},
    )


@require_POST
@may("sop_site.view")
def hand_in(request: SignedInRequest, pk: int, function: str) -> HttpResponse:
    """A function hands in its number, or hands it in again."""
    if function not in FUNCTIONS:
        raise Http404
    cycle, layer = get_object_or_404(Cycle, pk=pk), Layer(function)
    form = NoteForm(request.POST)
    if not form.is_valid():
        return _cycle_page(request, cycle, form)

    def submit() -> str:
        version = cycle.current_version
        domain.submit_forecast(version=version, layer=layer, by=request.user, note=form.cleaned_data["note"])
        return f"{layer.label}'s number is handed in."

    return _attempt(request, cycle, submit)


@require_POST
@may("planning.run_consensus")
def begin_reconciling(request: SignedInRequest, pk: int) -> HttpResponse:
    """Reconcile without waiting for the numbers that are still owed."""
    cycle = get_object_or_404(Cycle, pk=pk)

    def begin() -> str:
        domain.begin_reconciling(cycle=cycle, by=request.user)
        return "Reconciling has begun. A function that still owes its number may hand it in until signing."

    return _attempt(request, cycle, begin)


@require_POST
@may("planning.run_consensus")
def ask_for_signatures(request: SignedInRequest, pk: int) -> HttpResponse:
    """Propose the consensus for signature."""
    cycle = get_object_or_404(Cycle, pk=pk)

    def ask() -> str:
        domain.ask_for_signatures(cycle=cycle, by=request.user)
        return "The forecast waits for signatures. A number that changes now voids those given."

    return _attempt(request, cycle, ask)


def _attempt(request: SignedInRequest, cycle: Cycle, act: Callable[[], str]) -> HttpResponse:
    """Do it and say so, or say why it cannot be done now."""
    try:
        messages.success(request, act())
    except NotNow as obstacle:
        messages.warning(request, str(obstacle))
    return redirect(cycle)
