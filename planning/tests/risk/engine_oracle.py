"""The risk engine a second time: one line, one day at a time, to be checked by eye."""

from dataclasses import dataclass
from math import isnan, nan

from planning.risk.engine import State
from planning.tests.supply.engine_cases import Case
from planning.tests.supply.engine_oracle import Slow, bucket_of, days_of, project_slowly


@dataclass
class SlowWindow:
    """What the projection says of one campaign window."""

    demand: float = 0.0
    own: float = 0.0
    dc: float = 0.0
    short: float = 0.0
    first_short_day: int = -1

    @property
    def cover(self) -> float:
        return (self.own + self.dc) / self.demand if self.demand > 1e-9 else nan


def window_slowly(case: Case, slow: Slow, entry) -> SlowWindow:
    """Let the days of each bucket take from what is sellable in it, in order."""
    found, row = SlowWindow(), entry.row
    inside = [day for day in days_of(case, case.buckets) if entry.start <= day <= entry.end]
    if not inside:
        return found
    left = 0.0
    for day in days_of(case, case.buckets):
        bucket = bucket_of(case, day)
        if day == 0 or bucket_of(case, day - 1) != bucket:
            if bucket_of(case, inside[0]) < bucket <= bucket_of(case, inside[-1]):
                found.own += slow.sellable[bucket][row] - left
            left = slow.sellable[bucket][row]
        if day == inside[0]:
            found.own += left
        demand = slow.daily[day, row]
        sold = min(demand, left)
        left -= sold
        if day in inside:
            found.demand += demand
            found.short += demand - sold
            if demand - sold > 1e-6 and found.first_short_day < 0:
                found.first_short_day = day
    if found.short < 0.005:
        found.short, found.first_short_day = 0.0, -1
    found.dc = dc_part(case, slow, row, found.demand, inside)
    return found


def dc_part(case: Case, slow: Slow, row: int, demand: float, inside: list[int]) -> float:
    """The door's share, by demand, of what its DC could still send in time."""
    door = case.doors[row]
    if door.dc is None:
        return 0.0
    first, last = bucket_of(case, inside[0]), bucket_of(case, inside[-1])
    everyone = [r for r, other in enumerate(case.doors) if other.dc == door.dc] + [door.dc]
    of_all = sum(slow.demand[bucket][r] for bucket in range(first, last + 1) for r in everyone)
    if door.sells_from_dc:
        spare = max(0.0, slow.closing[last][door.dc] - case.doors[door.dc].minimum)
    else:
        in_time = []
        for bucket in range(case.buckets):
            first_day = min(day for day in days_of(case, bucket + 1) if bucket_of(case, day) == bucket)
            if bucket_of(case, first_day + door.transit_days) <= last:
                in_time.append(bucket)
        spare = slow.dc_spare[in_time[-1]][door.dc] if in_time else 0.0
    return spare * demand / of_all if of_all > 1e-9 else 0.0


def state_slowly(case: Case, entry, threshold: float, margin: float) -> tuple[State, SlowWindow]:
    """The state of one campaign line at one door."""
    slow = project_slowly(case)
    window = window_slowly(case, slow, entry)
    bare = case.but(receipts=(), transfers=())
    without = window_slowly(bare, project_slowly(bare), entry)
    return judge(case, slow, entry, window, without, threshold, margin), window


def judge(case: Case, slow: Slow, entry, window, without, threshold: float, margin: float) -> State:
    door = case.doors[entry.row]
    sources = [entry.row, door.dc] if door.sells_from_dc and door.dc is not None else [entry.row]
    if all(case.doors[source].on_hand is None for source in sources) or door.baseline is None:
        return State.NO_DATA
    if entry.start >= len(days_of(case, case.buckets)):
        return State.NO_DATA
    now = sum(max(0.0, slow.opening[source] - case.doors[source].minimum) for source in sources)
    if entry.start <= 0 <= entry.end and window.demand > 1e-9 and now < 0.005:
        return State.OUT
    if window.short > 0:
        return State.STOCKOUT
    if not isnan(window.cover) and window.cover < threshold - 1e-9:
        return State.AT_RISK
    if without.short > 0 or (not isnan(without.cover) and without.cover < threshold - 1e-9):
        return State.WATCH
    if not isnan(window.cover) and window.cover < threshold + margin - 1e-9:
        return State.WATCH
    return State.OK
