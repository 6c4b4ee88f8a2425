"""The picture of a past promotion: its weeks stand out, and the baseline lies over them alone."""

from datetime import date

import pytest

from marketing.lift.chart import promotion_chart
from marketing.lift.models import PastLift
from marketing.lift.queries import WeekSold
from marketing.tests.factories import make_fit, make_past_lift, make_product
from sop_site.fiscal import WEEK

FIRST = date(2026, 3, 1)


def week(number: int, units: float | None, *, promoted: bool = False, another: bool = False) -> WeekSold:
    return WeekSold(FIRST + number * WEEK, units, 2, promoted, another)


@pytest.fixture
def past(db) -> PastLift:
    return make_past_lift(make_product(sku="CREW"), fit=make_fit(), starts_on=FIRST + WEEK)


def test_the_promotion_another_one_and_calm_weeks_look_different(past):
    weeks = [week(0, 20), week(1, 80, promoted=True), week(2, None), week(3, 40, another=True)]
    chart = promotion_chart(past, weeks, 20)
    assert chart is not None
    assert [bar.kind for bar in chart.bars] == ["is-calm", "is-promoted", "is-hatched"]
    assert chart.title == "Units of CREW sold each week around the promotion"
    assert chart.words.startswith("240 units in the promotion against a baseline of 100.")


def test_the_baseline_lies_over_the_promotion_alone(past):
    chart = promotion_chart(past, [week(number, 10, promoted=number in (1, 2)) for number in range(4)], 5)
    assert chart is not None
    assert chart.band is not None
    left, slot = float(chart.left), (float(chart.right) - float(chart.left)) / 4
    middle = (float(chart.top) + float(chart.floor)) / 2
    assert float(chart.band.x) == left + slot
    level = f"{middle:.1f}"
    assert chart.baseline == f"M{left + slot:.1f} {level}H{left + 2 * slot:.1f}V{level}H{left + 3 * slot:.1f}"


def test_without_a_week_of_the_promotion_there_is_no_picture(past):
    assert promotion_chart(past, [week(0, 10)], 5) is None
    assert promotion_chart(past, [], 5) is None
