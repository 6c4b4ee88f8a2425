"""How the process served the campaigns of a week: what was seen early, decided in time, and worked."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from marketing.campaigns.choices import CampaignStatus
from marketing.catalogue.models import Product
from marketing.tests.factories import TODAY, make_campaign, make_product
from planning.remedies.models import Remedy
from planning.risk.choices import DecisionKind, FlagEventKind, RiskState
from planning.risk.models import Decision, Flag, FlagEvent
from planning.tests.factories import make_flag
from scorecard.measures.choices import DayState
from scorecard.measures.domain import take_week
from scorecard.measures.models import ProcessFact, PromotedDays
from scorecard.tests.measures.cases import LAST_WEEK, Shop, make_shop
from sop_site.access.roles import Role

pytestmark = pytest.mark.django_db

STARTS_ON = LAST_WEEK + timedelta(days=2)
DEADLINE = STARTS_ON - timedelta(days=20)


@pytest.fixture
def shop(today) -> Shop:
    return make_shop()


def at(day: date) -> datetime:
    return datetime.combine(day, time(9), UTC)


def ahead(days: int) -> date:
    """So many days before the campaign starts."""
    return STARTS_ON - timedelta(days=days)


@pytest.fixture
def campaign_with(shop, user_of):
    """Makes a campaign with these SKUs, each a risk first seen so many days ahead."""

    def make(seen_ahead: dict[Product, int], status: CampaignStatus = CampaignStatus.RUNNING):
        campaign = make_campaign(
            products=list(seen_ahead), doors=[shop.first], starts_on=STARTS_ON, days=5, status=status
        )
        flags = {}
        for product, days in seen_ahead.items():
            # Opened again later: first seen is the first time.
            flag = make_flag(campaign, product, opened_at=at(ahead(1)), decide_by_date=None)
            for on, state in ((ahead(70), RiskState.WATCH), (ahead(days), RiskState.STOCKOUT)):
                FlagEvent.objects.create(
                    flag=flag, kind=FlagEventKind.OPENED, at=at(on), to_state=state, units_short=1
                )
            flags[product] = flag
        return campaign, flags

    return make


def decide(
    flag: Flag,
    days_ahead: int,
    by,
    kind: DecisionKind = DecisionKind.ACCEPTED,
    deadline: date | None = DEADLINE,
) -> None:
    """A decision so many days before the start, on a flag that then had to be decided 20 days before it."""
    facts = {"summary": "Decided", "at": at(ahead(days_ahead)), "decide_by_date": deadline, "by": by}
    Decision.objects.create(flag=flag, kind=kind, **facts)


def fact(**which) -> dict[str, object]:
    """The one process fact, without zeros."""
    names = (
        "risks",
        "seen_early",
        "with_deadline",
        "decided_in_time",
        "remedies",
        "remedies_worked",
        "lead_days",
    )
    row = ProcessFact.objects.get(**which)
    return {name: getattr(row, name) for name in names if getattr(row, name)}


def test_risks_are_counted_by_category_with_when_they_were_seen_and_decided(shop, campaign_with, user_of):
    polo = make_product(category=shop.tops)
    campaign, flags = campaign_with({shop.crew: 42, polo: 41, shop.boot: 50})
    by = user_of(Role.PLANNING_LEAD)
    decide(flags[shop.crew], 30, by, DecisionKind.ACCEPTANCE_PROPOSED)
    decide(flags[shop.crew], 20, by)
    decide(flags[shop.crew], 5, by)
    decide(flags[polo], 19, by, DecisionKind.REMEDY_IN_FORCE)
    for _ in range(2):
        take_week(week_start=LAST_WEEK, stock=None, today=TODAY)
    assert fact(category=shop.tops, campaign=campaign) == {
        "risks": 2,
        "seen_early": 1,
        "with_deadline": 2,
        "decided_in_time": 1,
        "lead_days": [19, 20],
    }
    assert fact(category=shop.shoes) == {"risks": 1, "seen_early": 1}


def test_a_decided_risk_without_a_deadline_is_in_no_share_of_them(shop, campaign_with, user_of):
    _, flags = campaign_with({shop.crew: 60})
    decide(flags[shop.crew], 20, user_of(Role.PLANNING_LEAD), deadline=None)
    take_week(week_start=LAST_WEEK, stock=None, today=TODAY)
    assert fact() == {"risks": 1, "seen_early": 1, "lead_days": [20]}


def test_a_remedy_worked_where_no_night_saw_its_sku_out(shop, campaign_with, user_of):
    polo = make_product(category=shop.tops)
    campaign, flags = campaign_with({shop.crew: 10, polo: 10, shop.boot: 10})
    for product in (shop.crew, polo, shop.boot):
        Remedy.objects.create(
            flag=flags[product],
            kind="reduce",
            status="in_force",
            reason="Less",
            proposed_at=at(ahead(9)),
            proposed_by=user_of(Role.PLANNING_LEAD),
            settled_at=at(ahead(8)),
            lift_value_before=100,
            lift_value_after=50,
        )
    in_stock, out = DayState.IN_STOCK, DayState.OUT
    for product, door, states in (
        (shop.crew, shop.first, [in_stock, in_stock, 0, 0, 0]),
        (polo, shop.first, [in_stock, 0, 0, 0, 0]),
        (polo, shop.second, [in_stock, out, 0, 0, 0]),
        # Of the boot no night has seen a day.
        (shop.boot, shop.first, [DayState.NOT_OFFERED, 0, 0, 0, 0]),
    ):
        PromotedDays.objects.create(campaign=campaign, product=product, door=door, states=bytes(states))
    take_week(week_start=LAST_WEEK, stock=None, today=TODAY)
    assert fact(category=shop.tops) == {"risks": 2, "remedies": 2, "remedies_worked": 1}
    assert fact(category=shop.shoes) == {"risks": 1}


def test_only_campaigns_that_were_served_and_start_in_the_week(shop, campaign_with):
    campaign_with({shop.crew: 50}, status=CampaignStatus.CANCELLED)
    later = make_campaign(products=[shop.boot], doors=[shop.first], starts_on=TODAY, status="running")
    make_flag(later, shop.boot)
    calm = make_campaign(products=[shop.boot], doors=[shop.first], starts_on=STARTS_ON, status="running")
    make_flag(calm, shop.boot, state=RiskState.OK, opened_at=None)
    take_week(week_start=LAST_WEEK, stock=None, today=TODAY)
    assert not ProcessFact.objects.exists()
