"""Promoted SKUs that ran out, weeks as they were recorded, and targets in force."""

from datetime import date, timedelta

import pytest

from marketing.tests.factories import make_campaign, make_door, make_mechanic, make_product
from scorecard.measures.choices import DayState, Measure, Slice
from scorecard.measures.figures import Cut, breakdown_of, figures_of
from scorecard.measures.queries import recorded_weeks, restatements_in
from scorecard.measures.spans import Span
from scorecard.measures.targets import target_of_span, targets_in_force
from scorecard.tests.factories import make_category, make_promoted_days, make_target, make_week
from sop_site.access.roles import Role
from sop_site.fiscal import WEEK, FiscalPeriod, PeriodKind

pytestmark = pytest.mark.django_db

WEEK_31 = FiscalPeriod(2026, PeriodKind.WEEK, 31)
IN, OUT, UNSEEN, CLOSED = DayState.IN_STOCK, DayState.OUT, DayState.NOT_SEEN, DayState.NOT_OFFERED


def incidence(period=WEEK_31, **cut):
    measure = Measure.STOCKOUT_INCIDENCE
    return figures_of([period], Cut(**cut), {measure})[0][measure]


class TestIncidence:
    @pytest.fixture
    def campaign(self, db):
        """Two weeks, of which the second is week 31."""
        make_week(WEEK_31.start)
        return make_campaign(starts_on=WEEK_31.start - WEEK, days=14)

    def days(self, campaign, *states, product=None, door=None):
        product, door = product or make_product(), door or make_door()
        make_promoted_days(campaign, product, door, states)
        return product

    def test_it_is_not_counted_unless_it_is_asked_for(self, campaign):
        assert Measure.STOCKOUT_INCIDENCE not in figures_of([WEEK_31], Cut())[0]

    def test_a_sku_is_out_if_it_was_on_one_day_at_one_door_of_one_campaign(self, campaign):
        product = self.days(campaign, *[IN] * 14)
        self.days(campaign, *[IN] * 13, OUT, product=product)
        other = make_campaign(starts_on=WEEK_31.start, days=7)
        self.days(other, OUT, *[IN] * 6, product=product)
        self.days(campaign, *[IN] * 14)
        self.days(campaign, *[IN] * 14)
        found = incidence()
        assert (found.value, found.n, found.n_of) == (1 / 3, 3, "promoted SKUs")

    def test_only_days_of_the_period_count(self, campaign):
        self.days(campaign, *[OUT] * 7, *[IN] * 7)
        assert incidence().value == 0.0
        make_week(WEEK_31.start - WEEK)
        assert incidence(WEEK_31 - 1).value == 1.0

    def test_of_a_campaign_that_begins_or_ends_within_the_period_its_own_days_count(self, campaign):
        late = make_campaign(starts_on=WEEK_31.end, days=10)
        self.days(late, OUT, *[IN] * 9)
        assert incidence().value == 1.0

    def test_days_that_no_night_saw_and_closed_doors_are_in_no_denominator(self, campaign):
        self.days(campaign, *[UNSEEN] * 14)
        self.days(campaign, *[OUT] * 7, *[CLOSED] * 7)
        assert incidence().missing == "No night has seen a promoted SKU."
        self.days(campaign, *[UNSEEN] * 10, IN, OUT)
        assert (incidence().value, incidence().n) == (1.0, 1)

    def test_by_category_region_channel_and_mechanic(self, campaign):
        cardigans, men = make_category("Women > Cardigans"), make_category("Men")
        south = make_door(region="South")
        online = make_door(region="", kind="ecommerce")
        self.days(campaign, *[OUT] * 14, product=make_product(category=cardigans))
        self.days(campaign, *[IN] * 14, product=make_product(category=men), door=south)
        feature = make_campaign(starts_on=WEEK_31.start, days=7, mechanic=make_mechanic("FEATURE"))
        self.days(feature, *[IN] * 7, product=make_product(), door=online)
        found = {
            by: [
                (part.label, part.figure.value)
                for part in breakdown_of(Measure.STOCKOUT_INCIDENCE, WEEK_31, Cut(), by)
            ]
            for by in Slice
        }
        assert found == {
            Slice.CATEGORY: [("Men", 0.0), ("Women", 1.0), ("Without category", 0.0)],
            Slice.REGION: [("North", 1.0), ("South", 0.0), ("Without region", 0.0)],
            Slice.CHANNEL: [("E-commerce", 0.0), ("Stores", 0.5)],
            Slice.MECHANIC: [("Feature", 0.0), ("Social", 0.5)],
        }
        assert incidence(category_id=make_category("Women").pk).n == 1
        assert incidence(region="South").n == 1
        assert incidence(channel="ecommerce").n == 1
        assert incidence(mechanic_id=feature.mechanic_id).n == 1

    def test_a_sku_that_goes_to_another_category_leaves_its_days_where_they_were(self, campaign):
        women = make_category("Women")
        product = self.days(campaign, *[OUT] * 14, product=make_product(category=women))
        product.category = make_category("Sale")
        product.save()
        assert (incidence(category_id=women.pk).n, incidence(category_id=product.category.pk).n) == (1, 0)

    def test_one_query_for_many_periods(self, campaign, django_assert_num_queries):
        with django_assert_num_queries(2):
            figures_of([WEEK_31 - ago for ago in range(8)], Cut(), {Measure.STOCKOUT_INCIDENCE})


class TestWeeks:
    def test_the_newest_edition_of_each_week_in_order_with_the_days_it_saw(self, user_of):
        start = WEEK_31.start
        make_week(start, taken_on=start + timedelta(days=2), has_stock=False)
        make_week(start - WEEK, is_newest=False)
        again = make_week(
            start - WEEK,
            edition=2,
            reason="A file came late.",
            restated_by=user_of(Role.EXECUTIVE),
            taken_on=start + WEEK,
        )
        found = recorded_weeks({start, start - WEEK, start - 2 * WEEK})
        assert [(week.start, week.days_seen, week.has_stock) for week in found] == [
            (start - WEEK, 7, True),
            (start, 2, False),
        ]
        assert list(restatements_in({start, start - WEEK})) == [again]


class TestTargets:
    DAY = date(2026, 8, 2)

    def test_the_newest_that_is_in_force(self, user_of):
        by = user_of(Role.EXECUTIVE)
        for value, day in ((0.1, date(2026, 2, 1)), (0.08, self.DAY), (0.05, date(2026, 8, 3))):
            make_target(Measure.STOCKOUT_DAYS, value, effective_from=day, by=by)
        assert targets_in_force(self.DAY) == {Measure.STOCKOUT_DAYS: 0.08}
        assert targets_in_force(date(2026, 1, 31)) == {}

    def test_a_category_s_own_before_the_one_above_it_however_old(self, user_of):
        by = user_of(Role.EXECUTIVE)
        women, knitwear = make_category("Women"), make_category("Women > Knitwear")
        make_target(Measure.TURN, 4.0, effective_from=date(2026, 8, 1), by=by)
        make_target(Measure.TURN, 5.0, effective_from=date(2026, 5, 1), by=by, category=women)
        make_target(Measure.TURN, 6.0, effective_from=date(2026, 2, 1), by=by, category=knitwear)
        make_target(Measure.GMROI, 1.0, effective_from=date(2026, 5, 1), by=by, category=women)
        assert targets_in_force(self.DAY) == {Measure.TURN: 4.0}
        assert targets_in_force(self.DAY, women.pk) == {Measure.TURN: 5.0, Measure.GMROI: 1.0}
        assert targets_in_force(self.DAY, knitwear.pk) == {Measure.TURN: 6.0, Measure.GMROI: 1.0}
        cardigans = make_category("Women > Knitwear > Cardigans")
        assert targets_in_force(self.DAY, cardigans.pk)[Measure.TURN] == 6.0
        assert targets_in_force(self.DAY, make_category("Men").pk) == {Measure.TURN: 4.0}

    def test_what_grows_with_the_period_is_of_a_quarter(self):
        weeks = WEEK_31.weeks + (WEEK_31 + 1).weeks
        span = Span.of(weeks, [])
        assert target_of_span(Measure.LOST_MARGIN, 13_000, span) == 2_000
        assert target_of_span(Measure.STOCKOUT_DAYS, 0.08, span) == 0.08
        make_week(WEEK_31.start, has_stock=False)
        make_week(WEEK_31.start + WEEK)
        span = Span.of(weeks, recorded_weeks({week.start for week in weeks}))
        assert target_of_span(Measure.GMROI, 1.3, span) == pytest.approx(0.1)
