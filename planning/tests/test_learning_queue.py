"""The worker that learns, real: whatever becomes of the fit, the night's recalculation is handed out."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.db import connection, transaction

from marketing.baseline.models import BaselineForecast
from marketing.sales.models import WeeklySales
from marketing.tests.factories import make_campaign
from planning import tasks
from planning.risk.choices import RunScope
from planning.risk.models import RecalculationRun
from planning.tests.messages import taken_from
from planning.tests.risk.cases import Network
from planning.tests.waiting import someone_waits_for_us, threads, until
from sop_site.embedded.children import LEARNER, Child

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)
WAITING_SESSION = (
    "SELECT pid FROM pg_locks WHERE NOT granted AND relation = 'marketing_weeklysales'::regclass"
)


@pytest.fixture
def night(today, start_worker) -> Child:
    """A SKU in a campaign, and the worker that learns."""
    network = Network.make()
    make_campaign(products=[network.make_sku("CREW-M", at_dc=0.0)], doors=network.doors)
    return start_worker("learner", LEARNER)


@contextmanager
def sales_held() -> Iterator[None]:
    """Whoever reads sales waits until this ends."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {WeeklySales._meta.db_table} IN ACCESS EXCLUSIVE MODE")
        yield


def kill_its_process(learner: Child) -> None:
    """As the system does where memory runs out."""
    (process,) = learner.started_processes()
    process.kill()


def end_its_session(learner: Child) -> None:
    """As a database does that restarts."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_terminate_backend(({WAITING_SESSION}))")


def has_handed_out() -> bool:
    return RecalculationRun.objects.filter(scope=RunScope.NIGHTLY).exclude(marked_at=None).exists()


@pytest.mark.parametrize("harm", [kill_its_process, end_its_session])
def test_a_fit_that_is_cut_off_keeps_no_night_from_its_recalculation(
    night: Child, harm: Callable[[Child], None]
) -> None:
    """All is handed out while the sales that the fit needs are still held, with the fit of yesterday."""
    before = list(BaselineForecast.objects.order_by("pk").values())
    with threads(1) as start, sales_held():
        tasks.recalculate_everything.delay()
        until(someone_waits_for_us, seconds=20, what="the fit to begin")
        harm(night)
        until(lambda: start(has_handed_out).result(), seconds=40, what="the night to be handed out")
    assert list(BaselineForecast.objects.order_by("pk").values()) == before != []
    (chunk,) = taken_from("nightly")
    chunk.do()
    assert RecalculationRun.objects.get(scope=RunScope.NIGHTLY).finished_at is not None


def test_each_night_has_a_process_of_its_own(night: Child) -> None:
    """So that the memory that it took goes back."""
    (before,) = night.started_processes()
    tasks.recalculate_everything.delay()
    until(has_handed_out, seconds=20, what="the night to be handed out")
    until(
        lambda: [process for process in night.started_processes() if process != before],
        seconds=20,
        what="a fresh process",
    )
    assert not before.is_running()
