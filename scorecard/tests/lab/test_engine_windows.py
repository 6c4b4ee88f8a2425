"""Windows cut out of weeks: by hand, and against counting day by day."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorecard.lab.engine import Windows, short_of, supply_of, units_of

WEEKS = 4
# Multiples of seven sell whole units a day.
weekly = st.lists(st.integers(0, 20).map(lambda number: 7.0 * number), min_size=WEEKS, max_size=WEEKS)


def one(first_day, after_day):
    return Windows(np.array([0]), np.array([first_day]), np.array([after_day]))


def column(values):
    return np.array(values)[:, None]


@given(
    units=weekly,
    available=weekly,
    sent=weekly,
    first_day=st.integers(0, 7 * WEEKS - 1),
    length=st.integers(1, 7 * WEEKS),
)
def test_counting_day_by_day_agrees(units, available, sent, first_day, length):
    after_day = min(first_day + length, 7 * WEEKS)
    window = one(first_day, after_day)
    asked = short = supply = 0.0
    for week in range(WEEKS):
        left = available[week]
        for day in range(7 * week, 7 * week + 7):
            if day == first_day:
                supply += left
            elif day % 7 == 0 and first_day < day < after_day:
                supply += sent[week]
            sold = min(left, units[week] / 7)
            if first_day <= day < after_day:
                asked += units[week] / 7
                short += units[week] / 7 - sold
            left -= sold

    units, available, sent = column(units), column(available), column(sent)
    assert units_of(window, units).tolist() == pytest.approx([asked])
    assert short_of(window, available, units).tolist() == pytest.approx([short])
    assert supply_of(window, available, sent, units).tolist() == pytest.approx([supply])


def test_windows_move_with_the_week_that_they_are_counted_from():
    later = one(20, 30).later(2)

    assert (later.first_day.tolist(), later.after_day.tolist()) == ([6], [16])
    assert later.weeks_to_read == 3


def test_a_window_needs_a_day():
    with pytest.raises(ValueError, match="needs a day"):
        one(3, 3)
