"""The roll-forward by example: what stands in the docstring, one sentence a test."""

from datetime import date

import numpy as np
import pytest

from planning.supply.engine import NEVER, CampaignLines, Receipts, SkuDoors, Transfers
from planning.tests.supply.engine_cases import Case, Door, Line, Shipment, projection_of

SUNDAY = date(2026, 11, 22)
WEDNESDAY = date(2026, 11, 25)


def alone(**facts) -> Case:
    return Case(today=SUNDAY, buckets=3, doors=(Door(**facts),))


def with_dc(dc: Door, *doors: Door, **facts) -> Case:
    return Case(**{"today": SUNDAY, "buckets": 3, "doors": (dc, *doors), **facts})


def test_stock_runs_down_and_what_is_missing_is_lost_not_owed():
    case = alone(on_hand=10, baseline=7.0).but(receipts=((0, 2, 20.0),))
    projection = projection_of(case)

    assert projection.closing[:, 0].tolist() == [3.0, 0.0, 13.0]
    assert projection.unmet[:, 0].tolist() == [0.0, 4.0, 0.0]
    assert projection.raw[:, 0].tolist() == [3.0, -4.0, 9.0]


def test_unavailable_and_committed_units_are_not_sellable():
    projection = projection_of(alone(on_hand=10, unavailable=3, committed=2, baseline=7.0))

    assert projection.opening.tolist() == [5.0]
    assert projection.unmet[:, 0].tolist() == [2.0, 7.0, 7.0]


@pytest.mark.parametrize("on_hand", [-12, None])
def test_a_negative_or_unknown_on_hand_opens_at_zero(on_hand):
    case = alone(on_hand=on_hand, baseline=7.0).but(receipts=((0, 1, 7.0),))

    assert projection_of(case).closing[:, 0].tolist() == [0.0, 0.0, 0.0]
    assert projection_of(case).unmet[:, 0].tolist() == [7.0, 0.0, 7.0]


def test_the_presentation_minimum_is_not_available_to_sell():
    projection = projection_of(alone(on_hand=10, minimum=4, baseline=7.0))

    assert projection.sellable[:, 0].tolist() == [6.0, 0.0, 0.0]
    assert projection.closing[:, 0].tolist() == [4.0, 4.0, 4.0]
    assert projection.unmet[:, 0].tolist() == [1.0, 7.0, 7.0]


def test_a_dc_brings_its_door_to_demand_and_presentation_minimum():
    case = with_dc(Door(on_hand=100, baseline=None), Door(on_hand=2, minimum=3, baseline=7.0, dc=0))
    projection = projection_of(case)

    assert projection.replenishment[:, 1].tolist() == [8.0, 7.0, 7.0]
    assert projection.dispatched[:, 0].tolist() == [8.0, 7.0, 7.0]
    assert projection.closing[:, 1].tolist() == [3.0, 3.0, 3.0]
    assert projection.closing[:, 0].tolist() == [92.0, 85.0, 78.0]
    assert projection.dc_spare[:, 0].tolist() == [92.0, 85.0, 78.0]
    assert projection.unmet.sum() == 0


def test_a_dispatch_arrives_in_the_bucket_that_holds_its_first_day_plus_the_route():
    """From a Wednesday, four days lead into the next week; from a Sunday they do not."""
    door = Door(on_hand=4, baseline=7.0, dc=0, transit_days=4)
    projection = projection_of(with_dc(Door(on_hand=100), door, today=WEDNESDAY))

    assert projection.replenishment[:, 1].tolist() == [0.0, 7.0, 7.0]
    assert projection.dispatched[:, 0].tolist() == [7.0, 0.0, 7.0]


def test_what_would_arrive_past_the_horizon_has_left_the_dc():
    door = Door(on_hand=14, baseline=7.0, dc=0, transit_days=7)
    projection = projection_of(with_dc(Door(on_hand=100), door))

    assert projection.replenishment[:, 1].tolist() == [0.0, 0.0, 7.0]
    assert projection.dispatched[:, 0].tolist() == [0.0, 7.0, 7.0]
    assert projection.closing[-1, 0] == 86.0


def test_a_dc_that_cannot_serve_all_shares_in_proportion_to_need():
    doors = (Door(baseline=30.0, dc=0), Door(baseline=10.0, dc=0))
    projection = projection_of(with_dc(Door(on_hand=20), *doors))

    assert projection.replenishment[0].tolist() == [0.0, 15.0, 5.0]
    assert projection.unmet[0].tolist() == [0.0, 15.0, 5.0]
    assert projection.dc_spare.sum() == 0


def test_a_dc_that_gives_all_is_left_with_nothing_and_never_with_less():
    """Of 900 DCs that are short by different parts: no digit of a sum makes stock negative."""
    doors: list[Door] = []
    for stock in range(1, 31):
        for needed in range(31, 61):
            dc = Door(on_hand=stock, minimum=0.0)
            doors += [dc, Door(baseline=needed, dc=len(doors)), Door(baseline=needed / 3, dc=len(doors))]
    projection = projection_of(Case(today=SUNDAY, buckets=2, doors=tuple(doors)))

    assert projection.available.min() == projection.closing.min() == 0
    assert projection.closing[:, ::3].max() == pytest.approx(0, abs=1e-12)


def test_a_dc_keeps_back_its_own_presentation_minimum():
    projection = projection_of(with_dc(Door(on_hand=20, minimum=15), Door(baseline=7.0, dc=0)))

    assert projection.dispatched[:, 0].tolist() == [5.0, 0.0, 0.0]


def test_what_a_dc_receives_can_be_dispatched_from_the_next_bucket_on():
    case = with_dc(Door(on_hand=0), Door(baseline=7.0, dc=0), receipts=((0, 1, 50.0),))
    projection = projection_of(case)

    assert projection.dispatched[:, 0].tolist() == [0.0, 0.0, 7.0]
    assert projection.unmet[:, 1].tolist() == [7.0, 7.0, 0.0]


def test_what_is_on_its_way_to_the_door_lowers_its_need():
    case = with_dc(Door(on_hand=100), Door(baseline=7.0, dc=0), receipts=((1, 1, 6.0),))

    assert projection_of(case).replenishment[:, 1].tolist() == [7.0, 1.0, 7.0]


def test_sales_that_are_lost_on_the_way_are_not_owed():
    """The door is empty for a week before anything can come; only the week of arrival is served."""
    case = with_dc(Door(on_hand=100), Door(baseline=7.0, dc=0, transit_days=7), receipts=((1, 1, 3.0),))

    assert projection_of(case).replenishment[:, 1].tolist() == [0.0, 4.0, 7.0]


def test_e_commerce_sells_from_the_dc_and_shows_what_it_was_served():
    ecommerce = Door(on_hand=None, baseline=7.0, dc=0, sells_from_dc=True)
    projection = projection_of(with_dc(Door(on_hand=10), ecommerce, receipts=((0, 2, 5.0),)))

    assert projection.drawn_in[:, 1].tolist() == [7.0, 3.0, 5.0]
    assert projection.drawn_out[:, 0].tolist() == [7.0, 3.0, 5.0]
    assert projection.sold[:, 1].tolist() == [7.0, 3.0, 5.0]
    assert projection.unmet[:, 1].tolist() == [0.0, 4.0, 2.0]
    assert projection.closing[:, 0].tolist() == [3.0, 0.0, 0.0]


def test_e_commerce_and_doors_share_a_dc_that_is_short():
    ecommerce = Door(baseline=30.0, dc=0, sells_from_dc=True)
    projection = projection_of(with_dc(Door(on_hand=20), ecommerce, Door(baseline=10.0, dc=0)))

    assert projection.sold[0].tolist() == [0.0, 15.0, 5.0]


def test_e_commerce_sells_what_it_holds_itself_first():
    ecommerce = Door(on_hand=5, baseline=7.0, dc=0, sells_from_dc=True)
    projection = projection_of(with_dc(Door(on_hand=100), ecommerce))

    assert projection.drawn_in[:, 1].tolist() == [2.0, 7.0, 7.0]
    assert projection.closing[:, 1].tolist() == [0.0, 0.0, 0.0]


def test_orders_that_the_dc_ships_do_not_fill_a_presentation_minimum_first():
    ecommerce = Door(on_hand=1, minimum=4, baseline=7.0, dc=0, sells_from_dc=True)
    projection = projection_of(with_dc(Door(on_hand=100), ecommerce))

    assert projection.sellable[:, 1].tolist() == [7.0, 7.0, 7.0]
    assert projection.closing[:, 1].tolist() == [1.0, 1.0, 1.0]


def test_what_comes_to_e_commerce_itself_leaves_more_at_the_dc_for_doors():
    doors = (Door(baseline=7.0, dc=0, sells_from_dc=True), Door(baseline=7.0, dc=0))
    case = with_dc(Door(on_hand=7), *doors, transfers=(Shipment(None, 1, 0, 0, 7.0),))

    assert projection_of(case).sold[0].tolist() == [0.0, 7.0, 7.0]
    assert projection_of(case.but(transfers=(), receipts=((1, 0, 7.0),))).sold[0].tolist() == [0.0, 7.0, 7.0]


def test_e_commerce_with_stock_of_its_own_is_replenished_like_a_door():
    projection = projection_of(with_dc(Door(on_hand=100), Door(baseline=7.0, dc=0)))

    assert projection.replenishment[:, 1].tolist() == [7.0, 7.0, 7.0]
    assert projection.drawn_in.sum() == 0


def test_a_door_that_supplies_others_does_not_give_away_what_its_own_customers_need():
    projection = projection_of(with_dc(Door(on_hand=20, baseline=30.0), Door(baseline=10.0, dc=0)))

    assert projection.sold[0].tolist() == [15.0, 5.0]


def test_a_transfer_leaves_in_its_bucket_and_arrives_in_its_bucket():
    case = Case(
        today=SUNDAY,
        buckets=3,
        doors=(Door(on_hand=20), Door()),
        transfers=(Shipment(0, 1, ship=0, arrival=1, units=8.0),),
    )
    projection = projection_of(case)

    assert projection.closing[:, 0].tolist() == [12.0, 12.0, 12.0]
    assert projection.closing[:, 1].tolist() == [0.0, 8.0, 8.0]


def test_a_transfer_is_limited_to_what_is_there_at_both_ends():
    doors = (Door(on_hand=20), Door(), Door())
    transfers = (Shipment(0, 1, 0, 0, 30.0), Shipment(0, 2, 0, 2, 10.0))
    projection = projection_of(Case(today=SUNDAY, buckets=3, doors=doors, transfers=transfers))

    assert projection.transfers_out[0, 0] == 20.0
    assert projection.transfers_in[0, 1] == pytest.approx(15.0)
    assert projection.transfers_in[2, 2] == pytest.approx(5.0)


def test_a_door_is_not_replenished_for_a_transfer_it_cannot_make():
    """It has three units to give; what the DC sends in the week is for its own customers."""
    case = with_dc(
        Door(on_hand=100), Door(on_hand=3, baseline=7.0, dc=0), transfers=(Shipment(1, None, 0, 0, 8.0),)
    )
    projection = projection_of(case)

    assert projection.transfers_out[0, 1] == 3.0
    assert projection.replenishment[:, 1].tolist() == [7.0, 7.0, 7.0]
    assert projection.unmet.sum() == 0


def test_what_a_dc_has_dispatched_cannot_be_transferred_as_well():
    doors = (Door(on_hand=10), Door(baseline=7.0, dc=0), Door())
    case = Case(today=SUNDAY, buckets=1, doors=doors, transfers=(Shipment(0, 2, 0, 0, 10.0),))
    projection = projection_of(case)

    assert projection.closing[0] == pytest.approx([0.0, 0.0, 3.0])
    assert projection.transfers_out[0, 0] == 3.0


def test_units_that_arrive_and_leave_in_one_bucket_do_not_count_as_there():
    doors = (Door(on_hand=20), Door(), Door())
    transfers = (Shipment(0, 1, 0, 0, 20.0), Shipment(1, 2, 0, 0, 20.0))
    projection = projection_of(Case(today=SUNDAY, buckets=1, doors=doors, transfers=transfers))

    assert projection.closing[0].tolist() == [0.0, 20.0, 0.0]


def test_a_transfer_already_on_its_way_takes_nothing_from_the_sender():
    case = alone(on_hand=0).but(transfers=(Shipment(None, 0, ship=0, arrival=1, units=8.0),))
    projection = projection_of(case)

    assert projection.closing[:, 0].tolist() == [0.0, 8.0, 8.0]
    assert projection.transfers_out.sum() == 0


def test_a_transfer_out_of_the_network_is_gone():
    case = alone(on_hand=10).but(transfers=(Shipment(0, None, ship=1, arrival=1, units=4.0),))

    assert projection_of(case).closing[:, 0].tolist() == [10.0, 6.0, 6.0]


def test_receipts_past_the_horizon_are_not_seen():
    case = alone(on_hand=1).but(receipts=((0, 3, 9.0), (0, 30, 9.0)))

    assert projection_of(case).receipts.sum() == 0


def test_a_campaign_after_the_horizon_does_not_reach_into_it():
    case = alone(on_hand=100, baseline=7.0).but(lines=(Line(0, 0, start=21, end=30, ratio=5.0),))

    assert projection_of(case).sold[:, 0].tolist() == [7.0, 7.0, 7.0]


def sku_doors(**changes) -> SkuDoors:
    two = np.zeros(2)
    facts = {
        "on_hand": two,
        "unavailable": two,
        "committed": two,
        "presentation_minimum": two,
        "weekly_baseline": np.zeros((1, 2)),
        "dc_row": np.array([-1, 0]),
        "transit_days": np.array([0, 1]),
        "sells_from_dc": np.array([False, False]),
        "opening_day": np.array([0, 0]),
        "closing_day": np.array([NEVER, NEVER]),
    }
    return SkuDoors(**{**facts, **changes})


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"on_hand": np.zeros(3)}, "differ in length"),
        ({"weekly_baseline": np.zeros((2, 3))}, "differ in length"),
        ({"weekly_baseline": np.zeros(2)}, "at least one week"),
        ({"weekly_baseline": np.zeros((0, 2))}, "at least one week"),
        ({"dc_row": np.array([-1, 1])}, "supplied from itself"),
        ({"dc_row": np.array([1, 0]), "sells_from_dc": np.array([True, False])}, "cannot supply another"),
        ({"transit_days": np.array([0, -1])}, "less than no day"),
    ],
)
def test_impossible_sku_doors_are_refused(changes, sentence):
    with pytest.raises(ValueError, match=sentence):
        sku_doors(**changes)


def test_the_route_of_a_door_without_a_dc_is_ignored():
    assert len(sku_doors(transit_days=np.array([-1, 0]))) == 2


@pytest.mark.parametrize(
    ("start", "end", "ratio", "units", "sentence"),
    [
        (5, 4, 0.5, np.nan, "ends before it starts"),
        (4, 5, 0.5, 10.0, "either as a ratio or in units"),
        (4, 5, np.nan, np.nan, "either as a ratio or in units"),
    ],
)
def test_impossible_campaign_lines_are_refused(start, end, ratio, units, sentence):
    zero = np.array([0])
    with pytest.raises(ValueError, match=sentence):
        CampaignLines(zero, zero, np.array([start]), np.array([end]), np.array([ratio]), np.array([units]))


def test_campaign_lines_of_unequal_length_are_refused():
    zero, none = np.array([0]), np.array([np.nan])
    with pytest.raises(ValueError, match="differ in length"):
        CampaignLines(zero, zero, zero, zero, none, np.array([1.0, 2.0]))


def test_past_due_supply_has_no_place():
    zero, units = np.array([0]), np.array([5.0])
    past = np.array([-1])
    with pytest.raises(ValueError, match="past-due receipt"):
        Receipts(zero, past, units)
    with pytest.raises(ValueError, match="past-due transfer"):
        Transfers(zero, zero, past, zero, units)
    with pytest.raises(ValueError, match="past-due transfer"):
        Transfers(past, zero, zero, past, units)
    with pytest.raises(ValueError, match="before it ships"):
        Transfers(zero, zero, np.array([2]), np.array([1]), units)
    assert len(Transfers(past, zero, past, zero, units)) == 1
    assert len(Receipts.none()) == len(Receipts.none().units) == len(Transfers.none()) == 0
