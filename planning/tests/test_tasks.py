"""The worker's tasks: the names under which others call them, and what each does."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.conf import settings
from django.utils import timezone

from marketing.baseline.models import BaselineForecast
from marketing.campaigns.models import Campaign
from marketing.catalogue.models import Category
from marketing.sales.models import PastPromotion, WeeklySales
from marketing.tests.factories import TODAY, drop_operating_models, make_campaign, make_product, make_sales
from planning import tasks
from planning.buying.models import BuyPlan
from planning.consensus.choices import CycleStatus, Layer
from planning.consensus.domain.opening import open_cycle
from planning.consensus.domain.signing import BUY_PLAN_TASK
from planning.consensus.models import Cycle, ForecastBlock, LayerAccuracy
from planning.consensus.packing import unpacked
from planning.risk.choices import RunScope
from planning.risk.domain import CHUNK_TASK, LOST_AFTER, SWEEP_AFTER
from planning.risk.models import Flag, RecalculationRun
from planning.tests.buying.cases import published
from planning.tests.consensus.cases import make_block, make_version, publish
from planning.tests.messages import taken_from
from planning.tests.risk.cases import Network, recalculated
from sop_site.celery import app
from sop_site.changes import RECALCULATE_TASK, mark_changed
from sop_site.changes.models import ChangedSku
from sop_site.clock import set_today
from sop_site.fiscal import month_of
from sop_site.operating_model.choices import ModelStatus
from sop_site.operating_model.domain import RECALCULATE_TASK as NEW_MODEL_TASK
from sop_site.operating_model.models import OperatingModel
from sop_site.tests.operating_model import cases as versions

pytestmark = pytest.mark.django_db


@pytest.fixture
def network(today) -> Network:
    return Network.make()


@pytest.fixture
def product(network):
    product = network.make_sku("CREW-M", at_dc=0.0)
    make_campaign(products=[product], doors=network.doors)
    return product


def test_the_tasks_that_others_call_by_name_exist():
    scheduled = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert scheduled <= set(app.tasks)
    named = {RECALCULATE_TASK, NEW_MODEL_TASK, CHUNK_TASK, BUY_PLAN_TASK}
    named |= {name for name in scheduled if name.startswith("planning.")}
    assert named == {name for name in app.tasks if name.startswith("planning.")}


def test_a_task_at_work_is_never_handed_out_twice_and_one_cut_off_in_learning_comes_back():
    hidden_seconds = settings.CELERY_BROKER_TRANSPORT_OPTIONS["visibility_timeout"]
    limits = {
        name: task.time_limit or settings.CELERY_TASK_TIME_LIMIT
        for name, task in app.tasks.items()
        if name.startswith("planning.")
    }
    assert max(limits.values()) < hidden_seconds
    assert timedelta(seconds=limits[CHUNK_TASK]) < LOST_AFTER
    assert limits.pop("planning.recalculate_everything") == 3500
    assert set(limits.values()) == {300}
    assert not tasks.recalculate_everything.acks_on_timeout


def test_an_edit_is_recalculated_once(product):
    mark_changed([product.pk])
    tasks.recalculate_changed(product_ids=[product.pk])
    tasks.recalculate_changed(product_ids=[product.pk])
    assert [run.scope for run in RecalculationRun.objects.all()] == [RunScope.EDIT]
    assert Flag.objects.get().state == "stockout"


def test_the_sweep_takes_what_was_left(product):
    mark_changed([product.pk])
    tasks.sweep_changed_skus()
    assert not RecalculationRun.objects.exists()
    ChangedSku.objects.update(changed_at=timezone.now() - SWEEP_AFTER - timedelta(seconds=1))
    tasks.sweep_changed_skus()
    assert [run.scope for run in RecalculationRun.objects.all()] == [RunScope.SWEEP]


def test_at_night_campaigns_begin_and_end_baselines_are_fitted_and_all_is_handed_out(
    network, product, django_capture_on_commit_callbacks
):
    begins = make_campaign(products=[product], doors=network.doors, starts_on=TODAY, status="approved")
    ended = make_campaign(
        products=[product], doors=network.doors, starts_on=TODAY - timedelta(days=14), status="running"
    )
    recalculated(product)
    for door in network.doors:
        for week in range(1, 11):
            WeeklySales.objects.create(
                product=product, door=door, week_start=TODAY - timedelta(weeks=week), units=Decimal(30)
            )
    taken_from("nightly")
    with django_capture_on_commit_callbacks(execute=True):
        tasks.recalculate_everything()
    assert list(ChangedSku.objects.values_list("product_id", flat=True)) == [product.pk]
    (chunk,) = taken_from("nightly")
    chunk.do()
    begins.refresh_from_db()
    ended.refresh_from_db()
    assert (begins.status, ended.status) == ("running", "completed")
    assert PastPromotion.objects.filter(code=ended.code).count() == 2
    assert {baseline.weekly_units[0] for baseline in BaselineForecast.objects.all()} == {30.0}
    assert Flag.objects.get(campaign=begins).expected_units == pytest.approx(2 * 2 * (30 + 30))
    run = RecalculationRun.objects.first()
    assert (run.scope, run.sku_count, run.chunk_count, run.error) == (RunScope.NIGHTLY, 1, 1, "")
    assert run.finished_at is not None
    assert not ChangedSku.objects.exists()
    assert Campaign.objects.count() == 3


def test_under_a_new_operating_model_every_flag_and_the_buy_plan_are_made_anew(
    product, user_of, django_capture_on_commit_callbacks
):
    before = OperatingModel.objects.get()
    recalculated(product)
    for queue in ("recalculation", "nightly"):
        taken_from(queue)
    with django_capture_on_commit_callbacks(execute=True):
        adopted = versions.make_version(ModelStatus.ADOPTED, user_of)
    assert Flag.objects.get().operating_model == before
    (message,) = taken_from("recalculation")
    with django_capture_on_commit_callbacks(execute=True):
        message.do()
    assert [asked.task for asked in taken_from("recalculation")] == [BUY_PLAN_TASK]
    (chunk,) = taken_from("nightly")
    chunk.do()
    assert Flag.objects.get().operating_model == adopted
    assert RecalculationRun.objects.latest("queued_at").scope == RunScope.MODEL


@pytest.fixture
def sold(network, product) -> None:
    """The SKU sold 30 a week at one door, from which its baseline is learned."""
    weeks = [TODAY - timedelta(weeks=week) for week in range(1, 11)]
    make_sales(product, network.doors[0], dict.fromkeys(weeks, 30.0))


def test_at_night_the_cycle_of_the_month_is_opened_on_what_was_just_learned(sold):
    tasks.recalculate_everything()
    cycle = Cycle.objects.get()
    assert (cycle.month, cycle.status) == (month_of(TODAY), CycleStatus.COLLECTING)
    (block,) = cycle.current_version.blocks.all()
    statistical = unpacked(block).monthly(Layer.STATISTICAL, block.version.month_of_week)
    assert statistical[0, 0] == pytest.approx(5 * 30)
    tasks.recalculate_everything()
    assert Cycle.objects.get() == cycle


def test_at_night_a_cycle_whose_functions_are_late_goes_on_without_them(product):
    due = open_cycle(month=month_of(TODAY), today=TODAY)
    waits = open_cycle(month=month_of(TODAY) + 1, today=TODAY)
    tasks.recalculate_everything()
    status = dict(Cycle.objects.values_list("pk", "status"))
    assert status == {due.pk: CycleStatus.RECONCILING, waits.pk: CycleStatus.COLLECTING}


def test_where_no_cycle_can_be_opened_the_night_is_recalculated_all_the_same(product, sold, caplog):
    drop_operating_models()
    tasks.recalculate_everything()
    assert not Cycle.objects.exists()
    assert "The consensus could not go on tonight; it will be tried again tomorrow." in caplog.messages
    assert ChangedSku.objects.get().product_id == product.pk
    assert RecalculationRun.objects.get().scope == RunScope.NIGHTLY


@pytest.fixture
def signed_for(network, product) -> ForecastBlock:
    """20 a week of the SKU at the doors' region, published for December and what follows; it sold 30."""
    december = month_of(TODAY) + 1
    category = Category.objects.create(path="Tops", name="Tops")
    version = make_version(month_of(TODAY))
    block = make_block(version, category, network.doors[0].region, {product: 20.0})
    weeks = [december.start + timedelta(weeks=week) for week in range(december.weeks)]
    make_sales(product, network.doors[0], dict.fromkeys(weeks, 30.0))
    set_today(december.end + timedelta(days=1))
    return block


def test_at_night_past_forecasts_are_held_against_what_was_sold(signed_for):
    publish(signed_for.version, TODAY)
    tasks.recalculate_everything()
    consensus = LayerAccuracy.objects.get(layer=Layer.CONSENSUS)
    assert (consensus.forecast_units, consensus.absolute_error_units) == (5 * 20.0, 5 * 10.0)


def test_where_nothing_can_be_measured_the_night_is_recalculated_all_the_same(signed_for, product, caplog):
    signed_for.calculated = b"cut off"
    signed_for.save()
    publish(signed_for.version, TODAY)
    tasks.recalculate_everything()
    assert "Past forecasts could not be measured tonight; it will be tried again tomorrow." in caplog.messages
    assert ChangedSku.objects.get().product_id == product.pk
    assert RecalculationRun.objects.get().scope == RunScope.NIGHTLY


def test_at_night_a_buy_plan_is_asked_for_and_calculated(network, django_capture_on_commit_callbacks):
    taken_from("recalculation")
    with django_capture_on_commit_callbacks(execute=True):
        tasks.recalculate_everything()
    buys = [message for message in taken_from("recalculation") if message.task == BUY_PLAN_TASK]
    assert len(buys) == 1
    buys[0].do()
    assert not BuyPlan.objects.exists()
    sku = make_product()
    version = published({"North": {sku: 5.0}})
    buys[0].do()
    assert BuyPlan.objects.get().version == version
