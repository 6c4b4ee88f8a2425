"""Accepting risks: who may, when, and whose signatures it takes."""

from datetime import timedelta

import pytest

from marketing.campaigns.choices import CampaignStatus
from marketing.tests.factories import NOW, make_campaign, make_product
from planning.risk.choices import AcceptanceStatus, DecisionKind, RiskState
from planning.risk.decisions import accept_risk, decline_acceptance, record_decision, sign_acceptance
from planning.risk.models import Decision, Flag, RiskAcceptance
from planning.risk.standing import FlagActions, actions_on, open_acceptance_of
from planning.tests.factories import make_flag
from sop_site.access.permissions import NotAllowed, NotNow
from sop_site.access.roles import Role

pytestmark = pytest.mark.usefixtures("today")
SMALL, LARGE = 5_000.0, 25_000.0
REASON = "The next drop lands two days later."


def flag_of(revenue_short: float | None = SMALL, **facts) -> Flag:
    product = make_product()
    return make_flag(make_campaign(products=[product]), product, revenue_short=revenue_short, **facts)


def proposed(user_of, by: Role = Role.PLANNING_MEMBER) -> RiskAcceptance:
    """A large acceptance that waits for signatures."""
    return accept_risk(flag=flag_of(LARGE), by=user_of(by), reason=REASON)


# What each role meets when it accepts a risk: the acceptance's status, or a refusal.
IN_FORCE, WAITS, REFUSED, LATER = AcceptanceStatus.IN_FORCE, AcceptanceStatus.PROPOSED, NotAllowed, NotNow
# fmt: off
ACCEPTING = {
    #                            small     large    no decision needed
    Role.MARKETING_MEMBER:     (REFUSED,  REFUSED, REFUSED),
    Role.MARKETING_LEAD:       (REFUSED,  REFUSED, REFUSED),
    Role.PLANNING_MEMBER:      (IN_FORCE, WAITS,   LATER),
    Role.PLANNING_LEAD:        (IN_FORCE, WAITS,   LATER),
    Role.MERCHANDISING_MEMBER: (REFUSED,  REFUSED, REFUSED),
    Role.MERCHANDISING_LEAD:   (REFUSED,  REFUSED, REFUSED),
    Role.EXECUTIVE:            (REFUSED,  REFUSED, REFUSED),
    Role.ADMINISTRATOR:        (REFUSED,  REFUSED, REFUSED),
}
# What each role meets when it signs for, or declines, a large acceptance in each status.
WAITING, ACCEPTED, DECLINED, OUTGROWN = "proposed", "in_force", "declined", "outgrown"
SIGNING = {
    #                           WAITING   ACCEPTED DECLINED OUTGROWN
    Role.MARKETING_MEMBER:     (REFUSED, REFUSED, REFUSED, REFUSED),
    Role.MARKETING_LEAD:       (None,    LATER,   LATER,   LATER),
    Role.PLANNING_MEMBER:      (REFUSED, REFUSED, REFUSED, REFUSED),
    Role.PLANNING_LEAD:        (None,    LATER,   LATER,   LATER),
    Role.MERCHANDISING_MEMBER: (REFUSED, REFUSED, REFUSED, REFUSED),
    Role.MERCHANDISING_LEAD:   (REFUSED, REFUSED, REFUSED, REFUSED),
    Role.EXECUTIVE:            (REFUSED, REFUSED, REFUSED, REFUSED),
    Role.ADMINISTRATOR:        (REFUSED, REFUSED, REFUSED, REFUSED),
}
# fmt: on
RISKS = {
    "small": {"revenue_short": SMALL},
    "large": {"revenue_short": LARGE},
    "ok": {"state": RiskState.OK, "units_short": 0.0, "revenue_short": 0.0},
}


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("size", RISKS)
def test_accepting_for_every_role_and_size(user_of, role, size):
    flag = flag_of(**RISKS[size])
    expected = ACCEPTING[role][list(RISKS).index(size)]
    offered = actions_on(flag, None, user_of(role)).accept
    assert offered == isinstance(expected, AcceptanceStatus)
    if isinstance(expected, AcceptanceStatus):
        assert accept_risk(flag=flag, by=user_of(role), reason=REASON).status == expected
        assert Decision.objects.get().note == REASON
    else:
        with pytest.raises(expected):
            accept_risk(flag=flag, by=user_of(role), reason=REASON)
        assert not RiskAcceptance.objects.exists()
        assert not Decision.objects.exists()


def in_status(user_of, status: str) -> RiskAcceptance:
    acceptance = proposed(user_of)
    if status == ACCEPTED:
        sign_acceptance(acceptance=acceptance, by=user_of(Role.PLANNING_LEAD), note="")
        acceptance = sign_acceptance(acceptance=acceptance, by=user_of(Role.MARKETING_LEAD), note="")
    if status == DECLINED:
        acceptance = decline_acceptance(acceptance=acceptance, by=user_of(Role.PLANNING_LEAD), note="No.")
    if status == OUTGROWN:
        acceptance.outgrow()
        acceptance.save()
    assert acceptance.status == status
    return acceptance


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("status", [WAITING, ACCEPTED, DECLINED, OUTGROWN])
@pytest.mark.parametrize("act", [sign_acceptance, decline_acceptance])
def test_signing_and_declining_for_every_role_and_status(user_of, role, status, act):
    acceptance = in_status(user_of, status)
    refusal = SIGNING[role][[WAITING, ACCEPTED, DECLINED, OUTGROWN].index(status)]
    actions = actions_on(acceptance.flag, open_acceptance_of(acceptance.flag), user_of(role))
    assert (actions.sign if act is sign_acceptance else actions.decline) == (refusal is None)
    if refusal is None:
        act(acceptance=acceptance, by=user_of(role), note="Seen.")
        return
    with pytest.raises(refusal):
        act(acceptance=acceptance, by=user_of(role), note="Seen.")
    acceptance.refresh_from_db()
    assert acceptance.status == status


def test_accepted_size_is_the_size_of_the_flag(user_of):
    acceptance = accept_risk(flag=flag_of(SMALL), by=user_of(Role.PLANNING_MEMBER), reason=REASON)
    assert acceptance.accepted_units_short == 100
    assert acceptance.accepted_revenue_short == SMALL
    assert acceptance.accepted_state == RiskState.STOCKOUT
    assert not Flag.objects.undecided().exists()
    decision = Decision.objects.get()
    assert decision.kind == DecisionKind.ACCEPTED
    assert decision.summary == "Risk accepted: 100 units, $5,000 of revenue"


def test_a_large_risk_waits_for_both_leads(user_of):
    acceptance = proposed(user_of)
    assert Decision.objects.first().summary.endswith("waits for VP Planning and CMO")
    assert Flag.objects.undecided().exists()
    acceptance = sign_acceptance(acceptance=acceptance, by=user_of(Role.MARKETING_LEAD), note="Fine.")
    assert acceptance.status == AcceptanceStatus.PROPOSED
    assert Decision.objects.first().summary.endswith("waits for VP Planning")
    acceptance = sign_acceptance(acceptance=acceptance, by=user_of(Role.PLANNING_LEAD), note="Agreed.")
    assert acceptance.status == AcceptanceStatus.IN_FORCE
    assert acceptance.planning_signed_by == user_of(Role.PLANNING_LEAD)
    assert acceptance.marketing_signed_by == user_of(Role.MARKETING_LEAD)
    assert not Flag.objects.undecided().exists()


def test_vp_planning_who_accepts_has_signed(user_of):
    acceptance = proposed(user_of, by=Role.PLANNING_LEAD)
    assert acceptance.planning_signed_by == user_of(Role.PLANNING_LEAD)
    with pytest.raises(NotNow, match="You have signed already; it waits for CMO"):
        sign_acceptance(acceptance=acceptance, by=user_of(Role.PLANNING_LEAD), note="")
    sign_acceptance(acceptance=acceptance, by=user_of(Role.MARKETING_LEAD), note="")
    assert not Flag.objects.undecided().exists()


def test_the_amount_itself_is_still_small_and_an_unknown_price_is_large(user_of):
    by = user_of(Role.PLANNING_MEMBER)
    assert not accept_risk(flag=flag_of(10_000.0), by=by, reason=REASON).is_large
    unknown = accept_risk(flag=flag_of(None), by=by, reason=REASON)
    assert unknown.is_large
    assert "of unknown price" in unknown.flag.decisions.get().summary
    no_unit_short = flag_of(None, state=RiskState.AT_RISK, units_short=0.0)
    assert not accept_risk(flag=no_unit_short, by=by, reason=REASON).is_large


def test_a_declined_acceptance_leaves_the_flag_to_be_decided_again(user_of):
    acceptance = proposed(user_of)
    decline_acceptance(acceptance=acceptance, by=user_of(Role.MARKETING_LEAD), note="Too much.")
    flag = Flag.objects.undecided().get()
    assert flag.decisions.first().kind == DecisionKind.ACCEPTANCE_DECLINED
    assert flag.decisions.first().note == "Too much."
    again = accept_risk(flag=flag, by=user_of(Role.PLANNING_MEMBER), reason="The drop is dated now.")
    assert again.pk != acceptance.pk


def test_accepting_twice_is_refused_in_words(user_of):
    flag = flag_of(SMALL)
    accept_risk(flag=flag, by=user_of(Role.PLANNING_MEMBER), reason=REASON)
    with pytest.raises(NotNow, match="accepted already"):
        accept_risk(flag=flag, by=user_of(Role.PLANNING_LEAD), reason=REASON)
    large = proposed(user_of)
    with pytest.raises(NotNow, match="already waits for VP Planning and CMO"):
        accept_risk(flag=large.flag, by=user_of(Role.PLANNING_LEAD), reason=REASON)


def test_a_flag_recalculated_since_it_was_read_is_not_accepted(user_of):
    flag = flag_of(SMALL)
    Flag.objects.filter(pk=flag.pk).update(units_short=900.0, calculated_at=NOW + timedelta(minutes=1))
    with pytest.raises(NotNow, match="look at its size again"):
        accept_risk(flag=flag, by=user_of(Role.PLANNING_MEMBER), reason=REASON)


@pytest.mark.parametrize("status", [CampaignStatus.DRAFT, CampaignStatus.CANCELLED])
def test_a_campaign_no_longer_planned_leaves_nothing_to_decide(user_of, status):
    product = make_product(sku="TEE-1")
    flag = make_flag(make_campaign(products=[product], status=status), product)
    with pytest.raises(NotNow, match="no longer plans TEE-1"):
        accept_risk(flag=flag, by=user_of(Role.PLANNING_MEMBER), reason=REASON)
    assert actions_on(flag, None, user_of(Role.PLANNING_MEMBER)) == FlagActions(False, False, False, False)


def test_a_cleared_flag_is_not_signed_for_but_can_be_declined(user_of):
    acceptance = proposed(user_of)
    Flag.objects.update(state=RiskState.OK)
    with pytest.raises(NotNow, match="needs no decision"):
        sign_acceptance(acceptance=acceptance, by=user_of(Role.MARKETING_LEAD), note="")
    decline_acceptance(acceptance=acceptance, by=user_of(Role.MARKETING_LEAD), note="")


def test_decisions_are_added_and_kept(user_of):
    flag = flag_of()
    for number in (1, 2):
        record_decision(
            flag=flag,
            kind=DecisionKind.REMEDY_IN_FORCE,
            by=user_of(Role.PLANNING_MEMBER),
            summary=f"Remedy {number}",
        )
    assert [decision.summary for decision in flag.decisions.all()] == ["Remedy 2", "Remedy 1"]
    # The flag forgets its date once the risk is gone; what was decided in time is still known.
    assert {decision.decide_by_date for decision in flag.decisions.all()} == {flag.decide_by_date} != {None}
