"""A buy plan in a real worker: asked for, and killed in the middle."""

import pytest
from django.db import transaction
from django.forms.models import model_to_dict

from marketing.catalogue.models import Product
from marketing.tests.factories import TODAY
from planning.buying.domain import ask_for_buy_plan
from planning.buying.models import BuyLine, BuyPlan, OpenToBuy
from planning.buying.queries import plan_state
from planning.consensus.domain.signing import BUY_PLAN_TASK
from planning.supply.models import StockPosition
from planning.tests.buying.cases import Network, plan, planned, published, row_versions
from planning.tests.factories import make_stock
from planning.tests.waiting import someone_waits_for_us, threads, until
from sop_site.access.roles import Role
from sop_site.celery import app

pytestmark = [
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
    pytest.mark.usefixtures("today"),
]


@pytest.fixture
def network() -> Network:
    return Network.make()


@pytest.fixture
def crew(network) -> Product:
    """20 a week are signed for the north, where 1,000 are in stock."""
    crew = network.make_sku("CREW")
    published({"North": {crew: 20.0}})
    make_stock(crew, network.north, 1_000)
    return crew


def amounts() -> list[dict]:
    return [model_to_dict(row) for row in OpenToBuy.objects.order_by("pk")]


def test_a_plan_that_was_asked_for_is_calculated(network, crew, worker, user_of):
    before = plan()
    StockPosition.objects.update(on_hand_units=0.0)
    ask_for_buy_plan(by=user_of(Role.PLANNING_MEMBER))
    until(lambda: not plan_state(TODAY).is_calculating, seconds=30, what="the plan to be calculated")
    (found,) = BuyPlan.objects.exclude(pk=before.pk)
    assert plan_state(TODAY).plan == found
    assert set(planned(crew, network.north).values()) >= {20.0}


def test_a_calculation_that_is_killed_leaves_the_plan_as_it_was(network, crew, worker):
    """It is killed inside its transaction, about to delete a line that is no longer needed."""
    StockPosition.objects.update(on_hand_units=0.0)
    before = plan()
    StockPosition.objects.update(on_hand_units=1_000.0)
    lines, open_to_buy = row_versions(), amounts()
    assert len(lines) > 1
    with threads(1) as start, transaction.atomic():
        BuyLine.objects.select_for_update().latest("week_start")
        start(app.send_task, BUY_PLAN_TASK).result()
        until(someone_waits_for_us, seconds=30, what="the worker to reach the line")
        worker.kill()
    assert (row_versions(), amounts()) == (lines, open_to_buy)
    assert list(BuyPlan.objects.all()) == [before]

    worker.start()
    app.send_task(BUY_PLAN_TASK)
    until(lambda: plan_state(TODAY).plan != before, seconds=60, what="the plan to be calculated")
    assert set(row_versions()) < set(lines)
