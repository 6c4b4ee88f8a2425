"""Standing meetings, each one that is held, its agenda, and what was decided in it."""

from typing import Any, cast

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django_fsm import ConcurrentTransitionMixin, FSMField, transition

from scorecard.about.models import AboutModel
from scorecard.actions.models import Action
from scorecard.meetings.choices import MeetingKind, MeetingStatus, PaperKind, PointSource, PointStatus
from scorecard.reviews.models import ReviewDecision
from sop_site.fiscal import FiscalPeriod


@pghistory.track()
class MeetingSeries(models.Model):
    """The standing meeting of one kind: who belongs to it, who has the chair, and when it is held.

    It is held on ``weekday`` (0 is Sunday, when a fiscal week begins) of the ``week_of_period``-th week of
    its fiscal period, or of its last week where the period has fewer; ``periods_later`` moves it on by whole
    periods, as a quarter is reviewed in the quarter after it. ``starts_at`` is the time of the wall clock in
    ``time_zone``, on both sides of a change to summer time.
    """

    kind = models.CharField(max_length=10, choices=MeetingKind.choices, unique=True)
    chair = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    members = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="meeting_series", blank=True)
    weekday = models.PositiveSmallIntegerField()
    week_of_period = models.PositiveSmallIntegerField(default=1)
    periods_later = models.PositiveSmallIntegerField(default=0)
    starts_at = models.TimeField()
    minutes = models.PositiveSmallIntegerField()
    time_zone = models.CharField(max_length=64)
    place = models.CharField(max_length=200, blank=True, help_text="A room, or the address of a call.")
    pre_read_days = models.PositiveSmallIntegerField(
        default=2, help_text="Working days before the meeting on which the pre-read goes out."
    )
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(weekday__lte=6), name="series_weekday_of_a_week"),
            models.CheckConstraint(condition=Q(week_of_period__gte=1), name="series_week_from_one"),
            models.CheckConstraint(condition=Q(minutes__gte=1), name="series_takes_time"),
        ]
        verbose_name_plural = "meeting series"

    def __str__(self) -> str:
        return self.get_kind_display()


def may_chair(meeting: models.Model, user: Any) -> bool:
    """Its chair, and whoever may chair any meeting."""
    return user.pk == cast("Meeting", meeting).chair_id or user.has_perm("scorecard.chair_meetings")


def never(meeting: models.Model, user: object) -> bool:
    """The permission of transitions that only the night makes."""
    return False


@pghistory.track(exclude=["current_point", "current_since", "version"])
class Meeting(ConcurrentTransitionMixin, models.Model):
    """The meeting of one fiscal period: ``period_key`` is the key of a `FiscalPeriod`.

    One that nobody closed has nobody in ``closed_by``, and ended when somebody was last known to be there.
    ``version`` counts every change that people in the room see, so that a page knows whether to ask for more.
    """

    series = models.ForeignKey(MeetingSeries, on_delete=models.PROTECT, related_name="meetings")
    period_key = models.CharField(max_length=8)
    status = FSMField(choices=MeetingStatus.choices, default=MeetingStatus.PLANNED, protected=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    is_moved = models.BooleanField(
        default=False, help_text="Somebody moved it from where the timetable had it."
    )
    place = models.CharField(max_length=200, blank=True)
    chair = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    current_point = models.ForeignKey(
        "AgendaPoint", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    current_since = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=0)
    summary = models.TextField(blank=True, help_text="What the chair wants said first in the minutes.")
    opened_at = models.DateTimeField(null=True, blank=True)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["starts_at"]
        constraints = [
            models.UniqueConstraint(fields=["series", "period_key"], name="meeting_once_a_period"),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="meeting_ends_after_it_starts"
            ),
            models.CheckConstraint(
                condition=Q(opened_at=None, opened_by=None)
                | Q(opened_at__isnull=False, opened_by__isnull=False),
                name="opened_meeting_has_an_opener",
            ),
            models.CheckConstraint(
                condition=Q(status=MeetingStatus.CLOSED, closed_at__isnull=False)
                | ~Q(status=MeetingStatus.CLOSED) & Q(closed_at=None, closed_by=None),
                name="held_meeting_has_an_end",
            ),
        ]
        indexes = [models.Index(fields=["status", "starts_at"], name="meeting_by_status")]

    def __str__(self) -> str:
        return f"{self.series} {self.period.label}"

    def get_absolute_url(self) -> str:
        return reverse("meetings:detail", args=[self.pk])

    @property
    def kind(self) -> MeetingKind:
        """Which of the three it is."""
        return MeetingKind(self.series.kind)

    @property
    def period(self) -> FiscalPeriod:
        """The period that it belongs to."""
        return FiscalPeriod.of_key(self.period_key)

    @transition(status, source=MeetingStatus.PLANNED, target=MeetingStatus.RUNNING, permission=may_chair)
    def open(self) -> None:
        """People are in the room."""

    @transition(status, source=MeetingStatus.RUNNING, target=MeetingStatus.CLOSED, permission=may_chair)
    def close(self) -> None:
        """It is over; its minutes go out."""

    @transition(status, source=MeetingStatus.RUNNING, target=MeetingStatus.PLANNED, permission=may_chair)
    def take_back(self) -> None:
        """It was opened by mistake, and nothing was said in it."""

    @transition(status, source=MeetingStatus.RUNNING, target=MeetingStatus.CLOSED, permission=never)
    def be_closed(self) -> None:
        """Nobody closed it and nothing is done in it: the night closes it, and its minutes go out."""

    @transition(status, source=MeetingStatus.PLANNED, target=MeetingStatus.CANCELLED, permission=may_chair)
    def cancel(self) -> None:
        """It is not held; what was open is taken up by the next one."""

    @transition(status, source=MeetingStatus.CANCELLED, target=MeetingStatus.PLANNED, permission=may_chair)
    def restore(self) -> None:
        """It is held after all."""


@pghistory.track()
class AgendaPoint(AboutModel):
    """One point of an agenda; ``source_key`` names what a point that wrote itself came from."""

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="points")
    source = models.CharField(max_length=16, choices=PointSource.choices, default=PointSource.PEOPLE)
    source_key = models.CharField(max_length=200, blank=True)
    title = models.CharField(max_length=300)
    detail = models.TextField(blank=True)
    money = models.FloatField(
        null=True, blank=True, help_text="At stake, in the currency; empty where not known."
    )
    place = models.PositiveIntegerField(help_text="In the order of the chair, from 1.")
    is_placed = models.BooleanField(default=False, help_text="The chair put it where it stands.")
    planned_minutes = models.PositiveSmallIntegerField(default=5)
    status = models.CharField(max_length=8, choices=PointStatus.choices, default=PointStatus.OPEN)
    spent_seconds = models.PositiveIntegerField(default=0)
    notes = models.TextField(blank=True)
    is_gone = models.BooleanField(
        default=False,
        help_text="What put it here is no longer so; it shows, but nobody has to talk about it.",
    )
    question = models.ForeignKey(
        ReviewDecision, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    carried_from = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="carried_to"
    )
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    added_at = models.DateTimeField()
    actions = models.ManyToManyField(Action, related_name="points", blank=True)

    class Meta(AboutModel.Meta):
        abstract = False
        ordering = ["place", "pk"]
        constraints = [
            *AboutModel.Meta.constraints,
            models.CheckConstraint(condition=~Q(title=""), name="point_says_what"),
            models.UniqueConstraint(
                fields=["meeting", "source", "source_key"],
                condition=~Q(source_key=""),
                name="point_once_a_meeting",
            ),
        ]

    def __str__(self) -> str:
        return self.title


@pghistory.track()
class MeetingDecision(AboutModel):
    """What a meeting decided, on what assumption, and what would change it; it is not changed afterwards."""

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="decisions")
    point = models.ForeignKey(AgendaPoint, on_delete=models.CASCADE, related_name="decisions")
    text = models.TextField()
    assumption = models.CharField(max_length=300, blank=True)
    would_change_it = models.CharField(max_length=300, blank=True, help_text="What would change our mind.")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="decisions_owned"
    )
    decided_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta(AboutModel.Meta):
        abstract = False
        ordering = ["decided_at", "pk"]
        constraints = [
            *AboutModel.Meta.constraints,
            models.CheckConstraint(condition=~Q(text=""), name="meeting_decision_says_what"),
        ]

    def __str__(self) -> str:
        return self.text


class Attendance(models.Model):
    """That a person was in the room of a meeting, from when, and when their page was last heard of."""

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="attendances")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    came_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()

    class Meta:
        ordering = ["came_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["meeting", "user"], name="attendance_once")]

    def __str__(self) -> str:
        return f"{self.user} in {self.meeting_id}"


class MeetingPaper(models.Model):
    """A pre-read or the minutes as a file, made by the worker; the newest of a kind counts."""

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="papers")
    kind = models.CharField(max_length=10, choices=PaperKind.choices)
    asked_at = models.DateTimeField()
    made_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True, help_text="When its readers were told.")
    pdf = models.BinaryField(null=True, blank=True)
    error = models.TextField(blank=True)

    class Meta:
        ordering = ["-asked_at"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.meeting_id}"


@pghistory.track(exclude=["token"])
class CalendarFeed(models.Model):
    """The secret address at which a person's calendar program reads their meetings and decide-by dates."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="calendar_feed"
    )
    token = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"Calendar of {self.user}"
