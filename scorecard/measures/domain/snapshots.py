"""The figures of open weeks, taken anew each night."""

import logging
from datetime import date

import numpy as np
from django.db import transaction
from django.db.models import Max, Min
from django.utils import timezone
from numpy.typing import NDArray

from marketing.demand.queries import LEAST_OBSERVED_DAYS
from scorecard.measures.domain.process import take_process
from scorecard.measures.errors_of_forecasts import errors_in_week, over_all_categories
from scorecard.measures.gathering import FACT_SUMS, FactKey, Outlooks, WeekTaking
from scorecard.measures.models import AccuracyFact, WeekDetail, WeekFact, WeekSnapshot
from scorecard.measures.packing import Detail, pack_detail, unpacked_detail
from scorecard.measures.sources import NO_CATEGORY, source_digests
from scorecard.measures.stock import StockOfWeek, counted
from scorecard.measures.taking.engine import NO_MECHANIC
from sop_site.access.permissions import NotNow
from sop_site.fiscal import WEEK, week_of
from sop_site.fiscal import week_start as start_of_week

Floats = NDArray[np.float64]

logger = logging.getLogger(__name__)


def take_snapshots(today: date) -> list[WeekSnapshot]:
    """Each night: take every week that is not closed anew, and count the stock of the current one.

    The open weeks are those after the newest closed one; where none is closed, this week and the one before,
    and any that was taken earlier.
    Counted twice on one business date, the second count stays. Each week is a transaction of its own; a
    week that fails is logged and the others go on. Returns the weeks that were taken.
    """
    done = []
    for week in open_weeks(today):
        try:
            done.append(_take_open_week(week, today))
        except Exception:
            logger.exception("The figures of %s could not be taken tonight.", week_of(week).label)
    return done


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
def take_week(*, week_start: date, stock: StockOfWeek | None, today: date) -> WeekSnapshot:
    """Take an open week anew with this ``stock``, or with what the nights counted of it until now.

    For a retailer whose past stock is known. Raises NotNow for a closed week.
    """
    snapshot = _locked(week_start, today)
    return take(snapshot, stock_of(snapshot) if stock is None else stock, today=today)


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
    standing = outlooks_of(snapshot) if outlooks is None else outlooks
    for model in (snapshot.facts, snapshot.details):
        model.all().delete()
    for chunk in taking.parts:
        _write_details(snapshot, taking.take(chunk))
    _write_details(snapshot, taking.rest())
    taking.keep_outlooks(standing)
    _write_facts(snapshot, taking)
    _write_accuracy(snapshot, taking)
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


def _write_accuracy(snapshot: WeekSnapshot, taking: WeekTaking) -> None:
    """The errors of the forecasts of a week that is over and whose sales are known in full."""
    snapshot.accuracy_facts.all().delete()
    if not taking.is_over or taking.observed < LEAST_OBSERVED_DAYS:
        return
    AccuracyFact.objects.bulk_create(
        [
            AccuracyFact(
                snapshot=snapshot,
                is_total=is_total,
                category_id=of.category_id,
                region=of.region,
                is_promoted=of.is_promoted,
                lag_weeks=lag,
                cells=errors.cells,
                actual_units=errors.actual,
                forecast_units=errors.forecast.tolist(),
                absolute_error_units=errors.absolute_error.tolist(),
            )
            for lag, of_lag in errors_in_week(snapshot.week_start, taking.sold).items()
            for is_total, facts in ((False, of_lag), (True, over_all_categories(of_lag)))
            for of, errors in facts.items()
        ],
        batch_size=1_000,
    )


def _write_facts(snapshot: WeekSnapshot, taking: WeekTaking) -> None:
    """The facts of every category and their sums over all of them."""
    facts = taking.facts()
    nothing = np.zeros(len(FACT_SUMS))
    for category_id, place in taking.outlooks:
        facts.setdefault((category_id, place, NO_MECHANIC), nothing)
    of_categories = [
        _fact(snapshot, key, sums, taking, taking.outlooks.get(key[:2]), is_total=False)
        for key, sums in facts.items()
    ]
    totals: dict[tuple[int, int], Floats] = {}
    outlooks: dict[int, Floats] = {}
    for (_, place, mechanic_id), sums in facts.items():
        totals[place, mechanic_id] = totals.get((place, mechanic_id), nothing) + sums
    for (_, place), units in taking.outlooks.items():
        outlooks[place] = outlooks.get(place, np.zeros(len(units))) + units
    of_all = [
        _fact(snapshot, (NO_CATEGORY, *key), sums, taking, outlooks.get(key[0]), is_total=True)
        for key, sums in totals.items()
    ]
    WeekFact.objects.bulk_create(of_categories + of_all, batch_size=1_000)


def _fact(
    snapshot: WeekSnapshot,
    key: FactKey,
    sums: Floats,
    taking: WeekTaking,
    outlook: Floats | None,
    *,
    is_total: bool,
) -> WeekFact:
    category_id, place, mechanic_id = key
    region, channel = taking.doors.slices[place]
    values = dict(zip(FACT_SUMS, sums.tolist(), strict=True))
    is_other = mechanic_id == NO_MECHANIC
    return WeekFact(
        snapshot=snapshot,
        is_total=is_total,
        category_id=None if category_id == NO_CATEGORY else category_id,
        region=region,
        channel=channel,
        mechanic_id=None if is_other else mechanic_id,
        outlook_units=outlook.tolist() if is_other and outlook is not None else [],
        **values | {"sku_doors": round(values["sku_doors"])},
    )
