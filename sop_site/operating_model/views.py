"""The operating model in force, for everyone to read."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from sop_site.access.permissions import SignedInRequest, may
from sop_site.clock import today
from sop_site.operating_model.models import OperatingModel


@require_safe
@may("sop_site.view")
def current(request: SignedInRequest) -> HttpResponse:
    """The thresholds and limits in force today, and the versions before."""
    return render(
        request,
        "sop_site/operating_model/current.html",
        {"model": OperatingModel.objects.in_force(today())},
    )
