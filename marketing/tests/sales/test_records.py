"""Sales brought to fiscal weeks: nothing is lost, nothing is made up."""

from datetime import date

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from marketing.sales.records import (
    NO_REVENUE,
    SalesRecords,
    by_fiscal_week,
    joined,
    promoted_days_by_week,
    split_at_week_ends,
    week_starts,
    without_overlap,
)
from sop_site.fiscal import week_start

WEDNESDAY = date(2010, 11, 10).toordinal()
scaled = st.integers(-(10**9), 10**9)


def record(first_day: int, last_day: int, units: int, *, cell: int = 1, **facts) -> SalesRecords:
    values = {
        "revenue": NO_REVENUE,
        "base_price": np.nan,
        "promoted_days": 0,
        "out_of_stock_share": 0.0,
        **facts,
    }
    whole = [cell, first_day, last_day, units, values["revenue"]]
    return SalesRecords(
        *(np.array([value], dtype=np.int64) for value in whole),
        np.array([values["base_price"]], dtype=np.float64),
        np.array([values["promoted_days"]], dtype=np.int64),
        np.array([values["out_of_stock_share"]], dtype=np.float64),
    )


records = st.builds(
    lambda day, units, revenue, cell, promoted: record(
        day, day + 6, units, cell=cell, revenue=revenue, promoted_days=promoted
    ),
    st.integers(WEDNESDAY, WEDNESDAY + 60),
    scaled,
    scaled,
    st.integers(0, 3),
    st.integers(0, 7),
)


@given(st.integers(8, date.max.toordinal()))
def test_week_starts_are_those_of_the_fiscal_calendar(day):
    assert week_starts(np.array([day]))[0] == week_start(date.fromordinal(day)).toordinal()


def test_a_week_from_thursday_to_wednesday_is_cut_after_saturday():
    parts = split_at_week_ends(record(WEDNESDAY - 6, WEDNESDAY, 12 * 10_000, promoted_days=7))

    # 12 units over 7 days are 1.7142 a day; three days lie before Sunday, the last day takes the rest.
    assert parts.units.tolist() == [51_426, 120_000 - 51_426]
    assert (parts.last_day - parts.first_day + 1).tolist() == [3, 4]
    assert parts.promoted_days.tolist() == [3, 4]


def test_a_week_that_ends_on_saturday_stays_whole():
    saturday = WEDNESDAY + 3

    assert split_at_week_ends(record(saturday - 6, saturday, 5)).units.tolist() == [5]


@given(st.lists(records, min_size=1, max_size=30))
def test_units_and_revenue_are_kept_exactly(parts):
    whole = joined(parts)

    weeks = by_fiscal_week(split_at_week_ends(whole))

    for cell in set(whole.cell.tolist()):
        assert weeks.units[weeks.cell == cell].sum() == whole.units[whole.cell == cell].sum()
        assert weeks.revenue[weeks.cell == cell].sum() == whole.revenue[whole.cell == cell].sum()
    assert (weeks.observed_days <= 7).all()
    assert (weeks.promoted_days <= 7).all()
    assert len({*zip(weeks.cell.tolist(), weeks.week_start.tolist(), strict=True)}) == len(weeks.cell)


def test_days_add_up_to_a_week_with_the_last_price_and_the_mean_share_out_of_stock():
    sunday = week_start(date.fromordinal(WEDNESDAY)).toordinal()
    days = joined(
        [
            record(sunday, sunday, 10_000, revenue=50_000, base_price=6.0, out_of_stock_share=0.5),
            record(sunday + 1, sunday + 1, 20_000, revenue=90_000, base_price=5.0),
            record(sunday + 2, sunday + 2, 30_000, revenue=90_000, promoted_days=1),
        ]
    )

    week = by_fiscal_week(days)

    assert week.units.tolist() == [60_000]
    assert week.revenue.tolist() == [230_000]
    assert week.base_price.tolist() == [5.0]
    assert week.observed_days.tolist() == [3]
    assert week.promoted_days.tolist() == [1]
    assert week.out_of_stock_share.tolist() == [0.5 / 3]


def test_a_week_of_which_a_day_has_no_revenue_has_none():
    days = joined([record(700, 700, 1, revenue=5), record(701, 701, 1)])

    assert by_fiscal_week(days).revenue.tolist() == [NO_REVENUE]


def test_daily_sales_win_over_weekly_ones_of_the_same_cell_and_week():
    daily = record(702, 702, 3)
    weekly = joined([record(700, 706, 50), record(707, 713, 60), record(700, 706, 70, cell=2)])

    assert without_overlap(weekly, daily).units.tolist() == [60, 70]


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(700, 740), st.integers(0, 20)), max_size=12))
def test_a_day_in_two_promotions_is_promoted_once(events):
    expected: dict[tuple[int, int], set[int]] = {}
    for cell, first, length in events:
        for day in range(first, first + length + 1):
            expected.setdefault((cell, day - day % 7), set()).add(day)

    cells, weeks, days = promoted_days_by_week(
        *(
            np.array(column, dtype=np.int64)
            for column in (
                [cell for cell, _, _ in events],
                [first for _, first, _ in events],
                [first + length for _, first, length in events],
            )
        )
    )

    found = dict(zip(zip(cells.tolist(), weeks.tolist(), strict=True), days.tolist(), strict=True))
    assert found == {key: len(value) for key, value in expected.items()}


def test_no_records_make_no_weeks():
    empty = record(700, 700, 1).where(np.zeros(1, dtype=bool))

    assert len(by_fiscal_week(empty).cell) == 0
    assert len(promoted_days_by_week(empty.cell, empty.first_day, empty.last_day)[0]) == 0
