"""Projections on demand agree with the flags, and their figures add up as they stand."""

from datetime import timedelta
from decimal import Decimal
from math import isnan

import pytest

from marketing.baseline.models import BaselineForecast
from marketing.campaigns.models import CampaignLine
from marketing.catalogue.choices import DoorKind
from marketing.catalogue.models import Ranging
from marketing.tests.factories import TODAY, make_campaign, make_dc, make_door, range_at
from planning.risk.choices import RiskState
from planning.risk.models import Flag
from planning.risk.projection import FlagWeeks, sku_arithmetic, weeks_of_flags
from planning.supply.choices import TransferStatus
from planning.supply.models import StockPosition, Transfer
from planning.tests.factories import make_receipt, make_stock
from planning.tests.risk.cases import Network, recalculated
from sop_site.clock import set_today
from sop_site.fiscal import week_start

pytestmark = pytest.mark.django_db

# Red first; NO_DATA hides nothing and is never green.
SEVERITY = ["ok", "no_data", "watch", "at_risk", "stockout", "out"]


@pytest.fixture
def network(today) -> Network:
    """With uneven numbers, an e-commerce node and a day in mid-week."""
    set_today(TODAY + timedelta(days=3))
    network = Network.make()
    web = make_door(code="WEB", kind=DoorKind.ECOMMERCE, supplied_by=network.dc, sells_from_dc=True)
    return Network(network.dc, (*network.doors, web))


@pytest.fixture
def product(network):
    product = network.make_sku("CREW-M", at_dc=110.3, at_door=21.7)
    Ranging.objects.filter(product=product).update(presentation_minimum_units=2)
    for door, weekly_units in zip(network.doors, (7.31, 11.113, 3.7), strict=True):
        BaselineForecast.objects.filter(product=product, door=door).update(weekly_units=[weekly_units] * 32)
    return product


@pytest.fixture
def busy(network, product):
    """Two overlapping campaigns, receipts at both levels, a transfer."""
    first = make_campaign(products=[product], doors=network.doors, uplift_ratio=0.77)
    second = make_campaign(
        products=[product], doors=network.doors[:2], starts_on=TODAY + timedelta(weeks=7), uplift_ratio=0.4
    )
    make_receipt(product, network.dc, 33.0, eta=TODAY + timedelta(weeks=5, days=2))
    make_receipt(product, network.doors[0], 7.0, eta=TODAY + timedelta(weeks=7, days=1))
    Transfer.objects.create(
        product=product, from_door=network.doors[0], to_door=network.doors[1], units=5.0,
        ship_on=TODAY + timedelta(weeks=1), arrive_on=TODAY + timedelta(weeks=2),
        status=TransferStatus.PLANNED,
    )  # fmt: skip
    recalculated(product)
    return first, second


def test_the_ledger_adds_up_exactly_as_it_stands(network, product, busy):
    arithmetic = sku_arithmetic(product.pk)
    assert set(arithmetic.doors) == {network.dc.pk, *(door.pk for door in network.doors)}
    for at_door in arithmetic.doors.values():
        assert len(at_door.ledger) == 13
        opening, raw = round(Decimal(at_door.opening_units), 2), round(Decimal(at_door.opening_units), 2)
        for week in at_door.ledger:
            supply = (
                week.receipt_units + week.transfer_in_units + week.replenishment_units + week.drawn_in_units
                - week.transfer_out_units - week.dispatched_units - week.drawn_out_units
            )  # fmt: skip
            parts = week.baseline_units + week.floored_units + sum(item.units for item in week.uplifts)
            raw += supply - parts
            assert week.opening_units == opening
            assert week.supply_units == supply
            assert week.available_units == opening + supply
            assert week.demand_units == parts == week.sold_units + week.unmet_units
            assert week.closing_units == week.available_units - week.sold_units
            assert week.raw_units == raw
            assert min(week.sold_units, week.unmet_units, week.closing_units, week.baseline_units) >= 0
            expected = (at_door.baseline_per_week or 0.0) * week.days / 7
            assert float(week.baseline_units) == pytest.approx(expected, abs=0.04)
            opening = week.closing_units


def test_the_ledger_names_campaigns_and_documents_in_their_weeks(network, product, busy):
    first, second = busy
    ledger = sku_arithmetic(product.pk).doors[network.doors[0].pk].ledger
    assert (ledger[0].first_day, ledger[0].days) == (TODAY + timedelta(days=3), 4)
    assert [item.campaign for item in ledger[6].uplifts] == [first]
    assert [item.campaign for item in ledger[7].uplifts] == [first, second]
    assert [item.campaign for item in ledger[9].uplifts] == []
    assert [receipt.ordered_units for receipt in ledger[7].receipts] == [7.0]
    assert ledger[7].receipt_units == 7
    assert [transfer.to_door for transfer in ledger[1].transfers_out] == [network.doors[1]]
    assert ledger[1].transfer_out_units == 5
    assert sum(len(week.receipts) for week in ledger) == 1


def test_the_arithmetic_agrees_with_the_flag(network, product, busy):
    arithmetic = sku_arithmetic(product.pk)
    for flag in Flag.objects.prefetch_related("lines"):
        for line in flag.lines.all():
            at_door = arithmetic.doors[line.door_id]
            [risk] = [risk for risk in at_door.campaigns if risk.campaign == flag.campaign]
            assert (risk.state, risk.first_short_date) == (line.state, line.first_short_date)
            assert risk.units_short == pytest.approx(line.units_short, abs=1e-3)
            assert risk.cover == pytest.approx(line.cover, abs=1e-3)
            assert risk.cover == pytest.approx((risk.own_units + risk.dc_units) / risk.expected_units)


def test_facts_of_the_doors(network, product, busy):
    past_due = make_receipt(product, network.dc, 12.0, eta=TODAY)
    doors = sku_arithmetic(product.pk).doors
    store, dc, web = doors[network.doors[0].pk], doors[network.dc.pk], doors[network.doors[2].pk]
    assert (store.dc, store.transit_days, store.transit_is_default) == (network.dc, 2, False)
    assert (dc.dc, dc.is_ranged, dc.baseline_per_week, list(dc.past_due_receipts)) == (
        None, False, None, [past_due],
    )  # fmt: skip
    assert (web.sells_from_dc, web.baseline_per_week) == (True, pytest.approx(3.7))
    assert store.presentation_minimum_units == 2


def test_one_door_alone_and_an_unfeatured_sku(network, product):
    only = sku_arithmetic(product.pk, door_ids=[network.doors[1].pk])
    assert set(only.doors) == {network.doors[1].pk}
    assert only.doors[network.doors[1].pk].campaigns == []


def weeks_of_all_flags() -> dict[int, FlagWeeks]:
    return weeks_of_flags(Flag.objects.values_list("pk", flat=True))


def test_cells_cover_the_weeks_of_the_campaign(network, product, busy):
    first, second = busy
    found = weeks_of_all_flags()
    flags = {flag.campaign: flag for flag in Flag.objects.all()}
    weeks = [week_start(TODAY) + timedelta(weeks=number) for number in (6, 7)]
    assert [cell.week_start for cell in found[flags[first].pk].cells] == weeks
    assert [cell.week_start for cell in found[flags[second].pk].cells] == [
        week + timedelta(weeks=1) for week in weeks
    ]


def test_cells_add_up_to_their_flag_and_show_its_state(network, product, busy):
    found = weeks_of_all_flags()
    for flag in Flag.objects.all():
        cells = found[flag.pk].cells
        assert sum(cell.units_short for cell in cells) == pytest.approx(flag.units_short, abs=0.02)
        assert sum(cell.expected_units for cell in cells) == pytest.approx(flag.expected_units, abs=1e-3)
        assert max(cells, key=lambda cell: SEVERITY.index(cell.state)).state == flag.state
    assert RiskState.STOCKOUT in {flag.state for flag in Flag.objects.all()}


def test_on_hand_is_what_the_ledgers_of_the_doors_and_their_dc_close_with(network, product, busy):
    first, second = busy
    found = weeks_of_all_flags()
    ledgers = {pk: at_door.ledger for pk, at_door in sku_arithmetic(product.pk).doors.items()}
    for campaign, doors in ((first, network.doors), (second, network.doors[:2])):
        on_hand_units = found[campaign.flags.get().pk].on_hand_units
        assert len(on_hand_units) == 13
        for number, units in enumerate(on_hand_units):
            closing = sum(ledgers[door.pk][number].closing_units for door in (*doors, network.dc))
            # A ledger's figures are rounded to a hundredth each.
            assert units == pytest.approx(float(closing), abs=0.005 * (len(doors) + 1))


def test_each_sku_and_each_dc_counts_for_itself(network, product):
    other = network.make_sku("OTHER", at_dc=900.0)
    far_dc = make_dc(code="FAR")
    far = make_door(code="F1", supplied_by=far_dc)
    range_at(product, far)
    make_stock(product, far_dc, 70)
    make_campaign(products=[product, other], doors=[*network.doors, far])
    recalculated(product, other)
    found = weeks_of_all_flags()
    for flag in Flag.objects.all():
        doors = sku_arithmetic(flag.product_id).doors
        assert (far_dc.pk in doors) == (flag.product == product)
        expected = [sum(door.ledger[week].closing_units for door in doors.values()) for week in range(13)]
        assert found[flag.pk].on_hand_units == pytest.approx([float(units) for units in expected], abs=0.04)


def test_a_campaign_beyond_the_weeks_shown_has_on_hand_and_no_cells(network, product):
    make_campaign(products=[product], doors=network.doors, starts_on=TODAY + timedelta(weeks=16))
    recalculated(product)
    [weeks] = weeks_of_all_flags().values()
    assert (list(weeks.cells), len(weeks.on_hand_units)) == ([], 13)
    assert weeks.on_hand_units[0] > 0


def test_on_hand_is_unknown_where_no_stock_record_is(network, product):
    StockPosition.objects.all().delete()
    make_campaign(products=[product], doors=network.doors)
    recalculated(product)
    [weeks] = weeks_of_all_flags().values()
    assert all(isnan(units) for units in weeks.on_hand_units)


def test_a_campaign_that_has_begun_shows_its_remaining_weeks(network, product):
    make_campaign(products=[product], doors=network.doors, starts_on=TODAY - timedelta(days=7), days=21)
    recalculated(product)
    [weeks] = weeks_of_all_flags().values()
    assert [cell.week_start for cell in weeks.cells] == [TODAY, TODAY + timedelta(weeks=1)]


def test_closed_flags_and_none_have_no_weeks(network, product, busy):
    pks = list(Flag.objects.values_list("pk", flat=True))
    CampaignLine.objects.all().delete()
    recalculated(product)
    assert weeks_of_flags(pks) == {}
    assert weeks_of_flags([]) == {}


def test_a_flag_at_no_door_that_ranges_the_sku_has_no_weeks(network, product):
    make_campaign(products=[product], doors=[make_door()])
    recalculated(product)
    assert Flag.objects.live().exists()
    assert weeks_of_all_flags() == {}


def test_cells_cost_the_same_statements_for_one_sku_and_for_three(network, statements_sent):
    products = [network.make_sku(f"SKU-{number}") for number in range(3)]
    make_campaign(products=products, doors=network.doors)
    recalculated(*products)
    pks = list(Flag.objects.values_list("pk", flat=True))
    with statements_sent() as one:
        weeks_of_flags(pks[:1])
    with statements_sent() as three:
        assert len(weeks_of_flags(pks)) == 3
    assert len(three) == len(one)


def test_the_arithmetic_costs_the_same_statements_for_one_door_and_for_all(network, product, statements_sent):
    door_ids = [door.pk for door in network.doors]
    with statements_sent() as one:
        sku_arithmetic(product.pk, door_ids=door_ids[:1])
    with statements_sent() as all_doors:
        assert set(sku_arithmetic(product.pk, door_ids=door_ids).doors) == set(door_ids)
    assert all_doors == one
