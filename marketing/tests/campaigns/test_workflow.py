"""Every state × transition × role, written out: what is allowed, refused to the person, or not now."""

import pytest

from marketing.campaigns import domain
from marketing.campaigns.choices import CampaignStatus as Status
from marketing.sales.models import PastPromotion
from marketing.tests.factories import make_campaign, make_door, make_product, range_at
from sop_site.access.permissions import NotAllowed, NotNow
from sop_site.access.roles import Role

MARKETING = {Role.MARKETING_MEMBER, Role.MARKETING_LEAD}
PLANNING = {Role.PLANNING_MEMBER, Role.PLANNING_LEAD}

# (transition, from this status) → (to that status, roles that may). What stands in no row is not now.
ALLOWED = {
    ("submit", Status.DRAFT): (Status.SUBMITTED, MARKETING),
    ("withdraw", Status.SUBMITTED): (Status.DRAFT, MARKETING),
    ("revise", Status.REJECTED): (Status.DRAFT, MARKETING),
    ("revise", Status.APPROVED): (Status.DRAFT, MARKETING),
    ("cancel", Status.DRAFT): (Status.CANCELLED, MARKETING),
    ("cancel", Status.SUBMITTED): (Status.CANCELLED, MARKETING),
    ("cancel", Status.REJECTED): (Status.CANCELLED, MARKETING),
    ("cancel", Status.APPROVED): (Status.CANCELLED, MARKETING),
    ("cancel", Status.RUNNING): (Status.CANCELLED, MARKETING),
    ("approve", Status.SUBMITTED): (Status.APPROVED, PLANNING | {Role.MARKETING_LEAD}),
    ("reject", Status.SUBMITTED): (Status.REJECTED, PLANNING),
}
TRANSITIONS = {
    "submit": domain.submit_campaign,
    "withdraw": domain.withdraw_campaign,
    "revise": domain.revise_campaign,
    "cancel": domain.cancel_campaign,
    "approve": domain.approve_campaign,
    "reject": domain.reject_campaign,
}


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("transition", TRANSITIONS)
def test_transition(transition, status, role, today, user_of):
    campaign = make_campaign(products=[make_product()], doors=[make_door()], status=status)
    target, roles = ALLOWED.get((transition, status), (None, set()))

    def act():
        return TRANSITIONS[transition](campaign=campaign, by=user_of(role), note="because")

    if target is None:
        with pytest.raises(NotNow, match=campaign.code):
            act()
    elif role not in roles:
        with pytest.raises(NotAllowed):
            act()
    else:
        assert act().status == target
    expected = target if target and role in roles else status
    assert type(campaign).objects.get(pk=campaign.pk).status == expected


@pytest.mark.parametrize("status", Status)
def test_offered_transitions_are_those_of_the_table(status, today, user_of):
    campaign = make_campaign(status=status)
    for role in Role:
        offered = {found.name for found in campaign.get_available_user_status_transitions(user_of(role))}
        assert offered == {
            transition
            for (transition, source), (_, roles) in ALLOWED.items()
            if source == status and role in roles
        }


class TestSubmit:
    def test_keeps_who_and_when_and_raises_the_revision(self, today, user_of):
        maya = user_of(Role.MARKETING_MEMBER)
        campaign = make_campaign(products=[make_product()], doors=[make_door()], status=Status.DRAFT)
        submitted = domain.submit_campaign(campaign=campaign, by=maya)
        assert submitted.submitted_by == maya
        assert submitted.submitted_at is not None
        assert submitted.revision == campaign.revision + 1

    def test_forgets_the_last_decision(self, today, user_of):
        campaign = make_campaign(products=[make_product()], doors=[make_door()])
        domain.reject_campaign(campaign=campaign, by=user_of(Role.PLANNING_MEMBER), note="Too soon")
        maya = user_of(Role.MARKETING_MEMBER)
        revised = domain.revise_campaign(campaign=campaign, by=maya)
        assert revised.decision_note == "Too soon"
        assert domain.submit_campaign(campaign=revised, by=maya).decision_note == ""

    @pytest.mark.parametrize(
        ("facts", "sentence"),
        [
            ({"products": []}, "no SKU"),
            ({"doors": []}, "no door"),
            ({"starts_on": "past"}, "which has passed"),
        ],
    )
    def test_refuses_what_cannot_be_planned(self, facts, sentence, today, user_of):
        facts = {"products": [make_product()], "doors": [make_door()], **facts}
        if facts.get("starts_on"):
            facts["starts_on"] = today.replace(day=1)
        campaign = make_campaign(status=Status.DRAFT, **facts)
        with pytest.raises(NotNow, match=sentence):
            domain.submit_campaign(campaign=campaign, by=user_of(Role.MARKETING_MEMBER))


class TestDemand:
    @pytest.mark.parametrize(
        ("transition", "status", "role", "changes"),
        [
            ("submit", Status.DRAFT, Role.MARKETING_MEMBER, True),
            ("withdraw", Status.SUBMITTED, Role.MARKETING_MEMBER, True),
            ("revise", Status.APPROVED, Role.MARKETING_MEMBER, True),
            ("revise", Status.REJECTED, Role.MARKETING_MEMBER, False),
            ("cancel", Status.DRAFT, Role.MARKETING_MEMBER, False),
            ("cancel", Status.SUBMITTED, Role.MARKETING_MEMBER, True),
            ("cancel", Status.REJECTED, Role.MARKETING_MEMBER, False),
            ("cancel", Status.RUNNING, Role.MARKETING_MEMBER, True),
            ("approve", Status.SUBMITTED, Role.PLANNING_MEMBER, False),
            ("reject", Status.SUBMITTED, Role.PLANNING_MEMBER, True),
        ],
    )
    def test_skus_wait_for_recalculation(self, transition, status, role, changes, today, user_of, waiting):
        product = make_product()
        campaign = make_campaign(products=[product], doors=[make_door()], status=status)
        TRANSITIONS[transition](campaign=campaign, by=user_of(role))
        assert waiting() == ({product.pk} if changes else set())


def test_a_campaign_that_is_over_cannot_be_approved(today, user_of):
    campaign = make_campaign(starts_on=today.replace(day=1), days=7)
    with pytest.raises(NotNow, match="is over"):
        domain.approve_campaign(campaign=campaign, by=user_of(Role.PLANNING_MEMBER))


class TestClock:
    def test_approved_campaigns_start_on_their_first_day(self, today):
        due = make_campaign(status=Status.APPROVED, starts_on=today)
        later = make_campaign(status=Status.APPROVED)
        undecided = make_campaign(status=Status.SUBMITTED, starts_on=today)
        assert domain.start_due_campaigns() == 1
        assert domain.start_due_campaigns() == 0
        statuses = dict(type(due).objects.values_list("pk", "status"))
        assert statuses == {due.pk: "running", later.pk: "approved", undecided.pk: "submitted"}

    def test_one_that_is_called_off_while_it_runs_was_promoted_up_to_that_day(self, today, user_of):
        product, door = make_product(), make_door()
        range_at(product, door)
        campaign = make_campaign(products=[product], doors=[door], status=Status.APPROVED, starts_on=today)
        domain.start_due_campaigns()
        assert PastPromotion.objects.get().ends_on == campaign.ends_on
        domain.cancel_campaign(campaign=campaign, by=user_of(Role.MARKETING_LEAD))
        assert PastPromotion.objects.get().ends_on == today

    def test_running_campaigns_are_completed_after_their_last_day(self, today, waiting):
        ranged, unranged = make_product(), make_product()
        door, other = make_door(), make_door()
        range_at(ranged, door)
        campaign = make_campaign(
            products=[ranged, unranged],
            doors=[door, other],
            status=Status.RUNNING,
            starts_on=today.replace(day=1),
            days=21,
        )
        last_day = make_campaign(status=Status.RUNNING, starts_on=today, days=1)
        assert domain.complete_due_campaigns() == 1
        assert domain.complete_due_campaigns() == 0
        event = PastPromotion.objects.get()
        assert (event.code, event.product, event.door) == (campaign.code, ranged, door)
        assert (event.starts_on, event.ends_on) == (campaign.starts_on, campaign.ends_on)
        assert waiting() == {ranged.pk, unranged.pk}
        assert type(last_day).objects.get(pk=last_day.pk).status == "running"
