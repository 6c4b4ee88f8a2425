"""Two who change one action at once: each change stays; where both changed the same, the second is asked."""

import re
from datetime import date, timedelta
from html import unescape

import pghistory
import pytest
from django.forms import ModelMultipleChoiceField

from scorecard.actions import domain
from scorecard.actions.choices import Priority
from scorecard.actions.domain import Changes
from scorecard.actions.models import Action
from scorecard.tests.actions.cases import GIVER, OWNER, give


def as_shown(page, name: str) -> dict[str, object]:
    """What a browser would send of a form of a page in which nothing was changed."""
    form = page.context[name]
    sent: dict[str, object] = {}
    for field in form:
        seen = re.findall(f'name="{field.html_initial_name}" value="([^"]*)"', page.text)
        is_multiple = isinstance(field.field, ModelMultipleChoiceField)
        sent[field.html_initial_name] = seen if is_multiple else unescape(seen[0])
        sent[field.html_name] = field.value()
    return sent


@pytest.fixture
def action(today, user_of) -> Action:
    return give(user_of, today, detail="First line.\n\nSecond line.", priority=Priority.LOW)


def facts(action: Action) -> tuple[str, str, str, date, int]:
    action.refresh_from_db()
    return (action.title, action.detail, action.owner.username, action.due_on, action.priority)


def test_only_what_was_changed_is_written(action, today, user_of, client_of):
    address = f"/actions/{action.pk}/change/"
    sent = as_shown(client_of(GIVER).get(action.get_absolute_url()), "change_form")
    later = today + timedelta(days=20)
    domain.change_action(
        action=action,
        by=user_of(OWNER),
        changes=Changes(due_on=later, owner=user_of(GIVER), detail="Another.", priority=Priority.HIGH),
    )
    assert client_of(GIVER).post(address, sent | {"title": "Ask once more"}).status_code == 302
    assert facts(action) == ("Ask once more", "Another.", GIVER.value, later, Priority.HIGH)
    assert action.times_moved == 1
    answer = client_of(GIVER).post(address, sent, follow=True)
    assert "Nothing was changed." in answer.text
    assert facts(action)[:4] == ("Ask once more", "Another.", GIVER.value, later)


def test_where_both_changed_the_same_the_second_sees_what_it_is_and_loses_nothing(
    action, today, user_of, client_of
):
    address, first_due_on = f"/actions/{action.pk}/change/", action.due_on
    sent = as_shown(client_of(GIVER).get(action.get_absolute_url()), "change_form")
    theirs, mine = today + timedelta(days=20), today + timedelta(days=12)
    changes = Changes(due_on=theirs, detail="Theirs.", title="Theirs")
    with pghistory.context():
        domain.change_action(action=action, by=user_of(OWNER), changes=changes)
    sent |= {"due_on": mine.isoformat(), "detail": "Mine.\nTwice.", "priority": "1"}
    answer = client_of(GIVER).post(address, sent)
    form = answer.context["change_form"]
    begins, ends = f"{user_of(OWNER)} has changed it meanwhile: it is", "Send yours again to have it instead."
    assert form.errors == {
        "due_on": [f"{begins} Sat 12 Dec now. {ends}"],
        "detail": [f"{begins} “Theirs.” now. {ends}"],
    }
    assert facts(action) == ("Theirs", "Theirs.", OWNER.value, theirs, Priority.LOW)
    again = as_shown(answer, "change_form")
    assert (again["title"], again["due_on"], again["detail"]) == ("Theirs", mine.isoformat(), "Mine.\nTwice.")
    client_of(GIVER).post(address, again)
    assert facts(action) == ("Theirs", "Mine.\nTwice.", OWNER.value, mine, Priority.HIGH)
    assert action.first_due_on == first_due_on


def test_the_same_change_by_two_is_no_conflict(action, user_of, client_of):
    address = f"/actions/{action.pk}/change/"
    sent = as_shown(client_of(GIVER).get(action.get_absolute_url()), "change_form")
    domain.change_action(action=action, by=user_of(OWNER), changes=Changes(title="Call"))
    assert client_of(GIVER).post(address, sent | {"title": "Call"}).status_code == 302
    assert facts(action)[0] == "Call"


def test_what_others_made_it_wait_for_meanwhile_stays(action, today, user_of, client_of):
    one, two, three, four = (give(user_of, today, title=str(number)) for number in range(1, 5))
    domain.set_blockers(action=action, by=user_of(OWNER), blocked_by=[one, two])
    address = f"/actions/{action.pk}/blockers/"
    sent = as_shown(client_of(GIVER).get(action.get_absolute_url()), "blockers_form")
    domain.set_blockers(action=action, by=user_of(OWNER), blocked_by=[one, three])
    client_of(GIVER).post(address, sent | {"blocked_by": [two.pk, four.pk]})
    assert set(action.blocked_by.all()) == {three, four}
