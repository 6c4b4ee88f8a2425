"""From a red figure of the scorecard to the days of one SKU at one door."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from scorecard.measures.choices import Measure
from scorecard.tests.factories import make_target
from scorecard.tests.measures.card_cases import WEEK, Counted, counted_week
from scorecard.tests.measures.cases import LAST_WEEK
from sop_site.access.roles import Role

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)
DESK = {"width": 1440, "height": 900}


@pytest.fixture
def counted(today, user_of) -> Counted:
    """A week in which the promoted boot ran out at one door, and 8% were allowed."""
    found = counted_week()
    make_target(Measure.STOCKOUT_DAYS, 0.08, effective_from=LAST_WEEK, by=user_of(Role.EXECUTIVE))
    return found


def test_a_red_figure_opens_to_its_doors_in_three_clicks(counted, visit):
    boot, door = counted.shop.boot, counted.shop.first
    page = visit(Role.EXECUTIVE, viewport=DESK).new_page()
    page.goto(f"{reverse('scorecard:card')}?period={WEEK.key}")
    tile = page.get_by_role("listitem").filter(has_text="Promoted items out of stock")
    expect(tile.get_by_text("Off target")).to_be_visible()
    expect(tile).to_contain_text("9.5%")
    tile.get_by_role("link").click()
    expect(page.get_by_text(Measure.STOCKOUT_DAYS.facts.formula)).to_be_visible()
    page.get_by_role("link", name="What stands behind it").click()
    rows = page.get_by_role("table").locator("tbody tr")
    expect(rows.first).to_contain_text(boot.name)
    rows.first.get_by_role("link", name=boot.name).click()
    expect(rows.first).to_contain_text(str(door))
    expect(rows.first).to_contain_text("57.1%")
    days = rows.first.get_by_role("img")
    expect(days).to_have_attribute(
        "aria-label", "15–16 Nov: in stock; 17–20 Nov: out of stock; 21 Nov: in stock"
    )


def test_a_target_is_set_and_judges_the_figure_at_once(counted, visit):
    page = visit(Role.EXECUTIVE, viewport=DESK).new_page()
    page.goto(f"{reverse('scorecard:measure', args=['stockout_days'])}?period={WEEK.key}")
    expect(page.locator(".figures").get_by_text("Off target")).to_be_visible()
    page.get_by_text("Set a target").click()
    page.locator("#id_value").fill("10")
    page.get_by_label("Reason").fill("A week of two deliveries.")
    page.get_by_role("button", name="Set the target").click()
    expect(page.get_by_text("The target is 10.0%.")).to_be_visible()
    expect(page.locator(".figures").get_by_text("On target")).to_be_visible()
