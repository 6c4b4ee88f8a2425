"""The room as pages and fragments: what a poll brings, and what a form of it answers."""

from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from marketing.tests.factories import NOW, make_campaign, make_product
from scorecard.about.about import About
from scorecard.about.choices import AboutKind
from scorecard.actions.domain import finish_action
from scorecard.actions.models import Action
from scorecard.meetings.choices import MeetingStatus, PointSource, PointStatus
from scorecard.meetings.data import data_of
from scorecard.meetings.domain import room
from scorecard.meetings.domain.points import add_point
from scorecard.meetings.forms import NotesForm
from scorecard.meetings.models import AgendaPoint, Attendance, Meeting, MeetingDecision
from scorecard.tests.meetings.cases import CHAIR, MEMBER, make_meeting, point_of
from scorecard.tests.signals.cases import hold, make_published, make_signal

HTMX = {"hx-request": "true"}


def running(user_of, today, points: int = 2) -> Meeting:
    return make_meeting(user_of, today, MeetingStatus.RUNNING, points=points)


def poll(client, meeting: Meeting, seen: str = ""):
    url = reverse("meetings:room", args=[meeting.pk])
    return client.get(url, {"seen": seen}, headers=HTMX)


class TestThePoll:
    def test_is_quiet_until_something_is_new(self, today, user_of, client_of):
        meeting, member = running(user_of, today), client_of(MEMBER)
        first = poll(member, meeting)
        seen = first.context["pulse"]
        assert [person.pk for person in first.context["present"]] == [user_of(MEMBER).pk]
        assert poll(member, meeting, seen).status_code == 204

        room.note_on_point(point=point_of(meeting, 1), by=user_of(CHAIR), notes="They ship on Monday.")
        assert "They ship on Monday." in poll(member, meeting, seen).text

    def test_takes_nothing_for_seen_that_happened_while_its_person_was_noted(self, today, user_of, client_of):
        meeting, member, chair = running(user_of, today), client_of(MEMBER), user_of(CHAIR)
        parked = []

        def park_meanwhile(execute, sql, params, many, context):
            if "scorecard_attendance" in sql and sql.startswith("INSERT") and not parked:
                parked.append(room.park_point(point=point_of(meeting, 1), by=chair))
            return execute(sql, params, many, context)

        with connection.execute_wrapper(park_meanwhile):
            shown = poll(member, meeting)
        assert parked
        assert shown.context["page"].current.point == point_of(meeting, 2)

    def test_brings_who_comes_and_an_action_that_is_done_elsewhere(self, today, user_of, client_of):
        meeting, member, chair = running(user_of, today), client_of(MEMBER), user_of(CHAIR)
        action = room.give_action_on(
            point=point_of(meeting, 1), by=chair, title="Call them", owner=chair, due_on=today
        )
        seen = poll(member, meeting).context["pulse"]
        poll(client_of(CHAIR), meeting)
        came = poll(member, meeting, seen)
        assert len(came.context["present"]) == 2
        finish_action(action=action, by=chair)
        done = poll(member, meeting, came.context["pulse"])
        assert done.status_code == 200
        assert ">Done<" in done.text

    def test_says_who_is_here_and_who_is_away(self, today, user_of, client_of):
        meeting, member, chair = running(user_of, today), user_of(MEMBER), client_of(CHAIR)
        for seconds, here, away in ((70, 2, []), (80, 1, [member])):
            seen_at = timezone.now() - timedelta(seconds=seconds)
            Attendance.objects.update_or_create(
                meeting=meeting, user=member, defaults={"came_at": NOW, "last_seen_at": seen_at}
            )
            shown = poll(chair, meeting)
            assert (len(shown.context["present"]), shown.context["away"]) == (here, away)
        assert f"{member}, away" in shown.text

    def test_leads_the_whole_page_on_when_the_meeting_is_over(self, today, user_of, client_of):
        meeting = running(user_of, today)
        room.close_meeting(meeting=meeting, by=user_of(CHAIR), summary="")
        address = meeting.get_absolute_url()
        for name in ("meetings:room", "meetings:projector", "meetings:room_forms"):
            url = reverse(name, args=[meeting.pk])
            assert client_of(MEMBER).get(url, headers=HTMX)["HX-Redirect"] == address
            assert client_of(MEMBER).get(url).url == address


def test_a_form_that_htmx_sends_is_answered_by_the_room_and_that_form_alone(today, user_of, client_of):
    meeting, member = running(user_of, today), client_of(MEMBER)
    point = point_of(meeting, 1)
    url = reverse("meetings:decide", args=[point.pk])

    refused = member.post(url, {"text": "", "owner": user_of(CHAIR).pk}, headers=HTMX)
    assert 'id="room-decide"' in refused.text
    assert "Say what was decided." in refused.text
    assert not MeetingDecision.objects.exists()

    # The chair has moved on; it is still decided on the point that the person wrote about.
    room.finish_point(point=point, by=user_of(CHAIR))
    answer = member.post(url, {"text": "Start a week later.", "owner": user_of(CHAIR).pk}, headers=HTMX)
    assert "Start a week later." not in answer.text.partition('id="room-decide"')[2].partition("</form>")[0]
    assert 'id="room-action"' not in answer.text
    assert "The decision is written down." in answer.text
    assert MeetingDecision.objects.get().point == point


def test_without_script_a_form_leads_back_into_the_room(today, user_of, client_of):
    meeting, member = running(user_of, today), client_of(MEMBER)
    url = reverse("meetings:add_point_now", args=[meeting.pk])
    assert "Say what is to be talked about." in member.post(url, {"planned_minutes": 5}).text
    answer = member.post(url, {"title": "The weather", "planned_minutes": 5}, follow=True)
    assert answer.redirect_chain == [(reverse("meetings:room", args=[meeting.pk]), 302)]
    assert "The weather" in answer.text


def test_an_action_given_in_the_room_is_about_what_the_point_is_about(today, user_of, client_of):
    meeting, chair = make_meeting(user_of, today), user_of(CHAIR)
    about = About(AboutKind.CAMPAIGN, str(make_campaign().pk))
    point = add_point(meeting=meeting, by=chair, title="Holiday", about=about)
    room.open_meeting(meeting=meeting, by=chair)
    facts = {
        "action-title": "Tell the stores",
        "action-owner": user_of(MEMBER).pk,
        "action-due_on": (today + timedelta(days=3)).isoformat(),
        "action-priority": "2",
    }
    url = reverse("meetings:give_action", args=[point.pk])
    assert "Tell the stores" in client_of(MEMBER).post(url, facts, headers=HTMX).text
    assert About.of(Action.objects.get()) == about


def test_a_demand_signal_is_talked_about_over_its_weeks(today, user_of, client_of):
    crew = make_product()
    hold({crew: (31.0, 42.0)}, version=make_published(), unmet=7.0)
    meeting, about = make_meeting(user_of, today), About(AboutKind.SIGNAL, str(make_signal(crew).pk))
    point = AgendaPoint.objects.create(
        meeting=meeting,
        source=PointSource.SIGNAL,
        source_key=about.key,
        title="It sells below its forecast",
        place=1,
        planned_minutes=2,
        added_at=NOW,
        **about.columns,
    )
    data = data_of(point, today)
    assert [[cell.words for cell in row] for row in data.rows] == [["FY26 W42", "31", "42", "7"]]


def test_notes_that_two_people_write_at_once_are_both_kept(today, user_of, client_of):
    meeting = running(user_of, today)
    point = point_of(meeting, 1)
    url = reverse("meetings:notes", args=[point.pk])
    client_of(CHAIR).post(url, {"notes": "They ship on Monday.\r\nBy air.", "seen": ""}, headers=HTMX)

    answer = client_of(MEMBER).post(url, {"notes": "It costs 1.50 a unit.", "seen": ""}, headers=HTMX)
    assert "Somebody else wrote here meanwhile." in answer.text
    form = answer.context["part"].form
    both = "They ship on Monday.\nBy air.\nIt costs 1.50 a unit."
    assert (form["notes"].value(), form["seen"].value()) == (both, "They ship on Monday.\nBy air.")

    client_of(MEMBER).post(url, {name: form[name].value() for name in ("notes", "seen")}, headers=HTMX)
    point.refresh_from_db()
    assert point.notes == both


@pytest.mark.parametrize(
    ("seen", "mine", "theirs", "both"),
    [
        ("", "Mine", "Theirs", "Theirs|Mine"),
        ("Old", "Old|Mine", "Old|Theirs", "Old|Theirs|Mine"),
        ("Old|Wrong", "Old|Right", "Old|Wrong|Theirs", "Old|Theirs|Right"),
        ("Old", "Old|Mine", "Old|Mine|Theirs", "Old|Mine|Theirs"),
        ("Old", "", "Old|Theirs", "Theirs"),
    ],
)
def test_what_others_wrote_is_kept_and_ones_own_stands_once(seen, mine, theirs, both):
    lines = {name: text.replace("|", "\n") for name, text in (("notes", mine), ("seen", seen))}
    form = NotesForm(lines)
    assert form.is_valid()
    refused = form.with_words_of_others(theirs.replace("|", "\n"))
    assert refused["notes"].value() == both.replace("|", "\n")


def test_the_chair_moves_on_and_the_forms_follow(today, user_of, client_of):
    meeting, chair = running(user_of, today, points=2), client_of(CHAIR)
    first, second = point_of(meeting, 1), point_of(meeting, 2)
    answer = chair.post(reverse("meetings:park_point", args=[first.pk]), headers=HTMX)
    assert f'data-point="{second.pk}"' in answer.text
    first.refresh_from_db()
    assert first.status == PointStatus.PARKED
    forms = client_of(MEMBER).get(reverse("meetings:room_forms", args=[meeting.pk]), headers=HTMX)
    assert reverse("meetings:decide", args=[second.pk]) in forms.text
    assert "Close the meeting" not in forms.text
