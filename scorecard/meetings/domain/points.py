"""What is changed about a point before anybody talks about it: its words, its minutes, that it is there."""

import hashlib
from dataclasses import astuple, dataclass

from django.db import transaction
from django.db.models import Q

from scorecard.meetings.choices import PointSource
from scorecard.meetings.domain.room import OPEN, WAS_SPOKEN_OF, held, seen_by_all
from scorecard.meetings.models import AgendaPoint
from scorecard.meetings.queries import may_change_point
from sop_site.access.models import User
from sop_site.access.permissions import NotAllowed, NotNow, require
from sop_site.history import note_change


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
    current = held(point.meeting)
    wanted = current.points.select_related("meeting").get(pk=point.pk)
    refuse_change(point=wanted, by=by)
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
    seen_by_all(current)
    return wanted


@transaction.atomic
def withdraw_point(*, point: AgendaPoint, by: User) -> AgendaPoint:
    """Nobody has to talk about what people put there any more; it shows as withdrawn, and goes nowhere else.

    Raises NotNow as `change_point` does, and for what the data put there, which the chair parks.
    """
    current = held(point.meeting)
    wanted = current.points.select_related("meeting").get(pk=point.pk)
    refuse_change(point=wanted, by=by)
    if wanted.source != PointSource.PEOPLE:
        raise NotNow("It goes by itself once it is no longer so. Park it to leave it for the next meeting.")
    note_change(by=by)
    wanted.is_gone = True
    wanted.save(update_fields=["is_gone"])
    seen_by_all(current)
    return wanted
