"""The editing grid as a page: what it shows, who may enter what, and that nothing typed is lost."""

import json

import pytest
from django.urls import reverse

from marketing.catalogue.models import Category
from marketing.tests.factories import make_product
from planning.consensus.choices import CycleStatus, EntrySource, Layer
from planning.consensus.domain import Change, Scope, enter_units
from planning.consensus.models import ForecastEntry
from planning.tests.consensus.cases import Forecast, advance, make_block, make_cycle
from sop_site.access.roles import Role

REASON = {"reason": "Lookbook in May", "assumption": "The influencer posts twice"}
AS_HTMX = {"HX-Request": "true"}
FIRST = "units-0-"


@pytest.fixture
def forecast(today) -> Forecast:
    return make_cycle()


def address(forecast: Forecast, **query) -> str:
    """The grid of the forecast."""
    return reverse("consensus:grid", args=[forecast.version.pk], query=query)


def shown(client, forecast: Forecast, **query) -> dict[str, list[str]]:
    """The text of each cell by the name of its row."""
    context = client.get(address(forecast, **query)).context
    return {row.row.label: [cell.text for cell in row.cells] for row in context["rows"]}


def row_of(answer, key: str):
    """The row of a key in an answer."""
    return next(row for row in answer.context["rows"] if row.row.key == key)


def firsts(row) -> list[str]:
    """The first month of each layer that a row shows."""
    return [line.months[0].text for line in row.layers]


def filled(client, forecast: Forecast, cells: dict[str, str], **query) -> dict[str, str]:
    """What a browser would post after these cells were typed into the page as it stands now."""
    rows = client.get(address(forecast, **query)).context["rows"]
    posted = {}
    for row in rows:
        posted[f"seen-{row.row.key}"] = row.seen
        posted |= {f"units-{cell.month_place}-{row.row.key}": cell.text for cell in row.cells}
    return {**posted, **cells}


def test_rows_go_from_categories_over_styles_to_skus(client_of, forecast):
    client = client_of(Role.MARKETING_MEMBER)
    tops, month = forecast.tops.pk, ["720", "720", "900", "720", "720"]

    assert shown(client, forecast) == {"Apparel": ["900", *month]}
    assert {
        name: texts[0] for name, texts in shown(client, forecast, category=forecast.apparel.pk).items()
    } == {
        "Shoes": "100",
        "Tops": "800",
    }
    assert list(shown(client, forecast, category=tops)) == ["Classic"]
    assert list(shown(client, forecast, category=tops, by="sku")) == ["Product CREW", "Product POLO"]
    in_style = shown(client, forecast, category=tops, style="Classic", door_group="North")
    assert {name: texts[0] for name, texts in in_style.items()} == {
        "Product CREW": "100",
        "Product POLO": "300",
    }
    assert list(shown(client, forecast, category=tops, by="sku", text="polo")) == ["Product POLO"]


def test_sums_are_those_of_the_rows_and_money_stands_beside_units(client_of, forecast):
    context = (
        client_of(Role.MARKETING_MEMBER).get(address(forecast, category=forecast.tops.pk, by="sku")).context
    )

    assert [cell.text for cell in context["sums"]] == ["800", "640", "640", "800", "640", "640"]
    assert context["sum"].text == "4,160"
    assert context["grid"].sums.at_price == 4160 * 50
    assert [row.row.at_cost for row in context["rows"]] == [1040 * 20, 3120 * 20]


def test_what_has_no_data_says_so(client_of, forecast):
    Category.objects.create(path="Apparel > Hats", name="Hats", parent=forecast.apparel)
    make_product(sku="CAP", category=forecast.tops, style="Classic")
    loose = make_product(sku="LOOSE", unit_price=None, unit_cost=None)
    make_block(forecast.version, None, "North", {loose: 5.0})
    client = client_of(Role.MARKETING_MEMBER)

    assert "no baseline: no SKU sold here" in client.get(address(forecast, category=forecast.apparel.pk)).text
    assert shown(client, forecast, category=forecast.apparel.pk)["Hats"] == []
    assert (
        "1 more SKU of the catalogue has no row"
        in client.get(address(forecast, category=forecast.tops.pk)).text
    )
    assert shown(client, forecast)["Without a category"][0] == "25"
    loose_row = row_of(client.get(address(forecast, category="0")), f"p{loose.pk}")
    assert (loose_row.row.at_price, loose_row.cells[0].text) == (None, "25")
    top = row_of(client.get(address(forecast)), "none")
    assert (top.row.may_enter, top.row.at_price) == (False, None)
    empty = Category.objects.get(name="Hats").pk
    assert "No SKU of it is sold at these doors" in client.get(address(forecast, category=empty)).text


@pytest.mark.parametrize(
    ("role", "layer", "why"),
    [
        (Role.MARKETING_MEMBER, Layer.MARKETING, ""),
        (Role.PLANNING_LEAD, Layer.PLANNING, ""),
        (Role.MERCHANDISING_MEMBER, Layer.MERCHANDISING, ""),
        (Role.EXECUTIVE, Layer.CONSENSUS, "You read Consensus’s number; others enter it."),
    ],
)
def test_everyone_begins_with_the_number_of_their_function(client_of, forecast, role, layer, why):
    context = client_of(role).get(address(forecast)).context

    assert (context["place"].layer, context["refusal"]) == (layer, why)


def test_what_cannot_be_entered_now_is_read(client_of, forecast, user_of):
    planner = client_of(Role.PLANNING_MEMBER)
    consensus = address(forecast, layer=Layer.CONSENSUS.value)

    assert planner.get(consensus).context["refusal"] == "The consensus is set once reconciling has begun."
    advance(forecast, CycleStatus.SIGNING, user_of)
    assert planner.get(consensus).context["refusal"] == ""
    closed = planner.get(address(forecast))
    assert "can no longer change" in closed.context["refusal"]
    assert FIRST not in closed.text


def test_a_plain_form_saves_what_was_changed_and_nothing_else(client_of, forecast):
    client, crew = client_of(Role.MARKETING_MEMBER), forecast.crew.pk
    place = {"category": forecast.tops.pk, "by": "sku", "door_group": "North"}
    posted = filled(client, forecast, {f"{FIRST}p{crew}": "1,250", f"units-3-p{crew}": " "}, **place)

    answer = client.post(address(forecast, **place), {**posted, **REASON}, follow=True)

    assert [str(message) for message in answer.context["messages"]] == ["Saved one number."]
    entry = ForecastEntry.objects.get()
    assert (entry.product_id, entry.door_group, entry.month_place) == (crew, "North", 0)
    assert (entry.units_before, entry.units_after, entry.source) == (100, 1250, EntrySource.TYPED)
    assert (entry.reason, entry.assumption) == (REASON["reason"], REASON["assumption"])
    assert row_of(answer, f"p{crew}").cells[0].text == "1,250"


def test_styles_and_categories_are_entered_too(client_of, forecast):
    client, tops = client_of(Role.MARKETING_MEMBER), forecast.tops.pk
    style = filled(client, forecast, {f"{FIRST}sClassic": "400"}, category=tops)
    client.post(address(forecast, category=tops), {**style, **REASON})
    above = filled(client, forecast, {f"units-5-c{tops}": "0"}, category=forecast.apparel.pk)
    client.post(address(forecast, category=forecast.apparel.pk), {**above, **REASON})

    assert list(shown(client, forecast, category=tops, by="sku").values()) == [
        ["100", "160", "160", "200", "160", "0"],
        ["300", "480", "480", "600", "480", "0"],
    ]
    said = ForecastEntry.objects.order_by("pk").values_list("category", "style", "product")
    assert list(said) == [(tops, "Classic", None), (tops, "", None)]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("about 600", "“about 600” is not a number."),
        ("-20", "Units cannot be negative: “-20”."),
        ("1.234,5", "Write 1234.5: “1.234,5” can be read in two ways."),
    ],
)
def test_a_cell_that_cannot_be_read_keeps_its_text_and_the_rest_is_saved(client_of, forecast, text, sentence):
    client, crew, polo = client_of(Role.MARKETING_MEMBER), forecast.crew.pk, forecast.polo.pk
    place = {"category": forecast.tops.pk, "by": "sku"}
    posted = filled(client, forecast, {f"{FIRST}p{crew}": text, f"{FIRST}p{polo}": "700"}, **place)

    answer = client.post(address(forecast, **place), {**posted, **REASON})

    pending = row_of(answer, f"p{crew}").cells[0].pending
    assert (pending.text, pending.sentence) == (text, sentence)
    assert row_of(answer, f"p{polo}").cells[0].text == "700"
    assert "Saved one number. One waits for you: see beside the cell." in answer.text


def test_without_a_reason_nothing_is_saved_and_nothing_lost(client_of, forecast):
    client, crew = client_of(Role.MARKETING_MEMBER), forecast.crew.pk
    place = {"category": forecast.tops.pk, "by": "sku"}
    posted = filled(client, forecast, {f"{FIRST}p{crew}": "250"}, **place)

    answer = client.post(address(forecast, **place), posted)

    assert row_of(answer, f"p{crew}").cells[0].pending.text == "250"
    assert "Say in a sentence why. Nothing was saved." in answer.text
    assert not ForecastEntry.objects.exists()


@pytest.mark.parametrize(("whose", "left"), [("theirs", 300.0), ("300.00", 250.0), ("", 300.0)])
def test_a_conflict_shows_both_numbers_and_the_person_chooses(client_of, forecast, user_of, whose, left):
    client, crew = client_of(Role.MARKETING_MEMBER), forecast.crew.pk
    place, key = {"category": forecast.tops.pk, "by": "sku"}, f"p{forecast.crew.pk}"
    posted = filled(client, forecast, {f"{FIRST}{key}": "250"}, **place)
    enter_units(
        version=forecast.version, layer=Layer.MARKETING, changes=[Change(Scope(product_id=crew), 0, 300.0)],
        by=user_of(Role.MARKETING_LEAD), reason="Two stores more",
    )  # fmt: skip

    answer = client.post(address(forecast, **place), {**posted, **REASON})

    pending = row_of(answer, key).cells[0].pending
    assert (pending.text, pending.theirs, pending.units_now) == ("250", "300", "300.00")
    assert pending.sentence.startswith("CMO made it 300 (")
    assert pending.sentence.endswith(": “Two stores more”). You read 200 and typed 250.")
    assert ForecastEntry.objects.count() == 1
    again = {
        f"seen-{key}": row_of(answer, key).seen,
        f"{FIRST}{key}": "250",
        f"whose-0-{key}": whose,
        **REASON,
    }
    answer = client.post(address(forecast, **place), again)
    assert (answer.status_code == 200) == (whose == "")
    assert ForecastEntry.objects.latest("pk").units_after == left


def test_a_script_gets_only_the_rows_that_it_sent(client_of, forecast):
    client, polo = client_of(Role.MARKETING_MEMBER), forecast.polo.pk
    place = {"category": forecast.tops.pk, "by": "sku"}
    posted = {
        name: value
        for name, value in filled(client, forecast, {f"{FIRST}p{polo}": "700"}, **place).items()
        if name in (f"{FIRST}p{polo}", f"seen-p{polo}")
    }

    answer = client.post(address(forecast, **place), {**posted, **REASON, "pasted": "yes"}, headers=AS_HTMX)

    assert [row.row.key for row in answer.context["rows"]] == [f"p{polo}"]
    assert answer.context["sums"][0].text == "900"
    assert "<html" not in answer.text
    assert ForecastEntry.objects.get().source == EntrySource.PASTED


def test_a_stage_that_ended_meanwhile_loses_nothing(client_of, forecast, user_of):
    client, crew = client_of(Role.MARKETING_MEMBER), forecast.crew.pk
    place = {"category": forecast.tops.pk, "by": "sku"}
    posted = {**filled(client, forecast, {f"{FIRST}p{crew}": "250"}, **place), **REASON}
    advance(forecast, CycleStatus.SIGNING, user_of)

    answer = client.post(address(forecast, **place), posted)

    assert "the forecast waits for signatures" in answer.text
    assert not ForecastEntry.objects.exists()


@pytest.mark.parametrize(
    "posted",
    [
        {"units-0-p1": "5"},
        {"units-9-p1": "5", "seen-p1": "1 2 3 4 5 6"},
        {"units-0-p1": "5", "seen-p1": "nan 2 3 4 5 6"},
        {"units-x-p1": "5", "seen-p1": "1 2 3 4 5 6"},
        {"units-0-none": "5", "seen-none": "1 2 3 4 5 6"},
        {"units-0-p0": "5", "seen-p0": "1 2 3 4 5 6"},
        {"units-0-p99999999999999999999": "5", "seen-p99999999999999999999": "1 2 3 4 5 6"},
        {"units-": "5"},
    ],
)
def test_what_no_page_sends_is_refused(client_of, forecast, posted):
    assert client_of(Role.MARKETING_MEMBER).post(address(forecast), {**posted, **REASON}).status_code == 400
    assert not ForecastEntry.objects.exists()


@pytest.mark.parametrize("role", [Role.PLANNING_MEMBER, Role.EXECUTIVE, Role.ADMINISTRATOR])
def test_nobody_enters_the_number_of_another_function(client_of, forecast, role):
    asked = address(forecast, layer=Layer.MARKETING.value)

    assert client_of(role).post(asked, REASON).status_code == 403


def test_a_row_opens_into_its_layers_and_its_changes(client_of, forecast, user_of):
    for scope in (
        Scope(category_id=forecast.apparel.pk),
        Scope(category_id=forecast.tops.pk, style="Classic"),
        Scope(product_id=forecast.crew.pk, door_group="North"),
        Scope(product_id=forecast.boot.pk),
    ):
        enter_units(
            version=forecast.version, layer=Layer.MARKETING, changes=[Change(scope, 0, 500.0)],
            by=user_of(Role.MARKETING_MEMBER), reason="Why", assumption="Sunshine",
        )  # fmt: skip
    client = client_of(Role.EXECUTIVE)

    def opened(row: str, **query) -> tuple[list[str], list[str]]:
        asked = reverse("consensus:grid_layers", args=[forecast.version.pk], query={"row": row, **query})
        context = client.get(asked, headers=AS_HTMX).context
        return [line.months[0].text for line, _ in context["layers"]], [
            line.entry.subject for line in context["entries"]
        ]

    assert opened(f"p{forecast.crew.pk}") == (
        ["180", "200", "200", "563", "200", "200", "200"],
        ["CREW in North", "Tops, style Classic", "Apparel"],
    )
    assert opened(f"p{forecast.crew.pk}", door_group="South")[1] == ["Tops, style Classic", "Apparel"]
    assert opened("sClassic", category=forecast.tops.pk)[1] == [
        "CREW in North", "Tops, style Classic", "Apparel",
    ]  # fmt: skip
    units, about = opened(f"c{forecast.apparel.pk}")
    assert (units[0], units[3], len(about)) == ("810", "1,438", 4)
    page = client.get(reverse("consensus:grid_layers", args=[forecast.version.pk], query={"row": "none"}))
    assert page.status_code == 400


def test_texts_are_read_before_they_are_saved(client_of, forecast):
    def read(body: str):
        asked = reverse("consensus:grid_typed", args=[forecast.version.pk])
        return client_of(Role.MARKETING_MEMBER).post(asked, body, content_type="application/json")

    assert read(json.dumps({"texts": ["1,250", "", "ten"]})).json() == {
        "read": [
            {"units": 1250.0, "sentence": ""},
            {"units": None, "sentence": ""},
            {"units": None, "sentence": "“ten” is not a number."},
        ]
    }
    assert [read(body).status_code for body in ("nothing", "[]", "{}", '{"texts": 3}')] == [400] * 4


def test_all_seven_layers_stand_below_the_number_of_each_row(client_of, forecast, user_of):
    client, crew = client_of(Role.MARKETING_MEMBER), f"p{forecast.crew.pk}"
    for layer, role, units in (
        (Layer.MARKETING, Role.MARKETING_MEMBER, 500.0),
        (Layer.PLANNING, Role.PLANNING_MEMBER, 150.0),
    ):
        enter_units(
            version=forecast.version, layer=layer, by=user_of(role), reason="Lookbook in May",
            changes=[Change(Scope(product_id=forecast.crew.pk), 0, units)],
        )  # fmt: skip
    place = {"category": forecast.tops.pk, "by": "sku", "layers": "all"}

    answer = client.get(address(forecast, **place))

    later = ["160", "160", "200", "160", "160"]
    told = [
        (line.layer.label, [cell.text for cell in line.months], line.sum.text)
        for line in row_of(answer, crew).layers
    ]
    assert told == [
        ("Last year", ["180", "144", "144", "180", "144", "144"], "936"),
        ("Statistical", ["200", *later], "1,040"),
        ("With campaigns", ["200", *later], "1,040"),
        ("Marketing", ["500", *later], "1,340"),
        ("Planning", ["150", *later], "990"),
        ("Merchandising", ["200", *later], "1,040"),
        ("Consensus", ["200", *later], "1,040"),
    ]
    assert answer.text.count('<th scope="row">Merchandising</th><td>200</td><td>160</td>') == 1
    own = '<tr class="layer is-entered is-edited"><th scope="row">Marketing</th>'
    assert answer.text.count(f'{own}<td class="is-moved">500</td><td>160</td>') == 1
    assert answer.text.count(f"{own}<td>600</td><td>480</td>") == 1
    style = row_of(client.get(address(forecast, **{**place, "by": ""})), "sClassic")
    assert firsts(style) == ["720", "800", "800", "1,100", "750", "800", "800"]
    apparel = row_of(client.get(address(forecast, layers="all")), f"c{forecast.apparel.pk}")
    assert firsts(apparel) == ["810", "900", "900", "1,200", "850", "900", "900"]


def test_layers_are_shown_where_they_are_asked_for_and_the_choice_is_kept(client_of, forecast):
    client = client_of(Role.MARKETING_MEMBER)
    place = {"category": forecast.tops.pk, "by": "sku"}

    assert [row.layers for row in client.get(address(forecast, **place)).context["rows"]] == [[], []]
    context = client.get(address(forecast, **place, layers="all")).context
    assert context["top"] == "by=sku&layers=all"
    assert context["crumbs"][0]["opens"] == f"by=sku&layers=all&category={forecast.apparel.pk}"
    assert context["query"] == f"category={forecast.tops.pk}&by=sku&layers=all"


def test_a_saved_row_comes_back_with_its_layers(client_of, forecast):
    client, key = client_of(Role.MARKETING_MEMBER), f"p{forecast.crew.pk}"
    place = {"category": forecast.tops.pk, "by": "sku", "layers": "all"}
    posted = {f"seen-{key}": "200 160 160 200 160 160", f"{FIRST}{key}": "250", **REASON}

    answer = client.post(address(forecast, **place), posted, headers=AS_HTMX)

    assert firsts(row_of(answer, key)) == ["180", "200", "200", "250", "200", "200", "200"]


@pytest.mark.parametrize("layers", ["", "all"])
def test_same_number_of_queries_for_one_and_three_rows(client_of, forecast, statements_sent, layers):
    client = client_of(Role.MARKETING_MEMBER)
    client.get(address(forecast))

    def count(**query) -> int:
        with statements_sent() as sent:
            client.get(address(forecast, category=forecast.tops.pk, layers=layers, **query))
        return len(sent)

    one = count(by="sku", text="polo")
    third = make_product(sku="RUGBY", category=forecast.tops, style="Classic")
    make_block(forecast.version, forecast.tops, "East", {third: 5.0})
    assert count(by="sku") == one


def test_rows_beyond_the_first_come_as_numbers(client_of, forecast):
    many = [make_product(sku=f"TEE{number:02}", category=forecast.shoes, style="Tee") for number in range(30)]
    make_block(forecast.version, forecast.shoes, "East", dict.fromkeys(many, 10.0))
    client = client_of(Role.MARKETING_MEMBER)
    place = {"category": forecast.shoes.pk, "by": "sku"}

    context = client.get(address(forecast, **place, rows=100)).context
    assert (len(context["rows"]), len(context["more"])) == (25, 6)
    last = {
        "model": 0,
        "key": f"p{many[-1].pk}",
        "ident": f"p{many[-1].pk}",
        "label": "Product TEE29",
        "code": "TEE29",
        "opens": (),
        "now": [50.0, 40.0, 40.0, 50.0, 40.0, 40.0],
        "start": [50.0, 40.0, 40.0, 50.0, 40.0, 40.0],
        "price": "$13k",
        "cost": "$5.2k",
        "layers": [],
    }
    assert context["more"][-1] == last
    with_layers = client.get(address(forecast, **place, rows=100, layers="all")).context
    assert with_layers["more"][-1] == {
        **last,
        "layers": [[45.0, 36.0, 36.0, 45.0, 36.0, 36.0], *[[50.0, 40.0, 40.0, 50.0, 40.0, 40.0]] * 6],
    }
    second = client.get(address(forecast, **place, page=2)).context
    assert (len(second["rows"]), second["more"]) == (6, [])


def test_a_row_beyond_the_first_is_made_after_the_model_of_its_kind(client_of, forecast):
    for number in range(25):
        Category.objects.create(path=f"Also {number:02}", name=f"Also {number:02}")
    Category.objects.create(path="Bags", name="Bags")
    make_block(forecast.version, None, "North", {make_product(sku="LOOSE"): 5.0})
    client = client_of(Role.MARKETING_MEMBER)

    context = client.get(address(forecast, rows=100)).context

    made = [(row["label"], row["model"]) for row in context["more"]]
    assert made == [("Apparel", 0), ("Bags", 2), ("Without a category", 1)]
    assert [(row.row.may_enter, bool(row.cells)) for row in context["models"]] == [
        (True, True),
        (False, True),
        (True, False),
    ]
