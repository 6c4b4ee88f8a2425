"""Recalculations: of what waits, and of everything. Each leaves a run row that says how it went."""

import logging
from collections.abc import Collection, Sequence
from datetime import timedelta
from itertools import chain

import pghistory
from django.db.models import Max
from django.db.models.functions import Now
from django.utils import timezone
from kombu.exceptions import OperationalError

from marketing.catalogue.models import Product
from planning.risk.choices import RunScope
from planning.risk.models import RecalculationRun
from planning.risk.recalculation import described, recalculate_chunk
from planning.risk.runs import Recorded, add_up, chunks_of, do_chunk, runs_under_way
from sop_site.celery import app
from sop_site.changes import mark_changed
from sop_site.changes.models import ChangedSku
from sop_site.columns import read_columns

logger = logging.getLogger(__name__)
ALL_PRODUCTS = "SELECT id FROM marketing_product ORDER BY id"
CHUNKS_AT_ONCE = 16
CHUNK_TASK = "planning.recalculate_run_chunk"
# What is younger has its own message on the way.
SWEEP_AFTER = timedelta(seconds=10)
# Longer than a recalculation's task may take: a run that is silent for so long has lost its worker.
LOST_AFTER = timedelta(minutes=10)
LOST = "Its worker was lost; the sweep takes up what it left."


def recalculate(*, product_ids: Collection[int], scope: RunScope) -> RecalculationRun | None:
    """Recalculate those of these SKUs that wait, in chunks, each in a transaction of its own.

    Returns the finished run, or None where nothing waited. Another recalculation of the same SKUs may
    run beside it: each SKU is done by the one that locks it first. An error of the database ends the
    run, which keeps it, and is raised; a SKU that the engine cannot take is named in the run's error.
    What was not done still waits.
    """
    waiting = dict(
        ChangedSku.objects.filter(product_id__in=product_ids)
        .order_by("product_id")
        .values_list("product_id", "changed_at")
    )
    if not waiting:
        return None
    chunks, queued_at = chunks_of(list(waiting)), min(waiting.values())
    with (
        pghistory.context(),
        Recorded(scope, len(waiting), queued_at, is_short=len(chunks) == 1) as recorded,
    ):
        for number, chunk in enumerate(chunks, start=1):
            recorded.add(recalculate_chunk(chunk), is_last=number == len(chunks))
    return recorded.run if recorded.run.pk else None


def recalculate_all(*, scope: RunScope) -> RecalculationRun | None:
    """Mark every SKU as changed and recalculate it here and now; None where there is no SKU."""
    product_ids = list(Product.objects.values_list("pk", flat=True))
    mark_changed(product_ids, call_worker=False)
    return recalculate(product_ids=product_ids, scope=scope)


def start_full_recalculation(*, scope: RunScope) -> RecalculationRun | None:
    """Mark every SKU as changed and hand them out to the workers; None where there is no SKU.

    Returns the run, which the workers finish. What no worker takes up waits for the sweep.
    """
    product_ids = read_columns(ALL_PRODUCTS, {}, {"id": "int8"})["id"].tolist()
    return _handed_out(product_ids, scope, mark=True) if product_ids else None


def recalculate_run_chunk(*, run_id: int, number: int, product_ids: Sequence[int]) -> None:
    """Do one chunk of a run that was handed out; does nothing when its message comes again.

    An error ends the run, which keeps it, and is raised; what was not done is left for the sweep.
    """
    try:
        with pghistory.context():
            do_chunk(run_id=run_id, number=number, product_ids=product_ids)
    except Exception as error:
        RecalculationRun.objects.filter(pk=run_id).update(error=described(error))
        raise


def sweep_changed_skus() -> RecalculationRun | None:
    """Recalculate what has waited for longer than its message should take; give lost runs up.

    What a run that is under way has yet to come to is its own to do. Where more is left than one chunk,
    the workers share it.
    """
    now = timezone.now()
    unfinished = RecalculationRun.objects.filter(finished_at=None, error="")
    for run_id in unfinished.filter(chunk_count__gt=0).values_list("pk", flat=True):
        add_up(run_id)
    unfinished.filter(heartbeat_at__lt=now - LOST_AFTER).update(error=LOST)
    left = ChangedSku.objects.filter(changed_at__lt=now - SWEEP_AFTER).order_by("product_id")
    if marked_until := runs_under_way().aggregate(latest=Max("marked_at"))["latest"]:
        left = left.exclude(changed_at__lte=marked_until)
    product_ids = list(left.values_list("product_id", flat=True))
    if len(chunks_of(product_ids)) > 1:
        return _handed_out(product_ids, RunScope.SWEEP, mark=False)
    return recalculate(product_ids=product_ids, scope=RunScope.SWEEP)


def _handed_out(product_ids: Sequence[int], scope: RunScope, *, mark: bool) -> RecalculationRun:
    """A run of these SKUs, shared by the workers; they begin on the first while the last are being marked.

    Whoever dies on the way leaves SKUs unmarked: the task that calls for everything comes again then.
    """
    now = timezone.now()
    chunks = chunks_of(product_ids)
    run = RecalculationRun.objects.create(
        scope=scope, sku_count=len(product_ids), chunk_count=len(chunks), queued_at=now, heartbeat_at=now
    )
    for first in range(0, len(chunks), CHUNKS_AT_ONCE):
        together = chunks[first : first + CHUNKS_AT_ONCE]
        if mark:
            mark_changed(chain.from_iterable(together), call_worker=False)
        _send(run.pk, together, first)
    RecalculationRun.objects.filter(pk=run.pk).update(marked_at=Now())
    return run


def _send(run_id: int, chunks: Sequence[Sequence[int]], first: int) -> None:
    try:
        with app.producer_pool.acquire(block=True) as producer:
            for number, product_ids in enumerate(chunks, start=first):
                arguments = {"run_id": run_id, "number": number, "product_ids": product_ids}
                app.send_task(CHUNK_TASK, kwargs=arguments, producer=producer)
    except OperationalError:
        logger.warning("The broker is away; run %d waits for the sweep.", run_id)
