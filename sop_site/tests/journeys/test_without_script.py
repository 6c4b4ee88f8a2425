"""The main steps by plain links and forms, in a browser that runs no script."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from sop_site.access.roles import Role
from sop_site.tests.journeys import steps
from sop_site.tests.journeys.world import FIRST_DAY, LAST_DAY

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)
NAME = "Winter Warmers"
WORKER_SECONDS = 30


def test_a_campaign_is_planned_flagged_mended_and_approved_without_script(world, worker, person):
    marketing = person(Role.MARKETING_MEMBER, java_script_enabled=False)
    planning = person(Role.PLANNING_MEMBER, java_script_enabled=False)
    marketing.goto(reverse("campaigns:calendar"))
    steps.menu(planning, "Bridge")

    marketing.get_by_role("link", name="New campaign").first.click()
    steps.fill_facts(marketing, name=NAME, first_day=FIRST_DAY, last_day=LAST_DAY)
    marketing.get_by_role("checkbox", name="Leeds").check()
    marketing.get_by_role("checkbox", name="York").check()
    marketing.get_by_label("SKU code, row 1").fill("crew")
    marketing.get_by_label("Expected lift, row 1").fill("100")
    marketing.get_by_label("SKU code, row 2").fill(world.reduced.sku)
    marketing.get_by_label("Expected lift, row 2").fill("100")
    steps.submit_to_planning(marketing)
    expect(marketing.get_by_label("SKU code, row 1")).to_have_attribute("aria-invalid", "true")
    expect(marketing.locator("[data-row].has-error")).to_have_count(1)
    marketing.get_by_label("SKU code, row 1").fill(world.expedited.sku)
    steps.submit_to_planning(marketing)
    expect(marketing.get_by_role("heading", level=1)).to_contain_text(NAME)

    flagged = steps.sku_row(planning, world.reduced)
    steps.reload_until(planning, flagged, seconds=WORKER_SECONDS, what="the flag on the Bridge")
    steps.open_flag(planning, world.expedited)
    steps.choose_remedy(planning, "Expedite a receipt")
    steps.give_reason(planning, "", "Expedite")
    expect(planning.get_by_text("Say why, in a sentence.")).to_be_visible()
    steps.give_reason(planning, "The campaign needs it.", "Expedite")
    steps.message(planning, "Done. The flag is being recalculated.")
    steps.open_flag(planning, world.reduced)
    steps.choose_remedy(planning, "Reduce the demand expectation")
    steps.give_reason(planning, "The yarn mill is closed until March.", "Propose to Marketing")

    steps.menu(marketing, "Waiting for consent")
    marketing.get_by_role("button", name="Consent").click()
    steps.message(marketing, "You consented.")

    steps.menu(planning, "Bridge")
    decided = planning.get_by_text("Nothing needs a decision")
    steps.reload_until(planning, decided, seconds=WORKER_SECONDS, what="the flags to clear")
    planning.get_by_role("link", name="Show all of them").click()
    planning.get_by_role("link", name=NAME).click()
    steps.approve(planning, NAME, "Served in full.")
    steps.menu(marketing, "History")
    expect(marketing.locator("ol.timeline > li", has_text="Served in full.")).to_contain_text("Approved")
