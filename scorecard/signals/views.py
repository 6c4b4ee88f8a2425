"""The demand signals, one SKU's course, and deciding what follows."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from marketing.catalogue.models import Product
from scorecard.signals import domain
from scorecard.signals.filters import SignalFilter
from scorecard.signals.forms import DecideForm
from scorecard.signals.list_page import list_page
from scorecard.signals.models import DemandSignal, DemandSignalQuerySet
from scorecard.signals.sku_page import sku_page
from scorecard.signals.tables import SignalTable, signals_sheet
from sop_site.access.permissions import NotNow, SignedInRequest, may
from sop_site.clock import today
from sop_site.export import FileKind, sheet_response
from sop_site.htmx import render_page
from sop_site.tables import sorted_and_paged

SIGNALS_A_PAGE = 50
NOTHING_WAITS = "No signal waits for a decision. Those that were decided are under Status."


@require_safe
@may("sop_site.view")
def signals(request: SignedInRequest) -> HttpResponse:
    """The signals that wait for a decision, and the largest misses of last week."""
    shown = SignalFilter(request.GET, queryset=_signals())
    is_narrowed = any(request.GET.get(name) for name in shown.filters)
    table = SignalTable(shown.qs, empty_text=None if is_narrowed else NOTHING_WAITS)
    context = {
        "page": list_page(today()),
        "filter": shown,
        "table": sorted_and_paged(request, table, rows_a_page=SIGNALS_A_PAGE),
        "kinds": list(FileKind),
    }
    return render(request, "scorecard/signals/signals.html", context)


@require_safe
@may("sop_site.view")
def export(request: SignedInRequest, kind: str) -> HttpResponseBase:
    """The signals that the filters let through, as a file."""
    file_kind = FileKind.asked(kind)
    shown = SignalFilter(request.GET, queryset=_signals()).qs
    return sheet_response(f"Demand signals {today()}", signals_sheet(shown), file_kind)


@require_safe
@may("sop_site.view")
def sku(request: SignedInRequest, pk: int) -> HttpResponse:
    """One SKU against its forecast; for htmx the few lines that other pages embed."""
    product = get_object_or_404(Product.objects.select_related("category"), pk=pk)
    return _sku_page(request, product, DecideForm())


@require_POST
@may("scorecard.decide_signal")
def decide(request: SignedInRequest, pk: int) -> HttpResponse:
    """Say what follows from a signal."""
    signal = get_object_or_404(DemandSignal.objects.select_related("product__category"), pk=pk)
    form = DecideForm(request.POST)
    if not form.is_valid():
        return _sku_page(request, signal.product, form)
    try:
        domain.decide_signal(signal=signal, by=request.user, **form.cleaned_data)
    except NotNow as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Decided. It rises again only when the SKU newly leaves its limits.")
    return redirect(signal)


def _signals() -> DemandSignalQuerySet:
    return DemandSignal.objects.by_money().select_related("product__category")


def _sku_page(request: SignedInRequest, product: Product, form: DecideForm) -> HttpResponse:
    return render_page(
        request,
        page="scorecard/signals/sku.html",
        fragment="scorecard/signals/_of_sku.html",
        context={
            "page": sku_page(product, today()),
            "form": form,
            "may_decide": request.user.has_perm("scorecard.decide_signal"),
        },
    )
