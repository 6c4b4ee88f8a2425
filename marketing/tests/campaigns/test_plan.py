"""Writing a campaign's plan: created, changed, and changed by a remedy that Marketing consented to."""

from dataclasses import replace
from datetime import timedelta

import pghistory
import pytest
from django.db import connection

from marketing.campaigns import domain
from marketing.campaigns.choices import CampaignStatus as Status
from marketing.campaigns.choices import Channel, LiftUnit
from marketing.campaigns.domain import CampaignPlan, PlannedLine, StalePlan, SuggestedLift
from marketing.campaigns.domain.locking import CODE_LOCK
from marketing.campaigns.models import Campaign
from marketing.tests.factories import make_campaign, make_door, make_fit, make_mechanic, make_product
from sop_site.access.permissions import NotAllowed, NotNow
from sop_site.access.roles import Role


@pytest.fixture
def maya(user_of):
    return user_of(Role.MARKETING_MEMBER)


@pytest.fixture
def plan(today):
    starts_on = today + timedelta(weeks=7)
    return CampaignPlan(
        name="Spring drop",
        mechanic=make_mechanic(),
        channel=Channel.ALL,
        starts_on=starts_on,
        ends_on=starts_on + timedelta(days=13),
        brief="",
        doors=[make_door(), make_door()],
        lines=[PlannedLine(make_product(), LiftUnit.PERCENT, 80.0)],
    )


class TestCreate:
    def test_is_a_draft_of_its_author_that_changes_no_demand(self, plan, maya, waiting):
        campaign = domain.create_campaign(plan=plan, by=maya)
        assert (campaign.status, campaign.owner, campaign.revision) == (Status.DRAFT, maya, 1)
        assert set(campaign.doors.all()) == set(plan.doors)
        assert waiting() == set()

    def test_can_be_submitted_in_one_go(self, plan, maya, waiting):
        campaign = domain.create_campaign(plan=plan, by=maya, submit=True)
        assert campaign.status == Status.SUBMITTED
        assert waiting() == {plan.lines[0].product.pk}

    @pytest.mark.parametrize(
        ("unit", "value", "ratio", "units"),
        [
            (LiftUnit.PERCENT, 64.0, 0.64, None),
            (LiftUnit.MULTIPLIER, 1.5, 0.5, None),
            (LiftUnit.UNITS, 300.0, None, 300.0),
        ],
    )
    def test_lift_is_kept_as_entered_and_as_calculated(self, unit, value, ratio, units, plan, maya):
        line = PlannedLine(make_product(), unit, value)
        saved = domain.create_campaign(plan=replace(plan, lines=[line]), by=maya).lines.get()
        assert (saved.lift_unit, saved.lift_value) == (unit, value)
        assert saved.uplift_ratio == pytest.approx(ratio)
        assert saved.uplift_units == units

    def test_codes_go_on_from_the_highest_number(self, plan, maya):
        make_campaign(code="C-0041")
        make_campaign(code="C-0009")
        make_campaign(code="CAL-00077")
        assert domain.create_campaign(plan=plan, by=maya).code == "C-0042"

    @pytest.mark.parametrize("role", sorted(set(Role) - {Role.MARKETING_MEMBER, Role.MARKETING_LEAD}))
    def test_is_marketings(self, role, plan, user_of):
        with pytest.raises(NotAllowed):
            domain.create_campaign(plan=plan, by=user_of(role))


def test_the_next_code_is_worked_out_by_one_at_a_time(plan, maya):
    domain.create_campaign(plan=plan, by=maya)
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [CODE_LOCK])
            assert cursor.fetchone() == (False,)
    finally:
        other.close()


class TestChange:
    def test_replaces_the_plan_and_raises_the_revision(self, plan, maya):
        campaign = domain.create_campaign(plan=plan, by=maya)
        line = PlannedLine(make_product(), LiftUnit.UNITS, 12.0)
        new = replace(plan, name="Summer drop", doors=plan.doors[:1], lines=[*plan.lines, line])
        changed = domain.change_campaign(campaign=campaign, plan=new, revision=1, by=maya)
        assert (changed.name, changed.revision) == ("Summer drop", 2)
        assert list(changed.doors.all()) == [plan.doors[0]]
        assert changed.lines.count() == 2

    def test_an_unchanged_plan_is_left_alone(self, plan, maya, waiting):
        campaign = make_campaign(products=[plan.lines[0].product], doors=plan.doors, uplift_ratio=0.8)
        same = replace(
            plan, name=campaign.name, starts_on=campaign.starts_on, ends_on=campaign.ends_on, brief=""
        )
        assert domain.change_campaign(campaign=campaign, plan=same, revision=1, by=maya).revision == 1
        assert waiting() == set()

    def test_a_submitted_plan_marks_the_skus_before_and_after(self, plan, maya, waiting):
        before, after = make_product(), plan.lines[0].product
        campaign = make_campaign(products=[before], doors=plan.doors)
        domain.change_campaign(campaign=campaign, plan=plan, revision=1, by=maya)
        assert waiting() == {before.pk, after.pk}

    def test_a_draft_changes_no_demand(self, plan, maya, waiting):
        campaign = make_campaign(products=[make_product()], doors=plan.doors, status=Status.DRAFT)
        domain.change_campaign(campaign=campaign, plan=plan, revision=1, by=maya)
        assert waiting() == set()

    def test_a_stale_change_says_whose_is_newer(self, plan, maya, user_of):
        campaign = domain.create_campaign(plan=plan, by=maya)
        chief = user_of(Role.MARKETING_LEAD)
        with pghistory.context(user=chief.pk):
            domain.change_campaign(campaign=campaign, plan=replace(plan, name="Hers"), revision=1, by=chief)
        with pytest.raises(StalePlan) as stale:
            domain.change_campaign(campaign=campaign, plan=replace(plan, name="His"), revision=1, by=maya)
        assert (stale.value.changed_by, stale.value.revision) == ("CMO", 2)
        assert Campaign.objects.get(pk=campaign.pk).name == "Hers"

    @pytest.mark.parametrize("status", sorted(set(Status) - {Status.DRAFT, Status.SUBMITTED}))
    def test_a_decided_plan_must_be_revised_first(self, status, plan, maya):
        campaign = make_campaign(status=status)
        with pytest.raises(NotNow, match="Revise it first"):
            domain.change_campaign(campaign=campaign, plan=plan, revision=1, by=maya)


class TestSuggested:
    @pytest.fixture
    def fit(self, db):
        return make_fit()

    @pytest.fixture
    def line(self, fit):
        suggested = SuggestedLift(fit.pk, 1.6, 2.4, 4.1)
        return PlannedLine(make_product(), LiftUnit.PERCENT, 80.0, 25.0, suggested, "Less media than usual")

    def test_both_lifts_are_kept_with_the_fit_and_the_reason(self, plan, line, fit, maya):
        saved = domain.create_campaign(plan=replace(plan, lines=[line]), by=maya).lines.get()
        assert (saved.uplift_ratio, saved.discount_percent, saved.suggested_by) == (0.8, 25.0, fit)
        assert (saved.suggested_p10, saved.suggested_p50, saved.suggested_p90) == (1.6, 2.4, 4.1)
        assert saved.override_reason == "Less media than usual"

    def test_a_plan_read_back_is_the_same_plan(self, plan, line, maya):
        plan = replace(plan, lines=[line])
        campaign = domain.create_campaign(plan=plan, by=maya)
        assert CampaignPlan.of(campaign).lines == [line]
        assert (
            domain.change_campaign(
                campaign=campaign, plan=CampaignPlan.of(campaign), revision=1, by=maya
            ).revision
            == 1
        )

    @pytest.mark.parametrize(
        "change",
        [{"discount_percent": None}, {"suggested": None}, {"override_reason": "Later media"}],
        ids=lambda change: next(iter(change)),
    )
    def test_each_of_them_is_part_of_the_plan(self, change, plan, line, maya):
        campaign = domain.create_campaign(plan=replace(plan, lines=[line]), by=maya)
        changed = replace(plan, lines=[replace(line, **change)])
        assert domain.change_campaign(campaign=campaign, plan=changed, revision=1, by=maya).revision == 2
        assert CampaignPlan.of(campaign).lines == changed.lines

    def test_a_fit_that_is_gone_leaves_its_figures(self, plan, line, fit, maya):
        campaign = domain.create_campaign(plan=replace(plan, lines=[line]), by=maya)
        fit.delete()
        assert CampaignPlan.of(campaign).lines[0].suggested == SuggestedLift(None, 1.6, 2.4, 4.1)

    def test_a_consented_lift_takes_the_note_for_its_reason(self, plan, line, maya):
        campaign = domain.create_campaign(plan=replace(plan, lines=[line]), by=maya, submit=True)
        domain.set_expected_lift(
            line=campaign.lines.get(), lift_unit="percent", lift_value=40.0, by=maya, note="The mill closed"
        )
        kept = campaign.lines.get()
        assert (kept.lift_value, kept.suggested_p50, kept.override_reason) == (40.0, 2.4, "The mill closed")

    def test_another_sku_does_not_inherit_what_was_suggested_for_the_old_one(self, plan, line, maya):
        campaign = domain.create_campaign(plan=replace(plan, lines=[line]), by=maya, submit=True)
        domain.replace_featured_sku(campaign=campaign, old=line.product, new=make_product(), by=maya)
        kept = PlannedLine.of(campaign.lines.get())
        assert (kept.discount_percent, kept.suggested, kept.override_reason) == (25.0, None, "")


class TestRemediesOnThePlan:
    @pytest.mark.parametrize("status", [Status.SUBMITTED, Status.APPROVED, Status.RUNNING])
    def test_another_sku_takes_the_place_with_its_lift(self, status, today, maya, waiting):
        old, new = make_product(), make_product()
        campaign = make_campaign(products=[old], uplift_ratio=0.5, status=status)
        line = domain.replace_featured_sku(campaign=campaign, old=old, new=new, by=maya, note="Short")
        assert (line.product, line.uplift_ratio) == (new, 0.5)
        assert Campaign.objects.get(pk=campaign.pk).revision == 2
        assert waiting() == {old.pk, new.pk}

    def test_a_sku_that_is_featured_already_cannot_take_the_place(self, today, maya):
        old, new = make_product(), make_product()
        campaign = make_campaign(products=[old, new])
        with pytest.raises(NotNow, match=r"features SKU-.* already"):
            domain.replace_featured_sku(campaign=campaign, old=old, new=new, by=maya)

    def test_a_sku_that_is_gone_cannot_be_replaced(self, today, maya):
        campaign = make_campaign()
        with pytest.raises(NotNow, match="no longer features"):
            domain.replace_featured_sku(campaign=campaign, old=make_product(), new=make_product(), by=maya)

    def test_another_lift(self, today, maya, waiting):
        product = make_product()
        line = make_campaign(products=[product], status=Status.APPROVED).lines.get()
        domain.set_expected_lift(line=line, lift_unit="multiplier", lift_value=1.25, by=maya)
        line.refresh_from_db()
        assert (line.lift_unit, line.lift_value, line.uplift_ratio) == ("multiplier", 1.25, 0.25)
        assert waiting() == {product.pk}

    @pytest.mark.parametrize("status", [Status.DRAFT, Status.REJECTED, Status.CANCELLED, Status.COMPLETED])
    def test_a_plan_that_is_not_served_is_left_alone(self, status, today, maya):
        line = make_campaign(products=[make_product()], status=status).lines.get()
        with pytest.raises(NotNow):
            domain.set_expected_lift(line=line, lift_unit="percent", lift_value=1.0, by=maya)

    @pytest.mark.parametrize("role", sorted(set(Role) - {Role.MARKETING_MEMBER, Role.MARKETING_LEAD}))
    def test_consent_is_marketings(self, role, today, user_of):
        line = make_campaign(products=[make_product()]).lines.get()
        with pytest.raises(NotAllowed):
            domain.set_expected_lift(line=line, lift_unit="percent", lift_value=1.0, by=user_of(role))
