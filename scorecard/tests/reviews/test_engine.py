"""Which part made a change: by hand, and that the parts add up to the whole whatever they are."""

from math import fsum, isclose

from hypothesis import given
from hypothesis import strategies as st

from scorecard.reviews.engine import move_size, rate_contributions

PART = st.tuples(st.floats(0, 1), st.floats(0, 1e6))


def whole(parts):
    return fsum(rate * weight for rate, weight in parts) / fsum(weight for _, weight in parts)


def test_the_part_whose_rate_rose_made_the_change():
    assert rate_contributions([(0.25, 50), (0.25, 50)], [(0.5, 50), (0.25, 50)]) == [0.125, 0.0]


def test_a_part_that_only_grew_adds_what_it_lies_above_the_whole():
    before, after = [(0.2, 50), (0.0, 50)], [(0.2, 150), (0.0, 50)]
    assert [round(part, 6) for part in rate_contributions(before, after)] == [0.025, 0.025]


def test_a_new_part_and_one_that_is_gone():
    assert rate_contributions([(0.0, 100), (0.0, 0)], [(0.0, 50), (0.4, 50)]) == [0.0, 0.2]
    assert rate_contributions([(0.0, 0)], [(0.4, 50)]) == [0.0]


@given(st.lists(st.tuples(PART, PART), min_size=1, max_size=6))
def test_parts_add_up_to_the_change_of_the_whole(pairs):
    before, after = [was for was, _ in pairs], [now for _, now in pairs]
    parts = rate_contributions(before, after)
    if min(fsum(weight for _, weight in side) for side in (before, after)) > 1e-6:
        assert isclose(fsum(parts), whole(after) - whole(before), abs_tol=1e-6)


def test_a_move_is_measured_by_the_larger_value_and_by_the_floor_of_small_ones():
    assert move_size(2.0, 4.0, 0.5) == move_size(4.0, 2.0, 0.5) == 0.5
    assert move_size(0.001, 0.002, 0.05) == 0.02
