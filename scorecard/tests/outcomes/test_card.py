"""The whole card: both functions' figures, last year, targets, trends, and what is green."""

from datetime import timedelta

import pytest

from marketing.campaigns.choices import Channel
from marketing.tests.factories import make_campaign, make_mechanic
from planning.consensus.choices import Layer
from scorecard.measures.choices import Measure, Slice
from scorecard.measures.cut import Cut
from scorecard.measures.figure import Figure
from scorecard.outcomes.card import Verdict, breakdown_of, card_of, figures_of, verdict_of
from scorecard.tests.factories import (
    make_accuracy,
    make_category,
    make_fact,
    make_outcome,
    make_process,
    make_target,
    make_week,
)
from sop_site.access.roles import Role
from sop_site.fiscal import WEEK, FiscalPeriod, PeriodKind

pytestmark = pytest.mark.django_db

WEEK_31 = FiscalPeriod(2026, PeriodKind.WEEK, 31)
Q3 = FiscalPeriod(2026, PeriodKind.QUARTER, 3)


def line(measure, period=WEEK_31, cut=None, **options):
    return next(line for line in card_of(period, cut or Cut(), **options) if line.measure == measure)


def figure(measure, **cut):
    return figures_of([WEEK_31], Cut(**cut), {measure})[0][measure]


def made_week(start, **facts):
    week = make_week(start)
    make_fact(week, **facts)
    return week


class TestOutcomes:
    @pytest.fixture
    def week(self, db):
        return make_week(WEEK_31.start)

    def test_visits_conversion_and_revenue_of_the_campaigns_that_say_them(self, week):
        make_outcome(
            week,
            make_campaign(),
            visits_target=1000,
            visits_actual=900,
            orders_actual=90,
            revenue_target=5000,
            revenue_actual=6000,
        )
        make_outcome(week, make_campaign(), visits_target=500, visits_actual=600, orders_actual=10)
        make_outcome(week, make_campaign(), visits_target=9999)
        visits = figure(Measure.VISITS)
        assert (visits.value, visits.n, visits.n_of) == (1.0, 2, "campaigns that ended")
        assert visits.note == "1 of 3 campaigns lack visits and a plan of them."
        assert figure(Measure.CONVERSION).value == 100 / 1500
        assert (figure(Measure.REVENUE).value, figure(Measure.REVENUE).n) == (1.2, 1)

    def test_no_campaign_and_none_that_says_it(self, week):
        assert figure(Measure.VISITS).missing == "No campaign ended in these weeks."
        make_outcome(week, make_campaign())
        assert figure(Measure.VISITS).missing == "No campaign that ended has visits and a plan of them."

    def test_late_submissions_are_of_those_submitted(self, week):
        make_outcome(week, make_campaign(), is_late=True, submitted_weeks_ahead=2.0)
        make_outcome(week, make_campaign())
        make_outcome(week, make_campaign(), submitted_weeks_ahead=None)
        late = figure(Measure.LATE_SUBMISSIONS)
        assert (late.value, late.n) == (0.5, 2)

    def test_by_channel_and_mechanic_of_the_campaign(self, week):
        feature = make_mechanic("FEATURE")
        plan = {"visits_target": 100}
        make_outcome(week, make_campaign(mechanic=feature), visits_actual=50, **plan)
        online = make_campaign(channel=Channel.ECOMMERCE)
        make_outcome(week, online, visits_actual=150, **plan)
        assert figure(Measure.VISITS, mechanic_id=feature.pk).value == 0.5
        assert figure(Measure.VISITS, channel="ecommerce").value == 1.5
        assert figure(Measure.VISITS, region="North").missing == "Not kept by region."
        parts = breakdown_of(Measure.VISITS, WEEK_31, Cut(), Slice.CHANNEL)
        assert [(part.key, part.label, part.figure.value) for part in parts] == [
            ("ecommerce", "E-commerce", 1.5),
            (None, "Stores and e-commerce", 0.5),
        ]
        parts = breakdown_of(Measure.VISITS, WEEK_31, Cut(), Slice.MECHANIC)
        assert (parts[0].key, parts[0].figure.value) == (feature.pk, 0.5)
        with pytest.raises(ValueError, match="not kept by region"):
            breakdown_of(Measure.VISITS, WEEK_31, Cut(), Slice.REGION)


class TestCard:
    def test_every_measure_in_its_order_and_the_incidence_on_request(self):
        lines = card_of(WEEK_31, Cut())
        assert [line.measure for line in lines] == [
            measure for measure in Measure if measure != Measure.STOCKOUT_INCIDENCE
        ]
        assert {line.verdict for line in lines} == {Verdict.NO_DATA}
        lines = card_of(WEEK_31, Cut(), with_incidence=True)
        assert [line.measure for line in lines] == list(Measure)

    def test_the_trend_ends_with_the_period(self):
        for ago in range(3):
            made_week(WEEK_31.start - ago * WEEK, door_days=10, out_door_days=ago)
        of_rate = line(Measure.STOCKOUT_DAYS_OTHER, trend_periods=4)
        assert [figure.value for figure in of_rate.trend] == [None, 0.2, 0.1, 0.0]
        assert of_rate.trend[-1] == of_rate.actual

    def test_last_year_is_of_the_restated_weeks(self):
        # FY2023 has 53 weeks, so that week 31 of FY2024 is compared with its week 32.
        after = FiscalPeriod(2024, PeriodKind.WEEK, 31)
        made_week(after.start, door_days=10, out_door_days=1)
        made_week(FiscalPeriod(2023, PeriodKind.WEEK, 31).start, door_days=10, out_door_days=5)
        made_week(FiscalPeriod(2023, PeriodKind.WEEK, 32).start, door_days=10, out_door_days=3)
        assert line(Measure.STOCKOUT_DAYS_OTHER, after).last_year.value == 0.3

    def test_last_year_of_a_period_that_goes_on_is_of_as_many_weeks(self):
        for year, out in ((2026, 1), (2025, 2)):
            for week in FiscalPeriod(year, PeriodKind.QUARTER, 3).weeks[: 5 if year == 2026 else 13]:
                made_week(week.start, door_days=10, out_door_days=out)
        of_rate = line(Measure.STOCKOUT_DAYS_OTHER, Q3)
        assert (of_rate.actual.n, of_rate.actual.is_partial) == (50, True)
        assert (of_rate.last_year.n, of_rate.last_year.is_partial) == (50, False)
        assert of_rate.last_year.note == "The same weeks as this year: 5 of 13."

    def test_last_year_of_which_weeks_are_missing_is_named_and_none_of_what_grows_with_them(self):
        mechanic = make_mechanic()
        for year, count in ((2026, 13), (2025, 4)):
            for week in FiscalPeriod(year, PeriodKind.QUARTER, 3).weeks[:count]:
                made_week(week.start, mechanic=mechanic, door_days=10, unmet_units=1, lost_margin=9)
        rate, lost = line(Measure.STOCKOUT_DAYS, Q3), line(Measure.LOST_MARGIN, Q3)
        said = "Recorded are 4 of these 13 weeks."
        assert (rate.last_year.value, rate.last_year.is_partial, rate.last_year.note) == (0.0, True, said)
        assert (lost.actual.value, lost.last_year.value, lost.last_year.missing) == (117, None, said)

    def test_the_target_in_force_when_the_period_begins(self, user_of):
        by = user_of(Role.EXECUTIVE)
        made_week(WEEK_31.start, door_days=10, out_door_days=1)
        make_target(Measure.STOCKOUT_DAYS_OTHER, 0.2, effective_from=WEEK_31.start, by=by)
        make_target(Measure.STOCKOUT_DAYS_OTHER, 0.01, effective_from=WEEK_31.end, by=by)
        of_rate = line(Measure.STOCKOUT_DAYS_OTHER)
        assert (of_rate.target, of_rate.verdict) == (0.2, Verdict.GOOD)

    def test_the_target_of_what_grows_is_that_of_the_weeks_there_are(self, user_of):
        by = user_of(Role.EXECUTIVE)
        mechanic = make_mechanic()
        for week in Q3.weeks[:3]:
            made_week(week.start, mechanic=mechanic, door_days=10, unmet_units=1, lost_margin=100)
        make_week(Q3.weeks[3].start, taken_on=Q3.weeks[3].start + timedelta(days=3))
        make_target(Measure.LOST_MARGIN, 1300, effective_from=Q3.start, by=by)
        lost = line(Measure.LOST_MARGIN, Q3)
        assert (lost.actual.value, lost.verdict) == (300, Verdict.GOOD)
        assert lost.target == pytest.approx(100 * (3 + 3 / 7))

    def test_no_region_is_held_against_a_turn_with_the_stock_of_the_dcs(self, user_of):
        make_target(Measure.TURN, 4.0, effective_from=Q3.start, by=user_of(Role.EXECUTIVE))
        made_week(WEEK_31.start, region="North", sales_at_cost=10, opening_at_cost=20, closing_at_cost=20)
        north = line(Measure.TURN, cut=Cut(region="North"))
        assert (line(Measure.TURN).target, north.target, north.verdict) == (4.0, None, Verdict.NO_TARGET)

    def test_a_category_has_its_own_target(self, user_of):
        by, women = user_of(Role.EXECUTIVE), make_category("Women")
        make_target(Measure.TURN, 4.0, effective_from=Q3.start, by=by)
        make_target(Measure.TURN, 6.0, effective_from=Q3.start, by=by, category=women)
        assert line(Measure.TURN, Q3).target == 4.0
        assert line(Measure.TURN, Q3, Cut(category_id=women.pk)).target == 6.0

    @pytest.mark.parametrize("weeks", [1, 3])
    def test_the_same_queries_for_one_week_and_for_three(self, weeks, django_assert_num_queries, user_of):
        women = make_category("Women")
        for ago in range(weeks):
            week = make_week(WEEK_31.start - ago * WEEK)
            make_fact(week, category=women, closing_units=10, outlook_units=[5])
            make_accuracy(week, category=women, errors={Layer.CONSENSUS: 1.0})
            make_process(week, make_campaign(), category=women, risks=1)
            make_outcome(week, make_campaign())
            make_target(Measure.TURN, 4, effective_from=week.week_start, by=user_of(Role.EXECUTIVE))
        # Weeks, categories, week facts, outlooks, accuracy, process and its lead times; outcomes; targets, of
        # the category and of what is above it.
        with django_assert_num_queries(10):
            card_of(WEEK_31, Cut(category_id=women.pk), trend_periods=3)
        with django_assert_num_queries(8):
            card_of(WEEK_31, Cut(), trend_periods=3)


@pytest.mark.parametrize(
    ("measure", "value", "target", "verdict"),
    [
        (Measure.STOCKOUT_DAYS, 0.08, 0.08, Verdict.GOOD),
        (Measure.STOCKOUT_DAYS, 0.081, 0.08, Verdict.BAD),
        (Measure.TURN, 4.0, 4.0, Verdict.GOOD),
        (Measure.TURN, 3.9, 4.0, Verdict.BAD),
        (Measure.BIAS, -0.03, 0.05, Verdict.GOOD),
        (Measure.BIAS, -0.06, 0.05, Verdict.BAD),
        (Measure.WEEKS_BACK, 4.0, 6.0, Verdict.NOT_JUDGED),
        (Measure.TURN, 4.0, None, Verdict.NO_TARGET),
    ],
)
def test_the_verdict_follows_the_way_that_is_better(measure, value, target, verdict):
    assert verdict_of(Figure(measure, value, 1, "weeks"), target) == verdict


@pytest.mark.parametrize("target", [None, 0.0, 1.0])
def test_no_data_is_never_green(target):
    verdicts = [verdict_of(Figure.none(measure, "Nothing was known."), target) for measure in Measure]
    assert verdicts == [Verdict.NO_DATA] * len(Measure)
