"""A layer's numbers out as a workbook and in again, with a look at what would change in between."""

from collections.abc import Collection
from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from planning.consensus.choices import EntrySource, Layer
from planning.consensus.domain import Entered, enter_units
from planning.consensus.grid import why_not_entered
from planning.consensus.grid_forms import ReasonForm
from planning.consensus.models import ForecastVersion
from planning.consensus.workbook import layer_workbook, read_upload
from planning.consensus.workbook_forms import DownloadForm, UploadForm
from planning.consensus.workbook_preview import (
    MOST_SHOWN,
    Preview,
    preview_of,
    sealed,
    shown_cells,
    shown_conflicts,
    unsealed,
)
from sop_site.access.permissions import NotNow, SignedInRequest, may, require
from sop_site.export import FileKind, file_response
from sop_site.feeds.errors import FeedError


@require_http_methods(["GET", "HEAD", "POST"])
@may("sop_site.view")
def workbook(request: SignedInRequest, pk: int, layer: str) -> HttpResponse:
    """Where a layer's workbook is downloaded, and loaded again: a posted one is answered by its preview."""
    version, of_layer = _asked(request, pk, layer)
    if request.method != "POST":
        return _workbook_page(request, version, of_layer, UploadForm())
    form = UploadForm(request.POST, request.FILES)
    refusal = why_not_entered(version, of_layer, request.user)
    if not form.is_valid() or refusal:
        return _workbook_page(request, version, of_layer, form)
    try:
        upload = read_upload(form.cleaned_data["workbook"], version, of_layer)
        return _preview_page(request, version, of_layer, preview_of(upload, version, of_layer), ReasonForm())
    except FeedError as error:
        form.add_error("workbook", str(error))
        return _workbook_page(request, version, of_layer, form)


@require_safe
@may("sop_site.view")
def workbook_download(request: SignedInRequest, pk: int, layer: str) -> HttpResponse:
    """The layer's numbers of a category and a door group as xlsx."""
    version, of_layer = _asked(request, pk, layer)
    form = DownloadForm(request.GET, version=version)
    if not form.is_valid():
        raise Http404("The forecast has no such category or door group.")
    try:
        content = layer_workbook(
            version, of_layer, category_id=form.category_id, door_group=form.cleaned_data["door_group"]
        )
    except NotNow as obstacle:
        messages.warning(request, str(obstacle))
        return redirect("consensus:workbook", version.pk, of_layer.value)
    return file_response(f"{of_layer.label} {version.cycle.month.label}", content, FileKind.XLSX)


@require_POST
@may("sop_site.view")
def workbook_enter(request: SignedInRequest, pk: int, layer: str) -> HttpResponse:
    """Enter what the preview showed, with the reason typed beneath it."""
    version, of_layer = _asked(request, pk, layer)
    form = ReasonForm(request.POST)
    try:
        preview = unsealed(request.POST.get("preview", ""), version, of_layer, request.user)
        if not form.is_valid():
            taken = set(request.POST.getlist("take"))
            return _preview_page(request, version, of_layer, preview, form, taken)
        entered = enter_units(
            version=version,
            layer=of_layer,
            changes=preview.chosen(request.POST.getlist("take")),
            by=request.user,
            source=EntrySource.FILE,
            **form.cleaned_data,
        )
    except (FeedError, NotNow) as obstacle:
        messages.error(request, str(obstacle))
        return redirect("consensus:workbook", version.pk, of_layer.value)
    except ValueError as error:
        raise BadRequest(str(error)) from error
    _tell(request, entered)
    if entered.conflicts:
        left = preview.after_conflicts(entered.conflicts)
        return _preview_page(request, version, of_layer, left, form)
    return redirect(reverse("consensus:grid", args=[version.pk], query={"layer": of_layer.value}))


def _tell(request: SignedInRequest, entered: Entered) -> None:
    count = len(entered.entries)
    numbers = "One number was" if count == 1 else f"{count:,} numbers were"
    if entered.conflicts:
        done = f"{numbers} entered. " if count else ""
        messages.warning(request, f"{done}Someone changed what is left while you looked at it.")
    elif count:
        messages.success(request, f"{numbers} entered from the workbook.")
    else:
        messages.info(request, "Every number stands there already.")


def _asked(request: SignedInRequest, pk: int, layer: str) -> tuple[ForecastVersion, Layer]:
    """The version and the layer of the address; NotAllowed for a layer that others enter."""
    version = get_object_or_404(ForecastVersion.objects.select_related("cycle"), pk=pk)
    if layer not in Layer.values or not Layer(layer).is_entered:
        raise Http404("People enter no such layer.")
    require(request.user, Layer(layer).permission)
    return version, Layer(layer)


def _workbook_page(
    request: SignedInRequest, version: ForecastVersion, layer: Layer, form: UploadForm
) -> HttpResponse:
    context = {
        **_about(version, layer),
        "download": DownloadForm(request.GET or None, version=version),
        "form": form,
        "refusal": why_not_entered(version, layer, request.user),
    }
    return render(request, "planning/consensus/workbook.html", context)


def _preview_page(
    request: SignedInRequest,
    version: ForecastVersion,
    layer: Layer,
    preview: Preview,
    form: ReasonForm,
    taken: Collection[str] = (),
) -> HttpResponse:
    context = {
        **_about(version, layer),
        "preview": preview,
        "totals": preview.totals,
        "cells": shown_cells(preview.cells, version),
        "conflicts": shown_conflicts(preview, version, layer),
        "sealed": sealed(preview, version, layer, request.user),
        "taken": taken,
        "form": form,
        "most_shown": MOST_SHOWN,
    }
    return render(request, "planning/consensus/workbook_preview.html", context)


def _about(version: ForecastVersion, layer: Layer) -> dict[str, Any]:
    return {"version": version, "cycle": version.cycle, "layer": layer}
