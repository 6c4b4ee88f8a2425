"""The figures that the nights take, on a shop whose numbers can be worked out by hand."""

from datetime import date, timedelta

import numpy as np
import pytest
from django.db import connection

from marketing.campaigns.choices import CampaignStatus
from marketing.campaigns.models import Campaign
from marketing.catalogue.models import Door, Ranging
from marketing.tests.factories import (
    TODAY,
    make_campaign,
    make_dc,
    make_door,
    make_mechanic,
    make_past_promotion,
    make_product,
    range_at,
)
from planning.supply.models import StockPosition
from scorecard.measures.choices import DayState
from scorecard.measures.domain import see_promoted_days, take_snapshots, take_week
from scorecard.measures.models import PromotedDays, WeekDetail, WeekFact, WeekSnapshot
from scorecard.measures.outlook import OUTLOOK_WEEKS
from scorecard.measures.packing import unpacked_detail
from scorecard.measures.stock import StockOfWeek
from scorecard.tests.measures.cases import (
    LAST_WEEK,
    SATURDAY,
    Shop,
    detail_of,
    fact_of,
    make_shop,
    nights,
    sell,
    snapshot_of,
    stock,
)
from sop_site.clock import set_today
from sop_site.fiscal import WEEK, FiscalWeek

pytestmark = pytest.mark.django_db

MONDAY, WEDNESDAY, THURSDAY = (LAST_WEEK + timedelta(days=days) for days in (1, 3, 4))
STORES = {"region": "North", "channel": "stores"}
ONLINE = {"region": "", "channel": "ecommerce"}


@pytest.fixture
def shop(today) -> Shop:
    return make_shop()


def night(day: date) -> None:
    """What a night does before weeks are closed."""
    see_promoted_days(day)
    take_snapshots(day)


def days_of(fact: WeekFact) -> tuple[int, float, float]:
    return fact.sku_doors, fact.door_days, fact.out_door_days


def units_of(fact: WeekFact) -> tuple[float, float]:
    return fact.sold_units, fact.unmet_units


def test_seven_nights_count_the_days_and_the_sales_what_was_lost(shop):
    def before(day: date) -> None:
        stock(shop.crew, shop.first, 0.0 if day in (MONDAY, WEDNESDAY) else 10.0)

    nights(LAST_WEEK, SATURDAY, night, before=before)
    sell(shop.crew, shop.first, 10)
    sell(shop.crew, shop.online, 3, revenue=120)
    set_today(TODAY)
    night(TODAY)
    stores = fact_of(shop.tops, **STORES)
    assert (days_of(stores), units_of(stores)) == ((2, 14, 2), (10, 4))
    assert (stores.net_sales, stores.sales_at_cost, stores.margin, stores.markdown) == (500, 200, 300, 0)
    assert (stores.lost_revenue, stores.lost_margin) == (200, 120)
    assert (stores.opening_units, stores.closing_units, stores.closing_at_cost) == (20, 20, 400)
    online = fact_of(shop.tops, **ONLINE)
    assert (days_of(online), units_of(online)) == ((1, 7, 0), (3, 0))
    assert (online.net_sales, online.markdown) == (120, 30)
    total = fact_of(**STORES)
    assert (days_of(total), units_of(total)) == ((4, 28, 2), (10, 4))
    assert snapshot_of().has_stock
    assert snapshot_of().closed_at is None


def test_the_opening_is_the_first_night_and_the_closing_the_last(shop):
    def before(day: date) -> None:
        stock(shop.crew, shop.first, 30 - 2 * (day - LAST_WEEK).days)

    nights(LAST_WEEK, TODAY, night, before=before)
    detail = detail_of(shop.crew, shop.first)
    assert (detail.opening_units.tolist(), detail.closing_units.tolist()) == ([30], [18])
    assert (detail.seen_days.tolist(), detail.seen.tolist()) == ([7], [0b1111111])
    assert detail_of(shop.crew, shop.first, week=TODAY).opening_units.tolist() == [16]


def test_a_night_that_comes_twice_counts_its_day_once(shop):
    stock(shop.crew, shop.first, 0.0)
    for _ in range(2):
        set_today(WEDNESDAY)
        night(WEDNESDAY)
    assert days_of(fact_of(shop.tops, **STORES)) == (2, 2, 1)
    # The second count of a night stays.
    stock(shop.crew, shop.first, 5.0)
    night(WEDNESDAY)
    assert days_of(fact_of(shop.tops, **STORES)) == (2, 2, 0)
    assert WeekSnapshot.objects.count() == 2


def test_what_cannot_be_sold_is_out_and_a_negative_stock_is_kept_as_it_came(shop):
    stock(shop.crew, shop.first, -3.0)
    stock(shop.crew, shop.second, 4.0, unavailable_units=3, committed_units=1)
    set_today(MONDAY)
    night(MONDAY)
    stores = fact_of(shop.tops, **STORES)
    assert days_of(stores) == (2, 2, 2)
    # Less than nothing is no stock.
    assert (stores.opening_units, stores.opening_at_cost) == (4, 80)
    assert detail_of(shop.crew, shop.first).closing_units.tolist() == [-3]


def test_stock_that_nobody_knows_is_neither_in_nor_out(shop):
    StockPosition.objects.filter(product=shop.crew, door=shop.first).delete()
    set_today(MONDAY)
    night(MONDAY)
    assert days_of(fact_of(shop.tops, **STORES)) == (2, 1, 0)
    assert np.isnan(detail_of(shop.crew, shop.first).closing_units).all()


def test_an_unranged_door_sells_and_stands_in_no_denominator(shop):
    Ranging.objects.filter(product=shop.crew, door=shop.second).delete()
    stock(shop.crew, shop.second, 0.0)
    nights(LAST_WEEK, SATURDAY, night)
    sell(shop.crew, shop.second, 2)
    set_today(TODAY)
    night(TODAY)
    stores = fact_of(shop.tops, **STORES)
    assert (days_of(stores), units_of(stores)) == ((1, 7, 0), (2, 0))


def test_a_sku_that_was_delisted_in_the_week_counts_until_then(shop):
    def before(day: date) -> None:
        if day == WEDNESDAY:
            Ranging.objects.filter(product=shop.crew, door=shop.second).delete()

    nights(LAST_WEEK, SATURDAY, night, before=before)
    assert days_of(fact_of(shop.tops, **STORES)) == (2, 10, 0)


def test_a_door_that_closes_in_the_middle_of_the_week_counts_until_then(shop):
    def before(day: date) -> None:
        if day == WEDNESDAY:
            Door.objects.filter(pk=shop.second.pk).update(closed_on=WEDNESDAY)
            stock(shop.crew, shop.second, 0.0)

    nights(LAST_WEEK, SATURDAY, night, before=before)
    assert days_of(fact_of(shop.tops, **STORES)) == (2, 10, 0)


def test_a_node_that_sells_from_its_dc_is_out_when_the_dc_is(shop):
    dc = make_dc(region="")
    Door.objects.filter(pk=shop.online.pk).update(supplied_by=dc, sells_from_dc=True)
    StockPosition.objects.filter(door=shop.online).delete()
    stock(shop.crew, dc, 40.0)
    stock(shop.boot, dc, 0.0)
    set_today(MONDAY)
    night(MONDAY)
    assert days_of(fact_of(shop.tops, **ONLINE)) == (1, 1, 0)
    assert days_of(fact_of(shop.shoes, **ONLINE)) == (1, 1, 1)
    # What lies at the DC is stock of no channel.
    at_dc = fact_of(shop.tops, region="", channel="")
    assert (at_dc.sku_doors, at_dc.door_days, at_dc.closing_units, at_dc.closing_at_cost) == (0, 0, 40, 800)


def test_without_nights_the_sales_say_what_was_out_and_stock_is_unknown(shop):
    sell(shop.crew, shop.first, 10, out_of_stock_share=0.5)
    sell(shop.crew, shop.second, 6, observed_days=3)
    set_today(TODAY)
    night(TODAY)
    stores = fact_of(shop.tops, **STORES)
    assert (days_of(stores), units_of(stores)) == ((2, 10, 3.5), (16, 10))
    assert (stores.opening_units, snapshot_of().has_stock) == (0, False)


def test_a_sku_out_all_week_lost_its_baseline(shop):
    stock(shop.crew, shop.first, 0.0)
    nights(LAST_WEEK, SATURDAY, night)
    sell(shop.boot, shop.first, 1)
    set_today(TODAY)
    night(TODAY)
    assert units_of(fact_of(shop.tops, **STORES)) == (0, 14)


def test_before_its_sales_are_known_a_week_has_lost_nothing(shop):
    stock(shop.crew, shop.first, 0.0)
    set_today(MONDAY)
    night(MONDAY)
    assert units_of(fact_of(shop.tops, **STORES)) == (0, 0)


def test_a_promotion_at_one_door_in_a_part_of_the_week(shop):
    campaign = make_campaign(
        products=[shop.crew], doors=[shop.first], starts_on=THURSDAY, days=10, status=CampaignStatus.RUNNING
    )

    def before(day: date) -> None:
        stock(shop.crew, shop.first, 0.0 if day in (MONDAY, THURSDAY) else 10.0)

    nights(LAST_WEEK, SATURDAY, night, before=before)
    sell(shop.crew, shop.first, 10)
    set_today(TODAY)
    night(TODAY)
    promoted = fact_of(shop.tops, mechanic=campaign.mechanic, **STORES)
    other = fact_of(shop.tops, mechanic=None, **STORES)
    # In stock on two of three promoted days and on three of four others: two units on each.
    assert (days_of(promoted), units_of(promoted)) == ((1, 3, 1), (4, 2))
    assert (days_of(other), units_of(other)) == ((2, 11, 1), (6, 2))
    assert (promoted.opening_units, other.opening_units) == (0, 20)
    assert bytes(PromotedDays.objects.get().states) == bytes([2, 1, 1, 1, 0, 0, 0, 0, 0, 0])
    this_week = fact_of(shop.tops, week=TODAY, mechanic=campaign.mechanic, **STORES)
    assert days_of(this_week) == (1, 1, 0)


def test_promoted_days_say_where_the_sku_was_not_offered(shop):
    Ranging.objects.filter(product=shop.crew, door=shop.second).delete()
    Door.objects.filter(pk=shop.online.pk).update(closed_on=LAST_WEEK)
    stock(shop.boot, shop.first, 0.0)
    make_campaign(
        products=[shop.crew, shop.boot],
        doors=shop.doors,
        starts_on=LAST_WEEK,
        days=3,
        status=CampaignStatus.RUNNING,
    )
    StockPosition.objects.filter(product=shop.boot, door=shop.second).delete()
    assert see_promoted_days(MONDAY) == 5
    assert see_promoted_days(MONDAY) == 5
    seen = {(row.product_id, row.door_id): bytes(row.states) for row in PromotedDays.objects.all()}
    said = {
        (shop.crew, shop.first): DayState.IN_STOCK,
        (shop.crew, shop.second): DayState.NOT_OFFERED,
        (shop.crew, shop.online): DayState.NOT_OFFERED,
        (shop.boot, shop.first): DayState.OUT,
        (shop.boot, shop.online): DayState.NOT_OFFERED,
    }
    assert seen == {(sku.pk, door.pk): bytes([0, state, 0]) for (sku, door), state in said.items()}


def test_a_campaign_that_was_cancelled_counts_for_the_days_that_nights_saw(shop):
    campaign = make_campaign(
        products=[shop.crew], doors=[shop.first], starts_on=MONDAY, days=5, status=CampaignStatus.RUNNING
    )

    def before(day: date) -> None:
        if day == WEDNESDAY:
            Campaign.objects.filter(pk=campaign.pk).update(status=CampaignStatus.CANCELLED)

    nights(LAST_WEEK, TODAY, night, before=before)
    assert days_of(fact_of(shop.tops, mechanic=campaign.mechanic, **STORES)) == (1, 2, 0)
    assert days_of(fact_of(shop.tops, mechanic=None, **STORES)) == (2, 12, 0)


def test_promotions_of_the_past_count_too_and_none_twice(shop):
    feature = make_mechanic("FEATURE")
    make_past_promotion(shop.crew, shop.first, starts_on=LAST_WEEK - WEEK, weeks=2, mechanic=feature)
    make_past_promotion(shop.crew, shop.first, starts_on=LAST_WEEK, weeks=1, code="AGAIN", mechanic=feature)
    sell(shop.crew, shop.first, 7)
    set_today(TODAY)
    night(TODAY)
    promoted = fact_of(shop.tops, mechanic=feature, **STORES)
    assert (days_of(promoted), units_of(promoted)) == ((1, 7, 0), (7, 0))
    assert units_of(fact_of(shop.tops, mechanic=None, **STORES)) == (0, 0)


def test_a_53rd_week_is_a_week_like_any_other(shop):
    week = FiscalWeek(2023, 53).start
    sell(shop.crew, shop.first, 5, week=week)
    taken = take_week(week_start=week, stock=None, today=TODAY)
    assert (taken.week_start, taken.has_stock) == (week, False)
    assert units_of(fact_of(shop.tops, week=week, **STORES)) == (5, 0)


def test_a_week_of_the_past_is_taken_with_the_stock_that_is_given(shop):
    week = LAST_WEEK - 30 * WEEK
    sell(shop.crew, shop.first, 6, week=week)
    counted = StockOfWeek(
        product_ids=np.array([shop.crew.pk, shop.crew.pk]),
        door_ids=np.array([shop.first.pk, shop.second.pk]),
        opening=np.array([12.0, 8.0]),
        closing=np.array([6.0, np.nan]),
        seen=np.array([0b1111111, 0b0000011], dtype=np.uint8),
        out=np.array([0b1000000, 0b0000001], dtype=np.uint8),
    )
    for _ in range(2):
        take_week(week_start=week, stock=counted, today=TODAY)
    stores = fact_of(shop.tops, week=week, **STORES)
    assert (days_of(stores), units_of(stores)) == ((2, 9, 2), (6, 1))
    assert (stores.opening_units, stores.closing_units) == (20, 6)
    # Taken again without one, the week keeps what it was given.
    take_week(week_start=week, stock=None, today=TODAY)
    assert days_of(fact_of(shop.tops, week=week, **STORES)) == (2, 9, 2)


def test_the_outlook_is_what_the_week_itself_expected(shop):
    set_today(TODAY - timedelta(days=1))
    night(TODAY - timedelta(days=1))
    # The baselines of the tests begin with the week after.
    assert fact_of(shop.tops, **STORES).outlook_units == [28.0] * OUTLOOK_WEEKS
    assert fact_of(**ONLINE).outlook_units == [28.0] * OUTLOOK_WEEKS
    Ranging.objects.filter(product=shop.crew).delete()
    set_today(TODAY)
    night(TODAY)
    assert fact_of(shop.tops, **STORES).outlook_units == [28.0] * OUTLOOK_WEEKS


def test_what_the_sales_do_not_price_is_counted(shop):
    bare = make_product(unit_price=None, unit_cost=None, category=None)
    range_at(bare, shop.first)
    sell(bare, shop.first, 4, revenue=None, base_price=None)
    set_today(TODAY)
    night(TODAY)
    fact = WeekFact.objects.get(snapshot=snapshot_of(), is_total=False, category=None)
    assert (fact.sold_units, fact.net_sales, fact.unpriced_units, fact.uncosted_units) == (4, 0, 4, 4)
    assert fact_of(**STORES).unpriced_units == 4


def test_every_sku_door_stands_in_the_details_of_its_category(shop, monkeypatch):
    # Chunks of one SKU, so that a category goes on over several.
    monkeypatch.setattr("scorecard.measures.sources.CELLS_AT_ONCE", 3)
    polo = make_product(category=shop.tops)
    range_at(polo, shop.first)
    make_door(code="EMPTY")
    set_today(TODAY)
    night(TODAY)
    details = WeekDetail.objects.filter(snapshot=snapshot_of(TODAY))
    found = {row.category: unpacked_detail(row.packed) for row in details}
    assert {category: len(detail) for category, detail in found.items()} == {shop.tops: 4, shop.shoes: 3}
    assert {row.category: row.sku_doors for row in details} == {shop.tops: 4, shop.shoes: 3}
    assert sorted(set(found[shop.tops].product_ids.tolist())) == sorted([shop.crew.pk, polo.pk])


def test_a_week_that_fails_is_logged_and_the_others_are_taken(shop, caplog):
    with connection.cursor() as cursor:
        cursor.execute(
            "ALTER TABLE scorecard_weeksnapshot"
            f" ADD CONSTRAINT not_this_week CHECK (week_start <> '{LAST_WEEK}')"
        )
    assert [week.week_start for week in take_snapshots(TODAY)] == [TODAY]
    assert "FY26 W42 could not be taken" in caplog.text
