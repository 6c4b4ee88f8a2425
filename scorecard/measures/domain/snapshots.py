"""The figures of open weeks, taken anew each night."""

from datetime import date
from functools import partial

import numpy as np
from django.db import transaction
from django.db.models import Max, Min
from django.utils import timezone

from marketing.demand.queries import LEAST_OBSERVED_DAYS
from scorecard.measures.domain.process import take_process
from scorecard.measures.errors_of_forecasts import errors_in_week
from scorecard.measures.gathering import Outlooks, WeekTaking
from scorecard.measures.models import WeekDetail, WeekSnapshot
from scorecard.measures.packing import Detail, pack_detail, unpacked_detail
from scorecard.measures.sources import category_tree, source_digests
from scorecard.measures.stock import StockOfWeek, counted
from scorecard.measures.stored import write_errors, write_facts
from scorecard.measures.taking.engine import NO_CATEGORY
from sop_site.access.permissions import NotNow
from sop_site.fiscal import WEEK, week_of
from sop_site.fiscal import week_start as start_of_week
from sop_site.night import do_step


def take_snapshots(today: date) -> list[WeekSnapshot]:
    """Each night: take every week that is not closed anew, and count the stock of the current one.

    The open weeks are those after the newest closed one; where none is closed, this week and the one before,
    and any that was taken earlier.
    Counted twice on one business date, the second count stays. Each week is a transaction of its own; a
    week that fails is logged and the others go on. Returns the weeks that were taken.
    """
    taken = [
        do_step(
            partial(_take_open_week, week, today),
            otherwise=f"The figures of {week_of(week).label} could not be taken tonight.",
        )
        for week in open_weeks(today)
    ]
    return [snapshot for snapshot in taken if snapshot is not None]


def open_weeks(today: date) -> list[date]:
    """The weeks whose figures may still change, in order."""
    current = start_of_week(today)
    in_force = WeekSnapshot.objects.in_force()
    newest_closed = in_force.filter(closed_at__isnull=False).aggregate(day=Max("week_start"))["day"]
    oldest = in_force.aggregate(day=Min("week_start"))["day"] or current
    first = min(oldest, current - WEEK) if newest_closed is None else newest_closed + WEEK
    return [first + place * WEEK for place in range((current - first) // WEEK + 1)]


@transaction.atomic
def _take_open_week(week_start: date, today: date) -> WeekSnapshot:
    snapshot = _locked(week_start, today)
    stock = stock_of(snapshot)
    day = (today - week_start).days
    if 0 <= day < WEEK.days:
        stock = stock.counted_again(counted(today), day)
    return take(snapshot, stock, today=today)


@transaction.atomic
def take_week(
    *, week_start: date, stock: StockOfWeek | None, today: date, outlooks: Outlooks | None = None
) -> WeekSnapshot:
    """Take an open week anew with this ``stock``, or with what the nights counted of it until now.

    For a retailer whose past stock is known, and with ``outlooks`` also what a week that is over expected of
    the weeks after it. Raises NotNow for a closed week.
    """
    snapshot = _locked(week_start, today)
    counted_stock = stock_of(snapshot) if stock is None else stock
    return take(snapshot, counted_stock, today=today, outlooks=outlooks)


def stock_of(snapshot: WeekSnapshot) -> StockOfWeek:
    """What the nights counted of the week, as its details keep it."""
    packed = snapshot.details.order_by("pk").values_list("packed", flat=True)
    return StockOfWeek.of_details(unpacked_detail(each) for each in packed.iterator(chunk_size=20))


def _locked(week_start: date, today: date) -> WeekSnapshot:
    """The snapshot in force of an open week, held until the transaction ends; made where there is none."""
    WeekSnapshot.objects.bulk_create(
        [WeekSnapshot(week_start=week_start, taken_at=timezone.now(), taken_on=today)], ignore_conflicts=True
    )
    snapshot = WeekSnapshot.objects.in_force().select_for_update().get(week_start=week_start)
    if snapshot.closed_at is not None:
        raise NotNow(f"{week_of(week_start).label} is closed; its figures change by a restatement only.")
    return snapshot


def take(
    snapshot: WeekSnapshot, stock: StockOfWeek, *, today: date, outlooks: Outlooks | None = None
) -> WeekSnapshot:
    """Put the figures of a week, of its sources as they are now and of ``stock``, in place of its old ones.

    What it expects of the weeks after it is what its own last night expected: taken later it is what stood
    there, or these ``outlooks``. In the caller's transaction, which holds the snapshot.
    """
    week_start = snapshot.week_start
    # Before the sources are read: what changes meanwhile is then noticed.
    snapshot.source_digest = source_digests([week_start])[week_start]
    taking = WeekTaking.of(week_start, stock, today)
    if not taking.is_current:
        taking.keep_outlooks(outlooks_of(snapshot) if outlooks is None else outlooks)
    for model in (snapshot.facts, snapshot.details, snapshot.accuracy_facts):
        model.all().delete()
    for chunk in taking.parts:
        _write_details(snapshot, taking.take(chunk))
    _write_details(snapshot, taking.rest())
    tree = category_tree()
    write_facts(snapshot.pk, taking.doors.slices, taking.facts(tree))
    # Of a week that is over, and whose sales are known in full.
    if taking.is_over and taking.observed >= LEAST_OBSERVED_DAYS:
        errors = errors_in_week(week_start, taking.sold, tree)
        if errors is not None:
            write_errors(snapshot.pk, taking.sold.groups.names, errors)
    take_process(snapshot)
    snapshot.taken_at, snapshot.taken_on = timezone.now(), today
    snapshot.has_stock = bool((~np.isnan(stock.closing)).any())
    snapshot.save()
    return snapshot


def outlooks_of(snapshot: WeekSnapshot) -> Outlooks:
    """What the week expected of the weeks after it, as its facts keep it."""
    rows = snapshot.facts.filter(is_total=False, mechanic=None).exclude(outlook_units=[])
    fields = ("category_id", "region", "channel", "outlook_units")
    return {
        (category_id or NO_CATEGORY, region, channel): np.array(outlook)
        for category_id, region, channel, outlook in rows.values_list(*fields)
    }


def _write_details(snapshot: WeekSnapshot, details: dict[int, Detail]) -> None:
    WeekDetail.objects.bulk_create(
        WeekDetail(
            snapshot=snapshot,
            category_id=None if category_id == NO_CATEGORY else category_id,
            sku_doors=len(detail),
            packed=pack_detail(detail),
        )
        for category_id, detail in details.items()
        if len(detail)
    )
