"""A meeting from its planning to its close: every state × step × role, and what is kept of it."""

from contextlib import nullcontext
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import transaction

from marketing.tests.factories import make_campaign, make_product
from scorecard.about.about import About
from scorecard.about.choices import AboutKind
from scorecard.actions.models import Action
from scorecard.meetings.choices import MeetingStatus as Status
from scorecard.meetings.choices import PointStatus
from scorecard.meetings.domain import room, timetable
from scorecard.meetings.domain.points import add_point, order_points
from scorecard.meetings.models import Meeting, MeetingDecision
from scorecard.reviews.domain import ask_decision
from scorecard.tests.meetings.cases import CHAIR, MEMBER, make_meeting, point_of
from scorecard.tests.signals.cases import make_signal
from sop_site.access.permissions import NotAllowed, NotNow
from sop_site.access.roles import HEADS, PLANNING, Role
from sop_site.fiscal import FiscalPeriod, PeriodKind

CHAIRS = HEADS | {Role.EXECUTIVE, CHAIR}
STEPS = {
    "open": lambda meeting, by: room.open_meeting(meeting=meeting, by=by),
    "close": lambda meeting, by: room.close_meeting(meeting=meeting, by=by, summary=""),
    "take_back": lambda meeting, by: room.take_back_opening(meeting=meeting, by=by),
    "cancel": lambda meeting, by: timetable.cancel_meeting(meeting=meeting, by=by, note="because"),
    "restore": lambda meeting, by: timetable.restore_meeting(meeting=meeting, by=by),
}
# (step, from this state) → to that state, for those who may chair it. All else is not now.
ALLOWED = {
    ("open", Status.PLANNED): Status.RUNNING,
    ("close", Status.RUNNING): Status.CLOSED,
    ("take_back", Status.RUNNING): Status.PLANNED,
    ("cancel", Status.PLANNED): Status.CANCELLED,
    ("restore", Status.CANCELLED): Status.PLANNED,
}


@pytest.mark.parametrize("status", list(Status))
def test_every_step_in_every_state_by_every_role(status, today, user_of):
    meeting = make_meeting(user_of, today, status)
    found, expected, offered, on_offer = {}, {}, {}, {}
    for role in Role:
        moves = meeting.get_available_user_status_transitions(user_of(role))
        offered[role] = {move.name for move in moves}
        on_offer[role] = {step for step, source in ALLOWED if source == status and role in CHAIRS}
        for step, do in STEPS.items():
            target = ALLOWED.get((step, status))
            before = transaction.savepoint()
            try:
                found[step, role] = do(meeting, user_of(role)).status
            except (NotNow, NotAllowed) as refusal:
                found[step, role] = type(refusal)
            transaction.savepoint_rollback(before)
            allowed = target if role in CHAIRS else NotAllowed
            expected[step, role] = NotNow if target is None else allowed
    assert found == expected
    assert offered == on_offer


@pytest.mark.parametrize("role", list(Role))
def test_who_takes_part_adds_points_and_who_chairs_orders_them(role, today, user_of):
    meeting = make_meeting(user_of, today, points=2)
    by, first, second = user_of(role), point_of(meeting, 1), point_of(meeting, 2)

    def refused(act) -> bool:
        before = transaction.savepoint()
        try:
            act()
        except NotAllowed:
            return True
        finally:
            transaction.savepoint_rollback(before)
        return False

    takes_part, chairs = role != Role.ADMINISTRATOR, role in CHAIRS
    assert refused(lambda: add_point(meeting=meeting, by=by, title="Mine")) is not takes_part
    assert refused(lambda: room.note_on_point(point=first, by=by, notes="Said.")) is not takes_part
    order = [second.pk, first.pk]
    assert refused(lambda: order_points(meeting=meeting, by=by, point_ids=order)) is not chairs
    assert refused(lambda: room.park_point(point=first, by=by)) is not chairs


def version_of(meeting: Meeting) -> int:
    return Meeting.objects.get(pk=meeting.pk).version


class TestTheRoom:
    def test_opens_with_the_first_point_and_counts_the_time_on_each(self, today, user_of):
        meeting, chair = make_meeting(user_of, today, points=3), user_of(CHAIR)
        first, second, third = (point_of(meeting, number) for number in (1, 2, 3))
        with time_machine.travel(datetime(2026, 11, 24, 8, tzinfo=UTC), tick=False) as clock:
            assert room.open_meeting(meeting=meeting, by=chair).current_point == first
            clock.shift(timedelta(minutes=4))
            room.park_point(point=first, by=chair)
            clock.shift(timedelta(minutes=2))
            room.finish_point(point=second, by=chair)
            clock.shift(timedelta(minutes=1))
            room.go_to_point(point=first, by=chair)
            clock.shift(timedelta(minutes=3))
            closed = room.close_meeting(meeting=meeting, by=chair, summary=" Two of three. ")
        spent = [point_of(meeting, number).spent_seconds for number in (1, 2, 3)]
        assert spent == [420, 120, 60]
        assert [point_of(meeting, number).status for number in (1, 2, 3)] == [
            PointStatus.OPEN,
            PointStatus.DONE,
            PointStatus.OPEN,
        ]
        assert (closed.summary, closed.current_point, closed.closed_by) == ("Two of three.", None, chair)
        assert third.spent_seconds == 0

    def test_counts_its_version_on_with_everything_that_people_see(self, today, user_of):
        meeting, chair, member = make_meeting(user_of, today, points=1), user_of(CHAIR), user_of(MEMBER)
        first = point_of(meeting, 1)
        seen = [version_of(meeting)]
        for act in (
            lambda: room.open_meeting(meeting=meeting, by=chair),
            lambda: room.be_present(meeting=Meeting.objects.get(pk=meeting.pk), user=member),
            lambda: room.note_on_point(point=first, by=member, notes="They ship on Monday."),
            lambda: room.decide(point=first, by=member, text="Go.", owner=chair),
            lambda: room.give_action_on(
                point=first, by=member, title="Call them", owner=chair, due_on=today + timedelta(days=2)
            ),
            lambda: room.finish_point(point=first, by=chair),
            lambda: room.close_meeting(meeting=meeting, by=chair, summary=""),
        ):
            act()
            seen.append(version_of(meeting))
        assert seen == list(range(seen[0], seen[0] + 8))

    def test_somebody_who_stays_is_no_news(self, today, user_of):
        meeting = make_meeting(user_of, today, Status.RUNNING)
        came = room.be_present(meeting=meeting, user=user_of(MEMBER))
        version = version_of(meeting)
        still = room.be_present(meeting=meeting, user=user_of(MEMBER))
        assert (still.pk, still.came_at, version_of(meeting)) == (came.pk, came.came_at, version)
        assert still.last_seen_at > came.last_seen_at

    def test_is_written_in_only_while_it_runs(self, today, user_of):
        meeting = make_meeting(user_of, today, Status.CLOSED, points=1)
        point, member = point_of(meeting, 1), user_of(MEMBER)
        for act in (
            lambda: add_point(meeting=meeting, by=member, title="Late"),
            lambda: room.note_on_point(point=point, by=member, notes="Late."),
            lambda: room.decide(point=point, by=member, text="Late.", owner=member),
            lambda: room.be_present(meeting=meeting, user=member),
        ):
            with pytest.raises(NotNow):
                act()


class TestDecisions:
    def test_are_about_what_the_point_is_about(self, today, user_of):
        meeting, chair = make_meeting(user_of, today), user_of(CHAIR)
        about = About(AboutKind.CAMPAIGN, str(make_campaign().pk))
        point = add_point(meeting=meeting, by=chair, title="Holiday", about=about)
        room.open_meeting(meeting=meeting, by=chair)
        room.decide(
            point=point,
            by=user_of(MEMBER),
            text="Start a week later.",
            assumption="The receipt lands on the 3rd.",
            would_change_it="A second delay.",
            owner=user_of(Role.MARKETING_LEAD),
        )
        action = room.give_action_on(
            point=point, by=chair, title="Tell the stores", owner=user_of(MEMBER), due_on=today
        )
        decision = MeetingDecision.objects.get()
        assert (decision.text, decision.assumption, decision.would_change_it) == (
            "Start a week later.",
            "The receipt lands on the 3rd.",
            "A second delay.",
        )
        assert (decision.owner, decision.decided_by) == (user_of(Role.MARKETING_LEAD), user_of(MEMBER))
        assert {About.of(decision), About.of(Action.objects.get())} == {about}
        assert list(point.actions.all()) == [action]

    def test_on_a_question_of_the_review_is_recorded_there_too(self, today, user_of):
        executive = user_of(Role.EXECUTIVE)
        quarter = FiscalPeriod(2026, PeriodKind.QUARTER, 4)
        question = ask_decision(period=quarter, by=executive, question="Raise the threshold?")
        meeting = make_meeting(user_of, today, points=1)
        point = point_of(meeting, 1)
        point.question = question
        point.save()
        room.open_meeting(meeting=meeting, by=executive)
        room.decide(point=point, by=executive, text="Yes, to 1.2.", owner=executive)
        question.refresh_from_db()
        assert (question.decision, question.decided_by) == ("Yes, to 1.2.", executive)
        with pytest.raises(NotNow, match="has recorded this decision already"):
            room.decide(point=point, by=executive, text="No.", owner=executive)
        assert MeetingDecision.objects.count() == 1


@pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMINISTRATOR])
def test_who_may_decide_on_a_signal_decides_it_in_the_room_too(role, today, user_of, client_of):
    meeting, chair, by = make_meeting(user_of, today), user_of(CHAIR), user_of(role)
    signal = make_signal(make_product())
    about = About(AboutKind.SIGNAL, str(signal.pk))
    point = add_point(meeting=meeting, by=chair, title="It sells above its forecast", about=about)
    room.open_meeting(meeting=meeting, by=chair)
    refusal = "Decisions on demand signals are written down by Planning or the heads."
    may = role in PLANNING | HEADS
    forms = client_of(role).get(f"/meetings/{meeting.pk}/room/forms/", headers={"hx-request": "true"}).text
    assert ('id="room-decide"' in forms, refusal in forms) == (may, not may)
    with nullcontext() if may else pytest.raises(NotNow, match=refusal):
        room.decide(point=point, by=by, text="Raise it by a tenth.", owner=chair)
    signal.refresh_from_db()
    assert (signal.decided_by, MeetingDecision.objects.count()) == ((by, 1) if may else (None, 0))


def test_a_meeting_weeks_ahead_is_not_opened_by_mistake(today, user_of):
    later = make_meeting(user_of, today).series.meetings.all()[4]
    with pytest.raises(NotNow, match="more than four weeks ahead"):
        room.open_meeting(meeting=later, by=user_of(CHAIR))
