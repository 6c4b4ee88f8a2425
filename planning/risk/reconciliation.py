"""From what the engines say to what is stored: only differences are written, and decisions stay.

All of this runs while the SKUs are locked by the recalculation.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from planning.risk.assessment import Assessment
from planning.risk.choices import AcceptanceStatus, FlagEventKind, RiskState
from planning.risk.deadlines import remedy_days
from planning.risk.engine import NO_DAY, NO_FLAG, Change, State, reconcile, worse_than_accepted
from planning.risk.models import FlagEvent, RiskAcceptance
from planning.risk.stored import FLAG_FACTS, LINE_FACTS, NO_DATE, NONE, FlagStore
from planning.supply.queries import routes_between_doors
from sop_site.columns import Columns, place_in, read_columns
from sop_site.operating_model.limits import Limit

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

OPEN_ACCEPTANCES = """
SELECT id FROM planning_riskacceptance WHERE flag_id = ANY(%(flags)s) AND status = ANY(%(statuses)s)
"""
# Finer than any page shows; the last digits of a sum are no difference.
UNIT_DECIMALS = 4
COVER_DECIMALS = 6
MONEY_DECIMALS = 2
PROBABILITY_DECIMALS = 4
# A new fit moves every chance a little; a change of less than a percentage point is not worth a row.
LEAST_PROBABILITY_CHANGE = 0.01
# Ids of a campaign, a door or a flag are below it; two of them make one key.
KEY_SPAN = 2**31


@dataclass(frozen=True, slots=True)
class Moves:
    """How many flags a recalculation opened (or reopened), worsened, eased and cleared."""

    opened: int = 0
    worsened: int = 0
    eased: int = 0
    cleared: int = 0

    def __add__(self, other: "Moves") -> "Moves":
        return Moves(
            self.opened + other.opened,
            self.worsened + other.worsened,
            self.eased + other.eased,
            self.cleared + other.cleared,
        )


@dataclass(frozen=True, slots=True)
class Wanted:
    """What should be stored: ``flags [k]`` in ascending key, ``lines`` with the place of their flag.

    Both are columns of the facts that ``planning.risk.stored`` names; flags have ``campaign_id`` and
    ``product_id`` beside them, lines ``door_id``.
    """

    flags: Columns
    flag_of_line: Integers
    lines: Columns

    @property
    def keys(self) -> Integers:
        """One number for the SKU and campaign of each flag ``[k]``."""
        return _keys(self.flags["product_id"], self.flags["campaign_id"])


def write_differences(assessment: Assessment, product_ids: Integers, at: datetime) -> Moves:
    """Make the flags of these SKUs say what ``assessment`` says; a second time changes nothing.

    Flags of campaigns that no longer plan the SKU are closed, never deleted; what people decided is
    left alone, but for acceptances that the risk has outgrown.
    """
    store = FlagStore(assessment.inputs.horizon.today, at)
    wanted = wanted_flags(assessment)
    stored = store.flags(product_ids)
    order = np.argsort(_keys(stored["product_id"], stored["campaign_id"]))
    stored = _taken(stored, order)
    place = place_in(_keys(stored["product_id"], stored["campaign_id"]), wanted.keys)
    change = _changes(wanted.flags, stored, place)
    ids = _write_flags(store, wanted.flags, stored, place, change)
    _write_lines(store, wanted, ids)
    moved = np.flatnonzero(change != Change.UNCHANGED)
    store.write_events(
        ids[moved],
        change[moved],
        np.where(place == NONE, NO_FLAG, _at(stored["state"], place))[moved],
        wanted.flags["state"][moved],
        wanted.flags["units_short"][moved],
    )
    cleared = _close_unplanned(store, stored, place)
    _outgrow_acceptances(ids, wanted.flags, assessment, at)
    counts = np.bincount(change, minlength=len(Change))
    return Moves(
        opened=int(counts[Change.OPENED] + counts[Change.REOPENED]),
        worsened=int(counts[Change.WORSENED]),
        eased=int(counts[Change.EASED]),
        cleared=int(counts[Change.CLEARED]) + cleared,
    )


def wanted_flags(assessment: Assessment) -> Wanted:
    """What should be stored of each planned campaign line, and of its doors that are not well.

    Where no open door of a campaign ranges the SKU, nothing is known: no data.
    """
    planned, flags = assessment.inputs.planned, assessment.flags
    facts: Columns = {"campaign_id": planned.campaign_ids, "product_id": planned.product_ids}
    known = _flag_facts(assessment)
    for name, missing in _facts_without_door().items():
        facts[name] = np.full(len(planned), missing)
        if name in known:
            facts[name][flags.line] = known[name]
    facts["operating_model_id"][:] = assessment.operating_model.pk
    order = np.argsort(_keys(planned.product_ids, planned.campaign_ids), kind="stable")
    place_of = np.empty_like(order)
    place_of[order] = np.arange(len(order))
    unwell = np.flatnonzero(assessment.risk.state != State.OK)
    return Wanted(
        _taken(facts, order), place_of[assessment.inputs.lines.line[unwell]], _line_facts(assessment, unwell)
    )


def _facts_without_door() -> dict[str, float | bool]:
    """Every fact of a flag whose SKU no door of the campaign could serve."""
    missing: dict[str, float | bool] = {}
    for name, form in FLAG_FACTS.items():
        missing[name] = {"float8": 0.0, "int8": NONE, "int4": NO_DATE, "bool": False}[form.kind]
    unknown = {"cover": np.nan, "short_probability": np.nan}
    return missing | unknown | {"state": int(State.NO_DATA), "doors_flagged": 0}


def _flag_facts(assessment: Assessment) -> Columns:
    """The facts of the flags that have doors, in the order of ``assessment.flags``."""
    inputs, flags = assessment.inputs, assessment.flags
    days = remedy_days(assessment, routes_between_doors())
    is_open = flags.state >= State.AT_RISK
    return {
        "state": flags.state.astype(np.int64),
        "cover": _rounded(flags.cover, COVER_DECIMALS),
        "short_probability": _rounded(assessment.short_probability(flags.worst_entry), PROBABILITY_DECIMALS),
        "worst_door_id": inputs.door_ids[inputs.lines.row[flags.worst_entry]],
        "expected_units": _rounded(flags.expected_units, UNIT_DECIMALS),
        "units_short": _rounded(flags.units_short, UNIT_DECIMALS),
        "revenue_short": _rounded(flags.revenue_short, MONEY_DECIMALS),
        "margin_short": _rounded(flags.margin_short, MONEY_DECIMALS),
        "first_short_date": np.where(flags.first_short_day == NO_DAY, NO_DATE, flags.first_short_day),
        "decide_by_date": np.where(is_open, days.decide_by_day, NO_DATE),
        "supply_need_date": np.where(is_open, days.need_day, NO_DATE),
        "expedite_days": np.where(is_open, days.expedite_days, NONE),
        "expedite_is_default": is_open & days.expedite_is_default,
        "route_days": np.where(is_open, days.route_days, NONE),
        "route_is_default": is_open & days.route_is_default,
        "transfer_days": np.where(is_open, days.transfer_days, NONE),
        "transfer_is_default": is_open & days.transfer_is_default,
        "doors_flagged": flags.doors_flagged,
    }


def _line_facts(assessment: Assessment, entries: Integers) -> Columns:
    """The facts of these entries of the lines."""
    inputs, risk = assessment.inputs, assessment.risk
    short_day = risk.window.first_short_day[entries]
    return {
        "door_id": inputs.door_ids[inputs.lines.row[entries]],
        "state": risk.state[entries].astype(np.int64),
        "cover": _rounded(risk.cover[entries], COVER_DECIMALS),
        "expected_units": _rounded(risk.window.demand_units[entries], UNIT_DECIMALS),
        "units_short": _rounded(risk.window.units_short[entries], UNIT_DECIMALS),
        "first_short_date": np.where(short_day == NO_DAY, NO_DATE, short_day),
    }


def _rounded(values: Floats, decimals: int) -> Floats:
    """Never minus zero."""
    return np.round(values, decimals) + 0.0


def _changes(wanted: Columns, stored: Columns, place: Integers) -> Integers:
    """How each flag moves ``[k]``. One that was never open has no previous state, and so opens first."""
    was_closed = _at(stored["is_closed"], place)
    state = np.where(was_closed, State.OK, _at(stored["state"], place))
    state = np.where((place == NONE) | ~_at(stored["was_opened"], place), NO_FLAG, state)
    units_short = np.where(was_closed | (state == NO_FLAG), 0.0, _at(stored["units_short"], place))
    return reconcile(state, units_short, wanted["state"], wanted["units_short"]).astype(np.int64)


def _write_flags(
    store: FlagStore, wanted: Columns, stored: Columns, place: Integers, change: Integers
) -> Integers:
    """Bring the flags up to date; returns their ids ``[k]``."""
    opens = (change == Change.OPENED) | (change == Change.REOPENED)
    is_new = place == NONE
    old = _taken(stored, np.maximum(place, 0)) if len(stored["id"]) else stored
    differs = np.zeros(len(place), dtype=np.bool_)
    if len(stored["id"]):
        differs = ~is_new & (_flags_differ(wanted, old) | old["is_closed"])
    ids = _at(stored["id"], place)
    ids[is_new] = store.insert_flags(_taken(wanted, np.flatnonzero(is_new)), opens[is_new])
    store.update_flags(ids[differs], _taken(wanted, np.flatnonzero(differs)), opens[differs])
    return ids


def _write_lines(store: FlagStore, wanted: Wanted, ids: Integers) -> None:
    """Bring the lines of all planned flags up to date; those of closed flags stay as they were."""
    lines = {"flag_id": ids[wanted.flag_of_line], **wanted.lines}
    stored = store.lines(ids)
    order = np.argsort(_keys(stored["flag_id"], stored["door_id"]))
    stored = _taken(stored, order)
    stored_keys = _keys(stored["flag_id"], stored["door_id"])
    place = place_in(stored_keys, _keys(lines["flag_id"], lines["door_id"]))
    is_new, differs = place == NONE, np.zeros(len(place), dtype=np.bool_)
    if len(stored_keys):
        differs = ~is_new & _differ(lines, _taken(stored, np.maximum(place, 0)), LINE_FACTS)
    is_gone = np.ones(len(stored_keys), dtype=np.bool_)
    is_gone[place[~is_new]] = False
    store.write_lines(
        new=_taken(lines, np.flatnonzero(is_new)),
        changed=_taken(lines, np.flatnonzero(differs)),
        gone=_taken({name: stored[name] for name in ("flag_id", "door_id")}, np.flatnonzero(is_gone)),
    )


def _close_unplanned(store: FlagStore, stored: Columns, place: Integers) -> int:
    """Close the flags of SKUs that their campaign no longer plans; how many of them were open."""
    is_planned = np.zeros(len(stored["id"]), dtype=np.bool_)
    is_planned[place[place != NONE]] = True
    closing = np.flatnonzero(~is_planned & ~stored["is_closed"])
    store.close_flags(stored["id"][closing])
    cleared = closing[stored["state"][closing] >= State.AT_RISK]
    count = len(cleared)
    store.write_events(
        stored["id"][cleared],
        np.full(count, int(Change.CLEARED)),
        stored["state"][cleared],
        np.full(count, int(State.OK)),
        np.zeros(count),
    )
    return count


def _outgrow_acceptances(ids: Integers, flags: Columns, assessment: Assessment, at: datetime) -> None:
    """End the acceptances whose risk has grown past the accepted size; the flag asks again.

    Read after the flags are written: whoever accepts locks the same SKU, so nothing slips in between.
    """
    open_statuses = [AcceptanceStatus.PROPOSED.value, AcceptanceStatus.IN_FORCE.value]
    found = read_columns(OPEN_ACCEPTANCES, {"flags": ids, "statuses": open_statuses}, {"id": "int8"})
    if not len(found["id"]):
        return
    acceptances = list(RiskAcceptance.objects.filter(pk__in=found["id"].tolist()).order_by("pk"))
    order = np.argsort(ids)
    flag_ids = np.array([acceptance.flag_id for acceptance in acceptances])
    place = order[np.searchsorted(ids[order], flag_ids)]
    state, units_short = flags["state"][place], flags["units_short"][place]
    facts = assessment.products
    (growth_tolerance,) = assessment.limits.at(
        facts.category_ids[facts.place_of(flags["product_id"][place])],
        flags["worst_door_id"][place],
        Limit.ACCEPTED_GROWTH,
    )
    grown = worse_than_accepted(
        np.array([acceptance.accepted_units_short for acceptance in acceptances], dtype=np.float64),
        np.array([acceptance.accepted_revenue_short for acceptance in acceptances], dtype=np.float64),
        units_short,
        flags["revenue_short"][place],
        growth_tolerance,
    )
    for number, acceptance in enumerate(acceptances):
        is_worse = state[number] > State.of_slug(acceptance.accepted_state)
        if not (grown[number] or is_worse):
            continue
        acceptance.outgrow()
        acceptance.save()
        FlagEvent.objects.create(
            flag_id=acceptance.flag_id,
            kind=FlagEventKind.OUTGREW_ACCEPTANCE,
            at=at,
            from_state=acceptance.accepted_state,
            to_state=RiskState(State(state[number]).slug),
            units_short=float(units_short[number]),
            is_to_be_told=True,
        )


def _keys(major: Integers, minor: Integers) -> Integers:
    return major * KEY_SPAN + minor


def _at(values: NDArray, place: Integers) -> NDArray:
    """``values`` at their places, zero where the place is NONE."""
    found = np.zeros(len(place), dtype=values.dtype)
    found[place != NONE] = values[place[place != NONE]]
    return found


def _taken(columns: Columns, place: Integers) -> Columns:
    return {name: values[place] for name, values in columns.items()}


def _flags_differ(wanted: Columns, stored: Columns) -> Flags:
    """Where a flag says something else than what is stored of it, beyond a hair's breadth of its chance."""
    mine, theirs = wanted["short_probability"], stored["short_probability"]
    moved = ~(np.abs(mine - theirs) < LEAST_PROBABILITY_CHANGE) & ~(np.isnan(mine) & np.isnan(theirs))
    return moved | _differ(wanted, stored, FLAG_FACTS.keys() - {"short_probability"})


def _differ(some: Columns, others: Columns, names: Collection[str]) -> Flags:
    """Where any of the named columns is not the same; two unknown numbers are."""
    differs = np.zeros(len(some["state"]), dtype=np.bool_)
    for name in names:
        mine, theirs = some[name], others[name]
        differs |= (mine != theirs) & ((mine == mine) | (theirs == theirs))
    return differs
