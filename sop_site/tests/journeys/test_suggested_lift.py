"""The campaign form with the lift that the past suggests: read, opened, overridden with a reason, kept."""

import math

import pytest
from django.urls import reverse
from playwright.sync_api import Locator, Page, Route, expect

from marketing.campaigns.models import CampaignLine
from marketing.demand.models import DemandFit
from marketing.lift.domain import learn
from marketing.tests.factories import TODAY
from marketing.tests.lift.past import promoted_often
from sop_site.access.roles import Role
from sop_site.tests.journeys import steps
from sop_site.tests.journeys.test_every_page import faults
from sop_site.tests.journeys.test_keyboard import tab_to
from sop_site.tests.journeys.world import FIRST_DAY, LAST_DAY, World

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)
NAME = "Winter Warmers"
REASON = "The influencer reaches half as many people as last year."


@pytest.fixture
def learned(world: World) -> DemandFit:
    """What is known of two SKUs that were promoted, and of one that borrows from its like item."""
    promoted_often(world.expedited, world.network.stores)
    promoted_often(world.reduced, world.network.stores, multiplier=1.8)
    world.reallocated.like_item = world.expedited
    world.reallocated.save()
    learn(today=TODAY)
    return DemandFit.objects.latest()


def open_form(page: Page, world: World) -> None:
    """A new campaign with its facts filled in."""
    page.goto(reverse("campaigns:new"))
    steps.fill_facts(page, name=NAME, first_day=FIRST_DAY, last_day=LAST_DAY)
    for store in world.network.stores:
        page.get_by_role("checkbox", name=store.name).check()


def factors(row: Locator) -> list[float]:
    """The figures of the parts of a suggestion, the last one what they make together."""
    return [float(text.strip("×= \n")) for text in row.locator(".small-table td.number").all_inner_texts()]


def test_the_expected_lift_is_there_and_another_says_why(world, learned, person):
    page = person(Role.MARKETING_MEMBER, reduced_motion="reduce")
    open_form(page, world)
    crew, scarf = world.expedited, world.reallocated
    for product in (crew, scarf):
        page.locator("#add-sku-ts-control").fill(product.name[2:])
        page.get_by_role("option", name=product.name).click()

    row, borrower = steps.featured_row(page, crew), steps.featured_row(page, scarf)
    expect(row.locator("[data-suggestion]")).to_contain_text("past promotions like this one")
    expect(row.locator("[data-mark]")).to_be_visible()
    expect(row.locator("[data-lift]")).not_to_have_value("")
    expect(borrower.locator("[data-suggestion]")).to_contain_text(f"Borrowed from {crew}, its like item")
    row.locator("summary").click()
    *parts, together = factors(row)
    assert math.prod(parts) == pytest.approx(together, abs=0.02 * len(parts))
    with page.context.expect_page() as opened:
        row.locator(".suggestion-past a").first.click()
    expect(opened.value.get_by_role("heading", level=1)).to_contain_text(crew.name)
    expect(opened.value.locator("svg.sales-chart .is-promoted")).to_have_count(2)
    opened.value.close()

    # A discount asks anew; what stands in the lift follows, what is opened stays open.
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        row.locator("[data-discount]").fill("25")
    expect(row.locator(".small-table")).to_contain_text("at 25% off")
    expect(row.locator("[data-mark]")).to_be_visible()
    suggested = row.locator("[data-lift]").input_value()
    row.locator("[data-unit]").select_option("multiplier")
    expect(row.locator("[data-lift]")).to_have_value(
        row.locator("[data-suggestion]").get_attribute("data-multiplier")
    )
    row.locator("[data-unit]").select_option("percent")
    expect(row.locator("[data-lift]")).to_have_value(suggested)

    # Another lift needs a reason; the suggested one comes back with a key.
    why = row.get_by_label("Why another lift?")
    expect(why).to_be_hidden()
    row.locator("[data-lift]").fill("40")
    expect(why).to_be_visible()
    expect(row.locator("[data-mark]")).to_be_hidden()
    assert list(faults(page, "the form with a suggestion")) == []
    row.locator("[data-lift]").focus()
    tab_to(page, row.get_by_role("button", name="Use it"))
    page.keyboard.press("Enter")
    expect(row.locator("[data-lift]")).to_be_focused()
    expect(row.locator("[data-lift]")).to_have_value(suggested)
    expect(why).to_be_hidden()

    row.locator("[data-lift]").fill("40")
    page.get_by_role("button", name="Save draft").click()
    expect(row.locator(".line-reason .invalid-feedback")).to_contain_text("Say in a sentence why")
    why.fill(REASON)
    page.get_by_role("button", name="Save draft").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(NAME)
    told = page.locator(".data-table tbody tr", has_text=crew.sku)
    expect(told).to_contain_text("+40%")
    expect(told).to_contain_text(REASON)
    expect(told).to_contain_text("× the baseline")
    expect(told).to_contain_text(f"fit {learned.pk} of")
    line, _ = CampaignLine.objects.order_by("product__name").reverse()
    assert (line.product, line.override_reason, line.suggested_by) == (crew, REASON, learned)
    assert line.suggested_p50 == pytest.approx(together, abs=0.3)


def test_a_suggestion_does_not_move_the_page_under_what_is_pressed(world, learned, person):
    page = person(Role.MARKETING_MEMBER, reduced_motion="reduce")
    open_form(page, world)
    crew = world.expedited
    held: list[Route] = []
    page.route("**/campaigns/new/", lambda route: held.append(route))
    with page.expect_request("**/campaigns/new/"):
        page.locator("#add-sku-ts-control").fill(crew.name[2:])
        page.get_by_role("option", name=crew.name).click()
    page.get_by_role("heading", level=1).hover()
    page.mouse.down()
    with page.expect_response("**/campaigns/new/"):
        held[0].continue_()
    page.unroute("**/campaigns/new/")
    steps.have_it_drawn(page)
    suggestion = steps.featured_row(page, crew).locator("[data-suggestion]")
    assert suggestion.inner_text() == ""
    page.mouse.up()
    expect(suggestion).to_contain_text("past promotions like this one")


def test_without_script_a_button_suggests(world, learned, person):
    page = person(Role.MARKETING_MEMBER, java_script_enabled=False)
    open_form(page, world)
    page.get_by_label("SKU code, row 1").fill(world.expedited.sku)
    page.get_by_role("button", name="Suggest lifts").click()
    row = steps.featured_row(page, world.expedited)
    expect(row.locator("[data-suggestion]")).to_contain_text("past promotions like this one")
    expect(row.get_by_text("suggested", exact=True)).to_be_visible()
    suggested = row.locator("[data-lift]").input_value()
    assert suggested == row.locator("[data-suggestion]").get_attribute("data-percent")
    row.locator("[data-lift]").fill("40")
    page.get_by_role("button", name="Save draft").click()
    expect(row.get_by_label("Why another lift?")).to_be_visible()
    row.get_by_role("button", name="Use it").click()
    expect(row.locator("[data-lift]")).to_have_value(suggested)
    page.get_by_role("button", name="Save draft").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(NAME)
    line = CampaignLine.objects.get()
    assert (line.lift_value, line.override_reason, line.suggested_by) == (float(suggested), "", learned)
