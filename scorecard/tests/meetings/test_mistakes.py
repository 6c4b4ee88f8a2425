"""What people do by mistake or at the same time: nothing is lost, and nothing is said that is not so."""

from datetime import timedelta

import pytest
from django.urls import reverse

from marketing.tests.factories import NOW, make_product
from scorecard.about.about import About
from scorecard.about.choices import AboutKind
from scorecard.meetings.choices import MeetingStatus
from scorecard.meetings.domain import room
from scorecard.meetings.domain.agenda import write_agenda
from scorecard.meetings.domain.points import add_point
from scorecard.meetings.models import Attendance, Meeting, MeetingDecision
from scorecard.meetings.paper_page import paper_standings
from scorecard.meetings.papers.minutes import minutes_words
from scorecard.signals.domain import decide_signal
from scorecard.tests.meetings.cases import CHAIR, MEMBER, make_meeting, make_series, point_of
from scorecard.tests.signals.cases import make_signal
from sop_site.access.permissions import NotNow
from sop_site.access.roles import Role

pytestmark = pytest.mark.django_db


def next_week(meeting: Meeting) -> Meeting:
    """The meeting after this one, a week from today."""
    following = meeting.series.meetings.all()[1]
    begins = NOW + timedelta(days=7)
    Meeting.objects.filter(pk=following.pk).update(starts_at=begins, ends_at=begins + timedelta(hours=1))
    return following


def test_what_is_left_stands_on_the_next_agenda_as_soon_as_the_meeting_is_over(today, user_of):
    meeting = make_meeting(user_of, today, MeetingStatus.RUNNING, points=2)
    chair, following = user_of(CHAIR), next_week(meeting)
    room.finish_point(point=point_of(meeting, 1), by=chair)
    room.close_meeting(meeting=meeting, by=chair, summary="")
    assert [point.title for point in following.points.all()] == ["Point 2"]


def test_minutes_have_what_was_said_in_the_meeting_and_not_in_the_one_before(today, user_of):
    meeting = make_meeting(user_of, today, MeetingStatus.RUNNING, points=2)
    chair, following = user_of(CHAIR), next_week(meeting)
    for number in (1, 2):
        room.note_on_point(point=point_of(meeting, number), by=chair, notes="Ask the supplier.")
        room.park_point(point=point_of(meeting, number), by=chair)
    room.close_meeting(meeting=meeting, by=chair, summary="")
    room.open_meeting(meeting=following, by=chair)
    both = "Ask the supplier.\nHe has none."
    room.note_on_point(point=point_of(following, 2), by=chair, notes=both)
    Meeting.objects.filter(pk=following.pk).update(current_since=None)
    closed = room.close_meeting(meeting=following, by=chair, summary="")
    points = minutes_words(closed, today, NOW)["points"]
    assert [(point["title"], point["notes"]) for point in points] == [("Point 2", "He has none.")]


def test_a_meeting_that_was_opened_by_mistake_stands_as_planned_again(today, user_of):
    meeting, chair = make_meeting(user_of, today, MeetingStatus.RUNNING, points=1), user_of(CHAIR)
    room.be_present(meeting=meeting, user=chair)
    again = room.take_back_opening(meeting=meeting, by=chair)
    assert (again.status, again.opened_at, again.current_point) == (MeetingStatus.PLANNED, None, None)
    assert Attendance.objects.count() == 0
    assert point_of(again, 1).spent_seconds == 0


@pytest.mark.parametrize("said", ["noted", "parked", "decided"])
def test_a_meeting_in_which_something_was_said_is_closed_instead(said, today, user_of):
    meeting, chair = make_meeting(user_of, today, MeetingStatus.RUNNING, points=1), user_of(CHAIR)
    point = point_of(meeting, 1)
    match said:
        case "noted":
            room.note_on_point(point=point, by=chair, notes="Ask the supplier.")
        case "parked":
            room.park_point(point=point, by=chair)
        case "decided":
            room.decide(point=point, by=chair, text="Buy more.", owner=chair)
    with pytest.raises(NotNow, match="Something was said in it already"):
        room.take_back_opening(meeting=meeting, by=chair)
    assert Meeting.objects.get(pk=meeting.pk).status == MeetingStatus.RUNNING


def test_a_room_is_opened_with_one_press_on_its_day_alone(today, user_of, client_of):
    meeting = make_series(user_of).meetings.earliest("starts_at")
    client = client_of(CHAIR)
    early = client.get(meeting.get_absolute_url()).text
    assert "Opened now, it is held today for everyone." in early
    begins = NOW + timedelta(hours=1)
    Meeting.objects.filter(pk=meeting.pk).update(starts_at=begins, ends_at=begins + timedelta(hours=1))
    on_its_day = client.get(meeting.get_absolute_url()).text
    assert "Opened now" not in on_its_day
    assert reverse("meetings:open", args=[meeting.pk]) in on_its_day


def test_who_closes_a_meeting_second_keeps_their_words_on_the_page(today, user_of, client_of):
    meeting = make_meeting(user_of, today, MeetingStatus.RUNNING)
    room.close_meeting(meeting=meeting, by=user_of(Role.EXECUTIVE), summary="All is well.")
    answer = client_of(CHAIR).post(
        reverse("meetings:close", args=[meeting.pk]), {"summary": "One slot moves."}
    )
    page = answer.content.decode()
    assert f"{user_of(Role.EXECUTIVE)} closed the meeting before you." in page
    assert "One slot moves.</textarea>" in page


def test_a_signal_that_was_decided_meanwhile_is_not_decided_otherwise(today, user_of, client_of):
    meeting, chair = make_meeting(user_of, today, MeetingStatus.RUNNING), user_of(CHAIR)
    signal = make_signal(make_product())
    about = About(AboutKind.SIGNAL, str(signal.pk))
    point = add_point(meeting=meeting, by=chair, title="It sells above its forecast", about=about)
    client, path = client_of(CHAIR), reverse("meetings:room", args=[meeting.pk])
    room.go_to_point(point=point, by=chair)
    assert "decided this on" not in client.get(path).text
    decide_signal(signal=signal, by=user_of(Role.PLANNING_LEAD), text="Leave it.")
    assert "Leave it." in client.get(path).text
    with pytest.raises(NotNow, match=r"decided this on .*: “Leave it\.”\.$"):
        room.decide(point=point, by=chair, text="Cut it by a tenth.", owner=chair)
    assert MeetingDecision.objects.count() == 0


def test_what_a_meeting_says_further_of_a_signal_is_kept_beside_its_decision(today, user_of):
    meeting, chair = make_meeting(user_of, today, MeetingStatus.RUNNING), user_of(CHAIR)
    signal = make_signal(make_product())
    about = About(AboutKind.SIGNAL, str(signal.pk))
    point = add_point(meeting=meeting, by=chair, title="It sells above its forecast", about=about)
    for text in ("Raise it by a tenth.", "Look again in four weeks."):
        room.decide(point=point, by=chair, text=text, owner=chair)
    signal.refresh_from_db()
    assert (signal.decision, MeetingDecision.objects.count()) == ("Raise it by a tenth.", 2)


@pytest.mark.parametrize(
    ("days_before", "words"),
    [
        (0, "It goes out on Tue 24 Nov. It can be made now too."),
        (2, "It goes out in the coming night. It can be made now too."),
    ],
)
def test_the_page_says_when_the_pre_read_comes(days_before, words, today, user_of):
    meeting = make_series(user_of, pre_read_days=days_before).meetings.earliest("starts_at")
    write_agenda(meeting=meeting, day=today)
    assert [part.comes for part in paper_standings(meeting, user_of(MEMBER))] == [words]
