"""What a week of SKU-doors came to, on numbers that can be worked out by hand, and its rules on any."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorecard.measures.taking.engine import (
    EVERY_DAY,
    NO_CATEGORY,
    Part,
    SkuDoorWeek,
    Tree,
    count_days,
    days_between,
    joined_promotions,
    summed,
    summed_upwards,
    taken,
)

SUN, MON, TUE, WED, THU, FRI, SAT = (1 << day for day in range(7))
ABSENT = {"observed_days": 0.0, "units": 0.0, "out_share": 0.0, "revenue": np.nan, "base_price": np.nan}


def week_of(**facts) -> SkuDoorWeek:
    """One SKU-door that is offered, observed and in stock all week and sold 7 at 50.00, cost 20.00."""
    defaults = {
        "offered": EVERY_DAY,
        "promoted": 0,
        "seen": EVERY_DAY,
        "out": 0,
        "observed_days": 7.0,
        "units": 7.0,
        "out_share": 0.0,
        "revenue": 350.0,
        "base_price": 50.0,
        "price": 50.0,
        "cost": 20.0,
        "baseline_units": 14.0,
    }
    sets = ("offered", "promoted", "seen", "out")
    arrays = {
        name: np.array([value], dtype=np.uint8 if name in sets else float)
        for name, value in (defaults | facts).items()
        if name != "observed_in_general"
    }
    return SkuDoorWeek(**arrays, observed_in_general=facts.get("observed_in_general", 7.0))


def figures(part: Part, *names: str) -> list[float]:
    """Some figures of the one SKU-door."""
    return [float(getattr(part, name)[0]) for name in names]


def test_days_outside_the_week_are_left_out():
    first, last = np.array([-3, 2, 5, 8, 3]), np.array([1, 4, 9, 9, 2])
    assert days_between(first, last).tolist() == [SUN | MON, TUE | WED | THU, FRI | SAT, 0, 0]
    assert count_days(np.array([0, SUN, EVERY_DAY], dtype=np.uint8)).tolist() == [0, 1, 7]


def test_of_several_mechanics_the_one_with_the_most_days_then_the_lowest_id():
    cell = np.array([0, 0, 0, 1, 1, 3])
    mechanic = np.array([9, 4, 4, 8, 5, 7])
    days = np.array([SUN | MON, SUN, TUE | WED, SUN, MON, 0], dtype=np.uint8)
    promoted, chosen = joined_promotions(cell, mechanic, days, cells=4)
    assert promoted.tolist() == [SUN | MON | TUE | WED, SUN | MON, 0, 0]
    assert chosen.tolist() == [4, 5, 0, 0]


def test_no_promotion_at_all():
    none = np.empty(0, dtype=np.int64)
    promoted, chosen = joined_promotions(none, none, none.astype(np.uint8), cells=2)
    assert (promoted.tolist(), chosen.tolist()) == ([0, 0], [0, 0])


def test_ten_sold_with_half_of_the_time_out_is_a_demand_of_twenty():
    """Definitions, Lost sales [I1]."""
    promoted, other = taken(week_of(seen=0, units=10.0, revenue=500.0, out_share=0.5))
    assert figures(other, "days", "out_days", "sold", "unmet") == [7, 3.5, 10, 10]
    assert figures(other, "lost_revenue", "lost_margin") == [500, 300]
    assert figures(promoted, "days", "out_days", "sold", "unmet") == [0, 0, 0, 0]


def test_the_nights_count_before_the_share_that_the_sales_say():
    _, other = taken(week_of(out=MON, out_share=0.9, units=12.0, revenue=600.0))
    assert figures(other, "days", "out_days", "sold", "unmet") == [7, 1, 12, 2]


def test_promoted_days_share_units_by_the_days_in_stock():
    promoted, other = taken(week_of(promoted=WED | THU | FRI | SAT, out=FRI | SAT, units=10.0, revenue=400.0))
    assert figures(promoted, "days", "out_days", "sold", "unmet", "net_sales") == [4, 2, 4, 4, 160]
    assert figures(other, "days", "out_days", "sold", "unmet", "net_sales") == [3, 0, 6, 0, 240]
    assert figures(promoted, "markdown", "sales_at_cost", "margin") == [40, 80, 80]
    # They would have paid the 40.00 that the others paid.
    assert figures(promoted, "lost_revenue", "lost_margin") == [160, 80]


def test_a_markdown_is_what_a_sale_below_the_base_price_gave_away():
    """Definitions, Inventory [E27]: an item of 30 sold at 24 is 25 %."""
    _, other = taken(week_of(units=1.0, revenue=24.0, base_price=30.0))
    assert figures(other, "markdown", "net_sales") == [6, 24]
    _, dearer = taken(week_of(units=1.0, revenue=36.0, base_price=30.0))
    assert figures(dearer, "markdown") == [0]


def test_out_all_the_time_the_baseline_is_the_demand():
    _, other = taken(week_of(out=EVERY_DAY, units=0.0, revenue=0.0))
    assert figures(other, "days", "out_days", "sold", "unmet", "lost_revenue") == [7, 7, 0, 14, 700]
    _, sold_by_day = taken(week_of(out=EVERY_DAY, units=4.0, revenue=200.0))
    assert figures(sold_by_day, "sold", "unmet") == [4, 10]
    _, without = taken(week_of(out=EVERY_DAY, units=0.0, revenue=0.0, baseline_units=0.0))
    assert figures(without, "out_days", "unmet") == [7, 0]


def test_out_all_the_time_without_a_row_of_sales_of_its_own():
    _, other = taken(week_of(out=EVERY_DAY, **ABSENT))
    assert figures(other, "sold", "unmet") == [0, 14]
    _, partly = taken(week_of(out=EVERY_DAY, observed_in_general=3.0, **ABSENT))
    assert figures(partly, "unmet") == [6]


def test_before_any_sales_of_the_week_are_known_nothing_is_unmet():
    _, other = taken(week_of(seen=SUN | MON, out=SUN | MON, observed_in_general=0.0, **ABSENT))
    assert figures(other, "days", "out_days", "sold", "unmet", "unpriced") == [2, 2, 0, 0, 0]


def test_zero_demand_loses_nothing():
    _, other = taken(week_of(out=SUN | MON | TUE, units=0.0, revenue=0.0))
    assert figures(other, "days", "out_days", "sold", "unmet", "lost_margin") == [7, 3, 0, 0, 0]


def test_returns_are_taken_off_the_sales_and_create_no_lost_sales():
    promoted, other = taken(week_of(promoted=SAT, out=SUN, units=-6.0, revenue=-300.0))
    assert figures(other, "sold", "unmet", "net_sales", "markdown") == [-5, 0, -250, 0]
    assert figures(promoted, "sold", "unmet", "sales_at_cost") == [-1, 0, -20]


def test_a_door_that_does_not_range_the_sku_sells_but_stands_in_no_denominator():
    promoted, other = taken(week_of(offered=0, promoted=EVERY_DAY, out=EVERY_DAY))
    assert figures(other, "days", "out_days", "sold", "unmet") == [0, 0, 7, 0]
    assert figures(promoted, "days", "out_days", "sold", "unmet") == [0, 0, 0, 0]


def test_a_door_that_closed_in_the_middle_of_the_week_counts_until_then():
    offered = SUN | MON | TUE
    promoted, other = taken(week_of(offered=offered, promoted=TUE | WED | THU, seen=0, out_share=0.5))
    assert figures(promoted, "days", "out_days") == [1, 0.5]
    assert figures(other, "days", "out_days") == [2, 1]
    _, night = taken(week_of(offered=offered, seen=EVERY_DAY, out=TUE | WED))
    assert figures(night, "days", "out_days") == [3, 1]


def test_a_week_partly_observed_counts_the_observed_days():
    promoted, other = taken(week_of(seen=0, promoted=SUN | MON, observed_days=3.5, units=7.0, out_share=0.5))
    assert figures(promoted, "days", "out_days", "sold", "unmet") == [1, 0.5, 2, 2]
    assert figures(other, "days", "out_days", "sold", "unmet") == [2.5, 1.25, 5, 5]


def test_where_nights_saw_the_promoted_days_alone_the_sales_tell_of_the_others():
    promoted, other = taken(week_of(promoted=SAT, seen=SAT, out=SAT, out_share=0.5, units=6.0))
    assert figures(promoted, "days", "out_days") == [1, 1]
    assert figures(other, "days", "out_days") == [6, 3]


def test_units_without_a_price_or_cost_are_counted_and_not_valued():
    unknown = {"revenue": np.nan, "base_price": np.nan, "price": np.nan, "cost": np.nan}
    _, other = taken(week_of(out=SUN, units=6.0, **unknown))
    assert figures(other, "unpriced", "uncosted", "net_sales", "margin", "lost_revenue") == [7, 7, 0, 0, 0]
    _, uncosted = taken(week_of(out=SUN, units=6.0, revenue=300.0, cost=np.nan))
    assert figures(uncosted, "unpriced", "uncosted", "net_sales", "margin", "lost_revenue") == [
        0,
        7,
        300,
        0,
        50,
    ]
    _, at_price = taken(week_of(units=6.0, revenue=np.nan, base_price=np.nan))
    assert figures(at_price, "unpriced", "net_sales", "markdown") == [0, 300, 0]


def test_sums_by_key():
    keys, sums = summed(np.array([7, 3, 7]), np.array([[1.0, 2.0, 4.0], [0.5, 0.5, 0.5]]))
    assert (keys.tolist(), sums.tolist()) == ([3, 7], [[2, 5], [0.5, 1]])


def test_sums_over_categories_are_of_everything_and_of_those_with_others_below():
    # 5 and 9 at the top; 6 below 5, 7 below 6. 8 stands below 9 and has no row.
    tree = Tree(np.array([5, 6, 7, 8, 9]), np.array([NO_CATEGORY, 5, 6, 9, NO_CATEGORY]))
    width = 10
    rows = {(NO_CATEGORY, 3): 1.0, (5, 3): 2.0, (6, 3): 4.0, (7, 3): 8.0, (7, 4): 16.0, (9, 4): 32.0}
    keys = np.array([(category + 1) * width + rest for category, rest in rows])
    found, (sums,) = summed_upwards(keys, np.array([list(rows.values())]), width, tree)
    assert {
        (key // width - 1, key % width): units
        for key, units in zip(found.tolist(), sums.tolist(), strict=True)
    } == {
        (NO_CATEGORY, 3): 15.0,
        (NO_CATEGORY, 4): 48.0,
        (5, 3): 14.0,
        (5, 4): 16.0,
        (6, 3): 12.0,
        (6, 4): 16.0,
    }


day_sets = st.integers(0, EVERY_DAY)
weeks = st.builds(
    week_of,
    offered=day_sets,
    promoted=day_sets,
    seen=day_sets,
    out=day_sets,
    observed_days=st.integers(0, 7).map(float),
    units=st.integers(-500_000, 5_000_000).map(lambda count: count / 10_000),
    out_share=st.integers(0, 100).map(lambda percent: percent / 100),
    revenue=st.floats(-2_000, 20_000) | st.just(np.nan),
    base_price=st.floats(1, 100) | st.just(np.nan),
    price=st.floats(1, 100) | st.just(np.nan),
    cost=st.floats(0, 100) | st.just(np.nan),
    baseline_units=st.floats(0, 100),
    observed_in_general=st.integers(0, 7).map(float),
)


@given(weeks)
def test_promoted_and_other_days_add_up_to_the_week(week):
    promoted, other = taken(week)
    assert promoted.sold + other.sold == pytest.approx(week.units)
    # Whether a day is promoted moves no unit, no day and no money of the whole week that nights saw.
    if (
        week.seen[0] & week.offered[0] & week.promoted[0]
        and week.seen[0] & week.offered[0] & ~week.promoted[0]
    ):
        _, whole = taken(replace(week, promoted=np.zeros(1, dtype=np.uint8)))
        for name in Part.__slots__:
            assert getattr(promoted, name) + getattr(other, name) == pytest.approx(
                getattr(whole, name), abs=1e-6
            )


@given(weeks)
def test_never_more_days_out_than_days_and_never_unmet_units_below_none(week):
    for part in taken(week):
        assert part.out_days <= part.days
        assert part.days <= count_days(week.offered)
        assert part.unmet >= 0
        assert part.lost_revenue >= -1e-9 or np.nan_to_num(week.revenue) < 0
        assert np.isfinite([getattr(part, name)[0] for name in Part.__slots__]).all()
