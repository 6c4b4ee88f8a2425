"""The money between the functions' numbers, by example."""

import warnings

import numpy as np

from planning.consensus.engine import disagreement_money

UNKNOWN = np.nan


def money(*rows, unit_value=2.5) -> list[float]:
    """Of one row for each tuple of the functions' numbers."""
    layers = np.array(rows, dtype=np.float64).T
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return disagreement_money(layers, np.full(len(rows), unit_value)).tolist()


def test_it_is_the_highest_less_the_lowest_number_at_the_value_of_a_unit():
    assert money((100, 140, 120), (7, 7, 7), (30, 20, 0)) == [100.0, 0.0, 75.0]


def test_numbers_below_zero_differ_like_others():
    assert money((-10, -4), (-4, 6)) == [15.0, 25.0]


def test_a_function_without_a_number_is_left_out():
    assert money((100, UNKNOWN, 120), (UNKNOWN, 8, 4)) == [50.0, 10.0]


def test_where_fewer_than_two_have_a_number_there_is_no_difference():
    assert money((UNKNOWN, 100, UNKNOWN), (UNKNOWN, UNKNOWN, UNKNOWN)) == [0.0, 0.0]
    assert money((100,)) == [0.0]
    assert disagreement_money(np.empty((0, 2)), np.ones(2)).tolist() == [0.0, 0.0]


def test_where_the_value_of_a_unit_is_unknown_so_is_the_money():
    assert np.isnan(money((1, 2), (2, 2), (UNKNOWN, 2), unit_value=UNKNOWN)).all()


def test_each_row_has_a_value_of_its_own():
    layers = np.array([[10.0, 10.0], [14.0, 14.0]])

    assert disagreement_money(layers, np.array([1.0, 25.0])).tolist() == [4.0, 100.0]
