"""What forms of actions take, and where they lead back to."""

from datetime import timedelta

import pytest

from scorecard.actions.models import Action
from scorecard.actions.queries import Which
from scorecard.tests.actions.cases import GIVER, OWNER, give
from sop_site.access.roles import Role


def facts(user_of, due_on, **more) -> dict[str, object]:
    owner = user_of(GIVER).pk
    return {"title": "Call", "owner": owner, "due_on": due_on.isoformat(), "priority": 2, **more}


@pytest.mark.parametrize(
    ("days", "words"), [(-1, "That day has passed."), (9_000, "more than two years off")]
)
def test_a_date_that_cannot_be_meant_is_refused(days, words, today, user_of, client_of):
    due_on = today + timedelta(days=days)
    answer = client_of(GIVER).post("/actions/new/", facts(user_of, due_on))
    assert (words in answer.text, Action.objects.exists()) == (True, False)
    action = give(user_of, today)
    answer = client_of(GIVER).post(
        "/actions/change/?of=given", {"actions": action.pk, "due_on": due_on.isoformat(), "priority": ""}
    )
    assert words in answer.text


def test_an_overdue_action_is_changed_without_a_new_date(today, user_of, client_of):
    action = give(user_of, today, due_on=today - timedelta(days=3))
    client_of(GIVER).post(f"/actions/{action.pk}/change/", facts(user_of, action.due_on))
    action.refresh_from_db()
    assert (action.title, action.times_moved) == ("Call", 0)


@pytest.mark.parametrize("back", ["https://example.com/", "//example.com/", "nowhere", "/actions/?of=open"])
def test_a_form_leads_back_within_this_site_alone(back, today, user_of, client_of):
    answer = client_of(GIVER).post("/actions/new/", facts(user_of, today, back=back))
    own = Action.objects.get().get_absolute_url()
    assert answer.url == (back if back.startswith("/actions") else own)


def test_without_a_list_named_the_first_that_has_something_opens(today, user_of, client_of):
    def opened(role: Role, address: str = "/actions/") -> str:
        return client_of(role).get(address).context["which"]

    assert opened(OWNER) == Which.MINE
    give(user_of, today)
    roles = (OWNER, GIVER, Role.EXECUTIVE)
    assert [opened(role) for role in roles] == [Which.MINE, Which.GIVEN, Which.OPEN]
    assert opened(Role.EXECUTIVE, "/actions/?of=mine") == Which.MINE
