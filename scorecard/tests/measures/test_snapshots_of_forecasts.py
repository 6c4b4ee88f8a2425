"""The errors of the forecasts that were in force before a week, on numbers that can be worked out by hand."""

from datetime import timedelta

import pytest

from marketing.campaigns.choices import CampaignStatus
from marketing.tests.factories import TODAY, make_campaign, make_door, make_product, range_at
from planning.consensus.choices import Layer
from planning.tests.consensus.cases import make_block, make_version, publish
from scorecard.measures.domain import take_week
from scorecard.measures.figures import ADDED_UP, Cut, figures_of
from scorecard.measures.models import AccuracyFact, WeekFact
from scorecard.tests.factories import make_category
from scorecard.tests.measures.cases import LAST_WEEK, Shop, make_shop, sell, stock
from sop_site.fiscal import WEEK, FiscalPeriod, PeriodKind, month_of

pytestmark = pytest.mark.django_db
LAYERS = list(Layer)


@pytest.fixture
def shop(today) -> Shop:
    """The crew sold 12 in the two stores; the forecast of August expected 20, that of October 10."""
    shop = make_shop()
    early, late = make_version(month_of(LAST_WEEK) - 3), make_version(month_of(LAST_WEEK) - 1)
    for version, units in ((early, 20.0), (late, 10.0)):
        make_block(version, shop.tops, "North", {shop.crew: units})
        make_block(version, shop.shoes, "North", {shop.boot: 0.0})
        make_block(version, shop.tops, "Online", {shop.crew: 5.0})
    publish(early, LAST_WEEK - 8 * WEEK)
    publish(late, LAST_WEEK - 4 * WEEK)
    sell(shop.crew, shop.first, 8)
    sell(shop.crew, shop.second, 4)
    return shop


def facts(**which) -> dict[tuple[int, str, bool], tuple[int, float, float, float]]:
    """By lag, region and promoted or not: cells, units sold, consensus forecast and its absolute error."""
    last = LAYERS.index(Layer.CONSENSUS)
    return {
        (row.lag_weeks, row.region, row.is_promoted): (
            row.cells,
            row.actual_units,
            row.forecast_units[last],
            row.absolute_error_units[last],
        )
        for row in AccuracyFact.objects.filter(**which)
    }


def test_each_lag_is_measured_against_the_forecast_in_force_then(shop):
    for _ in range(2):
        take_week(week_start=LAST_WEEK, stock=None, today=TODAY)
    expected = {
        (0, "North", False): (1, 12, 10, 2),
        (4, "North", False): (1, 12, 10, 2),
        (8, "North", False): (1, 12, 20, 8),
        (0, "Online", False): (1, 0, 5, 5),
        (4, "Online", False): (1, 0, 5, 5),
        (8, "Online", False): (1, 0, 5, 5),
    }
    # The boot sold nothing and nothing was expected of it: no cell.
    assert facts(is_total=False) == expected
    assert facts(is_total=True) == expected
    assert {row.category for row in AccuracyFact.objects.filter(is_total=False)} == {shop.tops}
    naive = AccuracyFact.objects.get(is_total=True, lag_weeks=8, region="North")
    assert (naive.forecast_units[0], naive.absolute_error_units[0]) == (18, 6)


def test_a_sku_promoted_at_one_door_of_a_region_is_promoted_there(shop):
    make_campaign(
        products=[shop.crew],
        doors=[shop.second],
        starts_on=LAST_WEEK + timedelta(days=6),
        days=1,
        status=CampaignStatus.COMPLETED,
    )
    take_week(week_start=LAST_WEEK, stock=None, today=TODAY)
    found = facts(is_total=True, lag_weeks=0)
    assert found == {(0, "North", True): (1, 12, 10, 2), (0, "Online", False): (1, 0, 5, 5)}


def test_a_week_that_is_not_over_or_not_observed_in_full_has_no_errors(shop):
    take_week(week_start=LAST_WEEK, stock=None, today=TODAY - timedelta(days=1))
    assert facts() == {}
    take_week(week_start=LAST_WEEK - WEEK, stock=None, today=TODAY)
    assert facts() == {}
    take_week(week_start=LAST_WEEK, stock=None, today=TODAY)
    assert len(facts()) == 6


def test_without_a_published_forecast_there_is_nothing_to_hold_it_against(today):
    shop = make_shop()
    make_door(region="South")
    sell(shop.crew, shop.first, 8)
    take_week(week_start=LAST_WEEK, stock=None, today=TODAY)
    assert facts() == {}


def test_a_category_has_what_its_week_kept_of_all_below_it_and_else_the_sum_of_them(today):
    shop = make_shop()
    women, knitwear = make_category("Women"), make_category("Women > Knitwear")
    version = make_version(month_of(LAST_WEEK) - 1)
    for place, category in enumerate((women, knitwear, make_category("Women > Knitwear > Cardigans"))):
        product = make_product(category=category, sku=f"KNIT{place}")
        range_at(product, shop.first)
        sell(product, shop.first, 3 + place)
        stock(product, shop.first, 40.0)
        make_block(version, category, "North", {product: 9.0 + place})
    publish(version, LAST_WEEK - 4 * WEEK)
    take_week(week_start=LAST_WEEK, stock=None, today=TODAY)
    week = FiscalPeriod.of(PeriodKind.WEEK, LAST_WEEK)
    cuts = [
        Cut(category_id=women.pk),
        Cut(category_id=women.pk, region="North"),
        Cut(category_id=knitwear.pk),
    ]
    kept = [figures_of([week], cut, ADDED_UP) for cut in cuts]
    for model in (WeekFact, AccuracyFact):
        sums = model.objects.filter(is_total=True, category__isnull=False)
        assert {row.category for row in sums} == {women, knitwear}
        sums.delete()
    assert [figures_of([week], cut, ADDED_UP) for cut in cuts] == kept
