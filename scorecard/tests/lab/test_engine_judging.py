"""Flags by threshold against what came: a slow second implementation agrees; thresholds only add flags."""

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from scorecard.lab.engine import Judgement, SeenLines, Truth, extra_units, flagged, judgement

# Sixteenths are exact, so that a sum does not depend on its order.
sixteenths = st.integers(0, 64).map(lambda number: number / 16)
covers = st.one_of(sixteenths, st.just(float("nan")), st.just(float("inf")))
costs = st.one_of(sixteenths, st.just(float("nan")))
line = st.tuples(covers, sixteenths, sixteenths, sixteenths, costs, st.booleans(), st.booleans())
lines_of_all_kinds = st.lists(line, max_size=30)


def arrays(rows):
    columns = list(zip(*rows, strict=True)) or [()] * 7
    numbers = [np.array(column, dtype=np.float64) for column in columns[:5]]
    was_out, is_known = (np.array(column, dtype=np.bool_) for column in columns[5:])
    return SeenLines(*numbers), Truth(was_out, is_known)


def judged(rows, threshold):
    lines, truth = arrays(rows)
    return judgement(lines, threshold, truth, weeks=1)


@given(rows=lines_of_all_kinds, threshold=sixteenths)
def test_an_obvious_second_implementation_agrees(rows, threshold):
    lines, truth = arrays(rows)

    found = judgement(lines, threshold, truth, weeks=4)

    flags = caught = missed = false_alarms = unjudged = 0
    extra = cost = 0.0
    for cover, supply, expected, short, unit_cost, was_out, is_known in rows:
        is_flagged = short > 0 or (cover == cover and cover < threshold)
        unjudged += not is_known
        flags += is_flagged
        caught += is_known and is_flagged and was_out
        missed += is_known and not is_flagged and was_out
        false_alarms += is_known and is_flagged and not was_out
        if is_flagged:
            units = max(threshold * expected - supply, short, 0.0)
            extra += units
            cost += units * (unit_cost if unit_cost == unit_cost else 0.0)
    assert (found.flags, found.caught, found.missed, found.false_alarms) == (
        flags,
        caught,
        missed,
        false_alarms,
    )
    assert (found.lines, found.unjudged) == (len(rows), unjudged)
    assert (found.extra_units, found.inventory_cost) == (extra, cost)
    assert found.precision == (caught / (caught + false_alarms) if caught + false_alarms else None)
    assert found.recall == (caught / (caught + missed) if caught + missed else None)
    assert found.flags_a_week == flags / 4


@given(rows=lines_of_all_kinds, low=sixteenths, more=sixteenths)
def test_a_higher_threshold_never_lowers_flags_recall_or_units(rows, low, more):
    lines, _ = arrays(rows)

    lower, higher = (judged(rows, threshold) for threshold in (low, low + more))

    assert higher.flags >= lower.flags
    assert (higher.recall or 0) >= (lower.recall or 0)
    assert higher.extra_units >= lower.extra_units
    assert (higher.recall is None) == (lower.recall is None)
    assert np.all(flagged(lines, low) <= flagged(lines, low + more))


@given(rows=lines_of_all_kinds, threshold=sixteenths, cut=st.integers(0, 30))
def test_parts_add_up_to_the_whole(rows, threshold, cut):
    whole, *parts = (judged(part, threshold) for part in (rows, rows[:cut], rows[cut:]))

    assert parts[0] + parts[1] == replace(whole, weeks=2)
    assert whole + Judgement.none() == whole


def test_nothing_seen_has_no_share():
    found = judged([], 1.1)

    assert (found.precision, found.recall, found.base_rate) == (None, None, None)


def test_thresholds_may_differ_by_line():
    lines, _ = arrays([(1.0, 10.0, 10.0, 0.0, 2.0, False, True)] * 2)

    assert flagged(lines, np.array([1.0, 1.1])).tolist() == [False, True]
    assert extra_units(lines, np.array([1.0, 1.5])).tolist() == [0.0, 5.0]
