"""Runs of one process: what waits is done once, in chunks; errors are kept; what is left is swept."""

from datetime import date, timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from marketing.catalogue.models import Door
from marketing.tests.factories import make_campaign
from planning.risk import domain, runs
from planning.risk.choices import RunScope
from planning.risk.domain import recalculate, recalculate_all, sweep_changed_skus
from planning.risk.models import Flag, RecalculationRun, RunChunk
from planning.tests.risk.cases import Network
from sop_site.changes import mark_changed
from sop_site.changes.models import ChangedSku
from sop_site.clock import set_today
from sop_site.operating_model.models import OperatingModel

pytestmark = pytest.mark.django_db


@pytest.fixture
def network(today) -> Network:
    return Network.make()


@pytest.fixture
def products(network) -> list:
    products = [network.make_sku(f"SKU-{number}", at_dc=0.0) for number in range(5)]
    make_campaign(products=products, doors=network.doors)
    return products


def ids_of(products) -> list[int]:
    return [product.pk for product in products]


def test_what_does_not_wait_is_not_done_and_leaves_no_run(products):
    assert recalculate(product_ids=ids_of(products), scope=RunScope.EDIT) is None
    assert not RecalculationRun.objects.exists()
    assert not Flag.objects.exists()


def test_only_those_that_wait_are_done(products):
    mark_changed(ids_of(products[:2]))
    run = recalculate(product_ids=ids_of(products), scope=RunScope.EDIT)
    assert run.sku_count == 2
    assert set(Flag.objects.values_list("product_id", flat=True)) == set(ids_of(products[:2]))


def test_ten_edits_cost_one_run(products):
    for _ in range(10):
        mark_changed(ids_of(products))
    for _ in range(10):
        recalculate(product_ids=ids_of(products), scope=RunScope.EDIT)
    assert RecalculationRun.objects.count() == 1


def test_many_skus_go_in_chunks_and_count_as_one_run(products, monkeypatch):
    monkeypatch.setattr(runs, "FEWEST_SKUS", 2)
    monkeypatch.setattr(runs, "MOST_SKUS", 2)
    mark_changed(ids_of(products))
    run = recalculate(product_ids=ids_of(products), scope=RunScope.EDIT)
    assert (run.sku_count, run.opened_count, run.scope) == (5, 5, RunScope.EDIT)
    assert run.finished_at >= run.heartbeat_at > run.started_at
    # It was not handed out, so there is nobody to tell which part was whose.
    assert (run.chunk_count, RunChunk.objects.count()) == (0, 0)
    assert not ChangedSku.objects.exists()


@pytest.mark.parametrize(
    ("doors", "size"), [(0, 700), (20, 700), (21, 666), (100, 140), (2_000, 7), (4_000, 5)]
)
def test_a_chunk_has_about_as_many_sku_doors_however_many_doors_there_are(db, doors, size):
    Door.objects.bulk_create(Door(code=str(number), name=str(number)) for number in range(doors))
    product_ids = list(range(7, 7 + 2 * size + 1))
    assert runs.chunks_of(product_ids) == [
        product_ids[:size], product_ids[size : 2 * size], product_ids[2 * size :],
    ]  # fmt: skip
    assert runs.chunks_of([]) == []


def test_a_run_is_queued_when_its_oldest_sku_was_marked(products):
    mark_changed(ids_of(products))
    long_ago = timezone.now() - timedelta(minutes=5)
    ChangedSku.objects.filter(product_id=products[3].pk).update(changed_at=long_ago)
    assert recalculate(product_ids=ids_of(products), scope=RunScope.EDIT).queued_at == long_ago


def test_everything_is_marked_and_done(products):
    run = recalculate_all(scope=RunScope.NIGHTLY)
    assert (run.sku_count, run.scope, Flag.objects.count()) == (5, RunScope.NIGHTLY, 5)
    assert not ChangedSku.objects.exists()


def test_everything_of_nothing_is_no_run(db):
    assert recalculate_all(scope=RunScope.NIGHTLY) is None


def test_an_error_is_kept_on_the_run_and_the_skus_still_wait(products):
    mark_changed(ids_of(products))
    set_today(date(1980, 1, 1))
    with pytest.raises(OperatingModel.DoesNotExist):
        recalculate(product_ids=ids_of(products), scope=RunScope.EDIT)
    run = RecalculationRun.objects.get()
    assert "OperatingModel" in run.error
    assert (run.finished_at, run.sku_count) == (None, 0)
    assert ChangedSku.objects.count() == 5


def test_the_sweep_takes_what_has_waited_and_leaves_what_is_fresh(products):
    mark_changed(ids_of(products))
    waited = ids_of(products[:3])
    ChangedSku.objects.filter(product_id__in=waited).update(
        changed_at=timezone.now() - domain.SWEEP_AFTER - timedelta(seconds=1)
    )
    run = sweep_changed_skus()
    assert (run.sku_count, run.scope) == (3, RunScope.SWEEP)
    assert set(ChangedSku.objects.values_list("product_id", flat=True)) == set(ids_of(products[3:]))


def test_the_sweep_gives_up_runs_whose_worker_was_lost(products):
    now = timezone.now()
    lost, alive = (
        RecalculationRun.objects.create(scope=RunScope.NIGHTLY, queued_at=now, heartbeat_at=now - silent)
        for silent in (domain.LOST_AFTER + timedelta(seconds=1), timedelta(seconds=1))
    )
    assert sweep_changed_skus() is None
    lost.refresh_from_db()
    alive.refresh_from_db()
    assert (lost.error, alive.error) == (domain.LOST, "")


def test_the_command_recalculates_what_waits_or_everything(products):
    def said(*arguments: str) -> str:
        out = StringIO()
        call_command("recalculate", *arguments, stdout=out)
        return out.getvalue()

    assert said() == "No SKU waits.\n"
    mark_changed(ids_of(products[:2]))
    assert said().startswith("2 SKUs in ")
    assert said("--all").endswith("3 flags opened, 0 worsened, 0 eased, 0 cleared.\n")
