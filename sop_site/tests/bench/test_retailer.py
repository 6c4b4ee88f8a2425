"""The generated retailer is what the bench says it is."""

import numpy as np
import pytest

from sop_site.bench.retailer import (
    DC,
    DOORS,
    ECOMMERCE,
    FIRST_STORE,
    HORIZON,
    SELLING_DOORS,
    SKUS_A_CAMPAIGN,
    STORES,
    STORES_OF_A_SMALL_CAMPAIGN,
    make_retailer,
)

SKUS = 400


@pytest.fixture(scope="module")
def retailer():
    return make_retailer(SKUS)


def test_every_sku_is_featured_and_twice_on_average(retailer):
    times = np.bincount(retailer.campaigns.line_sku, minlength=SKUS)
    assert (len(times), times.min(), times.mean()) == (SKUS, 1, 2.0)


def test_a_campaign_features_forty_different_skus(retailer):
    campaigns = retailer.campaigns
    assert len(campaigns.start_day) == SKUS * 2 // SKUS_A_CAMPAIGN
    pairs = set(zip(campaigns.line_campaign.tolist(), campaigns.line_sku.tolist(), strict=True))
    assert len(pairs) == len(campaigns.line_sku) == SKUS * 2
    assert set(np.bincount(campaigns.line_campaign).tolist()) == {SKUS_A_CAMPAIGN}


def test_campaigns_start_in_one_to_ten_weeks_and_end_within_the_horizon(retailer):
    campaigns = retailer.campaigns
    assert (campaigns.start_day >= 7).all()
    assert (campaigns.start_day <= 70).all()
    assert set(campaigns.days.tolist()) <= set(range(4, 22))
    assert (campaigns.start_day + campaigns.days <= HORIZON.days).all()


def test_half_of_the_campaigns_run_everywhere_and_half_at_six_stores(retailer):
    doors = retailer.campaigns.doors
    count = doors.sum(axis=1)
    assert sorted(count.tolist()) == [STORES_OF_A_SMALL_CAMPAIGN] * 10 + [SELLING_DOORS] * 10
    assert not doors[count < SELLING_DOORS, ECOMMERCE - 1].any()


def test_every_door_has_stock_and_every_selling_door_a_baseline(retailer):
    assert retailer.on_hand.shape == (SKUS, DOORS)
    assert retailer.weekly_units.shape[:2] == (SKUS, SELLING_DOORS)
    assert (retailer.on_hand >= 0).all()
    assert (retailer.weekly_units > 0).all()
    assert (retailer.weekly_units.std(axis=2) > 0).all()


def test_the_dc_reaches_every_store_in_one_to_six_days(retailer):
    routes = retailer.routes
    from_dc = routes.from_door == DC
    assert routes.to_door[from_dc].tolist() == list(range(FIRST_STORE, DOORS))
    assert set(routes.transit_days[from_dc].tolist()) == set(range(1, 7))
    between = set(zip(routes.from_door[~from_dc].tolist(), routes.to_door[~from_dc].tolist(), strict=True))
    assert len(between) == len(routes.from_door) - STORES
    assert all(origin >= FIRST_STORE <= target != origin for origin, target in between)


def test_the_receipts_of_a_sku_land_in_different_weeks(retailer):
    receipts = retailer.receipts
    weeks = HORIZON.buckets_of_days(receipts.eta_day)
    pairs = set(zip(receipts.sku.tolist(), weeks.tolist(), strict=True))
    assert len(pairs) == len(receipts.sku)
    assert len(receipts.sku) / SKUS == pytest.approx(2.0, abs=0.1)
    assert weeks.max() < HORIZON.buckets


def test_one_sku_in_twenty_has_a_transfer(retailer):
    assert len(set(retailer.transfers.sku.tolist())) == len(retailer.transfers.sku) == SKUS // 20


def test_the_same_number_of_skus_makes_the_same_retailer(retailer):
    again = make_retailer(SKUS)
    assert np.array_equal(again.on_hand, retailer.on_hand)
    assert np.array_equal(again.campaigns.percent, retailer.campaigns.percent)


def test_a_number_that_campaigns_cannot_share_is_refused():
    with pytest.raises(ValueError, match="multiple of 40"):
        make_retailer(50)
