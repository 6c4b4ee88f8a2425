"""The baselines that a night's learning writes: what they rest on, and the SKUs that they concern."""

from datetime import timedelta

import pytest

from marketing.baseline.models import BaselineForecast
from marketing.baseline.vectors import FORECAST_WEEKS
from marketing.campaigns.choices import CampaignStatus
from marketing.campaigns.domain import start_due_campaigns
from marketing.lift.domain import learn
from marketing.sales.models import WeeklySales
from marketing.tests.factories import make_campaign, make_door, make_product, range_at
from sop_site.changes.models import ChangedSku
from sop_site.feeds.staging import MergeCount
from sop_site.fiscal import WEEK, week_start

pytestmark = pytest.mark.django_db


def sell(product, door, today, *, weeks_ago: int, units: float, **facts) -> None:
    WeeklySales.objects.create(
        product=product, door=door, week_start=week_start(today) - weeks_ago * WEEK, units=units, **facts
    )


def marked() -> set[int]:
    return set(ChangedSku.objects.values_list("product_id", flat=True))


def baseline_of(product, door) -> list[float]:
    return BaselineForecast.objects.get(product=product, door=door).weekly_units


def test_what_sells_evenly_goes_on_from_this_week(today):
    mug, door = make_product(), make_door()
    for weeks_ago in range(1, 9):
        sell(mug, door, today, weeks_ago=weeks_ago, units=10)

    learn(today=today)

    baseline = BaselineForecast.objects.get()
    assert baseline.first_week_start == today
    assert baseline.weekly_units == pytest.approx([10] * FORECAST_WEEKS, rel=1e-4)
    assert (baseline.basis, baseline.weeks_used) == ("own_sales", 8)
    assert marked() == {mug.pk}


def test_promoted_partial_and_current_weeks_stay_out(today):
    mug, door = make_product(), make_door()
    for weeks_ago in range(5, 40):
        sell(
            mug,
            door,
            today,
            weeks_ago=weeks_ago,
            units=50 if weeks_ago % 8 == 0 else 10,
            promoted_days=7 * (weeks_ago % 8 == 0),
        )
    sell(mug, door, today, weeks_ago=2, units=50, promoted_days=7)
    sell(mug, door, today, weeks_ago=4, units=90, observed_days=3)
    sell(mug, door, today, weeks_ago=0, units=70)

    learn(today=today)

    assert baseline_of(mug, door)[0] == pytest.approx(10, rel=0.15)


def test_a_week_half_without_stock_sold_half(today):
    mug, door = make_product(), make_door()
    for weeks_ago in range(1, 9):
        sell(mug, door, today, weeks_ago=weeks_ago, units=5, out_of_stock_share=0.5)

    learn(today=today)

    assert baseline_of(mug, door)[0] == pytest.approx(10, rel=1e-4)


def test_a_season_that_all_skus_have_comes_again(today):
    mugs, door = [make_product() for _ in range(30)], make_door()
    # Four weeks a year sell twice as much: the next of them begin in two weeks.
    high = {weeks_ago for weeks_ago in range(1, 150) if (weeks_ago + 5) % 52 < 4}
    WeeklySales.objects.bulk_create(
        WeeklySales(
            product=mug,
            door=door,
            week_start=week_start(today) - weeks_ago * WEEK,
            units=4000 if weeks_ago in high else 2000,
        )
        for mug in mugs
        for weeks_ago in range(1, 150)
    )

    learn(today=today)

    units = baseline_of(mugs[0], door)
    assert units.index(max(units)) in range(2, 6)
    assert max(units) > 1.2 * units[12]


def test_a_campaign_of_ones_own_is_no_baseline_while_it_runs(today):
    mug, door = make_product(), make_door()
    for weeks_ago in range(3, 30):
        sell(mug, door, today, weeks_ago=weeks_ago, units=10)
    for weeks_ago in (1, 2):
        sell(mug, door, today, weeks_ago=weeks_ago, units=30)
    range_at(mug, door)
    make_campaign(
        status=CampaignStatus.APPROVED,
        starts_on=today - 2 * WEEK,
        ends_on=today + timedelta(days=6),
        products=[mug],
        doors=[door],
    )
    start_due_campaigns()

    learn(today=today)

    assert baseline_of(mug, door)[0] < 14


def test_a_new_sku_at_a_door_leans_on_other_doors(today):
    mug, here, there = make_product(), make_door(), make_door()
    for weeks_ago in range(1, 20):
        sell(mug, here, today, weeks_ago=weeks_ago, units=20)
    sell(mug, there, today, weeks_ago=1, units=2)

    learn(today=today)

    assert 2 < baseline_of(mug, there)[0] < 20
    assert BaselineForecast.objects.get(door=there).basis == "other_doors"


def test_a_new_sku_has_the_baseline_of_its_like_item(today):
    mug, door = make_product(), make_door()
    for weeks_ago in range(1, 9):
        sell(mug, door, today, weeks_ago=weeks_ago, units=10)
    beaker = make_product(like_item=mug)

    learn(today=today)

    assert baseline_of(beaker, door) == baseline_of(mug, door)
    assert BaselineForecast.objects.get(product=beaker).basis == "like_item"
    assert marked() == {mug.pk, beaker.pk}


def test_what_is_not_sold_any_more_loses_its_baseline(today):
    mug, door = make_product(), make_door()
    for weeks_ago in range(1, 9):
        sell(mug, door, today, weeks_ago=weeks_ago, units=10)
    learn(today=today)
    ChangedSku.objects.all().delete()

    learn(today=today + timedelta(weeks=27))

    assert not BaselineForecast.objects.exists()
    assert marked() == {mug.pk}


def test_a_second_night_with_the_same_sales_changes_nothing(today):
    mug, door = make_product(), make_door()
    for weeks_ago in range(1, 9):
        sell(mug, door, today, weeks_ago=weeks_ago, units=10 + weeks_ago)
    learn(today=today)
    ChangedSku.objects.all().delete()

    assert learn(today=today).baselines == MergeCount()
    assert marked() == set()


def test_without_sales_there_is_nothing_to_learn(today):
    result = learn(today=today)
    assert (result.fit, result.baselines) == (None, MergeCount())
