"""From the sign-in to a decision with the keyboard alone, with the focus in sight and kept."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import Locator, Page, expect

from marketing.tests.factories import make_campaign
from planning.remedies.domain import propose_reduction
from planning.risk.models import Flag
from planning.tests.risk.cases import recalculated
from sop_site.access.roles import Role
from sop_site.tests.journeys.steps import PASSWORD, message, sku_row
from sop_site.tests.journeys.world import FIRST_DAY

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)
DESK = {"width": 1440, "height": 900}
MOST_STOPS = 60
IS_MARKED = """() => {
  const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(document.activeElement);
  return (outlineStyle !== "none" && outlineWidth !== "0px") || boxShadow !== "none";
}"""


def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until ``target`` has the focus; every stop on the way must be seen."""
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        assert page.evaluate(IS_MARKED), page.evaluate("document.activeElement.outerHTML")
        if target.evaluate("element => element === document.activeElement"):
            return
    pytest.fail(f"{target} is not reached by Tab")


def test_a_risk_is_accepted_with_the_keyboard_alone(world, visit, user_of):
    planner = user_of(Role.PLANNING_MEMBER)
    planner.set_password(PASSWORD)
    planner.save()
    make_campaign(products=world.featured, doors=world.network.stores, starts_on=FIRST_DAY)
    recalculated(*world.featured)
    page = visit(viewport=DESK).new_page()

    page.goto("/")
    expect(page.get_by_label("Username")).to_be_focused()
    page.keyboard.type(planner.username)
    tab_to(page, page.get_by_label("Password"))
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("What needs")
    tab_to(page, page.get_by_role("navigation", name="Main", exact=True).get_by_role("link", name="Bridge"))
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(reverse("risk:bridge")))

    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    link = sku_row(page, world.expedited).get_by_role("link", name=world.expedited.name, exact=True)
    tab_to(page, link)

    # Somebody decides on another flag meanwhile: the board is renewed, and the focus stays.
    propose_reduction(
        flag=Flag.objects.get(product=world.reduced), lift_value=36.0, by=planner, reason="Closed mill"
    )
    expect(sku_row(page, world.reduced)).to_contain_text("Proposed to expect +36%")
    expect(link).to_be_focused()
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text(world.expedited.name)
    tab_to(page, page.get_by_role("link", name="Accept the risk"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Accept the risk")
    tab_to(page, page.get_by_label("Why do you take this risk?"))
    page.keyboard.type("The launch matters more.")
    tab_to(page, page.get_by_role("button", name="Accept the risk"))
    page.keyboard.press("Enter")
    message(page, "Risk accepted. The decision stays on the flag.")
    assert Flag.objects.get(product=world.expedited).acceptances.get().reason == "The launch matters more."
