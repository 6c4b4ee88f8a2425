"""What meetings decided that a person answers for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from scorecard.about.about import About, AboutLine, lines_of
from scorecard.meetings.models import MeetingDecision
from sop_site.access.models import User

# Of so much it is told, and so many of them one by one, the newest first.
OWNED_WITHIN: Final = timedelta(weeks=13)
OWNED_SHOWN: Final = 10


@dataclass(frozen=True, slots=True)
class OwnedDecision:
    """A decision that a person answers for, and what it is about, where they may see that."""

    decision: MeetingDecision
    about: AboutLine | None

    @property
    def url(self) -> str:
        """Where it was decided."""
        return f"{self.decision.meeting.get_absolute_url()}#point-{self.decision.point_id}"


@dataclass(frozen=True, slots=True)
class OwnedDecisions:
    """The newest decisions of the last quarter that a person answers for, and how many there are."""

    shown: Sequence[OwnedDecision]
    count: int


def decisions_owned(user: User, day: date) -> OwnedDecisions:
    """What ``user`` answers for of what was decided in the 13 weeks up to ``day``."""
    owned = MeetingDecision.objects.filter(owner=user, decided_at__date__gt=day - OWNED_WITHIN)
    newest = owned.select_related("meeting__series").order_by("-decided_at", "-pk")
    shown = list(newest[:OWNED_SHOWN])
    abouts = lines_of({About.of(decision) for decision in shown}, user)
    return OwnedDecisions(
        [OwnedDecision(decision, abouts.get(About.of(decision))) for decision in shown], owned.count()
    )
