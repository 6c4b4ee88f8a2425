"""Standing some weeks before each past promotion of a folder, and looking at it with what was known then.

What was known: the sales until then, the plan of promotions, and the stock that a stated replenishment policy
would hold after those sales, with what it had on order (`planning.supply.simulation`). From there the policy
goes on, but sells what is expected instead of what came: DCs receive what they ordered, share out what they
have, and doors lose what they cannot serve. A line is a row of promotions.csv at one door.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from marketing.demand.backtest import LEAST_KNOWN_WEEKS
from marketing.demand.engine.history import WeeklyHistory
from marketing.demand.engine.model import expected_at_once
from marketing.demand.folder import read_history
from planning.supply.simulated_loading import CASE_UNITS
from planning.supply.simulation import PolicyRoll, ReplenishmentPolicy
from scorecard.lab.engine import (
    Judgement,
    SeenLines,
    Truth,
    Windows,
    judgement,
    short_of,
    supply_of,
    units_of,
)
from scorecard.lab.engine.judging import ROUNDING
from scorecard.lab.engine.windows import DAYS_A_WEEK
from scorecard.lab.folder.promotions import grid_of, read_promotions
from scorecard.lab.folder.stockouts import read_stockout_days

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ReplayRow:
    """What one threshold would have done so many weeks ahead; ``without_data`` lines could not be judged."""

    weeks_ahead: int
    cover_threshold: float
    without_data: int
    judged: Judgement


@dataclass(frozen=True, slots=True)
class FolderReplay:
    """The rows, by weeks ahead and threshold; where the truth comes from; and the promotions left out.

    ``has_hours``: the truth is the folder's own hours out of stock, else what the policy could not serve.
    ``partly_outside`` begin before or end after the sales, ``too_early`` have too few weeks before them, by
    weeks ahead.
    """

    rows: list[ReplayRow]
    has_hours: bool
    partly_outside: int
    too_early: dict[int, int]


@dataclass(frozen=True, slots=True)
class _Seen:
    """What was seen of some windows at one origin, and the windows, from day 0 of the first week."""

    windows: Windows
    lines: SeenLines


def replay_folder(
    folder: Path,
    *,
    thresholds: Sequence[float],
    weeks_ahead: Sequence[int],
    tell: Callable[[str], None],
) -> FolderReplay:
    """Replay ``thresholds`` on the past of a folder; ``tell`` is called with a line for each origin.

    Raises FeedError, with a sentence, where sales or promotions are missing or a row is bad.
    """
    sales = read_history(folder)
    grid = grid_of(sales)
    promotions = read_promotions(folder, grid)
    hours = read_stockout_days(folder, grid)
    available, seen = _looked_at(sales.history, promotions.windows, weeks_ahead, tell)
    rows, too_early = [], {}
    for weeks in weeks_ahead:
        parts = seen[weeks]
        windows = _joined([part.windows for part in parts])
        lines = SeenLines.joined([part.lines for part in parts])
        truth = (
            _truth_of_policy(windows, available, *_sold(sales.history))
            if hours is None
            else hours.truth_of(windows)
        )
        too_early[weeks] = len(promotions.windows) - len(windows)
        without_data = int(np.isnan(lines.cover).sum())
        rows += [
            ReplayRow(weeks, threshold, without_data, judgement(lines, threshold, truth, len(parts)))
            for threshold in thresholds
        ]
    return FolderReplay(rows, hours is not None, promotions.left_out, too_early)


def _looked_at(
    history: WeeklyHistory, windows: Windows, weeks_ahead: Sequence[int], tell: Callable[[str], None]
) -> tuple[Floats, dict[int, list[_Seen]]]:
    """What each door really had to sell in each week ``[weeks, n]``, and what was seen, by weeks ahead."""
    known_weeks = {weeks: (windows.first_day - weeks * DAYS_A_WEEK) // DAYS_A_WEEK for weeks in weeks_ahead}
    all_known = np.unique(np.concatenate(list(known_weeks.values())))
    origins = all_known[all_known >= LEAST_KNOWN_WEEKS].tolist()
    units, observed = _sold(history)
    skus = int(history.sku_doors.sku.max()) + 1
    roll = PolicyRoll(
        history.sku_doors.sku,
        np.full(skus, float(CASE_UNITS)),
        ReplenishmentPolicy(),
        len(history.sku_doors),
    )
    available = np.zeros(units.shape)
    seen: dict[int, list[_Seen]] = defaultdict(list)
    for known in range(history.weeks):
        if known in origins:
            tell(f"Week {origins.index(known) + 1} of {len(origins)}: {known} weeks known.")
            at_once = {weeks: windows.where(known_weeks[weeks] == known) for weeks in weeks_ahead}
            for weeks, lines in _seen_at(history, known, roll, at_once).items():
                seen[weeks].append(_Seen(at_once[weeks], lines))
        available[known] = roll.week(units[known], observed[known]).available
    return available, seen


def _seen_at(
    history: WeeklyHistory, known: int, roll: PolicyRoll, windows: dict[int, Windows]
) -> dict[int, SeenLines]:
    """What was to be seen after ``known`` weeks of the windows of each number of weeks ahead that has any.

    ``roll`` stands after those weeks, and is left where it stands.
    """
    relative = {weeks: each.later(known) for weeks, each in windows.items() if len(each)}
    weeks_to_read = max(each.weeks_to_read for each in relative.values())
    horizons = range(1, weeks_to_read + 1)
    plan_known = history.known_at(known, planned_weeks=weeks_to_read)
    expected: Floats = np.maximum(expected_at_once(plan_known, horizons), 0.0).astype(np.float64)
    ahead = roll.copy()
    rolled = [ahead.week(np.nan_to_num(week), ~np.isnan(week)) for week in expected]
    available = np.array([week.available for week in rolled])
    sent = np.array([week.sent for week in rolled])
    found = {}
    for weeks, each in relative.items():
        asked = units_of(each, expected)
        supply = supply_of(each, available, sent, np.nan_to_num(expected))
        cover = np.divide(supply, asked, out=np.where(np.isnan(asked), np.nan, np.inf), where=asked > 0)
        short = np.nan_to_num(short_of(each, available, expected))
        found[weeks] = SeenLines(
            cover, np.nan_to_num(supply), np.nan_to_num(asked), short, np.full(len(each), np.nan)
        )
    return found


def _sold(history: WeeklyHistory) -> tuple[Floats, NDArray[np.bool_]]:
    """What sold in each week, 0 where that is not known, and whether it is known ``[weeks, n]``."""
    return np.nan_to_num(history.units).astype(np.float64), ~np.isnan(history.units)


def _truth_of_policy(
    windows: Windows, available: Floats, units: Floats, observed: NDArray[np.bool_]
) -> Truth:
    """Whether the real sales outran what the policy had there; known where any week of a window has sales."""
    days_observed = units_of(windows, observed.astype(np.float64))
    return Truth(short_of(windows, available, units) > ROUNDING, days_observed > 0)


def _joined(parts: Sequence[Windows]) -> Windows:
    nothing = np.zeros(0, dtype=np.int64)
    names = ("column", "first_day", "after_day")
    return Windows(*(np.concatenate([nothing, *(getattr(part, name) for part in parts)]) for name in names))
