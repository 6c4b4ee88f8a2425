"""The arithmetic of a SKU at a door for its page: its ledger and its DC's, and its cover in words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from marketing.campaigns.decision_window import decision_window_of
from marketing.campaigns.models import Campaign
from marketing.catalogue.choices import DoorKind
from marketing.catalogue.models import Door
from planning.risk.chances import chance, chance_in_ten
from planning.risk.ledger_table import CENT, Ledger, LedgerGroup, LedgerTable
from planning.risk.limits import limits_in_region
from planning.risk.models import Flag
from planning.risk.projection import CampaignRisk, DoorArithmetic, SkuArithmetic, sku_arithmetic
from planning.risk.sentences import plural
from sop_site import formats
from sop_site.operating_model.weeks import week_columns


@dataclass(frozen=True, slots=True)
class DoorPage:
    """The arithmetic of one SKU at one door; ``ledgers`` holds its own line, then its DC's.

    ``risk`` is what the flag's campaign means for it; None where the campaign no longer plans the SKU.
    """

    arithmetic: DoorArithmetic
    risk: CampaignRisk | None
    cover_words: str
    chance_words: str
    threshold_words: str
    stock_words: str
    notes: Sequence[str]
    ledgers: Sequence[Ledger]


def door_arithmetic(flag: Flag, door: Door) -> DoorPage:
    """The page of a door that has a part in ``flag``: the projection that its state rests on, made today."""
    door_ids = [door.pk] if door.supplied_by_id is None else [door.pk, door.supplied_by_id]
    sku = sku_arithmetic(flag.product_id, door_ids=door_ids)
    at_door = sku.doors[door.pk]
    risk = next((risk for risk in at_door.campaigns if risk.campaign.pk == flag.campaign_id), None)
    shown = [sku.doors[door_id] for door_id in door_ids if door_id in sku.doors]
    return DoorPage(
        arithmetic=at_door,
        risk=risk,
        cover_words=_cover_words(risk) if risk else "",
        chance_words=_chance_words(risk) if risk else "",
        threshold_words=_threshold_words(flag, sku, risk, door) if risk else "",
        stock_words=_stock_words(at_door),
        notes=_notes(at_door),
        ledgers=[_ledger(sku, arithmetic, flag.campaign) for arithmetic in shown],
    )


def network_arithmetic(flag: Flag, doors: Iterable[Door]) -> list[Ledger]:
    """The own lines of the DCs behind ``doors``, which have a part in ``flag``, in short."""
    suppliers = {door.supplied_by_id for door in doors if door.supplied_by_id is not None}
    if not suppliers:
        return []
    sku = sku_arithmetic(flag.product_id, door_ids=suppliers)
    return [_ledger(sku, arithmetic, flag.campaign, is_short=True) for arithmetic in sku.doors.values()]


def _ledger(
    sku: SkuArithmetic, arithmetic: DoorArithmetic, campaign: Campaign, *, is_short: bool = False
) -> Ledger:
    weeks = arithmetic.ledger
    columns = week_columns(
        sku.today,
        len(weeks),
        today=sku.today,
        window=decision_window_of(campaign, sku.operating_model),
    )
    table = LedgerTable(weeks, columns, campaign, arithmetic)
    is_dc = arithmetic.door.kind == DoorKind.DC
    title = (
        f"{arithmetic.door.name}: what the DC can send" if is_dc else f"{arithmetic.door.name}, week by week"
    )
    return Ledger(
        key=f"ledger-{arithmetic.door.pk}",
        title=title,
        facts=_stock_words(arithmetic) if is_dc else "",
        columns=columns,
        groups=[LedgerGroup("", table.short())] if is_short else table.groups(),
    )


def _cover_words(risk: CampaignRisk) -> str:
    """``Cover 0.67× = (120 own + 35 from the DC) ÷ 231 expected.``"""
    if risk.cover is None:
        return "Nothing is expected to sell here in the campaign, so there is no cover to speak of."
    own, dc, expected = map(_exact_units, (risk.own_units, risk.dc_units, risk.expected_units))
    words = (
        f"Cover {formats.cover(risk.cover)} = ({own} units that the door can sell in the campaign + {dc} that"
        f" its DC could still send in time) ÷ {expected} expected."
    )
    if risk.cover_without_inbound is not None and risk.cover_without_inbound != risk.cover:
        words += f" Without what is still to come it would be {formats.cover(risk.cover_without_inbound)}."
    return words


def _chance_words(risk: CampaignRisk) -> str:
    """``The chance that demand exceeds supply is about 7 in 10 (68%): supply for 120 in time …``"""
    if risk.covered_share is None:
        return ""
    if risk.short_probability is None:
        return "How likely demand exceeds supply is not known yet: no past promotions have been learned from."
    served, expected = map(_exact_units, (risk.covered_share * risk.expected_units, risk.expected_units))
    share, covered = chance(risk.short_probability), formats.cover(risk.covered_share)
    return (
        f"The chance that demand exceeds supply is {chance_in_ten(risk.short_probability)} ({share}): there"
        f" is supply in time for {served} of {expected} expected, {covered}, and {share} of past promotions"
        " at a door sold more than that part of what was expected of them."
    )


def _exact_units(units: float) -> str:
    """Two decimals where there is a fraction, so that a reader can divide for themselves."""
    rounded = Decimal(units).quantize(CENT)
    return f"{rounded:,.{0 if rounded == rounded.to_integral_value() else 2}f}"


def _threshold_words(flag: Flag, sku: SkuArithmetic, risk: CampaignRisk, door: Door) -> str:
    """``At risk. The threshold is 1.10×, and up to 1.20× it is watched: operating model v1, in force …``"""
    limits = limits_in_region(flag, sku.operating_model, door.region)
    since = formats.short_date_year(sku.operating_model.effective_from)
    return (
        f"{risk.state.label}. The threshold is {limits.threshold}, and up to {limits.watched_up_to} it is"
        f" watched: {limits.source}, in force since {since}."
    )


def _stock_words(arithmetic: DoorArithmetic) -> str:
    """Where the opening stock comes from: ``On hand 640, less 10 unavailable and 5 committed.``"""
    if arithmetic.sells_from_dc and not arithmetic.opening_units:
        return "It holds no stock of its own."
    if arithmetic.on_hand_units is None:
        return "No stock record: nothing is counted as on hand."
    simulated = " (simulated)" if arithmetic.is_simulated else ""
    words = f"On hand {formats.units(arithmetic.on_hand_units)}{simulated}"
    for units, name in (
        (arithmetic.unavailable_units, "unavailable"),
        (arithmetic.committed_units, "committed"),
    ):
        if units:
            words += f", less {formats.units(units)} {name}"
    words += f": {formats.units(arithmetic.opening_units)} sellable now"
    if minimum := arithmetic.presentation_minimum_units:
        words += f", of which {formats.units(minimum)} stay on display"
    return f"{words}."


def _notes(arithmetic: DoorArithmetic) -> list[str]:
    """What else a reader must know to follow the figures."""
    notes = []
    if arithmetic.dc is not None:
        default = " (operating model: no route is entered)" if arithmetic.transit_is_default else ""
        way = f"replenishes it every week, {plural(arithmetic.transit_days, 'day')} on the way{default}"
        notes.append(f"{arithmetic.dc} {'ships its orders' if arithmetic.sells_from_dc else way}.")
    notes.extend(
        f"{receipt} was due on {formats.short_date(receipt.current_eta)} and counts for nothing until it is"
        f" re-dated: {formats.units(receipt.outstanding_units)} units."
        for receipt in arithmetic.past_due_receipts
    )
    return notes
