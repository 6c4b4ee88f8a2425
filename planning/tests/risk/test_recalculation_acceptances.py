"""What people decided stays on a flag, until the risk outgrows it."""

import pytest
from django.utils import timezone

from marketing.tests.factories import make_campaign
from planning.risk.choices import AcceptanceStatus, FlagEventKind
from planning.risk.models import Flag, RiskAcceptance
from planning.supply.models import StockPosition
from planning.tests.risk.cases import Network, recalculated
from sop_site.access.roles import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def network(today) -> Network:
    return Network.make()


@pytest.fixture
def product(network):
    """Short of 60 of the 80 units that its campaign expects: 120 are sold before it begins."""
    product = network.make_sku("CREW-M", at_dc=100.0)
    make_campaign(products=[product], doors=network.doors)
    recalculated(product)
    assert Flag.objects.get().units_short == 60.0
    return product


@pytest.fixture
def acceptance(product, user_of) -> RiskAcceptance:
    flag = Flag.objects.get()
    return RiskAcceptance.objects.create(
        flag=flag,
        status=AcceptanceStatus.IN_FORCE,
        reason="The season is over.",
        accepted_state=flag.state,
        accepted_units_short=flag.units_short,
        accepted_revenue_short=flag.revenue_short,
        is_large=False,
        proposed_at=timezone.now(),
        proposed_by=user_of(Role.PLANNING_MEMBER),
    )


def status_with_at_dc(network, product, acceptance, units: float) -> str:
    StockPosition.objects.filter(product=product, door=network.dc).update(on_hand_units=units)
    recalculated(product)
    acceptance.refresh_from_db()
    return acceptance.status


def outgrown_events() -> list:
    return list(Flag.objects.get().events.filter(kind=FlagEventKind.OUTGREW_ACCEPTANCE))


@pytest.mark.parametrize(
    ("at_dc", "units_short", "status"),
    [
        pytest.param(110.0, 50.0, "in_force", id="less"),
        pytest.param(95.0, 65.0, "in_force", id="a little more, within the tolerance"),
        pytest.param(93.0, 67.0, "outgrown", id="more than the tolerance"),
    ],
)
def test_an_acceptance_holds_until_the_risk_outgrows_it(
    network, product, acceptance, at_dc, units_short, status
):
    assert status_with_at_dc(network, product, acceptance, at_dc) == status
    assert Flag.objects.get().units_short == pytest.approx(units_short)
    assert Flag.objects.undecided().exists() == (status == "outgrown")


def test_an_outgrown_acceptance_leaves_one_event_and_a_history(network, product, acceptance):
    status_with_at_dc(network, product, acceptance, 50.0)
    recalculated(product)
    [event] = outgrown_events()
    assert (event.to_state, event.units_short) == ("stockout", 110.0 - 30.0)
    written = acceptance.events.latest("pgh_id")
    assert (written.status, written.pgh_context.metadata["note"]) == ("outgrown", "Recalculation")


def test_a_worse_state_is_worse_than_accepted(network, product, acceptance):
    RiskAcceptance.objects.update(accepted_state="at_risk", accepted_units_short=500.0)
    RiskAcceptance.objects.update(accepted_revenue_short=None)
    assert status_with_at_dc(network, product, acceptance, 110.0) == "outgrown"


def test_units_are_compared_where_money_is_missing(network, product, acceptance):
    RiskAcceptance.objects.update(accepted_revenue_short=None)
    assert status_with_at_dc(network, product, acceptance, 95.0) == "in_force"
    assert status_with_at_dc(network, product, acceptance, 93.0) == "outgrown"


def test_an_acceptance_that_still_waits_for_signatures_is_outgrown_too(network, product, acceptance):
    RiskAcceptance.objects.update(status=AcceptanceStatus.PROPOSED)
    assert status_with_at_dc(network, product, acceptance, 50.0) == "outgrown"


def test_decisions_and_acceptances_outlive_a_clear_flag(network, product, acceptance):
    assert status_with_at_dc(network, product, acceptance, 1_000.0) == "in_force"
    assert Flag.objects.get().state == "ok"
    assert status_with_at_dc(network, product, acceptance, 100.0) == "in_force"
    assert outgrown_events() == []
