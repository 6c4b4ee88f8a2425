"""The promotions of the past: runs of weeks in which a mechanic ran at a good part of a SKU's doors."""

from dataclasses import dataclass

import numpy as np

from marketing.demand.engine.history import NO_PROMOTION, Floats, Integers, WeeklyHistory
from marketing.demand.engine.level import EXPOSURE_FLOOR

# Part of the doors that sell a SKU at which a mechanic has to run for it to be one promotion of the SKU.
LEAST_DOOR_PART = 0.25
# What runs on for longer is how the SKU is sold, not a promotion.
MOST_WEEKS = 13
# Against a smaller base a lift is noise.
LEAST_BASELINE_UNITS = 1.0


@dataclass(frozen=True, slots=True)
class PastEvents:
    """One entry a promotion: places of SKU and mechanic, first and last week, and what it did.

    ``discount`` is the mean of its door-weeks, NaN where none is known; ``sold_units`` are completed where
    it ran out; ``baseline_units`` are of the same door-weeks; ``doors`` counts them.
    """

    sku: Integers
    mechanic: Integers
    first_week: Integers
    last_week: Integers
    doors: Integers
    discount: Floats
    sold_units: Floats
    baseline_units: Floats

    def __len__(self) -> int:
        return len(self.sku)


def past_events(history: WeeklyHistory, baseline_units: Floats) -> PastEvents:
    """The promotions in ``history``, given the baseline around each of its weeks ``[weeks, n]``.

    Of a week that was promoted on some days alone, the baseline of its other days is taken off what sold.
    """
    weeks, sku = history.weeks, history.sku_doors.sku
    size = (int(sku.max(initial=-1)) + 1) * history.mechanics
    calendar = history.calendar.until(weeks)
    usable = ~np.isnan(history.units) & (history.in_stock_share >= EXPOSURE_FLOOR) & (baseline_units > 0)
    place = sku * history.mechanics + calendar.mechanic
    doors_of_sku = np.array([np.bincount(sku, row, size // history.mechanics) for row in usable])
    runs = np.zeros((weeks, size), dtype=np.bool_)
    for week in range(weeks):
        doors = np.bincount(place[week], usable[week], size).reshape(-1, history.mechanics)
        doors[:, NO_PROMOTION] = 0.0
        runs[week] = ((doors > 0) & (doors >= LEAST_DOOR_PART * doors_of_sku[week][:, None])).ravel()
    begins = runs.copy()
    begins[1:] &= ~runs[:-1]
    number = np.where(runs, np.cumsum(begins.T.ravel()).reshape(size, weeks).T - 1, -1)
    count = int(begins.sum())
    sums = {name: np.zeros(count) for name in ("weeks", "sold", "base", "discount", "known")}
    seen_doors = np.zeros((count, 2), dtype=np.int64)
    first, last = np.full(count, weeks), np.full(count, -1)
    for week in range(weeks):
        event = np.where(usable[week], number[week][place[week]], -1)
        cells = np.flatnonzero(event >= 0)
        event = event[cells]
        share = calendar.promoted_share[week][cells]
        base = baseline_units[week][cells]
        demand = history.units[week][cells] / history.in_stock_share[week][cells]
        off = calendar.discount[week][cells]
        for name, values in (
            ("weeks", np.ones(len(cells))),
            ("sold", np.maximum(demand - base * (1 - share), 0.0)),
            ("base", base * share),
            ("discount", np.where(off > 0, off, 0.0)),
            ("known", off > 0),
        ):
            sums[name] += np.bincount(event, values, count)
        seen_doors[:, 0] = np.bincount(event, minlength=count)
        seen_doors[:, 1] = np.maximum(seen_doors[:, 1], seen_doors[:, 0])
        first[event], last[event] = np.minimum(first[event], week), week
    where = np.flatnonzero(begins.T.ravel()) // weeks
    kept = (sums["base"] >= LEAST_BASELINE_UNITS) & (last - first < MOST_WEEKS) & (last >= 0)
    discount = np.divide(sums["discount"], sums["weeks"], out=np.full(count, np.nan), where=sums["known"] > 0)
    return PastEvents(
        sku=(where // history.mechanics)[kept],
        mechanic=(where % history.mechanics)[kept],
        first_week=first[kept],
        last_week=last[kept],
        doors=seen_doors[kept, 1],
        discount=discount[kept],
        sold_units=sums["sold"][kept],
        baseline_units=sums["base"][kept],
    )
