"""A browser for journeys: the machine's Chromium, one context a person."""

import os
from collections.abc import Callable, Iterator

import pytest
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections
from playwright.sync_api import Browser, BrowserContext, sync_playwright


@pytest.fixture(scope="session")
def browser(chromium: str | None, django_db_setup: None) -> Iterator[Browser]:
    """One browser process for all journeys of a run."""
    # Playwright's event loop runs in this thread from here on. Django would refuse the database beside a
    # loop, and would open a second connection there that knows nothing of the rows to restore after a test.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    connection = connections[DEFAULT_DB_ALIAS]
    with sync_playwright() as playwright:
        connections[DEFAULT_DB_ALIAS] = connection
        started = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield started
        started.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def visit(browser: Browser, live_server, client_of) -> Iterator[Callable[..., BrowserContext]]:
    """Opens a browser context at the live server, signed in as ``role``; the rest goes to the context."""
    contexts = []

    def open_context(role=None, **options) -> BrowserContext:
        context = browser.new_context(base_url=live_server.url, **options)
        if role is not None:
            session = client_of(role).cookies[settings.SESSION_COOKIE_NAME].value
            cookie = {"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}
            context.add_cookies([cookie])
        contexts.append(context)
        return context

    yield open_context
    for context in contexts:
        context.close()
