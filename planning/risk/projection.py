"""Projections on demand, for pages: the weeks of flags, and one SKU-door opened into its arithmetic.

Nothing of this is stored: it is the calculation of the recalculation, made again from today's inputs.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from marketing.campaigns.models import Campaign
from marketing.catalogue.models import Door
from planning.risk.assessment import Assessment, assess
from planning.risk.choices import RiskState
from planning.risk.engine import NO_DAY, State, WeekRisk, assess_weeks
from planning.risk.ledger import LedgerWeek, ledger_of
from planning.risk.models import Flag
from planning.supply.engine import Horizon
from planning.supply.models import Receipt, Transfer
from planning.supply.queries import UNDER_WAY
from sop_site.clock import today
from sop_site.fiscal import week_start
from sop_site.operating_model.models import OperatingModel

CELL_WEEKS = 13


@dataclass(frozen=True, slots=True)
class WeekCell:
    """One fiscal week of a flag's campaign window: the state of its worst door, the sum of its units.

    ``cover`` is the worst door's, from the begin of the window (or today) to the end of the week; None
    where nothing is expected to sell.
    """

    week_start: date
    state: RiskState
    units_short: float
    cover: float | None
    expected_units: float


@dataclass(frozen=True, slots=True)
class FlagWeeks:
    """The next 13 fiscal weeks of a flag.

    ``cells`` are those of its campaign's window, in order; none where it begins later.
    ``on_hand_units [13]`` is the constrained projection at the end of each week, summed over the
    campaign's doors that range the SKU and the DCs that supply them, each counted once (definitions:
    Projected on-hand). It is NaN throughout where no stock record of theirs is known.
    """

    cells: Sequence[WeekCell]
    on_hand_units: NDArray[np.float64]


def weeks_of_flags(flag_ids: Collection[int]) -> dict[int, FlagWeeks]:
    """Per flag its next 13 weeks, from one projection of all their SKUs.

    A flag that is closed, or whose campaign has no door that ranges the SKU, has no entry.
    """
    flags = Flag.objects.live().filter(pk__in=flag_ids).values_list("campaign_id", "product_id", "pk")
    flag_of = {(campaign_id, product_id): pk for campaign_id, product_id, pk in flags}
    if not flag_of:
        return {}
    assessment = assess({product_id for _, product_id in flag_of}, today=today())
    inputs = assessment.inputs
    shown = np.array([flag_of.get(key, -1) for key in zip(*inputs.planned.keys, strict=True)], dtype=np.int64)
    flag_id = shown[inputs.lines.line]
    weeks = assess_weeks(
        assessment.projection,
        assessment.without_inbound,
        inputs.lines,
        assessment.cover_threshold,
        assessment.watch_margin,
    )
    cells = _worst_by_week(inputs.horizon, weeks, flag_id[weeks.entry])
    on_hand = _on_hand_by_week(assessment, flag_id)
    return {pk: FlagWeeks(cells.get(pk, []), units) for pk, units in on_hand.items()}


def _on_hand_by_week(assessment: Assessment, flag_id: NDArray[np.int64]) -> dict[int, NDArray[np.float64]]:
    """``FlagWeeks.on_hand_units`` of the flags ``flag_id [m]`` (-1: not asked for) of the lines' entries."""
    sku_doors, row = assessment.inputs.sku_doors, assessment.inputs.lines.row[flag_id >= 0]
    at_door = np.column_stack((flag_id[flag_id >= 0], row))
    at_dc = np.column_stack((at_door[:, 0], sku_doors.dc_row[row]))
    pairs = np.unique(np.concatenate((at_door, at_dc[at_dc[:, 1] >= 0])), axis=0)
    flags, first = np.unique(pairs[:, 0], return_index=True)
    if not len(flags):
        return {}
    closing = np.add.reduceat(assessment.projection.closing[:CELL_WEEKS, pairs[:, 1]], first, axis=1)
    is_known = np.logical_or.reduceat(~np.isnan(sku_doors.on_hand[pairs[:, 1]]), first)
    return dict(zip(flags.tolist(), np.where(is_known, closing, np.nan).T, strict=True))


def _worst_by_week(
    horizon: Horizon, weeks: WeekRisk, flag_id: NDArray[np.int64]
) -> dict[int, list[WeekCell]]:
    """The cells of the flags ``flag_id [c]`` (-1: not asked for) from the entries of ``weeks``."""
    starts = [week_start(day) for day in horizon.bucket_starts]
    low_cover_first = np.where(np.isnan(weeks.cover), np.inf, weeks.cover)
    severity = -weeks.state.astype(np.int64)
    order = np.lexsort((low_cover_first, severity, weeks.bucket, flag_id))
    order = order[(flag_id[order] >= 0) & (weeks.bucket[order] < CELL_WEEKS)]
    cells: dict[int, list[WeekCell]] = {}
    if not len(order):
        return cells
    keys = flag_id[order] * CELL_WEEKS + weeks.bucket[order]
    _, first = np.unique(keys, return_index=True)
    columns = zip(
        flag_id[order[first]].tolist(),
        weeks.bucket[order[first]].tolist(),
        weeks.state[order[first]].tolist(),
        weeks.cover[order[first]].tolist(),
        np.add.reduceat(weeks.units_short[order], first).tolist(),
        np.add.reduceat(weeks.expected_units[order], first).tolist(),
        strict=True,
    )
    for pk, bucket, state, cover, units_short, expected_units in columns:
        cell = WeekCell(
            starts[bucket], RiskState(State(state).slug), units_short, _known(cover), expected_units
        )
        cells.setdefault(pk, []).append(cell)
    return cells


@dataclass(frozen=True, slots=True)
class CampaignRisk:
    """What one campaign means for the SKU at the door, and the cover arithmetic behind its state.

    ``cover = (own_units + dc_units) ÷ expected_units``: what the door can sell itself in the window,
    and its part of what its DC could still send in time. ``covered_share`` of the demand is served in
    time, and ``short_probability`` is the chance that there is more. Units are floats, not rounded.
    """

    campaign: Campaign
    state: RiskState
    expected_units: float
    own_units: float
    dc_units: float
    cover: float | None
    cover_without_inbound: float | None
    covered_share: float | None
    short_probability: float | None
    units_short: float
    first_short_date: date | None


@dataclass(frozen=True, slots=True)
class DoorArithmetic:
    """One SKU at one door, as the recalculation sees it.

    ``on_hand_units`` is the feed's figure (may be negative; None without a record), ``opening_units``
    what of it is sellable. ``dc`` supplies the door after ``transit_days`` (``transit_is_default``
    where no route is entered); a DC's own line has none. ``past_due_receipts`` count for nothing until
    they are re-dated. ``ledger`` adds up exactly as it stands.
    """

    door: Door
    dc: Door | None
    transit_days: int
    transit_is_default: bool
    sells_from_dc: bool
    is_ranged: bool
    is_simulated: bool
    on_hand_units: float | None
    unavailable_units: float
    committed_units: float
    opening_units: float
    presentation_minimum_units: float
    baseline_per_week: float | None
    campaigns: Sequence[CampaignRisk]
    past_due_receipts: Sequence[Receipt]
    ledger: Sequence[LedgerWeek]


@dataclass(frozen=True, slots=True)
class SkuArithmetic:
    """One SKU at all its doors and DCs, by door id, under the operating model that judges it."""

    operating_model: OperatingModel
    today: date
    doors: dict[int, DoorArithmetic]


def sku_arithmetic(product_id: int, *, door_ids: Collection[int] | None = None) -> SkuArithmetic:
    """The arithmetic of one SKU at all its doors, or at those of ``door_ids`` that have any.

    Every door is calculated in any case, because they share their DC. A SKU that no planned campaign
    features has its arithmetic too.
    """
    day = today()
    assessment = assess([product_id], today=day, with_unfeatured=True)
    inputs = assessment.inputs
    wanted = [
        row for row, door_id in enumerate(inputs.door_ids.tolist()) if door_ids is None or door_id in door_ids
    ]
    doors = Door.objects.in_bulk(inputs.door_ids.tolist())
    campaigns = Campaign.objects.in_bulk(inputs.planned.campaign_ids.tolist())
    receipts = list(
        Receipt.objects.still_to_come(day).filter(product=product_id).order_by("current_eta", "pk")
    )
    past_due = list(Receipt.objects.past_due(day).filter(product=product_id).order_by("current_eta", "pk"))
    transfers = list(
        Transfer.objects.filter(product=product_id, status__in=UNDER_WAY, arrive_on__gte=day)
        .select_related("from_door", "to_door")
        .order_by("arrive_on", "pk")
    )
    found = {}
    for row in wanted:
        door = doors[int(inputs.door_ids[row])]
        found[door.pk] = _door_arithmetic(
            assessment,
            row,
            doors=doors,
            campaigns=campaigns,
            past_due=[receipt for receipt in past_due if receipt.door_id == door.pk],
            ledger=ledger_of(assessment, row, campaigns=campaigns, receipts=receipts, transfers=transfers),
        )
    return SkuArithmetic(operating_model=assessment.operating_model, today=day, doors=found)


def _door_arithmetic(
    assessment: Assessment,
    row: int,
    *,
    doors: dict[int, Door],
    campaigns: dict[int, Campaign],
    past_due: Sequence[Receipt],
    ledger: Sequence[LedgerWeek],
) -> DoorArithmetic:
    inputs, sku_doors = assessment.inputs, assessment.inputs.sku_doors
    dc_row = int(sku_doors.dc_row[row])
    entries = np.flatnonzero(inputs.lines.row == row)
    return DoorArithmetic(
        door=doors[int(inputs.door_ids[row])],
        dc=None if dc_row < 0 else doors[int(inputs.door_ids[dc_row])],
        transit_days=int(sku_doors.transit_days[row]),
        transit_is_default=not inputs.has_route[row],
        sells_from_dc=bool(sku_doors.passes_through[row]),
        is_ranged=bool(inputs.is_ranged[row]),
        is_simulated=bool(inputs.is_simulated[row]),
        on_hand_units=_known(sku_doors.on_hand[row]),
        unavailable_units=float(sku_doors.unavailable[row]),
        committed_units=float(sku_doors.committed[row]),
        opening_units=float(sku_doors.opening[row]),
        presentation_minimum_units=float(sku_doors.presentation_minimum[row]),
        baseline_per_week=_known(sku_doors.weekly_baseline[0, row]),
        campaigns=[_campaign_risk(assessment, entry, campaigns) for entry in entries.tolist()],
        past_due_receipts=past_due,
        ledger=ledger,
    )


def _campaign_risk(assessment: Assessment, entry: int, campaigns: dict[int, Campaign]) -> CampaignRisk:
    inputs, risk = assessment.inputs, assessment.risk
    window = risk.window
    short_day = int(window.first_short_day[entry])
    return CampaignRisk(
        campaign=campaigns[int(inputs.planned.campaign_ids[inputs.lines.line[entry]])],
        state=RiskState(State(risk.state[entry]).slug),
        expected_units=float(window.demand_units[entry]),
        own_units=float(window.own_units[entry]),
        dc_units=float(window.dc_units[entry]),
        cover=_known(risk.cover[entry]),
        cover_without_inbound=_known(risk.cover_without_inbound[entry]),
        covered_share=_known(assessment.covered_share(np.array([entry]))[0]),
        short_probability=_known(assessment.short_probability(np.array([entry]))[0]),
        units_short=float(window.units_short[entry]),
        first_short_date=None if short_day == NO_DAY else inputs.horizon.date_of(short_day),
    )


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
