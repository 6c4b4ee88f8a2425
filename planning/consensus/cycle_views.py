"""The page of a cycle: where it stands, and who still owes what."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from planning.consensus.models import Cycle
from sop_site.access.permissions import SignedInRequest, may
from sop_site.clock import today
from sop_site.fiscal import month_of


@require_safe
@may("sop_site.view")
def current(request: SignedInRequest) -> HttpResponse:
    """The newest cycle; without any, when the product opens one."""
    cycle = Cycle.objects.first()
    if cycle is None:
        return render(request, "planning/consensus/no_cycle.html", {"month": month_of(today())})
    return _cycle_page(request, cycle)


@require_safe
@may("sop_site.view")
def cycle(request: SignedInRequest, pk: int) -> HttpResponse:
    """One cycle, whether it is under way or long published."""
    return _cycle_page(request, get_object_or_404(Cycle, pk=pk))


def _cycle_page(request: SignedInRequest, cycle: Cycle) -> HttpResponse:
    return render(request, "planning/consensus/cycle.html", {"cycle": cycle})
