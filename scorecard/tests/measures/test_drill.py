"""What stands behind each figure adds up to it, down to the days of one SKU at one door."""

import json
from datetime import timedelta
from itertools import product
from math import fsum

import pytest
from django.urls import reverse

from marketing.campaigns.choices import CampaignStatus
from marketing.catalogue.models import Product
from marketing.tests.factories import TODAY, make_campaign, make_mechanic
from scorecard.measures import forecast_rows
from scorecard.measures.arrays import packed_arrays, unpacked_arrays
from scorecard.measures.behind import Drilled, Level
from scorecard.measures.choices import DayState, Group, Measure
from scorecard.measures.cut import Cut
from scorecard.measures.day_strip import DayKind, day_strips
from scorecard.measures.domain import take_week
from scorecard.measures.drill import ARITHMETIC, drilled
from scorecard.measures.figures import figures_of
from scorecard.measures.models import PromotedDays, WeekDetail
from scorecard.measures.packing import MONEY
from scorecard.outcomes import drill_opened, drill_sheet
from scorecard.outcomes.campaign_drill import HEADINGS
from scorecard.tests.factories import make_outcome, make_process, make_week
from scorecard.tests.measures.card_cases import WEEK, counted_week
from scorecard.tests.measures.cases import LAST_WEEK, make_shop, sell
from sop_site.access.roles import Role
from sop_site.fiscal import FiscalPeriod, PeriodKind

pytestmark = pytest.mark.django_db
# Of these part ÷ whole of all rows is the figure itself, as far as sums of seven digits say.
EXACT = (
    Measure.STOCKOUT_DAYS,
    Measure.STOCKOUT_DEMAND,
    Measure.STOCKOUT_DAYS_OTHER,
    Measure.SELL_THROUGH,
    Measure.TURN,
    Measure.GMROI,
    Measure.MARKDOWN,
)
# Of these n is what the whole counts.
WITH_N = EXACT[:4]


def sums_of(found: Drilled) -> list[float]:
    """The sums of all columns."""
    return [fsum(column) for column in found.values]


def cuts(counted) -> list[Cut]:
    shop = counted.shop
    return [
        Cut(),
        Cut(category_id=shop.shoes.pk),
        Cut(region="North"),
        Cut(channel="stores"),
        Cut(channel="ecommerce"),
    ]


def test_the_rows_add_up_to_the_figure_in_every_cut(today):
    counted = counted_week()
    for cut, level in product(cuts(counted), Level):
        figures = figures_of([WEEK], cut)[0]
        for measure in EXACT:
            found = drilled(measure, WEEK, cut, level)
            sums, value = sums_of(found), figures[measure].value
            assert found.value_of(sums) == (None if value is None else pytest.approx(value)), (cut, measure)
            if measure in WITH_N and (measure != Measure.STOCKOUT_DEMAND or value is not None):
                assert round(sums[1]) == figures[measure].n
        unmet, sales, cost, margin, *_ = sums_of(drilled(Measure.LOST_MARGIN, WEEK, cut, level))
        figure = figures[Measure.LOST_MARGIN]
        assert (round(unmet), margin) == (figure.n, pytest.approx(figure.value or 0.0))
        assert sales - cost == pytest.approx(margin)
        assert round(sums_of(drilled(Measure.MARKDOWN, WEEK, cut, level))[0]) == figures[Measure.MARKDOWN].n


def test_money_leaves_out_what_has_no_price_or_cost_and_the_rows_say_so(client_of, today):
    shop = make_shop()
    Product.objects.filter(pk=shop.boot.pk).update(unit_cost=None)
    Product.objects.filter(pk=shop.crew.pk).update(unit_price=None)
    make_campaign(
        products=[shop.crew, shop.boot],
        doors=shop.doors,
        starts_on=LAST_WEEK,
        days=7,
        status=CampaignStatus.COMPLETED,
    )
    sell(shop.boot, shop.first, 12, out_of_stock_share=0.25)
    sell(shop.crew, shop.first, 9, revenue=None, base_price=None, out_of_stock_share=0.25)
    sell(shop.crew, shop.second, 6, out_of_stock_share=0.5, revenue=240)
    take_week(week_start=LAST_WEEK, stock=None, today=TODAY)
    figure = figures_of([WEEK], Cut())[0][Measure.LOST_MARGIN]
    assert (figure.value, figure.note) == (
        120,
        "Leaves out units: 12 without a price and 16 without a cost.",
    )
    # Six crews more at 40.00 each, which cost 20.00.
    assert sums_of(drilled(Measure.LOST_MARGIN, WEEK, Cut(), Level.SKU)) == [13, 240, 120, 120, 12, 16]
    page = client_of(Role.EXECUTIVE).get(
        reverse("scorecard:drill", args=["lost_margin"]), {"period": WEEK.key, "level": "door"}
    )
    found = page.context["drill"]
    assert (found.rows[0].cells[3].text, found.rows[0].cells[3].note) == ("$120", "6 × ($40.00 − $20.00)")
    assert found.headings[-2:] == ["Units without a price", "Units without a cost"]
    markdown = figures_of([WEEK], Cut())[0][Measure.MARKDOWN]
    sums = sums_of(drilled(Measure.MARKDOWN, WEEK, Cut(), Level.WEEK))
    assert (sums, markdown.value) == ([27, 60, 840, 12], 60 / 840)
    assert markdown.note == "Leaves out units: 12 without a price."


def test_a_week_that_closed_before_money_was_kept_is_named_above_its_rows(client_of, today):
    counted_week()
    for detail in WeekDetail.objects.all():
        arrays = unpacked_arrays(detail.packed)
        detail.packed = packed_arrays({name: each for name, each in arrays.items() if name not in MONEY})
        detail.save()
    client = client_of(Role.EXECUTIVE)
    lacking = {
        measure: client.get(reverse("scorecard:drill", args=[measure]), {"period": WEEK.key})
        .context["drill"]
        .lacking
        for measure in ("turn", "lost_margin", "stockout_days")
    }
    said = "Of FY26 W42 no money was kept by SKU and door when they closed: their units stand here"
    assert [each.startswith(said) for each in lacking.values()] == [True, True, False]


def test_a_week_of_which_nobody_knows_who_was_out_is_among_no_rows(today):
    counted = counted_week()
    shop = counted.shop
    earlier = LAST_WEEK - timedelta(weeks=1)
    make_campaign(
        products=[shop.crew], doors=shop.doors, starts_on=earlier, days=7, status=CampaignStatus.COMPLETED
    )
    for door in shop.doors:
        sell(shop.crew, door, 6, week=earlier)
    # No night counted it, and its sales say of nothing that it was out.
    take_week(week_start=earlier, stock=None, today=TODAY)
    period = FiscalPeriod.of(PeriodKind.QUARTER, LAST_WEEK)
    assert period.start <= earlier
    figures = figures_of([period], Cut())[0]
    assert figures[Measure.STOCKOUT_DAYS].note == "Who was out is known in 2 of 3 weeks."
    for measure in (Measure.STOCKOUT_DAYS, Measure.STOCKOUT_DEMAND, Measure.STOCKOUT_DAYS_OTHER):
        found = drilled(measure, period, Cut(), Level.DOOR)
        assert found.value_of(sums_of(found)) == pytest.approx(figures[measure].value)
        assert round(sums_of(found)[1]) == figures[measure].n


def test_the_rows_of_a_mechanic_are_its_own(today):
    counted = counted_week()
    cut = Cut(mechanic_id=counted.campaign.mechanic_id)
    assert sums_of(drilled(Measure.STOCKOUT_DAYS, WEEK, cut, Level.DOOR))[1] == 42
    other = Cut(mechanic_id=make_mechanic("TV").pk)
    assert len(drilled(Measure.STOCKOUT_DAYS, WEEK, other, Level.DOOR)) == 0


def test_stock_turns_over_what_stood_on_average_at_cost(today):
    counted_week()
    found = drilled(Measure.TURN, WEEK, Cut(), Level.SKU)
    # 18 sold of each; 30 crews and 28 boots stood at both ends, and cost 20.00.
    assert found.values.tolist() == [[18, 18], [30, 28], [360, 360], [600, 560], [0, 0]]
    assert found.value_of([18, 30, 360, 600, 0]) == pytest.approx(18 / 30 * 52)


def test_what_hurts_most_stands_first(today):
    shop = counted_week().shop
    found = drilled(Measure.STOCKOUT_DAYS, WEEK, Cut(), Level.DOOR)
    assert (found.product_ids[0], found.place_ids[0]) == (shop.boot.pk, shop.first.pk)
    assert found.values[:, 0].tolist() == [4, 7]


def test_the_days_of_a_sku_at_a_door_are_told_apart(today):
    counted = counted_week()
    shop = counted.shop
    states = PromotedDays.objects.filter(product=shop.boot, door=shop.second)
    states.update(states=bytes([DayState.NOT_OFFERED] * 7))
    found = drilled(Measure.STOCKOUT_DAYS, WEEK, Cut(), Level.DOOR)
    pair, elsewhere = (shop.boot.pk, shop.first.pk), (shop.boot.pk, shop.second.pk)
    strips = day_strips([pair, elsewhere], found.days, found.weeks, WEEK)
    assert [(run.kind, run.words) for run in strips[pair].runs] == [
        (DayKind.IN_STOCK, "15–16 Nov: in stock"),
        (DayKind.OUT, "17–20 Nov: out of stock"),
        (DayKind.IN_STOCK, "21 Nov: in stock"),
    ]
    # What the week's details say counts before what was written down since.
    assert [run.kind for run in strips[elsewhere].runs] == [DayKind.IN_STOCK]


def test_days_on_which_a_door_was_closed_are_drawn_and_in_no_sum(today):
    counted = counted_week()
    shop = counted.shop
    days = drilled(Measure.STOCKOUT_DAYS, WEEK, Cut(category_id=shop.tops.pk), Level.DOOR).days
    PromotedDays.objects.filter(product=shop.boot, door=shop.second).update(
        states=bytes([DayState.NOT_OFFERED] * 7)
    )
    pair = (shop.boot.pk, shop.second.pk)
    strips = day_strips([pair], days, [], WEEK)
    assert [run.words for run in strips[pair].runs] == ["15–21 Nov: not offered"]


def test_too_much_for_one_page_leads_on_step_by_step_to_its_rows(client_of, today, monkeypatch):
    shop = counted_week().shop
    Product.objects.filter(pk=shop.crew.pk).update(category=None)
    take_week(week_start=LAST_WEEK, stock=None, today=TODAY)
    monkeypatch.setattr(drill_opened, "MOST_SKU_DOOR_WEEKS", 1)
    client = client_of(Role.EXECUTIVE)

    def opened(url: str, steps: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], str]]:
        """The SKUs at the end of every way, each with the steps to it."""
        page = client.get(url).context["drill"]
        if page.steps is None:
            return [(steps, row.name) for row in page.rows]
        ways = [step.url for step in page.steps.rows if step.url]
        return [found for way in ways for found in opened(way, (*steps, page.steps.kind))]

    url = reverse("scorecard:drill", args=["stockout_days"])
    month = FiscalPeriod.of(PeriodKind.MONTH, LAST_WEEK)
    for period, steps in ((WEEK, ("category",)), (month, ("category", "week"))):
        found = opened(f"{url}?period={period.key}")
        assert sorted(found) == sorted([(steps, shop.boot.name), (steps, shop.crew.name)])
    first = client.get(url, {"period": WEEK.key}).context["drill"]
    values = {step.label: step.value for step in first.steps.rows}
    # What was expected of the crew before it left its category is no row of it.
    assert values == {"Shoes": "19.0%", "Without category": "0.0%", "Tops": "no data"}
    refused = client.get(f"{url}csv/", {"period": WEEK.key}, follow=True)
    assert drill_sheet.TOO_MUCH in refused.content.decode()


def test_a_cut_that_the_measure_does_not_know_has_no_rows_and_says_why(client_of, today):
    counted = counted_week()
    client, address = (
        client_of(Role.EXECUTIVE),
        {"period": WEEK.key, "mechanic": counted.campaign.mechanic_id},
    )
    for measure in ("turn", "accuracy_other"):
        url = reverse("scorecard:drill", args=[measure])
        page = client.get(url, address).context["drill"]
        assert (page.rows, page.why_not) == ([], "Not kept by mechanic.")
        refused = client.get(f"{url}csv/", address, follow=True)
        assert "Not kept by mechanic." in refused.content.decode()


def test_a_sku_that_moved_to_another_category_keeps_its_weeks(today):
    shop = counted_week().shop
    shop.boot.category = shop.tops
    shop.boot.save()
    found = drilled(Measure.STOCKOUT_DAYS, WEEK, Cut(), Level.DOOR, shop.boot)
    assert sums_of(found) == [4, 21]


def test_from_a_figure_to_its_doors_and_their_days(client_of, today):
    shop = counted_week().shop
    client = client_of(Role.EXECUTIVE)
    url = reverse("scorecard:drill", args=["stockout_days"])
    first = client.get(url, {"period": WEEK.key}).context["drill"]
    assert (first.rows[0].name, first.rows[0].cells[0].text) == (shop.boot.name, "4")
    assert [cell.text for cell in first.sums] == ["4", "42", "9.5%"]
    doors = client.get(first.rows[0].url).context["drill"]
    row = doors.rows[0]
    assert (row.place, [cell.text for cell in row.cells]) == (str(shop.first), ["4", "7", "57.1%"])
    assert "17–20 Nov: out of stock" in doors.rows[0].strip.words


def test_the_files_hold_the_same_rows(client_of, today):
    shop = counted_week().shop
    client = client_of(Role.EXECUTIVE)
    rows = client.get(
        reverse("scorecard:drill_export", args=["stockout_days", "json"]),
        {"period": WEEK.key, "level": "door"},
    )
    found = json.loads(rows.getvalue())
    assert len(found) == 6
    assert found[0] == {
        "SKU": "BOOT",
        "Name": shop.boot.name,
        "Category": "Shoes",
        "Door": "N1",
        "Name of the door": shop.first.name,
        "Region": "North",
        "Days out": 4,
        "Days on offer": 7,
        "Out": pytest.approx(4 / 7),
    }
    card = json.loads(
        client.get(reverse("scorecard:card_export", args=["json"]), {"period": WEEK.key}).getvalue()
    )
    line = next(each for each in card if each["Measure"] == Measure.STOCKOUT_DAYS.label)
    assert (line["Value"], line["In words"], line["n"]) == (pytest.approx(4 / 42), "9.5%", 42)
    parts = json.loads(
        client.get(
            reverse("scorecard:parts_export", args=["stockout_days", "json"]), {"period": WEEK.key}
        ).getvalue()
    )
    assert [each["Category"] for each in parts] == ["Shoes", "Tops"]
    for kind in ("xlsx", "csv"):
        for name in ("parts_export", "drill_export"):
            assert client.get(reverse(f"scorecard:{name}", args=["stockout_days", kind])).status_code == 200


def test_more_rows_than_a_workbook_holds_are_refused_in_words(client_of, today, monkeypatch):
    counted_week()
    monkeypatch.setattr(drill_sheet, "MOST_WORKBOOK_ROWS", 1)
    url = reverse("scorecard:drill_export", args=["stockout_days", "xlsx"])
    answer = client_of(Role.EXECUTIVE).get(url, {"period": WEEK.key}, follow=True)
    assert "An Excel file holds at most 1 rows: these are 2." in answer.content.decode()


def test_the_campaigns_behind_a_figure_add_up_to_it(client_of, today):
    counted = counted_week()
    week = make_week(LAST_WEEK - timedelta(weeks=5))
    make_outcome(week, counted.campaign, visits_target=200, visits_actual=150)
    make_process(week, counted.campaign, risks=4, seen_early=3, lead_days=[40.0, 50.0])
    client = client_of(Role.EXECUTIVE)
    sums = {
        measure: client.get(reverse("scorecard:drill", args=[measure.value]), {"period": "2026-w37"}).context[
            "drill"
        ]
        for measure in (Measure.VISITS, Measure.SEEN_EARLY, Measure.LATE_SUBMISSIONS, Measure.DECISION_LEAD)
    }
    texts = {measure: [cell.text for cell in page.sums] for measure, page in sums.items()}
    assert texts == {
        Measure.VISITS: ["150", "200", "75.0%"],
        Measure.SEEN_EARLY: ["3", "4", "75.0%"],
        Measure.LATE_SUBMISSIONS: ["0", "1", "0.0%"],
        Measure.DECISION_LEAD: ["", "2"],
    }
    assert (sums[Measure.VISITS].value, sums[Measure.VISITS].rows[0].name) == ("75.0%", "Boot week")
    assert sums[Measure.DECISION_LEAD].rows[0].cells[0].text == "45"


def test_every_measure_opens_to_skus_or_to_campaigns():
    by_sku, of_forecasts, by_campaign = set(ARITHMETIC), set(forecast_rows.ARITHMETIC), set(HEADINGS)
    assert {each for each in Measure if each.facts.group == Group.FORECAST} == of_forecasts
    assert {each for each in Measure if each.facts.group in (Group.OUTCOME, Group.INVENTORY)} == by_sku
    assert by_sku | of_forecasts | by_campaign == set(Measure)
