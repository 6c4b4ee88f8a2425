"""Weeks held against forecast that can be worked out by hand."""

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np

from marketing.catalogue.models import Product
from marketing.tests.factories import NOW, TODAY
from planning.consensus.models import ForecastVersion
from planning.tests.consensus.cases import make_version, publish
from scorecard.signals.models import DemandSignal, DemandWeek, DemandWeekPart
from scorecard.signals.packing import Cells, pack
from sop_site.fiscal import WEEK, month_of

# TODAY is a Sunday: the newest whole week is the one before.
LAST_WEEK = TODAY - WEEK


def make_published(day: date = LAST_WEEK) -> ForecastVersion:
    """A forecast that was in force long before ``day``."""
    version = make_version(month_of(day) - 4)
    return publish(version, version.first_week_start)


def make_signal(product: Product, **facts) -> DemandSignal:
    """An open signal of eight weeks a third above the forecast, raised today."""
    defaults = {
        "opened_on": TODAY,
        "first_week_start": LAST_WEEK - 7 * WEEK,
        "last_week_start": LAST_WEEK,
        "weeks": 8,
        "tracking_signal": 8.0,
        "sold_units": 320.0,
        "forecast_units": 240.0,
        "unmet_units": 0.0,
        "side_weeks": 8,
        "side_sold_units": 320.0,
        "side_forecast_units": 240.0,
        "unit_price": 50.0,
        "is_promoted": False,
        "main_region": "North",
    }
    return DemandSignal.objects.create(product=product, **{**defaults, **facts})


def hold(
    sold_and_forecast: Mapping[Product, tuple[float, float]],
    *,
    week: date = LAST_WEEK,
    version: ForecastVersion | None = None,
    unmet: float = 0.0,
    promoted: Sequence[Product] = (),
) -> DemandWeek:
    """A week in which these SKUs sold so much in the North, against so much; NaN: no forecast for the SKU."""
    held, _ = DemandWeek.objects.update_or_create(
        week_start=week, defaults={"version": version, "figures_taken_at": NOW, "door_groups": ["North"]}
    )
    held.parts.all().delete()
    products = sorted(sold_and_forecast, key=lambda product: product.pk)
    numbers = np.array([sold_and_forecast[product] for product in products])
    DemandWeekPart.objects.create(
        week=held,
        category=None,
        product_ids=[product.pk for product in products],
        packed=pack(
            Cells(
                sold=numbers[:, :1],
                forecast=numbers[:, 1:],
                unmet=np.full((len(products), 1), unmet),
                is_promoted=np.array([[product in promoted] for product in products]),
            )
        ),
    )
    return held


def hold_weeks(
    version: ForecastVersion,
    by_product: Mapping[Product, Sequence[tuple[float, float]]],
    *,
    last: date = LAST_WEEK,
    promoted: Sequence[Product] = (),
    unmet: float = 0.0,
) -> None:
    """So many weeks up to ``last``, the newest one last: what each SKU sold, against what."""
    count = max(len(weeks) for weeks in by_product.values())
    for place in range(count):
        of_week = {product: weeks[place] for product, weeks in by_product.items()}
        week = last - (count - 1 - place) * WEEK
        hold(of_week, week=week, version=version, promoted=promoted, unmet=unmet)
