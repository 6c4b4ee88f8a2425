"""Every kind of page, light and dark: no accessibility violation, nothing refused, no sideways scroll."""

from collections.abc import Iterable

import pytest
from axe_playwright_python.base import AxeResults
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from playwright.sync_api import Page

from scorecard.tests.reviews.cases import Q3
from sop_site.access.roles import Role
from sop_site.notifications.domain import mail_settings_of
from sop_site.tests.journeys.scene import Scene, set_the_scene
from sop_site.tests.journeys.steps import parts_are_there
from sop_site.tests.test_every_address import ADDRESSES

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)
DESK = {"width": 1440, "height": 900}
PHONE = {"width": 360, "height": 740}
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
ALL_RULES = {"runOnly": {"type": "tag", "values": TAGS}, "resultTypes": ["violations"]}
# A theme changes colours and nothing else.
COLOURS = {
    "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},
    "resultTypes": ["violations"],
}
# What a page does well is long, and stays in the browser.
VIOLATIONS = "options => axe.run(options).then(({violations}) => ({violations}))"

# Who sees the most of each page, and which object stands in its address.
PAGES: dict[str, tuple[Role, str]] = {
    "access:password": (Role.EXECUTIVE, ""),
    "access:people": (Role.ADMINISTRATOR, ""),
    "access:person_new": (Role.ADMINISTRATOR, ""),
    "access:person": (Role.ADMINISTRATOR, "person"),
    "access:roles": (Role.EXECUTIVE, ""),
    "history:entries": (Role.EXECUTIVE, ""),
    "operating_model:current": (Role.EXECUTIVE, ""),
    "operating_model:propose": (Role.EXECUTIVE, ""),
    "operating_model:version": (Role.PLANNING_LEAD, "operating model"),
    "lab:of_model": (Role.PLANNING_LEAD, "operating model’s key"),
    "lab:replay": (Role.PLANNING_LEAD, "replay"),
    "feeds:loads": (Role.EXECUTIVE, ""),
    "notifications:list": (Role.EXECUTIVE, ""),
    "notifications:settings": (Role.EXECUTIVE, ""),
    "notifications:outbox": (Role.ADMINISTRATOR, ""),
    "notifications:channels": (Role.ADMINISTRATOR, ""),
    "notifications:channel_new": (Role.ADMINISTRATOR, ""),
    "notifications:channel": (Role.ADMINISTRATOR, "channel"),
    "campaigns:calendar": (Role.MARKETING_MEMBER, ""),
    "campaigns:list": (Role.MARKETING_MEMBER, ""),
    "campaigns:new": (Role.MARKETING_MEMBER, ""),
    "campaigns:detail": (Role.MARKETING_MEMBER, "campaign"),
    "campaigns:side_effects": (Role.MARKETING_MEMBER, "campaign"),
    "campaigns:results": (Role.MARKETING_MEMBER, "campaign"),
    "campaigns:edit": (Role.MARKETING_MEMBER, "draft"),
    "baseline:sku": (Role.MARKETING_MEMBER, "product"),
    "lift:norms": (Role.MARKETING_MEMBER, ""),
    "lift:promotions": (Role.MARKETING_MEMBER, ""),
    "lift:past": (Role.MARKETING_MEMBER, "past lift"),
    "catalogue:products": (Role.MERCHANDISING_MEMBER, ""),
    "catalogue:product": (Role.MERCHANDISING_MEMBER, "product"),
    "catalogue:edit": (Role.MERCHANDISING_MEMBER, "product"),
    "catalogue:doors": (Role.MERCHANDISING_MEMBER, ""),
    "home": (Role.PLANNING_LEAD, ""),
    "risk:bridge": (Role.PLANNING_MEMBER, ""),
    "risk:flag": (Role.PLANNING_MEMBER, "flag"),
    "risk:door": (Role.PLANNING_MEMBER, "flag and door"),
    "risk:accept": (Role.PLANNING_MEMBER, "flag"),
    "risk:campaign": (Role.PLANNING_MEMBER, "campaign"),
    "remedies:of_flag": (Role.PLANNING_MEMBER, "flag"),
    "remedies:expedite": (Role.PLANNING_MEMBER, "flag"),
    "remedies:reallocate": (Role.PLANNING_MEMBER, "flag"),
    "remedies:shift": (Role.PLANNING_MEMBER, "flag"),
    "remedies:reduce": (Role.PLANNING_MEMBER, "flag"),
    "remedies:waiting": (Role.MARKETING_MEMBER, ""),
    "remedies:redates": (Role.PLANNING_MEMBER, ""),
    "supply:receipts": (Role.PLANNING_MEMBER, ""),
    "buying:plan": (Role.PLANNING_LEAD, ""),
    "buying:line": (Role.PLANNING_LEAD, "planned order"),
    "buying:open_to_buy": (Role.PLANNING_LEAD, ""),
    "buying:orders": (Role.PLANNING_LEAD, ""),
    "consensus:current": (Role.EXECUTIVE, ""),
    "consensus:accuracy": (Role.EXECUTIVE, ""),
    "consensus:drift": (Role.PLANNING_LEAD, ""),
    "consensus:campaign_support": (Role.PLANNING_LEAD, "campaign"),
    "consensus:cycle": (Role.PLANNING_LEAD, "cycle"),
    "consensus:owed": (Role.MARKETING_MEMBER, ""),
    "consensus:reconcile": (Role.PLANNING_LEAD, "cycle"),
    "consensus:sign": (Role.EXECUTIVE, "cycle"),
    "consensus:compare": (Role.EXECUTIVE, "forecast version"),
    "consensus:workbook": (Role.MARKETING_MEMBER, "forecast layer"),
    "consensus:grid": (Role.MARKETING_MEMBER, "forecast version"),
    "reviews:detail": (Role.EXECUTIVE, "quarter"),
    "outcomes:current": (Role.EXECUTIVE, ""),
    "outcomes:quarter": (Role.EXECUTIVE, "quarter’s key"),
    "outcomes:campaign": (Role.EXECUTIVE, "ended campaign"),
    "signals:signals": (Role.PLANNING_LEAD, ""),
    "signals:sku": (Role.PLANNING_LEAD, "product"),
    "scorecard:card": (Role.EXECUTIVE, ""),
    "scorecard:measure": (Role.EXECUTIVE, "measure"),
    "scorecard:drill": (Role.EXECUTIVE, "measure"),
    "scorecard:restatements": (Role.EXECUTIVE, ""),
    "actions:list": (Role.MARKETING_MEMBER, ""),
    "actions:new": (Role.PLANNING_MEMBER, ""),
    "actions:detail": (Role.PLANNING_MEMBER, "action"),
    "meetings:list": (Role.PLANNING_MEMBER, ""),
    "meetings:series": (Role.PLANNING_LEAD, "kind of meeting"),
    "meetings:detail": (Role.PLANNING_MEMBER, "planned meeting"),
    "meetings:change_point": (Role.PLANNING_MEMBER, "point of a plan"),
    "meetings:room": (Role.PLANNING_MEMBER, "running meeting"),
    "meetings:projector": (Role.PLANNING_MEMBER, "running meeting"),
    "meetings:given_in": (Role.PLANNING_MEMBER, "action"),
    "meetings:agreed": (Role.PLANNING_MEMBER, "kind and key of a thing"),
}
NO_PAGES = {
    "actions:bulk",
    "buying:export",
    "buying:order_file",
    "campaigns:sku_search",
    "consensus:grid_layers",
    "consensus:workbook_download",
    "reviews:current",
    "reviews:pre_read",
    "reviews:pre_read_file",
    "meetings:paper",
    "meetings:paper_file",
    "meetings:room_forms",
    "notifications:bell",
    "notifications:open",
    "risk:freshness",
    "outcomes:export",
    "signals:export",
    "scorecard:card_export",
    "scorecard:drill_export",
    "scorecard:parts_export",
}


def keys(scene: Scene, about: str) -> list[int | str]:
    """What stands in the address of a page about that."""
    return {
        "": [],
        "person": [scene.person.pk],
        "campaign": [scene.campaign.pk],
        "draft": [scene.draft.pk],
        "ended campaign": [scene.ended.pk],
        "quarter’s key": ["2026-q4"],
        "product": [scene.world.expedited.pk],
        "past lift": [scene.past_lift.pk],
        "flag": [scene.flag.pk],
        "flag and door": [scene.flag.pk, scene.door_id],
        "measure": ["stockout_days"],
        "cycle": [scene.cycle.pk],
        "forecast version": [scene.cycle.current_version.pk],
        "forecast layer": [scene.cycle.current_version.pk, "marketing"],
        "planned order": [scene.planned_order.pk],
        "quarter": [Q3.year, Q3.number],
        "operating model": [scene.proposal.version],
        "operating model’s key": [scene.proposal.pk],
        "replay": [scene.replay.pk],
        "channel": [scene.told.channel.pk],
        "action": [scene.action.pk],
        "kind of meeting": ["weekly"],
        "planned meeting": [scene.planned.pk],
        "point of a plan": [scene.planned.points.get(title="Who calls the mill?").pk],
        "running meeting": [scene.running.pk],
        "kind and key of a thing": ["flag", scene.flag.pk],
    }[about]


def faults(page: Page, name: str) -> Iterable[str]:
    """What is wrong with the page in view and its embedded parts, in light and in dark."""
    parts_are_there(page)
    page.evaluate(Axe().axe_script)
    for theme, options in (("light", ALL_RULES), ("dark", COLOURS)):
        page.emulate_media(color_scheme=theme)
        found = AxeResults(page.evaluate(VIOLATIONS, options))
        if found.violations_count:
            yield f"{name}, {theme}: {found.generate_report()}"
    page.set_viewport_size(PHONE)
    if (width := page.evaluate("document.documentElement.scrollWidth")) > PHONE["width"]:
        yield f"{name} is {width} pixels wide on a phone"
    page.set_viewport_size(DESK)
    page.emulate_media(color_scheme="light")


def test_every_kind_of_page_is_in_order(world, visit, user_of):
    scene = set_the_scene(world, user_of)
    # Colours are judged as they stand, not on their way.
    still = {"viewport": DESK, "reduced_motion": "reduce"}
    stranger = visit(**still).new_page()
    stranger.goto(reverse("access:sign_in"))
    found = list(faults(stranger, "access:sign_in"))
    token = mail_settings_of(user_of(Role.EXECUTIVE)).unsubscribe_token
    stranger.goto(reverse("notifications:unsubscribe", args=[token]))
    found += faults(stranger, "notifications:unsubscribe")
    pages: dict[Role, Page] = {}
    for name, (role, about) in PAGES.items():
        if role not in pages:
            pages[role] = visit(role, **still).new_page()
        page = pages[role]
        answer = page.goto(reverse(name, args=keys(scene, about)))
        assert answer.ok, name
        found += faults(page, name)
    assert found == [], "\n".join(found)


def test_every_page_that_is_read_is_known_here():
    read = {name for name, address in ADDRESSES.items() if address.reads is not None}
    assert read - NO_PAGES == set(PAGES)
