"""What small upward changes of past forecasts did, measured on what was then sold."""

from datetime import date

import pytest

from marketing.tests.factories import make_door, make_fit, make_sales
from planning.consensus.choices import CycleStatus, Layer
from planning.consensus.domain import Change, Scope, enter_units
from planning.consensus.engine import Tweaks
from planning.consensus.tweak_record import TweakRecord, upward_tweaks_of
from planning.tests.consensus.cases import Forecast, advance, make_cycle
from sop_site.access.roles import Role
from sop_site.clock import set_today
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

    assert upward_tweaks_of(Layer.MARKETING, None) == Tweaks(
        n=4, helped=1, worsened=3, error_units_saved=pytest.approx(10 - 5 - 4 - 31, abs=1e-3)
    )
    assert upward_tweaks_of(Layer.MARKETING, past.tops.pk) == Tweaks(2, 1, 1, pytest.approx(5, abs=1e-3))
    assert upward_tweaks_of(Layer.MARKETING, past.apparel.pk).n == 4
    assert upward_tweaks_of(Layer.PLANNING, None).n == 0


def test_a_month_that_is_not_sold_or_not_known_yet_does_not_count(past, publish, sell):
    sell(past.boot, "North", 8.0)
    publish((Scope(category_id=past.shoes.pk), 104.0))
    assert upward_tweaks_of(Layer.MARKETING, None).n == 1
    last_week = past.version.first_week_start + 4 * WEEK

    make_fit(last_week_start=last_week - WEEK)
    assert upward_tweaks_of(Layer.MARKETING, None).n == 0
    make_fit(last_week_start=last_week)
    assert upward_tweaks_of(Layer.MARKETING, None).n == 1
    set_today(last_week)
    assert upward_tweaks_of(Layer.MARKETING, None).n == 0


def test_a_forecast_that_was_never_published_teaches_nothing(past, user_of):
    change = Change(Scope(category_id=past.shoes.pk), 0, 104.0)
    enter_units(
        version=past.version, layer=Layer.MARKETING, by=user_of(Role.MARKETING_MEMBER), reason="x",
        changes=[change],
    )  # fmt: skip
    assert upward_tweaks_of(Layer.MARKETING, None).n == 0


def test_advice_is_given_where_enough_raises_did_not_help(past, publish, sell):
    sell(past.boot, "North", 8.0)
    raises = [(Scope(category_id=past.shoes.pk), 100.0 + step) for step in range(1, 21)]
    publish(*raises)
    record = TweakRecord.read()

    words = "Small upward changes here have not helped: 20 of the last 20 made the forecast worse."
    assert record.advice(Layer.MARKETING, past.shoes) == words
    assert record.advice(Layer.MARKETING, past.tops) == words.replace("here", "of Marketing's number")
    assert record.advice(Layer.PLANNING, past.shoes) == ""


def test_reading_takes_the_same_few_queries(past, publish, sell, statements_sent):
    sell(past.boot, "North", 8.0)
    publish(*[(Scope(category_id=past.shoes.pk), 100.0 + step) for step in range(1, 4)])
    with statements_sent() as sent:
        TweakRecord.read()
    assert len(sent) == 7
