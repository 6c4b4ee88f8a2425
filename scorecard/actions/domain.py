"""Every write of action items: people's, and those of the data that closes and reopens them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from graphlib import TopologicalSorter
from typing import Final

import pghistory
from django.db import transaction
from django.utils import timezone
from django_fsm import can_proceed, has_transition_perm

from scorecard.about.about import About
from scorecard.actions.choices import OPEN_STATUSES, ActionStatus, ConditionKind, Priority
from scorecard.actions.conditions import CHECKS, Condition, fulfilled, there_is, why_fulfilled
from scorecard.actions.models import Action, ActionBlocker, ActionComment, is_held_up, may_work_on
from scorecard.actions.telling import (
    tell_another_date,
    tell_can_go_on,
    tell_commented,
    tell_given,
    tell_moved_on,
)
from sop_site.access.models import User
from sop_site.access.permissions import NotAllowed, NotNow, require
from sop_site.formats import short_date
from sop_site.history import note_change
from sop_site.history.queries import last_changed_by

STRANGER: Final = "This is for the owner of the action, whoever gave it, or the heads."
# Why a step is not possible, by its name.
OBSTACLES: Final = {
    "begin": "It is not open any more.",
    "finish": "It is not open any more.",
    "drop": "It is closed already.",
    "reopen": "It is open.",
}


@dataclass(frozen=True, slots=True)
class Changes:
    """What is to be changed of an action; what is None stays."""

    title: str | None = None
    detail: str | None = None
    owner: User | None = None
    due_on: date | None = None
    priority: Priority | None = None


class ChangedMeanwhile(Exception):
    """Somebody else has changed the same; ``sentences`` say by field what it is now, and by whom."""

    def __init__(self, sentences: Mapping[str, str]) -> None:
        super().__init__(*sentences.values())
        self.sentences = sentences


@transaction.atomic
def give_action(
    *,
    by: User,
    title: str,
    owner: User,
    due_on: date,
    detail: str = "",
    priority: Priority = Priority.NORMAL,
    about: About | None = None,
    condition: Condition | None = None,
    blocked_by: Iterable[Action] = (),
) -> Action:
    """Give somebody something to do until ``due_on``; one whose condition is true already is closed at once.

    Raises NotNow where nothing is asked, the owner may not work on actions, or there is no such thing to
    wait for.
    """
    require(by, "scorecard.work_on_actions")
    about, condition = about or About(), condition or Condition()
    if not title.strip():
        raise NotNow("Say what is to be done.")
    _refuse_owner(owner)
    if not there_is(condition):
        raise NotNow("What it is to wait for is not there any more.")
    note_change(by=by)
    action = Action.objects.create(
        title=title.strip(),
        detail=detail.strip(),
        owner=owner,
        due_on=due_on,
        first_due_on=due_on,
        priority=priority,
        condition_kind=condition.kind,
        condition_key=condition.key,
        given_at=timezone.now(),
        given_by=by,
        **about.columns,
    )
    action.blocked_by.set(blocked_by)
    tell_given(action, by)
    _follow_data([action])
    return action


@transaction.atomic
def begin_action(*, action: Action, by: User) -> Action:
    """Its owner has set to work."""
    current = _may(action, "begin", by)
    note_change(by=by)
    current.begin()
    current.save()
    return current


@transaction.atomic
def finish_action(*, action: Action, by: User, note: str = "") -> Action:
    """It is done. Raises NotNow where the data is to say so, and while it waits for another one."""
    current = _may(action, "finish", by)
    note_change(by=by, note=note)
    current.finish()
    _closed(current, by, note)
    _release([current], by)
    return current


@transaction.atomic
def drop_action(*, action: Action, by: User, note: str) -> Action:
    """Nobody does it any more, for the reason in ``note``. What waited for it waits no longer."""
    current = _may(action, "drop", by)
    if not note.strip():
        raise NotNow("Say why nobody has to do it any more.")
    note_change(by=by, note=note)
    current.drop()
    _closed(current, by, note)
    _release([current], by)
    return current


@transaction.atomic
def reopen_action(*, action: Action, by: User, note: str = "") -> Action:
    """It was not done after all. Raises NotNow while the data has it closed."""
    current = _may(action, "reopen", by)
    note_change(by=by, note=note)
    current.reopen()
    _reopened(current)
    tell_moved_on(current, by)
    _comment(current, by, note)
    return current


@transaction.atomic
def change_action(*, action: Action, by: User, changes: Changes, seen: Changes | None = None) -> Action:
    """Change what is to be done, by whom, until when.

    A date that is put off counts; the first one stays. Raises NotNow for a closed action, and
    ChangedMeanwhile where something that is to be changed is not any more as ``by`` has ``seen`` it.
    """
    current = _locked([action])[0]
    _refuse_stranger(current, by)
    if seen is not None:
        _refuse_unseen(current, changes, seen)
    note_change(by=by)
    _change(current, changes, by)
    return current


@transaction.atomic
def change_many(
    *, actions: Collection[Action], by: User, changes: Changes, finish: bool = False
) -> list[Action]:
    """Change all of them, and with ``finish`` say that all are done; where one cannot be, none is.

    One may wait for another one of them. Raises NotNow or NotAllowed with the title of the one that cannot.
    """
    current = _locked(actions)
    note_change(by=by)
    for action in _those_waited_for_first(current):
        _refuse_stranger(action, by)
        try:
            _change(action, changes, by)
            if finish:
                _refuse_step(action, "finish", by)
                action.finish()
                _closed(action, by, "")
        except NotNow as refusal:
            raise NotNow(f"“{action.title}”: {refusal}") from refusal
    if finish:
        _release(current, by)
    return current


@transaction.atomic
def set_blockers(
    *, action: Action, by: User, blocked_by: Collection[Action], seen: Collection[int] | None = None
) -> Action:
    """Say which actions must be closed first. Raises NotNow where it would wait for itself.

    With the ids that ``by`` has ``seen`` there, what others have added or taken away since stays so.
    """
    # The others are held too, so that two who have two actions wait for each other come one after the other.
    current = next(held for held in _locked([action, *blocked_by]) if held.pk == action.pk)
    _refuse_stranger(current, by)
    wanted = {blocker.pk for blocker in blocked_by}
    standing = set(current.blocked_by.values_list("pk", flat=True))
    if seen is not None:
        wanted = standing - (set(seen) - wanted) | (wanted - set(seen))
    if _waits_for(current, wanted):
        raise NotNow("It would wait for itself: one of these waits for it.")
    note_change(by=by)
    current.blocked_by.remove(*(standing - wanted))
    # One after the other: the history then lists them as they were given, not as a set happens to lie.
    for blocker_id in sorted(wanted - standing):
        current.blocked_by.add(blocker_id)
    return current


@transaction.atomic
def comment(*, action: Action, by: User, text: str) -> ActionComment:
    """Say something on an action; what was said stays."""
    require(by, "scorecard.work_on_actions")
    if not text.strip():
        raise NotNow("Say something.")
    note_change(by=by)
    said = ActionComment.objects.create(action=action, text=text.strip(), at=timezone.now(), by=by)
    tell_commented(said)
    return said


def refuse_outsider(*, action: Action, step: str, by: User) -> None:
    """Raises NotAllowed where the step could be taken now, but not by this person."""
    move = getattr(action, step)
    if can_proceed(move, check_conditions=False) and not has_transition_perm(move, by):
        raise NotAllowed(STRANGER)


def check_conditions() -> list[Action]:
    """Close the actions whose condition has become true, and reopen those of which it is so no longer.

    Whatever was closed or dropped by a person stays as it is. Returns those that changed. May run twice, and
    beside people's own writes.
    """
    waiting = Action.objects.exclude(condition_kind=ConditionKind.NONE).exclude(status=ActionStatus.DROPPED)
    # Nearly always none: most of them wait, or were closed long ago, and none of these is held from people.
    out_of_step = [action.pk for action in _out_of_step(waiting)]
    if not out_of_step:
        return []
    with pghistory.context(note="The data says so."), transaction.atomic():
        theirs = waiting.filter(pk__in=out_of_step)
        changed = _follow_data(theirs.select_for_update(of=("self",)).order_by("pk"))
        _release([action for action in changed if action.status == ActionStatus.DONE], None)
        return changed


def _follow_data(actions: Iterable[Action]) -> list[Action]:
    """Bring locked actions to where their conditions have them; returns those that changed."""
    changed = _out_of_step(actions)
    for action in changed:
        if action.status == ActionStatus.DONE:
            action.lapse()
            _reopened(action, save=False)
        else:
            action.be_fulfilled()
            action.closed_at = timezone.now()
            condition = Condition(ConditionKind(action.condition_kind), action.condition_key)
            action.closed_because = why_fulfilled(condition)
        action.save()
        tell_moved_on(action, None)
    return changed


def _out_of_step(actions: Iterable[Action]) -> list[Action]:
    """Those that are open although their condition is true, or done although it is not."""
    actions = [action for action in actions if action.condition_kind != ConditionKind.NONE]
    keys = {
        kind: {action.condition_key for action in actions if action.condition_kind == kind} for kind in CHECKS
    }
    true_keys = {kind: fulfilled(kind, of_kind) for kind, of_kind in keys.items()}
    return [
        action
        for action in actions
        if (action.condition_key in true_keys[ConditionKind(action.condition_kind)])
        != (action.status == ActionStatus.DONE)
    ]


def _locked(actions: Iterable[Action]) -> list[Action]:
    """The actions as they stand, locked in one order."""
    wanted = [action.pk for action in actions]
    held = Action.objects.select_for_update(of=("self",)).select_related("owner", "given_by", "closed_by")
    return list(held.filter(pk__in=wanted).order_by("pk"))


def _those_waited_for_first(actions: Sequence[Action]) -> list[Action]:
    """The same, each after those of them that it waits for."""
    by_id = {action.pk: action for action in actions}
    order: TopologicalSorter[int] = TopologicalSorter(dict.fromkeys(by_id, ()))
    for tie in ActionBlocker.objects.filter(action__in=by_id, blocker__in=by_id):
        order.add(tie.action_id, tie.blocker_id)
    return [by_id[pk] for pk in order.static_order()]


def _may(action: Action, step: str, by: User) -> Action:
    """The action, locked, of which ``by`` may take the step now; raises NotNow or NotAllowed."""
    current = _locked([action])[0]
    _refuse_step(current, step, by)
    return current


def _refuse_step(action: Action, step: str, by: User) -> None:
    move = getattr(action, step)
    if not can_proceed(move, check_conditions=False):
        raise NotNow(OBSTACLES[step])
    if not can_proceed(move):
        raise NotNow(held_closed_words(action) if step == "reopen" else _what_it_waits_for(action))
    if not has_transition_perm(move, by):
        raise NotAllowed(STRANGER)


def _what_it_waits_for(action: Action) -> str:
    if action.condition_kind != ConditionKind.NONE:
        return f"It closes by itself once {ConditionKind(action.condition_kind).words}."
    blockers = action.blocked_by.filter(status__in=OPEN_STATUSES)
    return f"It waits for: {', '.join(blockers.values_list('title', flat=True))}."


def held_closed_words(action: Action) -> str:
    """Why nobody can reopen an action while its condition holds."""
    return f"Nobody can reopen it: it closes by itself while {ConditionKind(action.condition_kind).words}."


def _refuse_stranger(action: Action, by: User) -> None:
    if not may_work_on(action, by):
        raise NotAllowed(STRANGER)
    if action.status not in OPEN_STATUSES:
        raise NotNow("It is closed; reopen it to change it.")


def _refuse_owner(owner: User) -> None:
    if not owner.is_active or not owner.has_perm("scorecard.work_on_actions"):
        raise NotNow(f"{owner} does not work on action items.")


def _refuse_unseen(action: Action, changes: Changes, seen: Changes) -> None:
    """What somebody else has made of a field counts, unless both made the same of it."""
    sentences = {}
    for field in fields(Changes):
        now, wanted = getattr(action, field.name), getattr(changes, field.name)
        if wanted is not None and now not in (wanted, getattr(seen, field.name)):
            words = _value_words(action, field.name)
            sentences[field.name] = (
                f"{last_changed_by(action, field.name)} has changed it meanwhile: it is {words} now. "
                "Send yours again to have it instead."
            )
    if sentences:
        raise ChangedMeanwhile(sentences)


def _value_words(action: Action, name: str) -> str:
    match name:
        case "due_on":
            return short_date(action.due_on)
        case "priority":
            return action.get_priority_display().lower()
        case "owner":
            return str(action.owner)
    text = getattr(action, name)
    return f"“{text}”" if text else "empty"


def _change(action: Action, changes: Changes, by: User) -> None:
    if changes.title is not None:
        if not changes.title.strip():
            raise NotNow("Say what is to be done.")
        action.title = changes.title.strip()
    if changes.detail is not None:
        action.detail = changes.detail.strip()
    is_handed_over = changes.owner is not None and changes.owner != action.owner
    if changes.owner is not None and is_handed_over:
        _refuse_owner(changes.owner)
        action.owner = changes.owner
    if changes.priority is not None:
        action.priority = changes.priority
    due_before = action.due_on
    if changes.due_on is not None and changes.due_on != due_before:
        action.times_moved += changes.due_on > due_before
        action.due_on, action.escalated_on = changes.due_on, None
    action.save()
    if is_handed_over:
        tell_given(action, by)
    if action.due_on != due_before:
        tell_another_date(action, due_before, by)


def _closed(action: Action, by: User, note: str) -> None:
    action.closed_at, action.closed_by = timezone.now(), by
    action.save()
    tell_moved_on(action, by)
    _comment(action, by, note)


def _release(closed: Collection[Action], by: User | None) -> None:
    """Tell of what waited for one of ``closed``, and waits for nothing now.

    The ties to all that it waits for are held, after every action: of two that are closed at once in two
    transactions the second finds the first closed, and tells.
    """
    of_these = ActionBlocker.objects.filter(blocker__in=closed)
    ties = ActionBlocker.objects.filter(action__in=of_these.values("action"))
    by_id = {action.pk: action for action in closed}
    last_closed = {
        tie.action_id: by_id[tie.blocker_id]
        for tie in ties.select_for_update().order_by("pk")
        if tie.blocker_id in by_id
    }
    released = Action.objects.unfinished().filter(~is_held_up(), pk__in=last_closed)
    for action in released.select_related("owner", "given_by"):
        tell_can_go_on(action, last_closed[action.pk], by)


def _reopened(action: Action, *, save: bool = True) -> None:
    action.closed_at, action.closed_by, action.closed_because = None, None, ""
    action.escalated_on = None
    if save:
        action.save()


def _comment(action: Action, by: User, note: str) -> None:
    if note.strip():
        comment(action=action, by=by, text=note)


def _waits_for(action: Action, blockers: set[int]) -> bool:
    """Whether one of ``blockers`` is the action itself, or waits for it however far on."""
    seen: set[int] = set()
    ahead = set(blockers)
    while ahead:
        if action.pk in ahead:
            return True
        seen |= ahead
        following = ActionBlocker.objects.filter(action__in=ahead)
        ahead = set(following.values_list("blocker", flat=True)) - seen
    return False
