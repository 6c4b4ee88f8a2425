"""Meetings for tests."""

from collections.abc import Callable
from datetime import date, time

from scorecard.meetings.choices import MeetingKind, MeetingStatus
from scorecard.meetings.domain import room, timetable
from scorecard.meetings.domain.points import add_point
from scorecard.meetings.domain.timetable import SeriesFacts
from scorecard.meetings.models import AgendaPoint, Meeting, MeetingSeries
from sop_site.access.models import User
from sop_site.access.roles import Role

UserOf = Callable[[Role], User]
# The weekly meeting's chair is no head, so that tests see what the chair alone may.
CHAIR, MEMBER = Role.PLANNING_MEMBER, Role.MARKETING_MEMBER


def make_series(user_of: UserOf, kind: MeetingKind = MeetingKind.WEEKLY, **facts) -> MeetingSeries:
    """The standing meeting of a kind: Tuesdays at nine in Berlin; its meetings stand on the calendar."""
    defaults = {
        "chair": user_of(CHAIR),
        "members": [user_of(MEMBER), user_of(Role.EXECUTIVE)],
        "weekday": 2,
        "week_of_period": 1,
        "periods_later": 0,
        "starts_at": time(9),
        "minutes": 45,
        "time_zone": "Europe/Berlin",
    }
    return timetable.set_series(
        kind=kind, by=user_of(Role.EXECUTIVE), facts=SeriesFacts(**{**defaults, **facts})
    )


def make_meeting(
    user_of: UserOf, today: date, status: MeetingStatus = MeetingStatus.PLANNED, points: int = 0
) -> Meeting:
    """The first weekly meeting from today on, at ``status``, with points that people added."""
    meeting = make_series(user_of).meetings.earliest("starts_at")
    for number in range(1, points + 1):
        add_point(meeting=meeting, by=user_of(MEMBER), title=f"Point {number}")
    chair = user_of(CHAIR)
    match status:
        case MeetingStatus.CANCELLED:
            return timetable.cancel_meeting(meeting=meeting, by=chair, note="Holiday.")
        case MeetingStatus.RUNNING:
            return room.open_meeting(meeting=meeting, by=chair)
        case MeetingStatus.CLOSED:
            return room.close_meeting(
                meeting=room.open_meeting(meeting=meeting, by=chair), by=chair, summary="All is well."
            )
    return meeting


def point_of(meeting: Meeting, number: int) -> AgendaPoint:
    """A point that people added, by its number."""
    return meeting.points.get(title=f"Point {number}")
