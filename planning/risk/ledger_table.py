"""The weeks of a SKU-door as a table: one row per receipt, transfer, campaign and sum."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property, partial
from typing import Any

from marketing.campaigns.models import Campaign
from planning.risk.ledger import NOTHING, LedgerWeek
from planning.risk.projection import DoorArithmetic
from planning.supply.models import Receipt, Transfer
from sop_site import formats
from sop_site.operating_model.weeks import WeekColumn

Units = Decimal
CENT = Decimal("0.01")


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


@dataclass(frozen=True)
class LedgerTable:
    """Turns the weeks of a ledger into the rows of a table; the weeks of ``campaign`` are marked."""

    weeks: Sequence[LedgerWeek]
    columns: Sequence[WeekColumn]
    campaign: Campaign
    arithmetic: DoorArithmetic

    @cached_property
    def decimals(self) -> int:
        """Two where any figure has a fraction, so that all of them add up as they are shown."""
        figures = (figure for week in self.weeks for figure in _figures_of(week))
        return 2 if any(figure != figure.to_integral_value() for figure in figures) else 0

    def groups(self) -> list[LedgerGroup]:
        """Supply, demand (a DC may have none of its own), and what comes of them."""
        lines = [
            self._row("Closing stock", "closing", lambda week: week.closing_units),
            self._row("Raw line (may go below zero)", "raw", lambda week: week.raw_units),
        ]
        if not any(week.demand_units for week in self.weeks):
            return [LedgerGroup("Supply", self._supply()), LedgerGroup("Result", lines)]
        served = [
            self._row("Sold", "", lambda week: week.sold_units),
            self._row("Unmet (lost sales)", "", lambda week: week.unmet_units, css_above_zero="short"),
        ]
        return [
            LedgerGroup("Supply", self._supply()),
            LedgerGroup("Demand", self._demand()),
            LedgerGroup("Result", [*served, *lines]),
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
            *self._transfers(),
            *self._where_any("Sent to doors", "part minus", lambda week: week.dispatched_units),
            *self._where_any("Shipped for e-commerce", "part minus", lambda week: week.drawn_out_units),
            self._row("Available", "total", lambda week: week.available_units),
        ]

    def _demand(self) -> list[LedgerRow]:
        campaigns = {uplift.campaign.pk: uplift.campaign for week in self.weeks for uplift in week.uplifts}
        uplifts = [
            self._row(f"Uplift of {campaign}", "part plus", partial(_uplift, campaign=campaign))
            for campaign in campaigns.values()
        ]
        return [
            self._row("Baseline", "part plus", lambda week: week.baseline_units),
            *uplifts,
            *self._where_any("Not below zero", "part plus", lambda week: week.floored_units),
            self._row("Demand", "total", lambda week: week.demand_units),
        ]

    def _receipts(self) -> list[LedgerRow]:
        return [
            self._row(
                f"Receipt {receipt}, ETA {formats.short_date(receipt.current_eta)}",
                "part plus",
                partial(_received, receipt=receipt),
            )
            for week in self.weeks
            for receipt in week.receipts
        ]

    def _transfers(self) -> list[LedgerRow]:
        coming = [
            self._row(f"Transfer from {transfer.from_door}", "part plus", partial(_came, transfer=transfer))
            for week in self.weeks
            for transfer in week.transfers_in
        ]
        leaving = [
            self._row(f"Transfer to {transfer.to_door}", "part minus", partial(_left, transfer=transfer))
            for week in self.weeks
            for transfer in week.transfers_out
        ]
        return [*coming, *leaving]

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


def _uplift(week: LedgerWeek, *, campaign: Campaign) -> Units:
    return sum((uplift.units for uplift in week.uplifts if uplift.campaign.pk == campaign.pk), NOTHING)


def _received(week: LedgerWeek, *, receipt: Receipt) -> Units:
    return _share(week.receipts, receipt, week.receipt_units)


def _came(week: LedgerWeek, *, transfer: Transfer) -> Units:
    return _share(week.transfers_in, transfer, week.transfer_in_units)


def _left(week: LedgerWeek, *, transfer: Transfer) -> Units:
    return _share(week.transfers_out, transfer, week.transfer_out_units)


def _share(documents: Sequence[Any], document: Receipt | Transfer, total: Units) -> Units:
    """What of the week's ``total`` the document brings: its units, and the last one what is left."""
    if document not in documents:
        return NOTHING
    left = total
    for other in documents:
        planned = other.outstanding_units if isinstance(other, Receipt) else other.units
        share = left if other == documents[-1] else min(left, Decimal(planned).quantize(CENT))
        if other == document:
            return share
        left -= share
    return NOTHING
