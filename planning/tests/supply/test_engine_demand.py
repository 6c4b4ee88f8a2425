"""Expected demand: parts kept apart, partial weeks, campaigns that have started."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given

from planning.supply.engine import NEVER, expected_weekly
from planning.tests.supply.engine_cases import (
    Case,
    Door,
    Line,
    cases,
    close,
    demand_of,
    lines_of,
    many,
    sku_doors_of,
)
from planning.tests.supply.engine_oracle import bucket_of, days_of, project_slowly, uplift_of

WEDNESDAY = date(2026, 11, 25)
ONE_DOOR = Case(today=WEDNESDAY, buckets=3, doors=(Door(baseline=7.0),))


def test_the_baseline_of_a_partial_week_is_a_share_of_days():
    assert demand_of(ONE_DOOR).total[:, 0].tolist() == [4.0, 7.0, 7.0]


def test_a_door_without_a_baseline_expects_nothing():
    demand = demand_of(ONE_DOOR.but(doors=(Door(baseline=None),)))

    assert demand.total.sum() == 0


def test_a_door_expects_nothing_before_it_opens_and_after_it_closes():
    doors = (Door(baseline=7.0, opens=2), Door(baseline=7.0, closes=6))
    demand = demand_of(ONE_DOOR.but(doors=doors, lines=(Line(0, 1, start=4, end=5, ratio=1.0),)))

    assert demand.total[:, 0].tolist() == [2.0, 7.0, 7.0]
    assert demand.baseline[:, 1].tolist() == [4.0, 2.0, 0.0]
    assert demand.total[:, 1].tolist() == [4.0, 4.0, 0.0]


@pytest.mark.parametrize(
    ("opens", "closes", "baseline"),
    [
        (0, 18, [4.0, 7.0, 7.0]),
        (0, 17, [4.0, 7.0, 6.0]),
        (1, 99, [3.0, 7.0, 7.0]),
        (-9, 1, [1.0, 0.0, 0.0]),
        (5, 7, [0.0, 2.0, 0.0]),
        (-9, 0, [0.0, 0.0, 0.0]),
    ],
)
def test_a_door_sells_on_the_days_on_which_it_is_open(opens, closes, baseline):
    case = ONE_DOOR.but(doors=(Door(baseline=7.0, opens=opens, closes=closes),))

    assert demand_of(case).total[:, 0] == pytest.approx(baseline)
    lifted = case.but(lines=(Line(0, 0, start=0, end=17, ratio=0.0),))
    assert demand_of(lifted).total[:, 0] == pytest.approx(baseline)


def test_a_ratio_lifts_the_baseline_on_the_campaigns_own_days():
    case = ONE_DOOR.but(lines=(Line(0, 0, start=2, end=5, ratio=0.5),))  # Friday to Monday

    assert demand_of(case).uplift[:, 0] == pytest.approx([1.0, 1.0, 0.0])
    assert demand_of(case).baseline[:, 0].tolist() == [4.0, 7.0, 7.0]


def test_a_campaign_that_has_started_counts_its_remaining_days_only():
    case = ONE_DOOR.but(lines=(Line(0, 0, start=-6, end=3, units=100.0),))

    assert demand_of(case).uplift[:, 0] == pytest.approx([40.0, 0.0, 0.0])


def test_a_campaign_that_is_over_counts_nothing():
    case = ONE_DOOR.but(lines=(Line(0, 0, start=-6, end=-1, units=100.0),))

    assert demand_of(case).uplift[:, 0] == pytest.approx([0.0, 0.0, 0.0])


def test_total_units_go_to_the_doors_in_proportion_to_their_baseline():
    doors = (Door(baseline=30.0), Door(baseline=10.0), Door(baseline=0.0))
    lines = tuple(Line(0, row, start=4, end=10, units=80.0) for row in range(3))
    demand = demand_of(ONE_DOOR.but(doors=doors, lines=lines))

    assert demand.uplift[1] == pytest.approx([60.0, 20.0, 0.0])


def test_total_units_go_evenly_where_no_door_has_a_baseline():
    doors = (Door(baseline=0.0), Door(baseline=None))
    lines = tuple(Line(0, row, start=4, end=10, units=80.0) for row in range(2))
    demand = demand_of(ONE_DOOR.but(doors=doors, lines=lines))

    assert demand.uplift[1] == pytest.approx([40.0, 40.0])


def test_a_ratio_is_of_the_baseline_of_the_days_week():
    case = ONE_DOOR.but(
        doors=(Door(baseline=(7.0, 14.0, 21.0)),), lines=(Line(0, 0, start=2, end=12, ratio=0.5),)
    )

    assert demand_of(case).baseline[:, 0].tolist() == [4.0, 14.0, 21.0]
    assert demand_of(case).uplift[:, 0] == pytest.approx([1.0, 7.0, 3.0])


def test_the_last_known_week_of_a_baseline_goes_on():
    demand = demand_of(ONE_DOOR.but(buckets=4, doors=(Door(baseline=(7.0, 14.0)), Door(baseline=(7.0,)))))

    assert demand.total[:, 0].tolist() == [4.0, 14.0, 14.0, 14.0]
    assert demand.total[:, 1].tolist() == [4.0, 7.0, 7.0, 7.0]


def test_total_units_go_by_the_mean_baseline_of_the_days_in_view():
    """Three days of this week and four of the next: 70 and 140 a week weigh 110; a flat 110 the same."""
    doors = (Door(baseline=(70.0, 140.0)), Door(baseline=110.0), Door(baseline=(0.0, 140.0)))
    lines = tuple(Line(0, row, start=1, end=7, units=21.0 * 30) for row in range(2))
    found = demand_of(ONE_DOOR.but(doors=doors, lines=lines)).uplift

    assert found[:, 0] == pytest.approx([3 * 45.0, 4 * 45.0, 0.0])
    assert found[:, 1] == pytest.approx([3 * 45.0, 4 * 45.0, 0.0])
    late = (Line(0, 1, start=1, end=7, units=500.0), Line(0, 2, start=4, end=10, units=500.0))
    found = demand_of(ONE_DOOR.but(doors=doors, lines=late)).uplift
    assert found.sum(axis=0) == pytest.approx([0.0, 220.0, 280.0])


def test_a_door_whose_days_are_not_in_view_weighs_by_this_weeks_baseline():
    doors = (Door(baseline=10.0), Door(baseline=(30.0, 90.0)))
    lines = (Line(0, 0, start=4, end=5, units=80.0), Line(0, 1, start=60, end=70, units=80.0))

    assert demand_of(ONE_DOOR.but(doors=doors, lines=lines)).uplift.sum() == pytest.approx(20.0)


def test_overlapping_campaigns_add_up_and_each_keeps_its_share():
    case = ONE_DOOR.but(
        lines=(Line(0, 0, start=4, end=10, ratio=1.0), Line(1, 0, start=8, end=20, units=13.0))
    )
    demand = demand_of(case)

    shares = demand.uplift_by_line(lines_of(case))
    assert shares == pytest.approx(np.array([[0.0, 0.0], [7.0, 3.0], [0.0, 7.0]]))
    assert demand.uplift[:, 0] == pytest.approx(shares.sum(axis=1))


def test_negative_lifts_together_never_make_demand_negative():
    lines = (
        *(Line(number, 0, start=4, end=10, ratio=-0.8) for number in range(2)),
        Line(2, 1, 0, 9, ratio=1.0),
    )
    demand = demand_of(ONE_DOOR.but(doors=ONE_DOOR.doors * 2, lines=lines))

    assert demand.total[:, 0] == pytest.approx([4.0, 0.0, 7.0])
    assert demand.floored[:, 0] == pytest.approx([0.0, 4.2, 0.0])


@pytest.mark.parametrize("units", [-6.3, -63.0])
def test_a_negative_lift_in_units_never_makes_demand_negative(units):
    doors = (Door(baseline=0.0), Door(baseline=7.0))
    lines = (Line(0, 0, start=4, end=10, units=units), Line(1, 1, start=4, end=10, units=70.0))
    demand = demand_of(ONE_DOOR.but(doors=doors, lines=lines))

    assert demand.total[:, 0].tolist() == [0.0, 0.0, 0.0]
    assert demand.floored[:, 0] == pytest.approx([0.0, -units, 0.0])
    assert demand.total[:, 1] == pytest.approx([4.0, 77.0, 7.0])
    alone = demand_of(ONE_DOOR.but(doors=doors, lines=lines[:1]))
    assert alone.total[:, 0].tolist() == [0.0, 0.0, 0.0]


@pytest.mark.parametrize(
    ("first", "last", "uplift"),
    [
        (3, 3, [1.0, 0.0, 0.0]),  # the Saturday that ends the week
        (4, 4, [0.0, 1.0, 0.0]),  # the Sunday that begins the next
        (3, 4, [1.0, 1.0, 0.0]),
        (4, 10, [0.0, 7.0, 0.0]),  # a whole fiscal week
        (10, 11, [0.0, 1.0, 1.0]),
        (0, 17, [4.0, 7.0, 7.0]),
        (17, 30, [0.0, 0.0, 1.0]),
    ],
)
def test_the_days_of_a_campaign_fall_into_their_fiscal_weeks(first, last, uplift):
    case = ONE_DOOR.but(lines=(Line(0, 0, first, last, ratio=1.0),))

    assert demand_of(case).uplift[:, 0] == pytest.approx(uplift)


def test_a_ratio_of_no_baseline_is_nothing():
    case = ONE_DOOR.but(doors=(Door(baseline=0.0),), lines=(Line(0, 0, 0, 17, ratio=3.0),))

    assert demand_of(case).total.sum() == 0


def test_a_campaign_across_the_end_of_a_year_counts_all_its_days():
    """Fiscal year 2026 ends on 30 January 2027, a Saturday."""
    case = ONE_DOOR.but(today=date(2027, 1, 27), lines=(Line(0, 0, start=2, end=5, units=40.0),))

    assert demand_of(case).uplift[:, 0] == pytest.approx([20.0, 20.0, 0.0])


def test_a_campaign_across_the_end_of_a_year_of_53_weeks_misses_no_day():
    case = Case(
        today=date(2029, 1, 24), buckets=3, doors=(Door(baseline=7.0),), lines=(Line(0, 0, 0, 17, ratio=1.0),)
    )

    assert demand_of(case).uplift[:, 0] == pytest.approx([4.0, 7.0, 7.0])


@many
@given(case=cases())
def test_demand_equals_the_sum_of_its_days(case):
    demand, slow = demand_of(case), project_slowly(case)
    days = days_of(case, demand.horizon.buckets)

    assert close(demand.total, slow.demand)
    assert close(demand.total, demand.baseline + demand.uplift + demand.floored)
    assert (demand.total >= -1e-9).all()
    assert (demand.floored >= 0).all()
    assert demand.promoted.tolist() == sorted({line.row for line in case.lines})
    assert demand.column[demand.promoted].tolist() == list(range(len(demand.promoted)))
    others = np.delete(demand.column, demand.promoted)
    assert others.tolist() == [-1] * len(others)
    for column, row in enumerate(demand.promoted.tolist()):
        daily = [slow.daily[day, row] for day in days]
        assert close(demand.daily[:, column], daily)
        to_day = [
            sum(daily[other] for other in days[: day + 1] if bucket_of(case, other) == bucket_of(case, day))
            for day in days
        ]
        assert close(demand.to_day[:, column], to_day)


@many
@given(case=cases())
def test_the_uplift_of_each_campaign_can_be_opened(case):
    demand = demand_of(case)
    shares = demand.uplift_by_line(lines_of(case))

    expected = np.zeros(shares.shape)
    together = np.zeros(demand.uplift.shape)
    for place, entry in enumerate(case.lines):
        for day in days_of(case, demand.horizon.buckets):
            expected[bucket_of(case, day), place] += uplift_of(case, entry, day)
        together[:, entry.row] += expected[:, place]
    assert close(shares, expected)
    assert close(demand.uplift, together)


def weekly_of(case: Case) -> np.ndarray:
    return expected_weekly(case.horizon, sku_doors_of(case), lines_of(case))


def lifting(line: Line) -> Line:
    """The same line, which takes nothing away."""
    if line.ratio is None:
        return replace(line, units=abs(line.units))
    return replace(line, ratio=abs(line.ratio))


@many
@given(cases())
def test_the_demand_of_weeks_alone_is_that_of_their_days(case):
    doors = tuple(replace(door, opens=0, closes=NEVER) for door in case.doors)
    always_open = case.but(doors=doors, lines=tuple(map(lifting, case.lines)))
    weekly = weekly_of(always_open)
    assert close(weekly, demand_of(always_open).total[: case.buckets])


def test_the_demand_of_weeks_alone_counts_open_days_and_never_falls_below_nothing():
    doors = (Door(baseline=7.0, closes=6), Door(baseline=7.0))
    lines = (Line(0, 0, start=4, end=10, ratio=1.0), Line(1, 1, start=4, end=10, ratio=-3.0))
    weekly = weekly_of(ONE_DOOR.but(doors=doors, lines=lines))
    # Of the first door's second week two days are open, so two sevenths of its 7 and of what lifts them.
    assert weekly[:, 0] == pytest.approx([4.0, 4.0, 0.0])
    assert weekly[:, 1] == pytest.approx([4.0, 0.0, 7.0])
