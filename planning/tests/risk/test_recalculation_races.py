"""Recalculations beside edits, decisions and one another: nothing lost, nothing doubled."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from marketing.catalogue.models import Product
from marketing.tests.factories import TODAY, make_campaign
from planning.risk import runs
from planning.risk.choices import AcceptanceStatus, RunScope
from planning.risk.domain import recalculate, recalculate_all, start_full_recalculation
from planning.risk.models import Flag, FlagEvent, RecalculationRun, RiskAcceptance
from planning.supply.models import StockPosition
from planning.tests.messages import taken_from
from planning.tests.risk.cases import Network, recalculated
from planning.tests.waiting import sessions_that_wait, someone_waits_for_us, threads, until
from sop_site.access.roles import Role
from sop_site.changes import mark_changed
from sop_site.changes.models import ChangedSku
from sop_site.faults.edits import Editor
from sop_site.faults.verdict import Moment, judge

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


@pytest.fixture(autouse=True)
def queue_is_empty() -> None:
    """Whatever the tests before have sent."""
    taken_from("nightly")


@pytest.fixture
def network(today) -> Network:
    return Network.make()


@pytest.fixture
def product(network):
    """Flagged, short of 60 units; its DC then loses what it had, which nobody has recalculated yet."""
    product = network.make_sku("CREW-M", at_dc=100.0)
    make_campaign(products=[product], doors=network.doors)
    recalculated(product)
    assert Flag.objects.get().units_short == 60.0
    StockPosition.objects.filter(product=product, door=network.dc).update(on_hand_units=0.0)
    mark_changed([product.pk])
    return product


def recalculate_what_waits() -> RecalculationRun | None:
    waiting = list(ChangedSku.objects.values_list("product_id", flat=True))
    return recalculate(product_ids=waiting, scope=RunScope.EDIT)


@pytest.fixture
def chunks_of_three(monkeypatch) -> None:
    monkeypatch.setattr(runs, "FEWEST_SKUS", 3)
    monkeypatch.setattr(runs, "MOST_SKUS", 3)


def test_two_recalculations_at_once_do_each_sku_once(network, chunks_of_three):
    products = [network.make_sku(f"SKU-{number}", at_dc=0.0) for number in range(12)]
    make_campaign(products=products, doors=network.doors)
    mark_changed([product.pk for product in products])
    with threads(2) as start:
        both = [start(recalculate_what_waits) for _ in range(2)]
    runs = [run for run in (future.result() for future in both) if run is not None]
    assert sum(run.sku_count for run in runs) == 12
    assert sum(run.opened_count for run in runs) == 12
    assert FlagEvent.objects.count() == Flag.objects.count() == 12
    assert RecalculationRun.objects.count() == len(runs)
    assert not ChangedSku.objects.exists()


def test_a_mark_made_during_the_run_stays(product):
    """The run is held up at the flag; in the meantime the SKU is marked again."""
    with threads(2) as start:
        with transaction.atomic():
            Flag.objects.select_for_update(no_key=True).get()
            run = start(recalculate_what_waits)
            until(someone_waits_for_us, seconds=20, what="the run to reach the flag")
            start(mark_changed, [product.pk]).result()
        assert run.result().sku_count == 1
    assert Flag.objects.get().units_short == 80.0
    assert ChangedSku.objects.get().version == 2


def test_a_run_does_not_wait_for_a_mark_that_is_being_made(product):
    with threads(1) as start:
        with transaction.atomic():
            mark_changed([product.pk])
            run = start(recalculate_what_waits).result(timeout=20)
        assert (run.sku_count, run.error) == (1, "")
    assert ChangedSku.objects.get().version == 2
    assert recalculate_what_waits().sku_count == 1
    assert not ChangedSku.objects.exists()


def test_a_risk_accepted_during_the_run_is_kept_and_compared_with_what_the_run_found(product, user_of):
    """The person accepts 60 units while a run is about to write 80."""
    by = user_of(Role.PLANNING_MEMBER)
    with threads(1) as start:
        with transaction.atomic():
            flag = Flag.objects.select_for_update(no_key=True).get()
            run = start(recalculate_what_waits)
            until(someone_waits_for_us, seconds=20, what="the run to reach the flag")
            acceptance = RiskAcceptance.objects.create(
                flag=flag,
                status=AcceptanceStatus.IN_FORCE,
                reason="Late season.",
                accepted_state=flag.state,
                accepted_units_short=flag.units_short,
                accepted_revenue_short=flag.revenue_short,
                is_large=False,
                proposed_at=timezone.now(),
                proposed_by=by,
            )
        run.result()
    acceptance.refresh_from_db()
    assert (acceptance.status, acceptance.reason) == (AcceptanceStatus.OUTGROWN, "Late season.")
    assert Flag.objects.get().events.filter(kind="outgrew_acceptance").count() == 1


def test_a_chunk_whose_message_comes_twice_at_once_is_done_once(product):
    """Both find it undone and wait for its SKU."""
    run = start_full_recalculation(scope=RunScope.NIGHTLY)
    (message,) = taken_from("nightly")
    with threads(2) as start:
        with transaction.atomic():
            Product.objects.select_for_update(no_key=True).get()
            both = [start(message.do) for _ in range(2)]
            until(lambda: sessions_that_wait() == 2, seconds=20, what="both to wait for the SKU")
        for future in both:
            future.result()
    run.refresh_from_db()
    assert (run.sku_count, run.worsened_count, run.error) == (1, 1, "")
    assert run.finished_at is not None
    assert run.chunks.get().sku_count == 1
    assert [event.kind for event in Flag.objects.get().events.order_by("pk")] == ["opened", "worsened"]


def test_edits_against_recalculations_end_where_a_fresh_one_does(network, chunks_of_three, user_of):
    products = [network.make_sku(f"SKU-{number}", at_dc=150.0) for number in range(8)]
    make_campaign(products=products[:5], doors=network.doors)
    make_campaign(products=products[3:], doors=network.doors, starts_on=TODAY + timedelta(days=30))
    people = {role: user_of(role) for role in Role}
    editors = [Editor(f"Editor {number}", people, open_campaigns=2) for number in range(4)]

    def edit(editor: Editor) -> None:
        for _ in range(15):
            editor.edit()

    def work() -> None:
        for _ in range(20):
            recalculate_what_waits()

    def nightly() -> None:
        for _ in range(3):
            recalculate_all(scope=RunScope.NIGHTLY)

    def handed_out() -> None:
        for _ in range(3):
            start_full_recalculation(scope=RunScope.NIGHTLY)
            for message in taken_from("nightly"):
                message.do()

    with threads(7) as start:
        working = [start(work), start(nightly), start(handed_out)]
        working += [start(edit, editor) for editor in editors]
        for future in working:
            future.result()
    recalculate_what_waits()
    assert not ChangedSku.objects.exists()
    assert not RecalculationRun.objects.exclude(error="").exists()
    assert not RecalculationRun.objects.filter(finished_at=None).exists()
    decided = [made for editor in editors for made in editor.decided]
    verdict = judge(decided=decided, since=Moment(0, 0), runs_were_cut_off=False)
    assert (verdict.lost, verdict.doubled, verdict.stale) == ([], [], [])
