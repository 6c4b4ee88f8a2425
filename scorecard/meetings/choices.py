"""The kinds of standing meetings, the states of one of them, and where the points of its agenda come from."""

from typing import Final

from django.db import models

from sop_site.fiscal import PeriodKind


class MeetingKind(models.TextChoices):
    WEEKLY = "weekly", "Demand signal review"
    MONTHLY = "monthly", "Monthly consensus"
    QUARTERLY = "quarterly", "Quarterly review"

    @property
    def period(self) -> PeriodKind:
        """There is one meeting in each fiscal period of this kind."""
        return PERIODS[self]


PERIODS: Final = {
    MeetingKind.WEEKLY: PeriodKind.WEEK,
    MeetingKind.MONTHLY: PeriodKind.MONTH,
    MeetingKind.QUARTERLY: PeriodKind.QUARTER,
}


class MeetingStatus(models.TextChoices):
    PLANNED = "planned", "Planned"
    RUNNING = "running", "Running"
    CLOSED = "closed", "Held"
    CANCELLED = "cancelled", "Cancelled"

    @property
    def tone(self) -> str:
        """The colour family; the word always stands beside it."""
        return MEETING_TONES[self]


MEETING_TONES: Final = {
    MeetingStatus.PLANNED: "waiting",
    MeetingStatus.RUNNING: "info",
    MeetingStatus.CLOSED: "good",
    MeetingStatus.CANCELLED: "muted",
}


class PointStatus(models.TextChoices):
    OPEN = "open", "Open"
    DONE = "done", "Done"
    PARKED = "parked", "Parked"


class PointSource(models.TextChoices):
    """What put a point on the agenda; all but the first write themselves."""

    PEOPLE = "people", "Added"
    CAMPAIGN_NEAR = "campaign_near", "Campaigns within 8 weeks"
    FLAG_OPENED = "flag_opened", "Flags opened"
    FLAG_WORSENED = "flag_worsened", "Flags worsened"
    FLAG_LAPSING = "flag_lapsing", "Flags lapsing"
    SIGNAL = "signal", "Demand signals"
    SALES = "sales", "Sales against forecast"
    RECEIPT_MOVED = "receipt_moved", "Receipts that moved"
    OPEN_ACTION = "open_action", "Open actions"
    FORECAST = "forecast", "Consensus forecast"
    REVIEW_QUESTION = "review_question", "Decisions wanted"
    MEASURE = "measure", "Scorecard"


class PaperKind(models.TextChoices):
    PRE_READ = "pre_read", "Pre-read"
    MINUTES = "minutes", "Minutes"
