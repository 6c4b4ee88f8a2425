"""From the lines that a plan wants to those that are stored: only differences are written.

All of this runs while the plan holds all lines.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from planning.buying.choices import BuyException
from planning.buying.models import BuyPlan
from planning.buying.stored import BIT, FACTS, LineStore, fixed_lines
from planning.buying.weeks import DAYS_A_WEEK, PlanWeeks
from sop_site.columns import Columns, place_in

Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

ORDER_NOW_DAYS: Final = 7
NONE: Final = -1
# Places of doors and numbers of weeks are below these; with a SKU they make one key.
DOOR_SPAN: Final = 2**18
WEEK_SPAN: Final = 2**13


def must_be_ordered_now(order_by: Integers, weeks: PlanWeeks) -> Flags:
    """Which order-by days, as ordinals, are within a week of today."""
    return order_by <= weeks.today.toordinal() + ORDER_NOW_DAYS


def write_differences(plan: BuyPlan, wanted: Columns, weeks: PlanWeeks, fixed: Columns) -> int:
    """Make the proposed lines that nobody edited say what is ``wanted``; how many proposed ones there are.

    ``fixed`` are the fixed lines that were counted on. Where those of a SKU at a door are others by now,
    its lines stay as they are until the next plan: what was approved meanwhile is not ordered once more.
    """
    store = LineStore(plan.pk)
    proposed = store.proposed()
    _update_edited(store, proposed, weeks)
    moved = _moved(fixed, fixed_lines(weeks))
    stays = proposed["is_edited"] | _is_among(proposed, moved)
    wanted = _taken(wanted, ~_is_among(wanted, moved))
    stored = _taken(proposed, ~stays)
    door_ids = np.unique(np.append(stored["door"], wanted["door"]))
    stored = _taken(stored, np.argsort(_keys(stored, door_ids)))
    place = place_in(_keys(stored, door_ids), _keys(wanted, door_ids))
    is_new = place == NONE
    is_gone = np.ones(len(stored["id"]), dtype=np.bool_)
    is_gone[place[~is_new]] = False
    store.delete(stored["id"][is_gone])
    old, new = _taken(stored, place[~is_new]), _taken(wanted, ~is_new)
    differs = _differ(old, new)
    store.update({"id": old["id"][differs], **{name: new[name][differs] for name in FACTS}})
    store.insert({name: wanted[name][is_new] for name in ("product", "door", "week", *FACTS)})
    return len(place) + int(stays.sum())


def _update_edited(store: LineStore, proposed: Columns, weeks: PlanWeeks) -> None:
    """An edited line keeps its numbers; that it has to be ordered now is told all the same."""
    edited = _taken(proposed, proposed["is_edited"])
    is_due = must_be_ordered_now(edited["order_by"], weeks)
    bit = BIT[BuyException.ORDER_NOW]
    told = np.where(is_due, edited["exceptions"] | bit, edited["exceptions"] & ~bit)
    differs = told != edited["exceptions"]
    store.update_exceptions({"id": edited["id"][differs], "exceptions": told[differs]})


def _moved(before: Columns, now: Columns) -> set[tuple[int, int]]:
    """The SKUs and doors whose fixed lines came, went or changed."""
    names = ("id", "product", "door", "week", "units", "is_sent", "is_edited")
    seen, found = (
        set(zip(*(fixed[name].tolist() for name in names), strict=True)) for fixed in (before, now)
    )
    return {(product, door) for _, product, door, *_ in seen ^ found}


def _is_among(lines: Columns, pairs: set[tuple[int, int]]) -> Flags:
    """Which lines are of one of these SKUs and doors."""
    found = np.zeros(len(lines["product"]), dtype=np.bool_)
    for product, door in pairs:
        found |= (lines["product"] == product) & (lines["door"] == door)
    return found


def _differ(old: Columns, new: Columns) -> Flags:
    """Where any fact is not the same; two unknown numbers are."""
    differs = np.zeros(len(old["week"]), dtype=np.bool_)
    for name in FACTS:
        mine, theirs = old[name], new[name]
        differs |= (mine != theirs) & ((mine == mine) | (theirs == theirs))
    return differs


def _keys(lines: Columns, door_ids: Integers) -> Integers:
    """One number for the SKU, the door and the week of each line."""
    door = np.searchsorted(door_ids, lines["door"])
    return (lines["product"] * DOOR_SPAN + door) * WEEK_SPAN + lines["week"] // DAYS_A_WEEK % WEEK_SPAN


def _taken(columns: Columns, which: Integers | Flags) -> Columns:
    return {name: column[which] for name, column in columns.items()}
