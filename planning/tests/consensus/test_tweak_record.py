"""What small upward changes of past forecasts did, measured each night on what was then sold."""

from datetime import date, timedelta

import pytest

from marketing.sales.models import WeeklySales
from marketing.tests.factories import TODAY, make_door, make_fit, make_sales
from planning.consensus.choices import CycleStatus, Layer
from planning.consensus.domain import Change, Scope, enter_units
from planning.consensus.domain.raises import measure_raises
from planning.consensus.engine import Tweaks
from planning.consensus.models import RaiseOutcome
from planning.consensus.tweak_record import MOST_CHANGES, TweakRecord
from planning.tests.consensus.cases import Forecast, advance, make_cycle
from sop_site.access.roles import Role
from sop_site.fiscal import WEEK, weeks_from


@pytest.fixture
def past(today) -> Forecast:
    """The cycle of August: its first month, September, has five weeks and is over."""
    return make_cycle(day=date(2026, 8, 10))


@pytest.fixture
def publish(past, user_of):
    """Marketing changes numbers of the first month, and the forecast is published."""

    def do(*changes: tuple[Scope, float]) -> None:
        enter_units(
            version=past.version, layer=Layer.MARKETING, by=user_of(Role.MARKETING_MEMBER), reason="x",
            changes=[Change(scope, 0, units) for scope, units in changes],
        )  # fmt: skip
        advance(past, CycleStatus.PUBLISHED, user_of)

    return do


@pytest.fixture
def sell(past):
    """Every week of September a SKU sells this many at a store of the region."""
    stores = {region: make_door(region=region) for region in ("North", "South")}

    def do(product, region: str, units: float) -> None:
        weeks = weeks_from(past.version.first_week_start, 6)
        make_sales(product, stores[region], {week.start: units for week in weeks})

    return do


def measured(day: date = TODAY) -> TweakRecord:
    """What pages read after the night of that day."""
    measure_raises(today=day)
    return TweakRecord.read()


def test_a_raise_is_held_against_what_its_scope_sold_in_its_month(past, publish, sell):
    for region in ("North", "South"):
        sell(past.crew, region, 20.0)
        sell(past.polo, region, 62.0)
        sell(past.boot, region, 8.0)
    publish(
        (Scope(product_id=past.crew.pk, door_group="North"), 105.0),  # sold 100: 5 worse
        (Scope(category_id=past.tops.pk, style="Classic", door_group="South"), 410.0),  # sold 410: 10 better
        (Scope(category_id=past.shoes.pk), 104.0),  # sold 80: 4 worse
        (Scope(category_id=past.apparel.pk), 950.0),  # of 919, sold 900: 31 worse
    )

    record = measured()
    assert record.of(Layer.MARKETING) == Tweaks(
        n=4, helped=1, worsened=3, error_units_saved=pytest.approx(10 - 5 - 4 - 31, abs=1e-3)
    )
    assert record.of(Layer.MARKETING, past.tops) == Tweaks(2, 1, 1, pytest.approx(5, abs=1e-3))
    assert record.of(Layer.MARKETING, past.apparel).n == 4
    assert record.of(Layer.PLANNING).n == 0


def test_a_month_that_is_not_sold_or_not_known_yet_does_not_count(past, publish, sell):
    sell(past.boot, "North", 8.0)
    publish((Scope(category_id=past.shoes.pk), 104.0))
    last_week = past.version.first_week_start + 4 * WEEK

    assert measure_raises(today=last_week) == 0
    make_fit(last_week_start=last_week - WEEK)
    assert measure_raises(today=TODAY) == 0
    make_fit(last_week_start=last_week)
    assert measure_raises(today=TODAY) == 1
    assert RaiseOutcome.objects.get().sold_units == 40.0


def test_three_months_are_measured_anew_and_older_ones_once(past, publish, sell):
    sell(past.boot, "North", 8.0)
    publish((Scope(category_id=past.shoes.pk), 104.0))
    september = past.version.cycle.months[0]
    corrected = {month: (september + month).end + timedelta(days=1) for month in (2, 3)}
    assert measured(corrected[2]).of(Layer.MARKETING).n == 1
    WeeklySales.objects.update(units=7.0)
    assert measure_raises(today=corrected[3]) == 0
    assert RaiseOutcome.objects.get().sold_units == 40.0
    assert measure_raises(today=corrected[2]) == 1
    assert RaiseOutcome.objects.get().sold_units == 35.0


def test_a_forecast_that_was_never_published_teaches_nothing(past, user_of):
    change = Change(Scope(category_id=past.shoes.pk), 0, 104.0)
    enter_units(
        version=past.version, layer=Layer.MARKETING, by=user_of(Role.MARKETING_MEMBER), reason="x",
        changes=[change],
    )  # fmt: skip
    assert measure_raises(today=TODAY) == 0


def test_what_is_raised_for_months_to_come_takes_no_place_in_the_record(past, user_of, sell):
    sell(past.boot, "North", 8.0)
    changes = [Change(Scope(category_id=past.shoes.pk), 0, 104.0)]
    changes += [
        Change(Scope(category_id=past.shoes.pk), 5, 80.0 + step / 100) for step in range(1, MOST_CHANGES + 2)
    ]
    enter_units(
        version=past.version, layer=Layer.MARKETING, by=user_of(Role.MARKETING_MEMBER), reason="x",
        changes=changes,
    )  # fmt: skip
    advance(past, CycleStatus.PUBLISHED, user_of)
    assert measured().of(Layer.MARKETING).n == 1


def test_of_each_layer_the_newest_count(past, publish, sell):
    sell(past.boot, "North", 8.0)
    publish(*[(Scope(category_id=past.shoes.pk), 101.0 + step / 100) for step in range(MOST_CHANGES + 1)])
    assert measured().of(Layer.MARKETING).n == MOST_CHANGES


def test_advice_is_given_where_enough_raises_did_not_help(past, publish, sell):
    sell(past.boot, "North", 8.0)
    raises = [(Scope(category_id=past.shoes.pk), 100.0 + step) for step in range(1, 21)]
    publish(*raises)
    record = measured()

    words = "Small upward changes here have not helped: 20 of the last 20 made the forecast worse."
    assert record.advice(Layer.MARKETING, past.shoes) == words
    assert record.advice(Layer.MARKETING, past.tops) == words.replace("here", "of Marketing's number")
    assert record.advice(Layer.PLANNING, past.shoes) == ""


def test_reading_takes_one_query_and_a_night_the_same_few(past, publish, sell, statements_sent):
    sell(past.boot, "North", 8.0)
    publish(*[(Scope(category_id=past.shoes.pk), 100.0 + step) for step in range(1, 4)])
    with statements_sent() as sent:
        measure_raises(today=TODAY)
    assert len(sent) == 7
    with statements_sent() as sent:
        assert TweakRecord.read().of(Layer.MARKETING).n == 3
    assert len(sent) == 1
