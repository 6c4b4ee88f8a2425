"""The page on how right every layer of the forecast was."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from planning.consensus.accuracy_page import accuracy_page, lag_asked
from sop_site.access.permissions import SignedInRequest, may


@require_safe
@may("sop_site.view")
def accuracy(request: SignedInRequest) -> HttpResponse:
    """Error, bias and value added of every layer, by lag and by category."""
    page = accuracy_page(lag_asked(request.GET.get("lag", "")), request.GET.get("page"))
    return render(request, "planning/consensus/accuracy.html", {"page": page})
