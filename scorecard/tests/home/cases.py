"""Things that wait for people."""

from collections.abc import Callable
from datetime import date, timedelta

from marketing.campaigns.models import Campaign
from marketing.tests.factories import make_campaign, make_product
from planning.remedies.domain import propose_reduction
from planning.risk.choices import RiskState
from planning.risk.decisions import accept_risk
from planning.risk.models import Flag
from planning.tests.factories import make_flag
from scorecard.tests.actions.cases import give
from sop_site.access.models import User
from sop_site.access.roles import Role

UserOf = Callable[[Role], User]
OWNER, PLANNER = Role.MARKETING_MEMBER, Role.PLANNING_MEMBER


def flagged(user_of: UserOf, name: str, starts_on: date, **facts) -> Flag:
    """A flag in a submitted campaign of the owner, to be decided ten days before it starts."""
    product = make_product(sku=f"{name}-1")
    campaign = make_campaign(
        code=name, name=name, products=[product], starts_on=starts_on, owner=user_of(OWNER)
    )
    return make_flag(campaign, product, **facts)


def ready(user_of: UserOf, name: str, starts_on: date) -> Campaign:
    """A submitted campaign of which nothing is short."""
    return flagged(user_of, name, starts_on, state=RiskState.OK, units_short=0.0, revenue_short=0.0).campaign


def make_waiting(user_of: UserOf, today: date, mark: str = "") -> None:
    """One of each thing that recurs by the dozen: to decide, to consent to, to sign, to approve, to do."""
    planner = user_of(PLANNER)
    flagged(user_of, f"SHORT{mark}", today + timedelta(days=20))
    asked = flagged(user_of, f"ASKED{mark}", today + timedelta(days=25))
    propose_reduction(flag=asked, lift_value=50.0, by=planner, reason="The mill is closed.")
    large = flagged(user_of, f"LARGE{mark}", today + timedelta(days=30), revenue_short=50_000.0)
    accept_risk(flag=large, by=planner, reason="A late season.")
    ready(user_of, f"READY{mark}", today + timedelta(days=15))
    give(
        user_of, today, owner=user_of(OWNER), due_on=today + timedelta(days=2), title=f"Call the agency{mark}"
    )
