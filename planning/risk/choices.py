"""States of a flag, in words and tones, and what may happen to it."""

from django.db import models


class RiskState(models.TextChoices):
    """States exclude one another and speak of the campaign window (definitions: Stockout risk)."""

    OUT = "out", "Out"
    STOCKOUT = "stockout", "Stockout"
    AT_RISK = "at_risk", "At risk"
    WATCH = "watch", "Watch"
    NO_DATA = "no_data", "No data"
    OK = "ok", "OK"

    @property
    def tone(self) -> str:
        """The colour family; a sign and the word always stand beside it."""
        return RISK_TONES[self]

    @property
    def needs_decision(self) -> bool:
        """Whether people must decide before the campaign may be approved."""
        return self in FLAGGED_STATES


RISK_TONES = {
    RiskState.OUT: "bad",
    RiskState.STOCKOUT: "bad",
    RiskState.AT_RISK: "warn",
    RiskState.WATCH: "watch",
    RiskState.NO_DATA: "none",
    RiskState.OK: "good",
}
FLAGGED_STATES = (RiskState.OUT, RiskState.STOCKOUT, RiskState.AT_RISK)


class FlagEventKind(models.TextChoices):
    OPENED = "opened", "Opened"
    WORSENED = "worsened", "Worsened"
    EASED = "eased", "Eased"
    CLEARED = "cleared", "Cleared"
    REOPENED = "reopened", "Reopened"
    OUTGREW_ACCEPTANCE = "outgrew_acceptance", "Worse than accepted"


class DecisionKind(models.TextChoices):
    ACCEPTANCE_PROPOSED = "acceptance_proposed", "Acceptance waits for signatures"
    ACCEPTED = "accepted", "Risk accepted"
    ACCEPTANCE_DECLINED = "acceptance_declined", "Acceptance declined"
    REMEDY_PROPOSED = "remedy_proposed", "Remedy waits for Marketing's consent"
    REMEDY_IN_FORCE = "remedy_in_force", "Remedy in force"
    REMEDY_DECLINED = "remedy_declined", "Remedy declined"
    REMEDY_WITHDRAWN = "remedy_withdrawn", "Remedy withdrawn"


class AcceptanceStatus(models.TextChoices):
    PROPOSED = "proposed", "Waits for signatures"
    IN_FORCE = "in_force", "In force"
    DECLINED = "declined", "Declined"
    OUTGROWN = "outgrown", "Worse than accepted"


class RunScope(models.TextChoices):
    EDIT = "edit", "After an edit"
    SWEEP = "sweep", "Sweep of what was left"
    NIGHTLY = "nightly", "Nightly, everything"
    MODEL = "model", "Under a new operating model"


class SigningSide(models.TextChoices):
    PLANNING = "planning", "VP Planning"
    MARKETING = "marketing", "CMO"
