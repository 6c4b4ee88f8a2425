"""The pages of the scorecard: what they say, in how many queries, and what they refuse."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import escape

from marketing.sales.models import WeeklySales
from marketing.tests.factories import TODAY
from scorecard.measures.choices import Measure
from scorecard.measures.models import MeasureTarget, WeekSnapshot
from scorecard.tests.factories import close_week, make_category, make_fact, make_target, make_week
from scorecard.tests.measures.card_cases import WEEK, counted_week
from scorecard.tests.measures.cases import LAST_WEEK
from sop_site.access.roles import Role
from sop_site.fiscal import FiscalPeriod, PeriodKind

pytestmark = pytest.mark.django_db
QUARTER = FiscalPeriod.of(PeriodKind.QUARTER, TODAY)


def get(client, name: str, *args: str, **address: object):
    return client.get(reverse(f"scorecard:{name}", args=args), address)


def text_of(answer) -> str:
    """The words of a page in one line."""
    return " ".join(answer.content.decode().split())


def lines_of(answer) -> dict[Measure, object]:
    """The rows of the card by measure."""
    card = answer.context["card"]
    return {row.line.measure: row for section in card.sections for row in section.rows}


@pytest.fixture
def client(today, client_of):
    return client_of(Role.EXECUTIVE)


def test_an_empty_house_says_that_there_is_no_data_and_nothing_is_green(client):
    answer = get(client, "card")
    assert "No week of this period is recorded." in text_of(answer)
    assert {row.badge for row in lines_of(answer).values()} == {"no_data"}
    assert "is-ok" not in answer.content.decode()


def test_the_card_says_each_figure_its_target_and_what_it_counts(client, user_of):
    counted_week()
    make_target(Measure.STOCKOUT_DAYS, 0.08, effective_from=LAST_WEEK, by=user_of(Role.EXECUTIVE))
    answer = get(client, "card", period=WEEK.key)
    row = lines_of(answer)[Measure.STOCKOUT_DAYS]
    # Four of the seven days of one of six SKU-doors.
    assert (row.value, row.n) == ("9.5%", "n 42 promoted SKU-door-days")
    assert (row.target, row.target_by) == ("8.0%", f"set by {user_of(Role.EXECUTIVE)}")
    assert (row.badge, row.verdict.label) == ("stockout", "Off target")
    assert "1 week" in text_of(answer)
    assert not answer.context["card"].is_partial


def test_a_quarter_that_is_not_over_says_how_many_weeks_there_are(client):
    make_week(TODAY - timedelta(weeks=1))
    make_week(TODAY, taken_on=TODAY)
    answer = get(client, "card")
    assert answer.context["card"].coverage == "2 of 13 weeks, FY26 W43 not over"
    assert answer.context["card"].is_partial


def test_a_cut_that_a_measure_does_not_know_is_said_instead_of_the_figure_of_the_whole(client):
    counted_week()
    rows = lines_of(get(client, "card", period=WEEK.key, region="North"))
    assert rows[Measure.STOCKOUT_DAYS].n == "n 28 promoted SKU-door-days"
    assert (rows[Measure.VISITS].value, rows[Measure.VISITS].notes) == ("no data", ["Not kept by region."])


def test_a_part_of_a_sum_is_not_held_against_the_target_of_the_whole(client, user_of):
    counted_week()
    target = {"effective_from": LAST_WEEK, "by": user_of(Role.EXECUTIVE)}
    make_target(Measure.LOST_MARGIN, 1_300.0, **target)
    whole = lines_of(get(client, "card", period=WEEK.key))[Measure.LOST_MARGIN]
    part = lines_of(get(client, "card", period=WEEK.key, region="North"))[Measure.LOST_MARGIN]
    # A week's share of what is allowed in a quarter.
    assert (whole.target, whole.badge) == ("$100", "stockout")
    assert (part.target, part.target_by, part.verdict.label) == ("", "", "No target")


def test_a_restated_week_is_named_with_its_reason(client, user_of):
    week = make_week(LAST_WEEK, is_newest=False)
    close_week(week)
    make_week(LAST_WEEK, edition=2, reason="The till at Leeds.", restated_by=user_of(Role.PLANNING_LEAD))
    said = text_of(get(client, "card", period=WEEK.key))
    assert "FY26 W42 was restated" in said
    assert "The till at Leeds." in said


@pytest.mark.parametrize(
    "address", [{"period": "2026-q9"}, {"period": "2099"}, {"category": "x"}, {"lag": "3"}, {"channel": "a"}]
)
def test_what_an_address_says_in_vain_is_left_out(client, address):
    asked = get(client, "card", **address).context["asked"]
    assert (asked.period, asked.query()) == (QUARTER, f"?period={QUARTER.key}")


def test_the_card_opens_on_the_quarter_that_ended_last_and_reaches_the_running_one(client):
    make_week(TODAY - timedelta(weeks=1))
    assert get(client, "card").context["asked"].period == QUARTER
    make_week((QUARTER - 1).start)
    opened = get(client, "card")
    assert (opened.context["asked"].period, opened.context["later"]) == (QUARTER - 1, QUARTER)


def test_a_period_reaches_the_next_kinds_and_its_neighbours(client):
    answer = get(client, "card", period="2026-q3")
    assert (answer.context["earlier"].key, answer.context["later"].key) == ("2026-q2", "2026-q4")
    assert [key for _, key, _ in answer.context["period_kinds"]] == [
        "2026-w39",
        "2026-m09",
        "2026-q3",
        "2026",
    ]
    assert get(client, "card", period=QUARTER.key).context["later"] is None


def queries_of(client, name: str, *args: str, **address: object) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert get(client, name, *args, **address).status_code == 200
    return len(queries)


def test_the_queries_of_a_page_do_not_grow_with_weeks_and_categories(client):
    def grow(ago: int) -> None:
        week = make_week(TODAY - timedelta(weeks=ago))
        for name in ("Tops", "Shoes", "Bags")[:ago]:
            facts = {"door_days": 10, "sold_units": 5, "opening_units": 9}
            make_fact(week, category=make_category(name), **facts)

    names = [("card",), ("measure", Measure.SELL_THROUGH.value), ("drill", Measure.SELL_THROUGH.value)]
    grow(1)
    one = [queries_of(client, *name) for name in names]
    grow(2)
    grow(3)
    assert [queries_of(client, *name) for name in names] == one
    assert max(one) <= 40


def test_each_measure_has_its_page_its_formula_and_its_rows(client):
    counted_week()
    for measure in Measure:
        answer = get(client, "measure", measure.value, period=WEEK.key)
        assert answer.status_code == 200
        assert escape(measure.facts.formula) in text_of(answer)
        assert get(client, "drill", measure.value, period=WEEK.key).status_code == 200


def test_the_parts_stand_with_what_hurts_most_first_and_open_further(client):
    shop = counted_week().shop
    page = get(client, "measure", "stockout_days", period=WEEK.key).context["page"]
    assert [(row.part.label, row.value) for row in page.parts] == [
        ("Shoes", "19.0%"),
        ("Tops", "0.0%"),
    ]
    assert f"category={shop.shoes.pk}" in page.parts[0].url
    by_region = get(client, "measure", "stockout_days", period=WEEK.key, by="region").context["page"]
    assert [row.part.label for row in by_region.parts] == ["North", "Without region"]


def test_no_such_measure_or_file(client):
    assert get(client, "measure", "charm").status_code == 404
    assert get(client, "drill", "charm").status_code == 404
    assert get(client, "card_export", "pdf").status_code == 404


TYPED = {"value": "8.5", "category": "", "effective_from": "2026-11-01", "reason": "As the board said."}


def test_a_target_is_typed_in_percent_and_kept_as_a_share(client):
    answer = client.post(reverse("scorecard:set_target", args=["stockout_days"]), TYPED, follow=True)
    assert "The target is 8.5%." in text_of(answer)
    target = MeasureTarget.objects.get()
    assert (target.value, target.effective_from, target.reason) == (0.085, date(2026, 11, 1), TYPED["reason"])
    assert "As the board said." in text_of(get(client, "measure", "stockout_days"))


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"value": "101"}, "A share cannot be above 100%."),
        ({"value": "-1"}, "This target cannot be below 0."),
        ({"value": "many"}, "Enter a number, 8.5."),
        ({"reason": ""}, "Say why this is the target."),
    ],
)
def test_a_target_that_cannot_be_is_refused_with_what_was_typed(client, typed, sentence):
    answer = client.post(reverse("scorecard:set_target", args=["stockout_days"]), {**TYPED, **typed})
    assert (answer.status_code, MeasureTarget.objects.count()) == (200, 0)
    assert sentence in text_of(answer)


def test_a_closed_week_that_changed_is_listed_and_restated_with_a_reason(client):
    shop = counted_week().shop
    WeekSnapshot.objects.filter(week_start=LAST_WEEK).update(changed_on=TODAY)
    close_week(WeekSnapshot.objects.get(week_start=LAST_WEEK))
    assert "FY26 W42" in text_of(get(client, "restatements"))
    WeeklySales.objects.filter(product=shop.crew, door=shop.second).update(units=9)
    url = reverse("scorecard:restate", args=[LAST_WEEK.isoformat()])
    assert "A restatement needs its reason." in text_of(client.post(url, {"reason": ""}))
    answer = client.post(url, {"reason": "A till was late."}, follow=True)
    assert "FY26 W42 is restated." in text_of(answer)
    (made,) = answer.context["made"]
    assert (made.snapshot.edition, made.snapshot.reason) == (2, "A till was late.")
    assert made.changes[0] == "Units sold 36 → 39"


def test_a_week_that_is_open_or_no_week_is_not_restated_and_the_typed_reason_stays(client):
    counted_week()
    url = reverse("scorecard:restate", args=[LAST_WEEK.isoformat()])
    answer = client.post(url, {"reason": "Why not."})
    assert (answer.status_code, "is not closed" in text_of(answer)) == (200, True)
    assert answer.context["refused"][1]["reason"].value() == "Why not."
    assert client.post(reverse("scorecard:restate", args=["soon"])).status_code == 404
