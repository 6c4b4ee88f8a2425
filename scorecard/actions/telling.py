"""Whom an action item concerns, and what they are told of it, each state once."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

from django.db import transaction
from django.db.models import F

from scorecard.actions.choices import OPEN_STATUSES, ActionStatus, ConditionKind
from scorecard.actions.models import Action, ActionComment
from sop_site.access.models import User
from sop_site.access.queries import next_in_line, people_who_may, roles_held, roles_in_line
from sop_site.formats import short_date
from sop_site.history import state_number_of
from sop_site.notifications.choices import Kind
from sop_site.notifications.domain import notify
from sop_site.notifications.told import by_thing
from sop_site.working_days import add_working_days, working_days_between

# An owner is reminded so many working days before the date.
REMINDED_BEFORE: Final = 2
# So many working days after it the matter passes on to the next person, and after as many again to theirs.
PASSED_ON_AFTER: Final = 2
# What a key says that asks something of somebody.
ASKING: Final = ("owner", "due", "overdue")
CLOSED_STATES: Final = (ActionStatus.DONE, ActionStatus.DROPPED)


def tell_given(action: Action, by: User) -> None:
    """Tell a new owner what they were given; also one who had it before."""
    notify(
        kind=Kind.ACTION_GIVEN,
        to=[action.owner],
        key=f"action:{action.pk}:owner:{action.owner_id}:{state_number_of(action)}",
        title=f"{by} gives an action: {action.title}",
        detail=f"Due {short_date(action.due_on)}.",
        url=action.get_absolute_url(),
        by=by,
    )


def tell_another_date(action: Action, before: date, by: User) -> None:
    """Tell its owner and its giver that it is due later, or earlier, than ``before``."""
    moved = "put off until" if action.due_on > before else "now due earlier,"
    notify(
        kind=Kind.ACTION_CHANGED,
        to=[action.owner, action.given_by],
        key=f"action:{action.pk}:moved:{state_number_of(action)}",
        title=f"{action.title}: {moved} {short_date(action.due_on)}",
        detail=f"It was due {short_date(before)}.",
        url=action.get_absolute_url(),
        by=by,
    )


def tell_moved_on(action: Action, by: User | None) -> None:
    """Tell its owner and its giver that it was closed, dropped or reopened, by a person or by the data."""
    what = {ActionStatus.DONE: "is done", ActionStatus.DROPPED: "is dropped"}.get(
        ActionStatus(action.status), "is open again"
    )
    because = f" ({_what_the_data_says(action)})" if by is None else ""
    notify(
        kind=Kind.ACTION_CHANGED,
        to=[action.owner, action.given_by],
        key=f"action:{action.pk}:{action.status}:{state_number_of(action)}",
        title=f"{action.title}: {what}{because}",
        url=action.get_absolute_url(),
        by=by,
    )


def _what_the_data_says(action: Action) -> str:
    if action.status == ActionStatus.DONE:
        return action.closed_because
    return ConditionKind(action.condition_kind).lapsed_words


def tell_can_go_on(action: Action, closed: Action, by: User | None) -> None:
    """Tell its owner and its giver that nothing holds it up, now that the last it waited for is closed.

    Each closing of that one is told once; when it opens again nothing is, since that is not theirs to do.
    """
    notify(
        kind=Kind.ACTION_CHANGED,
        to=[action.owner, action.given_by],
        key=f"action:{action.pk}:can-go-on:{closed.pk}:{state_number_of(closed)}",
        title=f"{action.title} can go on: nothing holds it up any more",
        detail=f"{closed.get_status_display()}: {closed.title}.",
        url=action.get_absolute_url(),
        by=by,
    )


def tell_commented(said: ActionComment) -> None:
    """Tell everyone who has a part in an action what was said on it."""
    action = said.action
    others = action.comments.values_list("by_id", flat=True)
    notify(
        kind=Kind.ACTION_CHANGED,
        to={action.owner_id, action.given_by_id, *others},
        key=f"action:{action.pk}:comment:{said.pk}",
        title=f"{said.by} on “{action.title}”",
        detail=said.text[:500],
        url=action.get_absolute_url(),
        by=said.by,
    )


def remind_and_pass_on(day: date) -> None:
    """Each night: remind owners of what is due, and pass on what has lapsed. May run twice.

    Past its date an action is told to its owner and its giver; two working days later to the next in line of
    its owner, and two after that to theirs; where there is nobody in line, to those who manage actions.
    """
    due_soon = add_working_days(day, REMINDED_BEFORE)
    for action in (
        Action.objects.unfinished().filter(due_on__lte=due_soon).select_related("owner", "given_by")
    ):
        with transaction.atomic():
            if action.due_on >= day:
                _tell_due(action)
            else:
                _tell_overdue(action, day)


def passed_on_to(user: User, day: date) -> list[Action]:
    """Other people's actions that were passed on to ``user`` by ``day``, as `remind_and_pass_on` does; in two
    queries."""
    held, manages = roles_held(), user.has_perm("scorecard.manage_actions")
    late = Action.objects.unfinished().filter(due_on__lt=day).exclude(owner=user)
    with_role = late.annotate(owner_role=F("owner__role_assignment__group__name"))
    found = []
    for action in with_role.select_related("owner", "given_by"):
        steps = working_days_between(action.due_on, day) // PASSED_ON_AFTER
        reached = roles_in_line(action.owner_role, steps, held)
        if user.role in reached if reached else steps > 0 and manages:
            found.append(action)
    return found


def _tell_due(action: Action) -> None:
    notify(
        kind=Kind.ACTION_DUE,
        to=[action.owner],
        key=f"action:{action.pk}:due:{action.due_on}",
        title=f"Due {short_date(action.due_on)}: {action.title}",
        url=action.get_absolute_url(),
    )


def _tell_overdue(action: Action, day: date) -> None:
    steps = working_days_between(action.due_on, day) // PASSED_ON_AFTER
    reached = _passed_on_to(action.owner, steps)
    notify(
        kind=Kind.ACTION_OVERDUE,
        to=[action.owner, action.given_by, *reached],
        key=f"action:{action.pk}:overdue:{action.due_on}",
        title=f"Past its date, {short_date(action.due_on)}: {action.title}",
        detail=f"Owner: {action.owner}.",
        url=action.get_absolute_url(),
    )
    if reached and action.escalated_on is None:
        Action.objects.filter(pk=action.pk).update(escalated_on=day)


def _passed_on_to(owner: User, steps: int) -> list[User]:
    """Those whom an overdue action has reached after so many steps up from its owner.

    Where nobody stands above the owner, or they hold no role: whoever manages actions, from the first on.
    """
    reached: list[User] = []
    last: Iterable[User] = [owner]
    for _ in range(steps):
        last = [person for one in last for person in next_in_line(one)]
        if not last:
            break
        reached += last
    if steps > 0 and not reached:
        return list(people_who_may("scorecard.manage_actions").exclude(pk=owner.pk))
    return reached


def told_and_over(user: User, keys: Sequence[str]) -> set[str]:
    """Of the ``keys`` under which ``user`` was told, those of what an action asked of them before what it
    asks now, or does not ask any more, and of states before its last. What people said stays."""
    told = by_thing(keys, "action")
    actions = Action.objects.in_bulk(list(told))
    over = set()
    for pk, of_action in told.items():
        action = actions.get(pk)
        asked = [one for one in of_action if one.parts[0] in ASKING and _still_asks(action, user, one.parts)]
        said = [one for one in of_action if one.parts[0] == "comment"]
        # What it asks now tells its state too, where nothing became of it since.
        states = [
            one
            for one in of_action
            if one.parts[0] not in ASKING and one not in said and _is_still_so(action, one.parts[0])
        ]
        newest = [one for one in of_action if one in (*states, *asked)][-1:]
        over |= {one.key for one in of_action} - {one.key for one in (*said, *asked[-1:], *newest)}
    return over


def _still_asks(action: Action | None, user: User, parts: tuple[str, ...]) -> bool:
    if action is None or action.status not in OPEN_STATUSES:
        return False
    if parts[0] == "owner":
        return action.owner_id == user.pk
    return str(action.due_on) == parts[1]


def _is_still_so(action: Action | None, state: str) -> bool:
    """What else is told of an action than that it is closed is of one that is open."""
    if action is None:
        return False
    return state == action.status if action.status not in OPEN_STATUSES else state not in CLOSED_STATES
