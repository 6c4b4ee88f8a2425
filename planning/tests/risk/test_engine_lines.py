"""Risk of a campaign line at a door, by example."""

from datetime import date

import numpy as np
import pytest

from planning.risk.engine import NO_DAY, State, assess_lines, window_supply
from planning.tests.supply.engine_cases import (
    Case,
    Door,
    Line,
    Shipment,
    both_projections_of,
    lines_of,
    projection_of,
)

SUNDAY = date(2026, 11, 22)
THRESHOLD, MARGIN = 1.1, 0.1


def assess(case: Case, threshold=THRESHOLD, margin=MARGIN):
    return assess_lines(*both_projections_of(case), lines_of(case), threshold, margin)


def state(case: Case, place: int = 0) -> State:
    return State(assess(case).state[place])


def promoted(on_hand, start=7, end=13, ratio=1.0, **facts) -> Case:
    """One door that sells one a day, two a day in the second week."""
    return Case(
        today=SUNDAY,
        buckets=4,
        doors=(Door(on_hand=on_hand, baseline=7.0, **facts),),
        lines=(Line(0, 0, start, end, ratio=ratio),),
    )


def test_plenty_of_stock_is_ok():
    risk = assess(promoted(on_hand=7 + 28))

    assert State(risk.state[0]) is State.OK
    assert risk.cover[0] == pytest.approx(2.0)
    assert risk.window.demand_units[0] == pytest.approx(14.0)
    assert risk.window.own_units[0] == pytest.approx(28.0)
    assert risk.window.first_short_day[0] == NO_DAY


def test_unmet_units_in_the_window_are_a_stockout_with_its_first_day():
    """Seven sell before the window; ten are left, two a day: the sixth day is short."""
    risk = assess(promoted(on_hand=7 + 10))

    assert State(risk.state[0]) is State.STOCKOUT
    assert risk.window.units_short[0] == pytest.approx(4.0)
    assert risk.window.first_short_day[0] == 12
    assert risk.cover[0] == pytest.approx(10 / 14)


def test_served_but_thin_is_at_risk():
    assert state(promoted(on_hand=7 + 14)) is State.AT_RISK
    assert state(promoted(on_hand=7 + 15.3)) is State.AT_RISK


def test_cover_exactly_at_the_threshold_is_not_under_it():
    assert state(promoted(on_hand=7 + 15.4)) is State.WATCH


def test_cover_within_the_margin_is_watched():
    assert state(promoted(on_hand=7 + 16.7)) is State.WATCH
    assert state(promoted(on_hand=7 + 16.8)) is State.OK


def test_what_is_well_only_through_a_receipt_to_come_is_watched():
    case = promoted(on_hand=10).but(receipts=((0, 1, 50.0),))

    assert state(case) is State.WATCH
    assert assess(case).cover_without_inbound[0] < THRESHOLD
    assert state(promoted(on_hand=60).but(receipts=((0, 1, 50.0),))) is State.OK


def test_what_is_well_only_through_a_transfer_to_come_is_watched():
    case = promoted(on_hand=10).but(
        doors=(Door(on_hand=10, baseline=7.0), Door(on_hand=100)),
        transfers=(Shipment(1, 0, ship=0, arrival=1, units=50.0),),
    )

    assert state(case) is State.WATCH


def test_a_receipt_after_the_window_does_not_help_it():
    assert state(promoted(on_hand=10).but(receipts=((0, 2, 50.0),))) is State.STOCKOUT


def test_a_shortage_before_or_after_the_window_is_not_the_windows():
    case = promoted(on_hand=0).but(receipts=((0, 1, 30.0),))  # empty in week 1, 16 left after week 2
    window = assess(case).window

    assert window.units_short[0] == 0
    assert window.own_units[0] == pytest.approx(30.0)
    assert projection_of(case).unmet[:, 0].tolist() == pytest.approx([7.0, 0.0, 0.0, 0.0])


def test_days_of_the_same_week_before_the_window_take_first():
    """Window Wednesday to Saturday of the first week: three days sell before it."""
    risk = assess(promoted(on_hand=9, start=3, end=6, ratio=1.0))

    assert risk.window.demand_units[0] == pytest.approx(8.0)
    assert risk.window.own_units[0] == pytest.approx(6.0)
    assert risk.window.units_short[0] == pytest.approx(2.0)
    assert risk.window.first_short_day[0] == 6


def test_days_of_the_same_week_after_the_window_go_short_first():
    """Window Sunday to Tuesday: nothing of it is short, the rest of the week is."""
    risk = assess(promoted(on_hand=8, start=0, end=2, ratio=1.0))

    assert risk.window.units_short[0] == 0
    assert risk.cover[0] == pytest.approx(8 / 6)


def test_a_window_that_has_begun_with_nothing_to_sell_is_out():
    assert state(promoted(on_hand=0, start=-3, end=5)) is State.OUT
    assert state(promoted(on_hand=0, start=0, end=0)) is State.OUT
    assert state(promoted(on_hand=4, minimum=4, start=-3, end=5)) is State.OUT
    assert state(promoted(on_hand=1, start=-3, end=5)) is State.STOCKOUT
    assert state(promoted(on_hand=0, start=1, end=5)) is State.STOCKOUT


def test_out_needs_demand():
    case = promoted(on_hand=0, start=-3, end=5)
    assert state(case.but(doors=(Door(on_hand=0, baseline=0.0),))) is State.OK


def test_a_window_that_has_begun_counts_from_today():
    risk = assess(promoted(on_hand=100, start=-20, end=1))

    assert risk.window.demand_units[0] == pytest.approx(4.0)


def test_a_campaign_that_is_over_has_no_risk():
    risk = assess(promoted(on_hand=0, start=-9, end=-1))

    assert State(risk.state[0]) is State.OK
    assert np.isnan(risk.cover[0])


def test_without_demand_cover_is_undefined_and_nothing_is_wrong():
    risk = assess(promoted(on_hand=10, ratio=-1.0))

    assert np.isnan(risk.cover[0])
    assert State(risk.state[0]) is State.OK


@pytest.mark.parametrize("door", [Door(on_hand=None, baseline=7.0), Door(on_hand=99, baseline=None)])
def test_an_unknown_stock_or_baseline_is_no_data(door):
    assert state(promoted(on_hand=1).but(doors=(door,))) is State.NO_DATA


def test_a_campaign_beyond_the_horizon_is_no_data_and_never_green():
    assert state(promoted(on_hand=999, start=28, end=30)) is State.NO_DATA
    assert state(promoted(on_hand=999, start=27, end=30)) is State.OK


def test_the_threshold_may_differ_by_line():
    case = promoted(on_hand=7 + 14 * 1.5)
    case = case.but(lines=(case.lines[0], Line(1, 0, 7, 13, ratio=0.0)))

    assert [State(found) for found in assess(case, threshold=np.array([1.1, 2.0])).state] == [
        State.OK,
        State.AT_RISK,
    ]


def network(dc_on_hand: float, *, transit_days: int = 0, minimum: float = 0.0) -> Case:
    """A DC with two doors that sell one a day each; a campaign doubles the first's second week."""
    doors = tuple(
        Door(on_hand=0, baseline=7.0, dc=0, transit_days=transit_days, minimum=minimum) for _ in range(2)
    )
    return Case(
        today=SUNDAY,
        buckets=4,
        doors=(Door(on_hand=dc_on_hand), *doors),
        lines=(Line(0, 1, 7, 13, ratio=1.0),),
    )


def test_a_replenished_door_is_as_safe_as_its_dc_is_full():
    """14 units go out in the first week and 21 in the second; the DC has 65 left, shared by demand."""
    risk = assess(network(dc_on_hand=100))

    assert risk.window.own_units[0] == pytest.approx(14.0)
    assert risk.window.dc_units[0] == pytest.approx(65 * 14 / 21)
    assert State(risk.state[0]) is State.OK


def test_a_dc_with_just_enough_leaves_its_door_at_risk():
    risk = assess(network(dc_on_hand=35))

    assert risk.window.dc_units[0] == 0
    assert risk.cover[0] == pytest.approx(1.0)
    assert State(risk.state[0]) is State.AT_RISK


def test_a_dc_that_is_short_makes_the_door_short():
    risk = assess(network(dc_on_hand=14 + 10.5))

    assert risk.window.units_short[0] == pytest.approx(7.0)
    assert State(risk.state[0]) is State.STOCKOUT


def test_a_full_dc_that_cannot_reach_the_door_in_time_does_not_count():
    risk = assess(network(dc_on_hand=1000, transit_days=14))

    assert risk.window.dc_units[0] == 0
    assert State(risk.state[0]) is State.STOCKOUT


def test_a_gap_that_a_receipt_closes_is_watched_even_where_the_dc_covers_the_rest():
    """Without the receipt the first week is short, though the DC sends plenty later in the window."""
    case = network(dc_on_hand=1000, transit_days=7)
    case = case.but(lines=(Line(0, 1, 0, 27, ratio=0.0),), doors=(case.doors[0], *(door_with(1),) * 2))
    case = case.but(receipts=((1, 0, 7.0),))

    assert assess(case).cover_without_inbound[0] > THRESHOLD + MARGIN
    assert state(case) is State.WATCH
    assert state(case.but(receipts=())) is State.STOCKOUT


def door_with(on_hand: float) -> Door:
    return Door(on_hand=on_hand, baseline=7.0, dc=0, transit_days=7)


def test_less_lift_late_in_a_week_may_cost_the_days_before_it_their_part_of_a_ration():
    """20 units for two doors. With the late campaign the door asks 22 and gets 8.5, without it 7 and 3.8."""
    doors = (Door(on_hand=20), Door(baseline=7.0, dc=0), Door(baseline=30.0, dc=0))
    early, late = Line(0, 1, 1, 3, ratio=0.0), Line(1, 1, 4, 6, ratio=5.0)
    case = Case(today=SUNDAY, buckets=1, doors=doors, lines=(early, late))
    less = case.but(lines=(early, Line(1, 1, 4, 6, ratio=0.0)))

    assert assess(case).window.units_short.tolist() == pytest.approx([0.0, 22 * (1 - 20 / 52)])
    assert assess(less).window.units_short.tolist() == pytest.approx([4 - 7 * 20 / 37, 3.0])
    assert projection_of(less).unmet.sum() < projection_of(case).unmet.sum()


def test_e_commerce_counts_on_what_its_dc_has_left():
    case = network(dc_on_hand=100)
    doors = (Door(on_hand=100), Door(on_hand=None, baseline=7.0, dc=0, sells_from_dc=True), case.doors[2])
    risk = assess(case.but(doors=doors))

    assert risk.window.own_units[0] == pytest.approx(14.0)
    assert risk.window.dc_units[0] == pytest.approx(65 * 14 / 21)
    assert State(risk.state[0]) is State.OK


def test_e_commerce_is_out_when_its_dc_is():
    doors = (Door(on_hand=0), Door(on_hand=None, baseline=7.0, dc=0, sells_from_dc=True))
    case = Case(today=SUNDAY, doors=doors, lines=(Line(0, 1, -1, 5, ratio=0.0),))

    assert state(case) is State.OUT
    assert state(case.but(doors=(Door(on_hand=100), doors[1]))) is State.OK
    assert state(case.but(doors=(Door(on_hand=None), doors[1]))) is State.NO_DATA


def test_a_line_that_the_projection_does_not_know_is_refused():
    case = promoted(on_hand=10)
    with pytest.raises(ValueError, match="not in the demand"):
        window_supply(projection_of(case.but(lines=())), lines_of(case))


def test_states_are_ordered_by_severity_and_named_as_stored():
    assert sorted(State) == [
        State.OK,
        State.NO_DATA,
        State.WATCH,
        State.AT_RISK,
        State.STOCKOUT,
        State.OUT,
    ]
    assert [state.value for state in State] == list(range(6))
    assert State.AT_RISK.slug == "at_risk"
    assert all(State.of_slug(found.slug) is found for found in State)
    assert [found for found in State if found.is_flagged] == [State.AT_RISK, State.STOCKOUT, State.OUT]


@pytest.mark.parametrize(
    ("lacking_units", "short_units", "found", "day"),
    [(0.004, 0.0, State.AT_RISK, NO_DAY), (0.006, 0.006, State.STOCKOUT, 13)],
)
def test_less_than_a_two_hundredth_of_a_unit_is_no_shortage(lacking_units, short_units, found, day):
    risk = assess(promoted(21 - lacking_units))
    assert risk.window.units_short.tolist() == pytest.approx([short_units], abs=1e-9)
    assert (risk.state.tolist(), risk.window.first_short_day.tolist()) == ([found], [day])
