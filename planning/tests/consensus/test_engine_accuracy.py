"""Accuracy, bias and forecast value added, reckoned by hand (definitions: Forecast accuracy)."""

import numpy as np
import pytest

from planning.consensus.engine import LEAST_RANKED, StepValue, bias, value_added, wmape

UNKNOWN = np.nan


def floats(*values) -> np.ndarray:
    return np.array(values, dtype=np.float64)


def test_the_vector_of_the_definitions():
    actual, forecast = floats(1000, 10), floats(950, 25)

    assert wmape(actual, forecast) == 65 / 1010
    assert f"{wmape(actual, forecast):.1%}" == "6.4%"
    assert bias(actual, forecast) == -35 / 1010


def test_units_in_single_precision_are_summed_in_double():
    actual, forecast = floats(2**24, 1).astype(np.float32), floats(0, 0).astype(np.float32)

    assert wmape(actual, forecast) == 1
    assert wmape(floats(1, 0), actual) == 2**24
    assert bias(actual, floats(2**24, 0)) == -1 / (2**24 + 1)
    assert bias(floats(1, 0), actual) == 2**24


def test_too_much_is_above_zero_and_too_little_below():
    assert bias(floats(100), floats(125)) == 0.25
    assert bias(floats(100), floats(75)) == -0.25
    assert bias(floats(50, 50), floats(0, 100)) == 0


def test_an_error_may_be_more_than_what_was_sold():
    assert wmape(floats(10), floats(35)) == 2.5
    assert wmape(floats(10), floats(10)) == 0


@pytest.mark.parametrize("actual", [[], [0, 0], [-1, 1], [-3, 1]])
def test_where_nothing_was_sold_there_is_no_share_of_it(actual):
    forecast = np.ones(len(actual))

    assert wmape(floats(*actual), forecast) is None
    assert bias(floats(*actual), forecast) is None
    assert value_added(floats(*actual), {"naive": forecast, "statistical": forecast}) == [
        StepValue("naive", None, None, len(actual)),
        StepValue("statistical", None, None, len(actual)),
    ]


def test_every_step_is_held_against_the_one_before_it():
    chain = {
        "naive": floats(60, 140),
        "statistical": floats(90, 110),
        "marketing": floats(130, 120),
        "consensus": floats(100, 100),
    }

    assert value_added(floats(100, 100), chain) == [
        StepValue("naive", 0.4, None, 2),
        StepValue("statistical", 0.1, 0.4 - 0.1, 2),
        StepValue("marketing", 0.25, 0.1 - 0.25, 2),
        StepValue("consensus", 0.0, 0.25, 2),
    ]


def test_the_steps_of_the_definitions_vector():
    steps = value_added(floats(1000, 10), {"naive": floats(1101, 10), "consensus": floats(950, 25)})

    assert steps == [StepValue("naive", 0.1, None, 2), StepValue("consensus", 65 / 1010, 0.1 - 65 / 1010, 2)]


def test_items_that_any_step_lacks_count_for_none():
    actual = floats(100, UNKNOWN, 100, 100)
    chain = {"naive": floats(90, 50, 70, UNKNOWN), "statistical": floats(80, 50, UNKNOWN, 100)}

    assert value_added(actual, chain) == [
        StepValue("naive", 0.1, None, 1),
        StepValue("statistical", 0.2, 0.1 - 0.2, 1),
    ]


def test_without_steps_nothing_is_added():
    assert value_added(floats(1, 2), {}) == []


def test_on_fewer_than_twenty_items_no_step_is_ranked():
    def step_of(n: int) -> StepValue:
        return value_added(np.ones(n), {"naive": np.ones(n)})[0]

    assert LEAST_RANKED == 20
    assert [step_of(n).n for n in (19, 20)] == [19, 20]
    assert [step_of(n).is_ranked for n in (19, 20)] == [False, True]
