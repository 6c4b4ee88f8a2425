"""What people do in the journeys, each as one step that works with script and without."""

import re
from datetime import date

from django.urls import reverse
from playwright.sync_api import Locator, Page, expect

from marketing.catalogue.models import Product
from planning.tests.waiting import until
from sop_site.access.models import User

PASSWORD = "a-long-enough-word"


def sign_in(page: Page, person: User) -> None:
    """By name and password, on the page that everyone sees first."""
    person.set_password(PASSWORD)
    person.save(update_fields=["password"])
    page.goto("/")
    expect(page.get_by_role("heading", level=1, name="Sign in")).to_be_visible()
    page.get_by_label("Username").fill(person.username)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page).not_to_have_url(re.compile(reverse("access:sign_in")))


def menu(page: Page, name: str) -> None:
    """To another page by the menu at the side."""
    page.get_by_role("navigation", name="Main", exact=True).get_by_role("link", name=name).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(name)


def fill_facts(page: Page, *, name: str, first_day: date, last_day: date) -> None:
    """The facts of a campaign in its form."""
    page.get_by_label("Name").fill(name)
    page.get_by_label("Mechanic").select_option(label="Social")
    page.get_by_label("First day").fill(first_day.isoformat())
    page.get_by_label("Last day").fill(last_day.isoformat())


def feature_by_search(page: Page, product: Product, lift_percent: int) -> None:
    """Find a SKU by a part of its name and say what is expected of it."""
    page.locator("#add-sku-ts-control").fill(product.name[2:])
    page.get_by_role("option", name=product.name).click()
    row = featured_row(page, product)
    expect(row.locator("[data-sku]")).to_have_value(product.sku)
    row.locator("[data-lift]").fill(str(lift_percent))


def featured_row(page: Page, product: Product) -> Locator:
    """The row of a featured SKU in the campaign form; what is suggested for it may name others."""
    name = page.locator("[data-name]").get_by_text(product.name, exact=True)
    return page.locator("[data-row]").filter(has=name)


def submit_to_planning(page: Page) -> None:
    """Press the form's main button."""
    page.get_by_role("button", name="Submit to Planning").click()


def sku_row(page: Page, product: Product) -> Locator:
    """The row of a SKU on the Bridge."""
    return page.locator("tr.sku-row", has=page.get_by_role("link", name=product.name, exact=True))


def open_flag(page: Page, product: Product) -> None:
    """From the Bridge to the flag of a SKU."""
    page.goto(reverse("risk:bridge"))
    sku_row(page, product).get_by_role("link", name=product.name, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(product.name)


def choose_remedy(page: Page, label: str) -> None:
    """From a flag to the form of one of its remedies."""
    page.locator("li.remedy", has_text=label).get_by_role("link", name=label).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"{label}: ")


def give_reason(page: Page, reason: str, button: str) -> None:
    """Say why, and do it."""
    page.get_by_label("Why this remedy?").fill(reason)
    page.get_by_role("main").get_by_role("button", name=button, exact=True).click()


def message(page: Page, text: str) -> None:
    """The page says ``text`` above its content."""
    expect(page.locator(".note", has_text=text)).to_be_visible()


def approve(page: Page, campaign_name: str, note: str) -> None:
    """Planning's approval, on the page of the campaign's flags; returns when it is said."""
    page.get_by_label("Note (optional)").fill(note)
    page.get_by_role("button", name="Approve", exact=True).click()
    message(page, f"Approved {campaign_name}.")


def reload_until(page: Page, locator: Locator, *, seconds: float, what: str) -> None:
    """Load the page again, as people without script do, until ``locator`` is on it."""

    def is_there() -> bool:
        page.reload()
        return locator.count() > 0

    until(is_there, seconds=seconds, what=what)


def parts_are_there(page: Page) -> None:
    """What the page embeds of other rooms has come: something stands where a link did."""
    came = ("table", ".panel", ".panel-body", ".signal-of-sku")
    expect(page.locator(f"[hx-trigger=load]:not(:has({', '.join(came)}))")).to_have_count(0)


def have_it_drawn(page: Page) -> None:
    """Returns once whatever an answer changed in the page can be seen."""
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
