"""Fixtures that every test may use; the top conftest.py registers them once Django is set up."""

from collections.abc import Callable
from datetime import date

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from sop_site.access.models import RoleAssignment, User
from sop_site.access.roles import Role
from sop_site.clock import set_today

TODAY = date(2026, 11, 22)


@pytest.fixture
def today(db) -> date:
    """The business date is held at Sunday 2026-11-22, the first day of FY26 W43."""
    set_today(TODAY)
    return TODAY


@pytest.fixture
def user_of(db) -> Callable[[Role], User]:
    """Makes a person who holds one role; asked again for the same role, the same person."""

    def make(role: Role) -> User:
        user, created = User.objects.get_or_create(username=role.value, defaults={"first_name": role.label})
        if created:
            RoleAssignment.objects.create(user=user, group=Group.objects.get(name=role.value))
        return user

    return make


@pytest.fixture
def client_of(user_of) -> Callable[[Role], Client]:
    """Makes a browserless client that is signed in as a person of the role."""

    def make(role: Role) -> Client:
        client = Client()
        client.force_login(user_of(role))
        return client

    return make
