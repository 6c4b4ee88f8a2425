"""What the digest leaves out: what people were told of and is over by now, as each room knows."""

from datetime import timedelta

from django.utils import timezone

import marketing.campaigns.telling as campaigns
import planning.consensus.telling as forecasts
import planning.remedies.telling as remedies
import planning.risk.telling as risks
import scorecard.actions.telling as actions
import sop_site.operating_model.telling as models
from marketing.campaigns.choices import CampaignStatus
from marketing.tests.factories import make_campaign, make_product
from planning.consensus.choices import CycleStatus, Layer
from planning.consensus.domain.stages import submit_forecast
from planning.consensus.models import Cycle
from planning.remedies.domain import propose_reduction
from planning.remedies.models import Remedy
from planning.risk.decisions import accept_risk, sign_acceptance
from planning.risk.models import Flag
from planning.tests.consensus.cases import make_cycle
from planning.tests.factories import make_flag
from scorecard.actions import domain
from scorecard.actions.domain import Changes
from scorecard.tests.actions.cases import GIVER, OWNER, give
from scorecard.tests.home.cases import flagged
from sop_site.access.roles import Role
from sop_site.notifications.models import Notification
from sop_site.tests.operating_model.cases import propose


def test_of_an_action_what_it_asks_now_and_its_last_state_and_all_that_was_said_stay(today, user_of):
    owner, giver = user_of(OWNER), user_of(GIVER)
    action = give(user_of, today, title="Call the agency")

    def told() -> list[str]:
        keys = list(Notification.objects.filter(recipient=owner).order_by("pk").values_list("key", flat=True))
        over = actions.told_and_over(owner, keys)
        return [key.split(":")[2] for key in keys if key not in over]

    actions.remind_and_pass_on(action.due_on)
    assert told() == ["due"]
    due_on = action.due_on + timedelta(days=3)
    domain.change_action(action=action, by=giver, changes=Changes(due_on=due_on))
    assert told() == ["owner", "moved"]
    domain.comment(action=action, by=giver, text="Ask for Anna.")
    domain.comment(action=action, by=giver, text="Not on Friday.")
    assert told() == ["owner", "moved", "comment", "comment"]
    actions.remind_and_pass_on(due_on + timedelta(days=1))
    assert told() == ["comment", "comment", "overdue"]
    domain.finish_action(action=action, by=giver)
    assert told() == ["comment", "comment", "done"]
    domain.reopen_action(action=action, by=owner)
    assert told() == ["comment", "comment", "overdue"]


def test_of_a_campaign_what_was_decided_last_stays_and_what_still_waits(user_of):
    campaign = make_campaign(status=CampaignStatus.SUBMITTED)
    named = f"campaign:{campaign.pk}:revision"
    submitted, sign = f"{named}:1:submitted", f"{named}:1:sign"
    rejected, again, approved = f"{named}:1:rejected", f"{named}:2:submitted", f"{named}:2:approved"
    others = [f"campaign:{campaign.pk}:flags:7", "action:1:due:2026-11-24"]
    reader = user_of(GIVER)
    assert campaigns.told_and_over(reader, [submitted, *others]) == set()
    assert campaigns.told_and_over(reader, [submitted, rejected, again]) == {submitted, rejected}
    assert campaigns.told_and_over(reader, [submitted, sign]) == {submitted}
    type(campaign).objects.update(status=CampaignStatus.APPROVED, decided_at=timezone.now())
    assert campaigns.told_and_over(reader, [submitted, sign, *others]) == {submitted, sign}
    assert campaigns.told_and_over(reader, [rejected, again, approved]) == {rejected, again}


def test_of_flags_a_date_to_keep_stays_and_what_became_of_them_since(today, user_of):
    campaign = make_campaign()
    flag = make_flag(campaign, make_product(), decide_by_date=today + timedelta(days=2))
    named, reader = f"campaign:{campaign.pk}", user_of(GIVER)
    raised, worse = f"{named}:flags:7", f"{named}:flags:9"
    near, lapsed = (
        f"{named}:decide_by_near:{flag.decide_by_date}",
        f"{named}:decide_by_lapsed:{flag.decide_by_date}",
    )
    assert risks.told_and_over(reader, [raised, near, worse]) == {raised}
    assert risks.told_and_over(reader, [raised, worse, near]) == {raised, worse}
    Flag.objects.update(decide_by_date=today - timedelta(days=1))
    assert risks.told_and_over(reader, [raised, near, lapsed]) == {raised, near}
    Flag.objects.update(closed_at=flag.calculated_at)
    assert risks.told_and_over(reader, [raised, near, lapsed]) == {raised, near, lapsed}


def test_of_a_large_risk_only_a_signature_stays_that_is_still_theirs_to_give(today, user_of):
    flag = flagged(user_of, "LARGE", today + timedelta(days=30), revenue_short=50_000.0)
    acceptance = accept_risk(flag=flag, by=user_of(GIVER), reason="A late season.")
    vp, cmo, asked = (
        user_of(Role.PLANNING_LEAD),
        user_of(Role.MARKETING_LEAD),
        f"acceptance:{acceptance.pk}:sign",
    )
    assert [risks.told_and_over(person, [asked]) for person in (vp, cmo)] == [set(), set()]
    sign_acceptance(acceptance=acceptance, by=vp, note="")
    assert [risks.told_and_over(person, [asked]) for person in (vp, cmo)] == [{asked}, set()]


def test_of_a_proposal_the_question_goes_with_its_answer(today, user_of):
    flag = flagged(user_of, "ASKED", today + timedelta(days=25))
    remedy = propose_reduction(flag=flag, lift_value=50.0, by=user_of(GIVER), reason="The mill is closed.")
    keys, reader = [f"remedy:{remedy.pk}:proposed", f"remedy:{remedy.pk}:declined"], user_of(OWNER)
    assert remedies.told_and_over(reader, keys) == set()
    Remedy.objects.update(status="declined", settled_at=timezone.now())
    assert remedies.told_and_over(reader, keys) == {keys[0]}


def test_of_a_forecast_the_stage_stays_at_which_it_is_and_what_is_owed_still(user_of):
    version = make_cycle().version
    cycle, reader = version.cycle, user_of(Role.MARKETING_LEAD)
    named = f"forecast-cycle:{cycle.pk}"
    opened, reconciling, published = (
        f"{named}:{at}" for at in ("collecting:1", "reconciling:2", "published:9")
    )
    sign, signing = f"{named}:sign:cmo:signing:4", f"{named}:signing:4"
    owed = [f"forecast:{version.pk}:owed:{layer}:2026-12-01" for layer in (Layer.MARKETING, Layer.PLANNING)]
    assert forecasts.told_and_over(reader, [opened, *owed]) == set()
    submit_forecast(version=version, layer=Layer.MARKETING, by=reader)
    assert forecasts.told_and_over(reader, [opened, *owed]) == {owed[0]}
    Cycle.objects.update(status=CycleStatus.SIGNING)
    assert forecasts.told_and_over(reader, [opened, reconciling, signing]) == {opened, reconciling}
    assert forecasts.told_and_over(reader, [reconciling, signing, sign, *owed]) == {
        reconciling,
        signing,
        *owed,
    }
    Cycle.objects.update(status=CycleStatus.PUBLISHED, published_at=timezone.now())
    assert forecasts.told_and_over(reader, [reconciling, sign, published]) == {reconciling, sign}


def test_of_a_version_of_the_operating_model_the_stage_stays_at_which_it_is(today, user_of):
    model = propose(user_of, effective_from=today + timedelta(days=30))
    keys = [f"operating-model:{model.version}:{stage}" for stage in ("proposed", "reviewed", "adopted")]
    reader = user_of(Role.EXECUTIVE)
    assert models.told_and_over(reader, keys[:1]) == set()
    type(model).objects.filter(pk=model.pk).update(status="adopted")
    assert models.told_and_over(reader, keys) == set(keys[:2])
