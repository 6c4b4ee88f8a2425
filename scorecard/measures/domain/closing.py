"""When a week's figures close for good, and how a closed one is restated."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone

from scorecard.measures.domain.snapshots import outlooks_of, stock_of, take
from scorecard.measures.models import WeekSnapshot
from scorecard.measures.sources import source_digests
from sop_site.access.models import User
from sop_site.access.permissions import NotNow, require
from sop_site.clock import today as business_date
from sop_site.fiscal import WEEK, week_of
from sop_site.operating_model.models import OperatingModel

# Corrections that come later than a quarter after a week was closed are not looked for.
LOOKED_BACK_WEEKS: Final = 13


def close_due_weeks(today: date) -> list[WeekSnapshot]:
    """Each night: close the weeks that ended more than the operating model's closing days ago, oldest first.

    Closed, a week never changes again. Running it twice changes nothing. Then the closed weeks of the last
    quarter whose sources differ from what they were made from are marked, and those that no longer do are
    not. Returns the weeks that were closed.
    """
    closing_days = OperatingModel.objects.in_force(today).closing_days
    due = WeekSnapshot.objects.in_force().filter(
        closed_at=None, week_start__lt=today - timedelta(days=closing_days + WEEK.days - 1)
    )
    with transaction.atomic():
        closed = list(due.select_for_update().order_by("week_start"))
        for snapshot in closed:
            _close(snapshot)
    notice_late_changes(today)
    return closed


def close_weeks_until(last_day: date) -> list[WeekSnapshot]:
    """Close every open week that is over by ``last_day``, however short a time ago: when a quarter is closed.

    In the caller's transaction, which has asked whether the person may. Returns the weeks that were closed.
    """
    over = WeekSnapshot.objects.in_force().filter(
        closed_at=None, week_start__lte=last_day - timedelta(days=WEEK.days - 1)
    )
    with transaction.atomic():
        closed = list(over.select_for_update().order_by("week_start"))
        for snapshot in closed:
            _close(snapshot)
    return closed


def _close(snapshot: WeekSnapshot) -> None:
    snapshot.closed_at = timezone.now()
    snapshot.save(update_fields=["closed_at"])


def _weeks_since_1970(week_start: date) -> int:
    return (week_start - date(1970, 1, 4)) // WEEK


def notice_late_changes(today: date) -> None:
    """Mark the closed weeks of the last quarter whose sources are not what their figures were made from.

    The newest of them every night, the others once a week each: a week of two million rows takes seconds.
    """
    first = today - LOOKED_BACK_WEEKS * WEEK
    in_quarter = WeekSnapshot.objects.in_force().filter(closed_at__isnull=False, week_start__gte=first)
    weeks = list(in_quarter.order_by("-week_start").values_list("week_start", flat=True))
    due = [
        week for ago, week in enumerate(weeks) if not ago or _weeks_since_1970(week) % 7 == today.weekday()
    ]
    closed = in_quarter.filter(week_start__in=due)
    digest_of = dict(closed.values_list("week_start", "source_digest"))
    now = source_digests(due)
    changed = [week for week, digest in digest_of.items() if now[week] != digest]
    closed.filter(week_start__in=changed, changed_on=None).update(changed_on=today)
    closed.exclude(week_start__in=changed).update(changed_on=None)


@transaction.atomic
def restate_week(
    *,
    week_start: date,
    by: User,
    reason: str,
    beside: Callable[[WeekSnapshot, WeekSnapshot], None] | None = None,
) -> WeekSnapshot:
    """Take a closed week anew, as a further edition that is closed at once; the earlier one stays as it is.

    Sales, promotions, prices and decisions are those that are known now; the stock, and what the week
    expected of the weeks after it, are those that its nights counted. What other rooms keep of the week is
    taken by ``beside`` (the new edition, the earlier one) before it closes. Raises NotAllowed where ``by``
    may not, and NotNow where the week is open, was never taken, or no reason is given.
    """
    require(by, "scorecard.restate_week")
    if not reason.strip():
        raise NotNow("A restatement needs its reason.")
    earlier = WeekSnapshot.objects.in_force().select_for_update().filter(week_start=week_start).first()
    if earlier is None or earlier.closed_at is None:
        raise NotNow(f"{week_of(week_start).label} is not closed; the nights still take its figures anew.")
    WeekSnapshot.objects.filter(pk=earlier.pk).update(is_newest=False)
    today = business_date()
    restated = WeekSnapshot.objects.create(
        week_start=week_start,
        edition=earlier.edition + 1,
        taken_at=timezone.now(),
        taken_on=today,
        reason=reason.strip(),
        restated_by=by,
    )
    take(restated, stock_of(earlier), today=today, outlooks=outlooks_of(earlier))
    if beside is not None:
        beside(restated, earlier)
    _close(restated)
    return restated
