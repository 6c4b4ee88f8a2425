"""One campaign: Marketing's figures, Planning's, and the outcome that they share."""

from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.db.models import Sum

from marketing.campaigns.models import Campaign, CampaignResult
from marketing.campaigns.results import RESULT_FIELDS
from scorecard.measures.models import ProcessFact
from scorecard.outcomes.losses import MoneyBetween, money_of
from scorecard.outcomes.models import CampaignOutcome
from sop_site import formats
from sop_site.fiscal import FiscalPeriod, PeriodKind, week_of

NONE: Final = "no data"


@dataclass(frozen=True, slots=True)
class Line:
    """One figure of a function: its name, its value in words, and what it stands on."""

    name: str
    value: str
    note: str


@dataclass(frozen=True, slots=True)
class Decided:
    """How many risks of a campaign were decided by their decide-by date, of those that have one."""

    with_deadline: int = 0
    in_time: int = 0

    @property
    def late(self) -> int:
        """How many were decided after it."""
        return self.with_deadline - self.in_time


@dataclass(frozen=True, slots=True)
class CampaignAccount:
    """What a campaign came to; ``since`` says which figures were entered after its week was closed."""

    campaign: Campaign
    outcome: CampaignOutcome
    week: str
    quarter: FiscalPeriod
    is_closed: bool
    marketing: list[Line]
    planning: list[Line]
    money: MoneyBetween
    since: list[str]


def account_of(campaign: Campaign) -> CampaignAccount | None:
    """The account of a campaign, or None where its outcome was not put down yet."""
    outcome = (
        CampaignOutcome.objects.filter(campaign=campaign, snapshot__is_newest=True)
        .select_related("snapshot")
        # Where its dates were moved after a week was closed, the last one tells.
        .order_by("-snapshot__week_start")
        .first()
    )
    if outcome is None:
        return None
    decided = decided_by_campaign([campaign.pk]).get(campaign.pk, Decided())
    start = outcome.snapshot.week_start
    is_closed = outcome.snapshot.closed_at is not None
    return CampaignAccount(
        campaign=campaign,
        outcome=outcome,
        week=week_of(start).label,
        quarter=FiscalPeriod.of(PeriodKind.QUARTER, start),
        is_closed=is_closed,
        marketing=_marketing(outcome),
        planning=_planning(outcome, decided),
        money=money_of(outcome),
        since=_entered_since(outcome) if is_closed else [],
    )


def decided_by_campaign(campaign_ids: list[int]) -> dict[int, Decided]:
    """How the risks of these campaigns were decided, in one query; those without a fact are left out."""
    rows = (
        ProcessFact.objects.filter(campaign__in=campaign_ids, snapshot__is_newest=True)
        .values("campaign")
        .annotate(deadlines=Sum("with_deadline"), in_time=Sum("decided_in_time"))
    )
    return {row["campaign"]: Decided(row["deadlines"], row["in_time"]) for row in rows}


def submitted_words(outcome: CampaignOutcome) -> str:
    """How long before its start it was submitted."""
    if outcome.submitted_weeks_ahead is None:
        return NONE
    return f"{outcome.submitted_weeks_ahead:.1f} weeks ahead"


def stockout_rate(outcome: CampaignOutcome) -> float | None:
    """SKU-door-days out ÷ SKU-door-days of which it is known."""
    return min(1.0, outcome.days_out / outcome.days_seen) if outcome.days_seen > 0 else None


def unserved_share(outcome: CampaignOutcome) -> float | None:
    """Unmet units ÷ demand; None where nobody knows whether stock was there."""
    demand = outcome.sold_units + outcome.unmet_units
    return min(1.0, outcome.unmet_units / demand) if demand > 0 and outcome.days_seen > 0 else None


def _marketing(outcome: CampaignOutcome) -> list[Line]:
    """Left: what Marketing set out to bring, and brought."""
    planned_uplift = outcome.planned_units - outcome.baseline_units
    return [
        _against("Visits", outcome.visits_actual, outcome.visits_target),
        _conversion(outcome),
        _against("Revenue", outcome.revenue_actual, outcome.revenue_target, is_money=True),
        _against("Media spend", outcome.spend_actual, outcome.spend_target, is_money=True),
        Line(
            "Sold above the baseline",
            f"{formats.signed_units(outcome.uplift_units)} units",
            f"{formats.signed_units(planned_uplift)} planned on a baseline of"
            f" {formats.units(outcome.baseline_units)}",
        ),
        Line(
            "Submitted to Planning",
            submitted_words(outcome),
            _submission_note(outcome),
        ),
    ]


def _planning(outcome: CampaignOutcome, decided: Decided) -> list[Line]:
    """Right: what Planning served of it, and what is left."""
    demand = outcome.sold_units + outcome.unmet_units
    rate = stockout_rate(outcome)
    unserved = unserved_share(outcome)
    return [
        Line(
            "Out of stock, SKU-door-days",
            NONE if rate is None else formats.percent(rate, 1),
            _days_words(outcome),
        ),
        Line(
            "Demand not served",
            NONE if unserved is None else formats.percent(unserved, 1),
            f"{formats.units(outcome.unmet_units)} of {formats.units(demand)} units asked for",
        ),
        Line(
            "SKUs that ran out",
            f"{outcome.skus_out:,} of {outcome.skus:,}" if outcome.days_seen > 0 else NONE,
            f"at least one day at one of {outcome.doors:,} door{'' if outcome.doors == 1 else 's'}",
        ),
        Line(
            "Sold of what was planned",
            formats.percent(outcome.sold_units / outcome.planned_units)
            if outcome.planned_units > 0
            else NONE,
            f"{formats.units(outcome.sold_units)} of {formats.units(outcome.planned_units)} units",
        ),
        Line(
            "Left over",
            NONE if outcome.leftover_units is None else f"{formats.units(outcome.leftover_units)} units",
            "above the target cover of its doors, until a week after the end",
        ),
        Line(
            "Risks decided in time",
            NONE if not decided.with_deadline else f"{decided.in_time:,} of {decided.with_deadline:,}",
            "by their decide-by date" if decided.with_deadline else "No decided risk had a decide-by date.",
        ),
    ]


def _days_words(outcome: CampaignOutcome) -> str:
    known = f"{formats.units(outcome.days_out)} of {formats.units(outcome.days_seen)} days"
    days = formats.units(outcome.days)
    return known if formats.units(outcome.days_seen) == days else f"{known} that are known, of {days}"


def _against(name: str, actual: float | None, target: float | None, *, is_money: bool = False) -> Line:
    """A figure with its target."""

    def written(amount: float) -> str:
        return formats.money_full(amount, settings.CURRENCY) if is_money else formats.units(amount)

    if target is None:
        note = "No target was entered."
    elif actual is None or not target:
        note = f"{written(target)} planned"
    else:
        note = f"{formats.percent(actual / target)} of {written(target)} planned"
    return Line(name, NONE if actual is None else written(actual), note)


def _conversion(outcome: CampaignOutcome) -> Line:
    actual = _share(outcome.orders_actual, outcome.visits_actual)
    target = _share(outcome.orders_target, outcome.visits_target)
    note = "Orders ÷ visits" if target is None else f"{formats.percent(target, 1)} planned"
    return Line("Conversion", NONE if actual is None else formats.percent(actual, 1), note)


def _submission_note(outcome: CampaignOutcome) -> str:
    if outcome.submitted_weeks_ahead is None:
        return "It was loaded after its start: nobody knows when."
    return "later than the decision window asks" if outcome.is_late else "in time for the decision window"


def _entered_since(outcome: CampaignOutcome) -> list[str]:
    """Each of Marketing's figures that stands otherwise on the campaign than in its closed week."""
    result = CampaignResult.objects.filter(campaign=outcome.campaign_id).first()
    since = []
    for name in RESULT_FIELDS:
        before, now = getattr(outcome, name), getattr(result, name, None)
        if before != (None if now is None else float(now)):
            label = str(CampaignResult._meta.get_field(name).verbose_name).capitalize()  # type: ignore[union-attr]
            since.append(f"{label}: {_entered(now)} now, {_entered(before)} in the closed week")
    return since


def _entered(amount: float | None) -> str:
    return "nothing" if amount is None else formats.units(amount)


def _share(part: float | None, whole: float | None) -> float | None:
    return part / whole if part is not None and whole else None
