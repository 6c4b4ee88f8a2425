"""The list of planned orders, what is done with them, and their files."""

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from planning.buying import domain
from planning.buying.choices import BuyException, BuyStatus
from planning.buying.files import purchase_order_file
from planning.buying.filters import BuyLineFilter
from planning.buying.forms import Act, ActForm
from planning.buying.list_file import lines_sheet, why_no_workbook
from planning.buying.models import BuyLine
from planning.buying.open_to_buy_table import open_to_buy_table
from planning.buying.purchase_orders import purchase_order_rows
from planning.buying.queries import (
    PurchaseOrderRow,
    buy_lines,
    lines_on,
    over_bought_categories,
    plan_state,
    purchase_orders,
    summary_of,
)
from planning.buying.sentences import acted_words, ordered_words
from planning.buying.tables import BuyLineTable
from sop_site.access.permissions import NotNow, SignedInRequest, may
from sop_site.clock import today
from sop_site.export import FileKind, file_response, sheet_response
from sop_site.htmx import render_page, unchanged
from sop_site.tables import sorted_and_paged

ORDERS_A_PAGE = 50
CATEGORIES_A_PAGE = 50
PURCHASE_ORDERS_A_PAGE = 25


@require_safe
@may("sop_site.view")
def plan(request: SignedInRequest) -> HttpResponse:
    """What to order, by when, and from which forecast; what is to be looked at first."""
    day = today()
    state = plan_state(day)
    if answer := unchanged(request, state.pulse):
        return answer
    context: dict[str, object] = {
        "state": state,
        "may_calculate": request.user.has_perm("planning.edit_buy"),
        "currency": settings.CURRENCY,
    }
    if state.plan:
        may_act = request.user.has_perm("planning.approve_buy")
        shown = BuyLineFilter(request.GET, queryset=buy_lines())
        whole = summary_of(BuyLineFilter({}, queryset=buy_lines()).qs)
        narrowed = summary_of(shown.qs) if shown.is_narrowed else whole
        table = BuyLineTable(shown.qs, day=day, may_choose=may_act)
        context |= {
            "whole": whole,
            "narrowed": narrowed,
            "over_bought": over_bought_categories(state.plan),
            "exceptions": [(exception, whole.exceptions[exception]) for exception in BuyException],
            "filter": shown,
            "table": sorted_and_paged(request, table, rows_a_page=ORDERS_A_PAGE, row_count=narrowed.orders),
            "may_act": may_act,
            "acts": Act,
            "kinds": list(FileKind),
            "no_workbook": why_no_workbook(narrowed.orders),
        }
    return render_page(
        request, page="planning/buying/plan.html", fragment="planning/buying/_plan.html", context=context
    )


@require_POST
@may("planning.edit_buy")
def calculate(request: SignedInRequest) -> HttpResponse:
    """Have the worker calculate the plan now."""
    try:
        domain.ask_for_buy_plan(by=request.user)
    except NotNow as refused:
        messages.error(request, str(refused))
    return redirect("buying:plan")


@require_POST
@may("planning.approve_buy")
def act(request: SignedInRequest) -> HttpResponse:
    """Approve the chosen orders, take their approval back, or put them on purchase orders."""
    form = ActForm(request.POST, shown=BuyLineFilter(request.GET, queryset=buy_lines()).qs)
    if form.is_valid():
        try:
            messages.success(
                request, _done(Act(form.cleaned_data["act"]), form.cleaned_data["line"], request)
            )
        except NotNow as refused:
            messages.error(request, str(refused))
    else:
        messages.error(request, form.refusal)
    return redirect(f"{reverse('buying:plan')}?{request.GET.urlencode()}")


def _done(chosen: Act, lines: list[BuyLine], request: SignedInRequest) -> str:
    """Do it, all of it or nothing; what was done, in words."""
    match chosen:
        case Act.APPROVE:
            return acted_words("Approved", domain.approve_buys(lines=lines, by=request.user))
        case Act.TAKE_BACK:
            taken = domain.take_back_approval(lines=lines, by=request.user)
            return acted_words("Took back the approval of", taken)
        case Act.SEND:
            return ordered_words(domain.put_on_purchase_orders(lines=lines, by=request.user))


@require_safe
@may("sop_site.view")
def export(request: SignedInRequest, kind: str) -> HttpResponseBase:
    """The planned orders that the filters let through, as a file; too many for a workbook are refused."""
    shown = BuyLineFilter(request.GET, queryset=buy_lines()).qs
    file_kind = FileKind.asked(kind)
    if file_kind is FileKind.XLSX and (why_not := why_no_workbook(shown.count())):
        messages.error(request, why_not)
        return redirect(f"{reverse('buying:plan')}?{request.GET.urlencode()}")
    return sheet_response(f"Planned orders {today()}", lines_sheet(shown), file_kind)


@require_safe
@may("sop_site.view")
def open_to_buy(request: SignedInRequest) -> HttpResponse:
    """What each category may still order in each week and month, and what the planned orders take of it."""
    day = today()
    state = plan_state(day)
    if state.plan is None:
        return render(request, "planning/buying/open_to_buy.html", {"plan": None})
    table = open_to_buy_table(state.plan, day)
    budget = table.budget(request.GET.get("category"))
    page = Paginator(table.budgets, CATEGORIES_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "plan": state.plan,
        "table": table,
        "budget": budget,
        "arithmetic": table.arithmetic(budget),
        "page": page,
        "rows": [(each, table.row_of(each)) for each in page],
        "months": [(each, table.months_of(each)) for each in page],
        "total": table.row_of(table.whole),
        "total_months": table.months_of(table.whole),
    }
    return render(request, "planning/buying/open_to_buy.html", context)


@require_safe
@may("sop_site.view")
def orders(request: SignedInRequest) -> HttpResponse:
    """The purchase orders that were made, and how much of each is back as receipts."""
    page = Paginator(purchase_orders(), PURCHASE_ORDERS_A_PAGE).get_page(request.GET.get("page"))
    opened = request.GET.get("open", "")
    context = {
        "page": page,
        "rows": [PurchaseOrderRow(*row) for row in page],
        "opened": opened,
        "lines": lines_on(opened),
        "may_cancel": request.user.has_perm("planning.approve_buy"),
        "kinds": list(FileKind),
    }
    return render(request, "planning/buying/orders.html", context)


@require_safe
@may("sop_site.view")
def order_file(request: SignedInRequest, po_number: str, kind: str) -> HttpResponse:
    """A purchase order as a file for its supplier, without what was cancelled."""
    lines = [line for line in lines_on(po_number) if line.status != BuyStatus.CANCELLED]
    if not lines:
        raise Http404("There is nothing on this purchase order.")
    file_kind = FileKind.asked(kind)
    content = purchase_order_file(purchase_order_rows(lines), file_kind)
    return file_response(po_number, content, file_kind)
