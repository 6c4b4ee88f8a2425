"""The frame in a browser: theme, menu without script, lost connection, accessibility."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from playwright.sync_api import Page, Route, expect

from marketing.tests.factories import make_campaign, make_door, make_product, range_at
from planning.risk.decisions import accept_risk
from planning.risk.models import Flag
from planning.tests.factories import make_flag
from sop_site.access.roles import Role
from sop_site.tests.journeys.steps import have_it_drawn

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

PHONE = {"width": 360, "height": 740}
DESK = {"width": 1440, "height": 900}
DARK = "rgb(15, 19, 25)"
LIGHT = "rgb(245, 246, 248)"


def ground(page: Page) -> str:
    """The colour that the page stands on."""
    return page.evaluate("getComputedStyle(document.body).backgroundColor")


def refused(page: Page) -> list[str]:
    """Collects what the content security policy refuses and what a script throws, from now on."""
    found: list[str] = []
    page.on("pageerror", lambda error: found.append(str(error)))
    page.on("console", lambda message: found.append(message.text) if message.type == "error" else None)
    return found


def ask(page: Page, address: str) -> None:
    """Lets htmx ask for an address, as a poll would, without waiting for the answer."""
    page.evaluate("address => { htmx.ajax('GET', address, '#messages').catch(() => null) }", address)


def test_the_theme_follows_the_system_until_one_is_chosen(visit) -> None:
    page = visit(Role.EXECUTIVE, viewport=DESK, color_scheme="dark").new_page()
    errors = refused(page)
    page.goto(reverse("history:entries"))
    assert ground(page) == DARK
    page.locator(".rail").get_by_role("button", name="Light theme").click()
    assert ground(page) == LIGHT
    page.reload(wait_until="commit")
    page.wait_for_selector("body", state="attached")
    assert ground(page) == LIGHT, "the choice holds from the first paint on"
    page.locator(".rail").get_by_role("button", name="Theme of the system").click()
    assert ground(page) == DARK
    page.emulate_media(color_scheme="light")
    assert ground(page) == LIGHT
    assert errors == []


def test_on_a_phone_without_script_the_menu_leads_everywhere(visit) -> None:
    page = visit(
        Role.ADMINISTRATOR, viewport=PHONE, java_script_enabled=False, color_scheme="dark"
    ).new_page()
    page.goto(reverse("history:entries"))
    assert page.locator(".rail").is_hidden()
    page.locator("summary[aria-label=Menu]").click()
    menu = page.locator(".menu-panel")
    expect(menu.get_by_role("link", name="Roles")).to_be_visible()
    expect(menu.get_by_role("group", name="Theme")).to_be_hidden()
    menu.get_by_role("link", name="Roles").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Roles")
    page.locator("summary[aria-label=Menu]").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(re.compile(reverse("access:sign_in")))


def test_a_lost_connection_and_a_refusal_are_said_in_words(visit) -> None:
    context = visit(Role.EXECUTIVE, expects_errors=True, viewport=DESK)
    page = context.new_page()
    page.goto(reverse("history:entries"))
    ask(page, "/nowhere/")
    expect(page.locator("#toasts")).to_contain_text("no longer there")
    context.set_offline(True)
    ask(page, reverse("history:entries"))
    expect(page.locator("#toasts")).to_contain_text("No connection")
    page.get_by_role("button", name="Close this message").click()
    expect(page.locator("#toasts .note")).to_have_count(0)


def test_an_expired_session_leads_the_whole_page_to_the_sign_in(visit) -> None:
    context = visit(Role.EXECUTIVE, viewport=DESK)
    page = context.new_page()
    page.goto(reverse("history:entries"))
    context.clear_cookies()
    ask(page, reverse("history:entries"))
    expect(page).to_have_url(re.compile(r"/sign-in/\?next=%2Fhistory%2F$"))


def test_the_pages_of_the_foundation_have_no_accessibility_violations_on_a_phone(visit) -> None:
    stranger = visit(viewport=PHONE).new_page()
    stranger.goto(reverse("access:sign_in"))
    person = visit(Role.ADMINISTRATOR, viewport=PHONE).new_page()
    for name in ("history:entries", "operating_model:current", "access:roles", "access:people"):
        person.goto(reverse(name))
        results = Axe().run(person)
        assert results.violations_count == 0, results.generate_report()
    results = Axe().run(stranger)
    assert results.violations_count == 0, results.generate_report()


@pytest.fixture
def flag(today) -> Flag:
    """A SKU that falls short in Leeds and is covered in York."""
    product, short, covered = make_product(), make_door(name="Leeds"), make_door(name="York")
    range_at(product, short, covered)
    return make_flag(make_campaign(products=[product], doors=[short, covered]), product, doors=(short,))


def test_what_a_reader_unfolded_stays_so_when_the_page_is_renewed(flag, user_of, visit) -> None:
    page = visit(Role.EXECUTIVE, viewport=DESK).new_page()
    page.goto(flag.get_absolute_url())
    york = page.get_by_role("link", name="York")
    expect(york).to_be_hidden()
    page.get_by_text("1 more door is covered").click()
    expect(york).to_be_visible()
    accept_risk(flag=flag, by=user_of(Role.PLANNING_MEMBER), reason="We take it.")
    expect(page.get_by_text("We take it.").first).to_be_visible()
    expect(york).to_be_visible()
    york.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("at York")


def test_a_page_is_not_renewed_under_what_is_pressed(flag, user_of, visit) -> None:
    page = visit(Role.EXECUTIVE, viewport=DESK).new_page()
    page.goto(flag.get_absolute_url())
    polls: list[Route] = []
    poll_of_flag = re.compile(rf"{flag.get_absolute_url()}\?seen=")
    page.route(poll_of_flag, lambda route: polls.append(route))
    with page.expect_request(poll_of_flag):
        pass
    accept_risk(flag=flag, by=user_of(Role.PLANNING_MEMBER), reason="We take it.")
    page.get_by_role("heading", level=1).hover()
    page.mouse.down()
    with page.expect_response(poll_of_flag):
        for poll in polls:
            poll.continue_()
    page.unroute(poll_of_flag)
    have_it_drawn(page)
    assert page.get_by_text("We take it.").count() == 0
    page.mouse.up()
    expect(page.get_by_text("We take it.").first).to_be_visible()


def test_a_press_whose_end_the_page_never_hears_of_is_over_with_the_next_move(flag, user_of, visit) -> None:
    page = visit(Role.EXECUTIVE, viewport=DESK).new_page()
    page.goto(flag.get_absolute_url())
    # As on the bar of a scroller, whose release a browser keeps to itself.
    page.get_by_role("heading", level=1).dispatch_event(
        "pointerdown", {"isPrimary": True, "button": 0, "bubbles": True}
    )
    page.mouse.move(200, 200)
    accept_risk(flag=flag, by=user_of(Role.PLANNING_MEMBER), reason="We take it.")
    expect(page.get_by_text("We take it.").first).to_be_visible()
