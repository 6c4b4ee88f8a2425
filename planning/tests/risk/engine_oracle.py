"""The risk engine a second time: one line, one day at a time, to be checked by eye."""

from dataclasses import dataclass, replace
from functools import lru_cache
from math import nan

from planning.risk.engine import State
from planning.tests.supply.engine_cases import Case, Line, without_inbound
from planning.tests.supply.engine_oracle import Slow, bucket_of, days_in, days_of, project_slowly


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

    def is_under(self, threshold: float) -> bool:
        """An undefined cover is under nothing."""
        return self.cover < threshold - 1e-9


def window_slowly(case: Case, entry: Line) -> SlowWindow:
    """Let the days of each bucket take from what is sellable in it, in order."""
    found, row, slow = SlowWindow(), entry.row, project_slowly(case)
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
        in_time = [
            bucket
            for bucket in range(case.buckets)
            if bucket_of(case, days_in(case, bucket)[0] + door.transit_days) <= last
        ]
        spare = slow.dc_spare[in_time[-1]][door.dc] if in_time else 0.0
    return spare * demand / of_all if of_all > 1e-9 else 0.0


@lru_cache(maxsize=4)
def bare(case: Case) -> Case:
    return without_inbound(case)


def state_slowly(case: Case, entry: Line, threshold: float, margin: float) -> tuple[State, SlowWindow]:
    """The state of one campaign line at one door."""
    window, without = window_slowly(case, entry), window_slowly(bare(case), entry)
    return judge(case, entry, window, without, threshold, margin), window


def judge(
    case: Case, entry: Line, window: SlowWindow, without: SlowWindow, threshold: float, margin: float
) -> State:
    door, opening = case.doors[entry.row], project_slowly(case).opening
    sources = [entry.row, door.dc] if door.sells_from_dc and door.dc is not None else [entry.row]
    if all(case.doors[source].on_hand is None for source in sources) or door.baseline is None:
        return State.NO_DATA
    if entry.start >= len(days_of(case, case.buckets)):
        return State.NO_DATA
    now = sum(max(0.0, opening[source] - case.doors[source].minimum) for source in sources)
    if entry.start <= 0 <= entry.end and window.demand > 1e-9 and now < 0.005:
        return State.OUT
    if window.short > 0:
        return State.STOCKOUT
    if window.is_under(threshold):
        return State.AT_RISK
    if without.short > 0 or without.is_under(threshold) or window.is_under(threshold + margin):
        return State.WATCH
    return State.OK


def weeks_slowly(
    case: Case, entry: Line, threshold: float, margin: float
) -> list[tuple[int, State, SlowWindow, SlowWindow]]:
    """Of each bucket with a day of the window: its number, its state, the window up to its end, and in it."""
    found = []
    for bucket in range(case.buckets):
        first, last = days_in(case, bucket)[0], days_in(case, bucket)[-1]
        if entry.start > last or entry.end < first:
            continue
        until = replace(entry, end=min(entry.end, last))
        state, so_far = state_slowly(case, until, threshold, margin)
        in_week = window_slowly(case, replace(until, start=max(entry.start, first)))
        is_short_before = state is State.STOCKOUT or (state is State.OUT and bucket > 0)
        if in_week.short > 0 and state is not State.NO_DATA and not (state is State.OUT and bucket == 0):
            state = State.STOCKOUT
        elif is_short_before:
            state = State.AT_RISK if so_far.is_under(threshold) else State.WATCH
        found.append((bucket, state, so_far, in_week))
    return found
