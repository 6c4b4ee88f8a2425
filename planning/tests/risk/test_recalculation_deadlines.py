"""Until when each remedy of a flag works: which remedies there are, and what their dates rest on."""

from datetime import timedelta

import pytest

from marketing.tests.factories import TODAY, make_baseline, make_campaign, range_at, set_limits
from planning.risk.choices import RunScope
from planning.risk.deadline_words import remedy_deadlines
from planning.risk.deadlines import deadlines_of
from planning.risk.domain import recalculate_all
from planning.risk.engine.decide_by import BasisPart, DecideBy, Need, Remedy, Source
from planning.risk.models import Flag
from planning.supply.models import Route, StockPosition
from planning.tests.factories import make_receipt, make_route, make_stock
from planning.tests.risk.cases import Network, recalculated
from sop_site.operating_model.models import OperatingModel

pytestmark = pytest.mark.django_db


@pytest.fixture
def network(today) -> Network:
    return Network.make()


@pytest.fixture
def product(network):
    """Doors that will have sold out when the campaign begins in six weeks."""
    return network.make_sku("CREW-M", at_dc=0.0, expedite_days=9)


def options_of(product) -> dict[str, DecideBy]:
    recalculated(product)
    flag = Flag.objects.get()
    options = {option.kind.value: option for option in deadlines_of(flag)}
    assert flag.decide_by_date == max(option.decide_by_date for option in options.values())
    return options


def test_changes_of_the_plan_are_always_possible_before_their_locks(network, product):
    campaign = make_campaign(products=[product], doors=network.doors)
    model = OperatingModel.objects.get()
    options = options_of(product)
    assert list(options) == ["shift", "reduce"]
    for kind, days, name in (
        ("shift", model.creative_lock_days, "creative_lock_days"),
        ("reduce", model.media_lock_days, "media_lock_days"),
    ):
        assert options[kind] == DecideBy(
            kind=Remedy(kind),
            decide_by_date=campaign.starts_on - timedelta(days=days),
            need_date=campaign.starts_on,
            need=Need.FIRST_CAMPAIGN_DAY,
            days=days,
            basis=(BasisPart(name, days, Source.OPERATING_MODEL),),
        )
    assert Flag.objects.get().decide_by_date == campaign.starts_on - timedelta(days=model.media_lock_days)


def test_a_receipt_that_lands_too_late_may_be_expedited(network, product):
    campaign = make_campaign(products=[product], doors=network.doors)
    make_receipt(product, network.dc, 400.0, eta=campaign.ends_on + timedelta(days=7))
    option = options_of(product)["expedite"]
    assert option.need_date == campaign.starts_on
    assert option.basis == (
        BasisPart("expedite_days", 9, Source.PRODUCT),
        BasisPart("route_days", 2, Source.ROUTE),
    )
    assert option.decide_by_date == campaign.starts_on - timedelta(days=11)


def test_the_buffer_of_the_operating_model_asks_for_a_decision_earlier(network, product):
    set_limits(lead_time_buffer_days=3)
    donor = a_door_with_spare_units(network, product)
    make_route(donor, network.doors[0], 4)
    campaign = make_campaign(products=[product], doors=network.doors)
    make_receipt(product, network.dc, 400.0, eta=campaign.ends_on + timedelta(days=7))
    options = options_of(product)
    buffer = BasisPart("lead_time_buffer_days", 3, Source.OPERATING_MODEL)
    assert options["expedite"].basis[-1] == options["reallocate"].basis[-1] == buffer
    assert options["expedite"].decide_by_date == campaign.starts_on - timedelta(days=14)
    assert options["reallocate"].decide_by_date == campaign.starts_on - timedelta(days=7)
    words = {found.kind: found.basis for found in remedy_deadlines(Flag.objects.get(), TODAY)}
    version = OperatingModel.objects.get().version
    assert words["reallocate"].endswith(f"and 3 days of buffer (operating model v{version}).")


def test_a_receipt_for_the_door_itself_needs_no_route(network, product):
    campaign = make_campaign(products=[product], doors=network.doors[:1])
    make_receipt(product, network.doors[0], 400.0, eta=campaign.ends_on + timedelta(days=7))
    assert [part.name for part in options_of(product)["expedite"].basis] == ["expedite_days"]


def test_what_nobody_entered_comes_from_the_operating_model(network):
    product = network.make_sku("CREW-M", at_dc=0.0)
    Route.objects.all().delete()
    campaign = make_campaign(products=[product], doors=network.doors)
    make_receipt(product, network.dc, 400.0, eta=campaign.ends_on + timedelta(days=7))
    model = OperatingModel.objects.get()
    assert options_of(product)["expedite"].basis == (
        BasisPart("expedite_days", model.default_expedite_days, Source.OPERATING_MODEL),
        BasisPart("route_days", model.default_transfer_days, Source.OPERATING_MODEL),
    )


def test_a_receipt_that_comes_in_time_has_nothing_to_expedite(network, product):
    make_campaign(products=[product], doors=network.doors)
    make_receipt(product, network.dc, 30.0, eta=TODAY + timedelta(days=7))
    assert "expedite" not in options_of(product)


def a_door_with_spare_units(network, product):
    """One that carries the SKU, is not in the campaign, and could give all it has."""
    donor = network.dc.supplies.create(code="S3", name="Third", region="North")
    make_stock(product, donor, 500.0)
    return donor


def test_a_door_with_spare_units_and_a_route_may_give(network, product):
    donor = a_door_with_spare_units(network, product)
    make_route(donor, network.doors[0], 4)
    make_route(donor, network.doors[1], 3)
    campaign = make_campaign(products=[product], doors=network.doors)
    option = options_of(product)["reallocate"]
    assert option.basis == (BasisPart("transfer_days", 3, Source.ROUTE),)
    assert option.decide_by_date == campaign.starts_on - timedelta(days=3)


def test_without_any_route_between_doors_the_operating_model_says_how_long(network, product):
    a_door_with_spare_units(network, product)
    make_campaign(products=[product], doors=network.doors)
    days = OperatingModel.objects.get().default_transfer_days
    assert options_of(product)["reallocate"].basis == (
        BasisPart("transfer_days", days, Source.OPERATING_MODEL),
    )


def test_spare_units_without_a_route_are_out_of_reach(network, product):
    donor = a_door_with_spare_units(network, product)
    make_route(network.doors[0], donor, 3)
    make_campaign(products=[product], doors=network.doors)
    assert "reallocate" not in options_of(product)


def test_the_dc_is_no_donor(network, product):
    make_stock(product, network.doors[0].supplied_by.supplies.create(code="S3", name="Third"), 0.0)
    make_campaign(products=[product], doors=network.doors)
    assert "reallocate" not in options_of(product)


@pytest.mark.parametrize("weeks", [6, 12, 18])
def test_a_flag_does_not_depend_on_the_skus_that_are_calculated_with_it(network, product, weeks):
    rich = a_door_with_spare_units(network, product)
    StockPosition.objects.filter(product=product, door=rich).update(on_hand_units=150.0)
    range_at(product, rich)
    make_baseline(product, rich, 10.0)
    make_route(rich, network.doors[0], 3)
    make_campaign(products=[product], doors=network.doors, starts_on=TODAY + timedelta(weeks=6))
    make_receipt(product, network.dc, 400.0, eta=TODAY + timedelta(weeks=weeks + 7))
    alone = options_of(product)
    make_campaign(
        products=[network.make_sku("OTHER")], doors=network.doors, starts_on=TODAY + timedelta(weeks=weeks)
    )
    recalculate_all(scope=RunScope.NIGHTLY)
    flag = Flag.objects.get(product=product)
    assert {option.kind.value: option for option in deadlines_of(flag)} == alone
