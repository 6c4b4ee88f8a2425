"""Planning's page of receipts."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from planning.supply.choices import ReceiptStatus
from planning.supply.filters import ReceiptFilter
from planning.supply.models import Receipt
from planning.supply.tables import ReceiptTable
from sop_site.access.permissions import SignedInRequest, may
from sop_site.clock import today
from sop_site.tables import sorted_and_paged

RECEIPTS_A_PAGE = 50


@require_safe
@may("sop_site.view")
def receipts(request: SignedInRequest) -> HttpResponse:
    """Open receipts by ETA, to sort and to narrow, and those that are to be re-dated."""
    day = today()
    open_receipts = Receipt.objects.filter(status=ReceiptStatus.OPEN).select_related("product", "door")
    shown = ReceiptFilter(request.GET, queryset=open_receipts)
    table = sorted_and_paged(request, ReceiptTable(shown.qs, day=day), rows_a_page=RECEIPTS_A_PAGE)
    context = {
        "table": table,
        "filter": shown,
        "is_empty": not table.rows and not open_receipts.exists(),
        "past_due_count": Receipt.objects.past_due(day).count(),
    }
    return render(request, "planning/supply/receipts.html", context)
