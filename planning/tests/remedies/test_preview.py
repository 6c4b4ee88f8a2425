"""What a form says a remedy would bring is what the recalculation then finds."""

from datetime import timedelta

import pytest

from marketing.campaigns.choices import LiftUnit
from marketing.campaigns.domain import calculated_lift
from marketing.catalogue.models import Category
from marketing.tests.factories import TODAY, make_dc, make_door, make_product, range_at
from planning.remedies.domain import expedite_receipt, reallocate_units
from planning.remedies.options import (
    effect,
    lift_options,
    receipt_options,
    replacement_options,
    replacements_found,
    transfer_options,
    units_lacking,
)
from planning.remedies.preview import FlagPreview, Outcome
from planning.remedies.rules import lift_words
from planning.risk.choices import RiskState
from planning.risk.models import Flag, FlagLine
from planning.supply.models import Route, StockPosition
from planning.tests.factories import make_receipt
from sop_site.access.roles import Role
from sop_site.operating_model.models import OperatingModel

pytestmark = pytest.mark.django_db


@pytest.fixture
def model(today):
    return OperatingModel.objects.in_force(today)


def stands(flag: Flag) -> tuple:
    return flag.state, pytest.approx(flag.units_short, abs=1e-3), pytest.approx(flag.cover, abs=1e-3)


def says(outcome: Outcome) -> tuple:
    return outcome.state, outcome.units_short, outcome.cover


def test_the_preview_of_today_is_the_flag(network):
    assert says(FlagPreview(network.flag, TODAY).now) == stands(network.flag)


def test_a_receipt_option_says_what_expediting_brings(network, model, user_of):
    (option,) = receipt_options(FlagPreview(network.flag, TODAY), model)
    assert (option.receipt, option.eta) == (network.receipt, TODAY + timedelta(days=14))
    assert option.facts == ("To Columbus DC, due Sun 14 Feb 2027. Costs $800 ($2.00 a unit).")
    expedite_receipt(
        flag=network.flag,
        receipt=option.receipt,
        new_eta=option.eta,
        by=user_of(Role.PLANNING_LEAD),
        reason="x",
    )
    assert says(option.outcome) == stands(network.recalculate())


def test_a_past_due_receipt_is_reckoned_as_landing_today(network, model):
    network.receipt.current_eta = TODAY - timedelta(days=5)
    network.receipt.save()
    (option,) = receipt_options(FlagPreview(network.flag, TODAY), model)
    assert (option.is_past_due, option.eta) == (True, TODAY)
    assert option.outcome.is_clear


def test_receipts_that_cannot_help_are_not_offered(network, model):
    make_receipt(network.crew, network.dc, 50, eta=TODAY + timedelta(days=10), po_number="TOO-SOON")
    make_receipt(network.crew, network.dc, 50, po_number="DONE", received_units=50)
    make_receipt(network.crew, make_dc(code="ELSEWHERE"), 50, eta=TODAY + timedelta(weeks=9))
    make_receipt(network.navy, network.dc, 50, eta=TODAY + timedelta(weeks=9))
    offered = receipt_options(FlagPreview(network.flag, TODAY), model)
    assert [option.receipt.po_number for option in offered] == ["PO-7"]


def test_a_transfer_option_says_what_sending_its_units_brings(network, model, user_of):
    (option,) = transfer_options(FlagPreview(network.flag, TODAY), model)
    assert option.title == "Leeds to York"
    reallocate_units(
        flag=network.flag,
        from_door=option.from_door,
        to_door=option.to_door,
        units=option.units,
        ship_on=option.ship_on,
        by=user_of(Role.PLANNING_LEAD),
        reason="x",
    )
    assert says(option.outcome) == stands(network.recalculate())


def test_a_transfer_that_would_be_sold_before_the_campaign_is_offered_for_its_first_day(network, model):
    preview = FlagPreview(network.flag, TODAY)
    (option,) = transfer_options(preview, model)
    assert option.arrive_on == network.campaign.starts_on == option.ship_on + timedelta(days=2)
    shipped_today = preview.with_transfer(
        from_door_id=network.leeds.pk,
        to_door_id=network.york.pk,
        units=option.units,
        ship_on=TODAY,
        arrive_on=TODAY + timedelta(days=2),
    )
    assert option.outcome.units_short < shipped_today.units_short


def test_a_transfer_that_spares_the_dc_its_deliveries_is_offered_for_today(network, model):
    StockPosition.objects.filter(product=network.crew, door=network.dc).update(on_hand_units=60)
    (option,) = transfer_options(FlagPreview(network.recalculate(), TODAY), model)
    assert (option.ship_on, option.arrive_on) == (TODAY, TODAY + timedelta(days=2))


def test_a_transfer_for_a_campaign_that_begins_at_once_leaves_today(network, model):
    network.campaign.starts_on = TODAY + timedelta(days=1)
    network.campaign.save()
    (option,) = transfer_options(FlagPreview(network.recalculate(), TODAY), model)
    assert (option.ship_on, option.arrive_on) == (TODAY, TODAY + timedelta(days=2))


def test_doors_without_a_route_send_nothing_unless_no_route_is_known(network, model):
    elsewhere = make_door(name="Elsewhere")
    Route.objects.filter(from_door=network.leeds).update(to_door=elsewhere)
    assert transfer_options(FlagPreview(network.flag, TODAY), model) == []
    Route.objects.filter(from_door=network.leeds).delete()
    (option,) = transfer_options(FlagPreview(network.flag, TODAY), model)
    assert option.way.is_default
    assert option.arrive_on == option.ship_on + timedelta(days=model.default_transfer_days)


def test_units_lacking_reach_the_threshold():
    line = FlagLine(units_short=0.0, cover=1.0, expected_units=100.0)
    assert units_lacking(line, 1.1) == 10
    assert units_lacking(FlagLine(units_short=12.2, cover=None, expected_units=0.0), 1.1) == 13


@pytest.mark.parametrize(
    ("lift_unit", "lift_value", "step"),
    [
        (LiftUnit.PERCENT, 100.0, 1.0),
        (LiftUnit.MULTIPLIER, 2.0, 0.01),
        (LiftUnit.UNITS, 80.0, 1.0),
    ],
)
def test_the_largest_clear_lift_clears_and_the_next_one_does_not(network, lift_unit, lift_value, step):
    stock = network.stock_at_york
    stock.on_hand_units = 95
    stock.save()
    line = network.campaign.lines.get()
    line.lift_unit, line.lift_value = lift_unit, lift_value
    line.uplift_ratio, line.uplift_units = calculated_lift(lift_unit, lift_value)
    line.save()
    flag = network.recalculate()
    assert flag.risk_state.needs_decision
    clear = FlagPreview(flag, TODAY).largest_clear_lift(line)
    needs = []
    for value in (clear, clear + step):
        line.lift_value = value
        line.uplift_ratio, line.uplift_units = calculated_lift(lift_unit, value)
        line.save()
        needs.append(network.recalculate().risk_state.needs_decision)
    assert needs == [False, True]


def test_no_lift_clears_where_the_baseline_alone_is_too_much(network):
    line = network.campaign.lines.get()
    preview = FlagPreview(network.flag, TODAY)
    assert preview.largest_clear_lift(line) is None
    options = lift_options(preview, line, None)
    assert [option.words for option in options] == ["0%", "+25%", "+50%", "+75%"]
    assert all("units short" in option.effect for option in options)


def test_replacements_are_ranked_by_how_they_would_stand(network):
    oat = network.product("CREW-OAT-M", colour="Oat", units={network.leeds: 60, network.york: 60})
    make_product(sku="CREW-RED-M", style="Crew", colour="Red")
    line = network.campaign.lines.get()
    options = replacement_options(network.flag, line, TODAY)
    assert [option.product for option in options] == [network.navy, oat]
    assert options[0].facts == "CREW-NAVY-M. Same style, Navy"
    assert options[0].outcome.state == RiskState.OK
    assert options[1].outcome.units_short > 0
    found = replacements_found(network.flag, line, "crew", TODAY)
    assert [option.value for option in found] == ["CREW-NAVY-M", "CREW-OAT-M", "CREW-RED-M"]
    assert found[-1].effect == "No door of the campaign ranges it"


def test_skus_of_the_same_subclass_may_replace(network):
    knitwear = Category.objects.create(path="Men > Knitwear", name="Knitwear")
    network.crew.category = knitwear
    network.crew.save()
    roll_neck, hat = make_product(sku="ROLL-NECK", category=knitwear), make_product(sku="HAT")
    range_at(roll_neck, network.leeds)
    range_at(hat, network.leeds)
    options = replacement_options(network.flag, network.campaign.lines.get(), TODAY)
    likeness = {option.product: option.likeness for option in options}
    assert likeness == {network.navy: "Same style, Navy", roll_neck: "Same subclass"}


@pytest.mark.parametrize(
    ("unit", "value", "words"),
    [
        ("percent", 75.0, "+75%"),
        ("percent", 7.5, "+7.5%"),
        ("percent", -20.0, "−20%"),
        ("multiplier", 1.75, "1.75× the baseline"),
        ("units", 1200.0, "+1,200 units"),
        ("units", None, "n/a"),
    ],
)
def test_lifts_in_words(unit, value, words):
    assert lift_words(unit, value) == words


def outcome_of(state: RiskState, units_short: float, under: float = 0.0) -> Outcome:
    return Outcome(state, 3, units_short, under, None, 0.9)


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (240.0, 120.0, "240 → 120 units short"),
        (12.4, 11.9, "12.4 → 11.9 units short"),
        (240.0, 0.0, "At risk, nothing short; 40 → 8 units under the threshold, cover 0.90×"),
    ],
)
def test_effects_in_words(before, after, words):
    now = outcome_of(RiskState.STOCKOUT, before, 40.0)
    assert effect(now, outcome_of(RiskState.AT_RISK, after, 8.0)) == words
