"""What holds for every assessment, and that a slow and obvious second engine says the same."""

import numpy as np
from hypothesis import given

from planning.risk.engine import (
    Change,
    FlagRisk,
    LineRisk,
    State,
    assess_lines,
    assess_weeks,
    reconcile,
    roll_up,
)
from planning.tests.risk.engine_oracle import state_slowly, weeks_slowly
from planning.tests.supply.engine_cases import (
    Case,
    Line,
    both_projections_of,
    cases,
    choices,
    close,
    lines_of,
    many,
    with_less_lift,
    without_transfers_of_suppliers,
)
from planning.tests.supply.engine_oracle import bucket_of

THRESHOLD, MARGIN = 1.1, 0.1
WORSE = {Change.OPENED, Change.REOPENED, Change.WORSENED}


def assess(case: Case) -> LineRisk:
    return assess_lines(*both_projections_of(case), lines_of(case), THRESHOLD, MARGIN)


def flags_of(case: Case, risk: LineRisk) -> FlagRisk:
    price = np.full(len(case.lines), 10.0)
    return roll_up(lines_of(case), risk, price, price / 2)


def moved(before: FlagRisk, after: FlagRisk) -> set[Change]:
    found = reconcile(before.state, before.units_short, after.state, after.units_short)
    return {Change(change) for change in found}


@many
@given(case=cases(least_lines=1))
def test_the_oracle_agrees(case):
    risk = assess(case)
    window = risk.window

    found = [state_slowly(case, entry, THRESHOLD, MARGIN) for entry in case.lines]
    slow = [window for _, window in found]
    assert [State(state) for state in risk.state] == [state for state, _ in found]
    assert window.first_short_day.tolist() == [one.first_short_day for one in slow]
    assert close(window.demand_units, [one.demand for one in slow], within=1e-7)
    assert close(window.own_units, [one.own for one in slow], within=1e-7)
    assert close(window.dc_units, [one.dc for one in slow], within=1e-7)
    assert close(window.units_short, [one.short for one in slow], within=1e-7)
    assert close(risk.cover, [one.cover for one in slow], within=1e-7)


@many
@given(case=cases(least_lines=1))
def test_the_oracle_agrees_on_every_week_of_a_window(case):
    weeks = assess_weeks(*both_projections_of(case), lines_of(case), THRESHOLD, MARGIN)

    slow = [
        (place, *week)
        for place, entry in enumerate(case.lines)
        for week in weeks_slowly(case, entry, THRESHOLD, MARGIN)
    ]
    assert weeks.entry.tolist() == [place for place, *_ in slow]
    assert weeks.bucket.tolist() == [bucket for _, bucket, *_ in slow]
    assert [State(state) for state in weeks.state] == [state for _, _, state, *_ in slow]
    assert close(weeks.cover, [so_far.cover for *_, so_far, _ in slow], within=1e-7)
    assert close(weeks.expected_units, [week.demand for *_, week in slow], within=1e-7)
    assert close(weeks.units_short, [week.short for *_, week in slow], within=1e-7)


@many
@given(case=cases(least_lines=1), choose=choices())
def test_each_line_is_judged_by_its_own_threshold_and_margin(case, choose):
    both, lines = both_projections_of(case), lines_of(case)
    threshold = np.array([0.5 + choose.up_to(20) / 10 for _ in case.lines])
    margin = np.array([choose.up_to(10) / 10 for _ in case.lines])

    found = assess_lines(*both, lines, threshold, margin).state
    weeks = assess_weeks(*both, lines, threshold, margin)
    for place in range(len(case.lines)):
        alike = (*both, lines, float(threshold[place]), float(margin[place]))
        assert found[place] == assess_lines(*alike).state[place]
        alone = assess_weeks(*alike)
        assert weeks.state[weeks.entry == place].tolist() == alone.state[alone.entry == place].tolist()


@many
@given(case=cases(least_lines=1))
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
@given(case=cases(least_lines=1), choose=choices())
def test_one_more_receipt_never_makes_a_line_or_a_flag_worse(case, choose):
    case = without_transfers_of_suppliers(case)
    extra = (choose.up_to(len(case.doors) - 1), choose.up_to(case.buckets - 1), choose.units())
    before, after = assess(case), assess(case.but(receipts=(*case.receipts, extra)))

    assert (after.state <= before.state).all()
    assert (after.window.units_short <= before.window.units_short + 1e-7).all()
    assert not moved(flags_of(case, before), flags_of(case, after)) & WORSE


@many
@given(case=cases(least_lines=1), choose=choices())
def test_less_lift_never_makes_a_line_worse(case, choose):
    """Of that campaign at any door, nor of any other campaign; with a single exception.

    Where a DC stands behind a door, the week's delivery goes by the week's need, and the days take from it
    in order. So another campaign at one and the same door, whose last day lies in a week before later days
    of the smaller one, may lose what was sent for those: it took first from a larger ration. The week's
    unmet units never grow even so (tested on the projection).
    """
    case = without_transfers_of_suppliers(case)
    number, smaller = with_less_lift(case, choose)
    before, after = assess(case), assess(smaller)

    held = np.array([not takes_first_from_a_ration(case, number, line) for line in case.lines])
    assert (after.state <= before.state)[held].all()
    assert (after.window.units_short <= before.window.units_short + 1e-7)[held].all()


def takes_first_from_a_ration(case: Case, number: int, line: Line) -> bool:
    """Whether ``line`` ends in a week in which campaign ``number`` has later days at the same door."""
    suppliers = {door.dc for door in case.doors}
    if line.line == number or (case.doors[line.row].dc is None and line.row not in suppliers):
        return False
    week = bucket_of(case, line.end)
    return any(
        other.line == number
        and other.row == line.row
        and any(
            other.start <= day <= other.end
            for day in range(line.end + 1, line.end + 8)
            if bucket_of(case, day) == week
        )
        for other in case.lines
    )


@many
@given(case=cases(least_lines=1), choose=choices())
def test_less_lift_never_makes_its_own_flag_worse_nor_one_at_other_doors(case, choose):
    case = without_transfers_of_suppliers(case)
    number, smaller = with_less_lift(case, choose)
    before, after = flags_of(case, assess(case)), flags_of(smaller, assess(smaller))

    doors = {line.row for line in case.lines if line.line == number}
    held = [
        flag == number or not doors & {line.row for line in case.lines if line.line == flag}
        for flag in before.line.tolist()
    ]
    changes = reconcile(before.state, before.units_short, after.state, after.units_short)
    assert not {Change(change) for change in changes[held]} & WORSE


@many
@given(case=cases(least_lines=1), choose=choices())
def test_the_order_of_campaign_lines_does_not_matter(case, choose):
    order = choose.order_of(range(len(case.lines)))
    straight, mixed = assess(case), assess(case.but(lines=tuple(case.lines[place] for place in order)))

    assert mixed.state.tolist() == straight.state[order].tolist()
    assert close(mixed.cover, straight.cover[order])
    assert mixed.window.first_short_day.tolist() == straight.window.first_short_day[order].tolist()
