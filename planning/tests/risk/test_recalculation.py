"""What a recalculation writes, and that a second one writes nothing."""

from datetime import timedelta

import pytest
from django.utils import timezone

from marketing.campaigns.models import Campaign, CampaignLine
from marketing.catalogue.choices import DoorKind
from marketing.catalogue.models import Ranging
from marketing.tests.factories import (
    TODAY,
    make_baseline,
    make_campaign,
    make_dc,
    make_door,
    make_product,
    range_at,
)
from planning.risk.choices import AcceptanceStatus, FlagEventKind, RiskState, RunScope
from planning.risk.domain import recalculate, recalculate_all, sweep_changed_skus
from planning.risk.models import Flag, FlagEvent, FlagLine, RecalculationRun, RiskAcceptance
from planning.supply.models import Receipt
from planning.tests.factories import make_receipt, make_route, make_stock
from sop_site.access.roles import Role
from sop_site.changes import mark_changed
from sop_site.changes.models import ChangedSku
from sop_site.operating_model.models import OperatingModel

pytestmark = pytest.mark.django_db


@pytest.fixture
def dc(today):
    return make_dc(code="DC")


@pytest.fixture
def doors(dc):
    doors = [make_door(code=f"S{number}", supplied_by=dc) for number in (1, 2)]
    for door in doors:
        make_route(dc, door, 2)
    return doors


@pytest.fixture
def product(dc, doors):
    """A SKU that sells 10 a week at each of two doors, with 20 there and 1,000 at the DC."""
    product = make_product(sku="CREW-M")
    range_at(product, *doors)
    for door in doors:
        make_baseline(product, door, 10.0)
        make_stock(product, door, 20.0)
    make_stock(product, dc, 1_000.0)
    return product


def recalculated(*products) -> RecalculationRun:
    ids = [product.pk for product in products]
    mark_changed(ids)
    return recalculate(product_ids=ids, scope=RunScope.EDIT)


def test_plenty_at_the_dc_is_ok(product, doors):
    campaign = make_campaign(products=[product], doors=doors)
    run = recalculated(product)
    flag = Flag.objects.get(campaign=campaign)
    assert (flag.state, flag.units_short, flag.revenue_short) == (RiskState.OK, 0.0, 0.0)
    assert flag.expected_units == pytest.approx(2 * 2 * 10 * 2)
    assert flag.lines.count() == 2
    assert flag.opened_at is None
    assert not flag.events.exists()
    assert (run.sku_count, run.opened_count, run.error) == (1, 0, "")
    assert run.finished_at >= run.started_at >= run.queued_at
    assert not ChangedSku.objects.exists()
