"""What stands around every page."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory
from django.urls import reverse

from sop_site.access.roles import Role
from sop_site.context import MENU, frame, navigation


def labels(request) -> list[str]:
    return [item.label for group in navigation(request) for item in group]


def request_of(user, path: str = "/"):
    request = RequestFactory().get(path)
    request.user = user
    return request


def test_every_entry_of_the_menu_leads_somewhere() -> None:
    for entries in MENU:
        for entry in entries:
            assert reverse(entry.url_name).startswith("/")


@pytest.mark.parametrize("role", list(Role))
def test_only_administrators_are_offered_people(role: Role, user_of) -> None:
    offered = labels(request_of(user_of(role)))
    assert ("People" in offered) == (role is Role.ADMINISTRATOR)
    assert offered[:3] == ["Home", "Bridge", "Calendar"]


def test_nobody_is_offered_anything_before_signing_in() -> None:
    assert navigation(request_of(AnonymousUser())) == []
    assert navigation(RequestFactory().get("/")) == [], "an error before the session was read"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/campaigns/", [("Campaigns", "page")]),
        ("/campaigns/7/edit/", [("Campaigns", "true")]),
        ("/", [("Home", "page")]),
        ("/notifications/", []),
    ],
)
def test_the_place_where_one_is_carries_a_mark(path: str, expected: list[tuple[str, str]], user_of) -> None:
    groups = navigation(request_of(user_of(Role.EXECUTIVE), path))
    marked = [(item.label, item.current) for group in groups for item in group if item.current]
    assert marked == expected


def test_a_fragment_that_shows_no_frame_asks_the_database_nothing(
    user_of, today, django_assert_num_queries
) -> None:
    request = request_of(user_of(Role.EXECUTIVE))
    with django_assert_num_queries(0):
        context = frame(request)
    with django_assert_num_queries(1):
        assert context["business_day"]() == today
        assert context["business_day"]() == today
