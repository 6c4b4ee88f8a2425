"""What a campaign was to bring as a whole, and what it brought, as its page shows it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from marketing.campaigns.choices import CampaignStatus
from marketing.campaigns.models import Campaign, CampaignResult
from sop_site.access.models import User
from sop_site.fiscal import week_of
from sop_site.operating_model.models import OperatingModel

TARGETS: Final = ("visits_target", "orders_target", "revenue_target", "spend_target")
ACTUALS: Final = ("visits_actual", "orders_actual", "revenue_actual", "spend_actual")
RESULT_FIELDS: Final = (*TARGETS, *ACTUALS)
COUNTS: Final = ("visits_target", "orders_target", "visits_actual", "orders_actual")
# Which orders come of which visits.
ORDERS_OF_VISITS: Final = (("orders_target", "visits_target"), ("orders_actual", "visits_actual"))
# Campaigns in these never ran.
NOT_RUN: Final = (CampaignStatus.DRAFT, CampaignStatus.SUBMITTED, CampaignStatus.REJECTED)


@dataclass(frozen=True, slots=True)
class ResultLine:
    """One figure of a campaign: its target and what it came to, None where nobody has said."""

    label: str
    kind: str  # how it is written: units, money or share
    target: float | None
    actual: float | None

    @property
    def share(self) -> float | None:
        """The actual as a share of the target."""
        return self.actual / self.target if self.actual is not None and self.target else None


def result_lines(result: CampaignResult | None) -> list[ResultLine]:
    """Visits, orders, conversion, revenue and media spend; none where nothing was entered."""
    if result is None:
        return []
    figures: dict[str, float | None] = {
        name: None if (value := getattr(result, name)) is None else float(value) for name in RESULT_FIELDS
    }

    def line(label: str, kind: str, name: str) -> ResultLine:
        return ResultLine(label, kind, figures[f"{name}_target"], figures[f"{name}_actual"])

    return [
        line("Visits", "units", "visits"),
        line("Orders", "units", "orders"),
        ResultLine(
            "Conversion",
            "share",
            _quotient(figures["orders_target"], figures["visits_target"]),
            _quotient(figures["orders_actual"], figures["visits_actual"]),
        ),
        line("Revenue", "money", "revenue"),
        line("Media spend", "money", "spend"),
    ]


def orders_beyond_visits(figures: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The orders of which there would be more than visits, by field, each with a sentence that says so."""
    found = []
    for orders, visits in ORDERS_OF_VISITS:
        ordered, visited = figures.get(orders), figures.get(visits)
        if ordered is not None and visited is not None and ordered > visited:
            sentence = f"{ordered:,.0f} orders cannot come of {visited:,.0f} visits. Check both figures."
            found.append((orders, sentence))
    return found


def has_started(campaign: Campaign, today: date) -> bool:
    """Whether it can have brought anything yet."""
    return campaign.starts_on <= today and campaign.status not in NOT_RUN


def weeks_figures_are_closed(campaign: Campaign, today: date, model: OperatingModel) -> bool:
    """Whether the scorecard's figures of the week in which it ends no longer change by themselves."""
    last_day = week_of(campaign.ends_on).end + timedelta(days=model.closing_days)
    return last_day < today


def results_in_full(campaign: Campaign, user: User, *, today: date) -> dict[str, Any]:
    """What the part of the campaign's page about its results shows."""
    result = CampaignResult.objects.filter(campaign=campaign).select_related("entered_by").first()
    return {
        "result": result,
        "result_lines": result_lines(result),
        "has_started": has_started(campaign, today),
        "may_enter_results": user.has_perm("marketing.enter_results"),
    }


def _quotient(part: float | None, whole: float | None) -> float | None:
    return part / whole if part is not None and whole else None
