"""Fixtures for tests of campaigns."""

from collections.abc import Callable

import pytest


@pytest.fixture
def waiting(db) -> Callable[[], set[int]]:
    """Answers which SKUs wait for recalculation."""
    from sop_site.changes.models import ChangedSku

    return lambda: set(ChangedSku.objects.values_list("product_id", flat=True))
