"""What meetings decided about a thing and who does what about it, and about what concerns it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from scorecard.about.about import About, AboutLine, lines_of
from scorecard.about.concerning import CONCERNS, concerning
from scorecard.actions.queries import ActionRow, actions_about, rows_of
from scorecard.meetings.models import MeetingDecision
from sop_site.access.models import User


@dataclass(frozen=True, slots=True)
class AgreedDecision:
    """What a meeting decided, and on what."""

    decision: MeetingDecision
    about: AboutLine | None


@dataclass(frozen=True, slots=True)
class Agreed:
    """Decisions, the newest first, and actions, the open ones first; ``more`` of either are left out.

    ``title`` says what they are about where that is not the thing itself.
    """

    title: str
    decisions: Sequence[AgreedDecision]
    actions: Sequence[ActionRow]
    more: int

    def __bool__(self) -> bool:
        return bool(self.decisions or self.actions)


def agreed_about(about: About, user: User, day: date, most: int) -> list[Agreed]:
    """What was agreed about a thing, and where there is any, about what concerns it.

    At most ``most`` decisions and as many actions of each; a number of queries that does not grow.
    """
    own = _agreed("", Q(**about.columns), user, day, most)
    if about.kind not in CONCERNS:
        return [own]
    others = _agreed(f"About {CONCERNS[about.kind]}", concerning(about, user), user, day, most)
    return [own, others] if others else [own]


def _agreed(title: str, things: Q, user: User, day: date, most: int) -> Agreed:
    of_meetings = MeetingDecision.objects.filter(things).select_related(
        "meeting__series", "owner", "decided_by"
    )
    decisions = list(of_meetings.order_by("-decided_at", "-pk")[:most])
    actions = list(actions_about(things)[:most])
    abouts = lines_of({About.of(decision) for decision in decisions}, user)
    more = of_meetings.count() + actions_about(things).count() - len(decisions) - len(actions)
    return Agreed(
        title=title,
        decisions=[AgreedDecision(decision, abouts.get(About.of(decision))) for decision in decisions],
        actions=rows_of(actions, user, day),
        more=more,
    )
