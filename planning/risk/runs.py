"""The rows that tell of recalculations: of one process, and of many that share chunks of it."""

import os
import socket
from collections.abc import Sequence
from datetime import datetime, timedelta
from types import TracebackType

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from marketing.catalogue.models import Door
from planning.risk.choices import RunScope
from planning.risk.models import RecalculationRun, RunChunk
from planning.risk.recalculation import DO_NOT_WAIT_FOR_DISK, ChunkResult, described, recalculate_chunk
from sop_site.columns import write_columns

# One transaction's worth: an edit never waits longer than for one of these, nor does memory grow with the
# retailer. Measured: larger chunks are no faster.
CHUNK_SKU_DOORS = 14_000
MOST_SKUS = 700
FEWEST_SKUS = 5
# A run that was handed out and has been silent for so long is not coming back for its marks.
SILENT_AFTER = timedelta(seconds=30)
FINISH = """
UPDATE planning_recalculationrun AS run
SET sku_count = done.skus, opened_count = done.opened, worsened_count = done.worsened,
    eased_count = done.eased, cleared_count = done.cleared, started_at = done.started,
    heartbeat_at = greatest(run.heartbeat_at, done.latest),
    finished_at = CASE WHEN done.chunks = run.chunk_count THEN done.latest END
FROM (
    SELECT count(*) AS chunks, sum(sku_count) AS skus, sum(opened_count) AS opened,
        sum(worsened_count) AS worsened, sum(eased_count) AS eased, sum(cleared_count) AS cleared,
        min(started_at) AS started, max(finished_at) AS latest
    FROM planning_runchunk WHERE run_id = %(run)s
) AS done
WHERE run.id = %(run)s AND run.finished_at IS NULL AND done.chunks > 0
"""


def chunks_of(product_ids: Sequence[int]) -> list[list[int]]:
    """``product_ids`` in their order, in parts of about ``CHUNK_SKU_DOORS`` SKU-doors."""
    doors = max(1, Door.objects.count())
    size = max(FEWEST_SKUS, min(MOST_SKUS, CHUNK_SKU_DOORS // doors))
    return [list(product_ids[first : first + size]) for first in range(0, len(product_ids), size)]


def runs_under_way() -> QuerySet[RecalculationRun]:
    """Runs that workers share and that were heard of just now."""
    unfinished = RecalculationRun.objects.filter(finished_at=None, error="", chunk_count__gt=0)
    return unfinished.filter(heartbeat_at__gte=timezone.now() - SILENT_AFTER)


def do_chunk(*, run_id: int, number: int, product_ids: Sequence[int]) -> bool:
    """Do one chunk of a run that was handed out, and tell of it in the same transaction.

    A message that comes a second time finds it done, and returns False.
    """
    started_at = timezone.now()
    with transaction.atomic():
        if RunChunk.objects.filter(run=run_id, number=number).exists():
            return False
        result = recalculate_chunk(product_ids)
        # Where the message came twice at once, both got here, and the second one found nothing to do.
        _, is_first = RunChunk.objects.get_or_create(
            run_id=run_id,
            number=number,
            defaults={
                "sku_count": result.sku_count,
                "opened_count": result.moves.opened,
                "worsened_count": result.moves.worsened,
                "eased_count": result.moves.eased,
                "cleared_count": result.moves.cleared,
                "worker": f"{socket.gethostname()}:{os.getpid()}",
                "started_at": started_at,
                "finished_at": timezone.now(),
            },
        )
    add_up(run_id)
    return is_first


def add_up(run_id: int) -> None:
    """Let the run's row say what its chunks say; it is finished when all of them are done.

    After the chunk's own transaction, so that no worker waits for another at the one row.
    """
    with transaction.atomic():
        write_columns(DO_NOT_WAIT_FOR_DISK, {})
        write_columns(FINISH, {"run": run_id})


class Recorded:
    """A run row beside the work of one process: started, a heartbeat after each chunk, finished or failed.

    A run of one chunk is over before anybody could look at it, and writes its row then. A run that found
    nothing to do, because another one had just done it, leaves no row.
    """

    def __init__(self, scope: RunScope, sku_count: int, queued_at: datetime, *, is_short: bool) -> None:
        now = timezone.now()
        self.done = 0
        self.is_short = is_short
        self.run = RecalculationRun(
            scope=scope, sku_count=sku_count, queued_at=queued_at, started_at=now, heartbeat_at=now
        )

    def __enter__(self) -> "Recorded":
        if not self.is_short:
            self._save()
        return self

    def add(self, result: ChunkResult, *, is_last: bool) -> None:
        """Count a chunk and, where another one follows, show that the run is alive."""
        self.done += result.sku_count
        self.run.opened_count += result.moves.opened
        self.run.worsened_count += result.moves.worsened
        self.run.eased_count += result.moves.eased
        self.run.cleared_count += result.moves.cleared
        self.run.heartbeat_at = timezone.now()
        self.run.error = self.run.error or result.error
        if not is_last:
            self._save()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is not None:
            self.run.error = described(error)
        elif not self.done and not self.run.error:
            if self.run.pk:
                self.run.delete()
            return
        else:
            self.run.finished_at = timezone.now()
        self.run.sku_count = self.done
        self._save()

    @transaction.atomic
    def _save(self) -> None:
        write_columns(DO_NOT_WAIT_FOR_DISK, {})
        self.run.save()
