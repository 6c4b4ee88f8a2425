"""Recalculations: of what waits, and of everything. Each leaves a run row that says how it went."""

from collections.abc import Collection
from datetime import datetime, timedelta
from traceback import format_exception_only
from types import TracebackType

import pghistory
from django.utils import timezone

from marketing.catalogue.models import Product
from planning.risk.choices import RunScope
from planning.risk.models import RecalculationRun
from planning.risk.recalculation import ChunkResult, recalculate_chunk
from sop_site.changes import mark_changed
from sop_site.changes.models import ChangedSku

CHUNK_SKUS = 250
# What is younger has its own message on the way.
SWEEP_AFTER = timedelta(seconds=10)
# Longer than a task may take: a run that has been silent for so long has lost its worker.
LOST_AFTER = timedelta(minutes=10)
LOST = "Its worker was lost; the sweep takes up what it left."


def recalculate(*, product_ids: Collection[int], scope: RunScope) -> RecalculationRun | None:
    """Recalculate those of these SKUs that wait, in chunks, each in a transaction of its own.

    Returns the finished run, or None where nothing waited. Another recalculation of the same SKUs may
    run beside it: each SKU is done by the one that locks it first. An error ends the run, which keeps
    it, and is raised; what was not done still waits.
    """
    waiting = dict(
        ChangedSku.objects.filter(product_id__in=product_ids)
        .order_by("product_id")
        .values_list("product_id", "changed_at")
    )
    if not waiting:
        return None
    ids = list(waiting)
    with pghistory.context(), _Recorded(scope, len(ids), min(waiting.values())) as recorded:
        for first in range(0, len(ids), CHUNK_SKUS):
            recorded.add(recalculate_chunk(ids[first : first + CHUNK_SKUS]))
    return recorded.run if recorded.run.pk else None


def recalculate_all(*, scope: RunScope) -> RecalculationRun | None:
    """Mark every SKU as changed and recalculate it here and now; None where there is no SKU."""
    product_ids = list(Product.objects.values_list("pk", flat=True))
    mark_changed(product_ids, call_worker=False)
    return recalculate(product_ids=product_ids, scope=scope)


def sweep_changed_skus() -> RecalculationRun | None:
    """Recalculate what has waited for longer than its message should take; give lost runs up."""
    now = timezone.now()
    RecalculationRun.objects.filter(finished_at=None, error="", heartbeat_at__lt=now - LOST_AFTER).update(
        error=LOST
    )
    left = ChangedSku.objects.filter(changed_at__lt=now - SWEEP_AFTER)
    return recalculate(product_ids=list(left.values_list("product_id", flat=True)), scope=RunScope.SWEEP)


class _Recorded:
    """A run row beside the work: started, its heartbeat after each chunk, then finished or failed.

    A run that found nothing to do, because another one had just done it, leaves no row.
    """

    def __init__(self, scope: RunScope, sku_count: int, queued_at: datetime) -> None:
        now = timezone.now()
        self.done = 0
        self.run = RecalculationRun(
            scope=scope, sku_count=sku_count, queued_at=queued_at, started_at=now, heartbeat_at=now
        )

    def __enter__(self) -> "_Recorded":
        self.run.save()
        return self

    def add(self, result: ChunkResult) -> None:
        """Count a chunk and show that the run is alive."""
        self.done += result.sku_count
        self.run.opened_count += result.moves.opened
        self.run.worsened_count += result.moves.worsened
        self.run.eased_count += result.moves.eased
        self.run.cleared_count += result.moves.cleared
        self.run.heartbeat_at = timezone.now()
        self.run.save()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is not None:
            self.run.error = "".join(format_exception_only(error)).strip()
        elif not self.done:
            self.run.delete()
            return
        else:
            self.run.finished_at = timezone.now()
        self.run.sku_count = self.done
        self.run.save()
