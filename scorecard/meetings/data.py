"""The data beside a point of an agenda: what people look at while they talk about it."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from django.urls import reverse
from django.utils.http import urlencode

from planning.risk.models import Flag
from scorecard.about.about import About, Thing
from scorecard.about.choices import AboutKind
from scorecard.actions.conditions import Condition
from scorecard.actions.forms import conditions_about
from scorecard.actions.models import Action
from scorecard.meetings.agenda.points import Since
from scorecard.meetings.agenda.weekly import moved_receipts
from scorecard.meetings.choices import PointSource
from scorecard.meetings.domain.agenda import since_of
from scorecard.meetings.models import AgendaPoint
from scorecard.meetings.monthly_data import cycle_that_owes, forecast_data
from scorecard.meetings.quarterly_data import measure_data, question_data
from scorecard.meetings.table import (
    ROWS_SHOWN,
    Cell,
    PointData,
    money_words,
    number,
    signed_words,
    table_of,
)
from scorecard.reviews.models import ReviewDecision
from scorecard.signals.held import weeks_of_sku
from scorecard.signals.models import DemandSignal
from scorecard.signals.queries import exceptions_of_week
from sop_site import formats
from sop_site.fiscal import week_of

WEEKS_SHOWN: Final = 8


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
        case PointSource.FORECAST:
            return forecast_data(point.source_key, day)
        case PointSource.MEASURE:
            return measure_data(point.source_key)
        case PointSource.REVIEW_QUESTION:
            return _question(int(point.source_key))
    return None


def things_of(point: AgendaPoint, day: date) -> Sequence[Thing]:
    """What a decision or an action on the point may be about, beside what the point itself is about."""
    data, own = data_of(point, day), About.of(point)
    return [(about, name) for about, name in data.things if about != own] if data is not None else []


def conditions_on(point: AgendaPoint) -> list[tuple[Condition, str]]:
    """What may close an action on the point beside what its things may: numbers that are owed."""
    if point.source != PointSource.FORECAST or (cycle_id := cycle_that_owes(point.source_key)) is None:
        return []
    return conditions_about(About(AboutKind.FORECAST_CELL, f"{cycle_id}::"))


def _flags(campaign_id: int) -> PointData | None:
    undecided = Flag.objects.undecided().filter(campaign=campaign_id).select_related("product")
    flags = list(undecided.order_by("-revenue_short", "pk"))
    rows = [
        [
            Cell(f"{flag.product.sku} {flag.product.name}", flag.get_absolute_url()),
            Cell(flag.risk_state.label),
            number(formats.cover(flag.cover)),
            number(formats.units(flag.units_short)),
            number(money_words(flag.revenue_short)),
            Cell(formats.short_date(flag.decide_by_date)),
        ]
        for flag in flags
    ]
    return table_of(
        [
            ("SKU", False),
            ("State", False),
            ("Cover", True),
            ("Units short", True),
            ("Revenue short", True),
            ("Decide by", False),
        ],
        rows,
        [
            (About(AboutKind.FLAG, str(flag.pk)), f"Flag of {flag.product.sku} {flag.product.name}")
            for flag in flags
        ],
    )


def _sales(week_start: date) -> PointData | None:
    found = exceptions_of_week(week_start, ROWS_SHOWN)
    if found is None:
        return None
    rows = [
        [
            Cell(
                f"{row.product.sku} {row.product.name}{' (promoted)' if row.is_promoted else ''}",
                reverse("signals:sku", args=[row.product.pk]),
            ),
            number(formats.units(row.sold_units)),
            number(formats.units(row.forecast_units)),
            number(signed_words(row.error_money)),
        ]
        for row in found.rows
    ]
    things = [
        (About(AboutKind.SKU, str(row.product.pk)), f"{row.product.sku} {row.product.name}")
        for row in found.rows
    ]
    return table_of([("SKU", False), ("Sold", True), ("Forecast", True), ("Off by", True)], rows, things)


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
            number(formats.units(held.held_units)),
            Cell(
                "none" if held.forecast_units is None else formats.units(held.forecast_units), is_number=True
            ),
            number(formats.units(held.unmet_units)),
        ]
        for held in reversed(weeks)
    ]
    return table_of([("Week", False), ("Sold", True), ("Forecast", True), ("Found no stock", True)], rows)


def _receipts(since: Since) -> PointData | None:
    moved = moved_receipts(since)
    page = reverse("supply:receipts")
    rows = [
        [
            Cell(receipt.name, f"{page}?{urlencode({'q': receipt.po_number})}"),
            Cell(receipt.sku, reverse("signals:sku", args=[receipt.product_id])),
            number(formats.units(receipt.units)),
            Cell(formats.short_date(receipt.eta_before)),
            Cell(formats.short_date(receipt.eta)),
            number(f"{receipt.days_later:+d}".replace("-", formats.MINUS)),
        ]
        for receipt in moved
    ]
    return table_of(
        [("Receipt", False), ("SKU", False), ("Units", True), ("Was", False), ("Is", False), ("Days", True)],
        rows,
        [
            (About(AboutKind.RECEIPT, str(receipt.pk)), f"Receipt {receipt.name} of {receipt.sku}")
            for receipt in moved
        ],
        repeats_detail=True,
    )


def _question(pk: int) -> PointData | None:
    questions = ReviewDecision.objects.select_related("review", "asked_by", "operating_model__replaces")
    question = questions.filter(pk=pk).first()
    return question_data(question) if question is not None else None


def _actions() -> PointData | None:
    unfinished = Action.objects.unfinished().select_related("owner")
    rows = [
        [
            Cell(action.title, action.get_absolute_url()),
            Cell(str(action.owner)),
            Cell(formats.short_date(action.due_on)),
            number(str(action.times_moved) if action.times_moved else ""),
        ]
        for action in unfinished
    ]
    return table_of([("Action", False), ("Owner", False), ("Due", False), ("Times put off", True)], rows)
