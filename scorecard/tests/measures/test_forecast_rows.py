"""The rows behind the figures of the forecast add up to them, down to a SKU in a region in a week."""

import json
from datetime import timedelta
from itertools import product
from math import fsum
from random import Random

import numpy as np
import pytest
from django.urls import reverse

from marketing.campaigns.choices import CampaignStatus
from marketing.catalogue.models import Product
from marketing.tests.factories import TODAY, make_campaign, make_product, range_at
from planning.consensus.models import ForecastBlock, ForecastVersion
from planning.consensus.packing import pack, unpacked
from planning.tests.consensus.cases import make_block, make_version, publish
from scorecard.measures.behind import Drilled, Level
from scorecard.measures.choices import Group, Measure, Slice
from scorecard.measures.cut import Cut
from scorecard.measures.domain import take_week
from scorecard.measures.figures import breakdown_of, figures_of
from scorecard.measures.forecast_rows import drilled_forecast
from scorecard.tests.measures.card_cases import WEEK
from scorecard.tests.measures.cases import LAST_WEEK, Shop, make_shop, sell
from sop_site.access.roles import Role
from sop_site.fiscal import WEEK as A_WEEK
from sop_site.fiscal import FiscalPeriod, PeriodKind, month_of

pytestmark = pytest.mark.django_db
MEASURES = [measure for measure in Measure if measure.facts.group == Group.FORECAST]
WEEKS = [LAST_WEEK - ago * A_WEEK for ago in (2, 1, 0)]
QUARTER = FiscalPeriod.of(PeriodKind.QUARTER, LAST_WEEK)


def sums_of(found: Drilled) -> list[float]:
    """The sums of all columns."""
    return [fsum(column) for column in found.values]


def published(shop: Shop, months_ago: int, weeks_ago: int, units: dict[str, dict[Product, float]]) -> None:
    """The forecast of a cycle, in force from so many weeks before last week on: weekly units by region."""
    version = make_version(month_of(LAST_WEEK) - months_ago)
    for region, by_product in units.items():
        for each, weekly in by_product.items():
            make_block(version, each.category, region, {each: weekly})
    alter(version, Random(months_ago))
    publish(version, LAST_WEEK - weeks_ago * A_WEEK)


def alter(version: ForecastVersion, chance: Random) -> None:
    """Let every function enter its own number."""
    for block in ForecastBlock.objects.filter(version=version):
        numbers = unpacked(block)
        numbers.entered *= np.array([chance.uniform(0.5, 1.5) for _ in range(4)])[:, None, None]
        pack(block, numbers)
        block.save()


@pytest.fixture
def shop(today) -> Shop:
    """Three weeks of sales, two forecasts, a week's campaign at one door, and a SKU that moved since."""
    shop, chance = make_shop(), Random(6)
    belt = make_product(sku="BELT", category=None)
    range_at(belt, *shop.doors)
    every = {shop.crew: 9.0, shop.boot: 14.0, belt: 5.0}
    published(shop, 3, 12, {"North": every, "Online": every})
    published(shop, 1, 5, {"North": {each: units * 1.3 for each, units in every.items()}, "Online": every})
    for each, door, week in product(every, shop.doors, WEEKS):
        sell(each, door, chance.randint(0, 12), week=week)
    make_campaign(
        products=[shop.crew, belt],
        doors=[shop.second],
        starts_on=WEEKS[1],
        days=9,
        status=CampaignStatus.COMPLETED,
    )
    Product.objects.filter(pk=shop.boot.pk).update(category=shop.tops)
    for week in WEEKS:
        take_week(week_start=week, stock=None, today=TODAY)
    return shop


def value_of(measure: Measure, found: Drilled) -> float | None:
    """What the rows say of the figure."""
    value = found.value_of(sums_of(found))
    if value is None or measure not in (Measure.ACCURACY_PROMOTED, Measure.ACCURACY_OTHER):
        return value
    return max(0.0, 1.0 - value)


def test_the_rows_add_up_to_the_figure_at_every_lag_and_cut(shop):
    parts = [(None, ""), (None, "North"), (shop.tops.pk, ""), (shop.shoes.pk, "North")]
    cuts = [Cut(category, region, lag_weeks=lag) for (category, region), lag in product(parts, (0, 4, 8))]
    for cut, period in [*((cut, QUARTER) for cut in cuts), (cuts[0], WEEK)]:
        figures = figures_of([period], cut, MEASURES)[0]
        for measure in MEASURES:
            figure = figures[measure]
            found = drilled_forecast(measure, period, cut, Level.WEEK)
            assert len(found) == figure.n, (cut, measure)
            if figure.n and not figure.missing:
                assert value_of(measure, found) == pytest.approx(figure.value), (cut, measure)


def test_what_stands_in_no_category_and_one_sku_alone_are_parts_of_the_whole(shop):
    parts = breakdown_of(Measure.BIAS, QUARTER, Cut(), Slice.CATEGORY)
    every = Product.objects.all()
    rows = [drilled_forecast(Measure.BIAS, QUARTER, Cut(), Level.WEEK, each) for each in every]
    belt = drilled_forecast(Measure.BIAS, QUARTER, Cut(), Level.WEEK, is_direct=True)
    direct = next(part.figure for part in parts if part.key is None)
    assert (len(belt), value_of(Measure.BIAS, belt)) == (direct.n, pytest.approx(direct.value))
    whole = drilled_forecast(Measure.BIAS, QUARTER, Cut(), Level.WEEK)
    assert sum(len(found) for found in rows) == len(whole)
    assert np.sum([sums_of(found) for found in rows], axis=0) == pytest.approx(sums_of(whole))


def test_skus_and_regions_add_up_to_the_same(shop):
    whole = sums_of(drilled_forecast(Measure.VALUE_CONSENSUS, QUARTER, Cut(), Level.WEEK))
    for level in (Level.SKU, Level.DOOR):
        found = drilled_forecast(Measure.VALUE_CONSENSUS, QUARTER, Cut(), level)
        assert sums_of(found) == pytest.approx(whole)


def test_what_lies_furthest_off_stands_first(shop):
    off = drilled_forecast(Measure.ACCURACY_OTHER, QUARTER, Cut(), Level.WEEK).values[2]
    assert (np.diff(off) <= 0).all()
    bias = drilled_forecast(Measure.BIAS, QUARTER, Cut(), Level.WEEK).values[2]
    assert (np.diff(np.abs(bias)) <= 0).all()
    added = drilled_forecast(Measure.VALUE_PLANNING, QUARTER, Cut(), Level.WEEK).values[5]
    assert (np.diff(added) >= 0).all()


def test_from_the_accuracy_to_a_sku_in_a_region_in_a_week_and_its_file(client_of, shop):
    client = client_of(Role.EXECUTIVE)
    url = reverse("scorecard:drill", args=["accuracy_other"])
    first = client.get(url, {"period": QUARTER.key}).context["drill"]
    assert first.headings == ["Units sold", "Forecast", "Error, units", "Error"]
    region = client.get(first.rows[0].url).context["drill"]
    assert {row.place for row in region.rows} == {"North", "Online"}
    address = {"period": QUARTER.key, "level": "week"}
    page = client.get(url, address).context["drill"]
    told = json.loads(client.get(f"{url}json/", address).getvalue())
    assert len(told) == page.page.paginator.count == page.figure.n
    assert [(row.note, row.place, row.week) for row in page.rows] == [
        (each["SKU"], each["Region"], each["Week"]) for each in told
    ]
    error, sold = (fsum(each[name] for each in told) for name in ("Error, units", "Units sold"))
    assert 1 - error / sold == pytest.approx(page.figure.value)
    for each in told:
        assert each["Error, units"] == pytest.approx(abs(each["Units sold"] - each["Forecast"]))


def test_queries_grow_with_the_forecasts_and_not_with_the_weeks(shop, django_assert_num_queries):
    cut = Cut(lag_weeks=8)
    with django_assert_num_queries(9):
        drilled_forecast(Measure.BIAS, WEEK, cut, Level.WEEK)
    with django_assert_num_queries(9):
        drilled_forecast(Measure.BIAS, QUARTER, cut, Level.WEEK)


def test_a_week_without_errors_of_its_own_has_no_rows(shop):
    earlier = WEEKS[0] - A_WEEK
    take_week(week_start=earlier, stock=None, today=TODAY)
    period = FiscalPeriod.of(PeriodKind.WEEK, earlier + timedelta(days=1))
    assert len(drilled_forecast(Measure.BIAS, period, Cut(), Level.SKU)) == 0
