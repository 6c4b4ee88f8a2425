# The statements are made of this module's own names and expressions; values travel apart from them.
# ruff: noqa: S608
"""How planned orders are kept: columns in the database, arrays beside the engine.

Days are dates in the database and ordinals in an array; exceptions are a bit each; a NaN is NULL.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from planning.buying.choices import FIXED_STATUSES, BuyException, BuyStatus
from planning.buying.weeks import PlanWeeks
from sop_site.columns import Columns, read_columns, write_columns

Integers = NDArray[np.int64]

# Any number will do, as long as nothing else locks by it: "BR" in ASCII.
LINES_LOCK: Final = 0x4252
BIT: Final = {exception: 1 << place for place, exception in enumerate(BuyException)}
# Every combination of exceptions, at the place of its bits.
SETS: Final = [
    "{" + ",".join(exception for exception, bit in BIT.items() if bits & bit) + "}"
    for bits in range(1 << len(BIT))
]
# Dates are ordinals as Python counts them: day 1 is the first of January of the year 1.
DAY_ZERO: Final = "(DATE '0001-01-01' - 1)"
FACTS: Final = {
    "order_by": "int8",
    "needed_units": "float8",
    "planned_units": "float8",
    "unit_cost": "float8",
    "exceptions": "int8",
}
_WRITTEN: Final = (
    f"{DAY_ZERO} + wanted.order_by::int, wanted.needed_units, wanted.planned_units,"
    " nullif(wanted.unit_cost, 'NaN')::numeric(12, 4),"
    " (%(sets)s::text[])[wanted.exceptions + 1]::varchar(16)[]"
)
_TOLD = " + ".join(f"('{exception}' = ANY(exceptions))::int * {bit}" for exception, bit in BIT.items())


def _wanted(names: Collection[str]) -> str:
    arrays = ", ".join(f"%({name})s" for name in names)
    return f"unnest({arrays}) AS wanted ({', '.join(names)})"


READ_FIXED = """
SELECT id, product_id AS product, door_id AS door, (week_start - %(week)s) / 7 AS week,
    coalesce(edited_units, planned_units) AS units, status = %(sent)s AS is_sent,
    status = %(proposed)s AS is_edited
FROM planning_buyline
WHERE status = ANY(%(fixed)s) OR (status = %(proposed)s AND edited_units IS NOT NULL)
ORDER BY id
"""
READ_PROPOSED = (
    f"SELECT id, product_id AS product, door_id AS door, week_start - {DAY_ZERO} AS week,"
    f" order_by_date - {DAY_ZERO} AS order_by, needed_units, planned_units, unit_cost,"
    f" {_TOLD} AS exceptions, edited_units IS NOT NULL AS is_edited"
    " FROM planning_buyline WHERE status = 'proposed'"
)
INSERT = (
    "INSERT INTO planning_buyline (plan_id, product_id, door_id, week_start, order_by_date, needed_units,"
    " planned_units, unit_cost, exceptions, status, edit_reason, po_number)"
    f" SELECT %(plan)s, wanted.product, wanted.door, {DAY_ZERO} + wanted.week::int, {_WRITTEN},"
    f" 'proposed', '', '' FROM {_wanted(['product', 'door', 'week', *FACTS])}"
)
UPDATE = (
    # The plan stays the one that proposed it first: else every night would write every line.
    "UPDATE planning_buyline AS line SET"
    f" (order_by_date, needed_units, planned_units, unit_cost, exceptions) = ROW({_WRITTEN})"
    f" FROM {_wanted(['id', *FACTS])} WHERE line.id = wanted.id"
)
UPDATE_EXCEPTIONS = (
    "UPDATE planning_buyline AS line"
    " SET exceptions = (%(sets)s::text[])[wanted.exceptions + 1]::varchar(16)[]"
    f" FROM {_wanted(['id', 'exceptions'])} WHERE line.id = wanted.id"
)
DELETE = "DELETE FROM planning_buyline WHERE id = ANY(%(id)s)"

KEEP_FIRST_STATE = """
INSERT INTO planning_buylineevent (id, pgh_obj_id, pgh_label, pgh_created_at, product_id, door_id, week_start,
    edited_units, edit_reason, status, approved_at, approved_by_id, po_number, po_line)
SELECT id, id, 'insert', now(), product_id, door_id, week_start, edited_units, edit_reason, status,
    approved_at, approved_by_id, po_number, po_line
FROM planning_buyline line
WHERE id = ANY(%(id)s) AND NOT EXISTS (SELECT FROM planning_buylineevent WHERE pgh_obj_id = line.id)
ORDER BY id
"""


def hold_lines(*, alone: bool) -> None:
    """Until the transaction ends, let no calculation write lines; ``alone`` lets nobody else write them.

    One lock for all lines, since a calculation would have to lock some hundred thousand rows.
    """
    lock = "pg_advisory_xact_lock" if alone else "pg_advisory_xact_lock_shared"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {lock}(%s)", [LINES_LOCK])


def keep_first_state(line_ids: Collection[int]) -> None:
    """Begin the history of the lines that have none yet, as calculated by the product itself."""
    write_columns(KEEP_FIRST_STATE, {"id": list(line_ids)})


def fixed_lines(weeks: PlanWeeks) -> Columns:
    """The lines that a calculation leaves as they are, in ascending id; ``week`` counts from the current one.

    They are approved, on a purchase order (``is_sent``), or proposed with a planner's number (``is_edited``).
    """
    return read_columns(
        READ_FIXED,
        {
            "week": weeks.first,
            "sent": BuyStatus.SENT.value,
            "proposed": BuyStatus.PROPOSED.value,
            "fixed": [status.value for status in FIXED_STATUSES],
        },
        {
            **dict.fromkeys(("id", "product", "door"), "int8"),
            "week": "int4",
            "units": "float8",
            **dict.fromkeys(("is_sent", "is_edited"), "bool"),
        },
    )


@dataclass(frozen=True, slots=True)
class LineStore:
    """Reads and writes proposed lines for the plan ``plan_id``; its caller holds all lines alone."""

    plan_id: int

    def proposed(self) -> Columns:
        """All proposed lines: identity, ``is_edited`` and facts."""
        kinds = dict.fromkeys(("id", "product", "door", "week"), "int8")
        return read_columns(READ_PROPOSED, {}, {**kinds, **FACTS, "is_edited": "bool"})

    def insert(self, lines: Columns) -> None:
        """Insert lines: ``product``, ``door``, ``week`` and facts."""
        self._write(INSERT, lines, "product")

    def update(self, lines: Columns) -> None:
        """Give the lines ``id`` these facts."""
        self._write(UPDATE, lines, "id")

    def update_exceptions(self, lines: Columns) -> None:
        """Give the lines ``id`` these ``exceptions``, and nothing else."""
        self._write(UPDATE_EXCEPTIONS, lines, "id")

    def delete(self, ids: Integers) -> None:
        """Delete the lines ``ids``."""
        self._write(DELETE, {"id": ids}, "id")

    def _write(self, statement: str, lines: Columns, counted: str) -> None:
        if len(lines[counted]):
            write_columns(statement, {"plan": self.plan_id, "sets": SETS, **lines})
