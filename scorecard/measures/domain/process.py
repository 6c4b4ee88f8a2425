"""How the process served the campaigns of a week: what was seen, decided, and came of it."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

from django.db import connection
from django.db.models import Min, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from marketing.campaigns.choices import CampaignStatus
from planning.remedies.choices import RemedyStatus
from planning.remedies.models import Remedy
from planning.risk.choices import FLAGGED_STATES, DecisionKind
from planning.risk.models import Decision, Flag
from scorecard.measures.choices import DayState
from scorecard.measures.models import ProcessFact, WeekSnapshot
from sop_site.fiscal import WEEK

EARLY: Final = timedelta(weeks=6)
SERVED: Final = (CampaignStatus.APPROVED, CampaignStatus.RUNNING, CampaignStatus.COMPLETED)
# What settles a risk; a proposal does not yet.
DECIDED: Final = (DecisionKind.ACCEPTED, DecisionKind.REMEDY_IN_FORCE)
SEEN = """
SELECT campaign_id, product_id, bool_or(position(%(out)s::bytea IN states) > 0)
FROM scorecard_promoteddays
WHERE campaign_id = ANY(%(campaigns)s)
    AND (position(%(out)s::bytea IN states) > 0 OR position(%(in_stock)s::bytea IN states) > 0)
GROUP BY campaign_id, product_id
"""


@dataclass(slots=True)
class _Served:
    """The risks of a campaign in one category."""

    counts: Counter[str] = field(default_factory=Counter)
    lead_days: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Risk:
    """A SKU of a campaign that ever needed a decision."""

    flag_id: int
    campaign_id: int
    product_id: int
    category_id: int | None
    starts_on: date
    seen_at: datetime
    decided_at: datetime | None
    deadline: date | None


def take_process(snapshot: WeekSnapshot) -> None:
    """Put how the process served the campaigns that start in the week in place of what stood there.

    A risk is a SKU of an approved campaign that ever needed a decision, seen when it first did and decided
    when a decision first settled it. A remedy worked as far as nights have seen the campaign until now.
    """
    snapshot.process_facts.all().delete()
    risks = _risks(snapshot)
    was_out = _skus_seen({risk.campaign_id for risk in risks})
    in_force = Remedy.objects.filter(flag__in=[risk.flag_id for risk in risks], status=RemedyStatus.IN_FORCE)
    with_remedy = set(in_force.values_list("flag_id", flat=True))
    found: dict[tuple[int, int | None], _Served] = defaultdict(_Served)
    for risk in risks:
        served = found[risk.campaign_id, risk.category_id]
        served.counts["risks"] += 1
        served.counts["seen_early"] += _day(risk.seen_at) <= risk.starts_on - EARLY
        if risk.decided_at is not None:
            served.lead_days.append(float((risk.starts_on - _day(risk.decided_at)).days))
            if risk.deadline is not None:
                served.counts["with_deadline"] += 1
                served.counts["decided_in_time"] += _day(risk.decided_at) <= risk.deadline
        sku = (risk.campaign_id, risk.product_id)
        if risk.flag_id in with_remedy and sku in was_out:
            served.counts["remedies"] += 1
            served.counts["remedies_worked"] += not was_out[sku]
    ProcessFact.objects.bulk_create(
        ProcessFact(
            snapshot=snapshot,
            campaign_id=campaign_id,
            category_id=category_id,
            lead_days=sorted(served.lead_days),
            **served.counts,
        )
        for (campaign_id, category_id), served in found.items()
    )


def _risks(snapshot: WeekSnapshot) -> list[_Risk]:
    """The risks of the campaigns that start in the week, with when each was first seen and settled."""
    first_day = snapshot.week_start
    settled = Decision.objects.filter(flag=OuterRef("pk"), kind__in=DECIDED).order_by("at", "pk")
    seen_at = Min("events__at", filter=Q(events__to_state__in=FLAGGED_STATES))
    flags = (
        Flag.objects.filter(
            campaign__starts_on__gte=first_day,
            campaign__starts_on__lt=first_day + WEEK,
            campaign__status__in=SERVED,
            opened_at__isnull=False,
        )
        .annotate(
            seen_at=Coalesce(seen_at, "opened_at"),
            decided_at=Subquery(settled.values("at")[:1]),
            deadline=Subquery(settled.values("decide_by_date")[:1]),
        )
        .order_by("campaign", "product")
        .values_list(
            "pk",
            "campaign_id",
            "product_id",
            "product__category_id",
            "campaign__starts_on",
            "seen_at",
            "decided_at",
            "deadline",
        )
    )
    return [_Risk(*row) for row in flags]


def _day(at: datetime) -> date:
    return timezone.localdate(at)


def _skus_seen(campaign_ids: set[int]) -> dict[tuple[int, int], bool]:
    """Of each SKU of these campaigns that a night saw, whether it was ever out at a door."""
    with connection.cursor() as cursor:
        cursor.execute(
            SEEN,
            {
                "campaigns": sorted(campaign_ids),
                "out": bytes([DayState.OUT]),
                "in_stock": bytes([DayState.IN_STOCK]),
            },
        )
        return {(campaign, product): was_out for campaign, product, was_out in cursor.fetchall()}
