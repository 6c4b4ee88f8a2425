"""Two people at the same decision: each sees the other's signature, and neither loses what is typed."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from marketing.tests.factories import make_campaign
from planning.risk.decisions import accept_risk, sign_acceptance
from planning.risk.models import Flag
from planning.tests.factories import make_flag
from planning.tests.risk.cases import Network
from sop_site.access.roles import Role

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)
DESK = {"width": 1440, "height": 900}


@pytest.fixture
def large(today) -> Flag:
    """A flag whose acceptance takes two signatures."""
    network = Network.make()
    product = network.make_sku("CREW-M")
    campaign = make_campaign(products=[product], doors=network.doors)
    return make_flag(campaign, product, doors=network.doors, revenue_short=25_000.0)


def test_the_signature_of_another_arrives_while_one_types(large, visit, user_of):
    acceptance = accept_risk(flag=large, by=user_of(Role.PLANNING_MEMBER), reason="Worth it.")
    page = visit(Role.MARKETING_LEAD, viewport=DESK).new_page()
    page.goto(reverse("risk:flag", args=[large.pk]))
    note = page.get_by_label("Note")
    note.fill("Half ")
    sign_acceptance(acceptance=acceptance, by=user_of(Role.PLANNING_LEAD), note="Fine.")
    expect(page.get_by_text("VP Planning signed")).to_be_visible()
    expect(note).to_be_focused()
    page.keyboard.type("a word")
    expect(note).to_have_value("Half a word")


def test_a_decision_on_a_flag_arrives_while_a_rejection_is_typed(large, visit, user_of):
    page = visit(Role.PLANNING_LEAD, viewport=DESK).new_page()
    page.goto(reverse("risk:campaign", args=[large.campaign_id]))
    expect(page.get_by_text("1 flag still needs a decision.")).to_be_visible()
    page.get_by_text("Reject", exact=True).first.click()
    reason = page.get_by_label("Reason")
    reason.fill("Move ")
    acceptance = accept_risk(flag=large, by=user_of(Role.PLANNING_LEAD), reason="We take it.")
    sign_acceptance(acceptance=acceptance, by=user_of(Role.MARKETING_LEAD), note="")
    expect(page.get_by_text("VP Planning and CMO approve together")).to_be_visible()
    page.keyboard.type("it")
    expect(reason).to_have_value("Move it")
