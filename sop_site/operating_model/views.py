"""The operating model: what is in force, its versions, and proposing and deciding on one."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sop_site.access.permissions import NotNow, SignedInRequest, may
from sop_site.clock import today
from sop_site.forms import NoteForm
from sop_site.operating_model import domain
from sop_site.operating_model.comparison import scope_rows
from sop_site.operating_model.forms import Proposal
from sop_site.operating_model.meaning import GROUPS
from sop_site.operating_model.models import OperatingModel
from sop_site.operating_model.places import known_places
from sop_site.operating_model.queries import history_of, version_page, version_rows, versions

# Buttons of the form after which it is drawn again, unchecked.
REDRAWING_BUTTONS = ("add_rows", "remove")


@require_safe
@may("sop_site.view")
def current(request: SignedInRequest) -> HttpResponse:
    """The limits in force today, and every version."""
    day = today()
    model = OperatingModel.objects.in_force(day)
    context = {
        "model": model,
        "groups": [
            (group, [(limit, limit.unit.text(getattr(model, limit.field))) for limit in group.limits])
            for group in GROUPS
        ],
        "scopes": scope_rows(model),
        "rows": version_rows(model, day),
    }
    return render(request, "sop_site/operating_model/current.html", context)


@require_safe
@may("sop_site.view")
def version(request: SignedInRequest, number: int) -> HttpResponse:
    """One version: what it changes, who proposed, reviewed and decided, and what may be done with it."""
    model = _version(number)
    context = {
        "page": version_page(model, request.user, today()),
        "entries": history_of(model),
    }
    return render(request, "sop_site/operating_model/version.html", context)


@require_http_methods(["GET", "POST"])
@may("sop_site.propose_operating_model")
def propose(request: SignedInRequest) -> HttpResponse:
    """Propose a version, beginning from the one in force."""
    world = {
        "today": today(),
        "in_force": OperatingModel.objects.in_force(today()),
        "places": known_places(),
    }
    is_redrawn = any(button in request.POST for button in REDRAWING_BUTTONS)
    if is_redrawn:
        form = Proposal.redrawn(request.POST, **world)
    else:
        form = Proposal(**world, data=request.POST if request.method == "POST" else None)
    if request.method == "POST" and not is_redrawn and form.is_valid():
        try:
            model = domain.propose_operating_model(
                limits=form.facts.limits,
                scopes=form.scope_limits,
                effective_from=form.facts.cleaned_data["effective_from"],
                note=form.facts.cleaned_data["note"],
                by=request.user,
            )
        except NotNow as refusal:
            form.facts.add_error(None, str(refusal))
        else:
            messages.success(request, f"Version {model.version} is proposed. Another head reviews it.")
            return redirect("operating_model:version", model.version)
    return render(request, "sop_site/operating_model/propose.html", {"form": form, **world})


@require_POST
@may("sop_site.review_operating_model")
def review(request: SignedInRequest, number: int) -> HttpResponse:
    """Review somebody else's proposal."""
    return _move(request, number, domain.review_operating_model, "Version {} is reviewed.")


@require_POST
@may("sop_site.adopt_operating_model")
def adopt(request: SignedInRequest, number: int) -> HttpResponse:
    """Adopt a reviewed version."""
    return _move(request, number, domain.adopt_operating_model, "Version {} is adopted.")


@require_POST
@may("sop_site.adopt_operating_model")
def decline(request: SignedInRequest, number: int) -> HttpResponse:
    """Decline a proposal."""
    return _move(request, number, domain.decline_operating_model, "Version {} is declined.")


@require_POST
@may("sop_site.propose_operating_model")
def withdraw(request: SignedInRequest, number: int) -> HttpResponse:
    """Take one's own proposal back."""
    return _move(request, number, domain.withdraw_operating_model, "Version {} is withdrawn.")


def _version(number: int) -> OperatingModel:
    found = versions().prefetch_related("scopes", "replaces__scopes")
    return get_object_or_404(found, version=number)


def _move(
    request: SignedInRequest, number: int, transition: Callable[..., OperatingModel], sentence: str
) -> HttpResponse:
    model, form = _version(number), NoteForm(request.POST)
    if not form.is_valid():
        messages.error(request, f"The note: {form.errors['note'][0]}")
        return redirect("operating_model:version", number)
    try:
        moved = transition(model=model, by=request.user, note=form.cleaned_data["note"])
    except NotNow as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, sentence.format(moved.version))
    return redirect("operating_model:version", number)
