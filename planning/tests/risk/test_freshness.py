"""How fresh the figures are said to be."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from planning.risk.freshness import freshness
from planning.risk.models import RecalculationRun
from sop_site.access.roles import Role
from sop_site.changes.models import ChangedSku

pytestmark = pytest.mark.usefixtures("today")


def run(*, ago: float, finished: bool = True) -> RecalculationRun:
    at = timezone.now() - timedelta(seconds=ago)
    return RecalculationRun.objects.create(
        scope="edit", queued_at=at, started_at=at, heartbeat_at=at, finished_at=at if finished else None
    )


def wait(product_id: int, *, ago: float) -> None:
    ChangedSku.objects.create(product_id=product_id, changed_at=timezone.now() - timedelta(seconds=ago))


def test_nothing_was_ever_calculated():
    fresh = freshness()
    assert (fresh.recalculated_at, fresh.waiting_skus, fresh.is_late) == (None, 0, False)


def test_the_newest_finished_run_counts():
    newest = run(ago=5)
    run(ago=50)
    run(ago=1, finished=False)
    assert freshness().recalculated_at == newest.finished_at


def test_it_is_late_when_a_sku_waits_and_no_run_shows_a_sign_of_life():
    wait(1, ago=5)
    assert not freshness().is_late
    wait(2, ago=90)
    assert freshness().is_late
    assert freshness().waiting_skus == 2
    run(ago=3, finished=False)
    assert not freshness().is_late


def test_the_line_says_it_in_words(client_of):
    run(ago=2)
    for number in range(3):
        wait(number, ago=0)
    answer = client_of(Role.EXECUTIVE).get(reverse("risk:freshness")).content.decode()
    assert "Recalculated" in answer
    assert "s ago" in answer
    assert "3 SKUs waiting" in answer
