"""Runs that many workers share: every SKU is handed out once, the run adds up, and what is left is swept."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta

import pytest
from django.conf import settings
from django.forms.models import model_to_dict
from django.utils import timezone

from marketing.catalogue.models import Product
from marketing.tests.factories import make_campaign
from planning.risk import domain, runs
from planning.risk.choices import RunScope
from planning.risk.models import Flag, FlagEvent, RecalculationRun
from planning.risk.runs import SILENT_AFTER
from planning.supply.models import StockPosition
from planning.tests.messages import Message, taken_from
from planning.tests.risk.cases import Network, recalculated
from sop_site.celery import app
from sop_site.changes import RECALCULATE_TASK, mark_changed
from sop_site.changes.models import ChangedSku
from sop_site.clock import set_today
from sop_site.operating_model.domain import RECALCULATE_TASK as NEW_MODEL_TASK
from sop_site.operating_model.models import OperatingModel

pytestmark = pytest.mark.django_db
COUNTS = ("sku_count", "opened_count", "worsened_count", "eased_count", "cleared_count")
SECOND = timedelta(seconds=1)


@pytest.fixture
def network(today) -> Network:
    return Network.make()


@pytest.fixture
def products(network, monkeypatch) -> list[Product]:
    """Five SKUs in chunks of two; no door of theirs has enough for the campaign."""
    monkeypatch.setattr(runs, "FEWEST_SKUS", 2)
    monkeypatch.setattr(runs, "MOST_SKUS", 2)
    products = [network.make_sku(f"SKU-{number}", at_dc=0.0) for number in range(5)]
    make_campaign(products=products, doors=network.doors)
    return products


@pytest.fixture
def sent(db, django_capture_on_commit_callbacks) -> Callable[[Callable[[], object]], list[Message]]:
    """Does something as if it were committed, and takes the chunks out of the queue that it sent."""
    taken_from("nightly")

    def do(act: Callable[[], object]) -> list[Message]:
        with django_capture_on_commit_callbacks(execute=True):
            act()
        return taken_from("nightly")

    return do


@pytest.fixture
def chunks(products, sent) -> list[Message]:
    """The messages of a nightly run that nobody has taken up yet."""
    return sent(lambda: domain.start_full_recalculation(scope=RunScope.NIGHTLY))


def ids_of(products: Sequence[Product]) -> list[int]:
    return [product.pk for product in products]


def waiting() -> list[int]:
    return list(ChangedSku.objects.order_by("product_id").values_list("product_id", flat=True))


def age(ago: timedelta, product_ids: Sequence[int] | None = None) -> None:
    """As if these marks, or all of them, had been made so long ago."""
    marks = ChangedSku.objects.filter(product_id__in=waiting() if product_ids is None else product_ids)
    marks.update(changed_at=timezone.now() - ago)


def run_now() -> RecalculationRun:
    return RecalculationRun.objects.get()


def put_at(network: Network, product: Product, at_dc: float) -> None:
    StockPosition.objects.filter(product=product, door=network.dc).update(on_hand_units=at_dc)


def test_every_sku_is_marked_and_handed_out_once(products, chunks):
    run, ids = run_now(), ids_of(products)
    assert {message.task for message in chunks} == {domain.CHUNK_TASK}
    assert [message.facts for message in chunks] == [
        {"run_id": run.pk, "number": 0, "product_ids": ids[:2]},
        {"run_id": run.pk, "number": 1, "product_ids": ids[2:4]},
        {"run_id": run.pk, "number": 2, "product_ids": ids[4:]},
    ]
    assert waiting() == ids
    assert (run.scope, run.sku_count, run.chunk_count) == (RunScope.NIGHTLY, 5, 3)
    assert (run.started_at, run.finished_at, run.heartbeat_at) == (None, None, run.queued_at)
    assert not run.chunks.exists()


def test_a_full_run_of_nothing_is_none(db, sent):
    assert sent(lambda: domain.start_full_recalculation(scope=RunScope.NIGHTLY)) == []
    assert not RecalculationRun.objects.exists()


def test_the_run_is_finished_exactly_when_its_last_chunk_is(chunks):
    done = 0
    for number in (2, 0, 1):
        assert run_now().finished_at is None
        chunks[number].do()
        run, told = run_now(), run_now().chunks.all()
        done += len(chunks[number].facts["product_ids"])
        assert (run.sku_count, run.opened_count, len(told)) == (done, done, [2, 0, 1].index(number) + 1)
        assert run.started_at == min(chunk.started_at for chunk in told)
        assert run.heartbeat_at == max(chunk.finished_at for chunk in told)
    assert run.finished_at == run.heartbeat_at
    assert (run.sku_count, waiting(), run.error) == (5, [], "")
    assert Flag.objects.filter(state="stockout").count() == 5


def test_a_chunk_that_comes_again_changes_nothing(chunks):
    for message in [*chunks, chunks[1]]:
        message.do()
    before, events = model_to_dict(run_now()), FlagEvent.objects.count()
    for message in chunks:
        message.do()
    assert model_to_dict(run_now()) == before
    assert [run_now().chunks.filter(number=number).count() for number in range(3)] == [1, 1, 1]
    assert (before["sku_count"], before["opened_count"], events) == (5, 5, 5)


def test_a_chunk_that_comes_again_does_not_do_what_was_edited_since(products, chunks):
    """That edit has its own message; the night's is done."""
    chunks[0].do()
    mark_changed(ids_of(products[:1]))
    chunks[0].do()
    assert products[0].pk in waiting()


def test_the_counts_of_the_chunks_add_up(network, products, sent):
    """One of each: it opens, worsens, eases, clears; and one that stays as it is."""
    opens, worsens, eases, clears, _ = products
    put_at(network, opens, 1_000.0)
    for product in (worsens, eases, clears):
        put_at(network, product, 100.0)
    recalculated(*products)
    RecalculationRun.objects.all().delete()
    for product, at_dc in ((opens, 0.0), (worsens, 50.0), (eases, 130.0), (clears, 1_000.0)):
        put_at(network, product, at_dc)
    for message in sent(lambda: domain.start_full_recalculation(scope=RunScope.NIGHTLY)):
        message.do()
    run = run_now()
    by_chunk = run.chunks.order_by("number").values_list(*COUNTS)
    assert list(by_chunk) == [(2, 1, 1, 0, 0), (2, 0, 0, 1, 1), (1, 0, 0, 0, 0)]
    assert tuple(getattr(run, name) for name in COUNTS) == (5, 1, 1, 1, 1)


def test_what_another_recalculation_did_meanwhile_is_not_counted(products, chunks):
    domain.recalculate(product_ids=ids_of(products[1:3]), scope=RunScope.EDIT)
    for message in chunks:
        message.do()
    assert list(run_of(RunScope.NIGHTLY).chunks.order_by("number").values_list("sku_count", flat=True)) == [
        1, 1, 1,
    ]  # fmt: skip
    assert (run_of(RunScope.NIGHTLY).sku_count, run_of(RunScope.EDIT).sku_count) == (3, 2)
    assert run_of(RunScope.NIGHTLY).finished_at is not None
    assert FlagEvent.objects.count() == 5


def run_of(scope: RunScope) -> RecalculationRun:
    return RecalculationRun.objects.get(scope=scope)


def test_an_error_is_kept_on_the_run_and_the_sweep_takes_up_what_it_left(today, products, chunks):
    set_today(date(1980, 1, 1))
    with pytest.raises(OperatingModel.DoesNotExist):
        chunks[0].do()
    set_today(today)
    for message in chunks[1:]:
        message.do()
    run = run_now()
    assert "OperatingModel" in run.error
    assert (run.finished_at, run.sku_count, run.chunks.filter(number=0).exists()) == (None, 3, False)
    assert waiting() == ids_of(products[:2])
    age(domain.SWEEP_AFTER + SECOND)
    assert domain.sweep_changed_skus().sku_count == 2
    assert waiting() == []


def test_a_run_that_nobody_could_add_up_is_finished_by_the_sweep(chunks):
    """Its last worker was lost between the chunk's commit and the run's row."""
    for message in chunks:
        message.do()
    before = model_to_dict(run_now())
    RecalculationRun.objects.update(finished_at=None, sku_count=2, opened_count=2)
    assert domain.sweep_changed_skus() is None
    assert model_to_dict(run_now()) == before


def test_the_sweep_leaves_the_marks_of_a_run_that_is_under_way(products, chunks):
    chunks[0].do()
    RecalculationRun.objects.update(marked_at=timezone.now() - timedelta(minutes=5))
    age(timedelta(minutes=6))
    assert domain.sweep_changed_skus() is None
    assert waiting() == ids_of(products[2:])
    for message in chunks[1:]:
        message.do()
    assert (run_now().sku_count, waiting()) == (5, [])


def test_the_sweep_takes_a_mark_that_is_newer_than_the_run(products, chunks):
    """An edit whose message was lost does not wait until the night is over."""
    RecalculationRun.objects.update(marked_at=timezone.now() - timedelta(minutes=5))
    age(timedelta(minutes=6))
    age(domain.SWEEP_AFTER + SECOND, ids_of(products[3:4]))
    swept = domain.sweep_changed_skus()
    assert (swept.scope, swept.sku_count, swept.chunk_count) == (RunScope.SWEEP, 1, 0)
    assert waiting() == ids_of([*products[:3], products[4]])
    assert Flag.objects.get().product == products[3]


@pytest.mark.parametrize(("silent_for", "is_swept"), [(-SECOND, False), (SECOND, True)])
def test_the_sweep_takes_the_marks_of_a_run_that_has_fallen_silent(
    products, chunks, sent, silent_for, is_swept
):
    silent_since = timezone.now() - SILENT_AFTER - silent_for
    RecalculationRun.objects.update(marked_at=silent_since, heartbeat_at=silent_since)
    age(timedelta(minutes=6))
    messages = sent(domain.sweep_changed_skus)
    assert [message.facts["product_ids"] for message in messages] == (
        [message.facts["product_ids"] for message in chunks] if is_swept else []
    )
    assert RecalculationRun.objects.filter(scope=RunScope.SWEEP).exists() == is_swept


def test_the_run_that_fell_silent_ends_well_if_its_messages_come_after_all(chunks, sent):
    RecalculationRun.objects.update(heartbeat_at=timezone.now() - SILENT_AFTER - SECOND)
    age(timedelta(minutes=6))
    for message in [*sent(domain.sweep_changed_skus), *chunks]:
        message.do()
    nightly, sweep = run_of(RunScope.NIGHTLY), run_of(RunScope.SWEEP)
    assert (nightly.sku_count, sweep.sku_count) == (0, 5)
    assert (nightly.error, sweep.error) == ("", "")
    assert None not in (nightly.finished_at, sweep.finished_at)
    assert FlagEvent.objects.count() == 5


@pytest.mark.parametrize(("count", "chunk_count"), [(2, 0), (3, 2)])
def test_a_large_sweep_is_handed_out_and_a_small_one_is_not(products, sent, count, chunk_count):
    mark_changed(ids_of(products[:count]))
    age(domain.SWEEP_AFTER + SECOND)
    messages = sent(domain.sweep_changed_skus)
    run = run_now()
    assert (run.scope, run.sku_count, run.chunk_count) == (RunScope.SWEEP, count, chunk_count)
    assert [message.facts["number"] for message in messages] == list(range(chunk_count))
    assert (run.finished_at is None) == bool(messages)
    for message in messages:
        message.do()
    assert (run_now().sku_count, waiting()) == (count, [])
    assert run_now().finished_at is not None


def test_a_shared_run_that_lost_its_workers_is_given_up(chunks):
    """It comes back with the sweep, whose own run tells of it."""
    RecalculationRun.objects.update(heartbeat_at=timezone.now() - domain.LOST_AFTER - SECOND)
    domain.sweep_changed_skus()
    assert run_now().error == domain.LOST


def test_what_people_wait_for_goes_before_the_night():
    """Workers look into their queues in this order."""
    queues = {name: app.amqp.router.route({}, name)["queue"].name for name in app.tasks if "planning" in name}
    assert [queue.name for queue in settings.CELERY_TASK_QUEUES] == [
        "recalculation",
        "nightly",
        "learning",
    ]
    assert queues == {
        RECALCULATE_TASK: "recalculation",
        "planning.sweep_changed_skus": "recalculation",
        domain.CHUNK_TASK: "nightly",
        "planning.calculate_buy_plan": "recalculation",
        NEW_MODEL_TASK: "recalculation",
        "planning.recalculate_everything": "learning",
    }
