"""What changed since a person was last here, in a few sentences that lead on."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Count, QuerySet
from django.urls import reverse

from marketing.campaigns.models import Campaign
from planning.consensus.models import Cycle
from planning.risk.choices import FlagEventKind
from planning.risk.models import FlagEvent
from planning.risk.queries import flags_visible_to
from planning.risk.sentences import joined, plural
from scorecard.actions.models import Action
from scorecard.home.models import Visit
from scorecard.meetings.agenda.points import Since
from scorecard.meetings.agenda.weekly import moved_receipts
from scorecard.meetings.models import MeetingDecision
from sop_site.access.models import User

# Somebody who comes back sooner has not been away.
AWAY_AFTER: Final = timedelta(minutes=30)
# Who was away for longer, or never here, is told of so much.
LOOKS_BACK: Final = timedelta(days=14)
# So many actions are told one by one.
ACTIONS_TOLD: Final = 5


@dataclass(frozen=True, slots=True)
class Change:
    """One sentence, and where to look."""

    words: str
    url: str


@dataclass(frozen=True, slots=True)
class LastHere:
    """When a person was last here; ``is_known`` is False where that is too long ago to tell all, or never."""

    at: datetime
    is_known: bool


@transaction.atomic
def note_visit(user: User, now: datetime) -> LastHere:
    """Note that a person is here, and say when their visit before this one ended."""
    visit, is_new = Visit.objects.select_for_update().get_or_create(
        user=user, defaults={"began_at": now, "last_seen_at": now}
    )
    if not is_new and now - visit.last_seen_at > AWAY_AFTER:
        visit.before_at, visit.began_at = visit.last_seen_at, now
    visit.last_seen_at = now
    visit.save()
    if visit.before_at is None or visit.before_at < now - LOOKS_BACK:
        return LastHere(now - LOOKS_BACK, is_known=False)
    return LastHere(visit.before_at, is_known=True)


def changes_since(user: User, at: datetime, day: date) -> list[Change]:
    """What happened after ``at``, in the order of the process; empty where nothing did."""
    return [
        *_campaigns(user, at),
        *_flags(user, at),
        *_receipts(at, day),
        *_forecast(at),
        *_meetings(at),
        *_actions(user, at),
    ]


def _names(campaigns: QuerySet[Campaign]) -> list[Campaign]:
    return list(campaigns.order_by("starts_on", "pk"))


def _told(campaigns: list[Campaign], what: str) -> Iterator[Change]:
    if not campaigns:
        return
    verb = "was" if len(campaigns) == 1 else "were"
    shown = [str(campaign) for campaign in campaigns[:3]]
    if len(campaigns) > 3:
        shown.append(f"{len(campaigns) - 3} more")
    url = campaigns[0].get_absolute_url() if len(campaigns) == 1 else reverse("campaigns:list")
    yield Change(f"{joined(shown)} {verb} {what}.", url)


def _campaigns(user: User, at: datetime) -> Iterator[Change]:
    visible = Campaign.objects.visible_to(user)
    yield from _told(_names(visible.filter(submitted_at__gt=at)), "submitted")
    decided = visible.filter(decided_at__gt=at)
    for status in ("approved", "rejected"):
        yield from _told(_names(decided.filter(status=status)), status)


def _flags(user: User, at: datetime) -> Iterator[Change]:
    events = FlagEvent.objects.filter(flag__in=flags_visible_to(user), at__gt=at).order_by()
    moved = events.values_list("kind").annotate(flags=Count("flag", distinct=True))
    counts = Counter(dict(moved))
    parts = [
        f"{plural(counts[kind], 'flag')} {words}"
        for kind, words in (
            (FlagEventKind.OPENED, "opened"),
            (FlagEventKind.REOPENED, "opened again"),
            (FlagEventKind.WORSENED, "worsened"),
            (FlagEventKind.OUTGREW_ACCEPTANCE, "outgrew what was accepted"),
            (FlagEventKind.EASED, "eased"),
            (FlagEventKind.CLEARED, "cleared"),
        )
        if counts[kind]
    ]
    if parts:
        yield Change(f"{joined(parts)}.", reverse("risk:bridge"))


def _receipts(at: datetime, day: date) -> Iterator[Change]:
    moved = moved_receipts(Since(at, day))
    if moved:
        later = sum(receipt.days_later > 0 for receipt in moved)
        yield Change(
            f"{plural(len(moved), 'receipt')} moved, {later} of them later.", reverse("supply:receipts")
        )


def _forecast(at: datetime) -> Iterator[Change]:
    for cycle in Cycle.objects.filter(opened_at__gt=at):
        yield Change(f"The {cycle} was opened.", cycle.get_absolute_url())
    for cycle in Cycle.objects.filter(published_at__gt=at):
        yield Change(f"The {cycle} was signed and published.", cycle.get_absolute_url())


def _meetings(at: datetime) -> Iterator[Change]:
    decided = MeetingDecision.objects.filter(decided_at__gt=at).select_related("meeting__series")
    of_meeting = Counter(decision.meeting for decision in decided)
    for meeting, count in of_meeting.items():
        yield Change(f"{meeting} came to {plural(count, 'decision')}.", meeting.get_absolute_url())


def _actions(user: User, at: datetime) -> Iterator[Change]:
    closed = Action.objects.filter(closed_at__gt=at, given_by=user).exclude(owner=user)
    count = closed.count()
    if count > ACTIONS_TOLD:
        words = f"{plural(count, 'action')} that you gave to others were closed."
        yield Change(words, f"{reverse('actions:list')}?of=closed")
        return
    for action in closed.select_related("owner"):
        yield Change(
            f"“{action.title}”, which you gave to {action.owner}, is {action.get_status_display().lower()}.",
            action.get_absolute_url(),
        )
