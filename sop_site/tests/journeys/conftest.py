"""A browser for journeys: the machine's Chromium, one context a person; the worker's scheduler."""

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connection, connections
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from sop_site.bench.chromium import QUIET
from sop_site.embedded.children import Child
from sop_site.embedded.places import Places
from sop_site.embedded.processes import MARK

if TYPE_CHECKING:  # Named alone, a folder's conftest is read before Django is set up.
    from sop_site.tests.journeys.world import World

DESK = {"width": 1440, "height": 900}
# Generous, for a machine that has other things to do; nothing waits longer than it must.
PATIENCE_MILLISECONDS = 20_000


@pytest.fixture(scope="session")
def browser(chromium: str | None, django_db_setup: None) -> Iterator[Browser]:
    """One browser process for all journeys of a run."""
    # Playwright's event loop runs in this thread from here on. Django would refuse the database beside a
    # loop, and would open a second connection there that knows nothing of the rows to restore after a test.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    ours = connections[DEFAULT_DB_ALIAS]
    expect.set_options(timeout=PATIENCE_MILLISECONDS)
    with sync_playwright() as playwright:
        connections[DEFAULT_DB_ALIAS] = ours
        started = playwright.chromium.launch(executable_path=chromium, args=[*QUIET])
        yield started
        started.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def visit(browser: Browser, live_server, client_of) -> Iterator[Callable[..., BrowserContext]]:
    """Opens a browser context at the live server, signed in as ``role``; the rest goes to the context.

    Whatever any page of it says as an error (a script that throws, an address that does not answer,
    something that the content security policy refuses) fails the test, unless it ``expects_errors``.
    """
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error":
            errors.append(f"{message.page.url if message.page else ''}: {message.text}")

    def open_context(role=None, *, expects_errors: bool = False, **options) -> BrowserContext:
        context = browser.new_context(base_url=live_server.url, **options)
        context.set_default_timeout(PATIENCE_MILLISECONDS)
        if not expects_errors:
            context.on("console", hear)
            context.on("weberror", lambda error: errors.append(str(error.error)))
        if role is not None:
            session = client_of(role).cookies[settings.SESSION_COOKIE_NAME].value
            cookie = {"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}
            context.add_cookies([cookie])
        contexts.append(context)
        return context

    yield open_context
    for context in contexts:
        context.close()
    assert errors == []


@pytest.fixture
def world(today) -> "World":
    """The retailer of the journeys, with nothing planned yet."""
    from sop_site.tests.journeys.world import make_world

    return make_world()


@pytest.fixture
def person(visit, user_of) -> Callable[..., Page]:
    """Opens a browser for somebody of a role, who signs in by name and password."""
    from sop_site.tests.journeys.steps import sign_in

    def come(role, **options) -> Page:
        page = visit(viewport=DESK, **options).new_page()
        sign_in(page, user_of(role))
        return page

    return come


@pytest.fixture
def beat(worker: Child, embedded_servers: Places, tmp_path: Path) -> Iterator[Child]:
    """The real scheduler beside the worker; it sends the sweep more often, for all who wait for it here."""
    database = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}")
    command = [sys.executable, "-m", "celery", "--app", "sop_site.celery:app", "beat", "--pidfile", ""]
    command += ["--schedule", str(tmp_path / "schedule")]
    environment = {"DATABASE_URL": database.geturl(), MARK: str(embedded_servers.data_dir)}
    environment["SWEEP_SECONDS"] = "3"
    child = Child("beat", command, embedded_servers.logs / "beat.log", environment)
    child.start()
    yield child
    child.kill()
