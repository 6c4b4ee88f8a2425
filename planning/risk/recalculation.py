"""One chunk of a recalculation: lock, read, judge, write differences, clear what was read.

The order is what keeps flags right beside edits and other recalculations: the SKUs are locked by the
first statement of the transaction, everything is read after it (READ COMMITTED: each statement sees
what is committed by then), and a mark is cleared only if its version is still the one that was read.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from traceback import format_exception_only

import numpy as np
from django.db import transaction
from django.utils import timezone

from planning.risk.assessment import assess
from planning.risk.reconciliation import Moves, write_differences
from sop_site.clock import today
from sop_site.columns import read_columns, write_columns
from sop_site.history import note_change

# Flags are derived: what a crash of the database takes back, the marks with it, is calculated again.
DO_NOT_WAIT_FOR_DISK = "SET LOCAL synchronous_commit = off"
LOCK = "SELECT id FROM marketing_product WHERE id = ANY(%(products)s) ORDER BY id FOR NO KEY UPDATE"
WAITING = """
SELECT product_id, version FROM sop_site_changedsku WHERE product_id = ANY(%(products)s) ORDER BY product_id
"""
# A mark that someone is raising at this moment is passed over rather than waited for: it is to stay, and
# whoever raises it may be waiting for a SKU that is locked here.
CLEAR = """
DELETE FROM sop_site_changedsku WHERE product_id IN (
    SELECT waiting.product_id
    FROM sop_site_changedsku waiting
    JOIN unnest(%(product_id)s, %(version)s) AS seen (product_id, version) USING (product_id, version)
    ORDER BY waiting.product_id
    FOR UPDATE OF waiting SKIP LOCKED
)
"""


@dataclass(frozen=True, slots=True)
class ChunkResult:
    """What came of one chunk: how many SKUs still waited when it had its lock, and how flags moved.

    ``error`` says why some of its SKUs could not be calculated; they wait on.
    """

    sku_count: int = 0
    moves: Moves = field(default_factory=Moves)
    error: str = ""

    def __add__(self, other: "ChunkResult") -> "ChunkResult":
        return ChunkResult(
            self.sku_count + other.sku_count, self.moves + other.moves, self.error or other.error
        )


def recalculate_chunk(product_ids: Sequence[int]) -> ChunkResult:
    """Recalculate those of these SKUs that wait, in one transaction; do nothing where none does.

    Where the engine cannot take what is known of some SKU, the others are done all the same, by halves.
    """
    try:
        return _recalculated(product_ids)
    except (ArithmeticError, LookupError, ValueError) as error:
        if len(product_ids) == 1:
            return ChunkResult(error=f"SKU {product_ids[0]}: {described(error)}")
        middle = len(product_ids) // 2
        return recalculate_chunk(product_ids[:middle]) + recalculate_chunk(product_ids[middle:])


def described(error: BaseException) -> str:
    """The error as a run row keeps it: its kind and its sentence."""
    return "".join(format_exception_only(error)).strip()


@transaction.atomic
def _recalculated(product_ids: Sequence[int]) -> ChunkResult:
    wanted = np.array(sorted(product_ids), dtype=np.int64)
    write_columns(LOCK, {"products": wanted})
    write_columns(DO_NOT_WAIT_FOR_DISK, {})
    waiting = read_columns(WAITING, {"products": wanted}, {"product_id": "int8", "version": "int8"})
    if not len(waiting["product_id"]):
        return ChunkResult()
    note_change(by=None, note="Recalculation")
    assessment = assess(waiting["product_id"], today=today())
    moves = write_differences(assessment, waiting["product_id"], timezone.now())
    write_columns(CLEAR, waiting)
    return ChunkResult(len(waiting["product_id"]), moves)
