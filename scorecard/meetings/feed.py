"""A person's meetings and decide-by dates as a calendar that other programs read (RFC 5545)."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Final

from django.db.models import Count, Max, Sum
from django.urls import reverse
from icalendar import Calendar, Event

from planning.risk.models import Flag
from planning.risk.sentences import plural
from scorecard.meetings.choices import MeetingStatus
from scorecard.meetings.models import Meeting
from scorecard.meetings.queries import meetings_of
from sop_site import formats
from sop_site.access.models import User
from sop_site.access.roles import PLANNING
from sop_site.fiscal import WEEK
from sop_site.notifications.writing import absolute

# What was stays in it for so long.
KEPT: Final = 26 * WEEK
# How often programs may come by.
REFRESHED: Final = timedelta(hours=1)
ONE_DAY: Final = timedelta(days=1)


def calendar_of(user: User, day: date) -> bytes:
    """The calendar of a person on ``day``, as an .ics file.

    Times are moments in UTC, which each program shows by its own clock. An event keeps its UID for ever; its
    SEQUENCE counts how often it was changed.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//Bridge//Calendar//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("x-wr-calname", "Bridge")
    calendar.add("refresh-interval", REFRESHED, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    for event in (*_meetings(user, day), *_decide_by_dates(user)):
        calendar.add_component(event)
    return calendar.to_ical()


def _meetings(user: User, day: date) -> Iterator[Event]:
    meetings = meetings_of(user).filter(starts_at__date__gte=day - KEPT).order_by("starts_at", "pk")
    changes: dict[int, tuple[int, datetime]] = {
        meeting_id: (count, at)
        for meeting_id, count, at in Meeting.pgh_event_model.objects.filter(pgh_obj__in=meetings.values("pk"))
        .order_by()
        .values_list("pgh_obj")
        .annotate(Count("pk"), Max("pgh_created_at"))
    }
    for meeting in meetings:
        count, changed_at = changes[meeting.pk]
        is_cancelled = meeting.status == MeetingStatus.CANCELLED
        event = _event(f"meeting-{meeting.pk}", str(meeting), changed_at, count - 1)
        event.add("dtstart", meeting.starts_at.astimezone(UTC))
        event.add("dtend", meeting.ends_at.astimezone(UTC))
        event.add("status", "CANCELLED" if is_cancelled else "CONFIRMED")
        if meeting.place:
            event.add("location", meeting.place)
        _lead_to(event, meeting.get_absolute_url(), f"Chair: {meeting.chair}.")
        yield event


def _decide_by_dates(user: User) -> Iterator[Event]:
    """One for each campaign and date: of the campaigns that a person owns, for Planning of all."""
    undecided = Flag.objects.undecided().filter(decide_by_date__isnull=False)
    if user.role not in PLANNING:
        undecided = undecided.filter(campaign__owner=user)
    for campaign_id, name, due, flags, units, calculated_at in (
        undecided.order_by("decide_by_date", "campaign_id")
        .values_list("campaign_id", "campaign__name", "decide_by_date")
        .annotate(Count("pk"), Sum("units_short"), Max("calculated_at"))
    ):
        event = _event(f"decide-by-{campaign_id}-{due}", f"Last day to decide: {name}", calculated_at, 0)
        event.add("dtstart", due)
        event.add("dtend", due + ONE_DAY)
        event.add("transp", "TRANSPARENT")
        words = f"{plural(flags, 'SKU')} undecided, {formats.units(units)} units short."
        _lead_to(event, reverse("risk:campaign", args=[campaign_id]), words)
        yield event


def _event(uid: str, summary: str, changed_at: datetime, sequence: int) -> Event:
    event = Event()
    event.add("uid", f"{uid}@bridge")
    event.add("summary", summary)
    event.add("dtstamp", changed_at.astimezone(UTC))
    event.add("last-modified", changed_at.astimezone(UTC))
    event.add("sequence", sequence)
    return event


def _lead_to(event: Event, path: str, words: str) -> None:
    event.add("url", absolute(path))
    event.add("description", f"{words}\n{absolute(path)}")
