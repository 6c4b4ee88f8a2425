"""The editing grid of a forecast: read, typed into, saved; and every layer of one of its rows."""

import json
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.core.paginator import Paginator
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from planning.consensus.choices import EntrySource
from planning.consensus.domain import Entered, enter_units
from planning.consensus.grid import Grid, Place, crumbs_of, grid_at, layers_of_row, why_not_entered
from planning.consensus.grid_forms import GridFilterForm, ReasonForm, TypedCell, read_all, typed_cells
from planning.consensus.grid_page import (
    COLUMNS,
    CellName,
    Pending,
    as_sent,
    entry_lines,
    layer_rows,
    lean_rows,
    model_rows,
    month_cells,
    page_rows,
    pending_cells,
    sum_cell,
)
from planning.consensus.models import ForecastVersion
from sop_site.access.permissions import NotNow, SignedInRequest, may, require
from sop_site.htmx import render_page, wants_fragment

# What a page shows without script; a script makes the other rows after a model row.
PLAIN_ROWS = 25
CHOICES = ("layer", "door_group", "by", "layers", "text", "rows")


@require_http_methods(["GET", "POST"])
@may("sop_site.view")
def grid(request: SignedInRequest, pk: int) -> HttpResponse:
    """The rows of a place in a forecast; posted cells are saved, and those that cannot be stay typed."""
    version = _version(pk)
    form = GridFilterForm(request.GET, version=version, user=request.user)
    if request.method == "POST":
        return _save(request, form)
    return _page(request, form, ReasonForm(), {})


def _save(request: SignedInRequest, form: GridFilterForm) -> HttpResponse:
    place = form.place
    require(request.user, place.layer.permission)
    cells, reasons = (
        typed_cells({name: str(text) for name, text in request.POST.dict().items()}),
        ReasonForm(request.POST),
    )
    pending: dict[CellName, Pending] = pending_cells(cells, {})
    if reasons.is_valid():
        pending = _enter(request, place, cells, reasons)
    if pending or not reasons.is_valid() or wants_fragment(request):
        return _page(request, form, reasons, pending)
    return redirect(request.get_full_path())


def _enter(
    request: SignedInRequest, place: Place, cells: list[TypedCell], reasons: ReasonForm
) -> dict[CellName, Pending]:
    """Save what can be saved, say so, and return what is still to be saved."""
    asked = {cell.change(place): cell for cell in cells if not cell.error}
    try:
        entered = enter_units(
            version=place.version,
            layer=place.layer,
            changes=list(asked),
            by=request.user,
            reason=reasons.cleaned_data["reason"],
            assumption=reasons.cleaned_data["assumption"],
            source=EntrySource.PASTED if "pasted" in request.POST else EntrySource.TYPED,
        )
    except NotNow as obstacle:
        messages.warning(request, str(obstacle))
        return pending_cells(cells, {})
    except ValueError as error:
        raise BadRequest(str(error)) from error
    conflicts = {conflict.change: conflict for conflict in entered.conflicts}
    left = [cell for cell in cells if cell.error] + [asked[change] for change in conflicts]
    _tell(request, entered, len(left))
    by_name = {(asked[change].key, change.month_place): conflict for change, conflict in conflicts.items()}
    return pending_cells(left, by_name)


def _tell(request: SignedInRequest, entered: Entered, left: int) -> None:
    saved = len(entered.entries)
    numbers = "one number" if saved == 1 else f"{saved} numbers"
    if left:
        waits = "One waits for you: see" if left == 1 else f"{left} wait for you: see"
        messages.warning(request, f"Saved {numbers if saved else 'nothing'}. {waits} beside the cell.")
    elif saved:
        messages.success(request, f"Saved {numbers}.")
    else:
        messages.info(request, "Every number stands there already.")


def _page(
    request: SignedInRequest, form: GridFilterForm, reasons: ReasonForm, pending: dict[CellName, Pending]
) -> HttpResponse:
    place, grid = form.place, grid_at(form.place)
    context = {
        "version": place.version,
        "cycle": place.version.cycle,
        "months": place.version.cycle.months,
        "place": place,
        "agreed_key": _agreed_key(place),
        "form": form,
        "shown_fields": [form[name] for name in CHOICES],
        "reasons": reasons,
        "refusal": why_not_entered(place.version, place.layer, request.user),
        "columns": COLUMNS,
        **_rows(request, form, grid, pending),
        **_sums(grid),
        **_ways_up(request, place),
    }
    return render_page(
        request,
        page="planning/consensus/grid.html",
        fragment="planning/consensus/_grid_answer.html",
        context=context,
    )


def _rows(
    request: SignedInRequest, form: GridFilterForm, grid: Grid, pending: dict[CellName, Pending]
) -> dict[str, object]:
    """The rows of the page, and the models of those that a script makes; a script has those that it sent."""
    page = Paginator(grid.rows, form.rows_a_page).get_page(request.GET.get("page"))
    rows, more = page.object_list[:PLAIN_ROWS], page.object_list[PLAIN_ROWS:]
    if wants_fragment(request):
        posted = {name.removeprefix("seen-") for name in request.POST if name.startswith("seen-")}
        rows, more = [row for row in grid.rows if row.key in posted], []
    query = _query(request)
    models = model_rows(form.place.layer) if more else []
    return {
        "page": page,
        "query": urlencode(query),
        "all_layers": form.all_layers,
        "rows": page_rows(rows, query, pending, all_layers=form.all_layers),
        "more": lean_rows(more, all_layers=form.all_layers),
        "models": page_rows(models, query, {}, all_layers=form.all_layers),
    }


def _sums(grid: Grid) -> dict[str, object]:
    """What all rows of the place come to, also those of its other pages."""
    return {
        "grid": grid,
        "sums": month_cells(grid.sums),
        "sum": sum_cell(grid.sums),
        "sums_now": as_sent(grid.sums.units.tolist()),
        "sums_start": as_sent(grid.sums.start.tolist()),
    }


def _ways_up(request: SignedInRequest, place: Place) -> dict[str, object]:
    """The addresses of the categories above, with all that was chosen."""
    kept = {name: text for name, text in _query(request).items() if name not in ("category", "style")}
    crumbs = [
        {"category": category, "opens": urlencode({**kept, "category": category.pk})}
        for category in crumbs_of(place)
    ]
    return {"top": urlencode(kept), "crumbs": crumbs}


def _query(request: SignedInRequest) -> dict[str, str]:
    """What was chosen in the address, without what another place does not have."""
    given = request.GET.dict()
    return {name: str(text) for name, text in given.items() if text and name not in ("page", "text")}


@require_GET
@may("sop_site.view")
def grid_layers(request: SignedInRequest, pk: int) -> HttpResponse:
    """Every layer of one row of the grid, and who last changed it."""
    version = _version(pk)
    place = GridFilterForm(request.GET, version=version, user=request.user).place
    key = request.GET.get("row", "")
    try:
        layers = layers_of_row(place, key)
    except ValueError as error:
        raise BadRequest(str(error)) from error
    context = {
        "version": version,
        "months": version.cycle.months,
        "place": place,
        "name": layers.name,
        "layers": list(zip(layer_rows(layers.units), layers.at_price.sum(axis=1).tolist(), strict=True)),
        "entries": entry_lines(layers.entries, version.cycle.months),
        "columns": COLUMNS,
        "back": request.GET.urlencode(),
    }
    return render_page(
        request,
        page="planning/consensus/grid_layers.html",
        fragment="planning/consensus/_grid_layers_row.html",
        context=context,
    )


@require_POST
@may("sop_site.view")
def grid_typed(request: SignedInRequest, pk: int) -> HttpResponse:
    """What typed texts say, so that a page marks them before they are saved; nothing is saved."""
    try:
        texts = [str(text) for text in json.loads(request.body)["texts"]]
    except (ValueError, KeyError, TypeError) as error:
        raise BadRequest("Texts are a list.") from error
    return JsonResponse({"read": read_all(texts)})


def _version(pk: int) -> ForecastVersion:
    return get_object_or_404(ForecastVersion.objects.select_related("cycle"), pk=pk)


def _agreed_key(place: Place) -> str:
    """How decisions and actions name what it shows, in whichever version; "" unless that is one category."""
    if place.category is None:
        return ""
    return f"{place.version.cycle_id}:{place.category.pk}:{place.door_group}"
