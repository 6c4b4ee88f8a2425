"""Where a paper stands: being made, made, failed, or asked for and not heard of again."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Generic, Protocol, TypeVar, cast

from django.db.models import Model, QuerySet
from django.utils import timezone

# It takes a few seconds behind whatever the worker has in hand; after so long it was cut off.
SILENT_AFTER: Final = timedelta(seconds=60)


class Paper(Protocol):
    """A row that asks for a file, and has it once it is made."""

    asked_at: datetime
    made_at: datetime | None
    error: str


Row = TypeVar("Row", bound=Model)


class PaperState(StrEnum):
    """The stages of a paper."""

    NEVER_ASKED = "never asked"
    UNDER_WAY = "under way"
    MADE = "made"
    FAILED = "failed"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class PaperStanding(Generic[Row]):
    """The newest row without its file, and the newest whose file is made, which may be older."""

    newest: Row | None
    made: Row | None
    state: PaperState

    @property
    def is_under_way(self) -> bool:
        """Whether people wait for it."""
        return self.state is PaperState.UNDER_WAY


def standing_of(papers: QuerySet[Row]) -> PaperStanding[Row]:
    """Where papers of one kind stand; their file is the column ``pdf``, and the newest comes first."""
    without_files = papers.defer("pdf")
    newest = without_files.first()
    made = without_files.filter(made_at__isnull=False).first()
    return PaperStanding(newest, made, state_of(cast("Paper | None", newest)))


def is_under_way(paper: Paper, now: datetime | None = None) -> bool:
    """Whether it may still come."""
    is_over = paper.made_at is not None or bool(paper.error)
    return not is_over and (now or timezone.now()) - paper.asked_at < SILENT_AFTER


def state_of(paper: Paper | None) -> PaperState:
    """The stage that a paper is in."""
    if paper is None:
        return PaperState.NEVER_ASKED
    if paper.made_at is not None:
        return PaperState.MADE
    if paper.error:
        return PaperState.FAILED
    return PaperState.UNDER_WAY if is_under_way(paper) else PaperState.SILENT
