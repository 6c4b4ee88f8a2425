"""A replay: the sightings of past weeks judged by two versions, and held against what came."""

from collections.abc import Callable
from datetime import date
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from scorecard.lab.engine import Judgement, judgement
from scorecard.lab.models import Sighting
from scorecard.lab.packing import SeenWeek, unpacked_sighting
from scorecard.lab.result import WEEKS_AHEAD, ReplayResult
from scorecard.lab.stockouts import Stockouts
from sop_site.fiscal import WEEK
from sop_site.operating_model.limits import Limit, Limits
from sop_site.operating_model.models import OperatingModel

DAYS_A_WEEK = 7


def replayed(
    *,
    proposed: OperatingModel,
    today: OperatingModel,
    week_starts: list[date],
    tell: Callable[[int], object],
) -> ReplayResult:
    """What both versions would have done on the campaigns that were to begin in these weeks.

    Each campaign is looked at in the sightings of the 8 weeks before, as it was planned then; and at the end
    of its decision window, which may be another under each version. ``tell`` is called with the number of
    weeks done, after each. Holds no more than 8 sightings at a time.
    """
    both = (Limits.of(proposed), Limits.of(today))
    totals = [dict.fromkeys(WEEKS_AHEAD, Judgement.none()) for _ in both]
    in_window = [Judgement.none() for _ in both]
    campaigns: set[int] = set()
    seen_in = lru_cache(maxsize=len(WEEKS_AHEAD))(_sighting)
    for number, week_start in enumerate(week_starts, start=1):
        seen = {weeks: found for weeks in WEEKS_AHEAD if (found := seen_in(week_start - weeks * WEEK))}
        chosen = {weeks: _begins_in(week_start, *found) for weeks, found in seen.items()}
        of_week = {int(pk) for weeks, (_, lines) in seen.items() for pk in lines.campaign_ids[chosen[weeks]]}
        stockouts = Stockouts.of(of_week, {name for _, lines in seen.values() for name in lines.regions})
        for weeks, (_, lines) in seen.items():
            truth = stockouts.truth_of(lines, chosen[weeks])
            for side, limits in enumerate(both):
                thresholds = _thresholds(limits, lines)[chosen[weeks]]
                of_lines = lines.lines.where(chosen[weeks])
                totals[side][weeks] += judgement(of_lines, thresholds, truth, weeks=1)
                now = _window_ends(limits, lines, chosen[weeks]) == weeks
                # A week is one week of work, however far ahead its campaigns are decided.
                in_window[side] += judgement(
                    of_lines.where(now), thresholds[now], truth.where(now), weeks=int(weeks == min(seen))
                )
        campaigns |= of_week
        tell(number)
    return ReplayResult(totals[0], totals[1], len(campaigns), *in_window)


def _sighting(week_start: date) -> tuple[date, SeenWeek] | None:
    """The day and the lines of a week's sighting."""
    sighting = Sighting.objects.filter(week_start=week_start).first()
    return None if sighting is None else (sighting.seen_on, unpacked_sighting(sighting.packed))


def _begins_in(week_start: date, seen_on: date, seen: SeenWeek) -> NDArray[np.bool_]:
    """The lines whose campaign was to begin in a week, by the plan of then."""
    days = (week_start - seen_on).days
    return (seen.start_days >= days) & (seen.start_days < days + DAYS_A_WEEK)


def _window_ends(limits: Limits, seen: SeenWeek, chosen: NDArray[np.bool_]) -> NDArray[np.float64]:
    """By how many weeks ahead each chosen line was to be decided: the longest of its campaign's places.

    No nearer than the last week and no farther than the first in which it is looked at.
    """
    table = limits.table(Limit.WINDOW_FROM_WEEKS, seen.category_paths, seen.regions)
    own = table[seen.category, seen.region][chosen]
    _, campaign = np.unique(seen.campaign_ids[chosen], return_inverse=True)
    longest = np.zeros(campaign.max(initial=-1) + 1)
    np.maximum.at(longest, campaign, own)
    return np.clip(longest[campaign], min(WEEKS_AHEAD), max(WEEKS_AHEAD))


def _thresholds(limits: Limits, seen: SeenWeek) -> NDArray[np.float64]:
    """What a version judges each line by, in its category and region of then."""
    table = limits.table(Limit.COVER_THRESHOLD, seen.category_paths, seen.regions)
    return table[seen.category, seen.region]
