"""Reads of meetings for the calendar, the page of one, and its room."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.db.models import Count, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django_fsm import get_available_user_FIELD_transitions

from planning.consensus.models import Cycle
from planning.risk.sentences import plural
from scorecard.about.about import About, AboutLine, lines_of
from scorecard.actions.models import Action
from scorecard.actions.queries import ActionRow, rows_of
from scorecard.meetings.choices import MeetingKind, MeetingStatus, PointSource, PointStatus
from scorecard.meetings.models import AgendaPoint, Meeting, MeetingDecision, MeetingSeries, may_chair
from sop_site.access.models import User
from sop_site.formats import short_date

# The calendar shows so many meetings that come, and so many that were.
SHOWN_AHEAD: Final = 12
SHOWN_BACK: Final = 12
# A page of the room that lies behind others is woken once a minute, and says then that its person is there.
PRESENT_FOR: Final = timedelta(seconds=75)
MOVES: Final = {
    "open": "Open the room",
    "close": "Close the meeting",
    "take_back": "It was opened by mistake",
    "cancel": "Cancel",
    "restore": "Restore",
}


@dataclass(frozen=True, slots=True)
class MeetingHours:
    """When a meeting is held, by the clock of its series."""

    begins: datetime
    ends: datetime

    @classmethod
    def of(cls, meeting: Meeting) -> "MeetingHours":
        """By the wall clock of the series' time zone."""
        zone = ZoneInfo(meeting.series.time_zone)
        return cls(meeting.starts_at.astimezone(zone), meeting.ends_at.astimezone(zone))

    @property
    def day(self) -> date:
        """Its date there."""
        return self.begins.date()

    @property
    def words(self) -> str:
        """From when to when, with the zone: ``09:00–09:45 CET``."""
        return f"{self.begins:%H:%M}–{self.ends:%H:%M} {self.begins:%Z}"


@dataclass(frozen=True, slots=True)
class MeetingRow:
    """A meeting in the calendar."""

    meeting: Meeting
    hours: MeetingHours
    open_points: int
    decisions: int
    is_mine: bool

    @property
    def status(self) -> MeetingStatus:
        """The status as a member, with its tone."""
        return MeetingStatus(self.meeting.status)


@dataclass(frozen=True, slots=True)
class PointRow:
    """A point of an agenda with what it is about, what was decided on it, and the actions given there.

    ``things`` says by id what a decision is about where that is not what the point is about.
    """

    point: AgendaPoint
    about: AboutLine | None
    decisions: Sequence[MeetingDecision]
    things: Mapping[int, AboutLine]
    actions: Sequence[ActionRow]
    is_current: bool
    may_change: bool

    @property
    def is_untouched(self) -> bool:
        """Whether nobody has talked about it, so that its words and minutes may still be others."""
        return self.is_open and not self.is_current and not self.was_spoken_of

    @property
    def decided(self) -> list[tuple[MeetingDecision, AboutLine | None]]:
        """The decisions, those about one of the things beside the point with that."""
        return [(decision, self.things.get(decision.pk)) for decision in self.decisions]

    @property
    def source(self) -> PointSource:
        """What put it there, as a member."""
        return PointSource(self.point.source)

    @property
    def is_open(self) -> bool:
        """Whether it still has to be talked about."""
        return self.point.status == PointStatus.OPEN and not self.point.is_gone

    @property
    def was_spoken_of(self) -> bool:
        """Whether anything was said, decided or given on it here, or time was spent."""
        point = self.point
        said = self.said_here or self.decisions or self.actions or point.spent_seconds
        return bool(said) or point.status == PointStatus.DONE

    @property
    def said_here(self) -> str:
        """Its notes without those with which it came along from the meeting before."""
        before = self.point.carried_from
        came_with = before.notes if before is not None else ""
        return self.point.notes.removeprefix(came_with).strip()

    @property
    def gone_words(self) -> str:
        """Why nobody has to talk about it, or ""."""
        if not self.point.is_gone:
            return ""
        return "Withdrawn" if self.source == PointSource.PEOPLE else "No longer so"

    @property
    def is_left(self) -> bool:
        """Whether the next meeting takes it up."""
        return self.point.status != PointStatus.DONE and not self.point.is_gone

    @property
    def spent_minutes(self) -> int:
        """Whole minutes that were spent on it before it is up again."""
        return round(self.point.spent_seconds / 60)


@dataclass(frozen=True, slots=True)
class MeetingPage:
    """All that the page of a meeting shows to one person."""

    meeting: Meeting
    hours: MeetingHours
    members: Sequence[User]
    came: Sequence[User]
    points: Sequence[PointRow]
    moves: Sequence[tuple[str, str]]
    is_chair: bool
    takes_part: bool
    earlier: Meeting | None
    later: Meeting | None
    why_not_written: str

    @property
    def status(self) -> MeetingStatus:
        """The status as a member, with its tone."""
        return MeetingStatus(self.meeting.status)

    @property
    def subject(self) -> AboutLine | None:
        """The page of what it is about: the cycle of its month, the review of its quarter."""
        return subject_of(self.meeting)

    @property
    def current(self) -> PointRow | None:
        """The point that is up."""
        return next((row for row in self.points if row.is_current), None)

    @property
    def is_open(self) -> bool:
        """Whether anything may still be said in it."""
        return self.status in (MeetingStatus.PLANNED, MeetingStatus.RUNNING)

    @property
    def missing(self) -> list[User]:
        """The members who were not in the room."""
        return [member for member in self.members if member not in self.came]

    @property
    def spoken(self) -> list[PointRow]:
        """The points that were talked about."""
        return [row for row in self.points if row.was_spoken_of]

    @property
    def left(self) -> list[PointRow]:
        """The points that the next meeting takes up."""
        return [row for row in self.points if row.is_left]

    @property
    def held(self) -> str:
        """When people were in its room, of a meeting that is over."""
        return held_words(self.meeting)

    @property
    def planned_minutes(self) -> int:
        """What the open points would take."""
        return sum(row.point.planned_minutes for row in self.points if row.is_open)


def meetings_of(user: User) -> QuerySet[Meeting]:
    """The meetings of the series that a person belongs to, or has the chair of."""
    return (
        Meeting.objects.filter(Q(series__members=user) | Q(chair=user))
        .select_related("series", "chair")
        .distinct()
    )


def calendar(user: User, day: date) -> tuple[list[MeetingRow], list[MeetingRow]]:
    """The meetings that run or come, the next first, and those that were, the newest first."""
    meetings = Meeting.objects.select_related("series", "chair").annotate(
        open_points=Count(
            "points", filter=Q(points__status=PointStatus.OPEN, points__is_gone=False), distinct=True
        ),
        decision_count=Count("decisions", distinct=True),
    )
    ahead = Q(status=MeetingStatus.RUNNING) | Q(
        status__in=[MeetingStatus.PLANNED, MeetingStatus.CANCELLED], starts_at__date__gte=day
    )
    mine = set(MeetingSeries.objects.filter(members=user).values_list("pk", flat=True))

    def rows(found: QuerySet[Meeting]) -> list[MeetingRow]:
        return [
            MeetingRow(
                meeting=meeting,
                hours=MeetingHours.of(meeting),
                open_points=meeting.open_points,  # type: ignore[attr-defined]  # annotated above
                decisions=meeting.decision_count,  # type: ignore[attr-defined]
                is_mine=meeting.series_id in mine or meeting.chair_id == user.pk,
            )
            for meeting in found
        ]

    return (
        rows(meetings.filter(ahead).order_by("starts_at")[:SHOWN_AHEAD]),
        rows(meetings.exclude(ahead).order_by("-starts_at")[:SHOWN_BACK]),
    )


def meeting_page(meeting: Meeting, user: User, day: date) -> MeetingPage:
    """The page of a meeting for ``user``, in a number of queries that does not grow with its points."""
    points = list(meeting.points.select_related("added_by", "carried_from__meeting__series", "question"))
    decided = list(meeting.decisions.select_related("owner", "decided_by"))
    decisions: dict[int, list[MeetingDecision]] = {}
    for decision in decided:
        decisions.setdefault(decision.point_id, []).append(decision)
    actions: dict[int, list[ActionRow]] = {}
    given = list(
        Action.objects.filter(points__in=points).select_related("owner", "given_by", "closed_by").distinct()
    )
    rows = {row.action.pk: row for row in rows_of(given, user, day)}
    for point_id, action_id in AgendaPoint.actions.through.objects.filter(agendapoint__in=points).values_list(
        "agendapoint_id", "action_id"
    ):
        actions.setdefault(point_id, []).append(rows[action_id])
    abouts = lines_of({About.of(row) for row in (*points, *decided)}, user)
    own = {point.pk: About.of(point) for point in points}
    things = {
        decision.pk: abouts[about]
        for decision in decided
        if (about := About.of(decision)) != own[decision.point_id] and about in abouts
    }
    status = Meeting._meta.get_field("status")
    offered = {move.name for move in get_available_user_FIELD_transitions(meeting, user, status)}
    others = meeting.series.meetings.exclude(status=MeetingStatus.CANCELLED)
    return MeetingPage(
        meeting=meeting,
        hours=MeetingHours.of(meeting),
        members=list(meeting.series.members.all()),
        came=[attendance.user for attendance in meeting.attendances.select_related("user")],
        points=[
            PointRow(
                point=point,
                about=abouts.get(About.of(point)),
                decisions=decisions.get(point.pk, []),
                things=things,
                actions=actions.get(point.pk, []),
                is_current=point.pk == meeting.current_point_id,
                may_change=may_change_point(meeting, point, user),
            )
            for point in points
        ],
        moves=[(name, label) for name, label in MOVES.items() if name in offered],
        is_chair=may_chair(meeting, user),
        takes_part=user.has_perm("scorecard.take_part"),
        earlier=others.filter(starts_at__lt=meeting.starts_at).order_by("-starts_at").first(),
        later=others.filter(starts_at__gt=meeting.starts_at).order_by("starts_at").first(),
        why_not_written=why_not_written(meeting, day),
    )


def subject_of(meeting: Meeting) -> AboutLine | None:
    """The cycle that is held in the month of a meeting, or the review of its quarter; None where none is."""
    period = meeting.period
    match meeting.kind:
        case MeetingKind.MONTHLY:
            cycle = Cycle.objects.filter(month_start=period.start).first()
            return AboutLine(str(cycle), cycle.get_absolute_url()) if cycle is not None else None
        case MeetingKind.QUARTERLY:
            url = reverse("reviews:detail", args=[period.year, period.number])
            return AboutLine(f"Review of {period.label}", url)
    return None


def comes_first(meeting: Meeting, day: date) -> Meeting | None:
    """The meeting of its series that runs or comes before it, whose points they are until it is over."""
    running = Q(status=MeetingStatus.RUNNING)
    comes = running | Q(status=MeetingStatus.PLANNED, starts_at__date__gte=day)
    earlier = meeting.series.meetings.filter(comes, starts_at__lt=meeting.starts_at)
    return earlier.select_related("series").order_by("starts_at").first()


def why_not_written(meeting: Meeting, day: date) -> str:
    """Why the agenda of a planned meeting does not write itself on ``day``; "" where it does."""
    if meeting.status != MeetingStatus.PLANNED:
        return ""
    if timezone.localdate(meeting.starts_at) < day:
        return (
            "Nobody held it on its day. What is open in it goes on to the next one, unless it is held late."
        )
    first = comes_first(meeting, day)
    return f"It writes itself once {first} is over." if first is not None else ""


def held_words(meeting: Meeting) -> str:
    """From when to when people were in the room, by the clock of the series; "" of one that is not over."""
    if meeting.opened_at is None or meeting.closed_at is None:
        return ""
    zone = ZoneInfo(meeting.series.time_zone)
    opened, closed = meeting.opened_at.astimezone(zone), meeting.closed_at.astimezone(zone)
    same_day = opened.date() == closed.date()
    ended = f"{closed:%H:%M}" if same_day else f"{closed:%H:%M} on {short_date(closed.date())}"
    if meeting.closed_by is None:
        return (
            f"Opened at {opened:%H:%M}. Nobody closed it: the night did, "
            f"and takes it to have ended at {ended}."
        )
    minutes = round((meeting.closed_at - meeting.opened_at).total_seconds() / 60)
    took = f"{plural(minutes, 'minute')} of {meeting.series.minutes}"
    return f"Opened at {opened:%H:%M}, closed at {ended} by {meeting.closed_by}: {took}."


def next_weekly(day: date) -> Meeting | None:
    """The weekly review that runs, or else the next that is planned from ``day`` on; None where none is."""
    weekly = Meeting.objects.filter(series__kind=MeetingKind.WEEKLY).select_related("series", "chair")
    running = weekly.filter(status=MeetingStatus.RUNNING).first()
    planned = weekly.filter(status=MeetingStatus.PLANNED, starts_at__date__gte=day)
    return running or planned.order_by("starts_at").first()


def may_change_point(meeting: Meeting, point: AgendaPoint, user: User) -> bool:
    """Whether a person changes a point that nobody has talked about: one of their own, or as the chair."""
    is_own = point.source == PointSource.PEOPLE and point.added_by_id == user.pk
    return may_chair(meeting, user) or (is_own and user.has_perm("scorecard.take_part"))


def points_about(meeting: Meeting, about: About) -> QuerySet[AgendaPoint]:
    """The points of a meeting about a thing that have still to be talked about."""
    return meeting.points.filter(status=PointStatus.OPEN, is_gone=False, **about.columns)


def people_present(meeting: Meeting) -> list[User]:
    """Whose page of the room was heard of just now, in the order in which they came."""
    seen = meeting.attendances.filter(last_seen_at__gte=timezone.now() - PRESENT_FOR).select_related("user")
    return [attendance.user for attendance in seen]
