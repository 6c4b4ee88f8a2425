"""What holds for every assessment, and that a slow and obvious second engine says the same."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from planning.risk.engine import State, assess_lines
from planning.tests.risk.engine_oracle import state_slowly
from planning.tests.supply.engine_cases import (
    Case,
    bare_projection_of,
    cases,
    fewer,
    lines_of,
    many,
    projection_of,
    units,
)

THRESHOLD, MARGIN = 1.1, 0.1


def assess(case: Case):
    return assess_lines(projection_of(case), bare_projection_of(case), lines_of(case), THRESHOLD, MARGIN)


@many
@given(case=cases())
def test_the_oracle_agrees(case):
    risk = assess(case)

    for place, entry in enumerate(case.lines):
        state, window = state_slowly(case, entry, THRESHOLD, MARGIN)
        assert risk.window.demand_units[place] == pytest.approx(window.demand, abs=1e-7)
        assert risk.window.own_units[place] == pytest.approx(window.own, abs=1e-7)
        assert risk.window.dc_units[place] == pytest.approx(window.dc, abs=1e-7)
        assert risk.window.units_short[place] == pytest.approx(window.short, abs=1e-7)
        assert risk.window.first_short_day[place] == window.first_short_day
        assert risk.cover[place] == pytest.approx(window.cover, abs=1e-7, nan_ok=True)
        assert State(risk.state[place]) is state


@fewer
@given(case=cases())
def test_what_must_hold_of_every_line(case):
    risk, lines = assess(case), lines_of(case)
    window = risk.window

    assert (window.units_short <= window.demand_units + 1e-9).all()
    assert (window.supply_units >= window.demand_units - window.units_short - 0.005).all()
    short = window.units_short > 0
    assert ((window.first_short_day >= 0) == short).all()
    assert (window.first_short_day[short] >= np.maximum(lines.start_day[short], 0)).all()
    assert (window.first_short_day[short] <= lines.end_day[short]).all()
    assert not (short & np.isin(risk.state, [State.AT_RISK, State.WATCH, State.OK])).any()


@many
@given(case=cases(), data=st.data())
def test_one_more_receipt_never_makes_a_line_worse(case, data):
    assume(case.lines)
    row = data.draw(st.integers(0, len(case.doors) - 1))
    extra = (row, data.draw(st.integers(0, case.buckets - 1)), data.draw(units))
    before = assess(case)
    after = assess(case.but(receipts=(*case.receipts, extra)))

    assert (after.state <= before.state).all()
    assert (after.window.units_short <= before.window.units_short + 1e-7).all()


@many
@given(case=cases(lowest_ratio=0.0), data=st.data())
def test_less_lift_never_makes_a_line_worse(case, data):
    """Neither that campaign's own lines, nor any at other doors, nor any where supply is given.

    At a door that shares a DC, a week's ration goes by the week's need, and the days take from it in
    order: a smaller campaign late in the week may shorten the ration for another's days before it.
    The week's unmet units never grow (tested on the projection).
    """
    assume(case.lines)
    number = data.draw(st.sampled_from(sorted({line.line for line in case.lines})))
    share = data.draw(st.sampled_from([0.0, 0.3, 0.9]))
    smaller = tuple(
        line
        if line.line != number
        else replace(
            line,
            ratio=None if line.ratio is None else line.ratio * share,
            units=None if line.units is None else line.units * share,
        )
        for line in case.lines
    )
    before, after = assess(case), assess(case.but(lines=smaller))

    rows = {line.row for line in case.lines if line.line == number}
    shares = {door.dc for door in case.doors} | {
        r for r, door in enumerate(case.doors) if door.dc is not None
    }
    checked = [line.line == number or line.row not in rows & shares for line in case.lines]
    assert (after.state <= before.state)[checked].all()
    assert (after.window.units_short <= before.window.units_short + 1e-7)[checked].all()


@fewer
@given(case=cases(), data=st.data())
def test_the_order_of_campaign_lines_does_not_matter(case, data):
    order = data.draw(st.permutations(range(len(case.lines))))
    straight, mixed = assess(case), assess(case.but(lines=tuple(case.lines[place] for place in order)))

    assert mixed.state.tolist() == straight.state[list(order)].tolist()
    assert mixed.cover == pytest.approx(straight.cover[list(order)], nan_ok=True)
