"""The pages of the buy plan: what is listed, what it says, and what people do with it."""

import csv
import io
import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from marketing.catalogue.models import Category
from marketing.tests.factories import TODAY, make_dc, make_product
from planning.buying.choices import BuyException, BuyStatus
from planning.buying.models import BuyLine, BuyPlan, OpenToBuy
from planning.tests.buying.cases import THIS_WEEK, Network, keep_weeks_of_cover, lines_of, published
from planning.tests.buying.cases import plan as calculated
from planning.tests.factories import make_buy_line, make_buy_plan, make_stock
from sop_site.access.roles import Role
from sop_site.fiscal import WEEK

pytestmark = pytest.mark.usefixtures("today")


@pytest.fixture
def page(client_of):
    """Reads a page of the room as VP Planning."""
    client = client_of(Role.PLANNING_LEAD)

    def read(name: str = "plan", *arguments, query: str = "", **headers):
        return client.get(reverse(f"buying:{name}", args=arguments) + query, **headers)

    return read


@pytest.fixture
def send(client_of):
    """Posts to an address of the room as a role, and follows to the page with the answer."""

    def post(role: Role, name: str, *arguments, query: str = "", **data):
        address = reverse(f"buying:{name}", args=arguments) + query
        return client_of(role).post(address, data, follow=True)

    return post


@pytest.fixture
def orders(user_of):
    """Three planned orders at two DCs, one approved, and one that left long ago."""
    plan = make_buy_plan()
    knits = Category.objects.create(path="Apparel > Knits", name="Knits")
    crew = make_product(sku="CREW", name="Crew", category=knits, supplier="Mill & Co", pack_units=12)
    beanie = make_product(sku="BEANIE", name="Beanie", supplier="Hat Makers")
    columbus, reno = make_dc(code="COL", name="Columbus DC"), make_dc(code="REN", name="Reno DC")
    approved = {"status": BuyStatus.APPROVED, "by": user_of(Role.PLANNING_LEAD)}
    return {
        "calm": make_buy_line(plan, crew, columbus, 48, needed_units=42),
        "late": make_buy_line(
            plan, beanie, reno, 100,
            order_by_date=TODAY + timedelta(days=3),
            exceptions=[BuyException.TOO_LATE, BuyException.ORDER_NOW],
        ),
        "edited": make_buy_line(
            plan, crew, reno, 24,
            order_by_date=TODAY,
            edited_units=36, edit_reason="The mill closes.", exceptions=[BuyException.EDITED],
        ),
        "approved": make_buy_line(plan, beanie, columbus, 10, unit_cost=None, **approved),
        "sent": make_buy_line(
            plan, crew, columbus, 7, po_number="PO-7", po_line=1, **{**approved, "status": BuyStatus.SENT}
        ),
    }  # fmt: skip


def listed(response, orders) -> list[str]:
    names = {line.pk: name for name, line in orders.items()}
    return [names[row.record.pk] for row in response.context["table"].rows]


def text(response) -> str:
    return " ".join(response.content.decode().split())


def test_no_forecast_is_signed_yet(page):
    assert "No forecast is signed yet" in text(page())
    assert "There is no buy plan yet" in text(page("open_to_buy"))
    assert "No purchase order was made yet" in text(page("orders"))


def test_a_signed_forecast_whose_plan_is_not_there_yet_is_polled_for(page):
    published({})
    response = page()
    assert "The buy plan is being calculated" in text(response)
    seen = response.context["state"].pulse
    assert page(query=f"?seen={seen}", HTTP_HX_REQUEST="true").status_code == 204
    make_buy_plan(published({}, number=2))
    assert "Planned orders" in text(page(query=f"?seen={seen}", HTTP_HX_REQUEST="true"))


def test_an_older_plan_stands_until_the_newer_one_is_there(page, orders):
    published({})
    assert "A newer forecast is signed" in text(page())


def test_what_presses_first_then_by_order_by_date(page, orders):
    response = page()
    assert listed(response, orders) == ["late", "edited", "calm", "approved"]
    said = text(response)
    assert "From the <a" in said
    assert "October FY26 consensus, version 1</a>, signed 22 Nov 2026; calculated as of 22 Nov 2026" in said
    assert "FY27 W01</span>" in said
    assert "31 Jan – 6 Feb" in said
    assert "in 3 days" in said
    assert "Cannot arrive in time</span>" in said
    assert "4 packs of 12" in said
    assert "was 24" in said


def test_figures_of_what_is_open(page, orders):
    whole = page().context["whole"]
    assert (whole.orders, whole.units, whole.cost) == (4, 194.0, 3_680.0)
    assert (whole.too_late, whole.within_a_week) == (1, 1)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?q=beanie", ["late", "approved"]),
        ("?q=crew+crew", ["edited", "calm"]),
        ("?q=%00", ["late", "edited", "calm", "approved"]),
        ("?status=nonsense&q=beanie", ["late", "approved"]),
        ("?exception=edited", ["edited"]),
        ("?exception=nonsense", ["late", "edited", "calm", "approved"]),
        ("?supplier=Hat+Makers", ["late", "approved"]),
        ("?status=proposed", ["late", "edited", "calm"]),
        ("?status=sent", ["sent"]),
        ("?status=sent&q=PO-7", ["sent"]),
        ("?sort=-units_to_order", ["late", "calm", "edited", "approved"]),
        ("?sort=product", ["late", "approved", "calm", "edited"]),
        ("?page=99", ["late", "edited", "calm", "approved"]),
    ],
)
def test_filters_and_order(page, orders, query, expected):
    assert listed(page(query=query), orders) == expected


def test_filters_by_category_and_dc(page, orders):
    apparel = Category.objects.create(path="Apparel", name="Apparel")
    assert listed(page(query=f"?category={apparel.pk}"), orders) == ["edited", "calm"]
    assert listed(page(query=f"?door={orders['calm'].door_id}"), orders) == ["calm", "approved"]


def test_a_file_holds_what_is_filtered(page, orders):
    response = page("export", "csv", query="?status=proposed")
    rows = list(csv.DictReader(io.StringIO(response.getvalue().decode("utf-8-sig"))))
    assert [(row["SKU"], row["Units to order"]) for row in rows] == [
        ("BEANIE", "100"), ("CREW", "36"), ("CREW", "48"),
    ]  # fmt: skip
    assert rows[0]["To look at"] == "Cannot arrive in time, Order within a week"
    assert f'href="{reverse("buying:export", args=["csv"])}?status=proposed"' in text(
        page(query="?status=proposed&page=1")
    )
    assert [row["SKU"] for row in json.loads(page("export", "json").getvalue())] == [
        "BEANIE", "CREW", "CREW", "BEANIE",
    ]  # fmt: skip
    assert page("export", "xlsx").content[:2] == b"PK"
    assert page("export", "pdf").status_code == 404


def test_a_file_says_all_about_an_order(page, orders):
    (row,) = json.loads(page("export", "json", query="?exception=edited").getvalue())
    assert row == {
        "SKU": "CREW", "Name": "Crew", "Category": "Apparel > Knits", "Supplier": "Mill & Co",
        "Lands at": "REN", "Name of the door": "Reno DC", "Lands in": "FY27 W01",
        "Week begins": "2027-01-31", "Order by": TODAY.isoformat(),
        "Needed units": 24, "Planned units": 24, "Units to order": 36, "Pack": 12, "Minimum order": 0,
        "Unit cost": 20, "At cost": 720, "To look at": "Changed by a planner",
        "Why changed": "The mill closes.", "Status": "Proposed", "PO": None,
    }  # fmt: skip


def test_more_orders_than_a_workbook_holds_leave_as_csv(page, orders, monkeypatch):
    monkeypatch.setattr("planning.buying.list_file.MOST_WORKBOOK_LINES", 2)
    sentence = (
        "An Excel file holds at most 2 planned orders: these are 4."
        " Filter the list, or take CSV, which Excel opens too."
    )
    shown = text(page())
    assert sentence in shown
    assert reverse("buying:export", args=["csv"]) in shown
    assert reverse("buying:export", args=["xlsx"]) not in shown
    assert sentence in text(page("export", "xlsx", query="?q=", follow=True))
    assert page("export", "xlsx", query="?exception=edited").content[:2] == b"PK"


def test_chosen_orders_are_approved_ordered_and_taken_back(send, orders):
    calm, late = orders["calm"], orders["late"]
    answer = send(Role.PLANNING_LEAD, "act", act="approve", line=[calm.pk, late.pk])
    assert "Approved 2 planned orders: 148 units, $2,960 at cost." in text(answer)
    answer = send(Role.MERCHANDISING_LEAD, "act", act="take_back", line=[late.pk])
    assert "Took back the approval of 1 planned order: 100 units, $2,000 at cost." in text(answer)
    answer = send(Role.PLANNING_LEAD, "act", act="send", line=[calm.pk])
    calm = BuyLine.objects.get(pk=calm.pk)
    assert f"Put on purchase order {calm.po_number}: 1 planned order: 48 units" in text(answer)
    assert (calm.status, calm.po_line) == (BuyStatus.SENT, 1)


def test_all_that_is_listed_is_acted_on(send, orders):
    send(Role.PLANNING_LEAD, "act", query="?exception=too_late", act="approve", all_shown="on")
    approved = BuyLine.objects.filter(status=BuyStatus.APPROVED).order_by("pk")
    assert list(approved) == [orders["late"], orders["approved"]]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"act": "approve"}, "Choose at least one planned order."),
        ({"line": ["1"]}, "Choose what to do."),
        ({"act": "approve", "line": ["987654"]}, "The plan was calculated anew meanwhile. Choose again."),
        ({"act": "approve", "line": ["x"]}, "The plan was calculated anew meanwhile. Choose again."),
        ({"act": "approve", "all_shown": "on"}, "One order is not “Proposed” now, but “Approved”."),
    ],
)
def test_an_act_that_cannot_be_done_says_why(send, orders, data, sentence):
    assert sentence in text(send(Role.PLANNING_LEAD, "act", **data))
    assert BuyLine.objects.filter(status=BuyStatus.APPROVED).count() == 1


def test_no_more_than_some_at_once(send, orders, monkeypatch):
    monkeypatch.setattr("planning.buying.forms.MOST_AT_ONCE", 2)
    assert "At most 2 orders are acted on at once." in text(
        send(Role.PLANNING_LEAD, "act", act="approve", all_shown="on", query="?status=proposed")
    )


def test_who_may_not_approve_has_nothing_to_tick(client_of, orders):
    said = text(client_of(Role.PLANNING_MEMBER).get(reverse("buying:plan")))
    assert 'name="line"' not in said
    assert 'name="act"' not in said


@pytest.mark.parametrize("name", ["plan", "orders", "open_to_buy"])
def test_same_number_of_queries_for_one_and_three(name, page, user_of, django_assert_num_queries):
    plan, dc, lead = make_buy_plan(), make_dc(), user_of(Role.PLANNING_LEAD)

    def make(number: int) -> None:
        category = Category.objects.create(path=f"C{number}", name=f"C{number}")
        product = make_product(category=category)
        make_buy_line(plan, product, dc)
        sent = {"status": BuyStatus.SENT, "po_number": f"PO-{number}", "po_line": 1, "by": lead}
        make_buy_line(plan, product, dc, **sent)
        make_open_to_buy(plan, category)

    make(1)
    with CaptureQueriesContext(connection) as one:
        page(name)
    make(2)
    make(3)
    with django_assert_num_queries(len(one)):
        page(name)


def make_open_to_buy(plan, category, week: int = 0, *, buys: float = 100.0, **amounts) -> OpenToBuy:
    """200 sold, from a stock of 300 to one of 250, 50 on order: 100 open to buy, and bought."""
    stocks = {"sales_amount": 200.0, "begin_stock_amount": 300.0, "end_stock_amount": 250.0}
    found = {**stocks, "on_order_amount": 50.0, "open_to_buy_amount": 100.0, **amounts}
    return OpenToBuy.objects.create(
        plan=plan, category=category, week_start=THIS_WEEK + week * WEEK, planned_buys_amount=buys, **found
    )


def test_open_to_buy_over_bought_first_with_months(page):
    plan = make_buy_plan()
    hats = Category.objects.create(path="Hats", name="Hats")
    knits = Category.objects.create(path="Knits", name="Knits")
    for week in range(3):
        make_open_to_buy(plan, hats, week)
        make_open_to_buy(plan, knits, week, buys=(100.0, 4_300.0, 90.0)[week])
    response = page("open_to_buy")
    rows = response.context["rows"]
    assert [budget.name for budget, _ in rows] == ["Knits", "Hats"]
    said = text(response)
    # Of what the second week spends too much, the third gives back ten.
    assert "Over-bought in 2 weeks, by up to $4,200</span>" in said
    # Weeks 43 to 45: one of November, two of December, each month with its sum behind it.
    knits_row = [cell.text for cell in rows[0][1].cells]
    assert knits_row[2] == "−$4.2k"
    total = {row.label: [cell.text for cell in row.cells] for row in response.context["arithmetic"]}
    assert total["Planned sales"][0] == "$400"
    assert page().context["over_bought"] == 1


def test_open_to_buy_of_one_category_and_of_a_month(page):
    plan = make_buy_plan()
    hats = Category.objects.create(path="Hats", name="Hats")
    for week in (1, 2):
        make_open_to_buy(plan, hats, week, begin_stock_amount=300.0 - 50 * (week - 1), buys=75.0)
    response = page("open_to_buy", query=f"?category={hats.pk}")
    assert response.context["budget"].name == "Hats"
    rows = {row.label: [cell.text for cell in row.cells] for row in response.context["arithmetic"]}
    assert rows["Planned begin stock"] == ["$300", "$250", "$300"]
    assert rows["Planned end stock"] == ["$250", "$250", "$250"]
    assert rows["Open-to-buy"] == ["$100", "$100", "$200"]
    assert rows["Planned buys"] == ["$75", "$75", "$150"]
    assert rows["Left, carried forward"] == ["$25", "$50", "$50"]


def test_purchase_orders_with_what_came_back(page, orders, user_of):
    by = user_of(Role.PLANNING_LEAD)
    sent = orders["sent"]
    back = {"po_number": "PO-7", "by": by, "status": BuyStatus.RECOGNISED}
    make_buy_line(sent.plan, sent.product, sent.door, 5, po_line=2, **back)
    make_buy_line(sent.plan, sent.product, sent.door, 9, po_line=3, **{**back, "status": BuyStatus.CANCELLED})
    response = page("orders", query="?open=PO-7")
    (order,) = response.context["rows"]
    assert (order.number, order.supplier, order.door_name) == ("PO-7", "Mill & Co", "Columbus DC")
    assert (order.lines, order.units, order.cost) == (3, 12.0, 240.0)
    assert "1 of 3 loaded as receipts, 1 cancelled" in text(response)
    assert reverse("buying:line", args=[sent.pk]) in text(response)


def test_a_purchase_order_leaves_as_a_file_without_what_was_cancelled(page, orders, user_of):
    cancelled = {"po_number": "PO-7", "po_line": 2, "status": BuyStatus.CANCELLED}
    sent = orders["sent"]
    make_buy_line(sent.plan, sent.product, sent.door, 9, **cancelled)
    (row,) = page("order_file", "PO-7", "json").json()
    assert "CREW" in row.values()
    assert reverse("buying:order_file", args=["PO-7", "xlsx"]) in text(page("orders"))
    assert page("order_file", "PO-7", "csv")["Content-Disposition"] == 'attachment; filename="PO-7.csv"'
    assert page("order_file", "PO-7", "xlsx").content[:2] == b"PK"
    assert page("order_file", "PO-7", "pdf").status_code == 404
    assert page("order_file", "PO-8", "csv").status_code == 404


@pytest.fixture
def crew():
    """10 a week at each of two doors behind the north DC, two weeks of cover, packs of 12; 54 there."""
    network = Network.make()
    crew = network.make_sku("CREW", pack_units=12)
    keep_weeks_of_cover(2.0)
    published({"North": {crew: 20.0}})
    make_stock(crew, network.north, 54)
    calculated()
    return crew, network


def test_a_line_says_how_its_number_comes_about(page, crew):
    line = lines_of(crew[0], crew[1].north)[0]
    response = page("line", line.pk)
    arithmetic = response.context["arithmetic"]
    assert f"{line.needed_units:g} needed = " in arithmetic.sentence
    assert arithmetic.sentence.endswith(f"packs of 12 = {line.planned_units:g}.")
    rows = {row.label: row for _, group in enumerate(arithmetic.ledger.groups) for row in group.rows}
    week = (line.week_start - THIS_WEEK) // WEEK
    assert rows["Needed, never below nothing"].cells[week].text == f"{line.needed_units:g}"
    assert rows["Orders of this plan"].cells[week].text == f"{line.planned_units:g}"
    assert "November FY26 consensus" in text(response)


def test_the_arithmetic_of_every_line_is_that_of_the_plan(page, crew):
    for line in lines_of(crew[0], crew[1].north)[:4]:
        week = (line.week_start - THIS_WEEK) // WEEK
        groups = page("line", line.pk).context["arithmetic"].ledger.groups
        rows = {row.label: row.cells[week].text for group in groups for row in group.rows}
        assert rows["Needed, never below nothing"] == f"{line.needed_units:g}"
        assert rows["Orders of this plan"] == f"{line.planned_units:g}"


def test_a_planner_changes_an_order_and_undoes_it(send, orders):
    calm = orders["calm"]
    answer = send(Role.PLANNING_MEMBER, "edit", calm.pk, units="1,200", reason="A second store opens.")
    assert "Changed. Calculations leave this order as it is" in text(answer)
    assert "A second store opens." in text(answer)
    calm.refresh_from_db(fields=["edited_units", "edit_reason"])
    assert (calm.edited_units, calm.edit_reason) == (1_200.0, "A second store opens.")
    assert "The calculated number stands again." in text(send(Role.PLANNING_MEMBER, "undo", calm.pk))
    assert "Nobody has changed this order." in text(send(Role.PLANNING_MEMBER, "undo", calm.pk))


def test_a_number_off_the_pack_is_confirmed(send, orders):
    calm = orders["calm"]
    typed = {"units": "50", "reason": "Their last ones."}
    answer = text(send(Role.PLANNING_MEMBER, "edit", calm.pk, **typed))
    assert "CREW comes in packs of 12: 50 units are no whole packs." in answer
    assert "Order this number all the same" in answer
    send(Role.PLANNING_MEMBER, "edit", calm.pk, **typed, confirmed_off_pack="on")
    calm.refresh_from_db(fields=["edited_units"])
    assert calm.edited_units == 50.0


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"units": "1.234,5", "reason": "x"}, "Write 1234.5: “1.234,5” can be read in two ways."),
        ({"units": "-3", "reason": "x"}, "Units cannot be negative"),
        ({"units": " ", "reason": "x"}, "Enter the units."),
        ({"units": "12", "reason": " "}, "Say why."),
    ],
)
def test_what_cannot_be_ordered_is_said_beside_the_field(send, orders, typed, sentence):
    assert sentence in text(send(Role.PLANNING_MEMBER, "edit", orders["calm"].pk, **typed))
    assert BuyLine.objects.get(pk=orders["calm"].pk).edited_units is None


def test_a_sent_line_is_cancelled_with_a_reason(send, orders):
    sent = orders["sent"]
    assert "Say why." in text(send(Role.PLANNING_LEAD, "cancel", sent.pk))
    assert "Cancelled. The next plan" in text(send(Role.PLANNING_LEAD, "cancel", sent.pk, reason="Fire."))
    assert BuyLine.objects.get(pk=sent.pk).status == BuyStatus.CANCELLED
    assert "Cancelled" in text(send(Role.PLANNING_LEAD, "cancel", sent.pk, reason="Again."))


def test_an_order_whose_week_is_over_has_no_sum(page, orders):
    said = text(page("line", orders["calm"].pk))
    assert "so there is no sum to show" in said


def test_a_planner_has_the_plan_calculated_now(client_of, page, django_capture_on_commit_callbacks):
    version = published({"North": {make_product(): 5.0}})
    before = make_buy_plan(version)
    planner, address = client_of(Role.PLANNING_MEMBER), reverse("buying:plan")
    assert "Calculate now" in text(planner.get(address))
    with django_capture_on_commit_callbacks() as sent:
        planner.post(reverse("buying:calculate"))
    assert len(sent) == 1
    said = planner.get(address)
    assert "being calculated anew" in text(said)
    assert "Calculate now" not in text(said)
    assert "seen=" in said.content.decode()
    assert said.context["state"].plan == before
    assert "being calculated already" in text(planner.post(reverse("buying:calculate"), follow=True))
    found = calculated()
    said = planner.get(address)
    assert said.context["state"].plan == found
    assert not said.context["state"].is_calculating
    assert "hx-get" not in text(said).partition('id="plan"')[2].partition(">")[0]
    assert "Calculate now" not in text(client_of(Role.MARKETING_MEMBER).get(address))


def test_without_a_signed_forecast_nothing_is_calculated(client_of):
    said = client_of(Role.PLANNING_MEMBER).post(reverse("buying:calculate"), follow=True)
    assert "no signed forecast" in text(said)
    assert not BuyPlan.objects.exists()
