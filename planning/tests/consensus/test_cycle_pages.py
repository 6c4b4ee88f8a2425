"""The page of a cycle: where it stands, who owes what, its totals, and what each person owes."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import strip_tags

from marketing.catalogue.models import Category
from marketing.tests.factories import make_product
from planning.consensus.choices import FUNCTIONS, CycleStatus, Layer, RemarkKind, Seat
from planning.consensus.cycle import cycle_page, owed_by, timetable
from planning.consensus.domain import Change, Scope, enter_units, remark, reopen_forecast, submit_forecast
from planning.consensus.models import Cycle, Submission
from planning.tests.consensus.cases import (
    HEAD_OF,
    Forecast,
    advance,
    make_block,
    make_cycle,
    signed,
)
from sop_site.access.roles import Role
from sop_site.clock import set_today


@pytest.fixture
def forecast(today) -> Forecast:
    return make_cycle()


@pytest.fixture
def words_of(client_of):
    """The words of a page as a person of the role reads them, in one line."""

    def read(role: Role, name: str, *args, query: str = "", **headers) -> str:
        answer = client_of(role).get(reverse(name, args=args) + query, headers=headers)
        assert answer.status_code == 200
        return re.sub(r"\s+", " ", strip_tags(answer.content.decode()))

    return read


def test_without_a_cycle_the_page_says_when_one_opens(words_of, today):
    page = words_of(Role.EXECUTIVE, "consensus:current")
    assert "No cycle is open yet" in page
    assert "The cycle of November FY26 opens by itself in the night" in page


def test_the_newest_cycle_is_the_current_one_and_names_the_others(forecast, words_of):
    earlier = Cycle.objects.create(
        month_start=(forecast.cycle.month - 1).start,
        submit_by_date=forecast.cycle.month_start,
        reconcile_by_date=forecast.cycle.month_start,
        sign_by_date=forecast.cycle.month_start,
        opened_at=forecast.cycle.opened_at,
    )
    page = words_of(Role.EXECUTIVE, "consensus:current")
    assert "November FY26 consensus Functions submit" in page
    assert "One forecast of six fiscal months, December FY26 to May FY27" in page
    assert f"{earlier}: Functions submit" in page


def test_the_timetable_says_what_is_done_now_late_and_ahead(forecast, user_of, today):
    cycle = forecast.cycle
    set_today(cycle.submit_by_date)
    assert [(step.name, step.state) for step in timetable(cycle, cycle.submit_by_date)] == [
        ("Data frozen", "done"), ("Functions submit", "now"), ("Reconcile", "ahead"),
        ("Sign-off", "ahead"), ("Published", "ahead"),
    ]  # fmt: skip
    late = timetable(cycle, cycle.submit_by_date + timedelta(days=2))[1]
    assert (late.state, late.words) == ("late", "by Wed 11 Nov: 2 days late")

    published = advance(forecast, CycleStatus.PUBLISHED, user_of)
    assert [step.state for step in timetable(published, today)] == ["done"] * 5


def test_it_says_who_still_owes_its_number(forecast, user_of):
    set_today(forecast.cycle.submit_by_date)
    submit_forecast(
        version=forecast.version, layer=Layer.MARKETING, by=user_of(Role.MARKETING_MEMBER), note="Spring"
    )
    set_today(forecast.cycle.submit_by_date + timedelta(days=1))
    submit_forecast(version=forecast.version, layer=Layer.PLANNING, by=user_of(Role.PLANNING_MEMBER))
    page = cycle_page(forecast.cycle, user_of(Role.MERCHANDISING_LEAD), forecast.cycle.sign_by_date)

    assert [(found.layer, found.words, found.may_hand_in) for found in page.functions] == [
        (Layer.MARKETING, "Handed in by Marketing, Wed 11 Nov", False),
        (Layer.PLANNING, "Handed in late by Planning, Thu 12 Nov: 1 day late", False),
        (Layer.MERCHANDISING, "Still owes its number: 14 days late", True),
    ]


def test_a_function_hands_in_its_number_with_a_note(forecast, client_of):
    url = reverse("consensus:hand_in", args=[forecast.cycle.pk, "marketing"])
    page = client_of(Role.MARKETING_MEMBER).post(url, {"note": "May is higher"}, follow=True)

    assert "Marketing&#x27;s number is handed in." in page.content.decode()
    assert list(Submission.objects.values_list("layer", "note")) == [("marketing", "May is higher")]
    assert client_of(Role.PLANNING_MEMBER).post(url).status_code == 403
    nobody = reverse("consensus:hand_in", args=[forecast.cycle.pk, "consensus"])
    assert client_of(Role.PLANNING_LEAD).post(nobody).status_code == 404


@pytest.mark.parametrize("status", list(CycleStatus))
def test_only_whoever_runs_the_consensus_sees_its_buttons(forecast, user_of, today, status):
    cycle = advance(forecast, status, user_of)
    buttons = {"begin_reconciling", "ask_for_signatures"}
    found = {role: buttons & set(cycle_page(cycle, user_of(role), today).moves) for role in Role}

    offered = {
        CycleStatus.COLLECTING: {"begin_reconciling"},
        CycleStatus.RECONCILING: {"ask_for_signatures"},
    }
    expected = {role: set[str]() for role in Role}
    expected[Role.PLANNING_LEAD] = offered.get(status, set())
    assert found == expected


def test_the_buttons_take_the_cycle_on_or_say_why_not(forecast, client_of, user_of):
    client = client_of(Role.PLANNING_LEAD)
    ask = reverse("consensus:ask_for_signatures", args=[forecast.cycle.pk])
    begin = reverse("consensus:begin_reconciling", args=[forecast.cycle.pk])

    assert "once the forecast is being reconciled" in client.post(ask, follow=True).content.decode()
    assert "Reconciling has begun." in client.post(begin, follow=True).content.decode()
    remark(
        version=forecast.version, kind=RemarkKind.OPEN_POINT, text="Boots?", by=user_of(Role.MARKETING_LEAD)
    )
    page = client.post(ask, follow=True).content.decode()
    assert "One point is still open." in page
    assert "1 point is open." in page
    assert Cycle.objects.get().status == CycleStatus.RECONCILING


def test_totals_are_those_of_the_layers_with_what_functions_changed(forecast, user_of, today):
    enter_units(
        version=forecast.version, layer=Layer.MARKETING,
        changes=[Change(Scope(category_id=forecast.shoes.pk), 0, 180.0)],
        by=user_of(Role.MARKETING_MEMBER), reason="Winter",
    )  # fmt: skip
    user = user_of(Role.EXECUTIVE)
    rows = {row.layer: row for row in cycle_page(forecast.cycle, user, today).rows}
    # 100 + 300 + 50 in each of two regions in December, which has five weeks; 26 weeks of 180 in all.
    assert [cell.value for cell in rows[Layer.CAMPAIGNS].cells] == [900, 720, 720, 900, 720, 720]
    assert rows[Layer.MARKETING].cells[0].value == 980
    assert rows[Layer.MARKETING].cells[0].against_campaigns == pytest.approx(80 / 900)
    assert rows[Layer.MARKETING].units.against_campaigns == pytest.approx(80 / 4680)
    assert (rows[Layer.CONSENSUS].at_price, rows[Layer.CONSENSUS].at_cost) == (4680 * 50, 4680 * 20)
    assert rows[Layer.NAIVE].cells[0].against_campaigns is None

    priced = cycle_page(forecast.cycle, user, today, measure="price").rows[0]
    assert [cell.value for cell in priced.cells][:2] == [810 * 50, 648 * 50]


def test_a_category_without_data_says_so(forecast, words_of):
    bags = Category.objects.create(path="Apparel > Bags", name="Bags", parent=forecast.apparel)
    make_block(forecast.version, bags, "North", {make_product(sku="TOTE", category=bags): 0.0})
    assert "so every layer is 0: Apparel &gt; Bags." in words_of(Role.EXECUTIVE, "consensus:current")


def test_a_void_signature_stays_in_sight_with_its_reason(forecast, user_of, words_of):
    advance(forecast, CycleStatus.SIGNING, user_of)
    signed(forecast, Seat.CMO, user_of)
    enter_units(
        version=forecast.version, layer=Layer.CONSENSUS,
        changes=[Change(Scope(category_id=forecast.shoes.pk), 0, 90.0)],
        by=user_of(Role.PLANNING_LEAD), reason="The boot is late",
    )  # fmt: skip
    page = words_of(Role.EXECUTIVE, "consensus:current")
    assert "void since" in page
    assert "changed a number of the consensus: The boot is late" in page


def test_versions_say_when_they_were_published_and_why_they_were_reopened(forecast, user_of, words_of):
    cycle = advance(forecast, CycleStatus.PUBLISHED, user_of)
    reopen_forecast(cycle=cycle, by=user_of(Role.EXECUTIVE), reason="A store closes")
    page = words_of(Role.EXECUTIVE, "consensus:cycle", cycle.pk)
    assert "Reopened as version 2 by Executive: A store closes" in page
    assert "Version 2: being worked on" in page
    assert "Version 1: published" in page


def test_each_person_owes_a_number_a_signature_or_a_point(forecast, user_of):
    cycle, day = forecast.cycle, forecast.cycle.submit_by_date

    def owed(role: Role) -> list[tuple[str, bool]]:
        found = owed_by(user_of(role), Cycle.objects.get(), day)
        return [(one.words, one.is_pressing) for one in found]

    assert owed(Role.MARKETING_MEMBER) == [
        ("Hand in Marketing's number for the November FY26 consensus", True)
    ]
    assert owed(Role.EXECUTIVE) == []
    remark(version=forecast.version, kind=RemarkKind.OPEN_POINT, text="Boots?", by=user_of(Role.EXECUTIVE))
    assert owed(Role.EXECUTIVE) == [("Close your open point: Boots?", False)]
    forecast.version.remarks.all().delete()

    advance(forecast, CycleStatus.SIGNING, user_of)
    day = cycle.sign_by_date
    assert owed(Role.MARKETING_MEMBER) == []
    assert owed(Role.MARKETING_LEAD) == [("Sign the November FY26 consensus as CMO", True)]
    assert owed(Role.EXECUTIVE) == []
    for seat in set(Seat) - {Seat.CHAIR}:
        signed(forecast, seat, user_of)
    assert owed(HEAD_OF[Seat.CHAIR]) == [("Sign the November FY26 consensus as Executive in the chair", True)]


def test_pages_remind_of_what_presses_and_of_nothing_else(forecast, words_of):
    htmx = {"HX-Request": "true"}
    set_today(forecast.cycle.submit_by_date - timedelta(days=4))
    assert words_of(Role.MARKETING_MEMBER, "consensus:owed", **htmx) == " "
    set_today(forecast.cycle.submit_by_date - timedelta(days=3))
    assert "Consensus: 1 due in 3 days" in words_of(Role.MARKETING_MEMBER, "consensus:owed", **htmx)
    owing = [("consensus:current", ()), ("consensus:reconcile", (forecast.cycle.pk,))]
    for name, where in owing:
        assert "due Wed 11 Nov, in 3 days" in words_of(Role.MARKETING_MEMBER, name, *where)
    set_today(forecast.cycle.sign_by_date)
    assert "Consensus: 1 due 14 days ago" in words_of(Role.MARKETING_MEMBER, "consensus:owed", **htmx)
    for name, where in owing:
        assert "was due Wed 11 Nov, 14 days ago" in words_of(Role.MARKETING_MEMBER, name, *where)
    assert "You owe nothing" in words_of(Role.EXECUTIVE, "consensus:owed")
    bridge = words_of(Role.MARKETING_MEMBER, "risk:bridge")
    assert "What you owe in the consensus" in bridge, "a link where there is no script"


def test_same_number_of_queries_for_one_and_three(forecast, client_of, user_of, django_assert_num_queries):
    client, url = client_of(Role.PLANNING_LEAD), reverse("consensus:current")
    client.get(url)
    submit_forecast(version=forecast.version, layer=FUNCTIONS[0], by=user_of(Role.MARKETING_LEAD))
    with CaptureQueriesContext(connection) as one:
        client.get(url)
    for layer, role in zip(
        FUNCTIONS, (Role.MARKETING_LEAD, Role.PLANNING_LEAD, Role.MERCHANDISING_LEAD), strict=True
    ):
        submit_forecast(version=forecast.version, layer=layer, by=user_of(role))
    for name in ("Bags", "Belts"):
        category = Category.objects.create(path=f"Apparel > {name}", name=name, parent=forecast.apparel)
        make_block(forecast.version, category, "North", {make_product(category=category): 5.0})
    with django_assert_num_queries(len(one)):
        client.get(url)
