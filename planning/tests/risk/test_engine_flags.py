"""From doors to a decision: roll-up, money, and how a flag moved."""

from datetime import date
from math import inf, isnan, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planning.risk.engine import (
    NO_DAY,
    NO_FLAG,
    Change,
    LineRisk,
    State,
    WindowSupply,
    assess_lines,
    money_short,
    reconcile,
    roll_up,
    worse_than_accepted,
)
from planning.supply.engine import CampaignLines
from planning.tests.supply.engine_cases import (
    Case,
    Door,
    Line,
    both_projections_of,
    choices,
    lines_of,
    many,
)


def lines(*line: int) -> CampaignLines:
    some = np.zeros(len(line), dtype=np.int64)
    return CampaignLines(
        np.array(line, dtype=np.int64), np.arange(len(line)), some, some, some * 0.0, some * np.nan
    )


def line_risk(state, cover, short, day=None) -> LineRisk:
    count = len(state)
    window = WindowSupply(
        demand_units=np.full(count, 10.0),
        own_units=np.zeros(count),
        dc_units=np.zeros(count),
        units_short=np.array(short, dtype=np.float64),
        first_short_day=np.array(day or [NO_DAY] * count),
    )
    covers = np.array(cover, dtype=np.float64)
    return LineRisk(np.array(state, dtype=np.int8), covers, covers, window)


def rolled(risk: LineRisk, *line: int, price=10.0, cost=4.0):
    count = len(line)
    return roll_up(lines(*line), risk, np.full(count, price), np.full(count, cost))


def test_a_campaign_line_is_as_bad_as_its_worst_door():
    risk = line_risk(
        [State.OK, State.STOCKOUT, State.AT_RISK, State.WATCH], [3.0, 0.7, 1.05, 1.15], [0, 3, 0, 0]
    )
    flags = rolled(risk, 5, 5, 5, 8)

    assert flags.line.tolist() == [5, 8]
    assert [State(state) for state in flags.state] == [State.STOCKOUT, State.WATCH]
    assert flags.cover.tolist() == [0.7, 1.15]
    assert flags.worst_entry.tolist() == [1, 3]
    assert flags.doors_flagged.tolist() == [2, 0]
    assert flags.expected_units.tolist() == [30.0, 10.0]


def test_among_equal_states_the_lowest_cover_is_worst_then_the_most_units():
    same = State.STOCKOUT
    assert rolled(line_risk([same] * 3, [0.8, 0.2, 0.5], [1, 2, 3]), 0, 0, 0).worst_entry.tolist() == [1]
    assert rolled(line_risk([same] * 3, [0.5, 0.5, np.nan], [1, 2, 3]), 0, 0, 0).worst_entry.tolist() == [1]


def test_no_data_never_looks_green_and_never_hides_a_risk():
    green = line_risk([State.OK, State.NO_DATA], [3.0, np.nan], [0, 0])
    red = line_risk([State.NO_DATA, State.STOCKOUT], [np.nan, 0.5], [0, 2])
    amber = line_risk([State.NO_DATA, State.WATCH], [np.nan, 1.15], [0, 0])

    assert State(rolled(green, 0, 0).state[0]) is State.NO_DATA
    assert State(rolled(red, 0, 0).state[0]) is State.STOCKOUT
    assert State(rolled(amber, 0, 0).state[0]) is State.WATCH
    assert rolled(red, 0, 0).doors_without_data.tolist() == [1]


def test_units_and_money_are_summed_and_the_earliest_day_counts():
    flags = rolled(line_risk([State.STOCKOUT] * 3, [0.5] * 3, [2, 3, 0], [9, 4, NO_DAY]), 0, 0, 0)

    assert flags.units_short.tolist() == [5.0]
    assert flags.revenue_short.tolist() == [50.0]
    assert flags.margin_short.tolist() == [30.0]
    assert flags.first_short_day.tolist() == [4]


def test_the_first_day_may_be_today_and_may_be_missing():
    assert rolled(line_risk([State.STOCKOUT] * 2, [0.5] * 2, [1, 1], [3, 0]), 0, 0).first_short_day == [0]
    assert rolled(line_risk([State.AT_RISK], [1.0], [0]), 0).first_short_day.tolist() == [NO_DAY]


def test_money_is_unknown_where_a_short_door_has_no_price():
    risk = line_risk([State.STOCKOUT, State.AT_RISK], [0.5, 1.0], [2, 0])

    assert np.isnan(rolled(risk, 0, 1, price=np.nan).revenue_short).tolist() == [True, False]
    no_cost = rolled(risk, 0, 1, cost=np.nan)
    assert no_cost.revenue_short.tolist() == [20.0, 0.0]
    assert np.isnan(no_cost.margin_short).tolist() == [True, False]


def test_what_is_missing_has_a_number_of_its_own():
    assert (NO_DAY, NO_FLAG) == (-1, -1)


def test_nothing_to_roll_up_is_no_flags():
    flags = rolled(line_risk([], [], []))

    assert len(flags.line) == len(flags.state) == len(flags.units_short) == len(flags.first_short_day) == 0


def test_money_short():
    revenue, margin = money_short(np.array([2.0, 0.0]), np.array([10.0, np.nan]), np.array([4.0, np.nan]))

    assert revenue.tolist() == [20.0, 0.0]
    assert margin.tolist() == [12.0, 0.0]


@many
@given(choose=choices())
def test_a_flag_is_what_a_look_at_each_of_its_doors_finds(choose):
    entries = [
        (
            choose.up_to(2),
            choose.of(*State),
            choose.of(nan, 0.5, 0.8, 1.3),
            choose.of(0.0, 2.0, 5.5),
            choose.of(NO_DAY, 0, 3, 9),
        )
        for _ in range(choose.up_to(7))
    ]
    number, state, cover, short, day = list(zip(*entries, strict=True)) or [()] * 5
    flags = rolled(line_risk(state, cover, short, list(day)), *number, price=3.0, cost=1.0)

    assert flags.line.tolist() == sorted(set(number))
    for place, line in enumerate(flags.line):
        mine = [(place, entry) for place, entry in enumerate(entries) if entry[0] == line]
        at, worst = min(
            mine,
            key=lambda door: (-door[1][1], inf if isnan(door[1][2]) else door[1][2], -door[1][3], door[0]),
        )
        assert (flags.worst_entry[place], State(flags.state[place])) == (at, worst[1])
        assert flags.cover[place] == pytest.approx(worst[2], nan_ok=True)
        assert flags.expected_units[place] == 10.0 * len(mine)
        units = sum(entry[3] for _, entry in mine)
        assert flags.units_short[place] == units
        assert (flags.revenue_short[place], flags.margin_short[place]) == (units * 3, units * 2)
        days = [entry[4] for _, entry in mine if entry[4] != NO_DAY]
        assert flags.first_short_day[place] == min(days, default=NO_DAY)
        assert flags.doors_flagged[place] == sum(entry[1].is_flagged for _, entry in mine)
        assert flags.doors_without_data[place] == sum(entry[1] is State.NO_DATA for _, entry in mine)


def moved(before: int, units_before: float, after: int, units_after: float) -> Change:
    found = reconcile(
        np.array([before]), np.array([units_before]), np.array([after]), np.array([units_after])
    )
    return Change(found[0])


@pytest.mark.parametrize(
    ("before", "units_before", "after", "units_after", "change"),
    [
        (NO_FLAG, 0, State.AT_RISK, 0, Change.OPENED),
        (NO_FLAG, 0, State.WATCH, 0, Change.UNCHANGED),
        (NO_FLAG, 0, State.NO_DATA, 0, Change.UNCHANGED),
        (State.OK, 0, State.STOCKOUT, 5, Change.REOPENED),
        (State.WATCH, 0, State.AT_RISK, 0, Change.REOPENED),
        (State.NO_DATA, 0, State.OUT, 5, Change.REOPENED),
        (State.STOCKOUT, 5, State.OK, 0, Change.CLEARED),
        (State.AT_RISK, 0, State.WATCH, 0, Change.CLEARED),
        (State.OUT, 9, State.NO_DATA, 0, Change.CLEARED),
        (State.AT_RISK, 0, State.STOCKOUT, 1, Change.WORSENED),
        (State.STOCKOUT, 9, State.OUT, 1, Change.WORSENED),
        (State.STOCKOUT, 9, State.AT_RISK, 0, Change.EASED),
        (State.OUT, 1, State.STOCKOUT, 9, Change.EASED),
        (State.STOCKOUT, 5, State.STOCKOUT, 6, Change.WORSENED),
        (State.STOCKOUT, 6, State.STOCKOUT, 5, Change.EASED),
        (State.STOCKOUT, 5, State.STOCKOUT, 5.004, Change.UNCHANGED),
        (State.STOCKOUT, 5, State.STOCKOUT, 4.996, Change.UNCHANGED),
        (State.STOCKOUT, 0, State.STOCKOUT, 0.005, Change.WORSENED),
        (State.STOCKOUT, 0.005, State.STOCKOUT, 0, Change.EASED),
        (State.OK, 0, State.WATCH, 0, Change.UNCHANGED),
    ],
)
def test_how_a_flag_moved(before, units_before, after, units_after, change):
    assert moved(before, units_before, after, units_after) is change


@many
@given(
    before=st.sampled_from([NO_FLAG, *State]),
    after=st.sampled_from([*State]),
    sizes=st.tuples(st.integers(0, 9), st.integers(0, 9)),
)
def test_a_move_and_its_way_back_mirror_each_other(before, after, sizes):
    there = moved(before, sizes[0], after, sizes[1])
    assert moved(after, sizes[1], after, sizes[1]) is Change.UNCHANGED
    if before != NO_FLAG:
        mirror = {
            Change.UNCHANGED: Change.UNCHANGED,
            Change.WORSENED: Change.EASED,
            Change.EASED: Change.WORSENED,
            Change.CLEARED: Change.REOPENED,
            Change.REOPENED: Change.CLEARED,
        }
        assert moved(after, sizes[1], before, sizes[0]) is mirror[there]


@pytest.mark.parametrize(
    ("accepted", "now", "outgrown"),
    [
        ((10, 100.0), (10, 100.0), False),
        ((10, 100.0), (11, 110.0), False),
        ((10, 100.0), (11, 111.0), True),
        ((10, 100.0), (50, 90.0), False),
        ((10, np.nan), (11, np.nan), False),
        ((10, np.nan), (12, 120.0), True),
        ((10, 100.0), (12, np.nan), True),
        ((0, 0.0), (0, 0.0), False),
        ((0, 0.0), (1, 10.0), True),
        ((0, np.nan), (0, np.nan), False),
        ((0, np.nan), (0.005, np.nan), False),
        ((0, 0.0), (0.005, 10.0), True),
    ],
)
def test_a_risk_outgrows_its_acceptance_past_the_tolerance(accepted, now, outgrown):
    sizes = [np.array([float(size)]) for size in (*accepted, *now)]

    assert worse_than_accepted(*sizes, growth_tolerance=0.1).tolist() == [outgrown]


def test_changes_are_named_as_stored():
    assert [change.slug for change in Change] == [
        "unchanged",
        "opened",
        "worsened",
        "eased",
        "cleared",
        "reopened",
    ]
    assert [change.value for change in Change] == list(range(6))


def test_a_whole_campaign_from_stock_to_flag():
    """Two doors share a DC that cannot fill both: the flag says when, how many and how much."""
    case = Case(
        today=date(2026, 11, 22),
        doors=(Door(on_hand=24), Door(baseline=14.0, dc=0), Door(baseline=7.0, dc=0)),
        lines=(Line(0, 1, 0, 6, ratio=1.0), Line(0, 2, 0, 6, ratio=1.0)),
    )
    found = lines_of(case)
    risk = assess_lines(*both_projections_of(case), found, 1.1, 0.1)
    flags = roll_up(found, risk, np.full(2, 10.0), np.full(2, 4.0))

    assert [State(state) for state in risk.state] == [State.OUT, State.OUT]
    assert flags.units_short == pytest.approx([18.0])
    assert flags.revenue_short == pytest.approx([180.0])
    assert flags.expected_units == pytest.approx([42.0])
    assert flags.first_short_day.tolist() == [4]
