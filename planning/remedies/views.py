"""The forms of the four remedies, the proposals that wait for Marketing, and the re-date list."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from planning.remedies import domain
from planning.remedies.choices import RemedyKind
from planning.remedies.forms import (
    ConsentForm,
    DeclineForm,
    ExpediteForm,
    ReallocateForm,
    ReduceForm,
    ShiftForm,
)
from planning.remedies.models import Remedy
from planning.remedies.options import (
    lift_options,
    receipt_options,
    replacement_options,
    replacements_found,
    threshold_words,
    transfer_options,
)
from planning.remedies.preview import FlagPreview
from planning.remedies.queries import (
    past_due_receipts,
    redate_rows,
    remedies_of_flag,
    remedies_visible_to,
    remedy_rows,
    waiting_remedies,
)
from planning.remedies.rules import lift_words, lock_passed_on
from planning.risk.deadline_words import remedy_deadlines
from planning.risk.limits import limits_of_flag
from planning.risk.models import Flag
from planning.risk.queries import flags_visible_to
from planning.risk.sentences import headline
from planning.risk.standing import operating_model_now, why_nothing_to_decide
from sop_site.access.permissions import NotNow, SignedInRequest, may
from sop_site.clock import today
from sop_site.forms import NoteForm
from sop_site.htmx import render_page

ROWS_A_PAGE = 25
PROPOSED = "Proposed to Marketing; it waits for consent."
ACTED = "Done. The flag is being recalculated."
form_page = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
@may("sop_site.view")
def of_flag(request: SignedInRequest, pk: int) -> HttpResponse:
    """The remedies of a flag: for htmx the part that its page embeds."""
    flag = get_object_or_404(flags_visible_to(request.user), pk=pk)
    context = {"flag": flag, "remedies": remedies_of_flag(flag, request.user, today())}
    return render_page(
        request,
        page="planning/remedies/of_flag.html",
        fragment="planning/remedies/_of_flag.html",
        context=context,
    )


@form_page
@may("planning.propose_remedy")
def expedite(request: SignedInRequest, pk: int) -> HttpResponse:
    """Bring a receipt forward, or re-date one that is past due."""
    flag, day, model = _flag(request, pk), today(), operating_model_now()
    options = receipt_options(FlagPreview(flag, day), model)
    form = ExpediteForm(_typed(request), flag=flag, options=options, model=model, day=day)
    if form.is_valid() and _done(request, flag, form, domain.expedite_receipt):
        return redirect(flag)
    return _form_page(request, RemedyKind.EXPEDITE, flag, form, options=options)


@form_page
@may("planning.propose_remedy")
def reallocate(request: SignedInRequest, pk: int) -> HttpResponse:
    """Send units from a door that can spare them."""
    flag, day, model = _flag(request, pk), today(), operating_model_now()
    options = transfer_options(FlagPreview(flag, day), model)
    form = ReallocateForm(_typed(request), flag=flag, options=options, day=day)
    if form.is_valid() and _done(request, flag, form, domain.reallocate_units):
        return redirect(flag)
    return _form_page(request, RemedyKind.REALLOCATE, flag, form, options=options)


@form_page
@may("planning.propose_remedy")
def shift(request: SignedInRequest, pk: int) -> HttpResponse:
    """Propose to feature another SKU."""
    flag, day = _flag(request, pk), today()
    line = flag.campaign.lines.filter(product=flag.product).first()
    if line is None:
        return _form_page(request, RemedyKind.SHIFT, flag, None)
    passed_on = lock_passed_on(flag, RemedyKind.SHIFT, day)
    if "find" in request.POST:
        form = ShiftForm.as_typed(request.POST.dict(), flag=flag, lock_passed_on=passed_on)
    else:
        form = ShiftForm(_typed(request), flag=flag, lock_passed_on=passed_on)
        if form.is_valid() and _done(request, flag, form, domain.propose_shift, unused=["search"]):
            return redirect(flag)
    text, chosen = form["search"].value() or "", form["replacement"].value()
    found = replacements_found(flag, line, text, day, chosen=[chosen] if chosen else [])
    suggested = [option for option in replacement_options(flag, line, day) if option not in found]
    context = {"found": found, "suggested": suggested, "searched": text}
    context["lift"] = lift_words(line.lift_unit, line.lift_value)
    return _form_page(request, RemedyKind.SHIFT, flag, form, **context)


@form_page
@may("planning.propose_remedy")
def reduce(request: SignedInRequest, pk: int) -> HttpResponse:
    """Propose to expect a lower lift."""
    flag, day = _flag(request, pk), today()
    line = flag.campaign.lines.filter(product=flag.product).first()
    if line is None:
        return _form_page(request, RemedyKind.REDUCE, flag, None)
    preview = FlagPreview(flag, day)
    clear_lift = preview.largest_clear_lift(line)
    passed_on = lock_passed_on(flag, RemedyKind.REDUCE, day)
    form = ReduceForm(_typed(request), line=line, clear_lift=clear_lift, lock_passed_on=passed_on)
    if form.is_valid() and _done(request, flag, form, domain.propose_reduction):
        return redirect(flag)
    context = {
        "present": lift_words(line.lift_unit, line.lift_value),
        "clear_lift": None if clear_lift is None else lift_words(line.lift_unit, clear_lift),
        "threshold": threshold_words(preview),
        "options": lift_options(preview, line, clear_lift),
    }
    return _form_page(request, RemedyKind.REDUCE, flag, form, **context)


@require_safe
@may("sop_site.view")
def waiting(request: SignedInRequest) -> HttpResponse:
    """Proposals that wait for Marketing's consent."""
    page = Paginator(waiting_remedies(request.user), ROWS_A_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "rows": remedy_rows(list(page), request.user)}
    return render(request, "planning/remedies/waiting.html", context)


@require_safe
@may("sop_site.view")
def redates(request: SignedInRequest) -> HttpResponse:
    """Past-due receipts with what each would bring to flags; embedded by the page of receipts."""
    day = today()
    page = Paginator(past_due_receipts(day), ROWS_A_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "rows": redate_rows(list(page), request.user, day)}
    return render_page(
        request,
        page="planning/remedies/redates.html",
        fragment="planning/remedies/_redates.html",
        context=context,
    )


@require_POST
@may("marketing.consent_to_remedy")
def consent(request: SignedInRequest, pk: int) -> HttpResponse:
    """Marketing consents, and its plan changes."""
    done = "You consented. The plan is changed, and its SKUs are recalculated."
    return _settle(request, pk, ConsentForm, domain.consent_to_remedy, done)


@require_POST
@may("marketing.consent_to_remedy")
def decline(request: SignedInRequest, pk: int) -> HttpResponse:
    """Marketing keeps its plan."""
    return _settle(request, pk, DeclineForm, domain.decline_remedy, "Declined. The plan stays as it is.")


@require_POST
@may("planning.propose_remedy")
def withdraw(request: SignedInRequest, pk: int) -> HttpResponse:
    """Planning takes its proposal back."""
    return _settle(
        request, pk, NoteForm, domain.withdraw_remedy, "Withdrawn. The flag needs another decision."
    )


def _flag(request: SignedInRequest, pk: int) -> Flag:
    return get_object_or_404(flags_visible_to(request.user), pk=pk)


def _typed(request: SignedInRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _done(
    request: SignedInRequest,
    flag: Flag,
    form: forms.Form,
    act: Callable[..., Remedy],
    unused: list[str] | None = None,
) -> bool:
    """Do it and say so, or say in the form why it cannot be done now."""
    facts = {name: value for name, value in form.cleaned_data.items() if name not in (unused or [])}
    try:
        remedy = act(flag=flag, by=request.user, **facts)
    except NotNow as obstacle:
        form.add_error(None, str(obstacle))
        return False
    waits = remedy.settled_at is None
    done = (
        "Proposed to Marketing; it waits for consent." if waits else "Done. The flag is being recalculated."
    )
    messages.success(request, done)
    return True


def _form_page(
    request: SignedInRequest, kind: RemedyKind, flag: Flag, form: forms.Form | None, **context: Any
) -> HttpResponse:
    day = today()
    deadline = next(found for found in remedy_deadlines(flag, day) if found.kind == kind)
    facts = {
        "flag": flag,
        "form": form,
        "headline": headline(flag, list(flag.lines.all())),
        "judged_by": limits_of_flag(flag).words,
        "deadline": deadline,
        "obstacle": why_nothing_to_decide(flag),
    }
    return render(request, f"planning/remedies/{kind.value}.html", {**facts, **context})


def _settle(
    request: SignedInRequest,
    pk: int,
    form_class: type[forms.Form],
    act: Callable[..., Remedy],
    done: str,
) -> HttpResponse:
    """One decision on a proposal, with its form; then back to those that still wait."""
    remedy = get_object_or_404(remedies_visible_to(request.user), pk=pk)
    form = form_class(request.POST)
    if not form.is_valid():
        messages.error(request, str(next(iter(form.errors.values()))[0]))
        return redirect("remedies:waiting")
    try:
        act(remedy=remedy, by=request.user, **form.cleaned_data)
    except NotNow as obstacle:
        messages.warning(request, str(obstacle))
    else:
        messages.success(request, done)
    return redirect("remedies:waiting")
