"""The faults in short, on the servers of the test run; `make faults` does them at length."""

import time
from datetime import timedelta

import pytest
from django.utils import timezone

from planning.risk.choices import RunScope
from planning.risk.domain import SWEEP_AFTER, recalculate_all
from sop_site.celery import app
from sop_site.changes import mark_changed
from sop_site.changes.models import ChangedSku
from sop_site.embedded import valkey
from sop_site.faults.campaign import Campaign, table
from sop_site.faults.faults import (
    Fault,
    edit_against_nights,
    kill_workers,
    run_two_nights_at_once,
    take_the_broker_away,
)
from sop_site.faults.retailer import load_retailer
from sop_site.faults.stage import Stage

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)
SEED = 20261122


class SweptStage(Stage):
    """What waits without a message is swept at once, where the scheduler does so by and by."""

    def keep_up(self) -> None:
        super().keep_up()
        if ChangedSku.objects.exists() and not self.messages_wait():
            ChangedSku.objects.update(changed_at=timezone.now() - SWEEP_AFTER - timedelta(seconds=1))
            app.send_task("planning.sweep_changed_skus")


@pytest.fixture
def campaign(worker, embedded_servers) -> Campaign:
    """A small retailer, calculated, and a worker."""
    load_retailer(120)
    recalculate_all(scope=RunScope.NIGHTLY)
    return Campaign(SweptStage(embedded_servers, worker), SEED)


FAULTS = (
    Fault("Worker killed", kill_workers(4), editors=2, cuts_runs_off=True),
    Fault("Broker gone, back empty", take_the_broker_away(1.5), editors=2),
    Fault("Two nightly runs at once", run_two_nights_at_once, editors=0),
    Fault("Edits against a nightly run", edit_against_nights(1), editors=4),
)


def test_what_faults_do_is_healed(campaign):
    """The database is restarted by `make faults` alone: others use this one."""
    for fault in FAULTS:
        campaign.run(fault)

    complaints = {outcome.fault.name: outcome.complaints for outcome in campaign.outcomes}
    assert {name: found for name, found in complaints.items() if found} == {}
    assert min(outcome.verdict.flags for outcome in campaign.outcomes) > 20
    assert len(table(campaign.outcomes).splitlines()) == 1 + len(FAULTS)


def test_an_edit_does_not_wait_for_a_broker_that_is_away(transactional_db, embedded_servers):
    """It waited six seconds, for each message."""
    valkey.stop(embedded_servers)
    try:
        began = time.monotonic()
        for product_id in range(3):
            mark_changed([product_id])
        assert time.monotonic() - began < 6
    finally:
        valkey.start(embedded_servers, durable=False)
    assert ChangedSku.objects.count() == 3
