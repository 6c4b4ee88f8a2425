"""The pages of the buy plan."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from sop_site.access.permissions import SignedInRequest, may


@require_safe
@may("sop_site.view")
def plan(request: SignedInRequest) -> HttpResponse:
    """What to order, when, and of what it is calculated."""
    return render(request, "planning/buying/no_plan.html")
