"""How likely a SKU-door runs short, against a slow and obvious second reckoning."""

from collections import defaultdict
from math import exp, lgamma, log, log1p

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planning.supply.engine.shortage import shortage_of

MOST_UNITS = 60


def chance(units: int, mean: float, clumping: float) -> float:
    """The negative binomial probability, from its textbook formula."""
    if mean == 0:
        return float(units == 0)
    size = 1 / clumping
    ways = lgamma(units + size) - lgamma(size) - lgamma(units + 1)
    return exp(ways - size * log1p(mean / size) + units * log(mean / (mean + size)))


def reckoned_slowly(means, clumping, opening, supply):
    """Every stock that can be, week by week: the probability of a shortage so far, and the mean unmet."""
    paths = {(opening, False): 1.0}
    short, unmet = [], []
    for mean, arrives in zip(means, supply, strict=True):
        after, lost = defaultdict(float), 0.0
        chances = [chance(units, mean, clumping) for units in range(MOST_UNITS)]
        for (stock, was_short), weight in paths.items():
            there = stock + arrives
            for units, likely in enumerate(chances):
                p = weight * likely
                after[max(0, there - units), was_short or units > there] += p
                lost += p * max(0, units - there)
        paths = dict(after)
        short.append(sum(weight for (_, was_short), weight in paths.items() if was_short))
        unmet.append(lost)
    return short, unmet


def shortage(means, clumping, opening, supply):
    return shortage_of(
        np.array(means, dtype=float)[:, None],
        np.array([clumping]),
        np.array([opening], dtype=float),
        np.array(supply, dtype=float)[:, None],
    )


@settings(max_examples=60, deadline=None)
@given(
    means=st.lists(st.floats(0.05, 2), min_size=1, max_size=2),
    clumping=st.floats(0.05, 1),
    opening=st.integers(0, 8),
    supply=st.lists(st.integers(0, 5), min_size=2, max_size=2),
)
def test_the_slow_reckoning_agrees(means, clumping, opening, supply):
    supply = supply[: len(means)]

    result = shortage(means, clumping, opening, supply)

    short, unmet = reckoned_slowly(means, clumping, opening, supply)
    assert result.probability[:, 0].tolist() == pytest.approx(short, abs=1e-4)
    assert result.expected_unmet[:, 0].tolist() == pytest.approx(unmet, abs=1e-3)


def test_many_units_agree_with_many_futures():
    dice = np.random.default_rng(1)
    means, clumping, opening, supply = [800.0, 1_200.0, 900.0], 0.1, 1_500.0, [0.0, 400.0, 1_300.0]
    rate = np.array(means) * dice.gamma(1 / clumping, clumping, size=(100_000, 3))
    demand = dice.poisson(rate)
    stock, was_short = np.full(len(demand), opening), np.zeros(len(demand), dtype=bool)
    short, unmet = [], []
    for week in range(3):
        there = stock + supply[week]
        was_short |= demand[:, week] > there
        unmet.append(np.maximum(demand[:, week] - there, 0).mean())
        stock = np.maximum(there - demand[:, week], 0)
        short.append(was_short.mean())

    result = shortage(means, clumping, opening, supply)

    assert result.probability[:, 0].tolist() == pytest.approx(short, abs=0.015)
    assert result.expected_unmet[:, 0].tolist() == pytest.approx(unmet, abs=12)


def test_a_shortage_that_was_stays_one_when_a_receipt_comes_after_it():
    result = shortage([2.0, 2.0], 0.3, 0, [0, 1_000])

    assert result.probability[0, 0] == pytest.approx(1 - chance(0, 2.0, 0.3))
    assert result.probability[1, 0] == pytest.approx(result.probability[0, 0])
    assert result.expected_unmet[:, 0].tolist() == pytest.approx([2.0, 0.0])


def test_without_demand_nothing_is_short():
    result = shortage([0.0], 0.3, 0, [0])

    assert (result.probability[0, 0], result.expected_unmet[0, 0]) == (0, 0)


def test_an_unknown_demand_has_an_unknown_risk_and_leaves_the_others_alone():
    mean = np.array([[np.nan, 2.0]])

    result = shortage_of(mean, np.array([np.nan, 0.3]), np.zeros(2), np.zeros((1, 2)))

    assert np.isnan(result.probability[0, 0])
    assert np.isnan(result.expected_unmet[0, 0])
    assert result.expected_unmet[0, 1] == pytest.approx(2.0)
