"""A real worker on a real broker: from the mark to the flag, and after it is killed in the middle."""

import time
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from marketing.tests.factories import make_campaign
from planning.risk.choices import RunScope
from planning.risk.domain import SWEEP_AFTER
from planning.risk.models import Flag, RecalculationRun
from planning.supply.models import StockPosition
from planning.tests.risk.cases import Network, recalculated
from planning.tests.waiting import someone_waits_for_us, threads, until
from sop_site.celery import app
from sop_site.changes import mark_changed
from sop_site.changes.models import ChangedSku

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)
HEALED_WITHIN_SECONDS = 180


@pytest.fixture
def product(today):
    network = Network.make()
    product = network.make_sku("CREW-M", at_dc=100.0)
    make_campaign(products=[product], doors=network.doors)
    return product


def nothing_waits() -> bool:
    return not ChangedSku.objects.exists()


def test_a_mark_becomes_a_flag(product, worker, record_property):
    began = time.monotonic()
    with transaction.atomic():
        mark_changed([product.pk])
    until(nothing_waits, seconds=20, what="the worker to recalculate the SKU")
    record_property("seconds_from_mark_to_flag", round(time.monotonic() - began, 3))
    assert Flag.objects.get().units_short == 60.0
    until(
        RecalculationRun.objects.exclude(finished_at=None).exists, seconds=10, what="the run to be finished"
    )


def test_what_a_killed_worker_left_is_healed(product, worker):
    """The worker is killed inside its transaction, about to write the flag; another one sweeps."""
    recalculated(product)
    StockPosition.objects.filter(door__code="DC").update(on_hand_units=0.0)
    with threads(1) as start, transaction.atomic():
        Flag.objects.select_for_update(no_key=True).get()
        start(mark_changed, [product.pk]).result()
        until(someone_waits_for_us, seconds=30, what="the worker to reach the flag")
        worker.kill()
    assert Flag.objects.get().units_short == 60.0
    assert ChangedSku.objects.count() == 1

    waited = timezone.now() - SWEEP_AFTER - timedelta(seconds=1)
    ChangedSku.objects.update(changed_at=waited)
    worker.start()
    app.send_task("planning.sweep_changed_skus")  # as beat does
    until(nothing_waits, seconds=HEALED_WITHIN_SECONDS, what="the sweep")
    assert Flag.objects.get().units_short == 80.0
    assert [event.kind for event in Flag.objects.get().events.order_by("pk")] == ["opened", "worsened"]
    until(
        lambda: RecalculationRun.objects.filter(scope=RunScope.SWEEP).exclude(finished_at=None).exists(),
        seconds=10,
        what="the run to finish",
    )
