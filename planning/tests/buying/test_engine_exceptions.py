"""What a planner has to look at in a netting."""

import numpy as np
import pytest
from hypothesis import given

from planning.buying.engine import Exceptions, above_need, exceptions_of, net, too_late
from planning.tests.buying.engine_cases import inputs_of, point, points_of, some
from planning.tests.buying.engine_oracle import exceptions_slowly


def found(rule, *points):
    inputs = inputs_of(points)
    return rule(inputs, net(inputs)).tolist()


def test_late_needs_are_too_late_and_so_is_the_order_that_catches_up():
    late = point([10, 10, 10, 10], target=[5, 5, 5, 5], opening=10, first_week=2)

    assert found(too_late, late) == [[True, True, True, False]]


def test_half_a_unit_may_be_too_late_and_a_single_one_catch_up():
    assert found(too_late, point([0.5, 0.5], first_week=1)) == [[True, True]]


def test_an_order_is_in_time_where_receipts_had_ended_what_was_late():
    assert found(too_late, point([10, 10, 10], receipts=[0, 10, 0], first_week=2)) == [[True, False, False]]


def test_a_first_order_of_the_first_week_is_in_time():
    assert found(too_late, point([10, 10])) == [[False, False]]


@pytest.mark.parametrize(
    ("demand", "minimum", "is_above"),
    [
        ([10, 10, 10, 10], 40, False),  # four weeks, and no more
        ([10, 10, 10, 10], 41, True),
        ([10, 10, 10, 100], 41, False),  # the fourth week takes it
        ([10, 10, 10], 41, True),  # the last week goes on
        ([10, 0, 0, 0], 20, False),  # twice the need, and no more
        ([10, 0, 0, 0], 21, True),
    ],
)
def test_an_order_is_above_its_need_by_more_than_twice_and_more_than_four_weeks(demand, minimum, is_above):
    assert found(above_need, point(demand, minimum=minimum))[0][0] == is_above


def test_a_week_without_an_order_is_not_above_its_need():
    assert found(above_need, point([0, 0], opening=5), point([10, 0], first_week=2)) == [[False] * 2] * 2


def test_both_may_hold_and_a_supply_point_has_what_its_weeks_have():
    both = point([1, 1], minimum=50, first_week=1)
    flags = np.array(found(exceptions_of, both, point([1, 1]), point([1, 1], minimum=50)))

    assert flags.tolist() == [[1, 3], [0, 0], [2, 0]]
    assert np.bitwise_or.reduce(flags, axis=1).tolist() == [3, 0, Exceptions.ABOVE_NEED]


@some
@given(points=points_of())
def test_the_oracle_agrees(points):
    expected = [[sum(Exceptions[name] for name in week) for week in exceptions_slowly(one)] for one in points]

    assert found(exceptions_of, *points) == expected
