# The statements are made of this module's own names and expressions; values travel apart from them.
# ruff: noqa: S608
"""How the facts of flags and of their lines are kept: columns in the database, arrays beside the engines.

Days are counted from today in an array and are dates in the database; a state is its number and its name;
a NaN, and NONE among whole numbers, is NULL.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from planning.risk.engine import Change, State
from sop_site.columns import Columns, read_columns, write_columns

Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

NONE: Final = -1
NO_DATE: Final = -1_000_000


@dataclass(frozen=True, slots=True)
class Form:
    """How a fact travels: its kind of array, and the two expressions between that and its column."""

    kind: str
    read: str = "{0}"
    write: str = "{0}"


UNITS = Form("float8", write="nullif({0}, 'NaN')")
NUMBER = Form("int8", f"coalesce({{0}}, {NONE})", f"nullif({{0}}, {NONE})")
DATE = Form(
    "int4", f"coalesce({{0}} - %(today)s, {NO_DATE})", f"%(today)s::date + nullif({{0}}, {NO_DATE})::int"
)
STATE = Form(
    "int4",
    # Three times as fast as a search in an array.
    "CASE {0} " + " ".join(f"WHEN '{state.slug}' THEN {state.value}" for state in State) + " END",
    "(%(states)s::text[])[{0} + 1]",
)
TRUTH = Form("bool")

FLAG_FACTS: Final[Mapping[str, Form]] = {
    "state": STATE,
    "cover": UNITS,
    "short_probability": UNITS,
    "worst_door_id": NUMBER,
    "expected_units": UNITS,
    "units_short": UNITS,
    "revenue_short": UNITS,
    "margin_short": UNITS,
    "first_short_date": DATE,
    "decide_by_date": DATE,
    "supply_need_date": DATE,
    "expedite_days": NUMBER,
    "expedite_is_default": TRUTH,
    "route_days": NUMBER,
    "route_is_default": TRUTH,
    "transfer_days": NUMBER,
    "transfer_is_default": TRUTH,
    "doors_flagged": NUMBER,
    "operating_model_id": NUMBER,
}
LINE_FACTS: Final[Mapping[str, Form]] = {
    "state": STATE,
    "cover": UNITS,
    "expected_units": UNITS,
    "units_short": UNITS,
    "first_short_date": DATE,
}
STATES: Final = [state.slug for state in State]
CHANGES: Final = [change.slug for change in Change]
# What people are told of.
TOLD: Final = [change.value for change in (Change.OPENED, Change.WORSENED, Change.REOPENED)]


def _columns_of(facts: Mapping[str, Form], prefix: str = "") -> str:
    return ", ".join(prefix + name for name in facts)


def _read(facts: Mapping[str, Form]) -> str:
    return ", ".join(f"{form.read.format(name)} AS {name}" for name, form in facts.items())


def _written(facts: Mapping[str, Form]) -> str:
    return ", ".join(form.write.format(f"wanted.{name}") for name, form in facts.items())


def _assigned(facts: Mapping[str, Form]) -> str:
    return ", ".join(f"{name} = {form.write.format(f'wanted.{name}')}" for name, form in facts.items())


def _wanted(names: Collection[str]) -> str:
    arrays = ", ".join(f"%({name})s" for name in names)
    return f"unnest({arrays}) AS wanted ({', '.join(names)})"


READ_FLAGS = (
    "SELECT id, campaign_id, product_id, opened_at IS NOT NULL AS was_opened,"
    f" closed_at IS NOT NULL AS is_closed, {_read(FLAG_FACTS)}"
    " FROM planning_flag WHERE product_id = ANY(%(products)s)"
)
INSERT_FLAGS = (
    "INSERT INTO planning_flag"
    f" (id, campaign_id, product_id, calculated_at, opened_at, {_columns_of(FLAG_FACTS)})"
    " SELECT wanted.id, wanted.campaign_id, wanted.product_id, %(at)s,"
    f" CASE WHEN wanted.opens THEN %(at)s END, {_written(FLAG_FACTS)}"
    f" FROM {_wanted(['id', 'campaign_id', 'product_id', 'opens', *FLAG_FACTS])}"
)
UPDATE_FLAGS = (
    f"UPDATE planning_flag AS flag SET {_assigned(FLAG_FACTS)}, calculated_at = %(at)s, closed_at = NULL,"
    " opened_at = CASE WHEN wanted.opens THEN %(at)s ELSE flag.opened_at END"
    f" FROM {_wanted(['id', 'opens', *FLAG_FACTS])} WHERE flag.id = wanted.id"
)
CLOSE_FLAGS = "UPDATE planning_flag SET closed_at = %(at)s, calculated_at = %(at)s WHERE id = ANY(%(id)s)"
NEW_IDS = "SELECT nextval('planning_flag_id_seq') AS id FROM generate_series(1, %(count)s)"
READ_LINES = (
    f"SELECT flag_id, door_id, {_read(LINE_FACTS)} FROM planning_flagline WHERE flag_id = ANY(%(flags)s)"
)
INSERT_LINES = (
    f"INSERT INTO planning_flagline (flag_id, door_id, {_columns_of(LINE_FACTS)})"
    f" SELECT wanted.flag_id, wanted.door_id, {_written(LINE_FACTS)}"
    f" FROM {_wanted(['flag_id', 'door_id', *LINE_FACTS])}"
)
UPDATE_LINES = (
    f"UPDATE planning_flagline AS line SET {_assigned(LINE_FACTS)}"
    f" FROM {_wanted(['flag_id', 'door_id', *LINE_FACTS])}"
    " WHERE line.flag_id = wanted.flag_id AND line.door_id = wanted.door_id"
)
DELETE_LINES = (
    f"DELETE FROM planning_flagline AS line USING {_wanted(['flag_id', 'door_id'])}"
    " WHERE line.flag_id = wanted.flag_id AND line.door_id = wanted.door_id"
)
INSERT_EVENTS = (
    "INSERT INTO planning_flagevent (flag_id, kind, at, from_state, to_state, units_short, is_to_be_told)"
    " SELECT wanted.flag_id, (%(changes)s::text[])[wanted.change + 1], %(at)s,"
    " coalesce((%(states)s::text[])[wanted.from_state + 1], ''), (%(states)s::text[])[wanted.to_state + 1],"
    " wanted.units_short, wanted.change = ANY(%(told)s)"
    f" FROM {_wanted(['flag_id', 'change', 'from_state', 'to_state', 'units_short'])}"
)


@dataclass(frozen=True, slots=True)
class FlagStore:
    """Reads and writes the flags of SKUs that the caller has locked, as of ``today``, at ``at``."""

    today: date
    at: datetime

    def flags(self, product_ids: Integers) -> Columns:
        """All flags of these SKUs, the closed ones too: identity, ``was_opened``, ``is_closed`` and facts."""
        kinds = {**dict.fromkeys(("id", "campaign_id", "product_id"), "int8")}
        kinds |= {"was_opened": "bool", "is_closed": "bool", **_kinds(FLAG_FACTS)}
        return read_columns(READ_FLAGS, self._with(products=product_ids), kinds)

    def insert_flags(self, wanted: Columns, opens: Flags) -> Integers:
        """Insert ``wanted`` (``campaign_id``, ``product_id`` and facts); returns their new ids."""
        count = len(opens)
        ids = read_columns(NEW_IDS, {"count": count}, {"id": "int8"})["id"]
        if count:
            write_columns(INSERT_FLAGS, self._with(id=ids, opens=opens, **wanted))
        return ids

    def update_flags(self, ids: Integers, wanted: Columns, opens: Flags) -> None:
        """Give the flags ``ids`` the facts of ``wanted``, and open again those that were closed."""
        if len(ids):
            write_columns(UPDATE_FLAGS, self._with(id=ids, opens=opens, **wanted))

    def close_flags(self, ids: Integers) -> None:
        """Close the flags ``ids``; they keep their last figures."""
        if len(ids):
            write_columns(CLOSE_FLAGS, self._with(id=ids))

    def lines(self, flag_ids: Integers) -> Columns:
        """The lines of these flags: ``flag_id``, ``door_id`` and facts."""
        kinds = {"flag_id": "int8", "door_id": "int8", **_kinds(LINE_FACTS)}
        return read_columns(READ_LINES, self._with(flags=flag_ids), kinds)

    def write_lines(self, *, new: Columns, changed: Columns, gone: Columns) -> None:
        """Insert, update and delete lines."""
        for statement, lines in ((INSERT_LINES, new), (UPDATE_LINES, changed), (DELETE_LINES, gone)):
            if len(lines["flag_id"]):
                write_columns(statement, self._with(**lines))

    def write_events(
        self, flag_ids: Integers, changes: Integers, from_state: Integers, to_state: Integers, units: Any
    ) -> None:
        """Keep what happened to these flags; ``from_state`` is NO_FLAG for a new one."""
        if len(flag_ids):
            moved = {"flag_id": flag_ids, "change": changes, "from_state": from_state, "to_state": to_state}
            write_columns(INSERT_EVENTS, self._with(**moved, units_short=units, changes=CHANGES, told=TOLD))

    def _with(self, **parameters: Any) -> dict[str, Any]:
        return {"today": self.today, "at": self.at, "states": STATES, **parameters}


def _kinds(facts: Mapping[str, Form]) -> dict[str, str]:
    return {name: form.kind for name, form in facts.items()}
