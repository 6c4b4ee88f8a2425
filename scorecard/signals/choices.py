"""What a demand signal is, and which way it points."""

from typing import Final

from django.db import models


class SignalStatus(models.TextChoices):
    """Where a signal stands: it stays open until somebody decides it, also when sales come back."""

    OPEN = "open", "To be decided"
    DECIDED = "decided", "Decided"

    @property
    def tone(self) -> str:
        """The colour family; the word always stands beside it."""
        return SIGNAL_TONES[self]


SIGNAL_TONES: Final = {SignalStatus.OPEN: "warn", SignalStatus.DECIDED: "good"}


class Side(models.TextChoices):
    """Whether more sells than the forecast said, or less."""

    ABOVE = "above", "Above the forecast"
    BELOW = "below", "Below the forecast"
