"""Reconciling: where the functions differ, what becomes the consensus, and what is still open."""

from typing import TypedDict

from django import forms
from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from marketing.catalogue.models import Category, Product
from planning.consensus import domain
from planning.consensus.choices import Layer, RemarkKind
from planning.consensus.cycle import pressing_for
from planning.consensus.domain import Change, Entered
from planning.consensus.forms import TAKEN, ClosePointForm, PlaceForm, RemarkForm, SettleForm
from planning.consensus.models import Cycle, ForecastVersion, Remark
from planning.consensus.reconcile import reconcile_page
from planning.consensus.reconcile_rows import scope_of
from sop_site import formats
from sop_site.access.permissions import NotNow, SignedInRequest, may
from sop_site.clock import today


@require_safe
@may("sop_site.view")
def reconcile(request: SignedInRequest, pk: int) -> HttpResponse:
    """The rows on which the functions differ, most money first."""
    return _page(request, _version(pk))


def _version(pk: int) -> ForecastVersion:
    cycle = get_object_or_404(Cycle, pk=pk)
    version = cycle.current_version
    version.cycle = cycle
    return version


def _page(
    request: SignedInRequest, version: ForecastVersion, settle_form: SettleForm | None = None
) -> HttpResponse:
    form = PlaceForm(request.GET, version=version)
    # A refused row is shown with what was typed, even where all agree on it.
    with_agreed = "agreed" in request.GET or settle_form is not None
    page = reconcile_page(form.place, request.user, request.GET.get("page"), with_agreed=with_agreed)
    refused_row = settle_form and f"{settle_form['row'].value()}-{settle_form['month_place'].value()}"
    context = {
        "page": page,
        "with_agreed": with_agreed,
        "version": version,
        "cycle": version.cycle,
        "shown_filters": [form[name] for name in form.fields if name != "by" or form.place.is_inside],
        "taken": TAKEN,
        "settle_form": settle_form,
        "refused_row": refused_row,
        "pressing": pressing_for(request.user, today()),
        "is_refused_elsewhere": bool(refused_row) and refused_row not in {row.key for row in page.rows},
    }
    return render(request, "planning/consensus/reconcile.html", context)


@require_POST
@may("planning.reconcile_forecast")
def settle(request: SignedInRequest, pk: int) -> HttpResponse:
    """Set the consensus of one row: take a layer's number, or type one."""
    version = _version(pk)
    form = SettleForm(request.POST)
    if not form.is_valid():
        return _page(request, version, form)
    try:
        entered = _settle(request, version, form)
    except NotNow as obstacle:
        messages.warning(request, str(obstacle))
    except ValueError as error:
        form.add_error(None, str(error))
        return _page(request, version, form)
    else:
        _tell(request, entered)
    return _back(request, pk)


def _settle(request: SignedInRequest, version: ForecastVersion, form: SettleForm) -> Entered:
    said = form.cleaned_data
    scope = scope_of(PlaceForm(request.GET, version=version).place, said["row"])
    if form.taken_layer is not None:
        return domain.take_layer(
            version=version,
            places=[(scope, said["month_place"])],
            source_layer=form.taken_layer,
            by=request.user,
            reason=said["reason"],
        )
    return domain.enter_units(
        version=version,
        layer=Layer.CONSENSUS,
        changes=[Change(scope, said["month_place"], said["units"], said["seen_units"])],
        by=request.user,
        reason=said["reason"],
        assumption=said["assumption"],
    )


def _tell(request: SignedInRequest, entered: Entered) -> None:
    for entry in entered.entries:
        text = f"The consensus is now {formats.units(entry.units_after)} units; it was"
        messages.success(request, f"{text} {formats.units(entry.units_before)}.")
    for conflict in entered.conflicts:
        who = f"{conflict.entry.entered_by} has" if conflict.entry else "Someone has"
        now = formats.units(conflict.units_now)
        messages.warning(
            request, f"{who} set this to {now} units meanwhile. Nothing was changed; look again."
        )
    if not entered.entries and not entered.conflicts:
        messages.info(request, "That is the consensus already.")


@require_POST
@may("planning.comment_on_forecast")
def remark(request: SignedInRequest, pk: int) -> HttpResponse:
    """Comment on the forecast or on one row of it, or raise a point that must be closed before signing."""
    version, form = _version(pk), RemarkForm(request.POST)
    if not form.is_valid():
        return _refused(request, pk, form)
    kind = RemarkKind(form.cleaned_data["kind"])
    subject = _subject(request, version, form.cleaned_data["row"])
    try:
        domain.remark(
            version=version,
            kind=kind,
            text=form.cleaned_data["text"],
            by=request.user,
            **subject,
        )
    except NotNow as obstacle:
        messages.warning(request, str(obstacle))
    else:
        is_point = kind == RemarkKind.OPEN_POINT
        messages.success(
            request, "The point is open; nobody signs before it is closed." if is_point else "Said."
        )
    return _back(request, pk)


class _Subject(TypedDict, total=False):
    """What a remark is about: a category, a style of it, or a SKU; nothing for the whole forecast."""

    category: Category
    style: str
    product: Product


def _subject(request: SignedInRequest, version: ForecastVersion, row: str) -> _Subject:
    if not row or row == "none":
        return {}
    try:
        scope = scope_of(PlaceForm(request.GET, version=version).place, row)
    except ValueError as error:
        raise BadRequest(str(error)) from error
    if scope.product_id is not None:
        return {"product": get_object_or_404(Product, pk=scope.product_id)}
    return {"category": get_object_or_404(Category, pk=scope.category_id), "style": scope.style}


@require_POST
@may("planning.comment_on_forecast")
def close_point(request: SignedInRequest, pk: int) -> HttpResponse:
    """Close an open point, and say how it was settled."""
    point = get_object_or_404(Remark.objects.select_related("version"), pk=pk)
    cycle_pk, form = point.version.cycle_id, ClosePointForm(request.POST)
    if not form.is_valid():
        return _refused(request, cycle_pk, form)
    try:
        domain.close_point(remark=point, by=request.user, resolution=form.cleaned_data["resolution"])
    except NotNow as obstacle:
        messages.warning(request, str(obstacle))
    else:
        messages.success(request, "The point is closed.")
    return _back(request, cycle_pk)


def _refused(request: SignedInRequest, pk: int, form: forms.Form) -> HttpResponse:
    """Small forms without a page of their own say why on the page they came from."""
    for sentence in dict.fromkeys(text for texts in form.errors.values() for text in map(str, texts)):
        messages.error(request, sentence)
    return _back(request, pk)


def _back(request: SignedInRequest, pk: int) -> HttpResponse:
    query = request.GET.urlencode()
    return redirect(f"{reverse('consensus:reconcile', args=[pk])}{'?' if query else ''}{query}")
