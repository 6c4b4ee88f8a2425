"""One planned order: its arithmetic, a planner's number in its place, and its end."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe
from django_fsm import get_available_user_FIELD_transitions

from marketing.campaigns.models import Campaign
from planning.buying import domain
from planning.buying.arithmetic import arithmetic_of
from planning.buying.choices import BuyStatus
from planning.buying.forms import Act, CancelForm, EditForm
from planning.buying.models import BuyLine
from planning.buying.queries import buy_lines
from planning.buying.sentences import packs_words
from planning.buying.tables import exceptions_of
from sop_site.access.permissions import NotNow, SignedInRequest, may
from sop_site.clock import today
from sop_site.history.queries import entries_of


@require_safe
@may("sop_site.view")
def line(request: SignedInRequest, pk: int) -> HttpResponse:
    """A planned order with all that its number comes from."""
    current = _line(pk)
    typed = {"units": f"{current.units:g}", "reason": current.edit_reason}
    return _line_page(request, current, edit_form=EditForm(initial=typed), cancel_form=CancelForm())


@require_POST
@may("planning.edit_buy")
def edit(request: SignedInRequest, pk: int) -> HttpResponse:
    """Order another number of units, with a reason."""
    current, form = _line(pk), EditForm(request.POST)
    if form.is_valid():
        try:
            domain.edit_buy(line=current, by=request.user, **form.cleaned_data)
        except domain.OffPackError as refused:
            form.ask_to_confirm(str(refused))
        except NotNow as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, "Changed. Calculations leave this order as it is from now on.")
            return redirect("buying:line", pk)
    return _line_page(request, current, edit_form=form, cancel_form=CancelForm())


@require_POST
@may("planning.edit_buy")
def undo(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take a planner's number away."""
    try:
        domain.undo_edit(line=_line(pk), by=request.user)
    except NotNow as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, "The calculated number stands again.")
    return redirect("buying:line", pk)


@require_POST
@may("planning.approve_buy")
def cancel(request: SignedInRequest, pk: int) -> HttpResponse:
    """Note that a line on a purchase order will not come."""
    current, form = _line(pk), CancelForm(request.POST)
    if form.is_valid():
        try:
            domain.cancel_order(line=current, by=request.user, reason=form.cleaned_data["reason"])
        except NotNow as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, "Cancelled. The next plan no longer counts on it.")
            return redirect("buying:line", pk)
    return _line_page(request, current, edit_form=EditForm(), cancel_form=form)


def _line(pk: int) -> BuyLine:
    related = ("plan__version__cycle", "product__category", "door", "approved_by")
    return get_object_or_404(buy_lines().select_related(*related), pk=pk)


def _line_page(
    request: SignedInRequest, line: BuyLine, *, edit_form: EditForm, cancel_form: CancelForm
) -> HttpResponse:
    day, user = today(), request.user
    status = BuyLine._meta.get_field("status")
    moves = {found.name for found in get_available_user_FIELD_transitions(line, user, status)}
    running = Campaign.objects.planned().filter(ends_on__gte=day, lines__product=line.product_id)
    context: dict[str, Any] = {
        "line": line,
        "exceptions": exceptions_of(line),
        "packs": packs_words(line.units, line.product),
        "arithmetic": arithmetic_of(line, day),
        "campaigns": running.order_by("starts_on", "pk"),
        "edit_form": edit_form,
        "cancel_form": cancel_form,
        "may_edit": line.status == BuyStatus.PROPOSED and user.has_perm("planning.edit_buy"),
        "acts": [act for act in Act if act in moves],
        "may_cancel": "cancel" in moves,
        "entries": entries_of(line),
        "day": day,
    }
    return render(request, "planning/buying/line.html", context)
