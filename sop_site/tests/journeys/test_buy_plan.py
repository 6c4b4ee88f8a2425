"""A planner has the buy plan calculated, while it is looked at."""

import re

import pytest
from django.db import transaction
from django.urls import reverse
from playwright.sync_api import expect

from planning.buying.queries import buy_lines
from planning.buying.stored import hold_lines
from planning.supply.models import StockPosition
from planning.tests.buying.cases import Network, plan, published
from planning.tests.factories import make_stock
from sop_site.access.roles import Role

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


@pytest.fixture
def sold_from_stock(today) -> None:
    """A plan that orders nothing, since there is stock for all that is signed."""
    network = Network.make()
    crew = network.make_sku("CREW")
    published({"North": {crew: 20.0}})
    make_stock(crew, network.north, 10_000)
    plan()


def test_a_plan_calculated_now_takes_the_place_of_the_one_before(sold_from_stock, worker, person):
    page = person(Role.PLANNING_MEMBER)
    page.goto(reverse("buying:plan"))
    expect(page.get_by_role("heading", name="0 planned orders")).to_be_visible()
    StockPosition.objects.update(on_hand_units=0.0)
    with transaction.atomic():
        hold_lines(alone=True)
        page.get_by_role("button", name="Calculate now").click()
        expect(page.get_by_role("status").get_by_text("is being calculated anew")).to_be_visible()
        expect(page.get_by_role("button", name="Calculate now")).to_have_count(0)
        expect(page.locator("#plan")).to_have_attribute("hx-trigger", re.compile("tick"))
    expect(page.get_by_role("button", name="Calculate now")).to_be_visible()
    orders = buy_lines().count()
    assert orders > 0
    expect(page.get_by_role("heading", name=f"{orders} planned order")).to_be_visible()
    expect(page.get_by_text("is being calculated anew")).to_have_count(0)
    expect(page.locator("#plan")).not_to_have_attribute("hx-trigger", re.compile("tick"))
