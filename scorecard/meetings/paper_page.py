"""Where the papers of a meeting stand, and which of them one may have made."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from scorecard.meetings.choices import MeetingStatus, PaperKind
from scorecard.meetings.domain.papers import PREPARED, pre_read_day
from scorecard.meetings.models import Meeting, MeetingPaper
from scorecard.meetings.queries import MeetingHours
from sop_site.access.models import User
from sop_site.clock import today
from sop_site.formats import short_date
from sop_site.paper.standing import PaperStanding, standing_of

# In which states of the meeting a paper is made.
MADE_WHILE: Final = {PaperKind.PRE_READ: PREPARED, PaperKind.MINUTES: (MeetingStatus.CLOSED,)}


@dataclass(frozen=True, slots=True)
class PaperPart:
    """A paper on the page of its meeting."""

    kind: PaperKind
    standing: PaperStanding[MeetingPaper]
    may_ask: bool
    comes: str

    @property
    def is_under_way(self) -> bool:
        """Whether people wait for it."""
        return self.standing.is_under_way


def paper_standings(meeting: Meeting, user: User) -> list[PaperPart]:
    """The papers that ``user`` sees on the page of the meeting: those that there are, or may be."""
    parts = [paper_part(meeting, kind, user) for kind in reversed(PaperKind)]
    return [part for part in parts if part.standing.newest is not None or part.may_ask]


def paper_part(meeting: Meeting, kind: PaperKind, user: User) -> PaperPart:
    """One of them."""
    standing = standing_of(meeting.papers.filter(kind=kind))
    is_time = meeting.status in MADE_WHILE[kind]
    may_ask = is_time and not standing.is_under_way and user.has_perm("scorecard.take_part")
    return PaperPart(kind, standing, may_ask, _comes(meeting, kind, today()))


def _comes(meeting: Meeting, kind: PaperKind, day: date) -> str:
    """When a paper that nobody asked for yet comes by itself."""
    if kind == PaperKind.MINUTES:
        return "They were not made yet."
    goes_out = pre_read_day(meeting)
    if goes_out > day:
        return f"It goes out on {short_date(goes_out)}. It can be made now too."
    if meeting.status == MeetingStatus.PLANNED and MeetingHours.of(meeting).day > day:
        return "It goes out in the coming night. It can be made now too."
    return "None went out before the meeting. It can still be made."
