"""How fresh the figures are, from the runs and the SKUs that wait."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min
from django.utils import timezone

from planning.risk.models import RecalculationRun
from sop_site.changes.models import ChangedSku

# The sweep picks up what a message lost within half a minute; after a whole one nobody is working.
LATE_AFTER = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Freshness:
    """When the figures were last recalculated, how many SKUs wait, and whether the worker answers."""

    recalculated_at: datetime | None
    waiting_skus: int
    is_late: bool


def freshness() -> Freshness:
    """How fresh the figures are now.

    Late means that a SKU has waited for a minute and that no run has shown a sign of life since.
    """
    runs = RecalculationRun.objects.all()
    finished = runs.exclude(finished_at=None).order_by("-finished_at").values_list("finished_at", flat=True)
    waiting = ChangedSku.objects.aggregate(count=Count("pk"), oldest=Min("changed_at"))
    limit = timezone.now() - LATE_AFTER
    has_waited = waiting["oldest"] is not None and waiting["oldest"] < limit
    return Freshness(
        recalculated_at=finished.first(),
        waiting_skus=waiting["count"],
        is_late=has_waited and not runs.filter(heartbeat_at__gte=limit).exists(),
    )
