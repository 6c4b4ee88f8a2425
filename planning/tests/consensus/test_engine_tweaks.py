"""Small upward changes of a forecast, by example."""

import numpy as np
import pytest

from planning.consensus.engine import Tweaks, small_upward_tweaks

UNKNOWN = np.nan


def tweaks(*rows, **facts) -> Tweaks:
    """Of rows of before, after and actual units."""
    before, after, actual = np.array(rows, dtype=np.float64).reshape(-1, 3).T
    return small_upward_tweaks(before, after, actual, **facts)


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ((100, 108, 120), Tweaks(1, 1, 0, 8)),
        ((100, 108, 90), Tweaks(1, 0, 1, -8)),
        ((100, 108, 103), Tweaks(1, 0, 1, -2)),
        ((100, 108, 103.75), Tweaks(1, 0, 1, -0.5)),
        ((100, 108, 104), Tweaks(1, 0, 0, 0)),
        ((100, 108, 104.25), Tweaks(1, 1, 0, 0.5)),
        ((100, 108, 105), Tweaks(1, 1, 0, 2)),
        ((100, 108, 0), Tweaks(1, 0, 1, -8)),
    ],
)
def test_a_change_helps_where_it_ends_nearer_to_what_was_sold(row, found):
    assert tweaks(row) == found


@pytest.mark.parametrize(
    "row",
    [
        (100, 100, 120),
        (100, 95, 90),
        (100, 110.01, 120),
        (0, 1, 5),
        (-10, -9.5, 5),
        (UNKNOWN, 105, 120),
        (100, UNKNOWN, 120),
        (100, 105, UNKNOWN),
    ],
)
def test_what_is_not_up_not_small_or_not_known_does_not_count(row):
    assert tweaks(row) == Tweaks(0, 0, 0, 0)


@pytest.mark.parametrize(("before", "after"), [(100, 110), (30, 33), (1.1, 1.21), (0.7, 0.77)])
def test_exactly_the_largest_share_is_still_small(before, after):
    assert tweaks((before, after, 500)).n == 1


def test_the_largest_share_may_be_another():
    assert tweaks((100, 120, 120), largest_share=0.2).n == 1
    assert tweaks((100, 106, 120), largest_share=0.05).n == 0


def test_many_changes_are_counted_together():
    found = tweaks((100, 108, 120), (100, 104, 90), (100, 110, 105), (100, 300, 300), (50, 51, 80))

    assert found == Tweaks(n=4, helped=2, worsened=1, error_units_saved=8 - 4 + 1)


@pytest.mark.parametrize(
    ("found", "is_discouraged"),
    [
        (Tweaks(20, 9, 11, 0), True),
        (Tweaks(20, 9, 11, -5), True),
        (Tweaks(20, 9, 11, 0.5), False),
        (Tweaks(20, 10, 10, -5), False),
        (Tweaks(21, 10, 11, -5), True),
        (Tweaks(19, 0, 19, -5), False),
        (Tweaks(0, 0, 0, 0), False),
    ],
)
def test_more_are_discouraged_where_enough_of_them_helped_in_less_than_half_and_saved_nothing(
    found, is_discouraged
):
    assert found.is_discouraged is is_discouraged
