"""What a poll asks twice a second: whether anything changed that its page is made from.

Hardly more than counts, sums and newest times, so that a page which is left open costs next to nothing.
They are read before the page is: what changes in between shows at the next poll.
"""

from hashlib import sha256

from django.db.models import Count, Max, Q, Sum

from marketing.campaigns.choices import PLANNED_STATUSES
from marketing.campaigns.models import Campaign
from planning.risk.models import Decision, Flag, RecalculationRun
from sop_site.changes.models import ChangedSku
from sop_site.clock import today


def board_pulse() -> str:
    """Changes when a run writes, a person decides, or a planned campaign changes; and every day."""
    statuses = {status.value: Count("pk", filter=Q(status=status)) for status in PLANNED_STATUSES}
    return _digest(
        today(),
        RecalculationRun.objects.aggregate(Max("heartbeat_at"), Max("finished_at")),
        # Decisions are only ever added, so their number tells.
        Decision.objects.count(),
        Campaign.objects.planned().aggregate(**statuses, revisions=Sum("revision")),
    )


def flag_pulse(flag: Flag) -> str:
    """Changes when the flag is recalculated or waits for it, when a person decides, and every day."""
    lines = flag.lines.order_by("door_id")
    return _digest(
        today(),
        (flag.calculated_at, flag.closed_at, flag.campaign.revision, flag.campaign.status),
        (flag.decisions.count(), flag.events.count()),
        # A door may come to stand otherwise while the flag over all doors does not.
        list(lines.values_list("door_id", "state", "cover", "units_short", "first_short_date")),
        ChangedSku.objects.filter(product_id=flag.product_id).exists(),
    )


def campaign_pulse(campaign: Campaign) -> str:
    """Changes with the plan, its signatures and decisions, and whenever its SKUs are recalculated."""
    flags = Flag.objects.filter(campaign=campaign)
    return _digest(
        today(),
        (campaign.status, campaign.revision),
        campaign.approval_signatures.count(),
        Decision.objects.filter(flag__campaign=campaign).count(),
        flags.aggregate(Count("pk"), Max("calculated_at"), Max("closed_at")),
        ChangedSku.objects.filter(product_id__in=campaign.lines.values("product_id")).count(),
    )


def _digest(*seen: object) -> str:
    return sha256(repr(seen).encode()).hexdigest()[:16]
