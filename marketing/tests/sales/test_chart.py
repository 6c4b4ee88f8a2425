"""The numbers of the picture of weekly sales and a baseline."""

from datetime import date

import pytest

from marketing.sales.chart import ChartWeek, SalesChart, sales_chart
from sop_site.fiscal import WEEK

FIRST = date(2026, 3, 1)


def drawn(*facts: dict) -> SalesChart:
    """The picture of weeks in a row."""
    weeks = [ChartWeek(FIRST + number * WEEK, **fact) for number, fact in enumerate(facts)]
    chart = sales_chart(weeks, title="Sold", words="Every week.", band_word="promotion")
    assert chart is not None
    return chart


def test_bars_stand_on_the_floor_in_proportion_to_what_was_sold():
    chart = drawn({"units": 20}, {"units": 80}, {"units": None}, {"units": 40})
    floor, full = float(chart.floor), float(chart.plot_height)
    assert [float(bar.height) / full for bar in chart.bars] == pytest.approx([0.25, 1, 0.5])
    assert [float(bar.y) + float(bar.height) for bar in chart.bars] == [floor] * 3
    assert [line.text for line in chart.grid] == ["0", "20", "40", "60", "80"]


def test_the_baseline_is_level_within_a_week_and_breaks_off_where_there_is_none():
    chart = drawn({"baseline": 40}, {"baseline": 80}, {"units": 80}, {"baseline": 0})
    left, slot = float(chart.left), (float(chart.right) - float(chart.left)) / 4
    top, floor = float(chart.top), float(chart.floor)
    at = [f"{left + place * slot:.1f}" for place in range(5)]
    middle = (top + floor) / 2
    assert chart.baseline == (f"M{at[0]} {middle:.1f}H{at[1]}V{top:.1f}H{at[2]}M{at[3]} {floor:.1f}H{at[4]}")


def test_the_band_spans_its_weeks_and_no_more():
    band = drawn(*({"units": 10, "in_band": number in (1, 2)} for number in range(4))).band
    chart = drawn({"units": 1})
    left, right = float(chart.left), float(chart.right)
    assert band is not None
    assert float(band.x) == left + (right - left) / 4
    assert float(band.width) == (right - left) / 2
    assert float(band.middle) == (left + right) / 2
    assert band.word == "promotion"
    assert chart.band is None


def test_a_mark_stands_above_its_bar():
    marked, plain = drawn({"units": 5, "is_marked": True}, {"units": 5}).bars
    assert float(marked.mark_y) < float(marked.y)
    assert plain.mark_y == ""


@pytest.mark.parametrize(("weeks", "is_long"), [(36, False), (84, True)])
def test_every_fourth_week_is_dated_and_many_weeks_make_the_picture_longer(weeks, is_long):
    chart = drawn(*[{"units": 1}] * weeks)
    newest = FIRST + (weeks - 1) * WEEK
    assert [day.text for day in chart.dates[-2:]] == [
        f"{day.day} {day:%b}" for day in (newest - 4 * WEEK, newest)
    ]
    assert chart.is_long is is_long
    before, last = (float(day.at) for day in chart.dates[-2:])
    assert last - before >= 50
    assert last + 20 <= float(chart.width)


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
    assert [line.text for line in drawn({"units": highest}).grid] == labels
    assert [line.text for line in drawn({"baseline": highest}).grid] == labels


def test_returns_are_drawn_as_nothing_and_said():
    bar = drawn({"units": -3, "note": "promoted"}, {"units": 4}).bars[0]
    assert bar.height == "0.0"
    assert bar.words == "Week of Sun 1 Mar 2026: −3 units, promoted"


def test_without_weeks_there_is_no_picture():
    assert sales_chart([], title="Sold", words="") is None
