"""The walking bridge in a browser: from a submitted campaign to decided flags, on a real worker."""

import os
import signal
from collections.abc import Callable

import pytest
from django.db import connection, transaction
from django.urls import reverse
from playwright.sync_api import Page, expect

from marketing.campaigns.models import Campaign
from planning.risk.models import Flag
from planning.tests.waiting import someone_waits_for_us, until
from sop_site.access.roles import Role
from sop_site.changes.models import ChangedSku
from sop_site.embedded.children import Child
from sop_site.tests.journeys import steps
from sop_site.tests.journeys.world import FIRST_DAY, LAST_DAY, LIFT_PERCENT, World

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)
NAME = "Winter Warmers"
HEALED_WITHIN_SECONDS = 180


def plan(page: Page, world: World) -> None:
    """Fill the form of a new campaign with every SKU that will be featured."""
    steps.fill_facts(page, name=NAME, first_day=FIRST_DAY, last_day=LAST_DAY)
    for store in world.network.stores:
        page.get_by_role("checkbox", name=store.name).check()
    for product in world.featured:
        steps.feature_by_search(page, product, LIFT_PERCENT)


def propose(page: Page, world: World) -> None:
    """Planning proposes the two remedies that change Marketing's plan."""
    steps.open_flag(page, world.reduced)
    steps.choose_remedy(page, "Reduce the demand expectation")
    expect(page.get_by_text("At +36% the flag clears")).to_be_visible()
    steps.give_reason(page, "The yarn mill is closed until March.", "Propose to Marketing")
    steps.message(page, "Proposed to Marketing; it waits for consent.")
    steps.open_flag(page, world.shifted)
    steps.choose_remedy(page, "Shift the featured SKU")
    page.get_by_role("radio", name=world.replacement.name).check()
    steps.give_reason(page, "Blue is in the DC.", "Propose to Marketing")
    steps.message(page, "Proposed to Marketing; it waits for consent.")


def consent(page: Page) -> None:
    """Marketing consents to everything that waits."""
    steps.menu(page, "Waiting for consent")
    for left in (2, 1):
        expect(page.get_by_role("button", name="Consent")).to_have_count(left)
        page.get_by_role("button", name="Consent").first.click()
        steps.message(page, "You consented.")
    expect(page.get_by_text("Nothing waits for Marketing's consent")).to_be_visible()


def test_a_campaign_is_planned_flagged_mended_and_approved(world, worker, person):
    marketing = person(Role.MARKETING_MEMBER)
    expect(marketing.get_by_text("Nothing waits for you")).to_be_visible()
    marketing.goto(reverse("campaigns:calendar"))
    planning = person(Role.PLANNING_MEMBER)
    board = planning.context.new_page()
    board.goto(reverse("risk:bridge"))
    expect(board.get_by_text("No campaign is planned")).to_be_visible()

    # Marketing plans it, with a slip that costs nothing.
    marketing.get_by_role("link", name="New campaign").first.click()
    plan(marketing, world)
    marketing.get_by_label("Last day").fill("2027-01-01")
    steps.submit_to_planning(marketing)
    beside = marketing.locator("#div_id_ends_on")
    expect(beside).to_contain_text("is before the first day")
    expect(marketing.get_by_text("1 thing needs your attention above.")).to_be_visible()
    expect(marketing.get_by_label("Name")).to_have_value(NAME)
    expect(marketing.locator("[data-row]:visible")).to_have_count(len(world.featured))
    expect(marketing.locator("[data-door-count]")).to_have_text("2 of 3 doors")
    beside.get_by_label("Last day").fill(LAST_DAY.isoformat())
    steps.submit_to_planning(marketing)
    expect(marketing.get_by_role("heading", level=1)).to_contain_text(NAME)

    # The worker flags it, and the Bridge that Planning has open shows it by itself.
    for product in world.featured:
        expect(steps.sku_row(board, product)).to_contain_text("Stockout")
    expect(board.locator("tr.campaign-row")).to_contain_text(NAME)

    # A red cell opens into its arithmetic.
    red = steps.sku_row(planning, world.expedited)
    planning.goto(reverse("risk:bridge"))
    red.locator("a.cell").first.click()
    expect(planning.get_by_role("heading", level=1)).to_contain_text("Harbour Merino Crew at ")
    for part in ("Opening stock", "Baseline", NAME, "PO-4711"):
        expect(planning.locator("table.ledger").get_by_text(part).first).to_be_visible()

    # Planning mends supply on its own.
    steps.open_flag(planning, world.expedited)
    steps.choose_remedy(planning, "Expedite a receipt")
    expect(planning.get_by_role("radio", name="PO-4711")).to_be_checked()
    steps.give_reason(planning, "The campaign needs it.", "Expedite")
    steps.message(planning, "Done. The flag is being recalculated.")
    expect(steps.sku_row(board, world.expedited)).to_have_count(0)
    steps.open_flag(planning, world.reallocated)
    steps.choose_remedy(planning, "Reallocate from another door")
    expect(planning.get_by_role("radio", name="Hull Outlet to").first).to_be_checked()
    planning.get_by_role("spinbutton", name="Units").fill("120")
    steps.give_reason(planning, "Hull has more than a year of it.", "Plan the transfer")
    steps.message(planning, "Done. The flag is being recalculated.")
    expect(steps.sku_row(board, world.reallocated)).to_have_count(0)

    # What changes Marketing's plan waits for Marketing.
    propose(planning, world)
    expect(steps.sku_row(board, world.reduced)).to_contain_text("Proposed to expect +36% instead of +100%")
    consent(marketing)
    expect(board.get_by_text("Nothing needs a decision")).to_be_visible()
    assert not Flag.objects.undecided().exists()

    # With nothing open Planning approves, and all of it is in the history.
    board.get_by_label("Show").select_option(label="All featured SKUs")
    board.get_by_role("button", name="Filter").click()
    expect(steps.sku_row(board, world.replacement)).to_be_visible()
    board.get_by_role("link", name=NAME).click()
    steps.approve(board, NAME, "Served in full.")
    steps.menu(marketing, "History")
    entry = marketing.locator("ol.timeline > li", has_text="Served in full.")
    expect(entry).to_contain_text("Submitted → Approved")
    marketing.goto(Campaign.objects.get().get_absolute_url())
    expect(marketing.get_by_role("heading", level=1)).to_contain_text("Approved")


def test_it_ends_right_though_the_worker_is_killed_in_the_middle(world, worker, beat, person):
    marketing, planning = person(Role.MARKETING_MEMBER), person(Role.PLANNING_MEMBER)
    planning.goto(reverse("risk:bridge"))
    marketing.goto(reverse("campaigns:new"))
    plan(marketing, world)
    kill_at_work(worker, lambda: steps.submit_to_planning(marketing))
    expect(marketing.get_by_role("heading", level=1)).to_contain_text(NAME)
    assert ChangedSku.objects.exists()
    assert not Flag.objects.exists()
    expect(planning.get_by_text("4 SKUs waiting")).to_be_visible()

    assert worker.revive() == "The worker ended (code -9) and was started again."
    waiting = {"timeout": HEALED_WITHIN_SECONDS * 1000}
    expect(steps.sku_row(planning, world.reduced)).to_be_visible(**waiting)

    desk = planning.context.new_page()
    propose(desk, world)
    consent(marketing)
    expect(steps.sku_row(planning, world.reduced)).to_have_count(0)
    expect(steps.sku_row(planning, world.shifted)).to_have_count(0)
    expect(steps.sku_row(planning, world.expedited)).to_be_visible()


def kill_at_work(worker: Child, call_it: Callable[[], None]) -> None:
    """Kill the worker and its children inside the transaction that writes the flags."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE planning_flag IN SHARE MODE")
        call_it()
        until(someone_waits_for_us, seconds=30, what="the worker to write flags")
        os.killpg(worker.process.pid, signal.SIGKILL)
        worker.process.wait()
