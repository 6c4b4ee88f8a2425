"""The numbers of the picture of a past promotion."""

from datetime import date

import pytest

from marketing.lift.chart import sales_chart
from marketing.lift.queries import WeekSold
from sop_site.fiscal import WEEK

FIRST = date(2026, 3, 1)


def week(number: int, units: float | None, *, promoted: bool = False, another: bool = False) -> WeekSold:
    return WeekSold(FIRST + number * WEEK, units, 2, promoted, another)


def test_bars_stand_on_the_floor_in_proportion_to_what_was_sold():
    chart = sales_chart(
        [week(0, 20), week(1, 80, promoted=True), week(2, None), week(3, 40, another=True)], 20
    )
    assert chart is not None
    floor, full = float(chart.floor), float(chart.plot_height)
    assert [float(bar.height) / full for bar in chart.bars] == pytest.approx([0.25, 1, 0, 0.5])
    assert [float(bar.y) + float(bar.height) for bar in chart.bars] == [floor] * 4
    assert [bar.kind for bar in chart.bars] == ["is-calm", "is-promoted", "is-calm", "is-other"]
    assert float(chart.baseline_y) == floor - full / 4
    assert [line.label for line in chart.grid] == ["0", "20", "40", "60", "80"]


def test_the_promotion_spans_its_weeks_and_no_more():
    chart = sales_chart([week(number, 10, promoted=number in (1, 2)) for number in range(4)], 5)
    assert chart is not None
    left, right = float(chart.left), float(chart.right)
    assert float(chart.promotion_x) == left + (right - left) / 4
    assert float(chart.promotion_end) == left + (right - left) * 3 / 4
    assert float(chart.promotion_middle) == (left + right) / 2


@pytest.mark.parametrize(
    ("highest", "labels"),
    [
        (7, ["0", "2", "4", "6", "8"]),
        (1, ["0", "0.3", "0.5", "0.8", "1"]),
        (9_000, ["0", "2.5k", "5k", "7.5k", "10k"]),
        (0, ["0"]),
    ],
)
def test_the_scale_has_round_steps(highest, labels):
    chart = sales_chart([week(0, highest, promoted=True)], 0)
    assert chart is not None
    assert [line.label for line in chart.grid] == labels


def test_returns_are_drawn_as_nothing():
    chart = sales_chart([week(0, -3, promoted=True), week(1, 4)], 1)
    assert chart is not None
    assert chart.bars[0].height == "0.0"
    assert chart.bars[0].words == "Week of Sun 1 Mar 2026: −3 units"


def test_without_a_week_of_the_promotion_there_is_no_picture():
    assert sales_chart([week(0, 10)], 5) is None
    assert sales_chart([], 5) is None
