"""Meetings on the calendar: made once, moved by people or by a new timetable, never lost."""

from datetime import UTC, datetime, time, timedelta

import pytest

from scorecard.meetings.choices import MeetingKind, MeetingStatus
from scorecard.meetings.domain import timetable
from scorecard.meetings.domain.points import add_point
from scorecard.meetings.domain.timetable import plan_meetings
from scorecard.meetings.models import Meeting
from scorecard.tests.meetings.cases import CHAIR, make_meeting, make_series
from sop_site.access.permissions import NotAllowed, NotNow
from sop_site.access.roles import Role


def test_the_calendar_is_filled_once_and_goes_on_with_the_days(today, user_of):
    series = make_series(user_of)
    keys = list(series.meetings.values_list("period_key", flat=True))
    assert (keys[0], keys[-1], len(keys)) == ("2026-w43", "2027-w03", 13)
    assert plan_meetings(today) == []
    made = plan_meetings(today + timedelta(days=7))
    assert [meeting.period_key for meeting in made] == ["2027-w04"]


def test_a_year_of_nights_leaves_one_meeting_a_week_over_the_53rd(today, user_of):
    series = make_series(user_of)
    for night in range(0, 800, 5):
        plan_meetings(today + timedelta(days=night))
    keys = list(series.meetings.order_by("starts_at").values_list("period_key", flat=True))
    assert len(keys) == len(set(keys))
    assert [key for key in keys if key.startswith("2028")] == [f"2028-w{week:02d}" for week in range(1, 54)]
    local = {meeting.starts_at.astimezone(UTC).hour for meeting in series.meetings.all()}
    assert local == {7, 8}


@pytest.mark.parametrize("role", list(Role))
def test_the_timetable_is_for_the_executive_and_vp_planning(role, today, user_of):
    series = make_series(user_of)
    facts = timetable.SeriesFacts(
        chair=series.chair,
        members=[],
        weekday=3,
        week_of_period=1,
        periods_later=0,
        starts_at=time(10),
        minutes=30,
        time_zone="UTC",
    )
    if role in (Role.EXECUTIVE, Role.PLANNING_LEAD):
        changed = timetable.set_series(kind=MeetingKind.WEEKLY, by=user_of(role), facts=facts)
        assert list(changed.members.all()) == [series.chair]
    else:
        with pytest.raises(NotAllowed):
            timetable.set_series(kind=MeetingKind.WEEKLY, by=user_of(role), facts=facts)


def test_a_new_timetable_moves_what_is_planned_but_not_what_people_moved(today, user_of):
    meetings = list(make_series(user_of).meetings.all())
    elsewhere = datetime(2026, 12, 4, 12, tzinfo=UTC)
    timetable.move_meeting(meeting=meetings[1], by=user_of(CHAIR), starts_at=elsewhere, place="Berlin")
    make_series(user_of, weekday=4, starts_at=time(14), minutes=60, place="Room 4")
    first, second, third = Meeting.objects.all()[:3]
    assert (first.starts_at, first.place) == (datetime(2026, 11, 26, 13, tzinfo=UTC), "Room 4")
    assert (second.starts_at, second.place, second.is_moved) == (elsewhere, "Berlin", True)
    assert third.ends_at - third.starts_at == timedelta(minutes=60)
    assert Meeting.objects.count() == len(meetings)


def test_a_meeting_is_moved_by_its_chair_while_it_is_planned_and_not_into_the_past(today, user_of):
    meeting = make_meeting(user_of, today, MeetingStatus.RUNNING)
    later = datetime(2026, 12, 4, 12, tzinfo=UTC)
    with pytest.raises(NotNow, match="only a planned meeting can be moved"):
        timetable.move_meeting(meeting=meeting, by=user_of(CHAIR), starts_at=later, place="")
    planned = Meeting.objects.filter(status=MeetingStatus.PLANNED)[0]
    with pytest.raises(NotNow, match=r"That has passed\."):
        timetable.move_meeting(
            meeting=planned, by=user_of(CHAIR), starts_at=datetime(2026, 11, 20, 9, tzinfo=UTC), place=""
        )
    with pytest.raises(NotAllowed):
        timetable.move_meeting(meeting=planned, by=user_of(Role.MARKETING_MEMBER), starts_at=later, place="")


def test_a_timetable_that_is_switched_off_leaves_what_was_prepared_cancelled(today, user_of):
    meeting = make_series(user_of).meetings.earliest("starts_at")
    add_point(meeting=meeting, by=user_of(CHAIR), title="Prepared")
    make_series(user_of, is_active=False)
    assert [left.status for left in Meeting.objects.all()] == [MeetingStatus.CANCELLED]
    assert plan_meetings(today) == []


def test_an_unknown_time_zone_is_refused(today, user_of):
    with pytest.raises(NotNow, match="There is no time zone “Mars/Base”"):
        make_series(user_of, time_zone="Mars/Base")
