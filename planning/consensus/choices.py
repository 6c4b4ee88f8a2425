"""What the consensus is made of: its layers, the functions that answer for them, its stages and its seats."""

from typing import Final

from django.db import models


class Layer(models.TextChoices):
    """The numbers of one cell, from the simplest to the one that is signed. None replaces another."""

    NAIVE = "naive", "Last year"
    STATISTICAL = "statistical", "Statistical"
    CAMPAIGNS = "campaigns", "With campaigns"
    MARKETING = "marketing", "Marketing"
    PLANNING = "planning", "Planning"
    MERCHANDISING = "merchandising", "Merchandising"
    CONSENSUS = "consensus", "Consensus"

    @property
    def is_entered(self) -> bool:
        """Whether people enter it; the others are calculated when the cycle opens."""
        return self in ENTERED_LAYERS

    @property
    def permission(self) -> str:
        """What a person needs to enter it."""
        return ENTERED_LAYERS[self]


ENTERED_LAYERS: Final[dict[Layer, str]] = {
    Layer.MARKETING: "planning.enter_marketing_forecast",
    Layer.PLANNING: "planning.enter_planning_forecast",
    Layer.MERCHANDISING: "planning.enter_merchandising_forecast",
    Layer.CONSENSUS: "planning.reconcile_forecast",
}
CALCULATED_LAYERS: Final = tuple(layer for layer in Layer if layer not in ENTERED_LAYERS)
# The functions that owe a number of their own each month.
FUNCTIONS: Final = (Layer.MARKETING, Layer.PLANNING, Layer.MERCHANDISING)


class CycleStatus(models.TextChoices):
    COLLECTING = "collecting", "Functions submit"
    RECONCILING = "reconciling", "Reconciling"
    SIGNING = "signing", "Waits for signatures"
    PUBLISHED = "published", "Published"

    @property
    def tone(self) -> str:
        """The colour family; the word always stands beside it."""
        return CYCLE_TONES[self]


CYCLE_TONES: Final = {
    CycleStatus.COLLECTING: "waiting",
    CycleStatus.RECONCILING: "waiting",
    CycleStatus.SIGNING: "warn",
    CycleStatus.PUBLISHED: "good",
}
# While a cycle stands here a function may still change its own number.
FUNCTIONS_MAY_ENTER: Final = (CycleStatus.COLLECTING, CycleStatus.RECONCILING)
# While it stands here the consensus may be changed; once someone has signed, that voids the signatures.
CONSENSUS_MAY_CHANGE: Final = (CycleStatus.RECONCILING, CycleStatus.SIGNING)


class Seat(models.TextChoices):
    """Who signs. The chair signs last, and that publishes."""

    CMO = "cmo", "CMO"
    VP_PLANNING = "vp_planning", "VP Planning"
    HEAD_OF_MERCHANDISING = "head_of_merchandising", "Head of Merchandising"
    CHAIR = "chair", "Executive in the chair"

    @property
    def permission(self) -> str:
        """What a person needs to sign for it."""
        return SEAT_PERMISSIONS[self]


SEAT_PERMISSIONS: Final[dict[Seat, str]] = {
    Seat.CMO: "planning.sign_forecast_as_cmo",
    Seat.VP_PLANNING: "planning.sign_forecast_as_vp_planning",
    Seat.HEAD_OF_MERCHANDISING: "planning.sign_forecast_as_head_of_merchandising",
    Seat.CHAIR: "planning.chair_forecast",
}


class EntrySource(models.TextChoices):
    """How a number came in."""

    TYPED = "typed", "typed"
    PASTED = "pasted", "pasted"
    FILE = "file", "from a file"
    TAKEN = "taken", "taken from another layer"


class RemarkKind(models.TextChoices):
    COMMENT = "comment", "Comment"
    OPEN_POINT = "open_point", "Open point"
