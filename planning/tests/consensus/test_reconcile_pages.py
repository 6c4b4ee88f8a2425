"""Where the functions differ most in money, what becomes the consensus, and the points that are open."""

import re
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import strip_tags

from marketing.catalogue.models import Category
from marketing.tests.factories import make_product
from planning.consensus.choices import CycleStatus, Layer, RemarkKind, Seat
from planning.consensus.domain import (
    Change,
    Scope,
    ask_for_signatures,
    enter_units,
    remark,
    reopen_forecast,
)
from planning.consensus.models import Cycle, LayerAccuracy, Remark
from planning.consensus.reconcile import ReconcilePage, reconcile_page
from planning.consensus.reconcile_rows import LAYERS, Place
from planning.tests.consensus.cases import Forecast, advance, make_block, make_cycle, signed
from sop_site.access.roles import Role
from sop_site.formats import money

ENTERERS = {
    Layer.MARKETING: Role.MARKETING_MEMBER,
    Layer.PLANNING: Role.PLANNING_MEMBER,
    Layer.MERCHANDISING: Role.MERCHANDISING_MEMBER,
    Layer.CONSENSUS: Role.PLANNING_LEAD,
}


@pytest.fixture
def forecast(today, user_of) -> Forecast:
    found = make_cycle()
    advance(found, CycleStatus.RECONCILING, user_of)
    return found


@pytest.fixture
def enter(forecast, user_of):
    """A function enters a number."""

    def do(layer: Layer, units: float, month_place: int = 0, reason: str = "Winter", **scope) -> None:
        enter_units(
            version=forecast.version, layer=layer, changes=[Change(Scope(**scope), month_place, units)],
            by=user_of(ENTERERS[layer]), reason=reason, assumption="It is cold",
        )  # fmt: skip

    return do


@pytest.fixture
def page_of(forecast, user_of):
    """The page as the VP Planning sees it, with the rows on which all agree."""

    def read(**place) -> ReconcilePage:
        version = Cycle.objects.get(pk=forecast.cycle.pk).current_version
        return reconcile_page(Place(version, **place), user_of(Role.PLANNING_LEAD), 1, with_agreed=True)

    return read


def post(client, name: str, pk: int, query: str = "", **facts) -> str:
    """What the page says after a form was sent."""
    answer = client.post(reverse(f"consensus:{name}", args=[pk]) + query, facts, follow=True)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", strip_tags(answer.content.decode()))


def test_the_largest_disagreement_in_money_comes_first(forecast, enter, page_of):
    enter(Layer.MARKETING, 1000.0, 1, category_id=forecast.tops.pk)
    enter(Layer.PLANNING, 600.0, 1, category_id=forecast.tops.pk)
    enter(Layer.MERCHANDISING, 130.0, 2, category_id=forecast.shoes.pk)
    rows = page_of().rows

    assert [(row.subject.label, row.month.label, row.money) for row in rows[:2]] == [
        ("Apparel > Tops", "January FY26", 400 * 50.0),
        ("Apparel > Shoes", "February FY27", 50 * 50.0),
    ]
    assert [round(cell.units) for cell in rows[0].cells] == [576, 640, 640, 1000, 600, 640, 640]
    assert len(rows) == 12
    assert {row.money for row in rows[2:]} == {0.0}


def test_inside_a_category_it_goes_by_sku_or_by_style_and_door_group(forecast, enter, page_of):
    enter(Layer.MARKETING, 300.0, 0, product_id=forecast.crew.pk, door_group="North")
    by_sku = page_of(category=forecast.tops).rows
    assert [(row.subject.code, row.money) for row in by_sku[:2]] == [("CREW", 200 * 50.0), ("CREW", 0.0)]
    assert [float(row.units[LAYERS.index(Layer.MARKETING)]) for row in by_sku[:1]] == [400.0]
    by_style = page_of(category=forecast.tops, by_style=True).rows
    assert [(row.subject.label, row.money) for row in by_style[:1]] == [("Classic", 200 * 50.0)]
    assert len(by_style) == 6
    assert page_of(category=forecast.tops, door_group="South").rows[0].money == 0.0
    assert page_of(door_group="North").rows[0].money == 200 * 50.0


def test_units_without_a_price_come_after_money_and_before_agreement(forecast, enter, page_of):
    bags = Category.objects.create(path="Apparel > Bags", name="Bags", parent=forecast.apparel)
    tote = make_product(sku="TOTE", category=bags, unit_price=None)
    make_block(forecast.version, bags, "North", {tote: 5.0})
    enter(Layer.MARKETING, 90.0, 0, category_id=bags.pk)
    enter(Layer.MARKETING, 101.0, 0, category_id=forecast.shoes.pk)
    found = [(row.subject.label, row.money) for row in page_of().rows[:3]]
    assert found[:2] == [("Apparel > Shoes", 50.0), ("Apparel > Bags", None)]
    assert found[2][1] in (0.0, None)


def test_rows_on_which_all_agree_stand_behind_a_line_with_their_count(forecast, enter, client_of):
    client, url = client_of(Role.PLANNING_LEAD), reverse("consensus:reconcile", args=[forecast.cycle.pk])

    def shown(query: str = "") -> tuple[int, int]:
        page = client.get(url + query).context["page"]
        return len(page.rows), page.agreed

    assert shown() == (0, 12)
    assert "Nobody differs here." in client.get(url).content.decode()
    enter(Layer.MARKETING, 180.0, category_id=forecast.shoes.pk)
    assert shown() == (1, 11)
    assert "11 more on which all three agree" in client.get(url).content.decode()
    assert shown("?agreed=1") == (12, 11)
    # Where the three agree and the consensus does not follow them, there is something to look at.
    enter(Layer.CONSENSUS, 90.0, 1, category_id=forecast.shoes.pk)
    assert shown() == (2, 10)
    # As many units of another mix are other money.
    enter(Layer.MARKETING, 81.0, 2, product_id=forecast.crew.pk, door_group="North")
    assert shown() == (3, 9)


def test_another_functions_number_is_taken_with_a_reason(forecast, enter, client_of, page_of):
    enter(Layer.MARKETING, 180.0, category_id=forecast.shoes.pk)
    client, pk = client_of(Role.PLANNING_LEAD), forecast.cycle.pk
    row = {"row": f"c{forecast.shoes.pk}", "month_place": 0, "seen_units": 100, "take": "marketing"}

    assert "Say in a sentence why. Nothing was changed." in post(client, "settle", pk, **row)
    assert "The consensus is now 180 units; it was 100." in post(client, "settle", pk, **row, reason="Agreed")
    assert "That is the consensus already." in post(client, "settle", pk, **row, reason="Agreed")
    shoes = next(row for row in page_of().rows if row.subject.label == "Apparel > Shoes")
    assert (shoes.consensus, shoes.money) == (180.0, 80 * 50.0)
    assert [(entry.layer, entry.reason) for entry in shoes.entries] == [
        ("consensus", "Agreed"), ("marketing", "Winter"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Type a number, or take one of the others."),
        ("lots", "“lots” is not a number."),
        ("-5", "Units cannot be negative"),
        ("1.234,5", "can be read in two ways"),
    ],
)
def test_what_is_no_number_is_refused_in_its_row_and_nothing_is_lost(forecast, client_of, typed, sentence):
    row = {"row": f"c{forecast.shoes.pk}", "month_place": 0, "seen_units": 100}
    url = reverse("consensus:settle", args=[forecast.cycle.pk])
    answer = client_of(Role.PLANNING_LEAD).post(url, {**row, "units": typed, "reason": "Sold out"})
    assert answer.status_code == 200
    assert sentence in answer.content.decode()
    assert 'value="Sold out"' in answer.content.decode()
    assert not forecast.version.entries.exists()


def test_a_typed_number_is_entered_and_one_that_changed_meanwhile_is_not(forecast, enter, client_of):
    client, pk = client_of(Role.PLANNING_LEAD), forecast.cycle.pk
    row = {
        "row": f"p{forecast.crew.pk}",
        "month_place": 1,
        "seen_units": 160,
        "reason": "Late",
        "units": "99",
    }
    query = f"?category={forecast.tops.pk}"
    assert "The consensus is now 99 units; it was 160." in post(client, "settle", pk, query, **row)
    said = post(client, "settle", pk, query, **{**row, "units": "20"})
    assert "VP Planning has set this to 99 units meanwhile. Nothing was changed; look again." in said
    assert forecast.version.entries.count() == 1


def test_a_style_is_settled_as_one(forecast, client_of):
    client, pk = client_of(Role.PLANNING_LEAD), forecast.cycle.pk
    row = {"row": "sClassic", "month_place": 1, "seen_units": 640, "reason": "Late", "units": "1,000"}
    query = f"?category={forecast.tops.pk}&by=style"
    assert "The consensus is now 1,000 units; it was 640." in post(client, "settle", pk, query, **row)
    assert "is no row whose number can be set" in post(client, "settle", pk, **row)


def test_who_may_not_settle_reads_why(forecast, client_of):
    said = {
        role: client_of(role)
        .get(f"{reverse('consensus:reconcile', args=[forecast.cycle.pk])}?agreed=1")
        .content.decode()
        for role in (Role.MARKETING_MEMBER, Role.PLANNING_LEAD)
    }
    assert "Planning and the heads of the functions set the consensus." in said[Role.MARKETING_MEMBER]
    assert "Set it" not in said[Role.MARKETING_MEMBER]
    assert "Set it" in said[Role.PLANNING_LEAD]


def test_a_point_is_raised_on_a_row_shown_on_top_and_closed(forecast, client_of):
    client, pk = client_of(Role.MARKETING_MEMBER), forecast.cycle.pk
    about = {"row": f"c{forecast.shoes.pk}", "text": "Is the boot late?"}
    said = post(client, "remark", pk, kind="open_point", **about)
    assert "The point is open; nobody signs before it is closed." in said
    assert "1 open point" in said
    assert "Apparel &gt; Shoes: Is the boot late?" in said
    point = Remark.objects.get()
    assert (point.category, point.kind) == (forecast.shoes, RemarkKind.OPEN_POINT)

    assert "Say how the point was settled." in post(client, "close_point", point.pk)
    said = post(client, "close_point", point.pk, resolution="It is on the water")
    assert "No point is open" in said
    assert "It is on the water" in said
    assert "This point is closed already." in post(client, "close_point", point.pk, resolution="Again")


def test_a_remark_stands_at_the_sku_the_style_or_the_category_that_it_is_about(forecast, client_of, page_of):
    client, pk = client_of(Role.EXECUTIVE), forecast.cycle.pk
    query = f"?category={forecast.tops.pk}&by=style"
    for row in (f"p{forecast.crew.pk}", "sClassic", f"c{forecast.tops.pk}", ""):
        post(client, "remark", pk, query, kind="comment", row=row, text=row or "all")
    assert [one.subject for one in Remark.objects.order_by("pk")] == [
        "Product CREW", "Apparel > Tops, style Classic", "Apparel > Tops", "The whole forecast",
    ]  # fmt: skip

    def said(page: ReconcilePage) -> dict[str, set[str]]:
        return {row.subject.label: {one.text for one in row.remarks} for row in page.rows}

    assert said(page_of()) == {"Apparel > Tops": {f"c{forecast.tops.pk}"}, "Apparel > Shoes": set()}
    assert said(page_of(category=forecast.tops, by_style=True)) == {"Classic": {"sClassic"}}
    assert said(page_of(category=forecast.tops)) == {
        "Product CREW": {f"p{forecast.crew.pk}"}, "Product POLO": set(),
    }  # fmt: skip
    url = reverse("consensus:remark", args=[pk])
    assert client.post(url, {"row": "x1", "kind": "comment", "text": "Well"}).status_code == 400


def test_a_track_record_stands_beside_a_functions_number_and_few_items_are_not_ranked(forecast, page_of):
    def measured(category: Category, layer: Layer, error: float, cells: int) -> None:
        LayerAccuracy.objects.create(
            month_start=date(2026, 8, 2), lag_weeks=4, category=category, layer=layer, cells=cells,
            actual_units=1000, forecast_units=1000, absolute_error_units=error,
        )  # fmt: skip

    for layer, error in ((Layer.CAMPAIGNS, 300), (Layer.MARKETING, 250), (Layer.PLANNING, 280)):
        measured(forecast.tops, layer, error, 40)
        measured(forecast.shoes, layer, error, 12)
    rows = {row.subject.label: row for row in page_of().rows}

    def records(label: str) -> dict[Layer, tuple[float, int, bool]]:
        found = {cell.layer: cell.record for cell in rows[label].cells if cell.record}
        return {layer: (round(one.value_added, 6), one.n, one.is_ranked) for layer, one in found.items()}

    assert records("Apparel > Tops") == {Layer.MARKETING: (0.05, 40, True), Layer.PLANNING: (-0.03, 40, True)}
    assert records("Apparel > Shoes") == {
        Layer.MARKETING: (0.05, 12, False), Layer.PLANNING: (-0.03, 12, False),
    }  # fmt: skip
    said = [cell.record_words for cell in rows["Apparel > Tops"].cells if cell.record]
    assert said == ["+5.0 points (n = 40)", "−3.0 points (n = 40)"]
    said = [cell.record_words for cell in rows["Apparel > Shoes"].cells if cell.record]
    assert said == ["too few (n = 12)"] * 2


def test_reasons_show_only_where_they_concern(forecast, enter, page_of):
    enter(Layer.MARKETING, 2000.0, 0, reason="All of it", category_id=forecast.apparel.pk)
    enter(Layer.PLANNING, 300.0, 0, reason="The crew", product_id=forecast.crew.pk)
    enter(Layer.PLANNING, 700.0, 0, reason="The style", category_id=forecast.tops.pk, style="Classic")
    enter(Layer.PLANNING, 700.0, 1, reason="Next month", category_id=forecast.tops.pk)

    def reasons(row) -> list[str]:
        return [entry.reason for entry in row.entries]

    rows = {(row.subject.label, row.month_place): row for row in page_of().rows}
    assert reasons(rows["Apparel > Tops", 0]) == ["The style", "The crew", "All of it"]
    assert reasons(rows["Apparel > Shoes", 0]) == ["All of it"]
    assert reasons(rows["Apparel > Tops", 1]) == ["Next month"]
    inside = {(row.subject.code, row.month_place): row for row in page_of(category=forecast.tops).rows}
    assert reasons(inside["POLO", 0]) == ["The style", "All of it"]
    assert reasons(inside["CREW", 0]) == ["The style", "The crew", "All of it"]


def test_a_reopened_forecast_still_says_who_set_its_numbers(forecast, enter, user_of, client_of, page_of):
    enter(Layer.MARKETING, 180.0, category_id=forecast.shoes.pk)
    ask_for_signatures(cycle=forecast.cycle, by=user_of(Role.PLANNING_LEAD))
    for seat in Seat:
        signed(forecast, seat, user_of)
    version = reopen_forecast(cycle=forecast.cycle, by=user_of(Role.EXECUTIVE), reason="A store closes")
    shoes = next(row for row in page_of().rows if row.money)
    assert [(entry.reason, entry.version.number) for entry in shoes.entries] == [("Winter", 1)]
    address = reverse("consensus:grid_layers", args=[version.pk], query={"row": f"c{forecast.shoes.pk}"})
    lines = client_of(Role.EXECUTIVE).get(address, headers={"HX-Request": "true"}).context["entries"]
    assert [line.entry.reason for line in lines] == ["Winter"]


def test_the_waterfall_goes_from_layer_to_layer(forecast, enter, page_of):
    enter(Layer.MARKETING, 1000.0, 1, category_id=forecast.tops.pk)
    bars = page_of().waterfall.bars
    assert [(bar.name, round(bar.change, 6), round(bar.end), bar.kind) for bar in bars] == [
        ("Last year", 4212.0, 4212, "total"),
        ("Statistical", 468.0, 4680, "up"),
        ("With campaigns", 0.0, 4680, "up"),
        ("Marketing", 360.0, 5040, "up"),
        ("Planning", -360.0, 4680, "down"),
        ("Merchandising", 0.0, 4680, "up"),
        ("Consensus", 0.0, 4680, "up"),
    ]
    assert [(round(bar.value_change), round(bar.value_end)) for bar in bars[:5]] == [
        (210_600, 210_600), (23_400, 234_000), (0, 234_000), (18_000, 252_000), (-18_000, 234_000),
    ]  # fmt: skip
    assert all(float(bar.x) >= 0 and float(bar.x) + float(bar.width) <= 100.01 for bar in bars)


def test_since_the_last_signed_forecast_the_largest_contributors_are_named(today, user_of, client_of):
    signed_before = make_cycle(day=date(2026, 10, 10))
    advance(signed_before, CycleStatus.PUBLISHED, user_of)
    later = Cycle.objects.create(
        month_start=(signed_before.cycle.month + 1).start,
        submit_by_date=date(2026, 11, 11), reconcile_by_date=date(2026, 11, 18),
        sign_by_date=date(2026, 11, 25),
        opened_at=signed_before.cycle.opened_at,
    )  # fmt: skip
    months = later.months
    version = later.versions.create(
        first_week_start=months[0].start, weeks_of_months=[month.weeks for month in months]
    )
    for door_group in ("North", "South"):
        make_block(version, signed_before.shoes, door_group, {signed_before.boot: 15.0})
        make_block(
            version, signed_before.tops, door_group, {signed_before.crew: 20.0, signed_before.polo: 59.0}
        )
    page = reconcile_page(Place(version), user_of(Role.EXECUTIVE), 1)

    assert len(page.comparison.months) == 5
    weeks = sum(month.weeks for month in page.comparison.months)
    assert [(bar.name, bar.change, bar.value_change, bar.kind) for bar in page.contributions] == [
        ("Apparel > Shoes", 10.0 * weeks, 500.0 * weeks, "up"),
        ("Apparel > Tops", -2.0 * weeks, -100.0 * weeks, "down"),
    ]
    answer = client_of(Role.EXECUTIVE).get(reverse("consensus:reconcile", args=[later.pk]))
    said = re.sub(r"\s+", " ", strip_tags(answer.content.decode().replace("<", " <")))
    assert f"Apparel &gt; Shoes +{10 * weeks} +{money(500.0 * weeks)}" in said
    assert f"Apparel &gt; Tops −{2 * weeks} −{money(100.0 * weeks)}" in said
    assert re.search(r"Statistical \+[\d,.]+ \+\$[\d.]+k [\d,]+ \$[\d.]+k", said)


def test_same_number_of_queries_for_one_and_three(forecast, enter, client_of, django_assert_num_queries):
    client = client_of(Role.PLANNING_LEAD)
    addresses = [
        reverse("consensus:reconcile", args=[forecast.cycle.pk]) + query
        for query in (
            "",
            f"?category={forecast.tops.pk}",
            f"?category={forecast.tops.pk}&by=style&door_group=North",
        )
    ]
    enter(Layer.MARKETING, 500.0, category_id=forecast.tops.pk)
    counts = []
    for url in addresses:
        client.get(url)
        with CaptureQueriesContext(connection) as one:
            client.get(url)
        counts.append(len(one))
    for number in range(2):
        enter(Layer.PLANNING, 500.0 + number, product_id=forecast.polo.pk)
        remark(
            version=forecast.version, kind=RemarkKind.OPEN_POINT, text="Boots?",
            by=forecast.version.entries.first().entered_by, category=forecast.tops,
        )  # fmt: skip
        category = Category.objects.create(
            path=f"Apparel > {number}", name=str(number), parent=forecast.apparel
        )
        make_block(forecast.version, category, "North", {make_product(category=category): 5.0})
        make_block(forecast.version, category, "South", {make_product(category=category): 5.0})
    for url, count in zip(addresses, counts, strict=True):
        with django_assert_num_queries(count):
            client.get(url)
