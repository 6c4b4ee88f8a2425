"""The lists of actions: what they are narrowed to, in which order they stand, and what a row says."""

from datetime import timedelta

import pytest
from django.utils.http import urlencode

from marketing.tests.factories import make_campaign
from scorecard.about.about import About
from scorecard.about.choices import AboutKind
from scorecard.actions import domain
from scorecard.actions.choices import Priority
from scorecard.meetings.domain.points import add_point
from scorecard.tests.actions.cases import GIVER, OWNER, give
from scorecard.tests.meetings.cases import make_meeting, point_of
from sop_site.access.roles import Role


@pytest.fixture
def rows(client_of):
    """The titles of a list as a page shows them, asked for by words of its address."""

    def titles(**asked) -> list[str]:
        page = client_of(GIVER).get(f"/actions/?{urlencode({'of': 'open'} | asked)}")
        return [row.record.title for row in page.context["table"].paginated_rows]

    return titles


def test_is_narrowed_by_words_owner_priority_and_what_it_is_about(today, user_of, rows):
    about = About(AboutKind.CAMPAIGN, str(make_campaign().pk))
    give(user_of, today, title="Call the mill", detail="About the late fabric.", about=about)
    give(user_of, today, title="Call the agency", priority=Priority.HIGH, owner=user_of(GIVER))
    assert rows(q="CALL fabric") == ["Call the mill"]
    assert rows(q="call", owner=user_of(GIVER).pk) == ["Call the agency"]
    assert rows(priority=Priority.HIGH) == ["Call the agency"]
    assert rows(about=AboutKind.CAMPAIGN) == ["Call the mill"]
    assert rows(q="mill agency") == []


def test_what_is_not_on_a_list_is_looked_for_among_all_that_are_open(today, user_of, client_of):
    give(user_of, today, title="Call the mill")
    text = client_of(GIVER).get("/actions/?of=mine&q=mill").text
    assert ("Nothing matches" in text, 'href="/actions/?of=open&amp;q=mill"' in text) == (True, True)


def test_is_narrowed_by_the_meeting_in_which_they_were_given(today, user_of, rows):
    one, other = give(user_of, today, title="One"), give(user_of, today, title="Other")
    give(user_of, today, title="In none")
    meeting = make_meeting(user_of, today, points=2)
    for number in (1, 2):
        point_of(meeting, number).actions.add(one)
    later = meeting.series.meetings.latest("starts_at")
    add_point(meeting=later, by=user_of(OWNER), title="Point 1").actions.add(other)
    assert rows(meeting=meeting.pk) == ["One"]
    assert rows(meeting=later.pk) == ["Other"]


def test_is_sorted_by_each_column_either_way(today, user_of, rows):
    facts = [("B", 9, Priority.LOW, GIVER), ("A", 8, Priority.HIGH, OWNER), ("C", 7, Priority.NORMAL, GIVER)]
    for title, days, priority, owner in facts:
        due_on = today + timedelta(days=days)
        give(user_of, today, title=title, due_on=due_on, priority=priority, owner=user_of(owner))
    assert rows() == ["C", "A", "B"]
    orders = {"title": "ABC", "due_on": "CAB", "priority": "ACB", "owner": "ACB"}
    assert {column: "".join(rows(sort=column)) for column in orders} == orders
    assert {column: "".join(rows(sort=f"-{column}")) for column in orders} == {
        column: order[::-1] for column, order in orders.items()
    }


def test_a_row_says_what_it_waits_for_in_a_number_of_queries_that_does_not_grow(
    today, user_of, client_of, statements_sent
):
    page = client_of(GIVER)
    counted = []
    for count in (1, 3):
        for number in range(count):
            first, open_one, closed = (
                give(user_of, today, title=f"{word} {number}") for word in ("A", "B", "C")
            )
            domain.finish_action(action=closed, by=user_of(OWNER))
            domain.set_blockers(action=first, by=user_of(GIVER), blocked_by=[open_one, closed])
        with statements_sent() as sent:
            text = page.get("/actions/?of=waiting").text
        counted.append(len(sent))
    assert counted[0] == counted[1]
    assert f'waits for <a href="{open_one.get_absolute_url()}">B 2</a> ({user_of(OWNER)})</span>' in text


def test_a_day_on_which_nobody_works_is_taken_with_a_word(today, user_of, client_of):
    saturday = today + timedelta(days=6)
    sent = {"title": "Call", "owner": user_of(OWNER).pk, "due_on": saturday.isoformat(), "priority": 2}
    answer = client_of(GIVER).post("/actions/new/", sent, follow=True)
    said = [str(message) for message in answer.context["messages"]]
    assert said == [f"{user_of(OWNER)} is asked to do it. Sat 28 Nov is no working day."]
    assert "no working day</span>" in client_of(GIVER).get("/actions/?of=open").text


def test_a_bulk_change_that_was_refused_leads_on_to_its_list(today, user_of, client_of):
    give(user_of, today)
    answer = client_of(GIVER).post("/actions/change/?of=open&sort=title", {})
    assert "Choose at least one action." in answer.text
    assert client_of(GIVER).get("/actions/change/?of=open&sort=-title").url == "/actions/?of=open&sort=-title"
    assert client_of(Role.ADMINISTRATOR).get("/actions/change/").status_code == 403
