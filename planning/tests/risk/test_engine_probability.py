"""How likely demand exceeds supply, against a count of what past promotions did."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planning.risk.engine import covered_share, short_probability
from planning.tests.supply.engine_cases import many

SHARES = np.arange(1, 20) / 20


def quantiles_of(past) -> np.ndarray:
    return np.quantile(past, SHARES)


@pytest.mark.parametrize("seed", range(5))
def test_it_is_the_share_of_past_promotions_that_sold_more(seed):
    dice = np.random.default_rng(seed)
    past = dice.gamma(3.0, 1 / 3, 4_000) * dice.choice([0.7, 1.2], 4_000)
    covered = np.linspace(0.1, 2.4, 47)

    found = short_probability(SHARES, quantiles_of(past), covered)

    counted = [(past > part).mean() for part in covered]
    assert found == pytest.approx(np.array(counted), abs=0.02)


def test_at_the_measured_quantiles_it_is_exact():
    ratios = quantiles_of(np.random.default_rng(0).lognormal(0, 0.5, 500))

    assert short_probability(SHARES, ratios, ratios) == pytest.approx(1 - SHARES)


def test_no_supply_is_short_for_sure_unless_there_was_often_no_demand():
    assert short_probability(SHARES, np.linspace(0.2, 2.0, 19), np.zeros(1)) == [1.0]
    idle = np.concatenate([np.zeros(6), np.linspace(0.5, 4.0, 13)])
    assert short_probability(SHARES, idle, np.zeros(1)) == pytest.approx([0.7])


def test_beyond_the_highest_quantile_it_halves_as_it_last_did():
    ratios = np.linspace(0.2, 2.0, 19)

    # From 10 % at 1.9 to 5 % at 2.0, so every tenth more halves it.
    found = short_probability(SHARES, ratios, np.array([1.9, 2.0, 2.1, 2.2]))

    assert found == pytest.approx([0.1, 0.05, 0.025, 0.0125])


def test_quantiles_that_end_in_one_value_leave_nothing_beyond_it():
    ratios = np.concatenate([np.linspace(0.2, 1.4, 16), [1.5, 1.5, 1.5]])

    assert short_probability(SHARES, ratios, np.array([1.6])) == [0.0]


def test_an_unknown_cover_has_no_probability():
    found = short_probability(SHARES, np.linspace(0.2, 2.0, 19), np.array([np.nan, 0.2]))

    assert np.isnan(found[0])
    assert found[1] == pytest.approx(0.95)


@many
@given(
    ratios=st.lists(st.floats(0, 50), min_size=19, max_size=19).map(sorted),
    covered=st.lists(st.floats(0, 200), min_size=2, max_size=6).map(sorted),
)
def test_more_supply_is_never_more_likely_short(ratios, covered):
    found = short_probability(SHARES, np.array(ratios), np.array(covered))

    assert ((found >= 0) & (found <= 1)).all()
    assert (np.diff(found) <= 1e-12).all()


@pytest.mark.parametrize(
    ("cover", "expected", "short", "covered"),
    [
        pytest.param(1.4, 100.0, 0.0, 1.4, id="well covered"),
        pytest.param(0.8, 150.0, 30.0, 0.8, id="too little"),
        pytest.param(1.2, 100.0, 40.0, 0.6, id="enough in all, and too late for some days"),
        pytest.param(0.0, 100.0, 100.0, 0.0, id="nothing there"),
        pytest.param(np.nan, 0.0, 0.0, np.nan, id="nothing expected"),
    ],
)
def test_what_is_covered_is_served_in_time(cover, expected, short, covered):
    found = covered_share(np.array([cover]), np.array([expected]), np.array([short]))

    assert found == pytest.approx([covered], nan_ok=True)


def test_past_ratios_as_good_as_nothing_are_nothing():
    ratios = np.append(np.zeros(len(SHARES) - 1), 2e-311)
    found = short_probability(SHARES, ratios, np.array([0.0, 5e-324]))
    assert found == pytest.approx(1 - SHARES[-1:].repeat(2))
