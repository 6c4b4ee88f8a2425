"""What was generated stands in the database as the product reads it, and three roll-forwards agree on it."""

from decimal import Decimal

import numpy as np
import pytest
from django.db import connection

from marketing.baseline.models import BaselineForecast
from marketing.campaigns.models import Campaign, CampaignDoor, CampaignLine
from marketing.catalogue.models import Product, Ranging
from planning.supply.models import Receipt, StockPosition, Transfer
from sop_site.bench.floor import LAYOUTS, load_reference
from sop_site.bench.load import load
from sop_site.bench.retailer import DOORS, HORIZON, SELLING_DOORS, TODAY, make_retailer
from sop_site.bench.rollforward import by_loop, check_agreement, read_inputs
from sop_site.clock import today

SKUS = 120
# A load ends with a vacuum, which no transaction around a test allows.
pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


@pytest.fixture
def retailer():
    made = make_retailer(SKUS)
    load(made)
    return made


def test_everything_is_there_as_it_was_generated(retailer):
    campaigns = retailer.campaigns
    counts = {
        model: model.objects.count()
        for model in (Product, Ranging, BaselineForecast, StockPosition, Receipt, Transfer, CampaignLine)
    }
    assert counts == {
        Product: SKUS,
        Ranging: SKUS * SELLING_DOORS,
        BaselineForecast: SKUS * SELLING_DOORS,
        StockPosition: SKUS * DOORS,
        Receipt: len(retailer.receipts.sku),
        Transfer: len(retailer.transfers.sku),
        CampaignLine: SKUS * 2,
    }
    assert CampaignDoor.objects.count() == campaigns.doors.sum()
    assert Campaign.objects.planned().count() == len(campaigns.start_day)
    assert today() == TODAY

    product = Product.objects.order_by("pk")[7]
    assert (product.sku, product.style) == ("SKU-0000008", "")
    assert product.unit_price == Decimal(int(retailer.price_cents[7])) / 100
    at_door = BaselineForecast.objects.filter(product=product).order_by("door_id")[3]
    assert at_door.weekly_units == retailer.weekly_units[7, 3].tolist()
    stock = StockPosition.objects.filter(product=product).order_by("door_id")
    assert [position.on_hand_units for position in stock] == retailer.on_hand[7].tolist()


def test_what_people_add_later_finds_a_number_of_its_own(retailer):
    assert Product.objects.create(sku="NEW", name="New").pk > SKUS


def test_the_reference_holds_the_same_inputs(retailer):
    load_reference(retailer)
    with connection.cursor() as cursor:
        cursor.execute("SELECT sum((SELECT sum(units) FROM unnest(baseline) AS units)) FROM floor_copy")
        baseline = cursor.fetchone()[0]
        for table in LAYOUTS:
            cursor.execute(f"SELECT count(*), sum(on_hand) FROM {table}")
            assert cursor.fetchone() == (SKUS * DOORS, pytest.approx(retailer.on_hand.sum()))
            cursor.execute(f"DROP TABLE {table}")
    assert baseline == pytest.approx(retailer.weekly_units[:, :, : HORIZON.buckets].sum(), rel=1e-5)


def test_the_loop_ends_with_the_stock_of_the_engine(retailer):
    inputs = read_inputs(np.array(Product.objects.order_by("pk").values_list("pk", flat=True)))
    assert len(inputs.transfers)
    _, closing = by_loop(inputs)
    check_agreement("loop", inputs, closing)


def test_the_notebook_ends_with_the_stock_of_the_engine(retailer):
    pytest.importorskip("pandas")
    from sop_site.bench.rollforward import by_notebook

    with_transfers = list(Transfer.objects.values_list("product_id", flat=True))
    others = Product.objects.exclude(pk__in=with_transfers).values_list("pk", flat=True)[:3]
    inputs = read_inputs(np.array(sorted([*with_transfers, *others])))
    _, closing = by_notebook(inputs)
    assert np.isfinite(closing).all()
    check_agreement("notebook", inputs, closing)
