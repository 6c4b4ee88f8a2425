"""Planning is told of a campaign that is submitted, its owner of what is decided: each revision once."""

from marketing.campaigns import domain
from marketing.tests.factories import make_campaign, make_door, make_product
from sop_site.access.roles import Role
from sop_site.notifications.choices import Kind
from sop_site.tests.notifications.cases import newly_told


def test_planning_is_told_what_waits_and_the_owner_what_is_decided(today, user_of):
    for role in Role:
        user_of(role)
    owner, planner = user_of(Role.MARKETING_MEMBER), user_of(Role.PLANNING_MEMBER)
    campaign = make_campaign(
        products=[make_product()], doors=[make_door()], status="draft", owner=owner, name="Winter Warmers"
    )
    lead, planners = user_of(Role.MARKETING_LEAD), ["planning_lead", "planning_member"]
    domain.submit_campaign(campaign=campaign, by=lead)
    assert newly_told() == [(Kind.CAMPAIGN_WAITS, f"Winter Warmers is submitted by {lead}", planners)]
    domain.reject_campaign(campaign=campaign, by=planner, note="The mill is closed.")
    assert newly_told() == [(Kind.CAMPAIGN_DECIDED, "Winter Warmers is rejected", [owner.username])]
    domain.revise_campaign(campaign=campaign, by=owner)
    domain.submit_campaign(campaign=campaign, by=owner)
    assert newly_told() == [(Kind.CAMPAIGN_WAITS, f"Winter Warmers is submitted by {owner}", planners)]
    domain.approve_campaign(campaign=campaign, by=planner)
    assert newly_told() == [(Kind.CAMPAIGN_DECIDED, "Winter Warmers is approved", [owner.username])]
