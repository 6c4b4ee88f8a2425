"""Actions with script: several chosen with the keyboard, and what one waits for found by words of it."""

import pytest
from playwright.sync_api import expect

from scorecard.tests.actions.cases import GIVER, OWNER, give

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


def test_what_an_action_waits_for_is_found_by_its_owner_and_all_of_a_page_are_chosen(visit, user_of, today):
    first, second, third = (give(user_of, today, title=title) for title in ("Mill", "Agency", "Slots"))
    page = visit(GIVER, viewport={"width": 1440, "height": 900}).new_page()
    page.goto(first.get_absolute_url())
    page.get_by_text("What it waits for", exact=True).click()
    search = page.get_by_role("combobox", name="Waits for")
    for words, title in (("agen", "Agency"), (f"{user_of(OWNER)} slo", "Slots")):
        search.fill(words)
        page.locator(".ts-dropdown").get_by_role("option", name=title).click()
    page.locator("form[action$='/blockers/']").get_by_role("button", name="Change").click()
    expect(page.get_by_role("status")).to_contain_text("Changed.")
    assert set(first.blocked_by.all()) == {second, third}

    page.goto("/actions/?of=open")
    page.get_by_label("Choose all on this page").press("Space")
    expect(page.locator("[name='actions']:checked")).to_have_count(3)
    expect(page.locator("[data-chosen-count]")).to_have_text("(3)")
    page.get_by_label("Choose: Mill").press("Space")
    assert page.get_by_label("Choose all on this page").evaluate("box => box.indeterminate")
