"""Reads of action items for lists and pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.db import models
from django.db.models import Count, Q
from django_fsm import get_available_user_FIELD_transitions

from scorecard.about.about import About, AboutLine, lines_of
from scorecard.actions.choices import OPEN_STATUSES, ActionStatus, ConditionKind
from scorecard.actions.domain import held_closed_words
from scorecard.actions.models import (
    Action,
    ActionBlocker,
    ActionQuerySet,
    is_held_up,
    is_not_held_closed,
    may_work_on,
)
from sop_site.access.models import User
from sop_site.working_days import is_working_day, working_days_between

# The moves of an action in the order in which they are offered: name and label.
MOVES: Final = {"begin": "Begin", "finish": "Done", "drop": "Drop", "reopen": "Reopen"}


class Which(models.TextChoices):
    """The lists of actions."""

    MINE = "mine", "Mine"
    GIVEN = "given", "Given by me"
    OPEN = "open", "All open"
    OVERDUE = "overdue", "Overdue"
    SLIPPING = "slipping", "Put off"
    WAITING = "waiting", "Waiting for others"
    CLOSED = "closed", "Closed"


@dataclass(frozen=True, slots=True)
class ActionRow:
    """An action in a list: how it stands to its date, what it is about, whether one may change it."""

    action: Action
    about: AboutLine | None
    day: date
    may_work: bool

    @property
    def status(self) -> ActionStatus:
        """The status as a member, with its tone."""
        return ActionStatus(self.action.status)

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to do it."""
        return self.action.status in OPEN_STATUSES

    @property
    def is_overdue(self) -> bool:
        """Whether its date has passed."""
        return self.is_open and self.action.due_on < self.day

    @property
    def due_words(self) -> str:
        """How far off the date is in working days; "" of a closed action."""
        if not self.is_open:
            return ""
        days = working_days_between(self.day, self.action.due_on)
        if self.is_overdue:
            late = max(1, -days)
            return f"{late} working day{'' if late == 1 else 's'} overdue"
        if self.action.due_on == self.day:
            return "today"
        return f"{days} working day{'' if days == 1 else 's'} left"

    @property
    def is_on_free_day(self) -> bool:
        """Whether it is due on a day on which nobody works."""
        return self.is_open and not is_working_day(self.action.due_on)

    @property
    def slipped_words(self) -> str:
        """How often the date was put off."""
        times = self.action.times_moved
        return "" if not times else "put off once" if times == 1 else f"put off {times} times"

    @property
    def closes_by_itself(self) -> str:
        """What closes it, in words; "" where people do."""
        if self.action.condition_kind == ConditionKind.NONE:
            return ""
        return f"closes by itself once {ConditionKind(self.action.condition_kind).words}"

    @property
    def closed_because(self) -> str:
        """What the data said that closed it, in words; "" where a person did, or it is open."""
        if self.is_open or self.action.closed_by_id is not None:
            return ""
        return self.action.closed_because or ConditionKind(self.action.condition_kind).words


@dataclass(frozen=True, slots=True)
class ActionPage:
    """All that the page of an action shows to one person."""

    row: ActionRow
    moves: Sequence[tuple[str, str]]
    blockers: Sequence[Action]
    blocks: Sequence[Action]
    held_closed_words: str

    @property
    def waits_for(self) -> list[Action]:
        """What keeps it from being done."""
        return [action for action in self.blockers if action.status in OPEN_STATUSES]


def actions_in(which: Which, user: User, day: date) -> ActionQuerySet:
    """The actions of a list, the first due first; of those that are closed the newest."""
    actions = Action.objects.select_related("owner", "given_by", "closed_by")
    unfinished = actions.unfinished()
    match which:
        case Which.MINE:
            return unfinished.filter(owner=user)
        case Which.GIVEN:
            return unfinished.filter(given_by=user).exclude(owner=user)
        case Which.OVERDUE:
            return unfinished.filter(due_on__lt=day)
        case Which.SLIPPING:
            return unfinished.filter(times_moved__gt=0)
        case Which.WAITING:
            return unfinished.filter(is_held_up())
        case Which.CLOSED:
            return actions.exclude(status__in=OPEN_STATUSES).order_by("-closed_at", "-pk")
    return unfinished


def counts(user: User, day: date) -> dict[Which, int]:
    """How many actions each list of open ones has, in one query."""
    return {
        Which(name): count
        for name, count in Action.objects.unfinished()
        .aggregate(
            mine=Count("pk", filter=Q(owner=user)),
            given=Count("pk", filter=Q(given_by=user) & ~Q(owner=user)),
            open=Count("pk"),
            overdue=Count("pk", filter=Q(due_on__lt=day)),
            slipping=Count("pk", filter=Q(times_moved__gt=0)),
            waiting=Count("pk", filter=is_held_up()),
        )
        .items()
    }


def first_with_some(numbers: Mapping[Which, int]) -> Which:
    """The list that opens where none is asked for: one's own, or the first wider one that has actions."""
    return next((which for which in (Which.MINE, Which.GIVEN, Which.OPEN) if numbers[which]), Which.MINE)


def rows_of(actions: Sequence[Action], user: User, day: date) -> list[ActionRow]:
    """The actions as ``user`` sees them on ``day``, in a number of queries that does not grow."""
    abouts = lines_of({About.of(action) for action in actions}, user)
    return [
        ActionRow(action, abouts.get(About.of(action)), day, may_work_on(action, user)) for action in actions
    ]


def open_blockers_of(actions: Sequence[Action]) -> dict[int, list[Action]]:
    """What keeps actions from being done, by their ids, in one query."""
    ties = ActionBlocker.objects.filter(action__in=actions, blocker__status__in=OPEN_STATUSES)
    found: dict[int, list[Action]] = {}
    for tie in ties.select_related("blocker__owner").order_by("blocker__due_on", "blocker__pk"):
        found.setdefault(tie.action_id, []).append(tie.blocker)
    return found


def actions_about(things: Q) -> ActionQuerySet:
    """All actions about certain things, the open ones first."""
    found = Action.objects.filter(things).select_related("owner", "given_by", "closed_by")
    return found.order_by(models.F("closed_at").desc(nulls_first=True), "due_on", "pk")


def action_page(action: Action, user: User, day: date) -> ActionPage:
    """The page of an action for ``user``."""
    is_open = action.status in OPEN_STATUSES
    offered = {move.name for move in get_available_user_FIELD_transitions(action, user, _STATUS)}
    return ActionPage(
        row=rows_of([action], user, day)[0],
        moves=[(name, label) for name, label in MOVES.items() if name in offered],
        blockers=list(action.blocked_by.select_related("owner")),
        blocks=list(action.blocks.select_related("owner")),
        held_closed_words="" if is_open or is_not_held_closed(action) else held_closed_words(action),
    )


_STATUS: Final = Action._meta.get_field("status")
