"""Action items: every state × step × role, what closes them by itself, and what keeps them open."""

from datetime import timedelta

import pghistory
import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from marketing.tests.factories import make_campaign, make_dc, make_product
from planning.consensus.choices import CycleStatus, Layer
from planning.consensus.domain.stages import submit_forecast
from planning.risk.choices import RiskState
from planning.risk.decisions import accept_risk, sign_acceptance
from planning.risk.models import Flag
from planning.supply.choices import ReceiptStatus
from planning.supply.models import Receipt
from planning.tests.consensus.cases import make_cycle
from planning.tests.factories import make_flag, make_receipt
from scorecard.about.about import About
from scorecard.about.choices import AboutKind
from scorecard.actions import domain
from scorecard.actions.choices import ActionStatus as Status
from scorecard.actions.choices import ConditionKind, Priority
from scorecard.actions.conditions import Condition, why_fulfilled
from scorecard.actions.domain import Changes
from scorecard.actions.models import Action
from scorecard.tests.actions.cases import GIVER, OWNER, action_in, give
from sop_site.access.permissions import NotAllowed, NotNow
from sop_site.access.roles import HEADS, Role
from sop_site.formats import short_date
from sop_site.history.queries import entries_of
from sop_site.notifications.choices import Kind
from sop_site.notifications.models import Notification

HEADS_AND_EXECUTIVE = HEADS | {Role.EXECUTIVE}
WORKERS = HEADS_AND_EXECUTIVE | {GIVER, OWNER}
STEPS = {
    "begin": lambda action, by: domain.begin_action(action=action, by=by),
    "finish": lambda action, by: domain.finish_action(action=action, by=by),
    "drop": lambda action, by: domain.drop_action(action=action, by=by, note="because"),
    "reopen": lambda action, by: domain.reopen_action(action=action, by=by),
}
# (step, from this state) → (to that state, roles that may). All else is not now.
ALLOWED = {
    ("begin", Status.OPEN): (Status.UNDER_WAY, WORKERS),
    ("finish", Status.OPEN): (Status.DONE, WORKERS),
    ("finish", Status.UNDER_WAY): (Status.DONE, WORKERS),
    ("drop", Status.OPEN): (Status.DROPPED, WORKERS - {OWNER}),
    ("drop", Status.UNDER_WAY): (Status.DROPPED, WORKERS - {OWNER}),
    ("reopen", Status.DONE): (Status.OPEN, WORKERS),
    ("reopen", Status.DROPPED): (Status.OPEN, WORKERS),
}


@pytest.mark.parametrize("status", list(Status))
def test_every_step_in_every_state_by_every_role(status, today, user_of):
    action = action_in(status, user_of, today)
    found, expected = {}, {}
    for step, do in STEPS.items():
        target, roles = ALLOWED.get((step, status), (None, frozenset()))
        for role in Role:
            before = transaction.savepoint()
            try:
                found[step, role] = do(action, user_of(role)).status
            except (NotNow, NotAllowed) as refusal:
                found[step, role] = type(refusal)
            transaction.savepoint_rollback(before)
            allowed = target if role in roles else NotAllowed
            expected[step, role] = NotNow if target is None else allowed
    assert found == expected


@pytest.mark.parametrize("status", list(Status))
def test_the_steps_on_offer_are_those_of_the_table(status, today, user_of):
    action = action_in(status, user_of, today)
    for role in Role:
        offered = {found.name for found in action.get_available_user_status_transitions(user_of(role))}
        assert offered == {
            step for (step, source), (_, roles) in ALLOWED.items() if source == status and role in roles
        }


@pytest.mark.parametrize("status", [Status.DONE, Status.DROPPED])
def test_no_role_reopens_what_the_data_has_closed_while_it_holds(status, today, user_of, client_of):
    receipt = make_receipt(make_product(), make_dc(), 10)
    action = give(user_of, today, condition=Condition(ConditionKind.RECEIPT_LANDED, str(receipt.pk)))
    if status == Status.DROPPED:
        domain.drop_action(action=action, by=user_of(GIVER), note="We ship from another door.")
    Receipt.objects.filter(pk=receipt.pk).update(status=ReceiptStatus.RECEIVED)
    domain.check_conditions()
    action = Action.objects.get()
    assert action.status == status
    for role in Role:
        assert list(action.get_available_user_status_transitions(user_of(role))) == []
        with pytest.raises(NotNow, match="it closes by itself while the receipt has landed"):
            domain.reopen_action(action=action, by=user_of(role))
    text = client_of(OWNER).get(action.get_absolute_url()).text
    assert ("it closes by itself while the receipt has landed." in text, "Reopen</button>" in text) == (
        True,
        False,
    )


@pytest.mark.parametrize("role", list(Role))
def test_everyone_but_the_administrator_gives_actions_and_is_given_them(role, today, user_of):
    if role == Role.ADMINISTRATOR:
        with pytest.raises(NotAllowed):
            give(user_of, today, by=user_of(role))
        with pytest.raises(NotNow, match="Administrator does not work on action items"):
            give(user_of, today, owner=user_of(role))
    else:
        assert give(user_of, today, by=user_of(role)).given_by == user_of(role)
        assert give(user_of, today, owner=user_of(role)).owner == user_of(role)


class TestGiving:
    def test_keeps_what_it_is_about_and_its_first_date(self, today, user_of):
        about = About(AboutKind.CAMPAIGN, str(make_campaign().pk))
        action = give(user_of, today, about=about, priority=Priority.HIGH)
        stored = Action.objects.get()
        assert (About.of(stored), stored.priority, stored.status) == (about, Priority.HIGH, Status.OPEN)
        assert (stored.first_due_on, stored.times_moved) == (action.due_on, 0)

    def test_says_what_is_missing(self, today, user_of):
        with pytest.raises(NotNow, match=r"Say what is to be done\."):
            give(user_of, today, title=" ")
        with pytest.raises(NotNow, match="not there any more"):
            give(user_of, today, condition=Condition(ConditionKind.FLAG_CLEARED, "999"))

    def test_of_what_has_happened_already_is_closed_at_once(self, today, user_of):
        receipt = make_receipt(make_product(), make_dc(), 10, status=ReceiptStatus.RECEIVED)
        action = give(user_of, today, condition=Condition(ConditionKind.RECEIPT_LANDED, str(receipt.pk)))
        assert (action.status, action.closed_by) == (Status.DONE, None)


class TestChanging:
    def test_a_date_that_is_put_off_counts_and_one_brought_forward_does_not(self, today, user_of):
        action = give(user_of, today)
        for days in (9, 8, 12):
            action = domain.change_action(
                action=action, by=user_of(OWNER), changes=Changes(due_on=today + timedelta(days=days))
            )
        assert (action.times_moved, action.first_due_on) == (2, today + timedelta(days=7))

    def test_is_for_who_may_work_on_it_while_it_is_open(self, today, user_of):
        action = action_in(Status.DONE, user_of, today)
        with pytest.raises(NotNow, match="reopen it to change it"):
            domain.change_action(action=action, by=user_of(OWNER), changes=Changes(title="Other"))
        with pytest.raises(NotAllowed):
            domain.change_action(action=action, by=user_of(Role.MERCHANDISING_MEMBER), changes=Changes())

    def test_of_many_is_all_or_nothing(self, today, user_of):
        first, second = give(user_of, today, title="First"), give(user_of, today, title="Second")
        domain.set_blockers(
            action=second, by=user_of(GIVER), blocked_by=[give(user_of, today, title="Slots")]
        )
        with pytest.raises(NotNow, match=r"“Second”: It waits for: Slots\."):
            domain.change_many(
                actions=[first, second],
                by=user_of(GIVER),
                changes=Changes(owner=user_of(GIVER)),
                finish=True,
            )
        standing = set(Action.objects.values_list("status", "owner__username"))
        assert standing == {(Status.OPEN, OWNER.value)}
        changed = domain.change_many(
            actions=[first, second], by=user_of(GIVER), changes=Changes(owner=user_of(GIVER))
        )
        assert [action.owner for action in changed] == [user_of(GIVER)] * 2


class TestWaiting:
    def test_for_another_keeps_it_open_until_that_is_closed(self, today, user_of):
        first, second = give(user_of, today, title="First"), give(user_of, today, title="Second")
        domain.set_blockers(action=second, by=user_of(OWNER), blocked_by=[first])
        with pytest.raises(NotNow, match=r"It waits for: First\."):
            domain.finish_action(action=second, by=user_of(OWNER))
        domain.drop_action(action=first, by=user_of(GIVER), note="Not needed.")
        assert domain.finish_action(action=second, by=user_of(OWNER)).status == Status.DONE

    def test_for_itself_is_refused_however_far_round(self, today, user_of):
        first, second, third = (give(user_of, today, title=title) for title in ("1", "2", "3"))
        domain.set_blockers(action=second, by=user_of(OWNER), blocked_by=[first])
        domain.set_blockers(action=third, by=user_of(OWNER), blocked_by=[second])
        with pytest.raises(NotNow, match="It would wait for itself"):
            domain.set_blockers(action=first, by=user_of(OWNER), blocked_by=[third])
        assert list(first.blocked_by.all()) == []

    def test_for_one_of_those_that_are_all_done_is_over_with_them(self, today, user_of):
        waiting, between, last = (give(user_of, today, title=title) for title in ("1", "2", "3"))
        domain.set_blockers(action=waiting, by=user_of(OWNER), blocked_by=[between])
        domain.set_blockers(action=between, by=user_of(OWNER), blocked_by=[last])
        done = domain.change_many(
            actions=[waiting, between, last], by=user_of(OWNER), changes=Changes(), finish=True
        )
        assert [action.status for action in done] == [Status.DONE] * 3

    def test_stands_in_the_history_with_who_said_so(self, today, user_of):
        first, second, third = (give(user_of, today, title=title) for title in ("1", "2", "3"))
        for blocked_by in ([first, second], [second]):
            with pghistory.context():
                domain.set_blockers(action=third, by=user_of(OWNER), blocked_by=blocked_by)

        def told_of(action: Action) -> list[tuple[str, str]]:
            return [(entry.by, entry.sentence) for entry in entries_of(action) if entry.sentence]

        by = str(user_of(OWNER))
        assert told_of(third) == [
            (by, "it no longer waits for “1”"),
            (by, "it waits for “2”"),
            (by, "it waits for “1”"),
        ]
        assert told_of(first) == [(by, "“3” no longer waits for it"), (by, "“3” waits for it")]


class TestConditions:
    def closes_and_reopens(self, action: Action, come_true, cease) -> None:
        assert (action.status, domain.check_conditions()) == (Status.OPEN, [])
        come_true()
        assert domain.check_conditions() == [action]
        action = Action.objects.get(pk=action.pk)
        assert (action.status, action.closed_by, action.closed_at is None) == (Status.DONE, None, False)
        assert domain.check_conditions() == []
        cease()
        assert domain.check_conditions() == [action]
        action = Action.objects.get(pk=action.pk)
        assert (action.status, action.closed_at) == (Status.OPEN, None)

    def test_a_flag_that_is_cleared_closes_it_and_opens_it_when_it_comes_back(self, today, user_of):
        flag = make_flag(make_campaign(), make_product(), state=RiskState.STOCKOUT)
        self.closes_and_reopens(
            give(user_of, today, condition=Condition(ConditionKind.FLAG_CLEARED, str(flag.pk))),
            lambda: Flag.objects.filter(pk=flag.pk).update(state=RiskState.OK),
            lambda: Flag.objects.filter(pk=flag.pk).update(state=RiskState.AT_RISK),
        )

    def test_a_campaign_closes_it_when_its_last_flag_is_decided_and_opens_it_with_the_next(
        self, today, user_of
    ):
        campaign = make_campaign()
        flags = [make_flag(campaign, make_product(), state=RiskState.STOCKOUT) for _ in range(2)]
        make_flag(make_campaign(), make_product())
        Flag.objects.filter(pk=flags[0].pk).update(state=RiskState.OK)
        self.closes_and_reopens(
            give(user_of, today, condition=Condition(ConditionKind.CAMPAIGN_CLEARED, str(campaign.pk))),
            lambda: accept_risk(flag=flags[1], by=user_of(GIVER), reason="A late season."),
            lambda: Flag.objects.filter(pk=flags[0].pk).update(state=RiskState.OUT),
        )

    def test_a_campaign_is_asked_after_once_for_however_many_actions(self, today, user_of, statements_sent):
        sent_for = []
        for count in (1, 4):
            for _ in range(count):
                campaign = make_campaign()
                make_flag(campaign, make_product())
                give(user_of, today, condition=Condition(ConditionKind.CAMPAIGN_CLEARED, str(campaign.pk)))
            with statements_sent() as sent:
                assert domain.check_conditions() == []
            sent_for.append(len(sent))
        assert sent_for == [2, 2]

    def test_of_a_flag_says_whether_the_risk_was_accepted_or_is_gone(self, today, user_of):
        planner, lead, cmo = (user_of(role) for role in (GIVER, Role.PLANNING_LEAD, Role.MARKETING_LEAD))
        campaign, ended = make_campaign(), make_campaign()
        small, large, gone, unknown = (make_flag(campaign, make_product()) for _ in range(4))
        unplanned = make_flag(ended, make_product(), closed_at=timezone.now())
        Flag.objects.filter(pk=large.pk).update(revenue_short=50_000.0)
        accept_risk(flag=small, by=planner, reason="A late season.")
        acceptance = accept_risk(flag=Flag.objects.get(pk=large.pk), by=lead, reason="A late season.")
        sign_acceptance(acceptance=acceptance, by=cmo, note="Agreed.")
        Flag.objects.filter(pk=gone.pk).update(state=RiskState.WATCH)
        Flag.objects.filter(pk=unknown.pk).update(state=RiskState.NO_DATA)
        conditions = [Condition(ConditionKind.FLAG_CLEARED, str(flag.pk)) for flag in (small, large, gone)]
        conditions += [Condition(ConditionKind.FLAG_CLEARED, str(flag.pk)) for flag in (unknown, unplanned)]
        conditions += [Condition(ConditionKind.CAMPAIGN_CLEARED, str(one.pk)) for one in (campaign, ended)]
        day = short_date(timezone.localdate())
        assert [why_fulfilled(condition) for condition in conditions] == [
            f"the risk was accepted by {planner} on {day}",
            f"the risk was accepted by {lead} and {cmo} on {day}",
            "the stock covers the plan",
            "nothing is known to run short",
            "it is not planned any more",
            f"2 risks were accepted, the last by {lead} and {cmo} on {day}",
            "it is not planned any more",
        ]

    def test_why_it_is_done_stands_on_its_page_and_in_its_history_and_is_told(
        self, today, user_of, client_of
    ):
        flag = make_flag(make_campaign(), make_product())
        action = give(user_of, today, condition=Condition(ConditionKind.FLAG_CLEARED, str(flag.pk)))
        why = f"the risk was accepted by {user_of(GIVER)} on {short_date(timezone.localdate())}"
        accept_risk(flag=flag, by=user_of(GIVER), reason="A late season.")
        domain.check_conditions()
        assert f", because {why}</dd>" in client_of(OWNER).get(action.get_absolute_url()).content.decode()
        changes = {change.field_label: change.after for change in entries_of(action)[0].changes}
        assert changes["Closed because"] == why
        flag.acceptances.all().delete()
        domain.check_conditions()
        told = Notification.objects.filter(kind=Kind.ACTION_CHANGED, recipient=user_of(GIVER))
        assert list(told.order_by("pk").values_list("title", flat=True)) == [
            f"{action}: is done ({why})",
            f"{action}: is open again (the flag waits for a decision again)",
        ]

    def test_a_receipt_that_lands_closes_it(self, today, user_of):
        receipt = make_receipt(make_product(), make_dc(), 10)
        self.closes_and_reopens(
            give(user_of, today, condition=Condition(ConditionKind.RECEIPT_LANDED, str(receipt.pk))),
            lambda: Receipt.objects.filter(pk=receipt.pk).update(status=ReceiptStatus.RECEIVED),
            lambda: Receipt.objects.filter(pk=receipt.pk).update(status=ReceiptStatus.OPEN),
        )

    def test_a_forecast_that_is_handed_in_closes_it(self, today, user_of):
        forecast = make_cycle()
        cycle, marketing = forecast.version.cycle, user_of(Role.MARKETING_LEAD)
        assert cycle.status == CycleStatus.COLLECTING
        self.closes_and_reopens(
            give(
                user_of,
                today,
                condition=Condition(ConditionKind.FORECAST_SUBMITTED, f"{cycle.pk}:{Layer.MARKETING}"),
            ),
            lambda: submit_forecast(version=forecast.version, layer=Layer.MARKETING, by=marketing),
            lambda: forecast.version.submissions.all().delete(),
        )

    def test_people_do_not_say_that_it_is_done_but_may_drop_it(self, today, user_of):
        receipt = make_receipt(make_product(), make_dc(), 10)
        action = give(user_of, today, condition=Condition(ConditionKind.RECEIPT_LANDED, str(receipt.pk)))
        with pytest.raises(NotNow, match=r"It closes by itself once the receipt has landed\."):
            domain.finish_action(action=action, by=user_of(OWNER))
        domain.drop_action(action=action, by=user_of(GIVER), note="We ship from another door.")
        Receipt.objects.filter(pk=receipt.pk).update(status=ReceiptStatus.RECEIVED)
        assert domain.check_conditions() == []
        with pytest.raises(NotNow, match=r"it closes by itself while the receipt has landed\."):
            domain.reopen_action(action=action, by=user_of(OWNER))
        Receipt.objects.filter(pk=receipt.pk).update(status=ReceiptStatus.OPEN)
        assert domain.reopen_action(action=action, by=user_of(OWNER)).status == Status.OPEN


def test_why_it_was_dropped_and_reopened_stands_among_the_comments(today, user_of):
    action = domain.drop_action(action=give(user_of, today), by=user_of(GIVER), note="Done by the agency.")
    domain.reopen_action(action=action, by=user_of(OWNER), note="The agency left it out.")
    said = list(action.comments.values_list("text", "by__username"))
    assert said == [("Done by the agency.", GIVER.value), ("The agency left it out.", OWNER.value)]


def test_the_database_refuses_a_closed_action_that_nobody_and_nothing_closed(today, user_of):
    action = action_in(Status.DONE, user_of, today)
    with pytest.raises(IntegrityError), transaction.atomic():
        Action.objects.filter(pk=action.pk).update(closed_by=None)
