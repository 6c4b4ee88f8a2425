"""What earlier meetings decided on a point that came along from them, in the room."""

from datetime import UTC, datetime, timedelta

import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from scorecard.meetings.domain import room
from scorecard.meetings.earlier import earlier_of
from scorecard.meetings.models import AgendaPoint
from scorecard.tests.meetings.cases import CHAIR, MEMBER, make_meeting
from sop_site.clock import set_today


def test_a_point_says_what_the_meetings_before_decided_on_it(today, user_of, client_of):
    """Week after week it is left open; each time something is decided, and the third time nothing."""
    chair, series = user_of(CHAIR), make_meeting(user_of, today, points=1).series
    asked = []
    for week, said in enumerate(["Ask the mill.", "Ask another mill.", "", None]):
        set_today(today + timedelta(days=2, weeks=week))
        with time_machine.travel(datetime(2026, 11, 24, 8, tzinfo=UTC) + timedelta(weeks=week), tick=False):
            meeting = room.begin_meeting(meeting=series.meetings.all()[week], by=chair)
            point = meeting.points.get(title="Point 1")
            with CaptureQueriesContext(connection) as queries:
                before = earlier_of(point)
            asked.append(len(queries))
            if said is None:
                shown = client_of(MEMBER).get(reverse("meetings:room", args=[meeting.pk])).text
                break
            if said:
                room.decide(point=point, by=chair, text=said, owner=chair)
                room.note_on_point(point=point, by=chair, notes=f"Week {week}.")
            room.close_meeting(meeting=meeting, by=chair, summary="")
    told = [(one.point.meeting.period.label, [str(each) for each in one.decisions]) for one in before]
    assert told == [("FY26 W44", ["Ask another mill."]), ("FY26 W43", ["Ask the mill."])]
    # The notes of the last came along; those of the first were written over since.
    assert [one.notes for one in before] == ["", "Week 0."]
    assert "Before: FY26 W44 (1 decided), FY26 W43 (1 decided)" in shown
    assert asked == [0, 5, 5, 5]


def test_a_point_that_is_new_has_nothing_before(today, user_of):
    meeting = make_meeting(user_of, today, points=1)
    assert earlier_of(AgendaPoint.objects.get(meeting=meeting)) == []
