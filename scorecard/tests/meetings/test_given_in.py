"""An action leads to the meeting in which it was given."""

from scorecard.meetings.choices import MeetingStatus
from scorecard.meetings.domain import room
from scorecard.tests.actions.cases import give
from scorecard.tests.meetings.cases import CHAIR, MEMBER, make_meeting, point_of


def test_an_action_leads_to_the_meeting_in_which_it_was_given(today, user_of, client_of):
    meeting = make_meeting(user_of, today, MeetingStatus.RUNNING, points=1)
    point, member = point_of(meeting, 1), user_of(MEMBER)
    given = room.give_action_on(
        point=point, by=user_of(CHAIR), title="Tell the doors", owner=member, due_on=today
    )
    address = f"/actions/{given.pk}/meetings/"
    assert f'hx-get="{address}"' in client_of(MEMBER).get(given.get_absolute_url()).text
    link = f'<a href="{meeting.get_absolute_url()}#point-{point.pk}">{meeting}</a>'
    page = client_of(MEMBER).get(address).text
    fragment = client_of(MEMBER).get(address, headers={"HX-Request": "true"}).text
    assert [(link in text, "<html" in text) for text in (page, fragment)] == [(True, True), (True, False)]
    elsewhere = client_of(MEMBER).get(f"/actions/{give(user_of, today).pk}/meetings/").text
    assert "It was given in no meeting." in elsewhere
