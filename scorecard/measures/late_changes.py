"""Closed weeks that something changed afterwards."""

from django.db.models import QuerySet

from scorecard.measures.models import WeekSnapshot


def weeks_changed_since_close() -> QuerySet[WeekSnapshot]:
    """Closed weeks whose sources the nights found changed, newest first; only a restatement heeds them."""
    found = WeekSnapshot.objects.in_force().filter(closed_at__isnull=False, changed_on__isnull=False)
    return found.order_by("-week_start")
