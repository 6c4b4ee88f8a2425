"""The retailer that the faults happen to: the bench's, with sales that its baselines come from."""

from datetime import timedelta

import pghistory
from django.db import connection, transaction
from django.db.models import F

from marketing.lift.domain import learn
from marketing.sales.models import WeeklySales
from planning.supply.models import StockPosition
from sop_site.bench.load import load
from sop_site.bench.retailer import make_retailer
from sop_site.clock import set_today, today
from sop_site.fiscal import week_start

SALES_WEEKS = 10


def load_retailer(skus: int) -> None:
    """Write a retailer of ``skus`` SKUs into the empty database; nothing is recalculated or marked.

    Its baselines are what the nightly run makes of its sales, so that they stay until sales change.
    """
    load(make_retailer(skus))
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO marketing_weeklysales (product_id, door_id, week_start, units, observed_days,"
            " promoted_days, out_of_stock_share)"
            " SELECT product_id, door_id, %s - 7 * week, marketing_packed_float(weekly_units, 0), 7, 0, 0"
            " FROM marketing_baselineforecast, generate_series(1, %s) AS week",
            [week_start(today()), SALES_WEEKS],
        )
    learn(today=today())
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM sop_site_changedsku")


def turn_the_day(*, days: int, factor: float) -> None:
    """The business date moves on, and overnight sales and stock came in that nobody marked.

    ``factor`` multiplies the last week's sales of every other SKU and the stock of every third: what
    stands is wrong until the nightly run has been.
    """
    with pghistory.context(note="A new day."), transaction.atomic():
        last_week = week_start(today()) - timedelta(weeks=1)
        set_today(today() + timedelta(days=days))
        sales = WeeklySales.objects.filter(week_start=last_week)
        sales.alias(half=F("product_id") % 2).filter(half=0).update(units=F("units") * factor)
        stock = StockPosition.objects.alias(third=F("product_id") % 3).filter(third=0)
        stock.update(on_hand_units=F("on_hand_units") * factor)
