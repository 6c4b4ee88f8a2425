"""One chunk of a recalculation: lock, read, judge, write differences, clear what was read.

The order is what keeps flags right beside edits and other recalculations: the SKUs are locked by the
first statement of the transaction, everything is read after it (READ COMMITTED: each statement sees
what is committed by then), and a mark is cleared only if its version is still the one that was read.
"""

from collections.abc import Collection
from dataclasses import dataclass

from django.db import connection, transaction
from django.utils import timezone

from planning.risk.assessment import assess
from planning.risk.reconciliation import Moves, write_differences
from sop_site.changes.models import ChangedSku
from sop_site.clock import today
from sop_site.history import note_change


@dataclass(frozen=True, slots=True)
class ChunkResult:
    """What came of one chunk: how many SKUs still waited when it had its lock, and how flags moved."""

    sku_count: int
    moves: Moves


@transaction.atomic
def recalculate_chunk(product_ids: Collection[int]) -> ChunkResult:
    """Recalculate those of these SKUs that wait, in one transaction; do nothing where none does."""
    _lock(product_ids)
    versions = dict(
        ChangedSku.objects.filter(product_id__in=product_ids).values_list("product_id", "version")
    )
    if not versions:
        return ChunkResult(0, Moves())
    note_change(by=None, note="Recalculation")
    assessment = assess(list(versions), today=today())
    moves = write_differences(assessment, list(versions), timezone.now())
    _clear(versions)
    return ChunkResult(len(versions), moves)


def _lock(product_ids: Collection[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM marketing_product WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE",
            [sorted(product_ids)],
        )


def _clear(versions: dict[int, int]) -> None:
    """Clear the marks that were read.

    A mark that someone is raising at this moment is passed over rather than waited for: it is to stay,
    and whoever raises it may be waiting for a SKU that is locked here.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            DELETE FROM sop_site_changedsku WHERE product_id IN (
                SELECT waiting.product_id
                FROM sop_site_changedsku waiting
                JOIN unnest(%s::bigint[], %s::bigint[]) AS seen (product_id, version)
                    USING (product_id, version)
                ORDER BY waiting.product_id
                FOR UPDATE OF waiting SKIP LOCKED
            )
            """,
            [list(versions), list(versions.values())],
        )
