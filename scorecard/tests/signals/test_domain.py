"""A SKU out of its limits is a signal once, stays until it is decided, and rises again for a reason."""

from datetime import timedelta

import numpy as np
import pytest

from marketing.campaigns.choices import CampaignStatus
from marketing.tests.factories import TODAY, make_campaign, make_product, set_limits
from planning.tests.consensus.cases import make_block, make_version, publish
from scorecard.measures.domain import take_week
from scorecard.signals.domain import decide_signal, read_signals
from scorecard.signals.held import weeks_of_sku
from scorecard.signals.models import DemandSignal, DemandWeek, DemandWeekPart
from scorecard.signals.queries import exceptions_of_week, open_signals, signals_of
from scorecard.signals.sku_page import sku_page
from scorecard.tests.measures.cases import LAST_WEEK, make_shop, sell
from scorecard.tests.signals.cases import hold, hold_weeks, make_published
from sop_site.access.permissions import NotAllowed, NotNow
from sop_site.access.roles import Role
from sop_site.fiscal import WEEK, month_of

pytestmark = pytest.mark.django_db

OUT = [(40.0, 30.0)] * 8
WITHIN = [(30.0, 30.0)] * 8


@pytest.fixture
def crew(today):
    return make_product(sku="CREW")


@pytest.fixture
def version(today):
    return make_published()


@pytest.fixture
def planner(today, client_of):
    return client_of(Role.PLANNING_MEMBER)


def told() -> list[tuple]:
    """All signals, the newest last: SKU, status, tracking signal, weeks on one side."""
    rows = DemandSignal.objects.order_by("pk").select_related("product")
    return [(row.product.sku, row.status, round(row.tracking_signal, 1), row.side_weeks) for row in rows]


def test_a_sku_out_of_its_limits_is_a_signal_once(version, crew):
    polo = make_product(sku="POLO")
    hold_weeks(version, {crew: OUT, polo: WITHIN}, promoted=[crew])
    for night in range(2):
        read_signals(TODAY + timedelta(days=night))
    assert told() == [("CREW", "open", 8.0, 8)]
    signal = DemandSignal.objects.get()
    assert (signal.opened_on, signal.last_week_start, signal.is_promoted) == (TODAY, LAST_WEEK, True)
    assert (signal.error_units, signal.error_money) == (80, 80 * float(crew.unit_price))
    assert signal.words == "Sells 33% above the forecast for eight weeks, tracking signal +8.0"
    assert signal.main_region == "North"


def test_the_limits_are_those_of_the_operating_model(version, crew, planner):
    hold_weeks(version, {crew: OUT})
    set_limits(demand_signal_limit=8.5)
    read_signals(TODAY)
    assert told() == []
    page = planner.get("/scorecard/signals/").context["page"]
    assert (page.limit_words, page.least_share_words) == ("±8.5", "15%")
    set_limits(demand_signal_limit=7.5, demand_signal_least_share=0.4)
    read_signals(TODAY)
    assert told() == []
    set_limits(demand_signal_least_share=0.3)
    read_signals(TODAY)
    assert told() == [("CREW", "open", 8.0, 8)]


def test_it_stays_until_it_is_decided_also_when_the_sales_come_back(version, crew, user_of):
    hold_weeks(version, {crew: OUT})
    read_signals(TODAY)
    for place in range(1, 8):
        hold({crew: (18, 30)}, week=LAST_WEEK + place * WEEK, version=version)
        read_signals(TODAY + place * WEEK)
    signal = DemandSignal.objects.get()
    assert (signal.status, signal.within_since) == ("open", LAST_WEEK + 4 * WEEK)
    assert abs(signal.tracking_signal) <= 4
    decide_signal(signal=signal, by=user_of(Role.PLANNING_MEMBER), text="A heat wave; it is over.")
    assert told()[0][1] == "decided"
    assert list(open_signals()) == []


def test_a_decided_one_rises_again_once_it_has_been_back_or_grew_by_half(version, crew, user_of):
    hold_weeks(version, {crew: OUT})
    read_signals(TODAY)
    decide_signal(signal=DemandSignal.objects.get(), by=user_of(Role.PLANNING_LEAD), text="Wait two weeks.")
    for place in (1, 2, 3):
        hold({crew: (40, 30)}, week=LAST_WEEK + place * WEEK, version=version)
        read_signals(TODAY + place * WEEK)
        assert len(told()) == 1, "110 units missed are not half more than 80"
    hold({crew: (40, 30)}, week=LAST_WEEK + 4 * WEEK, version=version)
    read_signals(TODAY + 4 * WEEK)
    assert [row[1] for row in told()] == ["decided", "open"]
    decide_signal(signal=open_signals().get(), by=user_of(Role.PLANNING_LEAD), text="More was bought.")
    hold_weeks(version, {crew: WITHIN * 2}, last=LAST_WEEK + 6 * WEEK)
    read_signals(TODAY + 6 * WEEK)
    assert signals_of(crew).first().within_since == LAST_WEEK + 6 * WEEK
    hold_weeks(version, {crew: WITHIN + [(42.0, 30.0)] * 6}, last=LAST_WEEK + 7 * WEEK)
    read_signals(TODAY + 7 * WEEK)
    assert [row[1] for row in told()] == ["decided", "decided", "open"]


def test_who_decides_says_so_once_and_in_a_sentence(version, crew, user_of):
    hold_weeks(version, {crew: OUT})
    read_signals(TODAY)
    signal = DemandSignal.objects.get()
    with pytest.raises(NotAllowed):
        decide_signal(signal=signal, by=user_of(Role.MARKETING_MEMBER), text="No.")
    with pytest.raises(NotNow, match="Say in a sentence"):
        decide_signal(signal=signal, by=user_of(Role.PLANNING_MEMBER), text=" ")
    decide_signal(signal=signal, by=user_of(Role.MERCHANDISING_LEAD), text=" Raise December. ")
    with pytest.raises(NotNow, match="decided this on"):
        decide_signal(signal=signal, by=user_of(Role.PLANNING_MEMBER), text="Again.")
    signal.refresh_from_db()
    assert (signal.decision, signal.decided_by) == ("Raise December.", user_of(Role.MERCHANDISING_LEAD))


def test_below_the_forecast_for_want_of_stock_it_says_so(version, crew):
    hold_weeks(version, {crew: [(20.0, 30.0)] * 6}, unmet=8)
    read_signals(TODAY)
    assert DemandSignal.objects.get().words == (
        "Sells 33% below the forecast for six weeks, tracking signal −6.0;"
        " about 80% of what is missing found no stock"
    )


def test_what_found_no_stock_is_told_of_the_weeks_that_the_sentence_is_about(version, crew):
    weeks = [(60.0, 30.0)] * 3 + [(10.0, 30.0)] * 10
    hold_weeks(version, {crew: weeks})
    for place in range(2):
        hold({crew: (10.0, 30.0)}, week=LAST_WEEK - place * WEEK, version=version, unmet=30.0)
    hold({crew: (60.0, 30.0)}, week=LAST_WEEK - 12 * WEEK, version=version, unmet=500.0)
    read_signals(TODAY)
    signal = DemandSignal.objects.get()
    assert (signal.unmet_units, signal.side_unmet_units) == (560.0, 60.0)
    words = "Sells 67% below the forecast for ten weeks, tracking signal −4.9; about 30% of what is missing"
    assert signal.words == f"{words} found no stock"
    assert sku_page(crew, TODAY).words == signal.words


def test_without_a_forecast_in_force_there_is_no_signal(today, crew):
    for place in range(8):
        hold({crew: (40, np.nan)}, week=LAST_WEEK - place * WEEK)
    read_signals(TODAY)
    assert told() == []
    found = exceptions_of_week(LAST_WEEK)
    assert found is not None
    assert (found.has_forecast, found.rows, found.unforecast_skus, found.unforecast_units) == (
        False,
        [],
        1,
        40,
    )
    assert exceptions_of_week(LAST_WEEK + WEEK) is None


def test_the_exceptions_of_a_week_are_the_promoted_and_then_the_dearest(version, crew):
    dear = make_product(sku="DEAR", unit_price=500)
    cheap = make_product(sku="CHEAP", unit_price=1)
    unpriced = make_product(sku="UNPRICED", unit_price=None)
    exact = make_product(sku="EXACT")
    unknown = make_product(sku="UNKNOWN")
    sold = {dear: (10, 12), cheap: (50, 10), unpriced: (900, 100), exact: (5, 5), crew: (20, 10)}
    hold({**sold, unknown: (7, np.nan)}, version=version, promoted=[cheap])
    found = exceptions_of_week(LAST_WEEK)
    assert found is not None
    assert [row.product.sku for row in found.rows] == ["CHEAP", "DEAR", "CREW", "UNPRICED"]
    assert [row.error_money for row in found.rows] == [40, -1000, 10 * float(crew.unit_price), None]
    assert [row.words for row in found.rows[:2]] == ["Sold 5.0× the forecast", "Sold 17% below the forecast"]
    assert (found.skus, found.unforecast_skus, found.unforecast_units) == (5, 1, 7)
    assert [row.product.sku for row in exceptions_of_week(LAST_WEEK, limit=1).rows] == ["CHEAP"]


def test_a_week_is_held_against_the_forecast_in_force_when_it_began(today):
    shop = make_shop()
    early, late = make_version(month_of(LAST_WEEK) - 3), make_version(month_of(LAST_WEEK) - 1)
    for each, units in ((early, 20.0), (late, 10.0)):
        make_block(each, shop.tops, "North", {shop.crew: units})
    publish(early, LAST_WEEK - 8 * WEEK)
    publish(late, LAST_WEEK + timedelta(days=1))
    sell(shop.crew, shop.first, 8)
    sell(shop.crew, shop.second, 4)
    sell(shop.crew, shop.online, 3)
    make_campaign(
        products=[shop.crew],
        doors=[shop.second],
        starts_on=LAST_WEEK + timedelta(days=6),
        days=1,
        status=CampaignStatus.COMPLETED,
    )
    take_week(week_start=LAST_WEEK, stock=None, today=TODAY)
    read_signals(TODAY)
    week = DemandWeek.objects.get()
    assert (week.version, week.door_groups) == (early, ["North", "Online"])
    (held,) = weeks_of_sku(shop.crew)
    assert (held.sold_units, held.held_units, held.forecast_units, held.is_promoted) == (15, 12, 20, True)
    assert held.cells is not None
    assert held.cells.is_promoted.tolist() == [[True, False]]
    # Taken again and the same, nothing is written; a late correction is.
    stood = list(DemandWeekPart.objects.values_list("pk", "packed"))
    take_week(week_start=LAST_WEEK, stock=None, today=TODAY)
    read_signals(TODAY)
    assert list(DemandWeekPart.objects.values_list("pk", "packed")) == stood
    sell(shop.boot, shop.first, 2)
    take_week(week_start=LAST_WEEK, stock=None, today=TODAY)
    read_signals(TODAY)
    assert weeks_of_sku(shop.boot)[0].sold_units == 2
    assert weeks_of_sku(shop.boot)[0].forecast_units is None


def test_a_week_whose_sales_are_not_known_in_full_is_not_held(today):
    shop = make_shop()
    sell(shop.crew, shop.first, 8, observed_days=5)
    take_week(week_start=LAST_WEEK, stock=None, today=TODAY)
    read_signals(TODAY)
    assert list(DemandWeek.objects.all()) == []
