"""The editing grid in a browser: keys, ranges from Excel, undo, conflicts; without script; on a phone."""

import re
from collections.abc import Iterable

import openpyxl
import pytest
from django.urls import reverse
from openpyxl.cell import Cell
from playwright.sync_api import Locator, Page, expect

from marketing.tests.factories import make_product
from planning.consensus.choices import EntrySource, Layer
from planning.consensus.domain import Change, Scope, enter_units
from planning.consensus.models import ForecastEntry
from planning.tests.consensus.cases import Forecast, make_block, make_cycle
from sop_site.access.models import User
from sop_site.access.roles import Role
from sop_site.tests.journeys.steps import have_it_drawn
from sop_site.tests.journeys.test_every_page import DESK, PHONE, faults

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)
THOUSANDS = "#,##0.0"
PASTE = """(input, text) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", text);
    input.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
}"""
COPY = """(input) => {
    const clipboardData = new DataTransfer();
    input.dispatchEvent(new ClipboardEvent("copy", { clipboardData, bubbles: true, cancelable: true }));
    return clipboardData.getData("text/plain");
}"""


@pytest.fixture
def forecast(today) -> Forecast:
    return make_cycle()


@pytest.fixture
def range_in_excel(tmp_path) -> str:
    """What a person copies of a workbook: three rows of two cells, one formatted, two of them text."""
    book = openpyxl.Workbook()
    for row in ([250, 1700.5], ['about "600"', -20], ["1.234,5", 9]):
        book.active.append(row)
    book.active["B1"].number_format = THOUSANDS
    book.save(tmp_path / "lookbook.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "lookbook.xlsx").active
    return on_clipboard(sheet["A1:B3"])


def on_clipboard(cells: Iterable[Iterable[Cell]]) -> str:
    """As Excel puts a range there: what cells show, tabs, line ends of Windows, one at the end."""
    shown = (
        [f"{cell.value:,.1f}" if cell.number_format == THOUSANDS else str(cell.value) for cell in row]
        for row in cells
    )
    return "".join("\t".join(row) + "\r\n" for row in shown)


def open_grid(page: Page, forecast: Forecast, **query) -> None:
    """The SKUs of tops, two rows."""
    given = {"category": forecast.tops.pk, "by": "sku", **query}
    page.goto(reverse("consensus:grid", args=[forecast.version.pk], query=given))
    expect(page.get_by_role("heading", level=1)).to_contain_text("Marketing’s forecast")


def cell(page: Page, label: str, month: str) -> Locator:
    """The input of a row in a month."""
    return page.get_by_role("textbox", name=f"{label} {month}")


def layer(page: Page, label: str, name: str) -> Locator:
    """The numbers of a layer in the group of a row, by month and for the six months together."""
    line = page.get_by_role("rowgroup", name=label, exact=True).get_by_role("row")
    return line.filter(has=page.get_by_role("rowheader", name=name, exact=True)).get_by_role("cell")


def press_until_read(page: Page, button: Locator) -> None:
    """Press a button no faster than the server reads what was typed last; the page stays under it."""
    button.hover()
    with page.expect_response("**/typed/"):
        page.mouse.down()
    have_it_drawn(page)
    page.mouse.up()


def others_number(forecast: Forecast, user: User, units: float) -> None:
    """Someone else enters a number for crew in December meanwhile."""
    change = Change(Scope(product_id=forecast.crew.pk), 0, units)
    enter_units(
        version=forecast.version, layer=Layer.MARKETING, changes=[change], by=user, reason="Two stores more"
    )


def entries() -> list[tuple[str, int, float, str]]:
    """What was entered: SKU, month, units and how."""
    found = ForecastEntry.objects.order_by("pk").select_related("product")
    return [(entry.product.sku, entry.month_place, entry.units_after, entry.source) for entry in found]


def test_a_range_from_excel_is_pasted_undone_saved_and_a_conflict_chosen(
    forecast, range_in_excel, visit, user_of
):
    page = visit(Role.MARKETING_MEMBER, viewport=DESK, reduced_motion="reduce").new_page()
    open_grid(page, forecast)
    crew, polo, status = "Product CREW", "Product POLO", page.locator("[data-status]")
    first = cell(page, crew, "December FY26")
    first.click()

    # Type, Enter goes down, Esc takes back, arrows go on.
    page.keyboard.type("250")
    page.keyboard.press("Enter")
    expect(cell(page, polo, "December FY26")).to_be_focused()
    expect(status).to_have_text("1 unsaved cell")
    expect(page.locator(f"#row-p{forecast.crew.pk} td").first).to_contain_text("+50 unsaved, was 200")
    expect(page.locator("#grid-sums td").first).to_contain_text("850")
    page.keyboard.type("7")
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowRight")
    expect(cell(page, polo, "January FY26")).to_be_focused()
    expect(cell(page, polo, "December FY26")).to_have_value("600")
    page.keyboard.press("Control+z")
    expect(first).to_have_value("200")
    expect(first).to_be_focused()

    # A range from Excel: one row too many, two cells that cannot be read; the rest is there.
    first.evaluate(PASTE, range_in_excel)
    expect(first).to_have_value("250")
    expect(cell(page, crew, "January FY26")).to_have_value("1,700.5")
    refused = cell(page, polo, "December FY26")
    expect(refused).to_have_attribute("aria-invalid", "true")
    expect(refused).to_have_accessible_description('“about "600"” is not a number.')
    expect(cell(page, polo, "January FY26")).to_have_accessible_description(
        "Units cannot be negative: “-20”."
    )
    expect(page.get_by_role("alert")).to_contain_text("1 pasted row did not fit")
    expect(status).to_have_text("4 unsaved cells, 2 of them marked")
    assert list(faults(page, "the grid with marked cells")) == []

    # Copy a range, fill right, put back the number it starts from.
    page.keyboard.press("Shift+ArrowRight")
    assert first.evaluate(COPY) == "250\t1700.5"
    page.keyboard.press("Control+r")
    expect(cell(page, crew, "January FY26")).to_have_value("250")
    cell(page, polo, "January FY26").focus()
    page.keyboard.press("Delete")
    expect(cell(page, polo, "January FY26")).to_have_value("480")
    expect(status).to_have_text("3 unsaved cells, 1 of them marked")

    # Saving asks why, saves what can be read and leaves the rest typed.
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#grid-reasons")).to_contain_text("Say in a sentence why. Nothing was saved.")
    expect(status).to_have_text("3 unsaved cells, 1 of them marked")
    others_number(forecast, user_of(Role.MARKETING_LEAD), 300.0)
    page.get_by_label("Why?").fill("Lookbook in May")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#toasts")).to_contain_text("Saved one number. 2 wait for you: see beside the cell.")
    expect(refused).to_have_value('about "600"')
    expect(first).to_have_value("250")
    why = re.compile(r"CMO made it 300 \(.+: “Two stores more”\)\. You read 200 and typed 250\.")
    expect(first).to_have_accessible_description(why)
    assert list(faults(page, "the grid with a conflict")) == []
    page.get_by_label("Enter 250").check()
    refused.fill("650")
    press_until_read(page, page.get_by_role("button", name="Save"))
    expect(status).to_have_text("")
    expect(page.locator(".is-unsaved, .is-refused")).to_have_count(0)
    assert entries() == [
        ("CREW", 0, 300.0, EntrySource.TYPED),
        ("CREW", 1, 250.0, EntrySource.PASTED),
        ("CREW", 0, 250.0, EntrySource.PASTED),
        ("POLO", 0, 650.0, EntrySource.PASTED),
    ]

    # Every layer of a row, with who changed it; leaving with something unsaved asks first.
    layers = page.get_by_role("link", name="All layers of Product CREW")
    layers.click()
    expect(page.locator(".layers-row")).to_contain_text("Two stores more")
    expect(page.locator(".layers-row tbody tr")).to_have_count(7)
    assert list(faults(page, "the grid with all layers")) == []
    layers.click()
    expect(page.locator(".layers-row")).to_have_count(0)
    first.fill("1")
    asked = []
    page.once("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.get_by_role("link", name="All categories").click()
    expect(first).to_have_value("1")
    assert asked == ["beforeunload"]


def test_without_script_nothing_typed_is_lost(forecast, visit, user_of):
    page = visit(Role.MARKETING_MEMBER, java_script_enabled=False, viewport=PHONE).new_page()
    open_grid(page, forecast, layers="all")
    first, second = cell(page, "Product CREW", "December FY26"), cell(page, "Product POLO", "May FY27")
    expect(layer(page, "Product POLO", "Planning").first).to_have_text("600")
    first.fill("250")
    second.fill("1.234,5")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Say in a sentence why. Nothing was saved.")).to_be_visible()
    expect(first).to_have_value("250")
    others_number(forecast, user_of(Role.MARKETING_LEAD), 300.0)
    page.get_by_label("Why?").fill("Lookbook in May")
    page.get_by_role("button", name="Save").click()
    expect(second).to_have_value("1.234,5")
    expect(second).to_have_accessible_description("Write 1234.5: “1.234,5” can be read in two ways.")
    page.get_by_label("Keep 300").check()
    second.fill("1234.5")
    page.get_by_label("Why?").fill("Lookbook in May")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".note")).to_contain_text("Saved one number.")
    expect(first).to_have_value("300")
    expect(second).to_have_value("1,235")
    expect(layer(page, "Product POLO", "Marketing").nth(5)).to_have_text("1,235")
    page.get_by_role("link", name="Value and changes of Product POLO").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("All layers of POLO Product POLO")
    expect(page.locator(".timeline")).to_contain_text("Lookbook in May")


def test_all_seven_layers_are_chosen_read_and_follow_what_is_saved(forecast, visit, user_of):
    others_number(forecast, user_of(Role.MARKETING_LEAD), 300.0)
    page = visit(Role.MARKETING_MEMBER, viewport=DESK, reduced_motion="reduce").new_page()
    open_grid(page, forecast)
    page.get_by_label("Layers", exact=True).select_option(label="All seven")
    page.get_by_role("button", name="Show").click()
    expect(page).to_have_url(re.compile("layers=all"))

    crew = "Product CREW"
    expect(layer(page, crew, "Last year")).to_have_text(["180", "144", "144", "180", "144", "144", "936", ""])
    expect(layer(page, crew, "Marketing")).to_have_text(
        ["300", "160", "160", "200", "160", "160", "1,140", ""]
    )
    assert list(faults(page, "the grid with all seven layers")) == []

    # Arrows go from number to number, past the layers; a saved row comes back with them.
    cell(page, crew, "December FY26").click()
    page.keyboard.press("ArrowDown")
    expect(cell(page, "Product POLO", "December FY26")).to_be_focused()
    page.keyboard.type("650")
    page.get_by_label("Why?").fill("Lookbook in May")
    page.get_by_role("button", name="Save").click()
    expect(layer(page, "Product POLO", "Marketing").first).to_have_text("650")
    expect(layer(page, "Product POLO", "Consensus").first).to_have_text("600")

    # The choice goes along; what a row is worth and who changed it opens below its layers.
    page.get_by_role("link", name="Value and changes of Product POLO").click()
    expect(page.locator("tr.layer + .layers-row")).to_contain_text("Lookbook in May")
    page.get_by_role("link", name="All categories").click()
    expect(layer(page, "Apparel", "Marketing").first).to_have_text("1,050")


def test_a_long_page_is_made_of_numbers_and_works_on_a_phone(forecast, visit):
    many = [make_product(sku=f"TEE{number:02}", category=forecast.tops) for number in range(30)]
    make_block(forecast.version, forecast.tops, "East", dict.fromkeys(many, 10.0))
    page = visit(Role.MARKETING_MEMBER, viewport=PHONE).new_page()
    open_grid(page, forecast, rows=100, layers="all")
    expect(page.locator(".grid-table > tbody")).to_have_count(32)
    last = cell(page, "Product TEE29", "December FY26")
    last.fill("75")
    last.press("Enter")
    expect(page.locator("[data-status]")).to_have_text("1 unsaved cell")
    page.get_by_label("Why?").fill("Lookbook in May")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#toasts")).to_contain_text("Saved one number.")
    expect(page.locator("[data-status]")).to_have_text("")
    assert entries() == [("TEE29", 0, 75.0, EntrySource.TYPED)]
    expect(layer(page, "Product TEE28", "Last year").first).to_have_text("45")
    expect(layer(page, "Product TEE29", "Marketing").first).to_have_text("75")
    expect(layer(page, "Product TEE29", "Planning").first).to_have_text("50")
    page.get_by_role("link", name="Value and changes of Product TEE29").click()
    expect(page.locator(".layers-row")).to_contain_text("Lookbook in May")
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
