"""What stands behind a figure of the process or of Marketing: the campaigns, each with part and whole."""

from dataclasses import dataclass
from statistics import median
from typing import Final

from django.db.models import QuerySet

from marketing.campaigns.models import Campaign
from scorecard.measures.choices import Measure
from scorecard.measures.cut import Cut
from scorecard.measures.models import ProcessFact
from scorecard.measures.places import Places
from scorecard.measures.process_figures import SHARES
from scorecard.measures.queries import recorded_weeks
from scorecard.outcomes.figures import RATIOS
from scorecard.outcomes.models import CampaignOutcome
from sop_site.fiscal import FiscalPeriod

# What the two numbers of a campaign are called, where its figure is a part of a whole.
HEADINGS: Final[dict[Measure, tuple[str, str]]] = {
    Measure.VISITS: ("Visits", "Planned visits"),
    Measure.CONVERSION: ("Orders", "Visits"),
    Measure.REVENUE: ("Revenue", "Planned revenue"),
    Measure.LATE_SUBMISSIONS: ("Late", "Submitted"),
    Measure.SEEN_EARLY: ("Seen early", "Risks"),
    Measure.DECISION_LEAD: ("Median days ahead", "Decided risks"),
    Measure.DECIDED_IN_TIME: ("Decided in time", "With a decide-by date"),
    Measure.REMEDIES_WORKED: ("Never out", "SKUs with a remedy"),
}


@dataclass(frozen=True, slots=True)
class CampaignRow:
    """One campaign: its part and its whole; None where it does not know them, and then it is in no sum."""

    campaign: Campaign
    part: float | None
    whole: float | None

    @property
    def lost(self) -> float:
        """What of the whole the part lacks: by this the worst stand first."""
        return (self.whole or 0.0) - (self.part or 0.0)


def campaign_rows(measure: Measure, period: FiscalPeriod, cut: Cut) -> list[CampaignRow]:
    """The campaigns behind the figure, what hurts most first. Raises KeyError where campaigns are not."""
    snapshots = [week.snapshot_id for week in recorded_weeks({week.start for week in period.weeks})]
    if measure in RATIOS or measure == Measure.LATE_SUBMISSIONS:
        rows = _of_outcomes(measure, cut, snapshots)
    elif cut.slices <= measure.facts.slices:
        rows = _of_process(measure, cut, snapshots)
    else:
        rows = []
    worst_last = measure == Measure.LATE_SUBMISSIONS
    return sorted(
        rows,
        key=lambda row: (
            row.whole is None,
            -(row.part or 0.0) if worst_last else -row.lost,
            row.campaign.starts_on,
        ),
    )


def _of_outcomes(measure: Measure, cut: Cut, snapshots: list[int]) -> list[CampaignRow]:
    if not cut.slices <= measure.facts.slices:
        return []
    outcomes = CampaignOutcome.objects.filter(snapshot__in=snapshots).select_related("campaign")
    if cut.channel:
        outcomes = outcomes.filter(campaign__channel=cut.channel)
    if cut.mechanic_id is not None:
        outcomes = outcomes.filter(campaign__mechanic=cut.mechanic_id)
    if measure == Measure.LATE_SUBMISSIONS:
        return [
            CampaignRow(each.campaign, float(each.is_late), 1.0)
            if each.submitted_weeks_ahead is not None
            else CampaignRow(each.campaign, None, None)
            for each in outcomes
        ]
    part, whole, _ = RATIOS[measure]
    rows = []
    for each in outcomes:
        values = getattr(each, part), getattr(each, whole)
        known = None not in values
        rows.append(CampaignRow(each.campaign, *(values if known else (None, None))))
    return rows


def _of_process(measure: Measure, cut: Cut, snapshots: list[int]) -> list[CampaignRow]:
    """Of each campaign the sums over its categories; of lead times their median and how many there are."""
    facts: QuerySet[ProcessFact] = ProcessFact.objects.filter(snapshot__in=snapshots)
    inside = Places(cut).inside
    if inside is not None:
        facts = facts.filter(category__in=inside)
    if cut.mechanic_id is not None:
        facts = facts.filter(campaign__mechanic=cut.mechanic_id)
    by_campaign: dict[int, tuple[Campaign, list[ProcessFact]]] = {}
    for fact in facts.select_related("campaign"):
        by_campaign.setdefault(fact.campaign_id, (fact.campaign, []))[1].append(fact)
    rows = []
    for campaign, of_campaign in by_campaign.values():
        if measure == Measure.DECISION_LEAD:
            days = [day for fact in of_campaign for day in fact.lead_days]
            rows.append(CampaignRow(campaign, median(days) if days else None, float(len(days)) or None))
        else:
            part, whole, _ = SHARES[measure]
            rows.append(
                CampaignRow(
                    campaign,
                    float(sum(getattr(fact, part) for fact in of_campaign)),
                    float(sum(getattr(fact, whole) for fact in of_campaign)) or None,
                )
            )
    return rows
