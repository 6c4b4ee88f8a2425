"""One thing that waits for a person."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from django.db import models


class NeedKind(models.TextChoices):
    """What kind of thing asks for a person, in the order in which kinds stand on a day."""

    MEETING = "meeting", "Meeting"
    FLAG = "flag", "Flags to decide"
    LAPSED = "lapsed", "Undecided flags"
    CONSENT = "consent", "Consent"
    SIGNATURE = "signature", "Signature"
    CAMPAIGN = "campaign", "Campaign to decide"
    CAMPAIGN_AT_RISK = "campaign_at_risk", "Campaign at risk"
    FORECAST = "forecast", "Forecast"
    ORDER = "order", "Planned orders"
    MODEL = "model", "Operating model"
    SIGNAL = "signal", "Demand signal"
    ACTION = "action", "Action"
    SITE = "site", "This site"


ICONS: Final = {
    NeedKind.MEETING: "meeting",
    NeedKind.FLAG: "flag",
    NeedKind.LAPSED: "flag",
    NeedKind.CAMPAIGN_AT_RISK: "flag",
    NeedKind.CONSENT: "consent",
    NeedKind.SIGNATURE: "lock",
    NeedKind.CAMPAIGN: "campaign",
    NeedKind.FORECAST: "consensus",
    NeedKind.ORDER: "buying",
    NeedKind.MODEL: "settings",
    NeedKind.SIGNAL: "signal",
    NeedKind.ACTION: "action",
    NeedKind.SITE: "people",
}
KINDS: Final = list(NeedKind)


@dataclass(frozen=True, slots=True)
class Need:
    """One thing that waits for a person; after ``due`` it is too late, and None has no such date.

    ``is_passed_on``: it was somebody else's, who let its date lapse.
    """

    kind: NeedKind
    words: str
    detail: str
    due: date | None
    url: str
    is_late: bool = False
    is_red: bool = False
    is_passed_on: bool = False

    @property
    def marks(self) -> list[str]:
        """What stands beside its words."""
        return [*(["Red"] if self.is_red else []), *(["Passed on to you"] if self.is_passed_on else [])]

    @property
    def icon(self) -> str:
        """The sign of its kind."""
        return ICONS[self.kind]

    @property
    def urgency(self) -> tuple[bool, date, bool, int, str]:
        """Sorts the earliest date first, what has none last; on a day red first, then by kind."""
        return (self.due is None, self.due or date.max, not self.is_red, KINDS.index(self.kind), self.words)
