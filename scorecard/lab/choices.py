"""The stages of a replay."""

from typing import Final

from django.db import models


class ReplayStatus(models.TextChoices):
    WAITING = "waiting", "Waits for the worker"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"

    @property
    def tone(self) -> str:
        """The colour family; the word always stands beside it."""
        return REPLAY_TONES[self]


REPLAY_TONES: Final = {
    ReplayStatus.WAITING: "waiting",
    ReplayStatus.RUNNING: "live",
    ReplayStatus.DONE: "good",
    ReplayStatus.FAILED: "bad",
}
# What people still wait for.
UNDER_WAY: Final = (ReplayStatus.WAITING, ReplayStatus.RUNNING)
