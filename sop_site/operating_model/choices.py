"""The stages of a version of the operating model."""

from typing import Final

from django.db import models


class ModelStatus(models.TextChoices):
    PROPOSED = "proposed", "Proposed"
    REVIEWED = "reviewed", "Reviewed"
    ADOPTED = "adopted", "Adopted"
    DECLINED = "declined", "Declined"
    WITHDRAWN = "withdrawn", "Withdrawn"

    @property
    def tone(self) -> str:
        """The colour family; the word always stands beside it."""
        return MODEL_TONES[self]


MODEL_TONES: Final = {
    ModelStatus.PROPOSED: "waiting",
    ModelStatus.REVIEWED: "info",
    ModelStatus.ADOPTED: "good",
    ModelStatus.DECLINED: "bad",
    ModelStatus.WITHDRAWN: "muted",
}
# A proposal that people may still decide on.
OPEN_STATUSES: Final = (ModelStatus.PROPOSED, ModelStatus.REVIEWED)
