"""Real worker processes share a full recalculation: each SKU is done once, and edits go first."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Event

import pytest
from django.db import transaction

from marketing.catalogue.models import Product
from marketing.tests.factories import make_campaign
from planning.risk import runs
from planning.risk.choices import RunScope
from planning.risk.domain import start_full_recalculation
from planning.risk.models import Flag, FlagEvent, RecalculationRun, RunChunk
from planning.tests.risk.cases import Network
from planning.tests.waiting import sessions_that_wait, threads, until
from sop_site.changes import mark_changed
from sop_site.changes.models import ChangedSku

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)
SKUS_A_CHUNK = 3
PROCESSES_A_WORKER = 2


@pytest.fixture
def products(today, monkeypatch) -> list:
    """Twenty-four SKUs in eight chunks, all of them short."""
    monkeypatch.setattr(runs, "FEWEST_SKUS", SKUS_A_CHUNK)
    monkeypatch.setattr(runs, "MOST_SKUS", SKUS_A_CHUNK)
    network = Network.make()
    products = [network.make_sku(f"SKU-{number:02}", at_dc=0.0) for number in range(24)]
    make_campaign(products=products, doors=network.doors)
    return products


@contextmanager
def held(product_ids: Sequence[int]) -> Iterator[None]:
    """Whoever recalculates one of these SKUs waits until this ends."""
    with transaction.atomic():
        list(Product.objects.filter(pk__in=product_ids).order_by("pk").select_for_update(no_key=True))
        yield


def is_finished() -> bool:
    return RecalculationRun.objects.filter(scope=RunScope.NIGHTLY).exclude(finished_at=None).exists()


@pytest.mark.parametrize("workers", [1, 2])
def test_all_processes_share_a_run_and_each_sku_is_done_once(products, start_worker, workers):
    """All but one are held up in the first chunk they take, and the last one does what is left."""
    for number in range(workers):
        start_worker(f"worker-{number}")
    processes = workers * PROCESSES_A_WORKER
    firsts = [products[number * SKUS_A_CHUNK].pk for number in range(processes - 1)]
    with threads(1) as start:
        with held(firsts):
            start(start_full_recalculation, scope=RunScope.NIGHTLY).result()
            others = RunChunk.objects.filter(number__gte=processes - 1)
            until(lambda: others.count() == 8 - len(firsts), seconds=60, what="one process to do the rest")
            assert sessions_that_wait() == processes - 1
            assert others.values("worker").distinct().count() == 1
        until(is_finished, seconds=30, what="the others to finish")
    run = RecalculationRun.objects.get()
    assert (run.sku_count, run.opened_count, run.chunk_count, run.error) == (24, 24, 8, "")
    told = run.chunks.order_by("number").values_list("number", "sku_count")
    assert list(told) == [(number, SKUS_A_CHUNK) for number in range(8)]
    assert run.chunks.values("worker").distinct().count() == processes
    assert Flag.objects.filter(state="stockout").count() == FlagEvent.objects.count() == 24
    assert not ChangedSku.objects.exists()


def test_an_edit_goes_before_the_chunks_that_wait(products, start_worker):
    """One process stays in the first chunk; the other, freed from the second, finds an edit and chunks."""
    start_worker("worker")
    edited, is_held, may_go_on = products[-1], Event(), Event()

    def hold_the_second_chunk() -> None:
        with held([products[SKUS_A_CHUNK].pk]):
            is_held.set()
            assert may_go_on.wait(timeout=60)

    with threads(2) as start:
        with held([products[0].pk]):
            holding = start(hold_the_second_chunk)
            assert is_held.wait(timeout=20)
            start(start_full_recalculation, scope=RunScope.NIGHTLY).result()
            until(lambda: sessions_that_wait() == 2, seconds=30, what="both processes to be held up")
            start(mark_changed, [edited.pk]).result()
            may_go_on.set()
            holding.result()
            chunks = RunChunk.objects.filter(number__gte=2)
            until(lambda: chunks.count() == 6, seconds=60, what="the process that is free to do the rest")
        until(is_finished, seconds=30, what="the other one to finish")
    edit = RecalculationRun.objects.get(scope=RunScope.EDIT)
    assert edit.finished_at < min(chunk.started_at for chunk in chunks)
    assert (edit.sku_count, RecalculationRun.objects.get(scope=RunScope.NIGHTLY).sku_count) == (1, 23)
    assert FlagEvent.objects.count() == 24
