"""Approving and rejecting campaigns: every flag decided, every SKU calculated, every signature given."""

import pytest

from marketing.campaigns.choices import CampaignStatus
from marketing.campaigns.models import Campaign
from marketing.tests.factories import make_campaign, make_product
from planning.risk.choices import RiskState
from planning.risk.decisions import accept_risk, approve_campaign, reject_campaign, sign_acceptance
from planning.risk.models import ApprovalSignature
from planning.risk.standing import standing_of
from planning.tests.factories import make_flag
from sop_site.access.permissions import NotAllowed, NotNow
from sop_site.access.roles import Role
from sop_site.changes import mark_changed

pytestmark = pytest.mark.usefixtures("today")


def campaign_with(user_of, *, risk: str) -> Campaign:
    """A submitted campaign of one SKU that is fine, flagged, or accepted at a small or large size."""
    product = make_product()
    campaign = make_campaign(products=[product])
    state = RiskState.OK if risk == "fine" else RiskState.STOCKOUT
    flag = make_flag(campaign, product, state=state, revenue_short=25_000.0 if risk == "large" else 100.0)
    if risk in ("small", "large"):
        acceptance = accept_risk(flag=flag, by=user_of(Role.PLANNING_LEAD), reason="We take it.")
    if risk == "large":
        sign_acceptance(acceptance=acceptance, by=user_of(Role.MARKETING_LEAD), note="")
    return campaign


APPROVED, SIGNED, REFUSED, LATER = "approved", "submitted", NotAllowed, NotNow
RISKS = ("fine", "flagged", "small", "large")
# fmt: off
APPROVING = {
    #                           fine      flagged  small     large
    Role.MARKETING_MEMBER:     (REFUSED,  REFUSED, REFUSED,  REFUSED),
    Role.MARKETING_LEAD:       (REFUSED,  REFUSED, REFUSED,  SIGNED),
    Role.PLANNING_MEMBER:      (APPROVED, LATER,   APPROVED, REFUSED),
    Role.PLANNING_LEAD:        (APPROVED, LATER,   APPROVED, SIGNED),
    Role.MERCHANDISING_MEMBER: (REFUSED,  REFUSED, REFUSED,  REFUSED),
    Role.MERCHANDISING_LEAD:   (REFUSED,  REFUSED, REFUSED,  REFUSED),
    Role.EXECUTIVE:            (REFUSED,  REFUSED, REFUSED,  REFUSED),
    Role.ADMINISTRATOR:        (REFUSED,  REFUSED, REFUSED,  REFUSED),
}
# fmt: on
REJECTING = {role: role in (Role.PLANNING_MEMBER, Role.PLANNING_LEAD) for role in Role}


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("risk", RISKS)
def test_approving_for_every_role_and_risk(user_of, role, risk):
    campaign = campaign_with(user_of, risk=risk)
    expected = APPROVING[role][RISKS.index(risk)]
    assert standing_of(campaign).offers_approval_to(user_of(role)) == isinstance(expected, str)
    if isinstance(expected, str):
        assert approve_campaign(campaign=campaign, by=user_of(role), note="").campaign.status == expected
        return
    with pytest.raises(expected):
        approve_campaign(campaign=campaign, by=user_of(role), note="")
    assert Campaign.objects.get().status == CampaignStatus.SUBMITTED


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("risk", RISKS)
def test_rejecting_for_every_role_and_risk(user_of, role, risk):
    campaign = campaign_with(user_of, risk=risk)
    assert standing_of(campaign).offers_rejection_to(user_of(role)) == REJECTING[role]
    if REJECTING[role]:
        reject_campaign(campaign=campaign, by=user_of(role), note="Move it by two weeks.")
        campaign = Campaign.objects.get()
        assert (campaign.status, campaign.decision_note) == ("rejected", "Move it by two weeks.")
        return
    with pytest.raises(NotAllowed):
        reject_campaign(campaign=campaign, by=user_of(role), note="No.")


@pytest.mark.parametrize("status", [status for status in CampaignStatus if status != "submitted"])
def test_only_submitted_campaigns_are_decided(user_of, status):
    campaign = make_campaign(status=status)
    for decide in (approve_campaign, reject_campaign):
        with pytest.raises(NotNow, match="not submitted"):
            decide(campaign=campaign, by=user_of(Role.PLANNING_LEAD), note="")


def test_skus_that_wait_for_recalculation_hold_the_approval_back(user_of):
    products = [make_product() for _ in range(3)]
    campaign = make_campaign(products=products)
    mark_changed(product.pk for product in products)
    with pytest.raises(NotNow, match="3 SKUs are being recalculated; try again in a moment"):
        approve_campaign(campaign=campaign, by=user_of(Role.PLANNING_MEMBER), note="")


@pytest.mark.parametrize(
    "order", [(Role.PLANNING_LEAD, Role.MARKETING_LEAD), (Role.MARKETING_LEAD, Role.PLANNING_LEAD)]
)
def test_the_second_signature_approves(user_of, order):
    campaign = campaign_with(user_of, risk="large")
    first, second = map(user_of, order)
    standing = approve_campaign(campaign=campaign, by=first, note="Worth it.")
    assert standing.campaign.status == CampaignStatus.SUBMITTED
    assert standing.waits_for == second.role.label
    with pytest.raises(NotNow, match="You have signed already"):
        approve_campaign(campaign=campaign, by=first, note="")
    standing = approve_campaign(campaign=campaign, by=second, note="Agreed.")
    assert standing.campaign.status == CampaignStatus.APPROVED
    assert standing.campaign.decided_by == second
    assert ApprovalSignature.objects.count() == 2


def test_a_changed_plan_needs_new_signatures(user_of):
    campaign = campaign_with(user_of, risk="large")
    approve_campaign(campaign=campaign, by=user_of(Role.PLANNING_LEAD), note="")
    Campaign.objects.update(revision=2)
    with pytest.raises(NotNow, match="changed this plan"):
        approve_campaign(campaign=campaign, by=user_of(Role.MARKETING_LEAD), note="")
    campaign.refresh_from_db()
    standing = approve_campaign(campaign=campaign, by=user_of(Role.MARKETING_LEAD), note="")
    assert standing.campaign.status == CampaignStatus.SUBMITTED
    assert standing.waits_for == "VP Planning"


def test_an_acceptance_that_the_risk_outgrew_leaves_the_campaign_open(user_of):
    campaign = campaign_with(user_of, risk="small")
    acceptance = campaign.flags.get().acceptances.get()
    acceptance.outgrow()
    acceptance.save()
    with pytest.raises(NotNow, match="1 flag still needs a decision"):
        approve_campaign(campaign=campaign, by=user_of(Role.PLANNING_MEMBER), note="")
