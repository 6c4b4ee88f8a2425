"""A month's forecast from the functions' numbers to the last signature, by the people of a company."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from planning.consensus.choices import CycleStatus, Layer, Seat
from planning.consensus.domain import Change, Scope, enter_units
from planning.consensus.models import Cycle, ForecastSignature, ForecastVersion
from planning.tests.consensus.cases import HEAD_OF, Forecast, advance, make_cycle, submitted
from sop_site.access.roles import Role
from sop_site.tests.journeys.steps import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)
PHONE = {"width": 360, "height": 740}


@pytest.fixture
def forecast(today) -> Forecast:
    """The cycle of November, just opened."""
    return make_cycle()


def hand_in(page: Page, function: str, note: str) -> None:
    """Hand in the number of one's function on the page of the cycle."""
    page.goto(reverse("consensus:current"))
    page.get_by_text("Hand in our number").click()
    page.get_by_label("Note (optional)").fill(note)
    page.get_by_role("button", name=f"Hand in {function}'s number").click()
    expect(page.get_by_role("row", name=re.compile(f"^{function} Handed in"))).to_contain_text(note)


def sign(page: Page, forecast: Forecast, button: str, password: str = PASSWORD) -> None:
    """Sign with the password, on the page that says what is signed."""
    page.goto(reverse("consensus:sign", args=[forecast.cycle.pk]))
    page.get_by_label("Your password, once more").fill(password)
    page.get_by_role("button", name=button).click()


def test_a_forecast_is_agreed_signed_by_four_published_and_reopened(forecast, person, user_of):
    marketing, merchandising = person(Role.MARKETING_LEAD), person(Role.MERCHANDISING_LEAD)
    planning, executive = person(Role.PLANNING_LEAD), person(Role.EXECUTIVE)
    enter_units(
        version=forecast.version, layer=Layer.MARKETING, by=user_of(Role.MARKETING_LEAD),
        changes=[Change(Scope(category_id=forecast.tops.pk), 0, 1_200.0)], reason="The film runs longer",
    )  # fmt: skip
    hand_in(marketing, "Marketing", "December is the month")
    hand_in(planning, "Planning", "As calculated")
    hand_in(merchandising, "Merchandising", "The range is bought")
    assert Cycle.objects.get().status == CycleStatus.RECONCILING

    # Planning takes Marketing's number where they differ most.
    planning.goto(reverse("consensus:reconcile", args=[forecast.cycle.pk]))
    largest = planning.locator("#row-1")
    expect(largest).to_contain_text("Apparel > Tops")
    largest.locator("summary", has_text="Settle").click()
    largest.get_by_label("Why", exact=True).fill("Media is booked")
    largest.get_by_role("button", name="Marketing 1,200").click()
    expect(largest.get_by_text("Consensus: 800 to 1,200")).to_be_attached()
    planning.goto(reverse("consensus:current"))
    planning.get_by_role("button", name="Ask for signatures").click()
    expect(planning.get_by_role("heading", level=1)).to_contain_text("Waits for signatures")

    sign(marketing, forecast, "Sign this forecast", "not the word")
    expect(marketing.get_by_text("That is not your password. Nothing was signed.")).to_be_visible()
    for page in (marketing, planning, merchandising):
        sign(page, forecast, "Sign this forecast")
        expect(page.get_by_text("You have signed.")).to_be_visible()

    # The chair signs on a phone, where one page holds all.
    executive.set_viewport_size(PHONE)
    executive.goto(reverse("consensus:sign", args=[forecast.cycle.pk]))
    assert executive.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    expect(executive.locator(".figure")).to_have_count(5)
    sign(executive, forecast, "Sign and publish")
    expect(executive.get_by_text("Published and locked.")).to_be_visible()
    assert Cycle.objects.get().status == CycleStatus.PUBLISHED
    assert set(ForecastSignature.objects.values_list("signed_by__username", flat=True)) == {
        HEAD_OF[seat].value for seat in Seat
    }

    executive.get_by_text("Say why it is reopened").click()
    executive.get_by_label("Why it is reopened").fill("A store closes in January")
    executive.get_by_role("button", name="Reopen the forecast").click()
    expect(executive.get_by_text("Reopened as version 2", exact=False).first).to_be_visible()
    assert [version.published_at is None for version in ForecastVersion.objects.order_by("number")] == [
        False,
        True,
    ]


def test_a_signature_on_a_stale_page_shows_the_difference(forecast, person, user_of):
    submitted(forecast, user_of)
    Cycle.objects.update(status=CycleStatus.SIGNING)
    cmo = person(Role.MARKETING_LEAD)
    cmo.goto(reverse("consensus:sign", args=[forecast.cycle.pk]))
    enter_units(
        version=forecast.version, layer=Layer.CONSENSUS, by=user_of(Role.PLANNING_LEAD), reason="Late boot",
        changes=[Change(Scope(category_id=forecast.shoes.pk), 0, 30.0)],
    )  # fmt: skip
    cmo.get_by_label("Your password, once more").fill(PASSWORD)
    cmo.get_by_role("button", name="Sign this forecast").click()

    expect(cmo.get_by_role("alert")).to_contain_text("set Shoes from 100 to 30 units in December: Late boot")
    assert ForecastSignature.objects.count() == 0
    cmo.get_by_label("Your password, once more").fill(PASSWORD)
    cmo.get_by_role("button", name="Sign this forecast").click()
    expect(cmo.get_by_text("You have signed.")).to_be_visible()


def test_it_is_sent_back_from_a_phone_without_script(forecast, visit, user_of):
    advance(forecast, CycleStatus.SIGNING, user_of)
    page = visit(Role.EXECUTIVE, viewport=PHONE, java_script_enabled=False).new_page()
    page.goto(reverse("consensus:sign", args=[forecast.cycle.pk]))
    page.get_by_text("Say what must change").click()
    page.get_by_label("What must change").fill("Shoes are too high")
    page.get_by_role("button", name="Send back").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Reconciling")
    assert Cycle.objects.get().status == CycleStatus.RECONCILING
