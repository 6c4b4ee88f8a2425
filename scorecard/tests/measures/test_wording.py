"""How the scorecard writes its figures."""

import pytest

from scorecard.measures.charts import spark, trend_chart
from scorecard.measures.choices import Measure
from scorecard.measures.figure import Figure
from scorecard.measures.wording import (
    change_text,
    direction_word,
    n_text,
    target_text,
    typed_help,
    typed_value,
    value_text,
)


@pytest.mark.parametrize(
    ("measure", "value", "text"),
    [
        (Measure.STOCKOUT_DAYS, 0.131, "13.1%"),
        (Measure.STOCKOUT_DAYS, None, "no data"),
        (Measure.VALUE_PLANNING, 0.021, "+2.1 points"),
        (Measure.VALUE_PLANNING, -0.021, "−2.1 points"),
        (Measure.VALUE_PLANNING, 0.0, "0.0 points"),
        (Measure.WEEKS_BACK, 7.46, "7.5 weeks"),
        (Measure.TURN, 4.16, "4.2×"),
        (Measure.DECISION_LEAD, 41.0, "41 days"),
        (Measure.LOST_MARGIN, 12_431.0, "$12.4k"),
        (Measure.BIAS, 0.032, "3.2% over-forecast"),
        (Measure.BIAS, -0.032, "3.2% under-forecast"),
        (Measure.BIAS, 0.0001, "neither over nor under"),
    ],
)
def test_each_unit_is_written_its_own_way(measure, value, text):
    assert value_text(measure, value) == text


@pytest.mark.parametrize(
    ("measure", "value", "before", "change", "word"),
    [
        (Measure.STOCKOUT_DAYS, 0.131, 0.119, "+1.2 points", "worse"),
        (Measure.STOCKOUT_DAYS, 0.119, 0.131, "−1.2 points", "better"),
        (Measure.STOCKOUT_DAYS, 0.119, 0.119, "0.0 points", ""),
        (Measure.STOCKOUT_DAYS_OTHER, 0.0784, 0.0786, "−0.1 points", ""),
        (Measure.TURN, 1_003.96, 999.84, "+4.2×", "better"),
        (Measure.STOCKOUT_DAYS, 0.119, None, "", ""),
        (Measure.GMROI, 1.66, 1.64, "+0.1×", ""),
        (Measure.ACCURACY_OTHER, 0.8, 0.7, "+10.0 points", "better"),
        (Measure.BIAS, -0.01, 0.05, "−6.0 points", "better"),
        (Measure.WEEKS_BACK, 7.0, 5.5, "+1.5 weeks", ""),
        (Measure.TURN, 4.0, 4.5, "−0.5×", "worse"),
        (Measure.LOST_MARGIN, 1_500.0, 500.0, "+$1k", "worse"),
    ],
)
def test_a_change_has_its_sign_and_says_whether_it_is_better(measure, value, before, change, word):
    assert (change_text(measure, value, before), direction_word(measure, value, before)) == (change, word)


def test_what_is_typed_is_what_people_read():
    assert typed_value(Measure.STOCKOUT_DAYS, 8.5) == 0.085
    assert typed_value(Measure.TURN, 4.5) == 4.5
    assert target_text(Measure.BIAS, 0.05) == "±5.0%"
    assert target_text(Measure.TURN, None) == ""
    assert "13 weeks" in typed_help(Measure.GMROI)
    assert "13 weeks" not in typed_help(Measure.TURN)


def test_n_is_said_with_what_it_counts():
    assert (
        n_text(Figure(Measure.TURN, 4.0, 1240, "promoted SKU-door-days")) == "n 1,240 promoted SKU-door-days"
    )
    assert n_text(Figure(Measure.TURN, 4.0, 1, "weeks")) == "n 1 week"
    assert n_text(Figure.none(Measure.TURN, "No stock.", n_of="weeks")) == ""


def figures(*values: float | None) -> list[Figure]:
    return [
        Figure.none(Measure.BIAS, "None.") if value is None else Figure(Measure.BIAS, value, 5, "SKU-weeks")
        for value in values
    ]


def test_a_small_trend_breaks_where_nothing_is_known():
    picture = spark(figures(0.0, 0.1, None, 0.1), ["a", "b", "c", "d"], 0.05)
    assert picture.path == "M4.0 24.0L38.7 4.0M108.0 4.0"
    assert (picture.dot_x, picture.dot_y, picture.target_y) == ("108.0", "4.0", "14.0")
    assert picture.words.endswith("c no data, d 10.0% over-forecast")
    assert spark(figures(None, 0.1), ["a", "b"], None) is None


def test_a_large_trend_has_bars_on_both_sides_of_zero():
    chart = trend_chart(Measure.BIAS, figures(-0.1, None, 0.1), ["a", "b", "c"], None, "")
    assert [(bar.height, bar.is_current) for bar in chart.bars] == [
        ("96.0", False),
        ("0.0", False),
        ("96.0", True),
    ]
    assert (chart.bars[0].y, chart.zero_y) == (chart.zero_y, "118.0")
    assert chart.grid[0][1] == "−10%"
    both = trend_chart(Measure.BIAS, figures(0.1), ["a"], 0.1, "±10.0%")
    # A bias may be as far off to either side; the name of the target stands beside the bars.
    assert (both.target_y, both.zero_y, both.other_target_y) == ("22.0", "118.0", "214.0")
    assert float(both.right) >= float(both.bars[-1].x) + float(both.bars[-1].width)
    assert float(chart.right) - float(both.right) == 56
    one = trend_chart(Measure.TURN, [Figure(Measure.TURN, 4.0, 1, "weeks")], ["a"], 5.0, "5.0×")
    assert (one.target_y != "", one.other_target_y) == (True, "")
    assert trend_chart(Measure.BIAS, figures(None), ["a"], None, "") is None
