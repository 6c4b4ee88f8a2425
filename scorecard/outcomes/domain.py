"""Every write of what campaigns came to."""

from datetime import date
from functools import partial
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from marketing.campaigns.choices import CampaignStatus
from marketing.campaigns.decision_window import decision_window_of
from marketing.campaigns.models import Campaign
from marketing.campaigns.results import COUNTS, RESULT_FIELDS
from scorecard.measures import domain as measures
from scorecard.measures.models import WeekSnapshot
from scorecard.outcomes import engine
from scorecard.outcomes.leftovers import Leftover, leftovers_of
from scorecard.outcomes.models import CampaignOutcome
from scorecard.outcomes.taking import Taking, takings_of
from sop_site.access.models import User
from sop_site.fiscal import WEEK, week_of
from sop_site.night import do_step
from sop_site.operating_model.choices import ModelStatus
from sop_site.operating_model.models import OperatingModel

# Ended ones count too where the task that completes them has failed.
RAN: Final = (CampaignStatus.APPROVED, CampaignStatus.RUNNING, CampaignStatus.COMPLETED)
WRITTEN: Final = [
    field.name
    for field in CampaignOutcome._meta.concrete_fields
    if field.name not in ("id", "snapshot", "campaign")
]


def record_outcomes(today: date) -> int:
    """Each night: put down what the campaigns that ended in weeks that are not closed came to.

    Taken anew each night from what is known then; twice on one day changes nothing. What a campaign left
    over is counted until a week after its end, and then stays. Each week is a transaction of its own; one
    that fails is logged and the others go on. Returns how many campaigns were put down.
    """
    weeks = WeekSnapshot.objects.in_force().filter(closed_at=None).values_list("pk", "week_start")
    counts = [
        do_step(
            partial(_record_week, pk, today),
            otherwise=f"What campaigns of {week_of(start).label} came to could not be put down tonight.",
        )
        for pk, start in weeks
    ]
    return sum(count or 0 for count in counts)


def restate_week(*, week_start: date, by: User, reason: str) -> WeekSnapshot:
    """Take a closed week anew with what its campaigns came to; as `scorecard.measures.domain.restate_week`.

    What its campaigns left over stays as it was counted then.
    """
    return measures.restate_week(week_start=week_start, by=by, reason=reason, beside=_restate)


@transaction.atomic
def _record_week(snapshot_id: int, today: date) -> int:
    snapshot = WeekSnapshot.objects.select_for_update().filter(pk=snapshot_id, closed_at=None).first()
    # Closed meanwhile.
    if snapshot is None:
        return 0
    campaigns = _ended_in(snapshot, today)
    takings = takings_of(campaigns, today)
    model = OperatingModel.objects.in_force(today)
    standing = _standing_leftovers(snapshot)
    settled = {
        taking.campaign.pk
        for taking in takings
        if taking.campaign.pk in standing and today > taking.campaign.ends_on + WEEK
    }
    counted = [taking for taking in takings if taking.campaign.pk not in settled]
    fresh = {
        taking.campaign.pk: leftover
        for taking, leftover in zip(counted, leftovers_of(counted, today, model), strict=True)
    }
    _write(snapshot, takings, standing | fresh)
    return len(campaigns)


def _restate(restated: WeekSnapshot, earlier: WeekSnapshot) -> None:
    today = restated.taken_on
    takings = takings_of(_ended_in(restated, today), today)
    _write(restated, takings, _standing_leftovers(earlier))


def _ended_in(snapshot: WeekSnapshot, today: date) -> list[Campaign]:
    """The campaigns whose last day lies in the week and has passed."""
    ended = Campaign.objects.filter(
        status__in=RAN,
        ends_on__gte=snapshot.week_start,
        ends_on__lt=min(snapshot.week_start + WEEK, today),
    )
    return list(ended.select_related("result").order_by("pk"))


def _standing_leftovers(snapshot: WeekSnapshot) -> dict[int, Leftover]:
    """What was counted so far of each campaign."""
    counted = snapshot.outcomes.exclude(leftover_units=None)
    return {
        campaign_id: Leftover(units, at_cost)
        for campaign_id, units, at_cost in counted.values_list(
            "campaign_id", "leftover_units", "leftover_at_cost"
        )
    }


def _write(snapshot: WeekSnapshot, takings: list[Taking], leftovers: dict[int, Leftover]) -> None:
    """The outcomes of a week; those of campaigns that are no longer among its own go."""
    nothing, models = Leftover(None, None), _adopted_models()
    outcomes = [_outcome(taking, leftovers.get(taking.campaign.pk, nothing), models) for taking in takings]
    for outcome in outcomes:
        outcome.snapshot = snapshot
    snapshot.outcomes.exclude(campaign__in=[taking.campaign for taking in takings]).delete()
    CampaignOutcome.objects.bulk_create(
        outcomes, update_conflicts=True, unique_fields=["snapshot", "campaign"], update_fields=WRITTEN
    )


def _outcome(taking: Taking, leftover: Leftover, models: list[OperatingModel]) -> CampaignOutcome:
    campaign = taking.campaign
    sold, unmet, baseline = taking.total("sold"), taking.total("unmet"), float(taking.baseline.sum())
    # Where nobody knows whether stock was there, nobody knows what was missing either.
    is_known = taking.total("days_seen") > 0
    handled = abs(sold) + unmet
    unpriced = taking.total("unpriced")
    valueless = max(unpriced, taking.total("uncosted"))
    weeks_ahead = _weeks_ahead(campaign)
    entered = _entered(campaign)
    return CampaignOutcome(
        campaign=campaign,
        skus=len(taking.product_ids),
        doors=len(taking.door_ids),
        is_late=_is_late(campaign, weeks_ahead, models),
        submitted_weeks_ahead=weeks_ahead,
        planned_units=float(taking.planned.sum()),
        sold_units=sold,
        unmet_units=unmet,
        baseline_units=baseline,
        uplift_units=sold - baseline,
        days=taking.total("days"),
        days_seen=taking.total("days_seen"),
        days_out=taking.total("days_out"),
        skus_out=int((taking.of("days_out") > 0).sum()),
        net_sales=taking.total("net_sales"),
        margin=engine.known_money(taking.total("margin"), valueless, handled),
        lost_revenue=engine.known_money(taking.total("lost_revenue"), unpriced, handled)
        if is_known
        else None,
        lost_margin=engine.known_money(taking.total("lost_margin"), valueless, handled) if is_known else None,
        media_wasted=engine.media_wasted(entered["spend_actual"], unmet, sold + unmet) if is_known else None,
        leftover_units=leftover.units,
        leftover_at_cost=leftover.at_cost,
        **entered,
    )


def _weeks_ahead(campaign: Campaign) -> float | None:
    """How long before its start it was submitted; None where it was loaded after its start."""
    if campaign.submitted_at is None:
        return None
    days = (campaign.starts_on - timezone.localdate(campaign.submitted_at)).days
    return days / WEEK.days if days >= 0 else None


def _adopted_models() -> list[OperatingModel]:
    """Every version that is or was in force, the newest first."""
    adopted = OperatingModel.objects.filter(status=ModelStatus.ADOPTED)
    return list(adopted.prefetch_related("scopes").order_by("-effective_from", "-version"))


def _is_late(campaign: Campaign, weeks_ahead: float | None, models: list[OperatingModel]) -> bool:
    """By the operating model that was in force when it was submitted, whatever was adopted since."""
    if campaign.submitted_at is None:
        return False
    day = timezone.localdate(campaign.submitted_at)
    model = next(model for model in models if model.effective_from <= day)
    return engine.is_late(weeks_ahead, decision_window_of(campaign, model).from_weeks)


def _entered(campaign: Campaign) -> dict[str, Any]:
    """What Marketing entered of it."""
    result = getattr(campaign, "result", None)
    values = {name: getattr(result, name, None) for name in RESULT_FIELDS}
    return {
        name: value if value is None or name in COUNTS else float(value) for name, value in values.items()
    }
