"""Gathers the scorecard's tables."""

from scorecard.actions.models import Action, ActionBlocker, ActionComment
from scorecard.home.models import Visit
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
from scorecard.meetings.models import (
    AgendaPoint,
    Attendance,
    CalendarFeed,
    Meeting,
    MeetingDecision,
    MeetingPaper,
    MeetingSeries,
)
from scorecard.outcomes.models import CampaignOutcome
from scorecard.reviews.models import PreRead, QuarterlyReview, ReviewDecision
from scorecard.signals.models import DemandSignal, DemandWeek, DemandWeekPart

__all__ = [
    "AccuracyFact",
    "Action",
    "ActionBlocker",
    "ActionComment",
    "AgendaPoint",
    "Attendance",
    "CalendarFeed",
    "CampaignOutcome",
    "DemandSignal",
    "DemandWeek",
    "DemandWeekPart",
    "MeasureTarget",
    "Meeting",
    "MeetingDecision",
    "MeetingPaper",
    "MeetingSeries",
    "PreRead",
    "ProcessFact",
    "PromotedDays",
    "QuarterlyReview",
    "Replay",
    "ReviewDecision",
    "Sighting",
    "Visit",
    "WeekDetail",
    "WeekFact",
    "WeekSnapshot",
]
