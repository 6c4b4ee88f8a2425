"""The states of an action item, how pressing it is, and what may close it."""

from typing import Final

from django.db import models


class ActionStatus(models.TextChoices):
    OPEN = "open", "Open"
    UNDER_WAY = "under_way", "Under way"
    DONE = "done", "Done"
    DROPPED = "dropped", "Dropped"

    @property
    def tone(self) -> str:
        """The colour family; the word always stands beside it."""
        return ACTION_TONES[self]


ACTION_TONES: Final = {
    ActionStatus.OPEN: "waiting",
    ActionStatus.UNDER_WAY: "info",
    ActionStatus.DONE: "good",
    ActionStatus.DROPPED: "muted",
}
# What somebody still has to do.
OPEN_STATUSES: Final = (ActionStatus.OPEN, ActionStatus.UNDER_WAY)


class Priority(models.IntegerChoices):
    HIGH = 1, "High"
    NORMAL = 2, "Normal"
    LOW = 3, "Low"


class ConditionKind(models.TextChoices):
    """What closes an action by itself, and reopens it when it is no longer so; the key names the row."""

    NONE = "none", "Somebody says that it is done"
    FLAG_CLEARED = "flag_cleared", "Nobody has to decide on the flag any more"
    CAMPAIGN_CLEARED = "campaign_cleared", "No flag of the campaign waits for a decision"
    RECEIPT_LANDED = "receipt_landed", "The receipt has landed"
    FORECAST_SUBMITTED = "forecast_submitted", "The function has handed in its forecast"

    @property
    def words(self) -> str:
        """It within a sentence."""
        return f"{self.label[0].lower()}{self.label[1:]}"

    @property
    def lapsed_words(self) -> str:
        """Within a sentence, that it was so and is not any more."""
        return LAPSED_WORDS[self]


LAPSED_WORDS: Final = {
    ConditionKind.NONE: "somebody says that it is not done",
    ConditionKind.FLAG_CLEARED: "the flag waits for a decision again",
    ConditionKind.CAMPAIGN_CLEARED: "a flag of the campaign waits for a decision again",
    ConditionKind.RECEIPT_LANDED: "the receipt is awaited again",
    ConditionKind.FORECAST_SUBMITTED: "the forecast is owed again",
}
