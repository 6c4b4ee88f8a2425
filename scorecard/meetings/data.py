"""The data beside a point of an agenda: what people look at while they talk about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.conf import settings

from planning.risk.models import Flag
from scorecard.about.choices import AboutKind
from scorecard.actions.models import Action
from scorecard.meetings.agenda.points import Since
from scorecard.meetings.agenda.weekly import moved_receipts
from scorecard.meetings.choices import PointSource
from scorecard.meetings.domain.agenda import since_of
from scorecard.meetings.models import AgendaPoint
from scorecard.signals.held import weeks_of_sku
from scorecard.signals.models import DemandSignal
from scorecard.signals.queries import exceptions_of_week
from sop_site import formats
from sop_site.fiscal import week_of

ROWS_SHOWN: Final = 10
WEEKS_SHOWN: Final = 8


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: its words, where they lead, and whether it is a number."""

    words: str
    url: str = ""
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class PointData:
    """A small table: its heads (with whether they stand over numbers) and rows; ``more`` are left out."""

    heads: Sequence[tuple[str, bool]]
    rows: Sequence[Sequence[Cell]]
    more: int = 0

    @property
    def labelled_rows(self) -> list[list[tuple[str, Cell]]]:
        """The rows, each cell with the head of its column, which stands before it on a phone."""
        labels = [head for head, _ in self.heads]
        return [list(zip(labels, cells, strict=True)) for cells in self.rows]


def data_of(point: AgendaPoint, day: date) -> PointData | None:
    """What belongs beside the point as things stand now; None where its own words say it all."""
    match point.source:
        case PointSource.FLAG_OPENED | PointSource.FLAG_WORSENED | PointSource.FLAG_LAPSING:
            return _flags(int(point.source_key))
        case PointSource.CAMPAIGN_NEAR:
            return _flags(int(point.source_key))
        case PointSource.SALES:
            return _sales(date.fromisoformat(point.source_key))
        case PointSource.SIGNAL if point.about_kind == AboutKind.SIGNAL:
            return _weeks_of_signal(int(point.about_key))
        case PointSource.RECEIPT_MOVED:
            return _receipts(since_of(point.meeting, day))
        case PointSource.OPEN_ACTION:
            return _actions()
    return None


def _cut(heads: Sequence[tuple[str, bool]], rows: Sequence[Sequence[Cell]]) -> PointData | None:
    return PointData(heads, rows[:ROWS_SHOWN], max(0, len(rows) - ROWS_SHOWN)) if rows else None


def _flags(campaign_id: int) -> PointData | None:
    undecided = Flag.objects.undecided().filter(campaign=campaign_id).select_related("product")
    rows = [
        [
            Cell(f"{flag.product.sku} {flag.product.name}", flag.get_absolute_url()),
            Cell(flag.risk_state.label),
            Cell(formats.cover(flag.cover), is_number=True),
            Cell(formats.units(flag.units_short), is_number=True),
            Cell(_money(flag.revenue_short), is_number=True),
            Cell(formats.short_date(flag.decide_by_date)),
        ]
        for flag in undecided.order_by("-revenue_short", "pk")
    ]
    return _cut(
        [
            ("SKU", False),
            ("State", False),
            ("Cover", True),
            ("Units short", True),
            ("Revenue short", True),
            ("Decide by", False),
        ],
        rows,
    )


def _sales(week_start: date) -> PointData | None:
    found = exceptions_of_week(week_start, ROWS_SHOWN)
    if found is None:
        return None
    rows = [
        [
            Cell(f"{row.product.sku} {row.product.name}{' (promoted)' if row.is_promoted else ''}"),
            Cell(formats.units(row.sold_units), is_number=True),
            Cell(formats.units(row.forecast_units), is_number=True),
            Cell(_signed(row.error_money), is_number=True),
        ]
        for row in found.rows
    ]
    return _cut([("SKU", False), ("Sold", True), ("Forecast", True), ("Off by", True)], rows)


def _weeks_of_signal(signal_id: int) -> PointData | None:
    """The last weeks of its SKU, the newest first."""
    signal = DemandSignal.objects.select_related("product").filter(pk=signal_id).first()
    if signal is None:
        return None
    weeks = weeks_of_sku(signal.product)[-WEEKS_SHOWN:]
    rows = [
        [
            Cell(
                f"{week_of(held.week.week_start).label}{' (promoted)' if held.is_promoted else ''}",
                signal.get_absolute_url(),
            ),
            Cell(formats.units(held.held_units), is_number=True),
            Cell(
                "none" if held.forecast_units is None else formats.units(held.forecast_units), is_number=True
            ),
            Cell(formats.units(held.unmet_units), is_number=True),
        ]
        for held in reversed(weeks)
    ]
    return _cut([("Week", False), ("Sold", True), ("Forecast", True), ("Found no stock", True)], rows)


def _receipts(since: Since) -> PointData | None:
    rows = [
        [
            Cell(receipt.name),
            Cell(receipt.sku),
            Cell(formats.units(receipt.units), is_number=True),
            Cell(formats.short_date(receipt.eta_before)),
            Cell(formats.short_date(receipt.eta)),
            Cell(f"{receipt.days_later:+d}".replace("-", formats.MINUS), is_number=True),
        ]
        for receipt in moved_receipts(since)
    ]
    return _cut(
        [("Receipt", False), ("SKU", False), ("Units", True), ("Was", False), ("Is", False), ("Days", True)],
        rows,
    )


def _actions() -> PointData | None:
    unfinished = Action.objects.unfinished().select_related("owner")
    rows = [
        [
            Cell(action.title, action.get_absolute_url()),
            Cell(str(action.owner)),
            Cell(formats.short_date(action.due_on)),
            Cell(str(action.times_moved) if action.times_moved else "", is_number=True),
        ]
        for action in unfinished
    ]
    return _cut([("Action", False), ("Owner", False), ("Due", False), ("Times put off", True)], rows)


def _money(amount: float | None) -> str:
    return "no price" if amount is None else formats.money(amount, settings.CURRENCY)


def _signed(amount: float | None) -> str:
    return "no price" if amount is None else formats.signed_money(amount, settings.CURRENCY)
