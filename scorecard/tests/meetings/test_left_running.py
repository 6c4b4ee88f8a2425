"""A meeting that nobody closed, and one that is held late: every point stands on one open agenda."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from marketing.tests.factories import NOW, make_campaign, make_product
from planning.tests.factories import make_flag
from scorecard.meetings.choices import MeetingStatus, PaperKind, PointSource, PointStatus
from scorecard.meetings.domain import room, timetable
from scorecard.meetings.domain.agenda import write_agenda, write_agendas
from scorecard.meetings.domain.points import add_point
from scorecard.meetings.domain.room import close_meetings_left_running
from scorecard.meetings.models import AgendaPoint, Meeting, MeetingPaper
from scorecard.meetings.queries import held_words
from scorecard.tests.meetings.cases import CHAIR, MEMBER, make_meeting, make_series, point_of
from sop_site.access.permissions import NotNow
from sop_site.clock import set_today

# The meeting is on Tuesday 24 November at nine in Berlin; people were in its room until 9:40.
OPENED, LAST_SEEN = datetime(2026, 11, 24, 8, tzinfo=UTC), datetime(2026, 11, 24, 8, 40, tzinfo=UTC)


@pytest.fixture
def left(today, user_of) -> Meeting:
    """Opened, talked in, and left without a word."""
    meeting = make_meeting(user_of, today, points=2)
    with time_machine.travel(OPENED, tick=False) as clock:
        room.open_meeting(meeting=meeting, by=user_of(CHAIR))
        clock.shift(timedelta(minutes=10))
        room.finish_point(point=point_of(meeting, 1), by=user_of(CHAIR))
        clock.move_to(LAST_SEEN)
        room.be_present(meeting=Meeting.objects.get(pk=meeting.pk), user=user_of(MEMBER))
    return meeting


def nights(day, at: datetime) -> list[Meeting]:
    """What the night closes, which comes twice."""
    set_today(day)
    with time_machine.travel(at, tick=False):
        closed = close_meetings_left_running(day)
        assert close_meetings_left_running(day) == []
        write_agendas(day)
        write_agendas(day)
    return closed


def open_agendas_with(title: str) -> list[Meeting]:
    open_states = (MeetingStatus.PLANNED, MeetingStatus.RUNNING)
    points = AgendaPoint.objects.filter(title=title, status=PointStatus.OPEN, meeting__status__in=open_states)
    return [point.meeting for point in points.select_related("meeting")]


class TestTheNight:
    def test_closes_what_was_left_and_its_points_come_along(self, left, today, user_of):
        (closed,) = nights(today + timedelta(days=3), LAST_SEEN + timedelta(hours=18))
        assert (closed.status, closed.closed_by, closed.closed_at) == (MeetingStatus.CLOSED, None, LAST_SEEN)
        assert held_words(closed) == (
            "Opened at 09:00. Nobody closed it: the night did, and takes it to have ended at 09:40."
        )
        assert [point_of(left, number).spent_seconds for number in (1, 2)] == [600, 1800]
        assert MeetingPaper.objects.filter(meeting=left, kind=PaperKind.MINUTES).count() == 1
        assert open_agendas_with("Point 2") == [left.series.meetings.all()[1]]
        assert open_agendas_with("Point 1") == []

    @pytest.mark.parametrize(
        ("days", "at"),
        [
            # The night after its own day, but something was done just now; and its own day.
            (3, LAST_SEEN + timedelta(hours=3)),
            (2, LAST_SEEN + timedelta(hours=9)),
        ],
    )
    def test_leaves_one_that_may_still_be_held(self, days, at, left, today):
        assert nights(today + timedelta(days=days), at) == []

    def test_is_not_kept_from_it_by_a_page_that_was_left_open(self, left, today):
        at = LAST_SEEN + timedelta(hours=18)
        left.attendances.update(last_seen_at=at)
        (closed,) = nights(today + timedelta(days=3), at)
        assert closed.closed_at == closed.ends_at

    def test_is_no_step_of_people(self, left, user_of):
        names = {move.name for move in left.get_available_user_status_transitions(user_of(CHAIR))}
        assert "be_closed" not in names


class TestOpeningTheNextOne:
    def test_closes_the_one_that_was_left(self, left, today, user_of):
        following = left.series.meetings.all()[1]
        set_today(today + timedelta(days=9))
        with time_machine.travel(OPENED + timedelta(weeks=1), tick=False):
            opened = room.begin_meeting(meeting=following, by=user_of(CHAIR))
        left.refresh_from_db()
        assert (left.status, left.closed_by) == (MeetingStatus.CLOSED, None)
        assert opened.current_point.title == "Point 2"
        assert open_agendas_with("Point 2") == [following]

    def test_waits_for_people_who_are_still_in_the_other_room(self, left, today, user_of):
        following = left.series.meetings.all()[1]
        set_today(today + timedelta(days=9))
        at = OPENED + timedelta(weeks=1)
        with time_machine.travel(at - timedelta(minutes=5), tick=False):
            room.decide(point=point_of(left, 2), by=user_of(MEMBER), text="Go on.", owner=user_of(MEMBER))
        with (
            time_machine.travel(at, tick=False),
            pytest.raises(NotNow, match="Demand signal review FY26 W43 still runs"),
        ):
            room.begin_meeting(meeting=following, by=user_of(CHAIR))


class TestHeldLate:
    @pytest.fixture
    def missed(self, today, user_of) -> Meeting:
        """Nobody held it, so that the next one's agenda took its points along, and somebody wrote on them."""
        meeting = make_meeting(user_of, today, points=2)
        make_flag(
            make_campaign(name="Glow", submitted_at=NOW - timedelta(days=90)),
            make_product(sku="CREW"),
            opened_at=NOW,
            decide_by_date=today + timedelta(days=60),
        )
        write_agenda(meeting=meeting, day=today)
        point = point_of(meeting, 1)
        room.note_on_point(point=point, by=user_of(MEMBER), notes="They ship on Monday.")
        later = today + timedelta(days=3)
        set_today(later)
        write_agendas(later)
        taken = AgendaPoint.objects.get(title="Point 1", carried_from=point)
        room.note_on_point(point=taken, by=user_of(MEMBER), notes=f"{taken.notes}\nBy air.")
        add_point(meeting=taken.meeting, by=user_of(MEMBER), title="For the next one")
        return meeting

    def test_it_has_its_points_back_with_what_was_written_since(self, missed, user_of):
        following = missed.series.meetings.all()[1]
        assert {point.source for point in following.points.all()} == {
            PointSource.PEOPLE,
            PointSource.FLAG_OPENED,
        }
        room.begin_meeting(meeting=missed, by=user_of(CHAIR))
        assert [point.title for point in following.points.all()] == ["For the next one"]
        assert [point.title.split(":")[0] for point in missed.points.all()] == ["Glow", "Point 1", "Point 2"]
        assert point_of(missed, 1).notes == "They ship on Monday.\nBy air."

    def test_what_it_leaves_open_goes_on_once_more(self, missed, today, user_of):
        following, chair = missed.series.meetings.all()[1], user_of(CHAIR)
        room.begin_meeting(meeting=missed, by=chair)
        room.finish_point(point=point_of(missed, 1), by=chair)
        room.close_meeting(meeting=missed, by=chair, summary="")
        write_agendas(today + timedelta(days=3))
        assert open_agendas_with("Point 1") == []
        assert open_agendas_with("Point 2") == [following]

    def test_moved_to_a_day_that_comes_it_has_them_back_in_the_night(self, missed, today, user_of):
        starts_at = datetime(2026, 11, 26, 8, tzinfo=UTC)
        timetable.move_meeting(meeting=missed, by=user_of(CHAIR), starts_at=starts_at, place="")
        write_agendas(today + timedelta(days=4))
        assert open_agendas_with("Point 1") == [missed]

    def test_its_agenda_is_not_brought_up_to_date_while_the_next_one_has_its_points(self, missed, client_of):
        answer = client_of(MEMBER).post(f"/meetings/{missed.pk}/refresh/", follow=True)
        assert "Nobody held it on its day" in answer.text
        assert missed.series.meetings.all()[1].points.filter(title="Point 1").exists()


def test_a_meeting_that_comes_later_is_written_once_the_one_before_is_over(today, user_of, client_of):
    later = make_series(user_of).meetings.all()[1]
    make_flag(make_campaign(submitted_at=NOW), make_product(), opened_at=NOW)
    answer = client_of(MEMBER).post(f"/meetings/{later.pk}/refresh/", follow=True)
    assert "It writes itself once Demand signal review FY26 W43 is over." in answer.text
    assert not AgendaPoint.objects.exists()
