"""Marketing's head and the owner are told what is asked of them, who proposed it what they answer."""

from marketing.tests.factories import make_campaign, make_product
from planning.remedies.domain import consent_to_remedy, decline_remedy, propose_reduction
from planning.tests.factories import make_flag
from sop_site.access.roles import Role
from sop_site.notifications.choices import Kind
from sop_site.tests.notifications.cases import newly_told


def test_consent_is_asked_of_marketing_and_the_answer_goes_to_who_proposed(today, user_of):
    for role in Role:
        user_of(role)
    owner, head = user_of(Role.MARKETING_MEMBER), user_of(Role.MARKETING_LEAD)
    planner = user_of(Role.PLANNING_MEMBER)
    product = make_product(sku="TEE")
    campaign = make_campaign(products=[product], owner=owner, name="Winter Warmers")
    flag = make_flag(campaign, product)
    asked = (
        Kind.CONSENT_ASKED,
        "Planning proposes to expect less of TEE in Winter Warmers",
        [head.username, owner.username],
    )
    remedy = propose_reduction(flag=flag, lift_value=40.0, by=planner, reason="The mill is closed.")
    assert newly_told() == [asked]
    decline_remedy(remedy=remedy, by=owner, note="It is on television.")
    told = "Marketing declines to expect less of TEE in Winter Warmers"
    assert newly_told() == [(Kind.CONSENT_GIVEN, told, [planner.username])]
    remedy = propose_reduction(flag=flag, lift_value=60.0, by=planner, reason="It still is.")
    assert newly_told() == [asked]
    consent_to_remedy(remedy=remedy, revision=campaign.revision, by=head)
    told = "Marketing consents to expect less of TEE in Winter Warmers"
    assert newly_told() == [(Kind.CONSENT_GIVEN, told, [planner.username])]
