"""What forms of actions take, and where they lead back to."""

from datetime import timedelta

import pytest

from scorecard.actions.choices import ActionStatus
from scorecard.actions.models import Action
from scorecard.actions.queries import Which
from scorecard.tests.actions.cases import GIVER, OWNER, action_in, give
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


@pytest.mark.parametrize(("step", "status"), [("finish", "open"), ("drop", "open"), ("reopen", "done")])
def test_a_note_that_is_too_long_comes_back_beside_the_reason(step, status, today, user_of, client_of):
    action = action_in(ActionStatus(status), user_of, today)
    note = "word\r\n" * 469
    answer = client_of(GIVER).post(f"/actions/{action.pk}/{step}/", {"note": note})
    form = next(form for name, _, form in answer.context["moves"] if name == step)
    assert form.errors == {"note": ["At most 2,000 characters; this has 2,344."]}
    assert note.strip() in answer.text
    action = Action.objects.get()
    assert (action.status, action.comments.exists()) == (status, False)
    client_of(GIVER).post(f"/actions/{action.pk}/{step}/", {"note": "word\r\n" * 400})
    assert len(action.comments.get().text) == 1_999


def test_a_note_on_what_is_closed_meanwhile_may_still_be_said_as_a_comment(today, user_of, client_of):
    action = action_in(ActionStatus.DONE, user_of, today)
    answer = client_of(GIVER).post(f"/actions/{action.pk}/finish/", {"note": "The agency agreed."})
    assert "It is not open any more." in answer.text
    assert answer.context["comment_form"]["text"].value() == "The agency agreed."
