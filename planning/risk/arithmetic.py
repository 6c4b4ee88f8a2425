"""The arithmetic pages: a SKU-door's projection as rows of a ledger, and its cover in words."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from marketing.campaigns.models import Campaign
from marketing.catalogue.choices import DoorKind
from planning.risk.board import WeekColumn, week_columns
from planning.risk.ledger import NOTHING, LedgerWeek
from planning.risk.models import Flag, FlagLine
from planning.risk.projection import CampaignRisk, DoorArithmetic, SkuArithmetic, sku_arithmetic
from planning.supply.models import Receipt, Transfer
from sop_site import formats

Units = Decimal


@dataclass(frozen=True, slots=True)
class LedgerCell:
    """One figure of the ledger, with the classes of its cell."""

    text: str
    css: str


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One line of the arithmetic."""

    label: str
    css: str
    cells: Sequence[LedgerCell]


@dataclass(frozen=True, slots=True)
class LedgerGroup:
    """Lines that belong together."""

    label: str
    rows: Sequence[LedgerRow]


@dataclass(frozen=True, slots=True)
class Ledger:
    """The weeks of one SKU at one door or DC, for the ledger table."""

    key: str
    title: str
    facts: str
    columns: Sequence[WeekColumn]
    groups: Sequence[LedgerGroup]


@dataclass(frozen=True, slots=True)
class DoorPage:
    """The arithmetic of one SKU at one door; ``ledgers`` holds its own line, then its DC's."""

    arithmetic: DoorArithmetic | None
    cover_words: str
    threshold_words: str
    stock_words: str
    notes: Sequence[str]
    ledgers: Sequence[Ledger]


def door_arithmetic(flag: Flag, line: FlagLine) -> DoorPage:
    """The page of ``line``: the projection that its flag rests on, made again from today's inputs."""
    supplier_id = line.door.supplied_by_id
    sku = sku_arithmetic(flag.product_id, door_ids={line.door_id, supplier_id} - {None})
    at_door = sku.doors.get(line.door_id)
    if at_door is None:
        return DoorPage(None, "", "", "", ["This door has closed, so it has no part in the projection."], [])
    risk = next((risk for risk in at_door.campaigns if risk.campaign.pk == flag.campaign_id), None)
    shown = [at_door, *([sku.doors[supplier_id]] if supplier_id in sku.doors else [])]
    return DoorPage(
        arithmetic=at_door,
        cover_words=_cover_words(risk) if risk else "",
        threshold_words=_threshold_words(sku, risk) if risk else "",
        stock_words=_stock_words(at_door),
        notes=_notes(at_door),
        ledgers=[_ledger(sku, arithmetic, flag.campaign) for arithmetic in shown],
    )


def network_arithmetic(flag: Flag) -> list[Ledger]:
    """The own lines of the DCs behind the doors of ``flag``, in short."""
    suppliers = set(flag.lines.exclude(door__supplied_by=None).values_list("door__supplied_by_id", flat=True))
    if not suppliers:
        return []
    sku = sku_arithmetic(flag.product_id, door_ids=suppliers)
    return [_ledger(sku, arithmetic, flag.campaign, is_short=True) for arithmetic in sku.doors.values()]


def _ledger(
    sku: SkuArithmetic, arithmetic: DoorArithmetic, campaign: Campaign, *, is_short: bool = False
) -> Ledger:
    weeks = arithmetic.ledger
    columns = week_columns(sku.today, sku.operating_model, len(weeks))
    table = _Table(weeks, columns, campaign, arithmetic)
    is_dc = arithmetic.door.kind == DoorKind.DC
    title = (
        f"{arithmetic.door.name}: what the DC can send" if is_dc else f"{arithmetic.door.name}, week by week"
    )
    return Ledger(
        key=f"ledger-{arithmetic.door.pk}",
        title=title,
        facts=_stock_words(arithmetic),
        columns=columns,
        groups=[LedgerGroup("", table.short())] if is_short else table.groups(),
    )


@dataclass(frozen=True)
class _Table:
    """Turns the weeks of a ledger into rows."""

    weeks: Sequence[LedgerWeek]
    columns: Sequence[WeekColumn]
    campaign: Campaign
    arithmetic: DoorArithmetic

    @property
    def decimals(self) -> int:
        """Two where any figure has a fraction, so that all of them add up as they are shown."""
        figures = (
            value for week in self.weeks for value in _figures_of(week) if value != value.to_integral_value()
        )
        return 2 if any(True for _ in figures) else 0

    def groups(self) -> list[LedgerGroup]:
        """Supply, demand, and what comes of them."""
        return [
            LedgerGroup("Supply", self._supply()),
            LedgerGroup("Demand", self._demand()),
            LedgerGroup(
                "Result",
                [
                    self._row("Sold", "", lambda week: week.sold_units),
                    self._row(
                        "Unmet (lost sales)", "", lambda week: week.unmet_units, css_above_zero="short"
                    ),
                    self._row("Closing stock", "closing", lambda week: week.closing_units),
                    self._row("Raw line (may go below zero)", "raw", lambda week: week.raw_units),
                ],
            ),
        ]

    def short(self) -> list[LedgerRow]:
        """What comes in, what goes out and what is left."""
        return [
            self._row("Opening stock", "", lambda week: week.opening_units),
            *self._receipts(),
            *self._where_any("Sent to doors", "part minus", _sent),
            *self._where_any("Own demand", "part minus", lambda week: week.sold_units),
            self._row("Closing stock", "closing", lambda week: week.closing_units),
        ]

    def _supply(self) -> list[LedgerRow]:
        dc = self.arithmetic.dc.name if self.arithmetic.dc else "the DC"
        return [
            self._row("Opening stock", "", lambda week: week.opening_units),
            *self._receipts(),
            *self._where_any(f"Replenished from {dc}", "part plus", lambda week: week.replenishment_units),
            *self._where_any(f"Shipped by {dc} for orders", "part plus", lambda week: week.drawn_in_units),
            *self._transfers("Transfer from", "part plus", incoming=True),
            *self._transfers("Transfer to", "part minus", incoming=False),
            *self._where_any("Sent to doors", "part minus", lambda week: week.dispatched_units),
            *self._where_any("Shipped for e-commerce", "part minus", lambda week: week.drawn_out_units),
            self._row("Available", "total", lambda week: week.available_units),
        ]

    def _demand(self) -> list[LedgerRow]:
        campaigns = {uplift.campaign.pk: uplift.campaign for week in self.weeks for uplift in week.uplifts}
        uplifts = [
            self._row(f"Uplift of {campaign}", "part plus", lambda week, pk=pk: _uplift_of(week, pk))
            for pk, campaign in campaigns.items()
        ]
        return [
            self._row("Baseline", "part plus", lambda week: week.baseline_units),
            *uplifts,
            *self._where_any("Not below zero", "part plus", lambda week: week.floored_units),
            self._row("Demand", "total", lambda week: week.demand_units),
        ]

    def _receipts(self) -> list[LedgerRow]:
        receipts = [receipt for week in self.weeks for receipt in week.receipts]
        return [
            self._row(
                f"Receipt {receipt}, ETA {formats.short_date(receipt.current_eta)}",
                "part plus",
                lambda week, receipt=receipt: _share(week.receipts, receipt, week.receipt_units),
            )
            for receipt in receipts
        ]

    def _transfers(self, words: str, css: str, *, incoming: bool) -> list[LedgerRow]:
        def of(week: LedgerWeek) -> tuple[Sequence[Transfer], Units]:
            if incoming:
                return week.transfers_in, week.transfer_in_units
            return week.transfers_out, week.transfer_out_units

        transfers = [transfer for week in self.weeks for transfer in of(week)[0]]
        return [
            self._row(
                f"{words} {transfer.from_door if incoming else transfer.to_door}",
                css,
                lambda week, transfer=transfer: _share(of(week)[0], transfer, of(week)[1]),
            )
            for transfer in transfers
        ]

    def _where_any(self, label: str, css: str, of: Callable[[LedgerWeek], Units]) -> list[LedgerRow]:
        """The row, where any of its weeks has something in it."""
        return [self._row(label, css, of)] if any(of(week) for week in self.weeks) else []

    def _row(
        self, label: str, css: str, of: Callable[[LedgerWeek], Units], css_above_zero: str = ""
    ) -> LedgerRow:
        cells = [
            self._cell(of(week), week, column, css_above_zero)
            for week, column in zip(self.weeks, self.columns, strict=True)
        ]
        return LedgerRow(label, css, cells)

    def _cell(self, units: Units, week: LedgerWeek, column: WeekColumn, css_above_zero: str) -> LedgerCell:
        last_day = column.week.end
        in_window = self.campaign.starts_on <= last_day and week.first_day <= self.campaign.ends_on
        marks = [
            column.css,
            "in-window" if in_window else "",
            "zero" if not units else "",
            "negative" if units < 0 else "",
            css_above_zero if units > 0 else "",
        ]
        return LedgerCell(ledger_units(units, self.decimals), " ".join(filter(None, marks)))


def ledger_units(units: Units, decimals: int) -> str:
    """A figure of a ledger: thousands separated, a true minus, a dash for nothing."""
    if not units:
        return formats.EN_DASH
    sign = formats.MINUS if units < 0 else ""
    return f"{sign}{abs(units):,.{decimals}f}"


def _figures_of(week: LedgerWeek) -> list[Units]:
    named = [value for name in week.__slots__ if isinstance(value := getattr(week, name), Decimal)]
    return [*named, *(uplift.units for uplift in week.uplifts)]


def _sent(week: LedgerWeek) -> Units:
    return week.dispatched_units + week.drawn_out_units + week.transfer_out_units


def _uplift_of(week: LedgerWeek, campaign_id: int) -> Units:
    return sum((uplift.units for uplift in week.uplifts if uplift.campaign.pk == campaign_id), NOTHING)


def _share(documents: Sequence[Any], document: Receipt | Transfer, total: Units) -> Units:
    """What of the week's ``total`` the document brings: its units, and the last one what is left."""
    if document not in documents:
        return NOTHING
    left = total
    for other in documents:
        planned = other.outstanding_units if isinstance(other, Receipt) else other.units
        share = left if other == documents[-1] else min(left, Decimal(planned).quantize(Decimal("0.01")))
        if other == document:
            return share
        left -= share
    return NOTHING


def _cover_words(risk: CampaignRisk) -> str:
    """``Cover 0.67× = (120 own + 35 from the DC) ÷ 231 expected.``"""
    if risk.cover is None:
        return "Nothing is expected to sell here in the campaign, so there is no cover to speak of."
    own, dc = formats.units(round(risk.own_units, 2)), formats.units(round(risk.dc_units, 2))
    expected = formats.units(round(risk.expected_units, 2))
    words = (
        f"Cover {formats.cover(risk.cover)} = ({own} units that the door can sell in the campaign + {dc} that"
        f" its DC could still send in time) ÷ {expected} expected."
    )
    if risk.cover_without_inbound is not None and risk.cover_without_inbound != risk.cover:
        words += f" Without what is still to come it would be {formats.cover(risk.cover_without_inbound)}."
    return words


def _threshold_words(sku: SkuArithmetic, risk: CampaignRisk) -> str:
    """``At risk: under the threshold of 1.10× (operating model v1, in force since Sun 22 Nov 2026).``"""
    model = sku.operating_model
    watch = formats.cover(model.cover_threshold + model.watch_margin)
    return (
        f"{risk.state.label}. The threshold is {formats.cover(model.cover_threshold)}, and up to {watch}"
        f" it is watched: operating model v{model.version}, in force since"
        f" {formats.short_date_year(model.effective_from)}."
    )


def _stock_words(arithmetic: DoorArithmetic) -> str:
    """Where the opening stock comes from: ``On hand 640, less 10 unavailable and 5 committed.``"""
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
        default = " by the operating model: no route is entered" if arithmetic.transit_is_default else ""
        verb = "ships its orders" if arithmetic.sells_from_dc else "replenishes it every week"
        notes.append(f"{arithmetic.dc} {verb}, {arithmetic.transit_days} days on the way{default}.")
    notes.extend(
        f"{receipt} was due on {formats.short_date(receipt.current_eta)} and counts for nothing until it is"
        f" re-dated: {formats.units(receipt.outstanding_units)} units."
        for receipt in arithmetic.past_due_receipts
    )
    return notes
