"""Orders: what they are, what holds for all of them, and that a slow and exact engine gives the same."""

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planning.buying.engine import NettingInputs, net
from planning.tests.buying.engine_cases import close, inputs_of, point, points_of, some
from planning.tests.buying.engine_oracle import net_slowly

PLAN = ("needs", "orders", "on_hand", "unmet", "late")
LEAST = 1e-6


def plan_of(*points):
    return net(inputs_of(points))


def rows_of(inputs: NettingInputs, rows) -> NettingInputs:
    return NettingInputs(**{field.name: getattr(inputs, field.name)[rows] for field in fields(inputs)})


def test_a_week_is_brought_to_its_target():
    plan = plan_of(point([10, 10], target=[20, 20], opening=15, presentation=3))

    assert plan.needs.tolist() == [[18, 10]]
    assert plan.orders.tolist() == [[18, 10]]
    assert plan.on_hand.tolist() == [[23, 23]]
    assert plan.unmet.tolist() == [[0, 0]]
    assert plan.late.tolist() == [[0, 0]]


def test_receipts_and_earlier_orders_are_not_bought_again():
    plan = plan_of(point([10, 10, 10], receipts=[0, 8, 0], opening=4, multiple=12))

    assert plan.needs.tolist() == [[6, 0, 6]]
    assert plan.orders.tolist() == [[12, 0, 12]]
    assert plan.on_hand.tolist() == [[6, 4, 6]]


@pytest.mark.parametrize(
    ("need", "minimum", "multiple", "order"),
    [
        (12, 0, 12, 12),
        (12.1, 0, 12, 24),
        (5, 30, 12, 36),
        (5, 36, 12, 36),
        (40, 36, 12, 48),
        (0, 36, 12, 0),
        (3.2, 0, 1, 4),
        (3.6, 0, 1.2, 3.6),
        (5, 2.5, 2.5, 5),
    ],
)
def test_an_order_is_the_least_that_the_supplier_delivers(need, minimum, multiple, order):
    plan = plan_of(point([need], minimum=minimum, multiple=multiple))

    assert plan.orders == pytest.approx(order, abs=1e-12)


@pytest.mark.parametrize(("beyond", "packs"), [(1e-10, 1), (9e-7, 1), (2e-6, 2), (-1e-10, 1)])
def test_the_last_digits_of_a_sum_are_no_pack(beyond, packs):
    inputs = replace(inputs_of([point([12], multiple=12)]), demand=np.array([[12 + beyond]]))

    assert net(inputs).orders == 12 * packs


def test_the_last_digits_of_a_sum_are_no_need():
    inputs = inputs_of([point([0.3], receipts=[0.3], multiple=12)])
    plan = net(replace(inputs, receipts=np.array([[0.3 - 9e-7]])))

    assert [plan.needs, plan.orders, plan.unmet] == [0, 0, 0]


def test_before_the_first_week_that_can_be_reached_needs_are_late_and_sales_lost():
    plan = plan_of(point([10, 10, 10], target=[5, 5, 5], opening=8, first_week=2, multiple=4))

    assert plan.needs.tolist() == [[7, 15, 15]]
    assert plan.late.tolist() == [[7, 15, 0]]
    assert plan.orders.tolist() == [[0, 0, 16]]
    assert plan.on_hand.tolist() == [[0, 0, 6]]
    assert plan.unmet.tolist() == [[2, 10, 0]]


def test_what_is_on_display_is_not_sold():
    plan = plan_of(point([10, 1], opening=8, presentation=5, first_week=1))

    assert plan.unmet.tolist() == [[7, 0]]
    assert plan.on_hand.tolist() == [[5, 5]]
    assert plan.orders.tolist() == [[0, 1]]


def test_less_than_the_display_sells_nothing():
    plan = plan_of(point([10], opening=3, presentation=5, first_week=1))

    assert (plan.unmet, plan.on_hand) == (10, 3)


def test_a_negative_stock_in_the_feed_counts_as_none():
    assert plan_of(point([10], opening=-30)).orders == 10


@pytest.mark.parametrize("first_week", [2, 9])
def test_where_nothing_can_be_ordered_nothing_is(first_week):
    plan = plan_of(point([10, 10], first_week=first_week))

    assert plan.orders.tolist() == [[0, 0]]
    assert plan.late.tolist() == [[10, 10]]


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("demand", [[np.nan, 1.0]], "The demand of a netting is not known everywhere."),
        ("opening", [np.inf], "The opening of a netting is not known everywhere."),
        ("receipts", [[-0.1, 1.0]], "The receipts of a netting cannot be negative."),
        ("first_week", [-1], "The first_week of a netting cannot be negative."),
        ("minimum", [1.0, 2.0], "The minimum of a netting does not fit its demand."),
        ("target_stock", [[1.0]], "The target_stock of a netting does not fit its demand."),
        ("presentation", [[1.0, 1.0]], "The presentation of a netting does not fit its demand."),
        ("demand", [1.0, 2.0], "The demand of a netting has supply points and weeks."),
        ("multiple", [0.5], "Orders are multiples of at least one unit."),
    ],
)
def test_inputs_that_mean_nothing_are_refused(name, value, says):
    with pytest.raises(ValueError, match=f"^{says}$"):
        replace(inputs_of([point([1, 1])]), **{name: np.array(value)})


def test_no_supply_point_is_a_plan_too():
    assert net(rows_of(inputs_of([point([1, 1])]), [])).orders.shape == (0, 2)


@some
@given(points=points_of())
def test_the_oracle_agrees(points):
    plan = net(inputs_of(points))
    slow = [net_slowly(one) for one in points]

    for name in PLAN:
        assert close(getattr(plan, name), [getattr(one, name) for one in slow]), name


@some
@given(points=points_of())
def test_an_order_serves_its_need_on_the_pack_from_the_minimum_up_and_never_before_it_can_land(points):
    inputs = inputs_of(points)
    plan = net(inputs)
    row, week = np.nonzero(plan.orders)
    orders, packs = plan.orders[row, week], plan.orders[row, week] / inputs.multiple[row]

    assert (orders >= plan.needs[row, week] - LEAST).all()
    assert (orders >= inputs.minimum[row] - LEAST).all()
    assert close(packs, packs.round())
    assert (week >= inputs.first_week[row]).all()
    assert ((plan.needs == plan.late) | (plan.orders > 0)).all()
    # And it is the least such order.
    without_one_pack = orders - inputs.multiple[row] + LEAST
    assert (without_one_pack < np.maximum(plan.needs[row, week], inputs.minimum[row])).all()


@some
@given(points=points_of(whole=True))
def test_in_whole_units_no_order_is_below_its_need_by_a_single_digit(points):
    whole_packs = [one.but(multiple=max(10, one.multiple // 10 * 10)) for one in points]
    plan = net(inputs_of(whole_packs))

    assert (plan.orders >= plan.needs - plan.late).all()


@some
@given(points=points_of())
def test_stock_is_conserved_and_never_negative(points):
    inputs = inputs_of(points)
    plan = net(inputs)
    before = np.column_stack([np.maximum(inputs.opening, 0), plan.on_hand[:, :-1]])

    assert (plan.on_hand >= 0).all()
    assert (plan.unmet >= 0).all()
    assert (plan.unmet <= inputs.demand).all()
    assert close(plan.on_hand, before + inputs.receipts + plan.orders - inputs.demand + plan.unmet)


@some
@given(points=points_of())
def test_from_the_first_week_that_can_be_reached_targets_are_held_and_nothing_is_lost(points):
    inputs = inputs_of(points)
    plan = net(inputs)
    reached = np.arange(inputs.demand.shape[1]) >= inputs.first_week[:, None]
    wanted = inputs.target_stock + inputs.presentation[:, None]

    assert (plan.on_hand >= wanted - LEAST)[reached].all()
    assert (plan.unmet[reached] == 0).all()
    assert (plan.late[reached] == 0).all()


@some
@given(points=points_of(whole=True, lots=False))
def test_without_packs_a_week_that_orders_ends_exactly_at_its_target(points):
    inputs = inputs_of(points)
    plan = net(inputs)
    ordered = plan.orders > 0
    wanted = inputs.target_stock + inputs.presentation[:, None]

    assert (plan.orders == plan.needs - plan.late).all()
    assert (plan.on_hand == wanted)[ordered].all()


@some
@given(points=points_of())
def test_orders_that_come_back_as_receipts_are_not_bought_twice(points):
    inputs = inputs_of(points)
    plan = net(inputs)
    again = net(replace(inputs, receipts=inputs.receipts + plan.orders))

    assert not again.orders.any()
    assert close(again.on_hand, plan.on_hand)
    assert close(again.late, plan.late)


@some
@given(points=points_of(), order=st.randoms(use_true_random=False), at=st.integers(0, 4))
def test_a_supply_point_does_not_depend_on_those_beside_it(points, order, at):
    inputs = inputs_of(points)
    rows = list(range(len(points)))
    order.shuffle(rows)
    plan, again, shuffled = net(inputs), net(inputs), net(rows_of(inputs, rows))
    parts = [net(rows_of(inputs, part)) for part in (slice(0, at), slice(at, None))]

    for name in PLAN:
        whole = getattr(plan, name)
        assert (getattr(again, name) == whole).all()
        assert (getattr(shuffled, name) == whole[rows]).all()
        assert (np.concatenate([getattr(part, name) for part in parts]) == whole).all()


@some
@given(points=points_of(), weeks=st.integers(1, 6))
def test_a_week_depends_on_those_before_it_through_its_opening_stock_alone(points, weeks):
    inputs = inputs_of(points)
    plan = net(inputs)
    by_week = ("demand", "target_stock", "receipts")
    first = net(replace(inputs, **{name: getattr(inputs, name)[:, :weeks] for name in by_week}))
    weeks = min(weeks, inputs.demand.shape[1] - 1)
    rest = net(
        replace(
            inputs,
            opening=plan.on_hand[:, weeks - 1] if weeks else inputs.opening,
            first_week=np.maximum(inputs.first_week - weeks, 0),
            **{name: getattr(inputs, name)[:, weeks:] for name in by_week},
        )
    )

    for name in PLAN:
        whole = getattr(plan, name)
        assert (getattr(first, name) == whole[:, : getattr(first, name).shape[1]]).all()
        assert (getattr(rest, name) == whole[:, weeks:]).all()


def with_more(inputs, week, units):
    """More stock to begin with, or, from week 1 on, more receipts in that week."""
    if week == 0:
        return replace(inputs, opening=np.maximum(inputs.opening, 0) + units)
    receipts = inputs.receipts.copy()
    receipts[:, min(week, receipts.shape[1]) - 1] += units
    return replace(inputs, receipts=receipts)


@some
@given(points=points_of(), week=st.integers(0, 6), tenths=st.integers(1, 300))
def test_more_supply_raises_no_first_order_loses_no_sale_and_makes_nothing_late(points, week, tenths):
    """Later needs may rise with a pack or a minimum: a first order that was spared is not left over."""
    inputs = inputs_of(points)
    plan, richer = net(inputs), net(with_more(inputs, week, tenths / 10))
    ordered_before = np.cumsum(plan.orders, axis=1) - plan.orders

    assert (richer.needs <= plan.needs + LEAST)[ordered_before == 0].all()
    assert (richer.orders <= plan.orders + LEAST)[ordered_before == 0].all()
    assert (richer.unmet <= plan.unmet + LEAST).all()
    assert (richer.late <= plan.late + LEAST).all()


@some
@given(points=points_of(), week=st.integers(0, 6), tenths=st.integers(1, 300))
def test_with_packs_alone_more_supply_never_buys_more_up_to_any_week(points, week, tenths):
    inputs = inputs_of([one.but(minimum=0) for one in points])
    plan, richer = net(inputs), net(with_more(inputs, week, tenths / 10))

    assert (richer.orders.cumsum(axis=1) <= plan.orders.cumsum(axis=1) + LEAST).all()
