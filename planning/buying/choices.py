"""States of a planned order, and what can be wrong with one."""

from typing import Final

from django.db import models


class BuyStatus(models.TextChoices):
    PROPOSED = "proposed", "Proposed"
    APPROVED = "approved", "Approved"
    SENT = "sent", "On a purchase order"
    RECOGNISED = "recognised", "Loaded as a receipt"
    CANCELLED = "cancelled", "Cancelled"

    @property
    def tone(self) -> str:
        """The colour family; the word always stands beside it."""
        return BUY_TONES[self]


BUY_TONES: Final = {
    BuyStatus.PROPOSED: "waiting",
    BuyStatus.APPROVED: "decided",
    BuyStatus.SENT: "decided",
    BuyStatus.RECOGNISED: "good",
    BuyStatus.CANCELLED: "cancelled",
}
# A new calculation leaves these as they are, and counts on them as it counts on receipts.
FIXED_STATUSES: Final = (BuyStatus.APPROVED, BuyStatus.SENT)
# What a planner still has to decide on or to order.
OPEN_STATUSES: Final = (BuyStatus.PROPOSED, BuyStatus.APPROVED)


class BuyException(models.TextChoices):
    """What a planner has to look at before a line is approved."""

    TOO_LATE = "too_late", "Cannot arrive in time"
    ORDER_NOW = "order_now", "Order within a week"
    OVER_BOUGHT = "over_bought", "Over the open-to-buy"
    ABOVE_NEED = "above_need", "The minimum order is far above the need"
    NO_COST = "no_cost", "No unit cost"
    NO_LEAD_TIME = "no_lead_time", "No lead time of its own"
    EDITED = "edited", "Changed by a planner"
    RECEIPT_PAST_DUE = "past_due", "A receipt is past due: date it anew first"

    @property
    def tone(self) -> str:
        """The colour family; the word always stands beside it."""
        return EXCEPTION_TONES[self]


EXCEPTION_TONES: Final = {
    BuyException.TOO_LATE: "bad",
    BuyException.ORDER_NOW: "warn",
    BuyException.OVER_BOUGHT: "bad",
    BuyException.ABOVE_NEED: "warn",
    BuyException.NO_COST: "none",
    BuyException.NO_LEAD_TIME: "none",
    BuyException.EDITED: "watch",
    BuyException.RECEIPT_PAST_DUE: "warn",
}
# These ask someone to act; the others are remarks about a line.
PRESSING: Final = (
    BuyException.TOO_LATE,
    BuyException.ORDER_NOW,
    BuyException.OVER_BOUGHT,
    BuyException.ABOVE_NEED,
    BuyException.NO_COST,
    BuyException.RECEIPT_PAST_DUE,
)
