"""From what the engines say to what is stored: only differences are written, and decisions stay.

All of this runs while the SKUs are locked by the recalculation.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from math import isnan
from typing import Any

import numpy as np

from planning.risk.assessment import Assessment
from planning.risk.choices import AcceptanceStatus, FlagEventKind, RiskState
from planning.risk.deadlines import DeadlineFinder
from planning.risk.engine import (
    NO_DAY,
    NO_FLAG,
    Change,
    State,
    reconcile,
    worse_than_accepted,
)
from planning.risk.models import Flag, FlagEvent, FlagLine, RiskAcceptance
from planning.supply.queries import routes_between_doors

FLAG_FACTS = (
    "state",
    "cover",
    "worst_door_id",
    "expected_units",
    "units_short",
    "revenue_short",
    "margin_short",
    "first_short_date",
    "decide_by_date",
    "decide_by",
    "doors_flagged",
    "unranged_doors",
    "operating_model_id",
)
FLAG_FIELDS = [name.removesuffix("_id") for name in FLAG_FACTS]
LINE_FACTS = ("state", "cover", "expected_units", "units_short", "first_short_date")
# Finer than any page shows; the last digits of a sum are no difference.
UNIT_DECIMALS = 4
COVER_DECIMALS = 6
MONEY_DECIMALS = 2

FlagKey = tuple[int, int]
LineKey = tuple[int, int]


@dataclass(slots=True)
class Moves:
    """How many flags a recalculation opened (or reopened), worsened, eased and cleared."""

    opened: int = 0
    worsened: int = 0
    eased: int = 0
    cleared: int = 0

    def count(self, events: Collection[FlagEvent]) -> None:
        """Add what ``events`` tell."""
        kinds = [event.kind for event in events]
        self.opened += kinds.count(FlagEventKind.OPENED) + kinds.count(FlagEventKind.REOPENED)
        self.worsened += kinds.count(FlagEventKind.WORSENED)
        self.eased += kinds.count(FlagEventKind.EASED)
        self.cleared += kinds.count(FlagEventKind.CLEARED)


@dataclass(slots=True)
class Wanted:
    """What should be stored of one flag: its facts, and those of its lines by door id."""

    facts: dict[str, Any]
    lines: dict[int, tuple] = field(default_factory=dict)


def write_differences(assessment: Assessment, product_ids: Collection[int], at: datetime) -> Moves:
    """Make the flags of these SKUs say what ``assessment`` says; a second time changes nothing.

    Flags of campaigns that no longer plan the SKU are closed, never deleted; what people decided is
    left alone, but for acceptances that the risk has outgrown.
    """
    wanted = wanted_flags(assessment)
    stored = {
        (flag.campaign_id, flag.product_id): flag
        for flag in Flag.objects.filter(product__in=product_ids).order_by("pk")
    }
    events = _write_flags(wanted, stored, at)
    _write_lines(wanted, stored)
    FlagEvent.objects.bulk_create(events)
    _outgrow_acceptances(stored, assessment.operating_model.accepted_growth_tolerance, at)
    moves = Moves()
    moves.count(events)
    return moves


def wanted_flags(assessment: Assessment) -> dict[FlagKey, Wanted]:
    """Per campaign and SKU what should be stored, in ascending SKU and campaign.

    Where no open door of a campaign ranges the SKU, nothing is known: no data.
    """
    inputs, flags = assessment.inputs, assessment.flags
    place_of = {int(line): place for place, line in enumerate(flags.line)}
    deadlines = DeadlineFinder(assessment, routes_between_doors())
    lines_of = _wanted_lines(assessment)
    wanted = {}
    for number, planned in enumerate(inputs.planned):
        facts = _facts_without_door()
        if number in place_of:
            place = place_of[number]
            facts = _facts_at(assessment, place)
            if State(flags.state[place]).is_flagged:
                found = deadlines.of(place)
                facts |= {"decide_by_date": found.decide_by_date, "decide_by": found.decide_by}
        facts["unranged_doors"] = list(inputs.unranged_doors[number])
        facts["operating_model_id"] = assessment.operating_model.pk
        wanted[planned.campaign_id, planned.product_id] = Wanted(facts, lines_of.get(number, {}))
    return wanted


def _facts_without_door() -> dict[str, Any]:
    return {
        "state": RiskState.NO_DATA.value,
        "cover": None,
        "worst_door_id": None,
        "expected_units": 0.0,
        "units_short": 0.0,
        "revenue_short": 0.0,
        "margin_short": 0.0,
        "first_short_date": None,
        "decide_by_date": None,
        "decide_by": [],
        "doors_flagged": 0,
    }


def _facts_at(assessment: Assessment, place: int) -> dict[str, Any]:
    inputs, flags = assessment.inputs, assessment.flags
    worst_row = inputs.lines.row[flags.worst_entry[place]]
    short_day = int(flags.first_short_day[place])
    return _facts_without_door() | {
        "state": State(flags.state[place]).slug,
        "cover": _rounded(flags.cover[place], COVER_DECIMALS),
        "worst_door_id": int(inputs.door_ids[worst_row]),
        "expected_units": _rounded(flags.expected_units[place], UNIT_DECIMALS),
        "units_short": _rounded(flags.units_short[place], UNIT_DECIMALS),
        "revenue_short": _rounded(flags.revenue_short[place], MONEY_DECIMALS),
        "margin_short": _rounded(flags.margin_short[place], MONEY_DECIMALS),
        "first_short_date": None if short_day == NO_DAY else inputs.horizon.date_of(short_day),
        "doors_flagged": int(flags.doors_flagged[place]),
    }


def _wanted_lines(assessment: Assessment) -> dict[int, dict[int, tuple]]:
    """Per planned line, per door id, the facts of ``LINE_FACTS``."""
    inputs, risk = assessment.inputs, assessment.risk
    window = risk.window
    columns = zip(
        inputs.lines.line.tolist(),
        inputs.door_ids[inputs.lines.row].tolist(),
        risk.state.tolist(),
        risk.cover.tolist(),
        window.demand_units.tolist(),
        window.units_short.tolist(),
        window.first_short_day.tolist(),
        strict=True,
    )
    found: dict[int, dict[int, tuple]] = {}
    for line, door_id, state, cover, expected_units, units_short, short_day in columns:
        found.setdefault(line, {})[door_id] = (
            State(state).slug,
            _rounded(cover, COVER_DECIMALS),
            _rounded(expected_units, UNIT_DECIMALS),
            _rounded(units_short, UNIT_DECIMALS),
            None if short_day == NO_DAY else inputs.horizon.date_of(short_day),
        )
    return found


def _rounded(value: float, decimals: int) -> float | None:
    """None for NaN; never minus zero."""
    return None if isnan(value) else round(float(value), decimals) + 0.0


def _write_flags(wanted: dict[FlagKey, Wanted], stored: dict[FlagKey, Flag], at: datetime) -> list[FlagEvent]:
    """Bring the flags up to date; ``stored`` then holds the new ones too. Returns the events to keep."""
    changes = _changes(wanted, stored)
    to_write, moved = [], []
    for key, want in wanted.items():
        change = changes[key]
        flag = stored.get(key)
        from_state = flag.state if flag else ""
        if flag is None:
            campaign_id, product_id = key
            flag = stored[key] = Flag(campaign_id=campaign_id, product_id=product_id)
        elif not _differs(flag, want.facts) and flag.closed_at is None:
            continue
        for name, value in want.facts.items():
            setattr(flag, name, value)
        flag.closed_at = None
        flag.calculated_at = at
        if change in (Change.OPENED, Change.REOPENED):
            flag.opened_at = at
        if change != Change.UNCHANGED:
            moved.append((flag, from_state, FlagEventKind(change.slug)))
        to_write.append(flag)
    Flag.objects.bulk_create(
        to_write,
        update_conflicts=True,
        unique_fields=["campaign", "product"],
        update_fields=[*FLAG_FIELDS, "opened_at", "calculated_at", "closed_at"],
    )
    events = [
        FlagEvent(
            flag=flag, kind=kind, at=at, from_state=before, to_state=flag.state, units_short=flag.units_short
        )
        for flag, before, kind in moved
    ]
    return events + _close_flags([flag for key, flag in stored.items() if key not in wanted], at)


def _changes(wanted: dict[FlagKey, Wanted], stored: dict[FlagKey, Flag]) -> dict[FlagKey, Change]:
    """How each flag moves. One that was never open has no previous state, and so opens first."""

    def previous(flag: Flag | None) -> tuple[int, float]:
        if flag is None or flag.opened_at is None:
            return NO_FLAG, 0.0
        if flag.closed_at is not None:
            return State.OK, 0.0
        return State.of_slug(flag.state), flag.units_short

    before = [previous(stored.get(key)) for key in wanted]
    moves = reconcile(
        np.array([state for state, _ in before], dtype=np.int64),
        np.array([units for _, units in before], dtype=np.float64),
        np.array([State.of_slug(want.facts["state"]) for want in wanted.values()], dtype=np.int64),
        np.array([want.facts["units_short"] for want in wanted.values()], dtype=np.float64),
    )
    return {key: Change(int(move)) for key, move in zip(wanted, moves, strict=True)}


def _differs(flag: Flag, facts: dict[str, Any]) -> bool:
    return any(getattr(flag, name) != value for name, value in facts.items())


def _close_flags(flags: list[Flag], at: datetime) -> list[FlagEvent]:
    """Close the flags of SKUs that their campaign no longer plans; they keep their last figures."""
    closing = [flag for flag in flags if flag.closed_at is None]
    Flag.objects.filter(pk__in=[flag.pk for flag in closing]).update(closed_at=at, calculated_at=at)
    return [
        FlagEvent(
            flag=flag,
            kind=FlagEventKind.CLEARED,
            at=at,
            from_state=flag.state,
            to_state=RiskState.OK,
            units_short=0.0,
        )
        for flag in closing
        if flag.risk_state.needs_decision
    ]


def _write_lines(wanted: dict[FlagKey, Wanted], stored: dict[FlagKey, Flag]) -> None:
    """Bring the lines of all planned flags up to date; those of closed flags stay as they were."""
    flag_ids = {key: stored[key].pk for key in wanted}
    rows = FlagLine.objects.filter(flag__in=flag_ids.values()).values_list(
        "flag_id", "door_id", "pk", *LINE_FACTS
    )
    known: dict[LineKey, tuple] = {(row[0], row[1]): row[2:] for row in rows}
    to_write = []
    for key, want in wanted.items():
        for door_id, facts in want.lines.items():
            before = known.pop((flag_ids[key], door_id), ())
            if before[1:] != facts:
                named = dict(zip(LINE_FACTS, facts, strict=True))
                to_write.append(FlagLine(flag_id=flag_ids[key], door_id=door_id, **named))
    FlagLine.objects.bulk_create(
        to_write, update_conflicts=True, unique_fields=["flag", "door"], update_fields=LINE_FACTS
    )
    if known:
        FlagLine.objects.filter(pk__in=[line_id for line_id, *_ in known.values()]).delete()


def _outgrow_acceptances(stored: dict[FlagKey, Flag], growth_tolerance: float, at: datetime) -> None:
    """End the acceptances whose risk has grown past the accepted size; the flag asks again.

    Read after the flags are written: whoever accepts locks the same SKU, so nothing slips in between.
    """
    flags = {flag.pk: flag for flag in stored.values() if flag.closed_at is None}
    acceptances = list(
        RiskAcceptance.objects.filter(
            flag__in=flags, status__in=[AcceptanceStatus.PROPOSED, AcceptanceStatus.IN_FORCE]
        ).order_by("pk")
    )
    if not acceptances:
        return
    now = [flags[acceptance.flag_id] for acceptance in acceptances]
    grown = worse_than_accepted(
        np.array([acceptance.accepted_units_short for acceptance in acceptances], dtype=np.float64),
        np.array([acceptance.accepted_revenue_short for acceptance in acceptances], dtype=np.float64),
        np.array([flag.units_short for flag in now], dtype=np.float64),
        np.array([flag.revenue_short for flag in now], dtype=np.float64),
        growth_tolerance,
    )
    for acceptance, flag, is_larger in zip(acceptances, now, grown, strict=True):
        accepted_state = State.of_slug(acceptance.accepted_state)
        is_worse = State.of_slug(flag.state) > accepted_state
        if not (is_larger or is_worse):
            continue
        acceptance.outgrow()
        acceptance.save()
        FlagEvent.objects.create(
            flag=flag,
            kind=FlagEventKind.OUTGREW_ACCEPTANCE,
            at=at,
            from_state=acceptance.accepted_state,
            to_state=flag.state,
            units_short=flag.units_short,
        )
