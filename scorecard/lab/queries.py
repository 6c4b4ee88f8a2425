"""What can be replayed, and the replays of a version."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from django.db.models import Max, Min, QuerySet
from django.utils import timezone

from scorecard.lab.choices import UNDER_WAY
from scorecard.lab.models import Replay, Sighting
from scorecard.lab.result import DECISION_WEEKS_AHEAD
from sop_site.fiscal import WEEK, FiscalWeek, week_of, week_start, weeks_from
from sop_site.operating_model.models import OperatingModel

# So long a replay may be silent before people are told, and may ask for it again.
SILENT_AFTER: Final = timedelta(minutes=10)
WEEKS_A_QUARTER: Final = 13


@dataclass(frozen=True, slots=True)
class Replayable:
    """The weeks in which campaigns began that were seen six weeks before, and are over long enough.

    ``sighted_since`` is the day of the first sighting, or None; without ``first`` there is nothing to replay
    yet.
    """

    sighted_since: date | None
    first: FiscalWeek | None
    last: FiscalWeek | None

    @property
    def weeks(self) -> list[FiscalWeek]:
        """All of them, the oldest first."""
        if self.first is None or self.last is None:
            return []
        return weeks_from(self.first.start, (self.last.start - self.first.start).days // 7 + 1)

    @property
    def suggested_first(self) -> FiscalWeek | None:
        """The first of the last quarter's worth of them."""
        return self.weeks[-WEEKS_A_QUARTER:][0] if self.weeks else None


def replayable(today: date) -> Replayable:
    """What can be replayed on ``today``: up to the week before this one."""
    seen = Sighting.objects.aggregate(first=Min("week_start"), since=Min("seen_on"), last=Max("week_start"))
    if seen["first"] is None:
        return Replayable(None, None, None)
    first = seen["first"] + DECISION_WEEKS_AHEAD * WEEK
    last = min(week_start(today) - WEEK, seen["last"] + DECISION_WEEKS_AHEAD * WEEK)
    if first > last:
        return Replayable(seen["since"], None, None)
    return Replayable(seen["since"], week_of(first), week_of(last))


def replays_of(model: OperatingModel) -> QuerySet[Replay]:
    """The replays of a version, the newest first."""
    return replays().filter(model=model)


def replays() -> QuerySet[Replay]:
    """All replays with what their rows name, the newest first, without their results."""
    return Replay.objects.select_related("model", "beside", "asked_by").defer("result")


def is_silent(replay: Replay, now: datetime | None = None) -> bool:
    """Whether people wait for it and it has not begun, or not ended, for longer than it takes."""
    since = max(filter(None, (replay.asked_at, replay.started_at)))
    return replay.status in UNDER_WAY and (now or timezone.now()) - since > SILENT_AFTER


def weeks_of(replay: Replay) -> list[date]:
    """The Sundays of the weeks that it replays."""
    count = (replay.last_week_start - replay.first_week_start).days // 7 + 1
    return [week.start for week in weeks_from(replay.first_week_start, count)]
