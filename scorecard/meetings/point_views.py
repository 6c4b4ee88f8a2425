"""A point that people put on an agenda, changed or withdrawn before anybody talks about it."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from scorecard.meetings.choices import PointSource
from scorecard.meetings.domain import points
from scorecard.meetings.forms import ChangePointForm
from scorecard.meetings.models import AgendaPoint
from sop_site.access.permissions import NotNow, SignedInRequest, may


@require_http_methods(["GET", "HEAD", "POST"])
@may("scorecard.take_part")
def change_point(request: SignedInRequest, pk: int) -> HttpResponse:
    """Other words or minutes; what the data wrote has minutes alone."""
    point = _point(pk)
    is_of_people = point.source == PointSource.PEOPLE
    try:
        points.refuse_change(point=point, by=request.user)
    except NotNow as refusal:
        # What was sent comes back with the refusal, below.
        if request.method != "POST":
            messages.error(request, str(refusal))
            return redirect(point.meeting)
    form = ChangePointForm(
        request.POST or None, standing=points.PointFacts.of(point), is_of_people=is_of_people
    )
    if request.method == "POST" and form.is_valid():
        try:
            points.change_point(
                point=point, by=request.user, facts=form.facts(), seen=form.cleaned_data["seen"]
            )
        except NotNow as refusal:
            form = form.refused(str(refusal), points.PointFacts.of(_point(pk)))
        else:
            messages.success(request, "It is changed.")
            return redirect(point.meeting)
    context = {"point": point, "meeting": point.meeting, "form": form, "is_of_people": is_of_people}
    return render(request, "scorecard/meetings/change_point.html", context)


@require_POST
@may("scorecard.take_part")
def withdraw_point(request: SignedInRequest, pk: int) -> HttpResponse:
    """Nobody has to talk about it any more."""
    point = _point(pk)
    try:
        points.withdraw_point(point=point, by=request.user)
    except NotNow as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Withdrawn: no meeting takes it up.")
    return redirect(point.meeting)


def _point(pk: int) -> AgendaPoint:
    return get_object_or_404(AgendaPoint.objects.select_related("meeting__series"), pk=pk)
