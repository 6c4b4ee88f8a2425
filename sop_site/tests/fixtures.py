"""Fixtures that every test may use; the top conftest.py registers them once Django is set up."""

from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import date

import psycopg
import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client, override_settings
from pytest_django.plugin import blocking_manager_key

from sop_site.access.models import RoleAssignment, User
from sop_site.access.roles import Role
from sop_site.clock import set_today

TODAY = date(2026, 11, 22)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(
    item: pytest.Item, nextitem: pytest.Item | None
) -> Generator[None, object, object]:
    """Put back what the migrations wrote once a transactional test has emptied the tables.

    Django does so only before the next transactional test, and relies on these running last; spread over
    two processes file by file, other tests follow them.
    """
    result = yield
    marker = item.get_closest_marker("django_db")
    if nextitem is not None and marker is not None and marker.kwargs.get("transaction"):
        with item.config.stash[blocking_manager_key].unblock():
            connection.creation.deserialize_db_from_string(connection._test_serialized_contents)
            connection.close()
    return result


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Iterator[None]:
    """Hashing a password takes a third of a second on purpose; no test is about that."""
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
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
