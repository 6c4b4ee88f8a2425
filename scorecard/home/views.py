"""The front page."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from scorecard.home.needs import SHOWN, by_week, needs_of
from scorecard.home.owned import decisions_owned
from scorecard.home.since import changes_since, note_visit
from scorecard.meetings.choices import MeetingStatus
from scorecard.meetings.models import Meeting
from scorecard.meetings.queries import MeetingHours, meetings_of
from sop_site.access.permissions import SignedInRequest, may
from sop_site.clock import today


@require_safe
@may("sop_site.view")
def home(request: SignedInRequest) -> HttpResponse:
    """What needs this person now, and what changed since they were last here."""
    day, now = today(), timezone.now()
    since = note_visit(request.user, now)
    needs = needs_of(request.user, day)
    ahead = meetings_of(request.user).filter(status=MeetingStatus.PLANNED, starts_at__date__gte=day)
    following: Meeting | None = ahead.order_by("starts_at").first()
    context = {
        "needs": needs,
        "first": needs[:SHOWN],
        "later": by_week(needs[SHOWN:]),
        "late": sum(need.is_late for need in needs),
        "since": since,
        "changes": changes_since(request.user, since.at, day),
        "owned": decisions_owned(request.user, day),
        "following": following,
        "following_hours": MeetingHours.of(following) if following is not None else None,
    }
    return render(request, "scorecard/home/home.html", context)
