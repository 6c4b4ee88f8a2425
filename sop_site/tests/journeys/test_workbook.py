"""A layer's workbook in a browser: downloaded, changed with another program, looked at, and entered."""

import openpyxl
import pytest
from django.urls import reverse
from playwright.sync_api import expect

from planning.consensus.choices import EntrySource, Layer
from planning.consensus.domain import Change, Scope, enter_units
from planning.consensus.models import ForecastEntry
from planning.tests.consensus.cases import make_cycle
from sop_site.access.roles import Role
from sop_site.tests.journeys.test_every_page import DESK, faults

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


def test_a_workbook_goes_out_is_changed_looked_at_and_entered(today, visit, user_of, tmp_path):
    forecast = make_cycle()
    page = visit(Role.MARKETING_MEMBER, viewport=DESK, reduced_motion="reduce").new_page()
    page.goto(reverse("consensus:workbook", args=[forecast.version.pk, "marketing"]))
    page.get_by_label("Doors in").select_option("North")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the workbook").click()
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    book = openpyxl.load_workbook(file)
    sheet = book["Marketing"]
    assert [row[2] for row in sheet.iter_rows(min_row=2, values_only=True)] == ["BOOT", "CREW", "POLO"]
    sheet["F2"], sheet["F3"], sheet["F4"], sheet["G4"] = "1.234,5", 130, 310, 1250
    book.save(file)
    scope = Scope(product_id=forecast.crew.pk, door_group="North")
    enter_units(
        version=forecast.version,
        layer=Layer.MARKETING,
        changes=[Change(scope, 0, 150)],
        by=user_of(Role.MARKETING_LEAD),
        reason="Two stores more",
    )

    page.get_by_label("Workbook").set_input_files(file)
    page.get_by_role("button", name="Show what would change").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("What the workbook would change")
    left_out = page.get_by_role("region", name="Cells that are left out")
    expect(left_out.get_by_role("row").nth(1)).to_have_text(
        "F2 1.234,5 Write 1234.5: “1.234,5” can be read in two ways.", use_inner_text=True
    )
    conflict = page.get_by_role("region", name="Changed by someone else").get_by_role("row").nth(1)
    expect(conflict).to_contain_text("Two stores more")
    changes = page.get_by_role("region", name="What changes").get_by_role("row")
    expect(changes).to_have_count(3)
    expect(changes.nth(2)).to_contain_text("+1,010")
    assert list(faults(page, "the preview")) == []
    conflict.get_by_role("checkbox").check()
    page.get_by_label("Why?").fill("Lookbook in May")
    page.get_by_role("button", name="Enter the numbers").click()

    expect(page.get_by_text("3 numbers were entered from the workbook.")).to_be_visible()
    found = ForecastEntry.objects.filter(source=EntrySource.FILE).order_by("pk")
    assert [(entry.product.sku, entry.month_place, entry.units_after, entry.reason) for entry in found] == [
        ("POLO", 0, 310, "Lookbook in May"),
        ("POLO", 1, 1250, "Lookbook in May"),
        ("CREW", 0, 130, "Lookbook in May"),
    ]
