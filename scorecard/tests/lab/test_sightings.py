"""What is seen of planned campaign lines once a week, and that it is read back as it was."""

from datetime import timedelta

import numpy as np
import pytest

from marketing.campaigns.choices import CampaignStatus
from marketing.catalogue.models import Category, Door
from marketing.tests.factories import TODAY, make_campaign
from planning.risk.models import Flag
from planning.supply.models import StockPosition
from planning.tests.risk.cases import Network, recalculated
from scorecard.lab.domain import record_sighting
from scorecard.lab.models import Sighting
from scorecard.lab.packing import unpacked_sighting
from sop_site.fiscal import week_start

pytestmark = pytest.mark.django_db


@pytest.fixture
def network(today):
    return Network.make()


def test_a_line_is_a_campaign_a_sku_and_a_region_with_its_worst_door(network):
    Door.objects.filter(code="S2").update(region="South")
    tops = Category.objects.create(path="Women > Tops")
    tee = network.make_sku("TEE", at_dc=100.0, category=tops)
    campaign = make_campaign(products=[tee], doors=network.doors)

    seen = unpacked_sighting(record_sighting(TODAY).packed)

    recalculated(tee)
    flag = Flag.objects.get()
    assert len(seen) == 2
    assert seen.campaign_ids.tolist() == [campaign.pk] * 2
    assert seen.product_ids.tolist() == [tee.pk] * 2
    assert [seen.category_paths[place] for place in seen.category] == ["Women > Tops"] * 2
    assert [seen.regions[place] for place in seen.region] == ["North", "South"]
    assert seen.start_days.tolist() == [42, 42]
    assert seen.lines.cover.min() == pytest.approx(flag.cover)
    assert seen.lines.expected_units.sum() == pytest.approx(flag.expected_units)
    assert seen.lines.units_short.sum() == pytest.approx(flag.units_short)
    assert seen.lines.unit_cost.tolist() == [20.0, 20.0]


def test_doors_of_one_region_are_one_line_and_all_chunks_are_seen(network, monkeypatch):
    monkeypatch.setattr("planning.risk.runs.MOST_SKUS", 1)
    monkeypatch.setattr("planning.risk.runs.FEWEST_SKUS", 1)
    skus = [network.make_sku(name) for name in ("A", "B", "C")]
    make_campaign(products=skus, doors=network.doors)

    sighting = record_sighting(TODAY)

    seen = unpacked_sighting(sighting.packed)
    assert (sighting.lines, len(seen)) == (3, 3)
    assert sorted(seen.product_ids.tolist()) == sorted(product.pk for product in skus)
    # 20 a week at two doors for two weeks.
    assert seen.lines.expected_units.tolist() == [80.0] * 3


def test_what_has_begun_or_is_not_planned_is_not_seen(network):
    tee = network.make_sku("TEE")
    make_campaign(products=[tee], doors=network.doors, starts_on=TODAY, status=CampaignStatus.RUNNING)
    make_campaign(products=[tee], doors=network.doors, status=CampaignStatus.DRAFT)

    sighting = record_sighting(TODAY)

    assert sighting.lines == 0
    assert len(unpacked_sighting(sighting.packed)) == 0


def test_where_stock_is_not_known_cover_is_not(network):
    tee = network.make_sku("TEE")
    make_campaign(products=[tee], doors=network.doors)
    StockPosition.objects.all().delete()

    seen = unpacked_sighting(record_sighting(TODAY).packed)

    assert np.isnan(seen.lines.cover).tolist() == [True]


def test_a_week_is_seen_once_and_stays(network):
    tee = network.make_sku("TEE")
    make_campaign(products=[tee], doors=network.doors)
    first = record_sighting(TODAY)

    make_campaign(products=[tee], doors=network.doors)
    again = record_sighting(TODAY + timedelta(days=1))

    assert again is None
    assert bytes(Sighting.objects.get().packed) == first.packed
    assert first.week_start == week_start(TODAY)
    assert record_sighting(TODAY + timedelta(days=7)).lines == 2
