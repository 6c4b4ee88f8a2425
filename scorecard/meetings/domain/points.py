"""What people put on an agenda, in which order, and what they change of it before anybody talks about it."""

import hashlib
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import Final

from django.db import transaction
from django.db.models import Max, Q, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from scorecard.about.about import About
from scorecard.meetings.choices import MeetingStatus, PointSource, PointStatus
from scorecard.meetings.domain.timetable import locked, refuse_stranger
from scorecard.meetings.models import AgendaPoint, Meeting
from scorecard.meetings.queries import may_change_point, points_about
from sop_site.access.models import User
from sop_site.access.permissions import NotAllowed, NotNow, require
from sop_site.history import note_change

# A point may wait for a meeting that is not over.
OPEN: Final = (MeetingStatus.PLANNED, MeetingStatus.RUNNING)
# What people did on a point, beside looking at it; notes may have come along with it.
WAS_SPOKEN_OF: Final = (
    ~Q(status=PointStatus.OPEN)
    | Q(decisions__isnull=False)
    | Q(actions__isnull=False)
    | ~Q(notes=Coalesce("carried_from__notes", Value("")))
)


@dataclass(frozen=True, slots=True)
class PointFacts:
    """What a point says, and how many minutes are planned for it."""

    title: str
    detail: str
    planned_minutes: int

    @classmethod
    def of(cls, point: AgendaPoint) -> "PointFacts":
        """Those that stand there."""
        return cls(point.title, point.detail, point.planned_minutes)

    @property
    def mark(self) -> str:
        """Short, and another one as soon as any of it is another."""
        return hashlib.sha256(repr(astuple(self)).encode()).hexdigest()[:16]


@transaction.atomic
def add_point(
    *,
    meeting: Meeting,
    by: User,
    title: str,
    detail: str = "",
    planned_minutes: int = 5,
    about: About | None = None,
) -> AgendaPoint:
    """Put something at the end of the agenda. Raises NotNow where it says nothing, or all is over."""
    require(by, "scorecard.take_part")
    current = held(meeting)
    if not title.strip():
        raise NotNow("Say what is to be talked about.")
    note_change(by=by)
    last = current.points.aggregate(place=Max("place"))["place"] or 0
    point = AgendaPoint.objects.create(
        meeting=current,
        title=title.strip(),
        detail=detail.strip(),
        place=last + 1,
        planned_minutes=planned_minutes,
        added_by=by,
        added_at=timezone.now(),
        **(about or About()).columns,
    )
    seen_by_all(current)
    return point


@transaction.atomic
def bring_up(*, meeting: Meeting, by: User, title: str, about: About) -> AgendaPoint | None:
    """Put a thing on the agenda; None where it stands there already, also since a moment ago."""
    require(by, "scorecard.take_part")
    current = held(meeting)
    if points_about(current, about).exists():
        return None
    return add_point(meeting=current, by=by, title=title, about=about)


@transaction.atomic
def order_points(*, meeting: Meeting, by: User, point_ids: Sequence[int]) -> list[AgendaPoint]:
    """Put the points into the order of ``point_ids``; those that it leaves out follow as they stood."""
    current = held(meeting)
    refuse_stranger(current, by)
    note_change(by=by)
    points = {point.pk: point for point in current.points.all()}
    named = [points.pop(pk) for pk in dict.fromkeys(point_ids) if pk in points]
    for place, point in enumerate([*named, *points.values()], start=1):
        if (point.place, point.is_placed) != (place, point in named or point.is_placed):
            point.place, point.is_placed = place, point in named or point.is_placed
            point.save(update_fields=["place", "is_placed"])
    seen_by_all(current)
    return list(current.points.all())


def refuse_change(*, point: AgendaPoint, by: User) -> None:
    """Raise NotAllowed or NotNow where a person changes nothing about a point now."""
    require(by, "scorecard.take_part")
    meeting = point.meeting
    if not may_change_point(meeting, point, by):
        raise NotAllowed("Who put it on the agenda changes it, or the chair.")
    touched = WAS_SPOKEN_OF | Q(is_gone=True) | Q(spent_seconds__gt=0) | Q(pk=meeting.current_point_id)
    if meeting.status not in OPEN or meeting.points.filter(touched, pk=point.pk).exists():
        raise NotNow("It was taken up, parked or withdrawn already, and stays as it stands.")


@transaction.atomic
def change_point(*, point: AgendaPoint, by: User, facts: PointFacts, seen: str) -> AgendaPoint:
    """Give a point other words or minutes; ``seen`` is the mark of those that ``by`` changes.

    Who put it there does so, or the chair. Raises NotNow once it was talked about, where the words are the
    data's, where nothing is left to be said, and where somebody else was faster.
    """
    wanted = _untouched(point, by)
    standing = PointFacts.of(wanted)
    if seen != standing.mark:
        raise NotNow(
            f"Somebody changed it meanwhile: it says “{standing.title}”, {standing.planned_minutes} min, now."
            " Send yours again to have it instead."
        )
    words = (facts.title.strip(), facts.detail.strip())
    if wanted.source != PointSource.PEOPLE and words != (standing.title, standing.detail):
        raise NotNow("Its words are the data’s; only its minutes are planned here.")
    if not words[0]:
        raise NotNow("Say what is to be talked about.")
    note_change(by=by)
    wanted.title, wanted.detail = words
    wanted.planned_minutes = facts.planned_minutes
    wanted.save(update_fields=["title", "detail", "planned_minutes"])
    seen_by_all(wanted.meeting)
    return wanted


@transaction.atomic
def withdraw_point(*, point: AgendaPoint, by: User) -> AgendaPoint:
    """Nobody has to talk about what people put there any more; it shows as withdrawn, and goes nowhere else.

    Raises NotNow as `change_point` does, and for what the data put there, which the chair parks.
    """
    wanted = _untouched(point, by)
    if wanted.source != PointSource.PEOPLE:
        raise NotNow("It goes by itself once it is no longer so. Park it to leave it for the next meeting.")
    note_change(by=by)
    wanted.is_gone = True
    wanted.save(update_fields=["is_gone"])
    seen_by_all(wanted.meeting)
    return wanted


def _untouched(point: AgendaPoint, by: User) -> AgendaPoint:
    """The point of a meeting that is locked, as it stands, for a person who may change it now."""
    wanted = held(point.meeting).points.select_related("meeting__series").get(pk=point.pk)
    refuse_change(point=wanted, by=by)
    return wanted


def seen_by_all(meeting: Meeting) -> Meeting:
    """Save a locked meeting with its version counted on, which is how pages notice."""
    meeting.version += 1
    meeting.save()
    return meeting


def held(meeting: Meeting) -> Meeting:
    """The meeting, locked, while something may still be said in it."""
    current = locked(meeting)
    if current.status not in OPEN:
        raise NotNow(
            f"The meeting is {current.get_status_display().lower()}; nothing changes in it any more."
        )
    return current
