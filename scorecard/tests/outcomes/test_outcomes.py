"""What campaigns that ended came to, night after night: by hand, twice the same, closed for good."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.db.utils import IntegrityError
from django.test.utils import CaptureQueriesContext

from marketing.campaigns import domain as campaigns
from marketing.campaigns.choices import CampaignStatus as Status
from marketing.campaigns.models import Campaign, CampaignLine, CampaignResult
from marketing.catalogue.models import Product, Ranging
from marketing.tests.factories import (
    NOW,
    TODAY,
    make_campaign,
    make_fit,
    make_past_lift,
    set_limits,
    set_scopes,
)
from planning.supply.models import StockPosition
from scorecard.measures import domain as measures
from scorecard.measures.choices import DayState
from scorecard.outcomes import domain
from scorecard.outcomes.models import CampaignOutcome
from scorecard.tests.factories import close_week, make_promoted_days, make_week
from scorecard.tests.measures.cases import LAST_WEEK, make_shop, sell, stock
from sop_site.access.permissions import NotAllowed
from sop_site.access.roles import Role
from sop_site.fiscal import WEEK
from sop_site.operating_model.choices import ModelStatus
from sop_site.tests.operating_model.cases import make_version

IN, OUT, NOT_OFFERED = DayState.IN_STOCK, DayState.OUT, DayState.NOT_OFFERED


@pytest.fixture
def shop(today):
    return make_shop()


def ended(shop, **facts) -> Campaign:
    """A week of doubled CREW at both stores that ended yesterday, submitted eight weeks ahead."""
    plan = {
        "products": [shop.crew],
        "doors": [shop.first, shop.second],
        "status": Status.COMPLETED,
        "starts_on": LAST_WEEK,
        "days": 7,
        "submitted_at": NOW - timedelta(weeks=9),
    }
    return make_campaign(**plan | facts)


def recorded(campaign) -> CampaignOutcome:
    """What stands of it in the newest edition of its week."""
    return CampaignOutcome.objects.get(campaign=campaign, snapshot__is_newest=True)


class TestOneCampaign:
    def test_units_days_and_money_by_hand(self, shop):
        campaign = ended(shop)
        week = make_week(LAST_WEEK)
        # 30 sold in five days of stock: six a day, so that two days out lacked 12.
        make_promoted_days(campaign, shop.crew, shop.first, [IN] * 5 + [OUT] * 2)
        make_promoted_days(campaign, shop.crew, shop.second, [IN] * 7)
        sell(shop.crew, shop.first, 30)
        sell(shop.crew, shop.second, 40)
        CampaignResult.objects.create(
            campaign=campaign,
            entered_at=NOW,
            visits_target=1000,
            visits_actual=900,
            orders_actual=60,
            spend_actual=Decimal("820"),
        )
        assert domain.record_outcomes(TODAY) == 1
        outcome = recorded(campaign)
        assert outcome.snapshot == week
        assert (outcome.skus, outcome.doors, outcome.skus_out) == (1, 2, 1)
        assert (outcome.days, outcome.days_seen, outcome.days_out) == (14, 14, 2)
        assert (outcome.sold_units, outcome.unmet_units) == (pytest.approx(70), pytest.approx(12))
        # A baseline of 14 a week at each door, doubled in the plan.
        assert (outcome.baseline_units, outcome.planned_units) == (28, 56)
        assert outcome.uplift_units == pytest.approx(42)
        assert outcome.net_sales == pytest.approx(70 * 50)
        assert outcome.margin == pytest.approx(70 * 30)
        assert (outcome.lost_revenue, outcome.lost_margin) == (pytest.approx(600), pytest.approx(360))
        assert outcome.media_wasted == pytest.approx(820 * 12 / 82)
        assert (outcome.visits_target, outcome.orders_actual, outcome.revenue_actual) == (1000, 60, None)
        assert (outcome.is_late, outcome.submitted_weeks_ahead) == (False, pytest.approx(8))

    def test_weeks_are_shared_by_days(self, shop):
        # Wednesday to the Tuesday after: four days of one week and three of the next.
        campaign = ended(shop, starts_on=LAST_WEEK - timedelta(days=4), doors=[shop.first])
        make_week(LAST_WEEK)
        sell(shop.crew, shop.first, 70, week=LAST_WEEK - WEEK)
        sell(shop.crew, shop.first, 35)
        domain.record_outcomes(TODAY)
        outcome = recorded(campaign)
        assert outcome.sold_units == pytest.approx(70 * 4 / 7 + 35 * 3 / 7)
        assert outcome.baseline_units == pytest.approx(14)
        assert outcome.days == 7

    def test_a_measured_lift_says_the_baseline(self, shop):
        campaign = ended(shop)
        make_week(LAST_WEEK)
        sell(shop.crew, shop.first, 30)
        make_past_lift(
            shop.crew, fit=make_fit(), starts_on=LAST_WEEK, weeks=1, door_count=2, baseline_units=21.0
        )
        domain.record_outcomes(TODAY)
        outcome = recorded(campaign)
        assert (outcome.baseline_units, outcome.planned_units) == (21, 56)
        assert outcome.uplift_units == pytest.approx(9)

    def test_units_may_be_planned_as_such(self, shop):
        campaign = ended(shop)
        CampaignLine.objects.update(uplift_ratio=None, uplift_units=40)
        make_week(LAST_WEEK)
        domain.record_outcomes(TODAY)
        assert recorded(campaign).planned_units == 68

    def test_doors_without_the_sku_and_closed_days_count_nowhere(self, shop):
        Ranging.objects.filter(product=shop.crew, door=shop.second).delete()
        campaign = ended(shop)
        make_week(LAST_WEEK)
        make_promoted_days(campaign, shop.crew, shop.first, [NOT_OFFERED] * 3 + [IN] * 4)
        sell(shop.crew, shop.first, 30)
        domain.record_outcomes(TODAY)
        outcome = recorded(campaign)
        assert (outcome.days, outcome.days_seen, outcome.days_out) == (4, 4, 0)

    def test_what_has_no_source_is_none(self, shop):
        Product.objects.update(unit_price=None, unit_cost=None)
        campaign = ended(shop, submitted_at=NOW)
        make_week(LAST_WEEK)
        sell(shop.crew, shop.first, 30, revenue=None, base_price=None)
        domain.record_outcomes(TODAY)
        outcome = recorded(campaign)
        assert (outcome.margin, outcome.lost_revenue, outcome.lost_margin) == (None, None, None)
        assert (outcome.media_wasted, outcome.spend_actual) == (None, None)
        # Loaded after its start, so that nobody knows when it was submitted.
        assert (outcome.submitted_weeks_ahead, outcome.is_late) == (None, False)

    def test_what_nobody_counted_is_neither_in_stock_nor_out(self, shop):
        campaign = ended(shop)
        CampaignResult.objects.create(campaign=campaign, entered_at=NOW, spend_actual=Decimal("820"))
        make_week(LAST_WEEK)
        sell(shop.crew, shop.first, 30)
        domain.record_outcomes(TODAY)
        outcome = recorded(campaign)
        assert (outcome.days, outcome.days_seen, outcome.lost_margin, outcome.media_wasted) == (
            14,
            0,
            None,
            None,
        )
        # Once sales say of anything that it was out, those that say nothing were in stock.
        sell(shop.boot, shop.online, 5, out_of_stock_share=0.5)
        domain.record_outcomes(TODAY)
        outcome = recorded(campaign)
        assert (outcome.days_seen, outcome.days_out, outcome.lost_margin, outcome.media_wasted) == (
            7,
            0,
            0,
            0,
        )

    def test_late_is_less_than_the_decision_window_before_the_start(self, shop):
        late = ended(shop, submitted_at=NOW - timedelta(weeks=5))
        make_week(LAST_WEEK)
        domain.record_outcomes(TODAY)
        assert (recorded(late).is_late, recorded(late).submitted_weeks_ahead) == (True, pytest.approx(4))
        set_limits(decision_window_from_weeks=4)
        domain.record_outcomes(TODAY)
        assert not recorded(late).is_late
        window = {"decision_window_from_weeks": 5, "decision_window_to_weeks": 8}
        set_scopes({"category_path": "Apparel", **window})
        domain.record_outcomes(TODAY)
        assert recorded(late).is_late

    def test_late_is_what_the_operating_model_of_the_day_of_submission_says(self, shop, user_of):
        late = ended(shop, submitted_at=NOW - timedelta(weeks=5))
        week = make_week(LAST_WEEK)
        make_version(ModelStatus.ADOPTED, user_of, decision_window_from_weeks=4)
        domain.record_outcomes(TODAY)
        close_week(week)
        domain.restate_week(week_start=LAST_WEEK, by=user_of(Role.EXECUTIVE), reason="Sales came late.")
        assert [outcome.is_late for outcome in CampaignOutcome.objects.filter(campaign=late)] == [True] * 2


class TestLeftOver:
    def test_is_what_stands_above_the_target_cover_of_the_category(self, shop):
        campaign = ended(shop)
        make_week(LAST_WEEK)
        stock(shop.crew, shop.first, 100)
        Ranging.objects.filter(door=shop.first).update(presentation_minimum_units=4)
        # Three weeks of 14, and four on the shelf; the second store holds ten.
        domain.record_outcomes(TODAY)
        outcome = recorded(campaign)
        assert (outcome.leftover_units, outcome.leftover_at_cost) == (54, 54 * 20)
        set_scopes({"category_path": "Apparel", "target_cover_weeks": 2.0})
        domain.record_outcomes(TODAY)
        assert recorded(campaign).leftover_units == 68

    def test_is_counted_until_a_week_after_the_end_and_then_stays(self, shop):
        campaign = ended(shop)
        make_week(LAST_WEEK)
        for day, held, left in [(0, 100, 58), (6, 72, 30), (7, 62, 30), (9, 42, 30)]:
            stock(shop.crew, shop.first, held)
            domain.record_outcomes(TODAY + timedelta(days=day))
            assert recorded(campaign).leftover_units == left

    def test_is_none_without_stock(self, shop):
        campaign = ended(shop)
        make_week(LAST_WEEK)
        StockPosition.objects.all().delete()
        domain.record_outcomes(TODAY)
        assert (recorded(campaign).leftover_units, recorded(campaign).leftover_at_cost) == (None, None)


class TestNights:
    def test_twice_is_the_same(self, shop):
        ended(shop)
        make_week(LAST_WEEK)
        sell(shop.crew, shop.first, 30)
        domain.record_outcomes(TODAY)
        before = list(CampaignOutcome.objects.values())
        domain.record_outcomes(TODAY)
        assert list(CampaignOutcome.objects.values()) == before

    def test_only_campaigns_that_ran_and_ended_in_the_week(self, shop):
        make_week(LAST_WEEK)
        ended(shop, status=Status.REJECTED)
        ended(shop, status=Status.CANCELLED)
        ended(shop, starts_on=LAST_WEEK - WEEK)
        ended(shop, starts_on=LAST_WEEK + timedelta(days=1))
        approved = ended(shop, status=Status.APPROVED)
        assert domain.record_outcomes(TODAY) == 1
        assert [outcome.campaign for outcome in CampaignOutcome.objects.all()] == [approved]

    def test_what_no_longer_belongs_goes(self, shop):
        campaign = ended(shop)
        make_week(LAST_WEEK)
        domain.record_outcomes(TODAY)
        Campaign.objects.filter(pk=campaign.pk).update(status=Status.CANCELLED)
        assert domain.record_outcomes(TODAY) == 0
        assert not CampaignOutcome.objects.exists()

    def test_a_closed_week_stays_as_it_is(self, shop, user_of):
        campaign, by = ended(shop), user_of(Role.MARKETING_MEMBER)
        week = make_week(LAST_WEEK)
        domain.record_outcomes(TODAY)
        close_week(week)
        campaigns.enter_results(campaign=campaign, changes={"visits_actual": 900}, by=by)
        assert domain.record_outcomes(TODAY) == 0
        assert recorded(campaign).visits_actual is None
        with pytest.raises(IntegrityError, match="A closed week does not change"), transaction.atomic():
            CampaignOutcome.objects.update(visits_actual=900)

    def test_a_restatement_takes_what_was_entered_late_and_keeps_the_stock(self, shop, user_of):
        campaign, by = ended(shop), user_of(Role.MARKETING_MEMBER)
        week = make_week(LAST_WEEK)
        stock(shop.crew, shop.first, 100)
        domain.record_outcomes(TODAY)
        close_week(week)
        campaigns.enter_results(campaign=campaign, changes={"visits_actual": 900}, by=by)
        stock(shop.crew, shop.first, 500)
        lead = user_of(Role.PLANNING_LEAD)
        restated = domain.restate_week(week_start=LAST_WEEK, by=lead, reason="Visits came late.")
        assert (restated.edition, restated.closed_at is not None) == (2, True)
        outcome = recorded(campaign)
        assert (outcome.snapshot, outcome.visits_actual, outcome.leftover_units) == (restated, 900, 58)
        assert CampaignOutcome.objects.get(snapshot=week).visits_actual is None
        with pytest.raises(NotAllowed):
            domain.restate_week(week_start=LAST_WEEK, by=by, reason="Again")

    def test_campaigns_cost_no_further_queries(self, shop):
        make_week(LAST_WEEK)
        counts = []
        for _ in range(3):
            ended(shop)
            with CaptureQueriesContext(
                connection,
            ) as queries:
                domain.record_outcomes(TODAY)
            counts.append(len(queries))
        assert len(set(counts)) == 1, counts

    def test_the_night_takes_weeks_and_their_campaigns(self, shop):
        campaign = ended(shop)
        sell(shop.crew, shop.first, 30)
        measures.take_snapshots(TODAY)
        domain.record_outcomes(TODAY)
        assert recorded(campaign).snapshot.week_start == LAST_WEEK
        assert recorded(campaign).sold_units == pytest.approx(30)
