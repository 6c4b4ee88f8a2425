"""The scorecard's night: its name, its queue, and that it may come twice."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection

from marketing.campaigns.choices import CampaignStatus
from marketing.tests.factories import TODAY, make_campaign
from scorecard import tasks
from scorecard.measures.models import PromotedDays, WeekFact, WeekSnapshot
from scorecard.tests.measures.cases import LAST_WEEK, Shop, make_shop, snapshot_of
from sop_site.celery import app
from sop_site.clock import set_today
from sop_site.fiscal import WEEK

pytestmark = pytest.mark.django_db

NIGHT = "scorecard.take_the_night"


@pytest.fixture
def shop(today) -> Shop:
    return make_shop()


def test_the_night_is_on_the_schedule_behind_the_learning_and_within_its_time():
    assert app.amqp.router.route({}, NIGHT)["queue"].name == "learning"
    night, learning = (
        settings.CELERY_BEAT_SCHEDULE[name] for name in ("nightly-scorecard", "nightly-recalculation")
    )
    assert night["task"] == NIGHT
    assert (night["schedule"].hour, learning["schedule"].hour) == ({2}, {2})
    assert min(night["schedule"].minute) > min(learning["schedule"].minute)
    assert app.tasks[NIGHT].time_limit < settings.CELERY_BROKER_TRANSPORT_OPTIONS["visibility_timeout"]


def test_a_night_sees_takes_and_closes_and_a_second_one_changes_nothing(shop):
    make_campaign(
        products=[shop.crew], doors=[shop.first], starts_on=TODAY, days=5, status=CampaignStatus.RUNNING
    )
    tasks.take_the_night()
    sums = list(WeekFact.objects.order_by("pk").values_list("door_days", "sku_doors"))
    assert PromotedDays.objects.count() == 1
    tasks.take_the_night()
    assert list(WeekFact.objects.order_by("pk").values_list("door_days", "sku_doors")) == sums
    assert WeekSnapshot.objects.filter(closed_at=None).count() == 2
    set_today(TODAY + timedelta(days=7))
    tasks.take_the_night()
    assert snapshot_of(LAST_WEEK).closed_at is not None
    assert [week.week_start for week in WeekSnapshot.objects.filter(closed_at=None)] == [TODAY, TODAY + WEEK]


@pytest.fixture
def no_days_can_be_seen(db) -> Iterator[None]:
    """The table of promoted days takes no row: whoever tries loses the connection."""
    with connection.cursor() as cursor:
        cursor.execute(
            "ALTER TABLE scorecard_promoteddays"
            " ADD CONSTRAINT none_at_all CHECK (pg_terminate_backend(pg_backend_pid()))"
        )
    yield
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE scorecard_promoteddays DROP CONSTRAINT none_at_all")


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_step_that_loses_its_connection_is_logged_and_the_others_go_on(no_days_can_be_seen, shop, caplog):
    make_campaign(
        products=[shop.crew], doors=[shop.first], starts_on=TODAY, days=5, status=CampaignStatus.RUNNING
    )
    tasks.take_the_night()
    assert "The scorecard could not see promoted days tonight." in caplog.text
    assert WeekSnapshot.objects.count() == 2
