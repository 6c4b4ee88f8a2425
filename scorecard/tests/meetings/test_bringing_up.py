"""Bringing a thing up in the next weekly review, from its own page."""

import pytest
from django.db import transaction

from marketing.tests.factories import make_campaign
from planning.tests.waiting import sessions_that_wait, threads, until
from scorecard.about.about import About
from scorecard.about.choices import AboutKind
from scorecard.meetings.domain.points import bring_up
from scorecard.meetings.domain.timetable import locked
from scorecard.meetings.models import AgendaPoint
from scorecard.tests.meetings.cases import CHAIR, MEMBER, make_meeting
from sop_site.access.models import User


def test_puts_it_on_the_agenda_once_and_leads_back(today, user_of, client_of):
    meeting, campaign = make_meeting(user_of, today), make_campaign(name="Glow")
    told = []
    for facts in ({"title": "", "back": "/campaigns/?q=glow"}, {"back": "//example.com/"}):
        answer = client_of(MEMBER).post(f"/bring-up/campaign/{campaign.pk}/", facts, follow=True)
        told.append((answer.redirect_chain[0][0], [str(message) for message in answer.context["messages"]]))
    assert told == [
        ("/campaigns/?q=glow", [f"It is on the agenda of {meeting}."]),
        (campaign.get_absolute_url(), [f"It stands on the agenda of {meeting} already."]),
    ]
    point = AgendaPoint.objects.get()
    assert (point.title, About.of(point)) == ("Glow", About(AboutKind.CAMPAIGN, str(campaign.pk)))


@pytest.mark.parametrize(
    ("title", "why"),
    [("\x00", "Null characters are not allowed."), ("x" * 301, "at most 300 characters (it has 301)")],
)
def test_what_cannot_be_kept_stands_there_as_it_was_typed(title, why, today, user_of, client_of):
    make_meeting(user_of, today)
    campaign = make_campaign()
    answer = client_of(MEMBER).post(
        f"/bring-up/campaign/{campaign.pk}/", {"title": title, "back": "/campaigns/"}
    )
    assert why in answer.text
    assert (answer.context["form"]["title"].value(), answer.context["back"]) == (title, "/campaigns/")
    assert not AgendaPoint.objects.exists()


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_of_two_people_who_press_at_once_one_is_told_that_it_stands_there(today, user_of):
    meeting, about = make_meeting(user_of, today), About(AboutKind.CAMPAIGN, str(make_campaign().pk))
    people = [user_of(CHAIR), user_of(MEMBER)]

    def press(by: User) -> AgendaPoint | None:
        return bring_up(meeting=meeting, by=by, title="Too late?", about=about)

    with threads(2) as start:
        with transaction.atomic():
            locked(meeting)
            both = [start(press, by) for by in people]
            until(lambda: sessions_that_wait() == 2, seconds=10, what="both wait for the meeting")
        points = [one.result(timeout=20) for one in both]
    made = AgendaPoint.objects.get()
    assert sorted(points, key=bool) == [None, made]
