"""People and roles: who may manage them, and that nobody locks everyone out."""

import pytest

from sop_site.access import domain
from sop_site.access.models import User
from sop_site.access.permissions import NotAllowed, NotNow
from sop_site.access.roles import ACTIONS, PERMISSIONS_OF_ROLE, Role

FACTS = {"username": "ada", "first_name": "Ada", "last_name": "Lovelace", "email": "", "job_title": "Planner"}


def test_an_administrator_adds_a_person_who_can_sign_in(client_of, client):
    response = client_of(Role.ADMINISTRATOR).post(
        "/people/new/",
        {**FACTS, "is_active": "on", "role": "planning_member", "password": "a-long-first-password"},
    )
    assert response.status_code == 302
    ada = User.objects.get(username="ada")
    assert ada.role == Role.PLANNING_MEMBER
    signed_in = client.post("/sign-in/", {"username": "ada", "password": "a-long-first-password"})
    assert (signed_in.status_code, signed_in.url) == (302, "/")


def test_a_short_password_is_refused_beside_its_field(client_of):
    response = client_of(Role.ADMINISTRATOR).post(
        "/people/new/", {**FACTS, "is_active": "on", "role": "executive", "password": "short"}
    )
    assert response.status_code == 200
    assert "at least 12 characters" in str(response.context["form"].errors["password"])
    assert not User.objects.filter(username="ada").exists()


def test_the_only_administrator_cannot_step_down(user_of):
    boss = user_of(Role.ADMINISTRATOR)
    with pytest.raises(NotNow):
        domain.change_person(user=boss, role=Role.EXECUTIVE, by=boss)
    assert User.objects.get(pk=boss.pk).role == Role.ADMINISTRATOR


def test_a_role_change_takes_the_old_rights_away(user_of):
    boss, planner = user_of(Role.ADMINISTRATOR), user_of(Role.PLANNING_MEMBER)
    domain.change_person(user=planner, role=Role.MERCHANDISING_MEMBER, by=boss)
    fresh = User.objects.get(pk=planner.pk)
    assert fresh.get_all_permissions() == PERMISSIONS_OF_ROLE[Role.MERCHANDISING_MEMBER]
    assert "planning.propose_remedy" not in fresh.get_all_permissions()


def test_an_inactive_person_may_do_nothing(user_of):
    planner = user_of(Role.PLANNING_LEAD)
    planner.is_active = False
    assert planner.get_all_permissions() == set()


@pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMINISTRATOR])
def test_nobody_else_manages_people(user_of, role):
    with pytest.raises(NotAllowed):
        domain.change_person(user=user_of(Role.EXECUTIVE), role=Role.ADMINISTRATOR, by=user_of(role))


def test_no_role_but_its_own_side_signs_for_a_large_risk():
    signers = {
        action.permission: action.roles for action in ACTIONS if action.permission.endswith("large_risk")
    }
    assert signers == {
        "planning.accept_large_risk": {Role.PLANNING_LEAD},
        "planning.co_sign_large_risk": {Role.MARKETING_LEAD},
    }


def test_the_demo_buttons_exist_in_demo_mode_alone(client, user_of, settings):
    user_of(Role.EXECUTIVE)
    assert client.post("/sign-in/demo/", {"role": "executive"}).status_code == 404
    settings.DEMO_MODE = True
    response = client.post("/sign-in/demo/", {"role": "executive"})
    assert (response.status_code, response.url) == (302, "/")
