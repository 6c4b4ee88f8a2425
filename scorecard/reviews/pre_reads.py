"""Where a pre-read stands: being made, made, failed, or asked for and not heard of again."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from django.utils import timezone

from scorecard.reviews.models import PreRead, QuarterlyReview

# It takes a few seconds behind whatever the worker has in hand; after so long it was cut off.
SILENT_AFTER: Final = timedelta(seconds=60)


class PreReadState(StrEnum):
    """The stages of a pre-read."""

    NEVER_ASKED = "never asked"
    UNDER_WAY = "under way"
    MADE = "made"
    FAILED = "failed"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class PreReadStanding:
    """The newest pre-read of a review without its file, and the newest that is made, which may be older."""

    newest: PreRead | None
    made: PreRead | None
    state: PreReadState

    @property
    def is_under_way(self) -> bool:
        """Whether people wait for it."""
        return self.state is PreReadState.UNDER_WAY


def pre_read_standing(review: QuarterlyReview) -> PreReadStanding:
    """Where the pre-read of a review stands."""
    if review.pk is None:
        return PreReadStanding(None, None, PreReadState.NEVER_ASKED)
    pre_reads = review.pre_reads.select_related("asked_by").defer("pdf")
    newest = pre_reads.first()
    made = pre_reads.filter(made_at__isnull=False).first()
    return PreReadStanding(newest, made, state_of(newest))


def is_under_way(pre_read: PreRead, now: datetime | None = None) -> bool:
    """Whether it may still come."""
    is_over = pre_read.made_at is not None or bool(pre_read.error)
    return not is_over and (now or timezone.now()) - pre_read.asked_at < SILENT_AFTER


def state_of(pre_read: PreRead | None) -> PreReadState:
    """The stage that a pre-read is in."""
    if pre_read is None:
        return PreReadState.NEVER_ASKED
    if pre_read.made_at is not None:
        return PreReadState.MADE
    if pre_read.error:
        return PreReadState.FAILED
    return PreReadState.UNDER_WAY if is_under_way(pre_read) else PreReadState.SILENT
