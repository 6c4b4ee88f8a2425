"""Every write of the scorecard's figures."""

from scorecard.measures.domain.closing import close_due_weeks, close_weeks_until, restate_week
from scorecard.measures.domain.promoted_days import see_promoted_days
from scorecard.measures.domain.snapshots import take_snapshots, take_week

__all__ = [
    "close_due_weeks",
    "close_weeks_until",
    "restate_week",
    "see_promoted_days",
    "take_snapshots",
    "take_week",
]
