"""The figures of periods: from facts to values, n, and sentences where there is none."""

import random
from collections import Counter, defaultdict
from datetime import timedelta
from itertools import product

import pytest
from django.db import connection

from marketing.tests.factories import make_campaign, make_mechanic
from planning.consensus.choices import Layer
from scorecard.measures.choices import Measure, SellingChannel, Slice
from scorecard.measures.figure import Figure
from scorecard.measures.figures import ADDED_UP, Cut, breakdown_of, figures_of
from scorecard.measures.models import WeekSnapshot
from scorecard.measures.supply_ahead import supply_ahead
from scorecard.tests.factories import make_accuracy, make_category, make_fact, make_process, make_week
from sop_site.access.roles import Role
from sop_site.fiscal import WEEK, FiscalPeriod, PeriodKind

pytestmark = pytest.mark.django_db

WEEK_31 = FiscalPeriod(2026, PeriodKind.WEEK, 31)
SEPTEMBER = FiscalPeriod(2026, PeriodKind.MONTH, 8)
Q3 = FiscalPeriod(2026, PeriodKind.QUARTER, 3)


def figure(measure, period=WEEK_31, **cut) -> Figure:
    return figures_of([period], Cut(**cut), {measure})[0][measure]


@pytest.fixture
def mechanic(db):
    return make_mechanic("FEATURE")


@pytest.fixture
def week(db) -> WeekSnapshot:
    return make_week(WEEK_31.start)


class TestNothing:
    def test_a_week_that_is_not_recorded_says_so(self):
        (figures,) = figures_of([WEEK_31], Cut())
        assert set(figures) == ADDED_UP
        assert {figure.missing for figure in figures.values()} == {"No week of it is recorded."}

    def test_a_week_without_facts_says_of_each_measure_why(self, week):
        (figures,) = figures_of([WEEK_31], Cut())
        assert [figure.value for figure in figures.values()] == [None] * len(figures)
        assert figures[Measure.STOCKOUT_DAYS].missing == (
            "Of no promoted SKU-door-days it is known whether stock was there."
        )
        assert figures[Measure.TURN].missing == "No stock stood in these weeks."
        assert figures[Measure.SEEN_EARLY].missing == "There were no risks."

    def test_a_figure_without_value_and_reason_is_refused(self):
        with pytest.raises(ValueError, match="says why"):
            Figure(Measure.TURN, None, 0, "weeks")

    def test_an_earlier_edition_is_not_counted(self, week, user_of):
        make_fact(week, door_days=100, out_door_days=50)
        WeekSnapshot.objects.filter(pk=week.pk).update(is_newest=False)
        again = make_week(
            WEEK_31.start, edition=2, reason="A late file.", restated_by=user_of(Role.EXECUTIVE)
        )
        make_fact(again, door_days=100, out_door_days=10)
        assert figure(Measure.STOCKOUT_DAYS_OTHER).value == 0.1


class TestStockouts:
    def test_on_promotion_and_without(self, week, mechanic):
        make_fact(week, mechanic=mechanic, door_days=700, out_door_days=91)
        make_fact(week, door_days=7000, out_door_days=518)
        promoted, other = figure(Measure.STOCKOUT_DAYS), figure(Measure.STOCKOUT_DAYS_OTHER)
        assert (promoted.value, promoted.n, promoted.n_of) == (0.13, 700, "promoted SKU-door-days")
        assert (other.value, other.n, other.n_of) == (0.074, 7000, "other SKU-door-days")

    def test_by_demand(self, week, mechanic):
        make_fact(week, mechanic=mechanic, door_days=70, sold_units=90, unmet_units=10)
        make_fact(week, door_days=70, sold_units=5000, unmet_units=5000)
        by_demand = figure(Measure.STOCKOUT_DEMAND)
        assert (by_demand.value, by_demand.n) == (0.1, 100)

    def test_by_demand_says_nothing_where_no_day_was_seen(self, week, mechanic):
        make_fact(week, mechanic=mechanic, sold_units=90)
        assert figure(Measure.STOCKOUT_DEMAND).missing == (
            "Of no units of promoted demand it is known whether stock was there."
        )
        assert figure(Measure.LOST_MARGIN).value is None

    def test_no_margin_is_lost_of_what_nobody_wanted(self, week, mechanic):
        make_fact(week, mechanic=mechanic, door_days=70)
        assert figure(Measure.LOST_MARGIN).value is None

    def test_sales_that_say_of_nothing_that_it_was_out_are_no_rate_of_zero(self, mechanic):
        week = make_week(WEEK_31.start, has_stock=False)
        make_fact(week, mechanic=mechanic, door_days=70, sold_units=90)
        make_fact(week, door_days=700)
        missing = "Of no promoted SKU-door-days it is known whether stock was there."
        assert figure(Measure.STOCKOUT_DAYS).missing == missing
        assert figure(Measure.LOST_MARGIN).value is None
        assert figure(Measure.STOCKOUT_DEMAND).value is None
        assert figure(Measure.STOCKOUT_DAYS_OTHER).value is None

    def test_sales_that_say_of_something_that_it_was_out_are_believed(self, mechanic):
        week = make_week(WEEK_31.start, has_stock=False)
        make_fact(week, mechanic=mechanic, door_days=70)
        make_fact(week, door_days=700, out_door_days=7)
        assert figure(Measure.STOCKOUT_DAYS).value == 0.0
        assert figure(Measure.STOCKOUT_DAYS_OTHER).value == 0.01

    def test_weeks_of_which_nobody_knows_who_was_out_are_left_out_and_named(self, mechanic):
        make_fact(make_week(WEEK_31.start), mechanic=mechanic, door_days=70, out_door_days=7)
        before = make_week(WEEK_31.start - WEEK, has_stock=False)
        make_fact(before, mechanic=mechanic, door_days=70)
        rate = figure(Measure.STOCKOUT_DAYS, Q3)
        assert (rate.value, rate.n) == (0.1, 70)
        assert rate.note == "Who was out is known in 1 of 2 weeks."

    def test_margin_lost_says_what_it_leaves_out(self, week, mechanic):
        make_fact(
            week,
            mechanic=mechanic,
            door_days=70,
            sold_units=90,
            unmet_units=10,
            lost_margin=240,
            uncosted_units=12,
            unpriced_units=3,
        )
        lost = figure(Measure.LOST_MARGIN)
        assert (lost.value, lost.n) == (240.0, 10)
        assert lost.note == "Leaves out units: 3 without a price and 12 without a cost."

    def test_margin_lost_is_not_zero_where_no_cost_is_known(self, week, mechanic):
        make_fact(week, mechanic=mechanic, door_days=70, sold_units=90, unmet_units=10, uncosted_units=100)
        lost = figure(Measure.LOST_MARGIN)
        assert (lost.value, lost.missing) == (None, "No SKU that ran out has a cost.")

    def test_margin_lost_is_zero_where_nothing_ran_out(self, week, mechanic):
        make_fact(week, mechanic=mechanic, door_days=70, sold_units=90, uncosted_units=90)
        assert figure(Measure.LOST_MARGIN).value == 0.0


class TestStock:
    @pytest.fixture
    def quarter(self, db):
        """13 weeks that each sold 10 (50 at cost, 100 net, 40 margin) from a stock of 40 (200 at cost)."""
        for week in Q3.weeks:
            make_fact(
                make_week(week.start),
                sold_units=10,
                sales_at_cost=50,
                net_sales=100,
                margin=40,
                markdown=20,
                opening_units=40,
                closing_units=40,
                opening_at_cost=200,
                closing_at_cost=200,
                outlook_units=[10, 10, 20],
            )

    def test_a_quarter(self, quarter):
        (figures,) = figures_of([Q3], Cut())
        assert figures[Measure.TURN].value == 50 * 52 / 200
        assert (figures[Measure.TURN].n, figures[Measure.TURN].n_of) == (13, "weeks")
        assert figures[Measure.GMROI].value == 40 * 13 / 200
        assert figures[Measure.GMROI].note == "Of 13 weeks, not a year’s worth."
        assert figures[Measure.MARKDOWN].value == 0.2
        assert figures[Measure.SELL_THROUGH].value == 130 / 40
        assert figures[Measure.WEEKS_BACK].value == 4.0
        assert figures[Measure.WEEKS_FORWARD].value == 3.0
        assert not any(figures[measure].is_partial for measure in figures)

    def test_a_week_turns_as_its_quarter_does(self, quarter):
        assert figure(Measure.TURN).value == figure(Measure.TURN, Q3).value

    def test_weeks_of_supply_look_back_before_the_period(self, quarter):
        assert figure(Measure.WEEKS_BACK, WEEK_31).n == 4

    def test_weeks_of_supply_say_when_fewer_weeks_lie_before(self, quarter):
        first = FiscalPeriod.of(PeriodKind.WEEK, Q3.weeks[1].start)
        back = figure(Measure.WEEKS_BACK, first)
        assert (back.value, back.n, back.note) == (4.0, 1, "Sales of 1 week alone.")

    def test_stock_that_never_runs_out_has_no_number(self, week):
        make_fact(week, opening_units=40, closing_units=40, outlook_units=[10, 0])
        make_fact(make_week(WEEK_31.start - WEEK), opening_units=40)
        assert (
            figure(Measure.WEEKS_BACK).missing == "Nothing was sold in the 1 week before: it never runs out."
        )
        assert "never runs out" in figure(Measure.WEEKS_FORWARD).missing

    def test_a_forecast_that_is_too_short_goes_on(self, week):
        make_fact(week, closing_units=40, outlook_units=[10, 5])
        forward = figure(Measure.WEEKS_FORWARD)
        assert (forward.value, forward.note) == (7.0, "Beyond 2 weeks the last one’s forecast goes on.")

    def test_forecasts_of_doors_are_added_as_far_as_all_reach(self, week):
        make_fact(week, closing_units=30, outlook_units=[10, 5, 5])
        make_fact(week, closing_units=30, outlook_units=[10, 15], region="South")
        make_fact(week, closing_units=0, outlook_units=[], region="West")
        assert figure(Measure.WEEKS_FORWARD).value == 3.0
        opened = supply_ahead(WEEK_31, Cut())
        assert (opened.week, opened.stock_units) == (WEEK_31.weeks[0], 60)
        weeks = [(each.week.label, each.expected_units, each.left_units) for each in opened.weeks]
        assert weeks == [("FY26 W32", 20, 40), ("FY26 W33", 20, 20)]
        assert supply_ahead(WEEK_31 + 1, Cut()) is None

    def test_weeks_without_stock_are_left_out_and_named(self, quarter):
        WeekSnapshot.objects.filter(week_start__lt=Q3.start + 10 * WEEK).update(has_stock=False)
        turn = figure(Measure.TURN, Q3)
        assert (turn.value, turn.n) == (50 * 52 / 200, 3)
        assert turn.note == "Stock was known in 3 of 13 weeks."
        WeekSnapshot.objects.update(has_stock=False)
        assert figure(Measure.TURN, Q3).missing == "No stock was known in these weeks."
        assert figure(Measure.WEEKS_BACK, Q3).missing == "No stock was known in these weeks."


class TestPartial:
    def test_a_period_with_a_missing_week_is_partial(self, week):
        make_fact(week, door_days=70, out_door_days=7)
        assert figure(Measure.STOCKOUT_DAYS_OTHER, SEPTEMBER) == Figure(
            Measure.STOCKOUT_DAYS_OTHER, 0.1, 70, "other SKU-door-days", is_partial=True
        )
        assert not figure(Measure.STOCKOUT_DAYS_OTHER, WEEK_31).is_partial

    def test_a_week_that_is_not_over_is_partial_and_annualised_by_its_days(self):
        week = make_week(WEEK_31.start, taken_on=WEEK_31.start + timedelta(days=3))
        make_fact(week, sold_units=3, sales_at_cost=30, opening_at_cost=200, closing_at_cost=200)
        turn = figure(Measure.TURN)
        assert (turn.value, turn.is_partial) == (pytest.approx(30 * 52 / (3 / 7) / 200), True)

    def test_sales_that_are_not_known_yet_are_no_turn_of_zero(self):
        week = make_week(WEEK_31.start, taken_on=WEEK_31.start + timedelta(days=3))
        make_fact(week, opening_at_cost=200, closing_at_cost=200)
        for measure in (Measure.TURN, Measure.GMROI, Measure.SELL_THROUGH):
            assert figure(measure).missing == "No sales of these days are known yet."

    def test_beside_weeks_that_are_over_one_that_goes_on_turns_nothing(self):
        make_fact(
            make_week(WEEK_31.start),
            sold_units=10,
            sales_at_cost=50,
            opening_at_cost=200,
            closing_at_cost=200,
        )
        goes_on = make_week(WEEK_31.start + WEEK, taken_on=WEEK_31.start + WEEK + timedelta(days=3))
        make_fact(goes_on, opening_at_cost=900, closing_at_cost=900)
        turn = figure(Measure.TURN, Q3)
        assert (turn.value, turn.n, turn.is_partial, turn.note) == (50 * 52 / 200, 1, True, "")

    def test_a_forecast_is_held_against_weeks_that_are_over_alone(self):
        week = make_week(WEEK_31.start, taken_on=WEEK_31.start + timedelta(days=3))
        make_accuracy(week, errors={Layer.CONSENSUS: 900.0})
        assert figure(Measure.ACCURACY_OTHER).value is None


class TestForecast:
    def test_accuracy_by_promotion_and_lag(self, week):
        make_accuracy(week, errors={Layer.CONSENSUS: 200.0})
        make_accuracy(week, errors={Layer.CONSENSUS: 400.0}, is_promoted=True)
        make_accuracy(week, errors={Layer.CONSENSUS: 300.0}, lag_weeks=8)
        other = figure(Measure.ACCURACY_OTHER)
        assert (other.value, other.n, other.n_of) == (0.8, 40, "SKU-weeks without a promotion")
        assert other.note == "WMAPE 20.0%."
        assert figure(Measure.ACCURACY_PROMOTED).value == 0.6
        assert figure(Measure.ACCURACY_OTHER, lag_weeks=8).value == 0.7
        assert figure(Measure.ACCURACY_OTHER, lag_weeks=0).missing == (
            "No forecast was signed that long before these SKU-weeks without a promotion."
        )

    def test_bias_is_of_both(self, week):
        make_accuracy(week, errors={}, forecasts={Layer.CONSENSUS: 1100.0})
        make_accuracy(week, errors={}, forecasts={Layer.CONSENSUS: 960.0}, is_promoted=True)
        assert figure(Measure.BIAS).value == 0.03

    def test_nothing_sold_gives_the_units_it_was_off(self, week):
        make_accuracy(week, errors={Layer.CONSENSUS: 25.0}, actual_units=0.0)
        assert figure(Measure.ACCURACY_OTHER).missing == "Nothing was sold: 25 units off."

    def test_each_step_is_held_against_the_step_before_it(self, week):
        make_accuracy(
            week,
            errors={
                Layer.CAMPAIGNS: 300.0,
                Layer.MARKETING: 350.0,
                Layer.PLANNING: 280.0,
                Layer.MERCHANDISING: 300.0,
                Layer.CONSENSUS: 250.0,
            },
        )
        added = {
            Measure.VALUE_MARKETING: -0.05,
            Measure.VALUE_PLANNING: 0.07,
            Measure.VALUE_MERCHANDISING: -0.02,
            Measure.VALUE_CONSENSUS: 0.05,
        }
        for measure, value in added.items():
            assert figure(measure).value == pytest.approx(value)
            assert figure(measure).n == 40

    def test_nobody_is_ranked_on_fewer_than_20(self, week):
        make_accuracy(week, errors={Layer.CAMPAIGNS: 300.0}, cells=19)
        few = figure(Measure.VALUE_PLANNING)
        assert (few.value, few.n, few.missing) == (None, 19, "Too few to rank: n = 19, fewer than 20.")


class TestProcess:
    def test_shares_and_the_median_lead(self, week):
        make_process(
            week,
            make_campaign(),
            risks=20,
            seen_early=15,
            with_deadline=4,
            decided_in_time=3,
            lead_days=[10, 10, 40],
        )
        make_process(
            week, make_campaign(), risks=10, seen_early=6, remedies=3, remedies_worked=2, lead_days=[10, 20]
        )
        early = figure(Measure.SEEN_EARLY)
        assert (early.value, early.n, early.n_of, early.note) == (0.7, 30, "risks", "")
        in_time = figure(Measure.DECIDED_IN_TIME)
        assert (in_time.value, in_time.n, in_time.note) == (0.75, 4, "Few so far: n = 4.")
        assert figure(Measure.REMEDIES_WORKED).value == pytest.approx(2 / 3)
        assert (figure(Measure.DECISION_LEAD).value, figure(Measure.DECISION_LEAD).n) == (10.0, 5)

    def test_by_mechanic_of_the_campaign(self, week, mechanic):
        make_process(week, make_campaign(mechanic=mechanic), risks=10, seen_early=5)
        make_process(week, make_campaign(), risks=10, seen_early=10)
        assert figure(Measure.SEEN_EARLY, mechanic_id=mechanic.pk).value == 0.5
        parts = breakdown_of(Measure.SEEN_EARLY, WEEK_31, Cut(), Slice.MECHANIC)
        assert [(part.label, part.figure.value) for part in parts] == [("Feature", 0.5), ("Social", 1.0)]


class TestCuts:
    @pytest.fixture
    def categories(self, week, mechanic):
        """Out on 1 of 10 days in knitwear, 2 in its child, 5 elsewhere, 9 without a category; and totals."""
        for path, out in (
            ("Women > Knitwear", 1),
            ("Women > Knitwear > Cardigans", 2),
            ("Men", 5),
            (None, 9),
        ):
            category = path and make_category(path)
            make_fact(week, is_total=False, category=category, door_days=10, out_door_days=out)
        make_fact(week, door_days=40, out_door_days=17)
        make_fact(week, door_days=10, out_door_days=8, region="South", channel=SellingChannel.ECOMMERCE)

    def test_of_everything_the_totals_are_read(self, categories):
        assert figure(Measure.STOCKOUT_DAYS_OTHER).value == 0.5

    def test_a_category_has_all_below_it(self, categories):
        knitwear = make_category("Women > Knitwear")
        assert figure(Measure.STOCKOUT_DAYS_OTHER, category_id=knitwear.pk).value == 0.15
        women = make_category("Women")
        assert figure(Measure.STOCKOUT_DAYS_OTHER, category_id=women.pk).n == 20

    def test_the_parts_of_everything(self, categories):
        parts = breakdown_of(Measure.STOCKOUT_DAYS_OTHER, WEEK_31, Cut(), Slice.CATEGORY)
        assert [(part.key, part.label, part.figure.value) for part in parts] == [
            (make_category("Men").pk, "Men", 0.5),
            (make_category("Women").pk, "Women", 0.15),
            (None, "Without category", 0.9),
        ]

    def test_the_parts_of_a_category_are_its_children_and_what_stands_directly_in_it(self, categories):
        cut = Cut(category_id=make_category("Women > Knitwear").pk)
        parts = breakdown_of(Measure.STOCKOUT_DAYS_OTHER, WEEK_31, cut, Slice.CATEGORY)
        cardigans = make_category("Women > Knitwear > Cardigans")
        assert [(part.key, part.label, part.figure.value) for part in parts] == [
            (cardigans.pk, "Cardigans", 0.2),
            (None, "Knitwear, directly in it", 0.1),
        ]

    def test_by_region_and_channel(self, categories):
        parts = breakdown_of(Measure.STOCKOUT_DAYS_OTHER, WEEK_31, Cut(), Slice.REGION)
        assert [(part.key, part.figure.n) for part in parts] == [("North", 40), ("South", 10)]
        parts = breakdown_of(Measure.STOCKOUT_DAYS_OTHER, WEEK_31, Cut(), Slice.CHANNEL)
        assert [part[:2] for part in parts] == [("ecommerce", "E-commerce"), ("stores", "Stores")]
        assert figure(Measure.STOCKOUT_DAYS_OTHER, region="South", channel="ecommerce").value == 0.8
        assert figure(Measure.STOCKOUT_DAYS_OTHER, region="South", channel="stores").value is None

    def test_a_distribution_centre_is_a_part_of_no_channel(self, week):
        make_fact(week, opening_at_cost=100, closing_at_cost=100, sales_at_cost=1)
        make_fact(week, channel="", opening_at_cost=100, closing_at_cost=100)
        parts = breakdown_of(Measure.TURN, WEEK_31, Cut(), Slice.CHANNEL)
        assert [(part.key, part.label, part.figure.value) for part in parts] == [
            ("stores", "Stores", 0.52),
            (None, "Distribution centres", 0.0),
        ]
        assert figure(Measure.TURN).value == 0.26

    def test_each_part_is_what_its_cut_says(self, categories):
        for by in Measure.STOCKOUT_DAYS_OTHER.facts.slices:
            for part in breakdown_of(Measure.STOCKOUT_DAYS_OTHER, WEEK_31, Cut(), by):
                if part.key is not None:
                    cut = Cut().within(by, part.key)
                    (figures,) = figures_of([WEEK_31], cut, {Measure.STOCKOUT_DAYS_OTHER})
                    assert figures[Measure.STOCKOUT_DAYS_OTHER] == part.figure

    def test_what_a_measure_is_not_kept_by_it_says(self, categories, mechanic):
        cut = {"mechanic_id": mechanic.pk, "channel": "stores"}
        assert figure(Measure.BIAS, **cut).missing == "Not kept by channel and mechanic."
        assert figure(Measure.TURN, **cut).missing == "Not kept by mechanic."
        with pytest.raises(ValueError, match="not kept by mechanic"):
            breakdown_of(Measure.TURN, WEEK_31, Cut(), Slice.MECHANIC)
        assert breakdown_of(Measure.BIAS, WEEK_31, Cut(channel="stores"), Slice.REGION) == []

    def test_by_mechanic_of_promoted_days_alone(self, week, mechanic):
        make_fact(week, door_days=100, out_door_days=100)
        make_fact(week, mechanic=mechanic, door_days=10, out_door_days=1)
        make_fact(week, mechanic=make_mechanic("SOCIAL"), door_days=10, out_door_days=3)
        parts = breakdown_of(Measure.STOCKOUT_DAYS, WEEK_31, Cut(), Slice.MECHANIC)
        assert [(part.label, part.figure.value) for part in parts] == [("Feature", 0.1), ("Social", 0.3)]
        assert figure(Measure.STOCKOUT_DAYS, mechanic_id=mechanic.pk).value == 0.1
        assert figure(Measure.STOCKOUT_DAYS).value == 0.2


COUNTED_ONCE_MORE = """
    SELECT sum(out_door_days) / sum(door_days), round(sum(door_days))
    FROM scorecard_weekfact AS fact
    JOIN scorecard_weeksnapshot AS week ON week.id = fact.snapshot_id
    JOIN marketing_category AS category ON category.id = fact.category_id
    WHERE week.is_newest AND week.week_start BETWEEN %(first)s AND %(last)s
        AND (category.path = %(path)s OR starts_with(category.path, %(path)s || ' > '))
        AND fact.region = %(region)s AND fact.channel = %(channel)s AND fact.mechanic_id IS NOT NULL
"""


@pytest.fixture(params=range(2))
def chance(request, db):
    """Six weeks of a quarter with random facts of categories, regions, channels and mechanics; totals."""
    chance = random.Random(request.param)
    paths = ["A", "A > B", "A > B > C", "A > D", "AB", None]
    mechanics = [None, make_mechanic("FEATURE"), make_mechanic("SOCIAL")]
    for week in chance.sample(Q3.weeks, 6):
        snapshot = make_week(week.start)
        totals: defaultdict[tuple, Counter] = defaultdict(Counter)
        for path, region, channel, mechanic in chance.sample(
            list(product(paths, ["North", "South"], SellingChannel.values, mechanics)), 30
        ):
            days, margin = chance.uniform(1, 100), chance.uniform(0, 1000)
            sums = {
                "door_days": days,
                "out_door_days": days * chance.random(),
                "sold_units": days,
                "lost_margin": margin,
            }
            cell = {"region": region, "channel": channel, "mechanic": mechanic}
            make_fact(snapshot, is_total=False, category=path and make_category(path), **cell, **sums)
            totals[region, channel, mechanic].update(sums)
        for (region, channel, mechanic), sums in totals.items():
            make_fact(snapshot, region=region, channel=channel, mechanic=mechanic, **sums)
    return chance


def test_a_random_cell_is_what_sql_counts(chance):
    cell = {"region": chance.choice(["North", "South"]), "channel": chance.choice(SellingChannel.values)}
    path = chance.choice(["A", "A > B"])
    with connection.cursor() as cursor:
        cursor.execute(COUNTED_ONCE_MORE, {"first": Q3.start, "last": Q3.end, "path": path, **cell})
        rate, days = cursor.fetchone()
    counted = figure(Measure.STOCKOUT_DAYS, Q3, category_id=make_category(path).pk, **cell)
    assert counted.value == pytest.approx(rate, rel=1e-12)
    assert counted.n == days


def test_the_parts_add_up_to_the_whole(chance):
    a = make_category("A").pk
    for cut in (Cut(), Cut(category_id=a), Cut(region="North"), Cut(category_id=a, channel="stores")):
        whole = figures_of([Q3], cut, {Measure.LOST_MARGIN})[0][Measure.LOST_MARGIN].value
        for by in Slice:
            parts = breakdown_of(Measure.LOST_MARGIN, Q3, cut, by)
            assert sum(part.figure.value for part in parts) == pytest.approx(whole)


@pytest.mark.parametrize("weeks", [1, 3])
def test_the_same_queries_for_one_week_and_for_three(weeks, django_assert_num_queries, mechanic):
    knitwear = make_category("Women > Knitwear")
    for ago in range(weeks):
        week = make_week(WEEK_31.start - ago * WEEK)
        make_fact(week, category=knitwear, closing_units=10, outlook_units=[5])
        make_fact(week, category=knitwear, mechanic=mechanic, door_days=7)
        make_accuracy(week, category=knitwear, errors={})
        make_process(week, make_campaign(), category=knitwear, risks=1)
    periods = [WEEK_31 - ago for ago in range(weeks)]
    # The weeks, the categories, the week facts and their outlooks, the accuracy, the process and its
    # lead times.
    with django_assert_num_queries(7):
        figures_of(periods, Cut(category_id=knitwear.pk))
    with django_assert_num_queries(6):
        figures_of(periods, Cut())
    with django_assert_num_queries(2):
        figures_of(periods, Cut(), {Measure.STOCKOUT_DAYS})
