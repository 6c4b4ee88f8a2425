"""Numbers entered high and low, weeks and months, by example."""

import numpy as np
import pytest

from planning.consensus.engine import months_of_weeks, spread, weeks_of_months, with_total

UNKNOWN = np.nan


def floats(*values) -> np.ndarray:
    return np.array(values, dtype=np.float64)


@pytest.mark.parametrize(
    ("mix", "parts"),
    [
        ([1, 3], [25, 75]),
        ([0, 5], [0, 100]),
        ([0, 0, 0, 0], [25, 25, 25, 25]),
        ([-2, 1, 4], [0, 20, 80]),
        ([-2, -1], [50, 50]),
        ([-0.5, 1, 4], [0, 20, 80]),
        ([UNKNOWN, 1, 1], [0, 50, 50]),
        ([UNKNOWN, UNKNOWN], [50, 50]),
        ([0.25], [100]),
    ],
)
def test_units_are_spread_by_the_shares_of_the_mix_and_evenly_without_one(mix, parts):
    assert spread(100.0, floats(*mix)).tolist() == parts


def test_fewer_units_than_before_and_none_are_spread_the_same_way():
    assert spread(-8.0, floats(1, 3)).tolist() == [-2, -6]
    assert spread(0.0, floats(1, 3)).tolist() == [0, 0]


def test_there_must_be_a_cell_to_spread_over():
    with pytest.raises(ValueError, match="no cell"):
        spread(1.0, floats())
    with pytest.raises(ValueError, match="no cell"):
        with_total(floats(1, 2), np.array([False, False]), 5.0, floats(1, 1))


def test_only_the_chosen_cells_change_and_what_was_given_stays_as_it_was():
    values, chosen = floats(10, 20, UNKNOWN, 40), np.array([True, False, False, True])

    replaced = with_total(values, chosen, 100.0, floats(1, 7, 7, 3))

    np.testing.assert_array_equal(replaced, [25, 20, UNKNOWN, 75])
    np.testing.assert_array_equal(values, [10, 20, UNKNOWN, 40])


def test_a_share_of_a_unit_may_replace_whole_units():
    assert with_total(np.array([2, 2, 9]), np.array([True, True, False]), 5, floats(1, 1, 1)).tolist() == [
        2.5,
        2.5,
        9,
    ]


def test_weeks_add_up_to_the_months_that_they_belong_to():
    weekly = floats(1, 2, 3, 4, 5, 10, 20, 30, 40, 50).reshape(2, 5)

    monthly = months_of_weeks(weekly, np.array([0, 0, 2, 2, 2]), 4)

    assert monthly.tolist() == [[3, 0, 12, 0], [30, 0, 120, 0]]


def test_units_in_single_precision_lose_nothing_when_they_are_spread_or_added_up():
    weekly, weeks = np.full((1, 3), 16_777_217 / 3, dtype=np.float32), np.zeros(3, dtype=np.int64)

    assert months_of_weeks(weekly, weeks, 1).tolist() == [[3 * float(weekly[0, 0])]]
    assert spread(300.0, weekly[0]).tolist() == [100, 100, 100]
    assert abs(spread(1e9, np.array([1, 2, 4], dtype=np.float32)).sum() - 1e9) < 1e-6


def test_an_unknown_week_leaves_only_its_own_month_unknown():
    monthly = months_of_weeks(floats(UNKNOWN, 2, 3).reshape(1, 3), np.array([0, 0, 1]), 2)

    np.testing.assert_array_equal(monthly, [[UNKNOWN, 3]])


def test_a_month_goes_to_its_weeks_by_the_profile_within_it_and_evenly_without_one():
    profile = floats(1, 3, 0, 0, 9, 5, -5, 2, 2, 1).reshape(2, 5)

    weekly = weeks_of_months(floats(40, 90, 10, 50).reshape(2, 2), profile, np.array([0, 0, 1, 1, 1]))

    assert weekly.tolist() == [[10, 30, 0, 0, 90], [10, 0, 20, 20, 10]]


def test_the_weeks_of_a_month_need_not_stand_together():
    weekly = weeks_of_months(floats(40, 10).reshape(1, 2), floats(1, 5, 3).reshape(1, 3), np.array([0, 1, 0]))

    assert weekly.tolist() == [[10, 10, 30]]


def test_without_rows_there_is_nothing_to_spread_or_add_up():
    assert months_of_weeks(np.empty((0, 3)), np.array([0, 0, 1]), 2).shape == (0, 2)
    assert weeks_of_months(np.empty((0, 2)), np.empty((0, 3)), np.array([0, 0, 1])).shape == (0, 3)


@pytest.mark.parametrize("other_month", [-1, 2])
def test_a_week_of_no_month_is_refused(other_month):
    month_of_week = np.array([0, 1, other_month])
    with pytest.raises(ValueError, match="none of the 2 months"):
        months_of_weeks(np.ones((1, 3)), month_of_week, 2)
    with pytest.raises(ValueError, match="none of the 2 months"):
        weeks_of_months(np.ones((1, 2)), np.ones((1, 3)), month_of_week)


def test_a_month_without_weeks_has_no_place_for_its_units():
    with pytest.raises(ValueError, match="no cell"):
        weeks_of_months(np.ones((1, 2)), np.ones((1, 3)), np.array([0, 0, 0]))
