"""Until when each remedy of a flag still works, and on what that rests (definitions: Stockout risk)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planning.risk.assessment import Assessment
from planning.risk.engine import NO_DAY, State
from planning.risk.engine.decide_by import (
    LEAST_SPARE_UNITS,
    NOT_POSSIBLE,
    BasisPart,
    DecideBy,
    RoutesOfRows,
    Source,
    decide_by_dates,
    fastest_transfer_days,
    last_decide_by_day,
    late_receipts,
    spare_units,
)
from planning.risk.limits import lead_time_buffer_of
from planning.risk.models import Flag
from planning.supply.engine import DEFAULT_BUCKETS, expanded
from planning.supply.queries import DoorRoutes, ProjectionInputs
from sop_site.operating_model.limits import Limit

Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class RemedyDays:
    """The days that the remedies of supply take, per flag ``[g]`` of an assessment.

    ``need_day`` is the day by which they must have worked; days are NOT_POSSIBLE where a remedy cannot
    help, ``route_days`` also where the receipt lands where it is sold. ``..._is_default`` where the
    operating model stands in for what nobody entered. ``decide_by_day`` is the last day on which any
    remedy still works, those on the marketing plan included. Days are counted from today.
    """

    need_day: Integers
    decide_by_day: Integers
    expedite_days: Integers
    expedite_is_default: Flags
    route_days: Integers
    route_is_default: Flags
    transfer_days: Integers
    transfer_is_default: Flags


def remedy_days(assessment: Assessment, routes: DoorRoutes) -> RemedyDays:
    """The days of all flags of ``assessment``; they mean something only where a flag needs a decision."""
    inputs, flags, model = assessment.inputs, assessment.flags, assessment.operating_model
    start_day = inputs.planned.start_days[flags.line]
    is_short = flags.first_short_day != NO_DAY
    need_day = np.where(is_short, flags.first_short_day, np.maximum(start_day, 0))
    row = inputs.lines.row[_entries_of_first_need(assessment)]

    facts = assessment.products
    product = facts.place_of(inputs.product_ids[row])
    known_days = facts.expedite_days[product]
    late = late_receipts(assessment.projection, inputs.receipts, row, need_day)
    expedite_days = np.where(np.isnan(known_days), model.default_expedite_days, known_days).astype(np.int64)
    expedite_days = np.where(late.possible, expedite_days, NOT_POSSIBLE)
    route_days = np.where(late.by_dc, inputs.sku_doors.transit_days[row], NOT_POSSIBLE)
    transfer_days = _transfer_days(assessment, routes)
    (buffer_days,) = assessment.limits.at(
        facts.category_ids[product], inputs.door_ids[row], Limit.LEAD_TIME_BUFFER_DAYS
    )
    return RemedyDays(
        need_day=need_day,
        decide_by_day=last_decide_by_day(
            need_day,
            np.where(late.by_dc, expedite_days + route_days, expedite_days),
            transfer_days,
            np.asarray(buffer_days).astype(np.int64),
            start_day,
            (model.creative_lock_days, model.media_lock_days),
        ),
        expedite_days=expedite_days,
        expedite_is_default=late.possible & np.isnan(known_days),
        route_days=route_days,
        route_is_default=late.by_dc & ~inputs.has_route[row],
        transfer_days=transfer_days,
        transfer_is_default=(transfer_days != NOT_POSSIBLE) & (not len(routes.transit_days)),
    )


def deadlines_of(flag: Flag) -> tuple[DecideBy, ...]:
    """Until when each remedy of ``flag`` works and what that rests on; nothing where none is needed."""
    model = flag.operating_model
    if flag.supply_need_date is None:
        return ()

    buffer = lead_time_buffer_of(flag)

    def part(name: str, days: int, source: Source, *, is_default: bool = False) -> BasisPart:
        return BasisPart(name, days, Source.OPERATING_MODEL if is_default else source)

    expedite = transfer = None
    if flag.expedite_days is not None:
        default = flag.expedite_is_default
        expedite = [part("expedite_days", flag.expedite_days, Source.PRODUCT, is_default=default)]
        if flag.route_days is not None:
            default = flag.route_is_default
            expedite.append(part("route_days", flag.route_days, Source.ROUTE, is_default=default))
    if flag.transfer_days is not None:
        default = flag.transfer_is_default
        transfer = [part("transfer_days", flag.transfer_days, Source.ROUTE, is_default=default)]
    return decide_by_dates(
        supply_need_date=flag.supply_need_date,
        is_short=flag.first_short_date is not None,
        campaign_first_date=flag.campaign.starts_on,
        expedite=expedite,
        transfer=transfer,
        buffer=BasisPart(
            "lead_time_buffer_days", int(buffer.value or 0), Source.OPERATING_MODEL, buffer.where
        ),
        creative_lock=part("creative_lock_days", model.creative_lock_days, Source.OPERATING_MODEL),
        media_lock=part("media_lock_days", model.media_lock_days, Source.OPERATING_MODEL),
    )


def _flag_of_entry(assessment: Assessment) -> Integers:
    """The place of the flag of each entry of the lines ``[m]``."""
    return np.searchsorted(assessment.flags.line, assessment.inputs.lines.line)


def _entries_of_first_need(assessment: Assessment) -> Integers:
    """Of each flag the entry of the door that is short first, or the worst one where none is short."""
    flags, short_day = assessment.flags, assessment.risk.window.first_short_day
    flag = _flag_of_entry(assessment)
    first = flags.worst_entry.copy()
    is_first = np.flatnonzero((short_day != NO_DAY) & (short_day == flags.first_short_day[flag]))[::-1]
    # Of several the first stands last here, and so stays.
    first[flag[is_first]] = is_first
    return first


def _transfer_days(assessment: Assessment, routes: DoorRoutes) -> Integers:
    """Days of the fastest way from a door with spare units to a short one, per flag."""
    inputs, flags = assessment.inputs, assessment.flags
    short = np.flatnonzero(assessment.risk.state >= State.AT_RISK)
    short_flag, short_row = _flag_of_entry(assessment)[short], inputs.lines.row[short]
    spare = spare_units(assessment.projection, _last_buckets(inputs))
    may_give = (spare >= LEAST_SPARE_UNITS) & ~inputs.is_dc
    ways = _routes_of_rows(assessment, routes) if len(routes.transit_days) else _any_way(assessment, may_give)
    return fastest_transfer_days(ways, short_flag, short_row, may_give, len(flags.line))


def _last_buckets(inputs: ProjectionInputs) -> Integers:
    """The bucket up to which each SKU-door must keep what it will sell.

    By its own SKU's campaigns: how far the horizon of a chunk reaches, other SKUs decide.
    """
    last_bucket = np.minimum(
        inputs.horizon.buckets_of_days(inputs.planned.end_days), inputs.horizon.buckets - 1
    )
    last_of_row = np.full(len(inputs.product_ids), min(DEFAULT_BUCKETS, inputs.horizon.buckets) - 1)
    first = np.searchsorted(inputs.product_ids, inputs.planned.product_ids)
    count = np.searchsorted(inputs.product_ids, inputs.planned.product_ids, side="right") - first
    line, row = expanded(first, count)
    np.maximum.at(last_of_row, row, last_bucket[line])
    return last_of_row


def _routes_of_rows(assessment: Assessment, routes: DoorRoutes) -> RoutesOfRows:
    """The routes between doors as routes between the SKU-doors of one SKU."""
    inputs = assessment.inputs
    span = int(inputs.door_ids.max(initial=0)) + 1
    keys = inputs.product_ids * span + inputs.door_ids
    into = np.argsort(routes.to_door_ids, kind="stable")
    to_door, from_door, days = routes.to_door_ids[into], routes.from_door_ids[into], routes.transit_days[into]
    first = np.searchsorted(to_door, inputs.door_ids)
    count = np.searchsorted(to_door, inputs.door_ids, side="right") - first
    to_row, way = expanded(first, count)
    wanted = inputs.product_ids[to_row] * span + from_door[way]
    from_row = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    known = (keys[from_row] == wanted) & (from_door[way] < span)
    return RoutesOfRows(from_row[known], to_row[known], days[way][known])


def _any_way(assessment: Assessment, may_give: Flags) -> RoutesOfRows:
    """Where nobody has entered a route: every SKU-door that may give reaches every other of its SKU."""
    product_ids = assessment.inputs.product_ids
    giver = np.flatnonzero(may_give)
    first = np.searchsorted(product_ids[giver], product_ids)
    count = np.searchsorted(product_ids[giver], product_ids, side="right") - first
    to_row, place = expanded(first, count)
    days = np.full(len(to_row), assessment.operating_model.default_transfer_days)
    return RoutesOfRows(giver[place], to_row, days)
