"""Fixtures that every test may use; the top conftest.py registers them once Django is set up."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import date
from unittest.mock import patch

import psycopg
import pytest
from django.contrib.auth.models import Group
from django.test import Client, TransactionTestCase, override_settings

from sop_site.access.models import RoleAssignment, User
from sop_site.access.roles import Role
from sop_site.clock import set_today
from sop_site.tests.first_rows import put_first_rows_back

TODAY = date(2026, 11, 22)


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Iterator[None]:
    """Hashing a password takes a third of a second on purpose; no test is about that."""
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


@pytest.fixture(scope="session", autouse=True)
def quick_undoing() -> Iterator[None]:
    """A test that commits is undone at its end, as ``first_rows`` says, and none has to be prepared for."""
    undo = patch.object(TransactionTestCase, "_fixture_teardown", lambda self: put_first_rows_back())
    with undo, patch.object(TransactionTestCase, "_fixture_setup", lambda: None):
        yield


@pytest.fixture
def today(db) -> date:
    """The business date is held at Sunday 2026-11-22, the first day of FY26 W43."""
    set_today(TODAY)
    return TODAY


def make_user(role: Role) -> User:
    """A person who holds one role; asked again for the same role, the same person."""
    user, created = User.objects.get_or_create(username=role.value, defaults={"first_name": role.label})
    if created:
        RoleAssignment.objects.create(user=user, group=Group.objects.get(name=role.value))
    return user


@pytest.fixture
def user_of(db) -> Callable[[Role], User]:
    """Makes a person who holds one role; asked again for the same role, the same person."""
    return make_user


@pytest.fixture
def client_of(user_of) -> Callable[[Role], Client]:
    """Makes a browserless client that is signed in as a person of the role."""

    def make(role: Role) -> Client:
        client = Client()
        client.force_login(user_of(role))
        return client

    return make


@pytest.fixture
def statements_sent(monkeypatch) -> Callable[[], AbstractContextManager[list[str]]]:
    """Makes a context whose list fills with every statement that is sent to the database in it.

    Django's own log of queries knows nothing of those that read and write whole columns.
    """
    sent: list[str] = []
    execute = psycopg.Cursor.execute

    def told(cursor: psycopg.Cursor, query: str, *arguments: object, **named: object) -> psycopg.Cursor:
        sent.append(query)
        return execute(cursor, query, *arguments, **named)

    monkeypatch.setattr(psycopg.Cursor, "execute", told)

    @contextmanager
    def listen() -> Iterator[list[str]]:
        before, found = len(sent), []
        yield found
        found.extend(sent[before:])

    return listen
