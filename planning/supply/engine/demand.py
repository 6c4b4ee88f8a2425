"""Expected demand per SKU-door: baseline and each campaign's uplift, kept apart."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from marketing.lift.engine import spread_units

from .horizon import Horizon
from .inputs import CampaignLines, Floats, Integers, SkuDoors


@dataclass(frozen=True)
class Demand:
    """Expected demand in units, and the parts that it adds up from (definitions: Projected on-hand).

    ``horizon`` is the projection's, followed by the buckets into which its last dispatches arrive;
    the arrays are ``[W', n]`` over all of them. ``total = baseline + uplift + floored``: ``floored``
    is what overlapping negative lifts would have taken below nothing on a day, and is zero otherwise.

    ``promoted [p]`` are the rows that some campaign touches, in ascending order, ``column [n]`` the
    place of a row among them (-1 for none), ``to_day [D', p]`` their demand from the first day of its
    bucket to each day, that day included.
    """

    horizon: Horizon
    sku_doors: SkuDoors
    lines: CampaignLines
    baseline: Floats
    total: Floats
    promoted: Integers
    column: Integers
    to_day: Floats

    @cached_property
    def uplift(self) -> Floats:
        """What campaigns add in each bucket ``[W', n]``."""
        uplift = np.zeros_like(self.total)
        np.add.at(uplift.T, self.lines.row, self.uplift_by_line(self.lines).T)
        return uplift

    @cached_property
    def floored(self) -> Floats:
        """``total - baseline - uplift [W', n]``: what kept a day from falling below nothing."""
        return np.maximum(self.total - self.baseline - self.uplift, 0.0)

    @cached_property
    def daily(self) -> Floats:
        """Demand of the promoted rows on each day ``[D', p]``."""
        daily = self.to_day.copy()
        later = np.setdiff1d(np.arange(len(daily)), self.horizon.start_days)
        daily[later] -= self.to_day[later - 1]
        return daily

    def uplift_by_line(self, lines: CampaignLines) -> Floats:
        """Uplift of each entry of ``lines`` in each bucket ``[W', m]``: the openable arithmetic."""
        return _uplift_by_line(self.horizon, self.sku_doors, lines)


def expected_demand(horizon: Horizon, sku_doors: SkuDoors, lines: CampaignLines) -> Demand:
    """Demand of every SKU-door in every bucket of ``horizon`` and of those its dispatches reach.

    A ratio is taken of the door's baseline of the day. Total units are spread over the doors of the line
    in proportion to their baseline while it runs (evenly where all are zero) and evenly over all days of
    the campaign, so that the share of days already past is gone (definitions: Retail time, O5).
    """
    reach = _reach(horizon, sku_doors)
    weekly = sku_doors.baseline_of(reach.buckets)
    baseline = _open_share(reach, sku_doors) * weekly

    touched = np.zeros(len(sku_doors), dtype=np.bool_)
    touched[lines.row] = True
    promoted = np.flatnonzero(touched)
    column = np.where(touched, np.cumsum(touched) - 1, -1)
    to_day = _demand_to_day(reach, sku_doors, lines, promoted, column, weekly)
    total = baseline.copy()
    total[:, promoted] = to_day[reach.start_days + reach.bucket_days - 1]
    return Demand(reach, sku_doors, lines, baseline, total, promoted, column, to_day)


def _reach(horizon: Horizon, sku_doors: SkuDoors) -> Horizon:
    """The buckets of ``horizon`` and those into which its last dispatches arrive."""
    supplied = sku_doors.dc_row >= 0
    longest = int(sku_doors.transit_days[supplied].max(initial=0))
    return horizon.extended((longest + 6) // 7)


def expected_weekly(horizon: Horizon, sku_doors: SkuDoors, lines: CampaignLines) -> Floats:
    """Expected units of every SKU-door in every bucket of ``horizon`` ``[W, n]``, where nothing is projected.

    `Demand.total` without its days, which take most of the time and memory: nothing keeps overlapping
    negative lifts from falling below nothing on a day, but the bucket as a whole.
    """
    open_share = _open_share(horizon, sku_doors)
    total = open_share * sku_doors.baseline_of(horizon.buckets)
    open_part = np.broadcast_to(open_share * 7.0 / horizon.bucket_days[:, None], total.shape)
    uplift = _uplift_by_line(_reach(horizon, sku_doors), sku_doors, lines)
    for bucket in range(horizon.buckets):
        added = np.bincount(lines.row, weights=uplift[bucket], minlength=len(sku_doors))
        total[bucket] += added * open_part[bucket]
    return np.maximum(total, 0.0)


def _uplift_by_line(horizon: Horizon, sku_doors: SkuDoors, lines: CampaignLines) -> Floats:
    """Uplift of each entry of ``lines`` in each bucket ``[W, m]``."""
    days = _days_in_buckets(horizon, lines.start_day, lines.end_day)
    by_units = np.flatnonzero(~np.isnan(lines.uplift_units))
    weekly = sku_doors.baseline_of(horizon.buckets, lines.row)
    uplift = days * np.nan_to_num(lines.uplift_ratio) * weekly / 7.0
    uplift[:, by_units] = days[:, by_units] * _units_per_day(horizon, sku_doors, lines, by_units)
    return uplift


def _open_share(horizon: Horizon, sku_doors: SkuDoors) -> Floats:
    """Days of each bucket on which the door of each row is open, in weeks ``[W', n]`` or ``[W', 1]``."""
    if _always_open(horizon, sku_doors):
        return horizon.bucket_days[:, None] / 7.0
    first = horizon.start_days[:, None]
    after = first + horizon.bucket_days[:, None]
    days = np.minimum(after, sku_doors.closing_day) - np.maximum(first, sku_doors.opening_day)
    return np.maximum(days, 0) / 7.0


def _always_open(horizon: Horizon, sku_doors: SkuDoors) -> bool:
    return bool((sku_doors.opening_day <= 0).all() and (sku_doors.closing_day >= horizon.days).all())


def _demand_to_day(
    horizon: Horizon,
    sku_doors: SkuDoors,
    lines: CampaignLines,
    promoted: Integers,
    column: Integers,
    weekly: Floats,
) -> Floats:
    """``Demand.to_day``: day after day, so that what is worked on is small enough to stay at hand."""
    # A door counts as one while it is open, and each campaign adds its lift to that.
    count, place = len(promoted), column[lines.row]
    by_ratio = np.flatnonzero(np.isnan(lines.uplift_units))
    by_units = np.flatnonzero(~np.isnan(lines.uplift_units))
    opening_day, closing_day = sku_doors.opening_day[promoted], sku_doors.closing_day[promoted]
    changes = np.flatnonzero((opening_day > 0) | (closing_day < horizon.days))
    times = _Running(
        horizon.days,
        np.concatenate((changes, place[by_ratio])),
        np.concatenate((opening_day[changes], lines.start_day[by_ratio])),
        np.concatenate((closing_day[changes], lines.end_day[by_ratio] + 1)),
        np.concatenate((np.ones(len(changes)), lines.uplift_ratio[by_ratio])),
        np.ones(count),
    )
    times.sum[changes] = 0.0
    per_day = _units_per_day(horizon, sku_doors, lines, by_units)
    units = _Running(
        horizon.days,
        place[by_units],
        lines.start_day[by_units],
        lines.end_day[by_units] + 1,
        per_day,
        np.zeros(count),
    )
    # Where a door has closed, what was added and taken off again may miss zero by the last digits.
    may_be_negative = bool(len(changes) or (lines.uplift_ratio < 0).any() or (per_day < 0).any())
    to_day = np.empty((horizon.days, count))
    for bucket, (start, days) in enumerate(zip(horizon.start_days, horizon.bucket_days, strict=True)):
        base = weekly[bucket, promoted] / 7.0
        for day in range(start, start + days):
            demand = np.multiply(times.on(day), base, out=to_day[day])
            if len(by_units):
                demand += units.on(day)
            if may_be_negative:
                np.maximum(demand, 0.0, out=demand)
            if day > start:
                demand += to_day[day - 1]
    return to_day


class _Running:
    """Sum of the amounts of what runs at each place, asked for day after day from 0 on.

    ``amount`` runs at ``place`` from ``first_day`` to the day before ``after_day``, beside what there is
    ``before [places]``.
    """

    def __init__(
        self,
        days: int,
        place: Integers,
        first_day: Integers,
        after_day: Integers,
        amount: Floats,
        before: Floats,
    ) -> None:
        # What is over before today begins and ends at once.
        change_day = np.maximum(np.concatenate((first_day, after_day)), 0)
        order = np.argsort(change_day, kind="stable")
        self.places = np.concatenate((place, place))[order]
        self.amounts = np.concatenate((amount, -amount))[order]
        self.until = np.searchsorted(change_day[order], np.arange(days), side="right")
        self.seen = 0
        self.sum = before

    def on(self, day: int) -> Floats:
        """The sums on ``day [places]``."""
        until = int(self.until[day])
        if until > self.seen:
            np.add.at(self.sum, self.places[self.seen : until], self.amounts[self.seen : until])
            self.seen = until
        return self.sum


def _units_per_day(horizon: Horizon, sku_doors: SkuDoors, lines: CampaignLines, by_units: Integers) -> Floats:
    """Units a day of the entries ``by_units``, whose lift is given in units."""
    days = _days_in_buckets(horizon, lines.start_day[by_units], lines.end_day[by_units])
    weekly = sku_doors.baseline_of(horizon.buckets, lines.row[by_units])
    # A campaign that the horizon does not show yet is shared by the baseline of today.
    days[0, ~days.any(axis=0)] = 1
    weight = (days * weekly).sum(axis=0) / days.sum(axis=0)
    spread = spread_units(lines.line[by_units], lines.uplift_units[by_units], weight)
    return spread / (lines.end_day - lines.start_day + 1)[by_units]


def _days_in_buckets(horizon: Horizon, start_day: Integers, end_day: Integers) -> Integers:
    """Days of each span in each bucket, from today on ``[W', m]``."""
    first = horizon.start_days[:, None]
    last = first + horizon.bucket_days[:, None] - 1
    days = np.minimum(end_day, last) - np.maximum(start_day, first) + 1
    return np.maximum(days, 0)
