"""A quarter: both functions' figures as equals, the money between them, and its campaigns by money lost."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.conf import settings

from scorecard.measures.choices import Measure
from scorecard.measures.cut import Cut
from scorecard.measures.queries import recorded_weeks
from scorecard.measures.wording import figure_text, n_text, short_name
from scorecard.outcomes.campaign_page import (
    Decided,
    Line,
    decided_by_campaign,
    stockout_rate,
    submitted_words,
    unserved_share,
)
from scorecard.outcomes.card import figures_of
from scorecard.outcomes.losses import Money, MoneyBetween, money_of, money_of_all
from scorecard.outcomes.models import CampaignOutcome
from sop_site import formats
from sop_site.export import Column, ColumnKind, Sheet
from sop_site.fiscal import FiscalPeriod

MARKETING: Final = (Measure.VISITS, Measure.CONVERSION, Measure.REVENUE, Measure.LATE_SUBMISSIONS)
PLANNING: Final = (Measure.TURN, Measure.WEEKS_FORWARD, Measure.MARKDOWN, Measure.DECIDED_IN_TIME)
SHARED: Final = (Measure.STOCKOUT_DAYS, Measure.STOCKOUT_DEMAND)
BAR_WIDTH: Final = 120.0


@dataclass(frozen=True, slots=True)
class Segment:
    """One part of a campaign's bar: where it begins, how wide it is, and whether margin or media."""

    kind: str
    x: str
    width: str


@dataclass(frozen=True, slots=True)
class CampaignRow:
    """One campaign of the quarter."""

    outcome: CampaignOutcome
    money: MoneyBetween
    bar: list[Segment]
    rate: str
    submitted: str
    decided: Decided

    bar_width = f"{BAR_WIDTH:g}"

    @property
    def bar_words(self) -> str:
        """The bar in words."""
        return ", ".join(
            f"{loss.kind.label} {formats.money(loss.amount, settings.CURRENCY)}"
            for loss in (self.money.margin, self.money.media)
        )


@dataclass(frozen=True, slots=True)
class QuarterAccount:
    """The quarter; ``weeks`` says how many of its weeks are recorded."""

    period: FiscalPeriod
    weeks: str
    marketing: list[Line]
    planning: list[Line]
    shared: list[Line]
    money: MoneyBetween
    rows: list[CampaignRow]
    late: int
    decided_late: int


def account_of_quarter(period: FiscalPeriod) -> QuarterAccount:
    """Everything about a quarter, in a number of queries that does not grow with its campaigns."""
    (figures,) = figures_of([period], Cut(), {*MARKETING, *PLANNING, *SHARED})
    recorded = recorded_weeks({week.start for week in period.weeks})

    def lines(measures: Sequence[Measure]) -> list[Line]:
        return [
            Line(
                short_name(measure),
                figure_text(figures[measure]),
                figures[measure].missing or n_text(figures[measure]),
            )
            for measure in measures
        ]

    outcomes = outcomes_of(period)
    decided = decided_by_campaign([each.campaign_id for each in outcomes])
    rows = _rows(outcomes, decided)
    return QuarterAccount(
        period=period,
        weeks=f"{len(recorded)} of {len(period.weeks)} weeks recorded",
        marketing=lines(MARKETING),
        planning=lines(PLANNING),
        shared=lines(SHARED),
        money=money_of_all(outcomes),
        rows=rows,
        late=sum(each.is_late for each in outcomes),
        decided_late=sum(row.decided.late > 0 for row in rows),
    )


def outcomes_of(period: FiscalPeriod) -> list[CampaignOutcome]:
    """The outcomes of a period's campaigns with these, in one query beside that of its weeks."""
    snapshots = [week.snapshot_id for week in recorded_weeks({week.start for week in period.weeks})]
    found = CampaignOutcome.objects.filter(snapshot__in=snapshots).select_related("campaign")
    return list(found.order_by("campaign__starts_on", "campaign__code"))


def _rows(outcomes: Sequence[CampaignOutcome], decided: dict[int, Decided]) -> list[CampaignRow]:
    """What lost most first; what nobody can tell stands last."""
    money = {each.pk: money_of(each) for each in outcomes}
    lost = {pk: each.lost.amount for pk, each in money.items()}
    most = max((amount for amount in lost.values() if amount), default=0.0)
    ordered = sorted(outcomes, key=lambda each: (lost[each.pk] is None, -(lost[each.pk] or 0.0)))
    return [
        CampaignRow(
            outcome=each,
            money=money[each.pk],
            bar=_bar((money[each.pk].margin, money[each.pk].media), most),
            rate=_percent(stockout_rate(each)),
            submitted=submitted_words(each),
            decided=decided.get(each.campaign_id, Decided()),
        )
        for each in ordered
    ]


def _bar(losses: Sequence[Money], most: float) -> list[Segment]:
    """The losses end to end; the longest bar of the quarter is `BAR_WIDTH` wide."""
    segments, x = [], 0.0
    for loss in losses:
        width = max(loss.amount or 0.0, 0.0) / most * BAR_WIDTH if most > 0 else 0.0
        if width > 0:
            segments.append(Segment(loss.kind, f"{x:.1f}", f"{width:.1f}"))
        x += width
    return segments


def _percent(share: float | None) -> str:
    return "no data" if share is None else formats.percent(share, 1)


_MONEY: Final = ColumnKind.MONEY
_UNITS: Final = ColumnKind.UNITS
COLUMNS: Final = (
    Column("Code"),
    Column("Campaign"),
    Column("Channel"),
    Column("First day", ColumnKind.DATE),
    Column("Last day", ColumnKind.DATE),
    Column("SKUs", _UNITS),
    Column("Doors", _UNITS),
    Column("Submitted weeks ahead", ColumnKind.RATIO),
    Column("Submitted late"),
    Column("Risks with a decide-by date", _UNITS),
    Column("Decided by it", _UNITS),
    Column("Visits planned", _UNITS),
    Column("Visits", _UNITS),
    Column("Orders planned", _UNITS),
    Column("Orders", _UNITS),
    Column("Revenue planned", _MONEY),
    Column("Revenue", _MONEY),
    Column("Media planned", _MONEY),
    Column("Media", _MONEY),
    Column("Units planned", _UNITS),
    Column("Units sold", _UNITS),
    Column("Baseline units", _UNITS),
    Column("Uplift units", _UNITS),
    Column("Units not served", _UNITS),
    Column("Demand not served", ColumnKind.RATIO),
    Column("SKU-door-days", _UNITS),
    Column("SKU-door-days known", _UNITS),
    Column("SKU-door-days out", _UNITS),
    Column("Stockout rate, SKU-door-days", ColumnKind.RATIO),
    Column("SKUs that ran out", _UNITS),
    Column("Net sales", _MONEY),
    Column("Margin", _MONEY),
    Column("Revenue lost", _MONEY),
    Column("Margin lost to stockouts", _MONEY),
    Column("Media wasted", _MONEY),
    Column("Money lost", _MONEY),
    Column("Units left over", _UNITS),
    Column("Cash bound in stock left over", _MONEY),
)


def outcomes_sheet(account: QuarterAccount) -> Sheet:
    """The campaigns of the quarter as rows, in the order of the page."""
    return Sheet("Outcomes", COLUMNS, [_cells(row) for row in account.rows])


def _cells(row: CampaignRow) -> tuple[object, ...]:
    outcome, campaign = row.outcome, row.outcome.campaign
    return (
        campaign.code,
        campaign.name,
        campaign.get_channel_display(),
        campaign.starts_on,
        campaign.ends_on,
        outcome.skus,
        outcome.doors,
        outcome.submitted_weeks_ahead,
        "late" if outcome.is_late else "",
        row.decided.with_deadline,
        row.decided.in_time,
        outcome.visits_target,
        outcome.visits_actual,
        outcome.orders_target,
        outcome.orders_actual,
        outcome.revenue_target,
        outcome.revenue_actual,
        outcome.spend_target,
        outcome.spend_actual,
        outcome.planned_units,
        outcome.sold_units,
        outcome.baseline_units,
        outcome.uplift_units,
        outcome.unmet_units,
        unserved_share(outcome),
        outcome.days,
        outcome.days_seen,
        outcome.days_out,
        stockout_rate(outcome),
        outcome.skus_out,
        outcome.net_sales,
        outcome.margin,
        outcome.lost_revenue,
        outcome.lost_margin,
        outcome.media_wasted,
        row.money.lost.amount,
        outcome.leftover_units,
        outcome.leftover_at_cost,
    )
