"""A week closes for good; a late correction is listed, and restated with its reason by somebody who may."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from marketing.catalogue.models import Category, Product
from marketing.sales.models import WeeklySales
from marketing.tests.factories import TODAY, make_past_promotion, set_limits
from planning.supply.models import StockPosition
from scorecard.measures.choices import Measure
from scorecard.measures.cut import Cut
from scorecard.measures.domain import (
    close_due_weeks,
    close_weeks_until,
    restate_week,
    take_snapshots,
    take_week,
)
from scorecard.measures.domain.snapshots import open_weeks
from scorecard.measures.figures import figures_of
from scorecard.measures.late_changes import weeks_changed_since_close
from scorecard.measures.models import AccuracyFact, ProcessFact, WeekDetail, WeekFact, WeekSnapshot
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
)
from sop_site.access.permissions import NotAllowed, NotNow
from sop_site.access.roles import Role
from sop_site.clock import set_today
from sop_site.fiscal import WEEK, FiscalPeriod, PeriodKind

pytestmark = pytest.mark.django_db

DUE = SATURDAY + timedelta(days=8)
STORES = {"region": "North", "channel": "stores"}
WEEK_42 = FiscalPeriod.of(PeriodKind.WEEK, LAST_WEEK)


@pytest.fixture
def shop(today) -> Shop:
    return make_shop()


@pytest.fixture
def closed(shop) -> WeekSnapshot:
    """A week that two nights saw, in which the crew sold 10 at the first door; closed on its day."""
    nights(SATURDAY - timedelta(days=1), SATURDAY, take_snapshots)
    sell(shop.crew, shop.first, 10)
    set_today(DUE)
    take_snapshots(DUE)
    close_due_weeks(DUE)
    return snapshot_of()


def test_a_week_closes_once_its_days_for_corrections_have_passed(shop):
    take_snapshots(TODAY)
    assert close_due_weeks(DUE - timedelta(days=1)) == []
    assert [week.week_start for week in close_due_weeks(DUE)] == [LAST_WEEK]
    closed_at = snapshot_of().closed_at
    assert closed_at is not None
    assert close_due_weeks(DUE) == []
    assert snapshot_of().closed_at == closed_at
    assert snapshot_of(TODAY).closed_at is None


def test_how_long_it_stays_open_is_the_operating_models(shop):
    take_snapshots(TODAY)
    set_limits(closing_days=0)
    assert close_due_weeks(SATURDAY) == []
    assert [week.week_start for week in close_due_weeks(SATURDAY + timedelta(days=1))] == [LAST_WEEK]


def test_with_a_quarter_its_weeks_close_whatever_the_days_for_corrections(shop):
    take_snapshots(TODAY)
    assert [week.week_start for week in close_weeks_until(SATURDAY)] == [LAST_WEEK]
    assert close_weeks_until(SATURDAY) == []


def test_open_are_the_weeks_after_the_newest_closed_one(closed):
    assert open_weeks(DUE) == [TODAY, TODAY + WEEK]
    # Nights that did not come are made up for.
    assert open_weeks(TODAY + 3 * WEEK) == [TODAY + weeks * WEEK for weeks in range(4)]


def test_where_none_is_closed_this_week_and_the_one_before_are_open_and_those_taken_earlier(today):
    assert open_weeks(TODAY) == [LAST_WEEK, TODAY]
    take_week(week_start=TODAY, stock=None, today=TODAY)
    assert open_weeks(TODAY) == [LAST_WEEK, TODAY]
    take_week(week_start=LAST_WEEK - 2 * WEEK, stock=None, today=TODAY)
    assert open_weeks(TODAY) == [LAST_WEEK - 2 * WEEK, LAST_WEEK - WEEK, LAST_WEEK, TODAY]


def test_the_database_refuses_to_change_a_closed_week(closed, shop):
    facts = WeekFact.objects.filter(snapshot=closed)
    added = {"snapshot": closed, "is_total": True, "channel": "stores", "region": "South"}
    attempts = [
        lambda: facts.update(sold_units=0),
        lambda: facts.delete(),
        lambda: WeekFact.objects.create(**added),
        lambda: WeekDetail.objects.filter(snapshot=closed).delete(),
        lambda: ProcessFact.objects.bulk_create([]) or facts.filter(is_total=True).delete(),
    ]
    for attempt in attempts:
        with pytest.raises(IntegrityError, match="A closed week does not change"), transaction.atomic():
            attempt()


def test_what_a_cut_of_a_closed_week_is_of_stays_when_the_catalogue_changes(closed, shop):
    def on_hand():
        (figures,) = figures_of([WEEK_42], Cut(category_id=shop.tops.pk), {Measure.SELL_THROUGH})
        return figures[Measure.SELL_THROUGH].n

    before = on_hand()
    for move in ({"parent": shop.shoes}, {"path": "Sale > Tops"}):
        with pytest.raises(IntegrityError, match="A category does not move"), transaction.atomic():
            Category.objects.filter(pk=shop.tops.pk).update(**move)
    # A product file that says another path leads its SKUs to another category.
    Product.objects.update(category=Category.objects.create(path="Sale", name="Sale"))
    assert on_hand() == before == 30


def test_the_nights_leave_a_closed_week_alone(closed, shop):
    taken_at = closed.taken_at
    WeeklySales.objects.update(units=99)
    take_snapshots(DUE)
    assert fact_of(**STORES).sold_units == 10
    assert snapshot_of().taken_at == taken_at
    with pytest.raises(NotNow, match="FY26 W42 is closed"):
        take_week(week_start=LAST_WEEK, stock=None, today=DUE)


def test_a_late_correction_of_the_sales_is_listed(closed, shop):
    close_due_weeks(DUE)
    assert list(weeks_changed_since_close()) == []
    sold = WeeklySales.objects.get(product=shop.crew)
    for change in ({"units": Decimal("9")}, {"out_of_stock_share": 0.5}, {"revenue": None}):
        WeeklySales.objects.filter(pk=sold.pk).update(**change)
        close_due_weeks(DUE)
        assert [week.week_start for week in weeks_changed_since_close()] == [LAST_WEEK]
        WeeklySales.objects.filter(pk=sold.pk).update(units=10, out_of_stock_share=0, revenue=500)
        # Put right again, it is no longer listed.
        close_due_weeks(DUE)
        assert list(weeks_changed_since_close()) == []
    sell(shop.boot, shop.second, 1)
    close_due_weeks(DUE)
    assert [week.changed_on for week in weeks_changed_since_close()] == [DUE]


def test_of_older_weeks_each_is_looked_at_on_one_night_of_the_week(closed, shop):
    week_after = DUE + WEEK
    assert [week.week_start for week in close_due_weeks(week_after)] == [TODAY]
    WeeklySales.objects.update(units=11)
    for day in range(1, 8):
        close_due_weeks(week_after + timedelta(days=day))
    assert [week.week_start for week in weeks_changed_since_close()] == [LAST_WEEK]
    # A correction is no longer looked for a quarter after its week.
    WeeklySales.objects.update(units=10)
    for day in range(7):
        close_due_weeks(LAST_WEEK + 14 * WEEK + timedelta(days=day))
    assert [week.week_start for week in weeks_changed_since_close()] == [LAST_WEEK]


def test_so_is_a_promotion_that_was_told_of_late_but_not_a_price(closed, shop):
    Product.objects.update(unit_cost=1)
    close_due_weeks(DUE)
    assert list(weeks_changed_since_close()) == []
    make_past_promotion(shop.crew, shop.first, starts_on=LAST_WEEK, weeks=2)
    close_due_weeks(DUE)
    assert [week.week_start for week in weeks_changed_since_close()] == [LAST_WEEK]


def test_a_restatement_is_a_further_edition_and_the_earlier_one_stays(closed, shop, user_of):
    WeeklySales.objects.filter(product=shop.crew).update(units=12, revenue=600)
    StockPosition.objects.update(on_hand_units=0)
    close_due_weeks(DUE)
    by = user_of(Role.PLANNING_LEAD)
    restated = restate_week(week_start=LAST_WEEK, by=by, reason=" The till of N1 was late. ")
    assert (restated.edition, restated.is_newest, restated.reason) == (2, True, "The till of N1 was late.")
    assert restated.restated_by == by
    assert restated.closed_at is not None
    assert list(weeks_changed_since_close()) == []
    assert (fact_of(**STORES).sold_units, fact_of(**STORES).net_sales) == (12, 600)
    # Its stock is what its own nights counted.
    assert (fact_of(**STORES).door_days, fact_of(**STORES).out_door_days) == (8, 0)
    assert detail_of(shop.crew, shop.first).opening_units.tolist() == [10]
    closed.refresh_from_db()
    earlier = WeekFact.objects.get(snapshot=closed, is_total=True, **STORES)
    assert (closed.is_newest, earlier.sold_units) == (False, 10)
    assert fact_of(**STORES).outlook_units == earlier.outlook_units != []
    with pytest.raises(IntegrityError, match="A closed week does not change"), transaction.atomic():
        restated.facts.all().delete()
    assert restate_week(week_start=LAST_WEEK, by=by, reason="Again").edition == 3


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.PLANNING_LEAD, Role.EXECUTIVE)])
def test_others_may_not_restate(today, user_of, role):
    with pytest.raises(NotAllowed):
        restate_week(week_start=LAST_WEEK, by=user_of(role), reason="Late sales")


def test_a_restatement_needs_a_closed_week_and_a_reason(closed, user_of):
    by = user_of(Role.EXECUTIVE)
    with pytest.raises(NotNow, match="needs its reason"):
        restate_week(week_start=LAST_WEEK, by=by, reason="  ")
    with pytest.raises(NotNow, match="FY26 W43 is not closed"):
        restate_week(week_start=TODAY, by=by, reason="Late sales")
    with pytest.raises(NotNow, match="FY26 W33 is not closed"):
        restate_week(week_start=LAST_WEEK - 9 * WEEK, by=by, reason="Late sales")
    assert AccuracyFact.objects.count() == 0
