"""What a recalculation writes on flags, and that a second one writes nothing."""

from datetime import date, timedelta

import pytest

from marketing.campaigns.models import Campaign, CampaignDoor, CampaignLine
from marketing.catalogue.models import Door, Ranging
from marketing.tests.factories import TODAY, make_campaign, make_door
from planning.risk.choices import FlagEventKind, RiskState
from planning.risk.doors import doors_of, doors_with_a_part
from planning.risk.models import Flag, FlagEvent
from planning.risk.projection import CampaignRisk, sku_arithmetic
from planning.risk.recalculation import recalculate_chunk
from planning.supply.choices import TransferStatus
from planning.supply.models import StockPosition, Transfer
from planning.tests.factories import make_receipt, make_stock
from planning.tests.risk.cases import Network, recalculated, row_versions
from sop_site.changes import mark_changed
from sop_site.changes.models import ChangedSku
from sop_site.operating_model.models import OperatingModel

pytestmark = pytest.mark.django_db


@pytest.fixture
def network(today) -> Network:
    return Network.make()


def put_at(product, door, on_hand_units: float) -> None:
    StockPosition.objects.filter(product=product, door=door).update(on_hand_units=on_hand_units)


def kinds_of(flag: Flag) -> list[str]:
    return list(flag.events.order_by("pk").values_list("kind", flat=True))


def stated(flag: Flag, door: Door) -> tuple:
    """What the line of a door says."""
    line = flag.lines.get(door=door)
    return line.state, line.cover, line.expected_units, line.units_short, line.first_short_date


def risk_at(flag: Flag, door: Door) -> CampaignRisk:
    """What the flag's campaign means for a door, which needs no line for that."""
    (risk,) = sku_arithmetic(flag.product_id).doors[door.pk].campaigns
    return risk


def unranged_at(flag: Flag) -> list[str]:
    return [door.code for door in doors_of(flag, is_calculated=True).unranged]


def test_plenty_at_the_dc_is_ok(network):
    product = network.make_sku("CREW-M")
    campaign = make_campaign(products=[product], doors=network.doors)
    run = recalculated(product)
    flag = Flag.objects.get(campaign=campaign, product=product)
    assert (flag.state, flag.units_short, flag.revenue_short) == (RiskState.OK, 0.0, 0.0)
    assert flag.expected_units == pytest.approx(2 * 2 * (10 + 10))
    assert not flag.lines.exists()
    assert set(doors_with_a_part(flag)) == set(network.doors)
    for door in network.doors:
        assert risk_at(flag, door).state == RiskState.OK
        assert risk_at(flag, door).expected_units == pytest.approx(40)
    assert (flag.opened_at, flag.decide_by_date, flag.supply_need_date) == (None, None, None)
    assert (flag.expedite_days, flag.route_days, flag.transfer_days) == (None, None, None)
    assert not flag.events.exists()
    assert (run.sku_count, run.opened_count, run.error) == (1, 0, "")
    assert run.finished_at >= run.started_at >= run.queued_at
    assert not ChangedSku.objects.exists()


@pytest.mark.parametrize(("closed_on", "is_short"), [(None, True), (TODAY + timedelta(weeks=2), False)])
def test_a_door_that_closes_before_the_campaign_leaves_its_units_to_the_others(network, closed_on, is_short):
    """The campaign's door needs 80 of the DC's 100; the other one, as long as it sells, 10 a week."""
    product = network.make_sku("CREW-M", at_dc=100.0)
    make_campaign(products=[product], doors=[network.doors[0]])
    Door.objects.filter(pk=network.doors[1].pk).update(closed_on=closed_on)
    recalculated(product)
    assert (Flag.objects.get().units_short > 0) == is_short


def test_a_stockout_carries_its_figures(network):
    """Each door starts with 20, sells 10 a week and has nothing more to come: short of all 40 it expects."""
    product = network.make_sku("CREW-M", at_dc=0.0)
    campaign = make_campaign(products=[product], doors=network.doors)
    run = recalculated(product)
    flag = Flag.objects.get()
    assert flag.state == RiskState.STOCKOUT
    assert (flag.expected_units, flag.units_short) == (80.0, 80.0)
    assert (flag.revenue_short, flag.margin_short) == (80 * 50.0, 80 * 30.0)
    assert (flag.first_short_date, flag.cover) == (campaign.starts_on, 0.0)
    assert (flag.doors_flagged, flag.worst_door) == (2, network.doors[0])
    assert flag.operating_model == OperatingModel.objects.get()
    assert flag.opened_at == flag.calculated_at
    assert kinds_of(flag) == [FlagEventKind.OPENED]
    assert run.opened_count == 1
    for door in network.doors:
        assert stated(flag, door) == (RiskState.STOCKOUT, 0.0, 40.0, 40.0, campaign.starts_on)


def test_a_line_comes_goes_and_comes_back_with_the_state_of_its_door(network):
    """The door's own stock is all there is; what it cannot sell is a line, what it can is none."""
    product = network.make_sku("CREW-M", at_dc=0.0, at_door=500.0)
    make_campaign(products=[product], doors=network.doors)
    first, second = network.doors
    for on_hand_units, state in ((500.0, None), (20.0, "stockout"), (99.0, "stockout"), (100.0, "at_risk"),
                                 (105.0, "watch"), (500.0, None), (0.0, "stockout")):  # fmt: skip
        put_at(product, first, on_hand_units)
        recalculated(product)
        flag = Flag.objects.get()
        assert list(flag.lines.values_list("door", "state")) == ([(first.pk, state)] if state else [])
        assert (flag.state, flag.worst_door) == (state or "ok", first)
        assert risk_at(flag, first).state == flag.state
        assert risk_at(flag, second).state == RiskState.OK


def test_a_stored_line_says_what_the_arithmetic_of_its_door_does(network):
    product = network.make_sku("CREW-M", at_dc=100.0)
    make_campaign(products=[product], doors=network.doors)
    put_at(product, network.doors[1], 77.0)
    recalculated(product)
    flag = Flag.objects.get()
    assert flag.lines.count() == 2
    for door in network.doors:
        risk = risk_at(flag, door)
        state, cover, expected_units, units_short, first_short_date = stated(flag, door)
        assert (state, first_short_date) == (risk.state, risk.first_short_date)
        assert (cover, expected_units, units_short) == pytest.approx(
            (risk.cover, risk.expected_units, risk.units_short), abs=1e-4
        )


def test_twice_changes_nothing(network):
    short, fine = network.make_sku("SHORT", at_dc=100.0), network.make_sku("FINE")
    make_campaign(products=[short, fine], doors=network.doors)
    make_campaign(products=[short], doors=network.doors[:1], starts_on=TODAY + timedelta(weeks=2))
    recalculated(short, fine)
    before, events = row_versions(), FlagEvent.objects.count()
    run = recalculated(short, fine)
    assert row_versions() == before
    assert FlagEvent.objects.count() == events
    assert (run.sku_count, run.opened_count, run.worsened_count, run.eased_count) == (2, 0, 0, 0)


@pytest.mark.parametrize("at_dc", [1_000.0, 100.0], ids=["all is well", "all is short"])
def test_a_recalculation_costs_the_same_statements_for_one_sku_and_for_many(network, at_dc, statements_sent):
    """When it finds them anew, when nothing changed, when all have changed."""
    products = [network.make_sku(f"SKU-{number}", at_dc=at_dc) for number in range(8)]
    make_campaign(products=products, doors=network.doors)
    for change in (None, None, 80.0):
        if change is not None:
            StockPosition.objects.filter(door=network.dc).update(on_hand_units=change)
        counts = []
        for chosen in (products[:1], products[1:3], products[3:]):
            mark_changed([product.pk for product in chosen])
            with statements_sent() as sent:
                assert recalculate_chunk([product.pk for product in chosen]).sku_count == len(chosen)
            counts.append(len(sent))
        assert counts == counts[:1] * 3


def test_only_the_line_that_differs_is_rewritten(network):
    product = network.make_sku("CREW-M", at_dc=0.0, at_door=100.0)
    make_campaign(products=[product], doors=network.doors)
    recalculated(product)
    before = {row[:3]: row[3:] for row in row_versions()}
    put_at(product, network.doors[0], 90.0)
    recalculated(product)
    after = {row[:3]: row[3:] for row in row_versions()}
    rewritten = {key for key in after if after[key] != before[key]}
    line = Flag.objects.get().lines.get(door=network.doors[0])
    assert {key for key in rewritten if key[0] == "line"} == {("line", line.flag_id, line.door_id)}


def test_a_flag_worsens_eases_clears_and_comes_back_as_itself(network):
    product = network.make_sku("CREW-M", at_dc=160.0)
    make_campaign(products=[product], doors=network.doors)
    recalculated(product)
    flag = Flag.objects.get()
    for at_dc in (120.0, 150.0, 1_000.0, 100.0):
        put_at(product, network.dc, at_dc)
        recalculated(product)
    assert kinds_of(flag) == ["opened", "worsened", "eased", "cleared", "reopened"]
    again = Flag.objects.get()
    assert again.pk == flag.pk
    assert again.opened_at > flag.opened_at
    cleared = flag.events.get(kind="cleared")
    assert (cleared.from_state, cleared.to_state, cleared.units_short) == ("stockout", "ok", 0.0)


def test_a_flag_that_was_fine_first_opens_and_does_not_reopen(network):
    product = network.make_sku("CREW-M")
    make_campaign(products=[product], doors=network.doors)
    recalculated(product)
    put_at(product, network.dc, 0.0)
    recalculated(product)
    assert kinds_of(Flag.objects.get()) == ["opened"]


def test_a_campaign_that_plans_the_sku_no_more_closes_its_flag(network):
    product = network.make_sku("CREW-M", at_dc=0.0)
    campaign = make_campaign(products=[product], doors=network.doors)
    recalculated(product)
    flag = Flag.objects.get()
    Campaign.objects.filter(pk=campaign.pk).update(status="draft")
    run = recalculated(product)
    flag.refresh_from_db()
    assert flag.closed_at is not None
    assert (flag.state, flag.units_short) == ("stockout", 80.0)
    assert (run.cleared_count, kinds_of(flag)) == (1, ["opened", "cleared"])

    before = row_versions()
    recalculated(product)
    assert row_versions() == before

    Campaign.objects.filter(pk=campaign.pk).update(status="submitted")
    recalculated(product)
    flag.refresh_from_db()
    assert flag.closed_at is None
    assert kinds_of(flag) == ["opened", "cleared", "reopened"]


def test_a_sku_that_was_taken_out_of_a_campaign_closes_its_flag_alone(network):
    out, stays = network.make_sku("OUT", at_dc=0.0), network.make_sku("STAYS", at_dc=0.0)
    make_campaign(products=[out, stays], doors=network.doors)
    recalculated(out, stays)
    CampaignLine.objects.filter(product=out).delete()
    recalculated(out)
    assert list(Flag.objects.live().values_list("product__sku", flat=True)) == ["STAYS"]


def test_a_campaign_that_is_over_has_no_flag(network):
    product = network.make_sku("CREW-M", at_dc=0.0)
    make_campaign(products=[product], doors=network.doors, starts_on=TODAY - timedelta(days=14), days=14)
    recalculated(product)
    assert not Flag.objects.exists()


def test_drafts_are_not_demand(network):
    product = network.make_sku("CREW-M", at_dc=0.0)
    make_campaign(products=[product], doors=network.doors, status="draft")
    recalculated(product)
    assert not Flag.objects.exists()


def test_another_campaign_on_the_same_sku_changes_the_first_ones_flag(network):
    """The DC has enough for one of the two campaigns."""
    product = network.make_sku("CREW-M", at_dc=220.0)
    first = make_campaign(products=[product], doors=network.doors)
    recalculated(product)
    assert Flag.objects.get(campaign=first).state == RiskState.OK
    make_campaign(
        products=[product], doors=network.doors, starts_on=TODAY + timedelta(weeks=3), uplift_ratio=4.0
    )
    recalculated(product)
    assert Flag.objects.get(campaign=first).state == RiskState.STOCKOUT


def test_doors_that_do_not_range_the_sku_are_named_and_left_out(network):
    product = network.make_sku("CREW-M")
    stranger = make_door(code="S9", supplied_by=network.dc)
    make_stock(product, stranger, 0.0)
    make_campaign(products=[product], doors=[*network.doors, stranger])
    recalculated(product)
    flag = Flag.objects.get()
    assert unranged_at(flag) == ["S9"]
    assert set(doors_with_a_part(flag)) == set(network.doors)
    # With no stock it would be short if it had a part.
    assert (flag.state, flag.lines.count()) == (RiskState.OK, 0)


def test_a_campaign_at_no_door_that_ranges_the_sku_is_no_data(network):
    product = network.make_sku("CREW-M")
    Ranging.objects.all().delete()
    make_campaign(products=[product], doors=network.doors)
    recalculated(product)
    flag = Flag.objects.get()
    assert (flag.state, flag.worst_door, flag.expected_units) == (RiskState.NO_DATA, None, 0.0)
    assert unranged_at(flag) == ["S1", "S2"]
    assert not flag.lines.exists()


def test_a_door_without_a_stock_record_is_no_data(network):
    product = network.make_sku("CREW-M")
    StockPosition.objects.filter(door=network.doors[0]).delete()
    make_campaign(products=[product], doors=network.doors)
    recalculated(product)
    flag = Flag.objects.get()
    assert list(flag.lines.values_list("door", "state")) == [(network.doors[0].pk, RiskState.NO_DATA)]
    assert (flag.state, flag.worst_door) == (RiskState.NO_DATA, network.doors[0])


@pytest.mark.parametrize(
    ("closed_on", "expected_units"),
    [
        pytest.param(TODAY, 40.0, id="closed already"),
        pytest.param(TODAY + timedelta(weeks=6), 40.0, id="closes before it begins"),
        pytest.param(TODAY + timedelta(weeks=7), 60.0, id="closes half-way"),
        pytest.param(TODAY + timedelta(weeks=8), 80.0, id="closes after it ends"),
    ],
)
def test_a_door_has_a_part_on_the_days_on_which_it_is_open(network, closed_on: date, expected_units: float):
    product = network.make_sku("CREW-M", at_dc=0.0)
    make_campaign(products=[product], doors=network.doors)
    Door.objects.filter(code="S2").update(closed_on=closed_on)
    recalculated(product)
    flag = Flag.objects.get()
    assert flag.expected_units == flag.units_short == pytest.approx(expected_units)
    assert unranged_at(flag) == []
    codes = ["S1"] if expected_units == 40 else ["S1", "S2"]
    assert [line.door.code for line in flag.lines.order_by("door__code")] == codes
    assert [door.code for door in doors_with_a_part(flag)] == codes


def test_a_door_that_leaves_the_scope_loses_its_line(network):
    product = network.make_sku("CREW-M", at_dc=0.0)
    make_campaign(products=[product], doors=network.doors)
    recalculated(product)
    CampaignDoor.objects.filter(door=network.doors[1]).delete()
    recalculated(product)
    flag = Flag.objects.get()
    assert [line.door for line in flag.lines.all()] == [network.doors[0]]
    assert (flag.units_short, kinds_of(flag)) == (40.0, ["opened", "eased"])


def test_money_is_unknown_where_the_price_is(network):
    product = network.make_sku("CREW-M", at_dc=0.0, unit_price=None)
    make_campaign(products=[product], doors=network.doors)
    recalculated(product)
    flag = Flag.objects.get()
    assert (flag.units_short, flag.revenue_short, flag.margin_short) == (80.0, None, None)


def test_a_receipt_to_come_is_watched_and_one_past_due_is_not_there(network):
    product = network.make_sku("CREW-M", at_dc=0.0)
    make_campaign(products=[product], doors=network.doors)
    receipt = make_receipt(product, network.dc, 400.0, eta=TODAY + timedelta(weeks=1))
    recalculated(product)
    assert Flag.objects.get().state == RiskState.WATCH
    receipt.current_eta = TODAY - timedelta(days=1)
    receipt.save()
    recalculated(product)
    assert Flag.objects.get().state == RiskState.STOCKOUT


def test_a_transfer_serves_the_door_it_goes_to_and_not_the_one_it_leaves(network):
    product = network.make_sku("CREW-M", at_dc=0.0, at_door=110.0)
    campaign = make_campaign(products=[product], doors=network.doors)
    recalculated(product)
    assert Flag.objects.get().state == RiskState.OK
    sender, receiver = network.doors
    Transfer.objects.create(
        product=product, from_door=sender, to_door=receiver, units=50.0,
        ship_on=TODAY, arrive_on=TODAY + timedelta(days=2), status=TransferStatus.PLANNED,
    )  # fmt: skip
    recalculated(product)
    flag = Flag.objects.get(campaign=campaign)
    assert list(flag.lines.values_list("door", "state")) == [(sender.pk, RiskState.STOCKOUT)]
    assert risk_at(flag, receiver).units_short == 0.0


def test_negative_on_hand_opens_at_nothing(network):
    product = network.make_sku("CREW-M", at_dc=0.0, at_door=-50.0)
    make_campaign(products=[product], doors=network.doors)
    receipt = make_receipt(product, network.doors[0], 100.0, eta=TODAY + timedelta(weeks=5))
    recalculated(product)
    assert receipt.door == network.doors[0]
    first, second = (stated(Flag.objects.get(), door) for door in network.doors)
    assert (first[0], first[3], second[0], second[3]) == ("watch", 0.0, "stockout", 40.0)


def test_a_campaign_that_has_begun_with_nothing_there_is_out(network):
    product = network.make_sku("CREW-M", at_dc=1_000.0, at_door=0.0)
    make_campaign(
        products=[product], doors=network.doors, starts_on=TODAY - timedelta(days=3), status="running"
    )
    recalculated(product)
    assert Flag.objects.get().state == RiskState.OUT


def test_units_are_spread_over_doors_and_days(network):
    product = network.make_sku("CREW-M", at_dc=0.0)
    make_campaign(products=[product], doors=network.doors)
    CampaignLine.objects.update(lift_unit="units", lift_value=100, uplift_ratio=None, uplift_units=100.0)
    recalculated(product)
    lines = Flag.objects.get().lines.all()
    assert [line.expected_units for line in lines] == [pytest.approx(20 + 50)] * 2


def test_nothing_is_read_or_written_of_skus_that_no_campaign_features(network):
    product = network.make_sku("CREW-M", at_dc=0.0)
    assert recalculated(product).sku_count == 1
    assert not Flag.objects.exists()
