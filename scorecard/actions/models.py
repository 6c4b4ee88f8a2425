"""Action items and what people say on them."""

from typing import Any, ClassVar, cast

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django_fsm import ConcurrentTransitionMixin, FSMField, transition

from scorecard.about.models import AboutModel
from scorecard.actions.choices import OPEN_STATUSES, ActionStatus, ConditionKind, Priority
from scorecard.actions.conditions import fulfilled


def may_work_on(action: models.Model, user: Any) -> bool:
    """Its owner, who gave it, and whoever manages actions."""
    item = cast("Action", action)
    return user.has_perm("scorecard.work_on_actions") and (
        user.pk in (item.owner_id, item.given_by_id) or user.has_perm("scorecard.manage_actions")
    )


def may_drop(action: models.Model, user: Any) -> bool:
    """Who gave it, and whoever manages actions: an owner alone cannot drop what was asked of them."""
    item = cast("Action", action)
    return user.has_perm("scorecard.work_on_actions") and (
        user.pk == item.given_by_id or user.has_perm("scorecard.manage_actions")
    )


def never(action: models.Model, user: object) -> bool:
    """The permission of transitions that only the data makes."""
    return False


def is_closed_by_hand(action: models.Model) -> bool:
    """Whether nothing but people says that it is done."""
    return cast("Action", action).condition_kind == ConditionKind.NONE


def waits_for_nothing(action: models.Model) -> bool:
    """Whether every action that it is blocked by is closed."""
    return not cast("Action", action).blocked_by.filter(status__in=OPEN_STATUSES).exists()


def is_held_up() -> Exists:
    """Whether an action of a query waits for one that is open."""
    return Exists(Action.objects.unfinished().filter(blocks=OuterRef("pk")))


def is_not_held_closed(action: models.Model) -> bool:
    """Whether no condition would close it again at once."""
    item = cast("Action", action)
    return item.condition_kind == ConditionKind.NONE or not fulfilled(
        ConditionKind(item.condition_kind), [item.condition_key]
    )


def was_closed_by_data(action: models.Model) -> bool:
    """Whether its condition closed it, rather than a person."""
    return cast("Action", action).closed_by_id is None


class ActionQuerySet(models.QuerySet["Action"]):
    def unfinished(self) -> "ActionQuerySet":
        """What somebody still has to do."""
        return self.filter(status__in=OPEN_STATUSES)


@pghistory.track()
class Action(ConcurrentTransitionMixin, AboutModel):
    """One thing that one person does until a date.

    With a condition the data alone closes it, and reopens it when the condition ceases to hold; then nobody
    stands in ``closed_by``. ``first_due_on`` keeps the date it was given, so that slipping shows.
    """

    title = models.CharField(max_length=200)
    detail = models.TextField(blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="actions", db_index=False
    )
    status = FSMField(choices=ActionStatus.choices, default=ActionStatus.OPEN, protected=True)
    priority = models.PositiveSmallIntegerField(choices=Priority.choices, default=Priority.NORMAL)
    due_on = models.DateField()
    first_due_on = models.DateField()
    times_moved = models.PositiveSmallIntegerField(default=0, help_text="How often its date was put off.")
    condition_kind = models.CharField(
        max_length=20, choices=ConditionKind.choices, default=ConditionKind.NONE
    )
    condition_key = models.CharField(max_length=200, blank=True)
    blocked_by = models.ManyToManyField(
        "self",
        symmetrical=False,
        through="ActionBlocker",
        through_fields=("action", "blocker"),
        related_name="blocks",
        blank=True,
    )
    given_at = models.DateTimeField()
    given_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    closed_because = models.TextField(blank=True, help_text="What the data said when it closed it by itself.")
    escalated_on = models.DateField(
        null=True,
        blank=True,
        help_text="When it was last passed on to the next person because its date lapsed.",
    )

    objects = ActionQuerySet.as_manager()

    class Meta(AboutModel.Meta):
        abstract = False
        ordering = ["due_on", "priority", "pk"]
        constraints = [
            *AboutModel.Meta.constraints,
            models.CheckConstraint(condition=~Q(title=""), name="action_says_what"),
            models.CheckConstraint(
                condition=Q(condition_kind=ConditionKind.NONE, condition_key="")
                | ~Q(condition_kind=ConditionKind.NONE) & ~Q(condition_key=""),
                name="action_condition_has_a_key",
            ),
            models.CheckConstraint(
                condition=Q(status__in=OPEN_STATUSES, closed_at=None, closed_by=None)
                | ~Q(status__in=OPEN_STATUSES) & Q(closed_at__isnull=False),
                name="closed_action_has_a_time",
            ),
            models.CheckConstraint(
                condition=Q(status=ActionStatus.DONE) & ~Q(condition_kind=ConditionKind.NONE)
                | Q(closed_at=None)
                | Q(closed_by__isnull=False),
                name="only_a_condition_closes_without_a_person",
            ),
        ]
        indexes = [
            *AboutModel.Meta.indexes,
            models.Index(fields=["owner", "status", "due_on"], name="action_of_owner"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("actions:detail", args=[self.pk])

    @transition(status, source=ActionStatus.OPEN, target=ActionStatus.UNDER_WAY, permission=may_work_on)
    def begin(self) -> None:
        """The owner has set to work."""

    @transition(
        status,
        source=list(OPEN_STATUSES),
        target=ActionStatus.DONE,
        permission=may_work_on,
        conditions=[is_closed_by_hand, waits_for_nothing],
    )
    def finish(self) -> None:
        """It is done."""

    @transition(status, source=list(OPEN_STATUSES), target=ActionStatus.DROPPED, permission=may_drop)
    def drop(self) -> None:
        """Nobody does it any more."""

    @transition(
        status,
        source=[ActionStatus.DONE, ActionStatus.DROPPED],
        target=ActionStatus.OPEN,
        permission=may_work_on,
        conditions=[is_not_held_closed],
    )
    def reopen(self) -> None:
        """It was not done after all."""

    @transition(status, source=list(OPEN_STATUSES), target=ActionStatus.DONE, permission=never)
    def be_fulfilled(self) -> None:
        """Its condition has come true."""

    @transition(
        status,
        source=ActionStatus.DONE,
        target=ActionStatus.OPEN,
        permission=never,
        conditions=[was_closed_by_data],
    )
    def lapse(self) -> None:
        """The condition that closed it holds no longer."""


@pghistory.track()
class ActionBlocker(models.Model):
    """That an action cannot be done before another one is closed."""

    TOLD_AS: ClassVar = {
        "insert": "{action} waits for {blocker}",
        "delete": "{action} no longer waits for {blocker}",
    }

    action = models.ForeignKey(Action, on_delete=models.CASCADE, related_name="+")
    blocker = models.ForeignKey(Action, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["action", "blocker"], name="action_waits_for_another_once"),
            models.CheckConstraint(
                condition=~Q(action=models.F("blocker")), name="action_does_not_wait_for_itself"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action_id} waits for {self.blocker_id}"


@pghistory.track()
class ActionComment(models.Model):
    """What somebody said on an action; rows are only ever added."""

    action = models.ForeignKey(Action, on_delete=models.CASCADE, related_name="comments")
    text = models.TextField()
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["at", "pk"]
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="action_comment_says_something")]

    def __str__(self) -> str:
        return self.text
