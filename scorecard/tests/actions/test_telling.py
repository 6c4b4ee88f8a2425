"""Who is told of an action: its owner, who gave it, and the next in line when its date lapses."""

from datetime import timedelta

import pytest

from marketing.tests.factories import make_dc, make_product
from planning.supply.choices import ReceiptStatus
from planning.supply.models import Receipt
from planning.tests.factories import make_receipt
from scorecard.actions import domain
from scorecard.actions.choices import ConditionKind
from scorecard.actions.conditions import Condition
from scorecard.actions.domain import Changes
from scorecard.actions.models import Action
from scorecard.actions.telling import remind_and_pass_on
from scorecard.tests.actions.cases import GIVER, OWNER, give
from sop_site.access.roles import Role
from sop_site.notifications.choices import Kind
from sop_site.notifications.models import Notification


def told() -> set[tuple[str, str]]:
    return set(Notification.objects.values_list("kind", "recipient__username"))


def forget() -> None:
    Notification.objects.all().delete()


def test_an_owner_is_told_of_what_others_give_them(today, user_of):
    action = give(user_of, today)
    give(user_of, today, by=user_of(OWNER))
    assert told() == {(Kind.ACTION_GIVEN, OWNER.value)}
    forget()
    lead = user_of(Role.MARKETING_LEAD)
    domain.change_action(action=action, by=user_of(GIVER), changes=Changes(owner=lead))
    assert told() == {(Kind.ACTION_GIVEN, Role.MARKETING_LEAD.value)}
    forget()
    domain.change_action(action=action, by=lead, changes=Changes(owner=user_of(OWNER)))
    assert told() == {(Kind.ACTION_GIVEN, OWNER.value)}


def test_whoever_has_a_part_is_told_of_what_others_do_and_say(today, user_of):
    action = give(user_of, today)
    forget()
    domain.comment(action=action, by=user_of(Role.EXECUTIVE), text="Is it on its way?")
    assert told() == {(Kind.ACTION_CHANGED, role.value) for role in (OWNER, GIVER)}
    forget()
    domain.comment(action=action, by=user_of(OWNER), text="Tomorrow.")
    assert told() == {(Kind.ACTION_CHANGED, role.value) for role in (Role.EXECUTIVE, GIVER)}
    forget()
    domain.change_action(action=action, by=user_of(OWNER), changes=Changes(due_on=today + timedelta(days=9)))
    assert list(Notification.objects.values_list("title", "recipient__username")) == [
        (f"{action.title}: put off until Tue 1 Dec", GIVER.value)
    ]
    forget()
    sooner = Changes(due_on=today + timedelta(days=5))
    domain.change_action(action=action, by=user_of(Role.EXECUTIVE), changes=sooner)
    found = Notification.objects.values_list("title", "detail", "recipient__username")
    words = (f"{action.title}: now due earlier, Fri 27 Nov", "It was due Tue 1 Dec.")
    assert sorted(found) == sorted([(*words, OWNER.value), (*words, GIVER.value)])
    forget()
    domain.finish_action(action=action, by=user_of(OWNER))
    domain.reopen_action(action=action, by=user_of(OWNER))
    domain.finish_action(action=action, by=user_of(OWNER))
    assert list(Notification.objects.order_by("pk").values_list("title", "recipient__username")) == [
        (f"{action.title}: {what}", GIVER.value) for what in ("is done", "is open again", "is done")
    ]


def told_to_go_on() -> list[tuple[str, str, str]]:
    """What was told of actions that can go on, and to whom; each is forgotten once it was asked for."""
    found = Notification.objects.filter(title__contains="can go on").order_by("pk")
    said = list(found.values_list("title", "detail", "recipient__username"))
    forget()
    return said


def test_whoever_waits_is_told_once_when_the_last_of_it_is_closed(today, user_of):
    first, second, waiting = (give(user_of, today, title=title) for title in ("1", "2", "3"))
    domain.set_blockers(action=waiting, by=user_of(GIVER), blocked_by=[first, second])
    domain.finish_action(action=first, by=user_of(OWNER))
    assert told_to_go_on() == []
    domain.drop_action(action=second, by=user_of(GIVER), note="Not needed.")
    words = "3 can go on: nothing holds it up any more"
    assert told_to_go_on() == [(words, "Dropped: 2.", OWNER.value)]
    domain.reopen_action(action=first, by=user_of(OWNER))
    assert told_to_go_on() == []
    domain.change_many(
        actions=[first], by=user_of(Role.MARKETING_LEAD), changes=Changes(owner=user_of(GIVER)), finish=True
    )
    assert sorted(told_to_go_on()) == [(words, "Done: 1.", OWNER.value), (words, "Done: 1.", GIVER.value)]
    domain.reopen_action(action=first, by=user_of(GIVER))
    domain.change_many(actions=[first, waiting], by=user_of(GIVER), changes=Changes(), finish=True)
    assert told_to_go_on() == []


def test_the_data_tells_once_that_what_waited_for_it_can_go_on(today, user_of):
    receipt = make_receipt(make_product(), make_dc(), 10)
    landed = give(
        user_of, today, title="1", condition=Condition(ConditionKind.RECEIPT_LANDED, str(receipt.pk))
    )
    give(user_of, today, title="2", blocked_by=[landed])
    both, told = sorted([OWNER.value, GIVER.value]), []
    for status in (ReceiptStatus.RECEIVED, ReceiptStatus.OPEN, ReceiptStatus.RECEIVED):
        Receipt.objects.filter(pk=receipt.pk).update(status=status)
        domain.check_conditions()
        domain.check_conditions()
        told.append(sorted(person for _, _, person in told_to_go_on()))
    assert told == [both, [], both]


def test_what_lapses_goes_on_to_the_next_in_line_each_once(today, user_of):
    lead, executive = user_of(Role.MARKETING_LEAD), user_of(Role.EXECUTIVE)
    # Sunday 22 November is today; it is due on Wednesday.
    action = give(user_of, today, due_on=today + timedelta(days=3))
    steps = []
    for days in range(12):
        for _ in range(2):
            forget_given = Notification.objects.filter(kind=Kind.ACTION_GIVEN)
            forget_given.delete()
            remind_and_pass_on(today + timedelta(days=days))
        steps.append({username for _, username in told()})
        seen = Notification.objects.filter(kind=Kind.ACTION_DUE)
        if days == 3:
            assert set(seen.values_list("recipient__username", flat=True)) == {OWNER.value}
    nobody, owner = set(), {OWNER.value}
    theirs = {OWNER.value, GIVER.value}
    assert steps == [
        nobody,  # Sunday
        owner,  # Monday: two working days before
        owner,
        owner,  # Wednesday: due
        theirs,  # Thursday: past its date
        theirs | {lead.username},  # Friday: two working days past it
        theirs | {lead.username},
        theirs | {lead.username},
        theirs | {lead.username},
        theirs | {lead.username, executive.username},  # Tuesday: four
        theirs | {lead.username, executive.username},
        theirs | {lead.username, executive.username},
    ]
    assert Action.objects.get(pk=action.pk).escalated_on == today + timedelta(days=5)
    assert Notification.objects.filter(kind=Kind.ACTION_OVERDUE).count() == 4


@pytest.mark.parametrize("owner_role", [OWNER, Role.EXECUTIVE, None])
def test_where_nobody_is_in_line_it_goes_to_those_who_manage_actions(owner_role, today, user_of):
    owner, head = user_of(owner_role or OWNER), user_of(Role.PLANNING_LEAD)
    action = give(user_of, today, owner=owner, due_on=today + timedelta(days=3))
    if owner_role is None:
        owner.role_assignment.delete()
    forget()
    reached = []
    for days in (4, 5, 5, 9):
        remind_and_pass_on(today + timedelta(days=days))
        reached.append({username for _, username in told()} - {owner.username, GIVER.value})
    assert reached == [set(), {head.username}, {head.username}, {head.username}]
    assert Action.objects.get(pk=action.pk).escalated_on == today + timedelta(days=5)
