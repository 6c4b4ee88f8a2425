"""A point as the data wants it on an agenda, and the order of an agenda."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from scorecard.about.about import About
from scorecard.meetings.choices import MeetingKind, PointSource
from scorecard.reviews.models import ReviewDecision

# The order in which an agenda goes through its sources, until the chair puts a point elsewhere.
ORDER: Final = {
    MeetingKind.WEEKLY: (
        PointSource.FLAG_LAPSING,
        PointSource.FLAG_WORSENED,
        PointSource.FLAG_OPENED,
        PointSource.CAMPAIGN_NEAR,
        PointSource.SALES,
        PointSource.SIGNAL,
        PointSource.RECEIPT_MOVED,
        PointSource.PEOPLE,
        PointSource.OPEN_ACTION,
    ),
    MeetingKind.MONTHLY: (PointSource.FORECAST, PointSource.PEOPLE, PointSource.OPEN_ACTION),
    MeetingKind.QUARTERLY: (
        PointSource.MEASURE,
        PointSource.REVIEW_QUESTION,
        PointSource.PEOPLE,
        PointSource.OPEN_ACTION,
    ),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """A point that the data wants: ``key`` names its cause among those of its source, ``money`` its size.

    Within its source ``rank`` puts it before others, the lowest first; then ``is_promoted`` does.
    """

    source: PointSource
    key: str
    title: str
    detail: str = ""
    money: float | None = None
    rank: int = 0
    is_promoted: bool = False
    about: About = field(default_factory=About)
    question: ReviewDecision | None = None
    planned_minutes: int = 5


@dataclass(frozen=True, slots=True)
class Since:
    """What an agenda looks back on: from the meeting before until the ``day`` on which it is written."""

    at: datetime
    day: date

    @property
    def first_day(self) -> date:
        """The day of the meeting before."""
        return self.at.date()


def in_order(kind: MeetingKind, wanted: Iterable[Wanted]) -> list[Wanted]:
    """By source; within one by rank, then what is promoted first, then by money."""
    order: Sequence[PointSource] = ORDER[kind]
    return sorted(
        wanted,
        key=lambda point: (
            order.index(point.source),
            point.rank,
            not point.is_promoted,
            -(point.money or 0.0),
            point.key,
        ),
    )
