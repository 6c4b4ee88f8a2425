"""Fixtures for tests of Marketing."""

from collections.abc import Callable

import pytest


@pytest.fixture
def connection_queries(db) -> Callable[[], object]:
    """Makes a context that counts the queries made in it."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    return lambda: CaptureQueriesContext(connection)
