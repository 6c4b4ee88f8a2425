"""What people put on an agenda is changed or withdrawn by them or the chair until it is talked about."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.urls import reverse

from marketing.tests.factories import NOW
from scorecard.meetings.choices import MeetingStatus, PointSource
from scorecard.meetings.domain import room
from scorecard.meetings.domain.agenda import write_agenda
from scorecard.meetings.domain.points import PointFacts, add_point, change_point, withdraw_point
from scorecard.meetings.models import AgendaPoint, Meeting
from scorecard.meetings.queries import meeting_page
from scorecard.tests.meetings.cases import CHAIR, MEMBER, make_meeting, point_of
from sop_site.access.permissions import NotAllowed, NotNow
from sop_site.access.roles import Role
from sop_site.tests.test_every_address import CHAIRS

pytestmark = pytest.mark.django_db
FACTS = PointFacts("Do we shift to blue?", "Navy is short until May.", 10)


def changed(point: AgendaPoint, by, facts: PointFacts = FACTS) -> AgendaPoint:
    """By somebody who saw what stands there."""
    seen = PointFacts.of(AgendaPoint.objects.get(pk=point.pk)).mark
    return change_point(point=point, by=by, facts=facts, seen=seen)


@pytest.mark.parametrize("role", list(Role))
def test_is_changed_by_who_put_it_there_and_by_who_may_chair(role, today, user_of):
    meeting = make_meeting(user_of, today, points=1)
    point, by = point_of(meeting, 1), user_of(role)
    allowed = role == MEMBER or role in CHAIRS
    (row,) = meeting_page(meeting, by, today).points
    assert (row.may_change, row.is_untouched) == (allowed, True)
    for act in (lambda: changed(point, by), lambda: withdraw_point(point=point, by=by)):
        if allowed:
            act()
        else:
            with pytest.raises(NotAllowed):
                act()
    point.refresh_from_db()
    assert (PointFacts.of(point) == FACTS, point.is_gone) == (allowed, allowed)


@pytest.mark.parametrize("touch", ["up", "noted", "parked", "done", "withdrawn", "looked at"])
def test_stays_as_it_stands_once_it_was_touched(touch, today, user_of):
    meeting, chair = make_meeting(user_of, today, MeetingStatus.RUNNING, points=2), user_of(CHAIR)
    first, point = point_of(meeting, 1), point_of(meeting, 2)
    match touch:
        case "up":
            point = first
        case "noted":
            room.note_on_point(point=point, by=chair, notes="Navy.")
        case "parked":
            room.park_point(point=point, by=chair)
        case "done":
            room.finish_point(point=point, by=chair)
        case "withdrawn":
            withdraw_point(point=point, by=chair)
        case "looked at":
            room.go_to_point(point=point, by=chair)
            Meeting.objects.filter(pk=meeting.pk).update(current_since=NOW - timedelta(minutes=5))
            room.go_to_point(point=first, by=chair)
    row = next(
        row
        for row in meeting_page(Meeting.objects.get(pk=meeting.pk), chair, today).points
        if row.point == point
    )
    assert row.is_untouched is False
    for act in (lambda: changed(point, chair), lambda: withdraw_point(point=point, by=chair)):
        with pytest.raises(NotNow, match="stays as it stands"):
            act()


def test_of_a_meeting_that_is_over_stays_too(today, user_of):
    point = point_of(make_meeting(user_of, today, MeetingStatus.CLOSED, points=1), 1)
    with pytest.raises(NotNow, match="nothing changes in it any more"):
        changed(point, user_of(CHAIR))


def test_whoever_comes_second_is_told_what_stands_there(today, user_of):
    point = point_of(make_meeting(user_of, today, points=1), 1)
    seen = PointFacts.of(point).mark
    changed(point, user_of(CHAIR))
    with pytest.raises(NotNow, match=r"it says “Do we shift to blue\?”, 10 min, now"):
        change_point(point=point, by=user_of(MEMBER), facts=replace(FACTS, title="Mine"), seen=seen)
    assert PointFacts.of(AgendaPoint.objects.get(pk=point.pk)) == FACTS


def test_the_chair_plans_the_minutes_of_what_the_data_put_there_and_nothing_else(today, user_of):
    meeting, chair = make_meeting(user_of, today, points=1), user_of(CHAIR)
    AgendaPoint.objects.update(source=PointSource.OPEN_ACTION, source_key="open")
    point = point_of(meeting, 1)
    standing = PointFacts.of(point)
    with pytest.raises(NotAllowed):
        changed(point, user_of(MEMBER), replace(standing, planned_minutes=2))
    with pytest.raises(NotNow, match="Its words are the data’s"):
        changed(point, chair)
    with pytest.raises(NotNow, match="It goes by itself"):
        withdraw_point(point=point, by=chair)
    assert changed(point, chair, replace(standing, planned_minutes=2)).planned_minutes == 2


def test_what_was_withdrawn_is_left_to_no_meeting_and_may_be_put_there_again(today, user_of):
    meeting, chair = make_meeting(user_of, today, MeetingStatus.RUNNING, points=2), user_of(CHAIR)
    withdraw_point(point=point_of(meeting, 2), by=chair)
    page = meeting_page(meeting, chair, today)
    assert [(row.gone_words, row.is_left) for row in page.points] == [("", True), ("Withdrawn", False)]
    add_point(meeting=meeting, by=user_of(MEMBER), title="Point 2")
    room.close_meeting(meeting=meeting, by=chair, summary="")
    following = write_agenda(meeting=meeting.series.meetings.all()[1], day=today)
    assert [point.title for point in following.points.all()] == ["Point 1", "Point 2"]


class TestThePage:
    def test_changes_and_withdraws(self, today, user_of, client_of):
        meeting = make_meeting(user_of, today, points=1)
        point, client = point_of(meeting, 1), client_of(MEMBER)
        address = reverse("meetings:change_point", args=[point.pk])
        assert f'href="{address}"' in client.get(meeting.get_absolute_url()).text
        form = client.get(address).context["form"]
        answer = client.post(address, {**form.initial, "title": "Navy is short", "planned_minutes": 7})
        assert answer.status_code == 302
        point.refresh_from_db()
        assert PointFacts.of(point) == PointFacts("Navy is short", "", 7)
        assert client.post(reverse("meetings:withdraw_point", args=[point.pk])).status_code == 302
        answer = client.get(address, follow=True)
        assert [str(message) for message in answer.context["messages"]] == [
            "It is changed.",
            "Withdrawn: no meeting takes it up.",
            "It was taken up, parked or withdrawn already, and stays as it stands.",
        ]
        assert "Withdrawn" in answer.text

    def test_keeps_what_was_typed_and_takes_it_when_it_is_sent_again(self, today, user_of, client_of):
        point = point_of(make_meeting(user_of, today, points=1), 1)
        client, address = client_of(MEMBER), reverse("meetings:change_point", args=[point.pk])
        typed = {**client.get(address).context["form"].initial, "title": "Navy is short"}
        changed(point, user_of(CHAIR))
        form = client.post(address, typed).context["form"]
        assert form.non_field_errors() == [
            "Somebody changed it meanwhile: it says “Do we shift to blue?”, 10 min, now. "
            "Send yours again to have it instead."
        ]
        again = {name: form[name].value() for name in form.fields}
        assert again["title"] == "Navy is short"
        assert client.post(address, again).status_code == 302
        assert AgendaPoint.objects.get(pk=point.pk).title == "Navy is short"

    def test_of_what_the_data_put_there_asks_for_minutes_alone(self, today, user_of, client_of):
        point = point_of(make_meeting(user_of, today, points=1), 1)
        AgendaPoint.objects.update(source=PointSource.OPEN_ACTION, source_key="open")
        answer = client_of(CHAIR).get(reverse("meetings:change_point", args=[point.pk]))
        assert list(answer.context["form"].fields) == ["planned_minutes", "seen"]
        assert "Withdraw the point" not in answer.text
