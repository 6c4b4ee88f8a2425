"""SKUs and doors: to look up, and for Merchandising to keep right."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from marketing.catalogue.domain import edit_product
from marketing.catalogue.filters import DoorFilter, ProductFilter
from marketing.catalogue.forms import ProductForm
from marketing.catalogue.models import Door, Product
from marketing.catalogue.queries import doors_for_list, history_of, products_for_list, rangings_of
from marketing.catalogue.tables import DoorTable, ProductTable
from sop_site.access.permissions import SignedInRequest, may
from sop_site.tables import sorted_and_paged

ROWS_A_PAGE = 50


@require_GET
@may("sop_site.view")
def products(request: SignedInRequest) -> HttpResponse:
    """Every SKU, to search and to sort."""
    shown = ProductFilter(request.GET, queryset=products_for_list())
    table = sorted_and_paged(request, ProductTable(shown.qs), rows_a_page=ROWS_A_PAGE)
    is_empty = not table.rows and not Product.objects.exists()
    context = {"table": table, "filter": shown, "is_empty": is_empty}
    return render(request, "marketing/catalogue/products.html", context)


@require_GET
@may("sop_site.view")
def product(request: SignedInRequest, pk: int) -> HttpResponse:
    """One SKU: its facts, the doors that range it, and its history."""
    sku = get_object_or_404(Product.objects.select_related("category", "like_item"), pk=pk)
    context = {"product": sku, "rangings": rangings_of(sku), "entries": history_of(sku)}
    return render(request, "marketing/catalogue/product.html", context)


@require_http_methods(["GET", "POST"])
@may("marketing.edit_catalogue")
def edit(request: SignedInRequest, pk: int) -> HttpResponse:
    """Change the facts of a SKU."""
    sku = get_object_or_404(Product, pk=pk)
    form = ProductForm(request.POST or None, instance=sku)
    if request.method == "POST" and form.is_valid():
        edit_product(product=sku, facts=form.changed_facts, by=request.user, note=form.cleaned_data["note"])
        messages.success(request, f"{sku.sku} is saved.")
        return redirect(sku)
    return render(request, "marketing/catalogue/edit.html", {"form": form, "product": sku})


@require_GET
@may("sop_site.view")
def doors(request: SignedInRequest) -> HttpResponse:
    """Every store, e-commerce node and DC."""
    shown = DoorFilter(request.GET, queryset=doors_for_list())
    table = sorted_and_paged(request, DoorTable(shown.qs), rows_a_page=ROWS_A_PAGE)
    context = {
        "table": table,
        "filter": shown,
        "is_empty": not table.rows and not Door.objects.exists(),
    }
    return render(request, "marketing/catalogue/doors.html", context)
