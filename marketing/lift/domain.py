"""Learning lifts from the past."""

from datetime import date

import numpy as np
from django.db import transaction

from marketing.baseline.queries import NOT_SOLD, sales_before
from marketing.lift.engine import lift_by_mechanic
from marketing.lift.events import EventPolicy, event_sales
from marketing.lift.models import MechanicLift
from marketing.sales.models import PastPromotion
from sop_site.feeds.staging import MergeCount, merge

POLICY = EventPolicy()


@transaction.atomic
def fit_mechanic_lifts(*, today: date, policy: EventPolicy = POLICY) -> MergeCount:
    """Fit each mechanic's lift on the promotions that ended before ``today``; write what differs.

    A mechanic without usable promotions has no lift. Nothing is marked for recalculation: lifts of the
    past suggest, they do not enter a plan by themselves.
    """
    sales = sales_before(today)
    events = np.array(
        list(
            PastPromotion.objects.filter(starts_on__gte=sales.first_week_start, ends_on__lt=today)
            .order_by("pk")
            .values_list("mechanic_id", "product_id", "door_id", "starts_on", "ends_on")
        ),
        dtype=object,
    ).reshape(-1, 5)
    column = sales.columns_of(events[:, 1].astype(np.int64), events[:, 2].astype(np.int64))
    events, column = events[column != NOT_SOLD], column[column != NOT_SOLD]
    first_day, last_day = (
        np.array([(day - sales.first_week_start).days for day in events[:, place]], dtype=np.int64)
        for place in (3, 4)
    )
    sold = event_sales(
        column=column,
        first_day=first_day,
        last_day=last_day,
        units=sales.units,
        promoted_days=sales.promoted_days,
        in_stock_share=sales.in_stock_share,
        observed=sales.observed,
        policy=policy,
    )
    lifts = lift_by_mechanic(events[:, 0].astype(np.int64), sold.actual_units, sold.baseline_units)
    MechanicLift.objects.exclude(mechanic_id__in=lifts.mechanic.tolist()).delete()
    return merge(
        MechanicLift,
        keys=["mechanic_id"],
        columns=["median_uplift_ratio", "p10_uplift_ratio", "p90_uplift_ratio", "event_count"],
        rows=zip(
            lifts.mechanic.tolist(),
            lifts.median_ratio.tolist(),
            lifts.low_ratio.tolist(),
            lifts.high_ratio.tolist(),
            lifts.events.tolist(),
            strict=True,
        ),
    )
