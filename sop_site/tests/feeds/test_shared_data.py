"""Five real retailers, as they are. Their data is no part of the product: without it, skipped."""

from datetime import date
from decimal import Decimal
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import transaction
from django.db.models import Sum

from marketing.campaigns.models import Campaign
from marketing.catalogue.models import Door, Product
from marketing.lift.models import LiftNorm
from marketing.sales.models import PastPromotion, WeeklySales
from planning.risk.models import Flag
from planning.supply.models import Receipt, StockPosition
from sop_site import clock
from sop_site.feeds.models import RetailerLoad
from sop_site.fiscal import week_start

SHARED = settings.BASE_DIR.parent / "shared" / "data"
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(
        not SHARED.is_dir(), reason="The real data sets are not on this machine (../shared/data)."
    ),
]


def load(name: str, *arguments: str) -> None:
    call_command("load_retailer", str(SHARED / name), *arguments, stdout=StringIO(), skip_checks=True)


def units_sold() -> Decimal:
    return WeeklySales.objects.aggregate(Sum("units"))["units__sum"]


def test_breakfast_raises_the_same_flags_on_every_run():
    def flags() -> list[tuple]:
        with transaction.atomic():
            load("breakfast", "--as-of", "2010-11-10", "--simulate-inventory")
            facts = Flag.objects.order_by("campaign__code", "product__sku").values_list(
                "campaign__code", "product__sku", "state", "units_short"
            )
            found = list(facts)
            assert clock.today() == date(2010, 11, 10)
            assert not StockPosition.objects.filter(is_simulated=False).exists()
            assert Campaign.objects.count() == len(found)
            assert not Campaign.objects.filter(starts_on__lte=date(2010, 11, 10)).exists()
            # The units of every source week that ends by the as-of date, Thursday to Wednesday.
            assert units_sold() == 3_149_705
            seconds = RetailerLoad.objects.get()
            assert (seconds.finished_at - seconds.started_at).total_seconds() < 60
            transaction.set_rollback(True)
        return found

    first = flags()

    assert any(state in ("stockout", "out", "at_risk") for _, _, state, _ in first)
    assert flags() == first


def test_freshretail_has_daily_sales_and_hours_out_of_stock():
    load("freshretail", "--no-recalculate")

    assert Product.objects.count() == 569
    assert units_sold() == Decimal("460880.76")
    assert WeeklySales.objects.filter(out_of_stock_share__gt=0).exists()
    assert PastPromotion.objects.count() == 33_741
    assert Product.objects.get(sku="0").category.path == "31 > 79 > 227"


def test_pasta_is_one_door_and_moves_to_this_week():
    load("pasta", "--shift-to-today", "--no-recalculate")

    assert Door.objects.get().code == "MAIN"
    assert week_start(RetailerLoad.objects.get().as_of_date) == week_start(clock.today())
    assert (clock.today() - WeeklySales.objects.latest("week_start").week_start).days < 14


def test_orange_juice_brings_its_cost_and_price_in_the_sales():
    load("oj", "--no-recalculate")

    product = Product.objects.get(sku="OJ01")
    assert 0 < product.unit_cost < product.unit_price
    assert LiftNorm.objects.filter(category=None, discount_band="").count() == 2


def test_vn2_has_stock_and_what_is_on_its_way():
    load("vn2", "--no-recalculate")

    assert StockPosition.objects.count() == 378
    assert set(Receipt.objects.values_list("current_eta", flat=True)) <= {
        date(2024, 4, 15),
        date(2024, 4, 22),
    }
    assert WeeklySales.objects.filter(out_of_stock_share=1.0).exists()
    assert Product.objects.get(sku="2").category.path == "9 > 20 > 2003 > 200303"
