"""In which meeting an action was given: the page of the action, to the left of meetings, embeds it."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from scorecard.actions.models import Action
from scorecard.meetings.models import AgendaPoint
from sop_site.access.permissions import SignedInRequest, may
from sop_site.htmx import render_page


@require_safe
@may("sop_site.view")
def given_in(request: SignedInRequest, pk: int) -> HttpResponse:
    """The meetings in which an action was given, as a page or as facts among those of the action."""
    action = get_object_or_404(Action, pk=pk)
    points = AgendaPoint.objects.filter(actions=action).select_related("meeting__series")
    return render_page(
        request,
        page="scorecard/meetings/given_in.html",
        fragment="scorecard/meetings/_given_in.html",
        context={"action": action, "points": points},
    )
