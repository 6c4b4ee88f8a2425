"""Lift in all its units, the spread of units over doors, and what past events say."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketing.lift.engine import (
    multiplier_from_ratio,
    percent_from_ratio,
    ratio_from_multiplier,
    ratio_from_percent,
    ratio_from_share_of_total,
    ratio_from_units,
    share_of_total_from_ratio,
    spread_units,
    units_from_ratio,
)

many = settings(max_examples=1000, deadline=None)


def test_a_hundred_against_eighty_is_a_quarter_of_the_base_and_a_fifth_of_the_total():
    """The vector of definitions: Lift, E12 and E13."""
    ratio = ratio_from_units(100 - 80, 80)

    assert ratio == 0.25
    assert percent_from_ratio(ratio) == 25
    assert multiplier_from_ratio(ratio) == 1.25
    assert share_of_total_from_ratio(ratio) == pytest.approx(0.20)
    assert ratio_from_share_of_total(0.20) == pytest.approx(0.25)


@pytest.mark.parametrize("baseline", [0.0, -1.0, np.nan])
def test_a_ratio_of_no_baseline_is_undefined(baseline):
    assert np.isnan(ratio_from_units(10.0, baseline))


def test_shares_that_leave_no_base_or_no_total_are_undefined():
    assert np.isnan(ratio_from_share_of_total([1.0, 1.5])).all()
    assert np.isnan(share_of_total_from_ratio([-1.0, -2.0])).all()


@many
@given(ratio=st.floats(-0.99, 50), base=st.floats(0.01, 1e6))
def test_every_unit_leads_back_to_the_same_ratio(ratio, base):
    assert ratio_from_percent(percent_from_ratio(ratio)) == pytest.approx(ratio, abs=1e-12)
    assert ratio_from_multiplier(multiplier_from_ratio(ratio)) == pytest.approx(ratio, abs=1e-12)
    assert ratio_from_units(units_from_ratio(ratio, base), base) == pytest.approx(ratio, abs=1e-12)
    assert ratio_from_share_of_total(share_of_total_from_ratio(ratio)) == pytest.approx(ratio, abs=1e-9)


def spread_slowly(entries: list[tuple[int, float, float]]) -> list[float]:
    spread = []
    for line, units, weight in entries:
        peers = [max(0.0, other) for number, _, other in entries if number == line and other == other]
        doors = sum(1 for number, _, _ in entries if number == line)
        whole = sum(peers)
        mine = max(0.0, weight) if weight == weight else 0.0
        spread.append(units * mine / whole if whole > 0 else units / doors)
    return spread


weights = st.sampled_from([np.nan, -1.0, -0.5, 0.0, 0.0, 1.0, 2.5, 40.0])


@many
@given(doors=st.lists(st.tuples(st.integers(0, 2), weights), max_size=8))
def test_units_are_spread_in_proportion_and_none_is_lost(doors):
    entries = [(line, 100.0 * (line + 1), weight) for line, weight in doors]
    spread = spread_units(
        np.array([line for line, _, _ in entries], dtype=np.int64),
        np.array([units for _, units, _ in entries]),
        np.array([weight for _, _, weight in entries]),
    )

    assert spread == pytest.approx(spread_slowly(entries))
    for line in {line for line, _, _ in entries}:
        mine = [units for units, entry in zip(spread, entries, strict=True) if entry[0] == line]
        assert sum(mine) == pytest.approx(100.0 * (line + 1))
