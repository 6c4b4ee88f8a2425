"""Gathers the scorecard's tables."""

from scorecard.lab.models import Replay, Sighting
from scorecard.measures.models import (
    AccuracyFact,
    MeasureTarget,
    ProcessFact,
    PromotedDays,
    WeekDetail,
    WeekFact,
    WeekSnapshot,
)
from scorecard.outcomes.models import CampaignOutcome
from scorecard.reviews.models import PreRead, QuarterlyReview, ReviewDecision

__all__ = [
    "AccuracyFact",
    "CampaignOutcome",
    "MeasureTarget",
    "PreRead",
    "ProcessFact",
    "PromotedDays",
    "QuarterlyReview",
    "Replay",
    "ReviewDecision",
    "Sighting",
    "WeekDetail",
    "WeekFact",
    "WeekSnapshot",
]
