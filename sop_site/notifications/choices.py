"""The kinds of things people are told of, and the ways in which each reaches them by default."""

from dataclasses import dataclass
from typing import Final

from django.db import models


@dataclass(frozen=True, slots=True)
class Ways:
    """Where a notification goes: into the product's list, into the daily digest, at once by mail."""

    in_product: bool
    in_digest: bool
    at_once: bool


class Kind(models.TextChoices):
    """A kind of thing that people are told of. Whoever adds one says below what it is for."""

    FLAG_RAISED = "flag_raised", "A flag is raised"
    FLAG_WORSENED = "flag_worsened", "A flag worsens"
    DECIDE_BY_NEAR = "decide_by_near", "A decide-by date is near"
    DECIDE_BY_LAPSED = "decide_by_lapsed", "A decide-by date has lapsed"
    CAMPAIGN_WAITS = "campaign_waits", "A campaign waits for Planning"
    CAMPAIGN_DECIDED = "campaign_decided", "A campaign is decided"
    CONSENT_ASKED = "consent_asked", "Consent is asked for"
    CONSENT_GIVEN = "consent_given", "Consent is given or declined"
    SIGNATURE_ASKED = "signature_asked", "A signature is asked for"
    FORECAST_STAGE = "forecast_stage", "The month’s forecast moves on"
    FORECAST_OWED = "forecast_owed", "A forecast is owed"
    MODEL_CHANGED = "model_changed", "The operating model changes"
    ACTION_GIVEN = "action_given", "An action is given"
    ACTION_DUE = "action_due", "An action is due"
    ACTION_OVERDUE = "action_overdue", "An action is overdue"
    ACTION_CHANGED = "action_changed", "An action changes"
    MEETING_CALLED = "meeting_called", "A meeting is called or moved"
    PRE_READ = "pre_read", "A pre-read is there"
    MINUTES = "minutes", "Minutes are there"
    DECISION_ON_YOURS = "decision_on_yours", "Something of yours is decided on"
    MESSAGE_UNDELIVERED = "message_undelivered", "A message did not arrive"

    @property
    def purpose(self) -> str:
        """When it comes, in a sentence."""
        return PURPOSES[self]

    @property
    def ways(self) -> Ways:
        """Where it goes for people who have not said otherwise."""
        return Ways(in_product=True, in_digest=self in CHOOSABLE, at_once=self in AT_ONCE)

    @property
    def at_once_only_if_red(self) -> bool:
        """Whether it is mailed at once only where it is red, also for those who chose it."""
        return self in AT_ONCE_ONLY_IF_RED


PURPOSES: Final[dict[Kind, str]] = {
    Kind.FLAG_RAISED: "A SKU of your campaigns, or that Planning answers for, cannot be served as planned.",
    Kind.FLAG_WORSENED: "A flag that you know of has become redder, larger or earlier.",
    Kind.DECIDE_BY_NEAR: "The last date on which a remedy still works is a few days away.",
    Kind.DECIDE_BY_LAPSED: "The last date on which a remedy works has passed, and nothing was decided.",
    Kind.CAMPAIGN_WAITS: "Marketing has submitted a campaign, which Planning approves or rejects.",
    Kind.CAMPAIGN_DECIDED: "A campaign of yours is approved or rejected.",
    Kind.CONSENT_ASKED: "Planning proposes another SKU or a smaller lift in a campaign of yours.",
    Kind.CONSENT_GIVEN: "Marketing has answered a remedy that you proposed.",
    Kind.SIGNATURE_ASKED: "A forecast, a risk or a campaign waits for your signature.",
    Kind.FORECAST_STAGE: "It is opened, reconciled, signed, published, sent back or reopened.",
    Kind.FORECAST_OWED: "Your function has not handed in its forecast, and the day is near.",
    Kind.MODEL_CHANGED: "A version is proposed, reviewed, adopted or declined.",
    Kind.ACTION_GIVEN: "Somebody gives you an action item.",
    Kind.ACTION_DUE: "An action item of yours is due soon.",
    Kind.ACTION_OVERDUE: "An action item of yours, or one that you gave, is past its date.",
    Kind.ACTION_CHANGED: "An action item of yours is closed, reopened, given another date or commented on.",
    Kind.MEETING_CALLED: "A meeting of yours is called, moved or cancelled.",
    Kind.PRE_READ: "The pages to read before a meeting of yours are ready.",
    Kind.MINUTES: "The minutes of a meeting of yours are ready.",
    Kind.DECISION_ON_YOURS: "A meeting decides on a campaign, flag or number of yours.",
    Kind.MESSAGE_UNDELIVERED: "A mail or chat message was refused, or nobody knows whether it arrived.",
}
# That a mail failed is not told by mail.
CHOOSABLE: Final = tuple(kind for kind in Kind if kind != Kind.MESSAGE_UNDELIVERED)
AT_ONCE: Final = frozenset({Kind.FLAG_RAISED, Kind.FLAG_WORSENED, Kind.DECIDE_BY_NEAR, Kind.DECIDE_BY_LAPSED})
AT_ONCE_ONLY_IF_RED: Final = frozenset({Kind.FLAG_RAISED, Kind.FLAG_WORSENED})

# Told in one change of state that never comes again, so that no caller asks for its key a second time: such
# notifications may be cleared in the end. What holds for days is told each night, and its key must stay.
TOLD_WITH_A_CHANGE: Final = frozenset(
    {
        Kind.FLAG_RAISED,
        Kind.FLAG_WORSENED,
        Kind.CAMPAIGN_WAITS,
        Kind.CAMPAIGN_DECIDED,
        Kind.CONSENT_ASKED,
        Kind.CONSENT_GIVEN,
        Kind.SIGNATURE_ASKED,
        Kind.FORECAST_STAGE,
        Kind.MODEL_CHANGED,
        Kind.ACTION_GIVEN,
        Kind.ACTION_CHANGED,
        Kind.MEETING_CALLED,
        Kind.DECISION_ON_YOURS,
        Kind.MESSAGE_UNDELIVERED,
    }
)


class Medium(models.TextChoices):
    """By what a message leaves."""

    MAIL = "mail", "Mail"
    CHAT = "chat", "Chat"


class MessageStatus(models.TextChoices):
    """How far a message has come. After ``handing_over`` nobody sends it again on their own."""

    WAITING = "waiting", "Waiting"
    CLAIMED = "claimed", "Taken up"
    HANDING_OVER = "handing_over", "Being handed over"
    SENT = "sent", "Sent"
    FAILED = "failed", "Refused"
    UNCERTAIN = "uncertain", "Uncertain"
    DROPPED = "dropped", "No longer wanted"

    @property
    def tone(self) -> str:
        """The colour family; the word always stands beside it."""
        return MESSAGE_TONES[self]


MESSAGE_TONES: Final[dict[MessageStatus, str]] = {
    MessageStatus.WAITING: "waiting",
    MessageStatus.CLAIMED: "waiting",
    MessageStatus.HANDING_OVER: "waiting",
    MessageStatus.SENT: "good",
    MessageStatus.FAILED: "bad",
    MessageStatus.UNCERTAIN: "warn",
    MessageStatus.DROPPED: "muted",
}
# What still has to be sent, or is under way.
UNFINISHED: Final = (MessageStatus.WAITING, MessageStatus.CLAIMED, MessageStatus.HANDING_OVER)
# What an administrator should look at.
WANTING_CARE: Final = (MessageStatus.FAILED, MessageStatus.UNCERTAIN)
