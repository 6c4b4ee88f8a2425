"""Writing the baselines: what differs, and the SKUs that it concerns."""

from datetime import timedelta

import pytest

from marketing.baseline.domain import refresh_baselines
from marketing.baseline.models import BaselineForecast
from marketing.baseline.vectors import FORECAST_WEEKS
from marketing.campaigns.choices import CampaignStatus
from marketing.campaigns.domain import start_due_campaigns
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


def test_it_is_the_mean_of_calm_weeks_from_this_week_on(today):
    mug, door = make_product(), make_door()
    for weeks_ago, units in ((1, 8), (2, 12), (3, 99), (4, 10)):
        sell(mug, door, today, weeks_ago=weeks_ago, units=units)

    refresh_baselines(today=today)

    baseline = BaselineForecast.objects.get()
    assert baseline.first_week_start == today
    assert baseline.weekly_units == [32.25] * FORECAST_WEEKS
    assert (baseline.basis, baseline.weeks_used) == ("non_promoted", 4)
    assert marked() == {mug.pk}


def test_promoted_partial_and_current_weeks_stay_out(today):
    mug, door = make_product(), make_door()
    for weeks_ago in range(5, 9):
        sell(mug, door, today, weeks_ago=weeks_ago, units=10)
    sell(mug, door, today, weeks_ago=2, units=50, promoted_days=7)
    sell(mug, door, today, weeks_ago=4, units=90, observed_days=3)
    sell(mug, door, today, weeks_ago=0, units=70)

    refresh_baselines(today=today)

    assert BaselineForecast.objects.get().weekly_units[0] == 10


def test_a_campaign_of_ones_own_is_no_baseline_while_it_runs(today):
    mug, door = make_product(), make_door()
    for weeks_ago in range(4, 9):
        sell(mug, door, today, weeks_ago=weeks_ago, units=10)
    for weeks_ago in (1, 2):
        sell(mug, door, today, weeks_ago=weeks_ago, units=50)
    range_at(mug, door)
    make_campaign(
        products=[mug], doors=[door], status=CampaignStatus.APPROVED, starts_on=today - 2 * WEEK, days=28
    )
    start_due_campaigns()

    refresh_baselines(today=today)

    assert BaselineForecast.objects.get().weekly_units[0] == 10


def test_twice_writes_and_marks_nothing(today):
    mug, door = make_product(), make_door()
    sell(mug, door, today, weeks_ago=1, units=10)
    refresh_baselines(today=today)
    ChangedSku.objects.all().delete()

    assert refresh_baselines(today=today) == MergeCount()
    assert marked() == set()


def test_a_new_week_at_the_same_level_moves_the_baseline_and_marks_nothing(today):
    mug, door = make_product(), make_door()
    sell(mug, door, today, weeks_ago=1, units=10)
    refresh_baselines(today=today)
    ChangedSku.objects.all().delete()
    sell(mug, door, today, weeks_ago=0, units=10)

    assert refresh_baselines(today=today + timedelta(days=7)).updated == 1
    assert BaselineForecast.objects.get().first_week_start == today + timedelta(days=7)
    assert marked() == set()


def test_what_no_longer_sells_loses_its_baseline(today):
    mug, rug, door = make_product(), make_product(), make_door()
    sell(mug, door, today, weeks_ago=20, units=10)
    sell(rug, door, today, weeks_ago=1, units=10)
    refresh_baselines(today=today)
    ChangedSku.objects.all().delete()

    refresh_baselines(today=today + timedelta(weeks=10))

    assert BaselineForecast.objects.get().product == rug
    assert marked() == {mug.pk}


def test_without_sales_there_is_nothing(today):
    assert refresh_baselines(today=today) == MergeCount()
