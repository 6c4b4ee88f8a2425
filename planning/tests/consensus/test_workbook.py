"""A layer's workbook out, changed with another program, and in again through the pages."""

import io
import re
from collections.abc import Callable
from datetime import date

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from planning.consensus import workbook
from planning.consensus.blocks import Cells
from planning.consensus.choices import CycleStatus, EntrySource, Layer
from planning.consensus.domain import Change, Scope, enter_units, reopen_forecast
from planning.consensus.models import ForecastEntry
from planning.consensus.workbook import layer_workbook
from planning.tests.consensus.cases import Forecast, advance, make_cycle
from sop_site.access.roles import Role

Changed = Callable[[openpyxl.Workbook], None]
MARKETER = Role.MARKETING_MEMBER
# The first month's column of the layer, after category, style, SKU, name and door group.
FIRST = "F"
# Rows are sorted by category, style, SKU and door group.
BOOT_NORTH, CREW_NORTH, CREW_SOUTH, POLO_NORTH = 2, 4, 5, 6


@pytest.fixture
def forecast(today) -> Forecast:
    return make_cycle()


@pytest.fixture
def client(client_of):
    return client_of(MARKETER)


def address(forecast: Forecast, name: str = "workbook", layer: Layer = Layer.MARKETING) -> str:
    return reverse(f"consensus:{name}", args=[forecast.version.pk, layer.value])


def download(client, forecast: Forecast, layer: Layer = Layer.MARKETING, **chosen) -> bytes:
    answer = client.get(address(forecast, "workbook_download", layer), chosen)
    assert answer.status_code == 200
    return answer.content


def changed(content: bytes, change: Changed) -> bytes:
    """The workbook as another program saves it after a change."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    change(book)
    saved = io.BytesIO()
    book.save(saved)
    return saved.getvalue()


def typed(cells: dict[str, object], sheet: str = "Marketing") -> Changed:
    def change(book: openpyxl.Workbook) -> None:
        for place, value in cells.items():
            book[sheet][place] = value

    return change


def upload(client, forecast: Forecast, content: bytes, layer: Layer = Layer.MARKETING):
    file = SimpleUploadedFile("numbers.xlsx", content)
    return client.post(address(forecast, layer=layer), {"workbook": file})


def loaded(client, forecast: Forecast, cells: dict[str, object]):
    """The preview of a fresh workbook in which these cells were typed."""
    return upload(client, forecast, changed(download(client, forecast), typed(cells)))


def confirm(client, forecast: Forecast, preview, **typed_below):
    said = {"preview": preview.context["sealed"], "reason": "Spring launch", **typed_below}
    return client.post(address(forecast, "workbook_enter"), said)


def refusal(answer) -> str:
    """The sentence beside the file that was chosen."""
    assert answer.templates[0].name == "planning/consensus/workbook.html"
    (sentence,) = answer.context["form"].errors["workbook"]
    return sentence


def units_of(forecast: Forecast, product, door_group: str, layer: Layer = Layer.MARKETING) -> list[float]:
    scope = Scope(product_id=product.pk, door_group=door_group)
    cells = Cells(forecast.version, [scope])
    return [float(cells.units(scope, layer, month).sum()) for month in range(6)]


def someone_enters(forecast: Forecast, user_of, units: float, product, **facts) -> ForecastEntry:
    """Another marketer changes the first month of a SKU in the north."""
    scope = Scope(product_id=product.pk, door_group="North")
    entered = enter_units(
        version=forecast.version,
        layer=Layer.MARKETING,
        changes=[Change(scope, 0, units)],
        by=user_of(Role.MARKETING_LEAD),
        reason="The CMO knows better",
        **facts,
    )
    return entered.entries[0]


def test_the_sheet_holds_the_layer_and_what_it_is_compared_with(client, forecast):
    book = openpyxl.load_workbook(io.BytesIO(download(client, forecast)))
    assert [(page.title, page.sheet_state) for page in book] == [
        ("Marketing", "visible"),
        ("Bridge", "veryHidden"),
        ("As downloaded", "veryHidden"),
    ]
    page = book["Marketing"]
    heading = [cell.value for cell in page[1]]
    assert heading[:7] == ["Category", "Style", "SKU", "Name", "Door group", "December FY26", "January FY26"]
    assert heading[11] == "December FY26, with campaigns"
    assert heading[17] == "December FY26, consensus"
    rows = list(page.iter_rows(min_row=2, values_only=True))
    assert [row[2:5:2] for row in rows] == [
        (sku, group) for sku in ("BOOT", "CREW", "POLO") for group in ("North", "South")
    ]
    assert rows[2][5:11] == (100, 80, 80, 100, 80, 80)
    assert rows[2][5:11] == rows[2][11:17] == rows[2][17:23]
    unlocked = {cell.column_letter for cell in page[2] if not cell.protection.locked}
    assert unlocked == set("FGHIJK")
    assert page.protection.sheet


def test_beside_the_consensus_stand_the_functions(client_of, forecast):
    content = download(client_of(Role.PLANNING_LEAD), forecast, Layer.CONSENSUS)
    heading = [cell.value for cell in openpyxl.load_workbook(io.BytesIO(content))["Consensus"][1]]
    assert heading[11::6] == [
        f"December FY26, {name}" for name in ("with campaigns", "marketing", "planning", "merchandising")
    ]


def test_a_category_and_a_door_group_narrow_the_sheet(client, forecast):
    content = download(client, forecast, category=forecast.tops.pk, door_group="South")
    page = openpyxl.load_workbook(io.BytesIO(content))["Marketing"]
    assert [row[2] for row in page.iter_rows(min_row=2, values_only=True)] == ["CREW", "POLO"]


def test_more_rows_than_a_workbook_holds_are_refused_with_the_way_out(client, forecast, monkeypatch):
    monkeypatch.setattr(workbook, "MOST_ROWS", 5)
    answer = client.get(address(forecast, "workbook_download"), follow=True)
    assert [str(message) for message in answer.context["messages"]] == [
        "That would be 6 rows, and a workbook holds at most 5. Choose a category or one door group."
    ]


def test_a_workbook_goes_out_is_changed_and_comes_in(client, forecast, user_of):
    preview = loaded(client, forecast, {f"{FIRST}{CREW_NORTH}": 130, f"G{POLO_NORTH}": "1,200"})
    assert [tuple(row.cell) for row in preview.context["cells"]] == [
        (forecast.crew.pk, "North", 0, 130.0, 100.0, 100.0, 50.0),
        (forecast.polo.pk, "North", 1, 1200.0, 240.0, 240.0, 50.0),
    ]
    totals = preview.context["totals"]
    assert (totals.units_now, totals.units) == (340, 1330)
    assert (totals.money_now, totals.money) == (17_000, 66_500)
    assert (preview.context["conflicts"], preview.context["preview"].bad) == ([], [])
    assert not ForecastEntry.objects.exists()

    answer = confirm(client, forecast, preview, assumption="The sun shines")

    assert answer.url == reverse("consensus:grid", args=[forecast.version.pk]) + "?layer=marketing"
    assert units_of(forecast, forecast.crew, "North") == [130, 80, 80, 100, 80, 80]
    assert units_of(forecast, forecast.polo, "North") == [300, 1200, 240, 300, 240, 240]
    assert units_of(forecast, forecast.crew, "South") == [100, 80, 80, 100, 80, 80]
    entry = ForecastEntry.objects.get(product=forecast.crew)
    assert (entry.units_before, entry.units_after, entry.source) == (100, 130, EntrySource.FILE)
    assert (entry.reason, entry.assumption) == ("Spring launch", "The sun shines")
    assert entry.entered_by == user_of(MARKETER)


def test_an_unchanged_workbook_changes_nothing(client, forecast):
    preview = upload(client, forecast, changed(download(client, forecast), lambda book: None))
    assert preview.context["cells"] == []
    assert "The workbook changes no number." in preview.content.decode()


def test_fractions_come_back_as_they_went(client, forecast, user_of):
    someone_enters(forecast, user_of, 123.456789, forecast.crew)
    preview = upload(client, forecast, changed(download(client, forecast), lambda book: None))
    assert preview.context["cells"] == preview.context["conflicts"] == []


def test_bad_cells_are_told_beside_their_cause_and_the_rest_is_kept(client, forecast):
    cells = {
        "F2": "many",
        "G2": -4,
        "H2": "1.234,5",
        "I2": 2e9,
        "J2": date(2026, 5, 1),
        "K2": None,
        "F3": True,
        "F4": 130,
    }
    preview = loaded(client, forecast, cells)
    assert [(bad.place, bad.said, bad.reason) for bad in preview.context["preview"].bad] == [
        ("F2", "many", "“many” is not a number."),
        ("G2", "-4", "Units cannot be negative: “-4”."),
        ("H2", "1.234,5", "Write 1234.5: “1.234,5” can be read in two ways."),
        ("I2", "2000000000", "“2e+09” is more than 1,000,000,000 units."),
        ("J2", "2026-05-01", "This is a date or a time: format the cell as a number and type it again."),
        ("F3", "True", "“TRUE” is not a number."),
    ]
    assert preview.context["preview"].blank_count == 1
    assert "1 empty cell changes nothing" in preview.content.decode()
    assert [row.product.sku for row in preview.context["cells"]] == ["CREW"]
    confirm(client, forecast, preview)
    assert ForecastEntry.objects.count() == 1


def test_rows_that_nobody_downloaded_and_rows_that_stand_twice_are_left_out(client, forecast):
    def change(book: openpyxl.Workbook) -> None:
        page = book["Marketing"]
        page["C2"], page["F2"] = "SANDAL", 1
        page["E3"], page["F3"] = "West", 2
        page["C5"], page["E5"], page["F5"] = "CREW", "North", 3
        page["C8"], page["F8"] = None, 4
        page["F6"] = 310
        page["B9"] = "A note below the table"

    preview = upload(client, forecast, changed(download(client, forecast), change))
    assert [(bad.place, bad.said, bad.reason) for bad in preview.context["preview"].bad] == [
        ("C2", "SANDAL", "“SANDAL” is no SKU of the workbook as downloaded."),
        ("C3", "BOOT", "“BOOT” in “West” was not in the workbook as downloaded."),
        ("C4", "CREW", "“CREW” in “North” stands in the rows 4, 5: keep one of them."),
        ("C5", "CREW", "“CREW” in “North” stands in the rows 4, 5: keep one of them."),
        ("C8", "", "The row has no SKU."),
    ]
    assert [(row.product.sku, row.cell.units) for row in preview.context["cells"]] == [("POLO", 310)]


def test_sorted_and_removed_rows_mean_what_they_say(client, forecast):
    def change(book: openpyxl.Workbook) -> None:
        page = book["Marketing"]
        rows = [list(row) for row in page.iter_rows(min_row=2, values_only=True)]
        rows[2][5] = 130
        page.delete_rows(2, 6)
        for place, row in enumerate(reversed(rows[1:]), start=2):
            for column, value in enumerate(row, start=1):
                page.cell(place, column, value)

    preview = upload(client, forecast, changed(download(client, forecast), change))
    assert [(row.product.sku, row.cell.units) for row in preview.context["cells"]] == [("CREW", 130)]


def test_what_someone_changed_since_is_left_unless_it_is_ticked(client, forecast, user_of):
    content = changed(download(client, forecast), typed({"F4": 130, "F6": 310}))
    entry = someone_enters(forecast, user_of, 150, forecast.crew)
    someone_enters(forecast, user_of, 55, forecast.boot)

    preview = upload(client, forecast, content)
    (conflict,) = preview.context["conflicts"]
    assert (conflict.product, conflict.entry) == (forecast.crew, entry)
    assert (conflict.cell.downloaded_units, conflict.cell.units_now, conflict.cell.units) == (100, 150, 130)
    assert [row.product.sku for row in preview.context["cells"]] == ["POLO"]
    confirm(client, forecast, preview)
    assert units_of(forecast, forecast.crew, "North")[0] == 150
    assert units_of(forecast, forecast.polo, "North")[0] == 310

    confirm(client, forecast, upload(client, forecast, content), take="0")
    assert units_of(forecast, forecast.crew, "North")[0] == 130
    assert units_of(forecast, forecast.boot, "North")[0] == 55


def test_two_who_typed_the_same_number_agree(client, forecast, user_of):
    content = changed(download(client, forecast), typed({"F4": 130}))
    someone_enters(forecast, user_of, 130, forecast.crew)
    preview = upload(client, forecast, content)
    assert preview.context["cells"] == preview.context["conflicts"] == []


def test_what_changes_while_the_preview_is_read_becomes_a_conflict(client, forecast, user_of):
    preview = loaded(client, forecast, {"F4": 130, "F6": 310})
    someone_enters(forecast, user_of, 150, forecast.crew)
    again = confirm(client, forecast, preview)
    assert units_of(forecast, forecast.polo, "North")[0] == 310
    (conflict,) = again.context["conflicts"]
    assert (conflict.cell.units_now, conflict.cell.units) == (150, 130)
    assert [str(message) for message in again.context["messages"]] == [
        "One number was entered. Someone changed what is left while you looked at it."
    ]
    confirm(client, forecast, again, take="0")
    assert units_of(forecast, forecast.crew, "North")[0] == 130


def test_nothing_is_entered_without_a_reason(client, forecast):
    preview = loaded(client, forecast, {"F4": 130, "F2": "many"})
    again = confirm(client, forecast, preview, reason=" ")
    assert again.context["form"].errors["reason"] == ["Say in a sentence why. Nothing was saved."]
    assert [tuple(row.cell) for row in again.context["cells"]] == [
        tuple(row.cell) for row in preview.context["cells"]
    ]
    assert again.context["preview"] == preview.context["preview"]
    assert not ForecastEntry.objects.exists()
    confirm(client, forecast, again)
    assert units_of(forecast, forecast.crew, "North")[0] == 130


@pytest.mark.parametrize("damage", ["", "nonsense", "cut", "another person", "another layer"])
def test_a_preview_that_was_not_sent_is_not_taken(client, client_of, forecast, damage):
    sealed = loaded(client, forecast, {"F4": 130}).context["sealed"]
    layer, told = Layer.MARKETING, damage
    if damage == "cut":
        told = sealed[:-1]
    elif damage == "another person":
        client, told = client_of(Role.MARKETING_LEAD), sealed
    elif damage == "another layer":
        client, told, layer = client_of(Role.MARKETING_LEAD), sealed, Layer.CONSENSUS
    answer = client.post(
        address(forecast, "workbook_enter", layer), {"preview": told, "reason": "So"}, follow=True
    )
    assert [str(message) for message in answer.context["messages"]] == [
        "The preview is out of date. Choose the workbook again."
    ]
    assert not ForecastEntry.objects.exists()


def test_a_workbook_of_another_version_is_refused(client, forecast, user_of):
    advance(forecast, CycleStatus.PUBLISHED, user_of)
    content = layer_workbook(forecast.version, Layer.MARKETING)
    reopen_forecast(cycle=forecast.cycle, by=user_of(Role.EXECUTIVE), reason="A new contract")
    month = forecast.cycle.month.label
    assert refusal(upload(client, forecast, content)) == (
        f"This workbook is of {month} consensus, version 1, and this page is about {month} consensus,"
        " version 2. Download it again."
    )


def test_nothing_is_loaded_into_a_published_version(client, forecast, user_of):
    content = changed(download(client, forecast), typed({"F4": 130}))
    preview = upload(client, forecast, content)
    advance(forecast, CycleStatus.PUBLISHED, user_of)
    page = upload(client, forecast, content)
    assert page.context["refusal"] == f"{forecast.version} is published and locked."
    assert page.templates[0].name == "planning/consensus/workbook.html"
    answer = confirm(client, forecast, preview)
    assert answer.url == address(forecast)
    assert units_of(forecast, forecast.crew, "North")[0] == 100


def test_a_layer_that_is_not_open_yet_takes_no_workbook(client_of, forecast):
    lead = client_of(Role.MARKETING_LEAD)
    page = upload(lead, forecast, download(lead, forecast), Layer.CONSENSUS)
    assert page.templates[0].name == "planning/consensus/workbook.html"
    assert page.context["refusal"] == "The consensus is set once reconciling has begun."


def test_a_workbook_of_another_layer_is_refused(client_of, forecast, user_of):
    advance(forecast, CycleStatus.RECONCILING, user_of)
    lead = client_of(Role.MARKETING_LEAD)
    assert refusal(upload(lead, forecast, download(lead, forecast), Layer.CONSENSUS)) == (
        "This workbook holds the numbers of Marketing, and this page takes Consensus’s."
    )


def remove_sheet(name: str) -> Changed:
    return lambda book: book.remove(book[name])


def rename_sheet(book: openpyxl.Workbook) -> None:
    book["Marketing"].title = "Mine"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (remove_sheet("Bridge"), "This workbook was not downloaded here."),
        (typed({"B2": "x"}, "Bridge"), "This workbook was not downloaded here."),
        (typed({"B2": 999_999}, "Bridge"), "This workbook is of a forecast that is no longer there,"),
        (remove_sheet("As downloaded"), "The workbook no longer says what was downloaded."),
        (typed({"D2": "x"}, "As downloaded"), "The workbook no longer says what was downloaded."),
        (rename_sheet, "The sheet “Marketing” is missing: it was removed or has another name."),
        (typed({"G1": "Jan"}), "The column “January FY26” is missing: its heading was removed or changed."),
        (
            typed({"A6000": "far"}),
            "The sheet “Marketing” has too many rows: 6,000, and at most 5,200 are read.",
        ),
    ],
)
def test_a_workbook_that_lost_what_it_needs_is_refused(client, forecast, change, sentence):
    answer = upload(client, forecast, changed(download(client, forecast), change))
    assert refusal(answer).startswith(sentence)


@pytest.mark.parametrize("content", [b"SKU,Units\nCREW,130\n", b"PK\x03\x04 not a zip"])
def test_a_file_that_is_no_workbook_is_refused(client, forecast, content):
    answer = upload(client, forecast, content)
    assert refusal(answer) == "The file is not an Excel workbook. Save it as an Excel workbook (.xlsx)."


def test_a_product_that_is_not_in_the_forecast_cannot_be_slipped_in(client, forecast):
    preview = upload(
        client,
        forecast,
        changed(
            changed(download(client, forecast), typed({"A2": "999999"}, "As downloaded")), typed({"F2": 1})
        ),
    )
    assert [(bad.place, bad.reason) for bad in preview.context["preview"].bad] == [
        ("F2", "This forecast has no such SKU.")
    ]


@pytest.mark.parametrize("layer", ["planning", "consensus", "naive", "campaigns", "other"])
def test_others_layers_are_not_open(client, forecast, layer):
    url = reverse("consensus:workbook", args=[forecast.version.pk, layer])
    assert client.get(url).status_code == (403 if layer in ("planning", "consensus") else 404)


def test_text_in_the_page_is_escaped(client, forecast):
    content = loaded(client, forecast, {"F2": "<b>12</b>"}).content.decode()
    assert re.findall(r"<b>12", content) == []
