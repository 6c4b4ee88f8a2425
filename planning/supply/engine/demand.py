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
    place of a row among them (-1 for none), ``daily_uplift [D', p]`` what campaigns add on each day and
    ``daily [D', p]`` their total demand on it.
    """

    horizon: Horizon
    sku_doors: SkuDoors
    baseline: Floats
    total: Floats
    promoted: Integers
    column: Integers
    daily_uplift: Floats
    daily: Floats

    @cached_property
    def uplift(self) -> Floats:
        """What campaigns add in each bucket ``[W', n]``."""
        uplift = np.zeros_like(self.baseline)
        uplift[:, self.promoted] = np.add.reduceat(self.daily_uplift, self.horizon.start_days, axis=0)
        return uplift

    @cached_property
    def floored(self) -> Floats:
        """``total - baseline - uplift [W', n]``: what kept a day from falling below nothing."""
        return np.maximum(self.total - self.baseline - self.uplift, 0.0)

    @cached_property
    def to_day(self) -> Floats:
        """Demand from the first day of its bucket to each day, that day included ``[D', p]``."""
        running = self.daily.copy()
        for start, days in zip(self.horizon.start_days, self.horizon.bucket_days, strict=True):
            for day in range(start + 1, start + days):
                running[day] += running[day - 1]
        return running

    def uplift_by_line(self, lines: CampaignLines) -> Floats:
        """Uplift of each entry of ``lines`` in each bucket ``[W', m]``: the openable arithmetic."""
        days = _days_in_buckets(self.horizon, lines)
        by_units = ~np.isnan(lines.uplift_units)
        weekly = self.sku_doors.baseline_of(self.horizon.buckets)[:, lines.row]
        uplift = days * np.nan_to_num(lines.uplift_ratio) * weekly / 7.0
        uplift[:, by_units] = days[:, by_units] * _units_per_day(self.horizon, self.sku_doors, lines)
        return uplift


def expected_demand(horizon: Horizon, sku_doors: SkuDoors, lines: CampaignLines) -> Demand:
    """Demand of every SKU-door in every bucket of ``horizon`` and of those its dispatches reach.

    A ratio is taken of the door's baseline of the day. Total units are spread over the doors of the line
    in proportion to their baseline while it runs (evenly where all are zero) and evenly over all days of
    the campaign, so that the share of days already past is gone (definitions: Retail time, O5).
    """
    supplied = sku_doors.dc_row >= 0
    longest = int(sku_doors.transit_days[supplied].max(initial=0))
    reach = horizon.extended((longest + 6) // 7)
    weekly = sku_doors.baseline_of(reach.buckets)
    baseline = _open_share(reach, sku_doors) * weekly

    touched = np.zeros(len(sku_doors), dtype=np.bool_)
    touched[lines.row] = True
    promoted = np.flatnonzero(touched)
    column = np.where(touched, np.cumsum(touched) - 1, -1)

    daily_uplift = _daily_uplift(reach, sku_doors, lines, column, weekly[:, promoted])
    daily = daily_uplift + _daily_baseline(reach, sku_doors, promoted, weekly)
    np.maximum(daily, 0.0, out=daily)
    total = np.maximum(baseline, 0.0)
    total[:, promoted] = np.add.reduceat(daily, reach.start_days, axis=0)
    return Demand(reach, sku_doors, baseline, total, promoted, column, daily_uplift, daily)


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


def _daily_baseline(horizon: Horizon, sku_doors: SkuDoors, rows: Integers, weekly: Floats) -> Floats:
    """Baseline of ``rows`` on each day on which their door is open ``[D', p]``."""
    daily = np.repeat(weekly[:, rows] / 7.0, horizon.bucket_days, axis=0)
    if not _always_open(horizon, sku_doors):
        day = np.arange(horizon.days)[:, None]
        daily *= (day >= sku_doors.opening_day[rows]) & (day < sku_doors.closing_day[rows])
    return daily


def _daily_uplift(
    horizon: Horizon, sku_doors: SkuDoors, lines: CampaignLines, column: Integers, weekly: Floats
) -> Floats:
    """What campaigns add on each day ``[D', p]``; ``weekly [W', p]`` is the baseline of the promoted rows."""
    by_ratio = np.isnan(lines.uplift_units)
    daily = _running(horizon.days, weekly.shape[1], lines, by_ratio, column, lines.uplift_ratio[by_ratio])
    per_day = weekly / 7.0
    for bucket, (start, days) in enumerate(zip(horizon.start_days, horizon.bucket_days, strict=True)):
        daily[start : start + days] *= per_day[bucket]
    if not by_ratio.all():
        units = _units_per_day(horizon, sku_doors, lines)
        daily += _running(horizon.days, weekly.shape[1], lines, ~by_ratio, column, units)
    return daily


def _running(
    days: int, columns: int, lines: CampaignLines, chosen: Integers, column: Integers, amount: Floats
) -> Floats:
    """Sum of the ``amount`` of the ``chosen`` entries that run on each day ``[days, columns]``."""
    place = column[lines.row[chosen]]
    first = np.clip(lines.start_day[chosen], 0, days) * columns + place
    after = np.clip(lines.end_day[chosen] + 1, 0, days) * columns + place
    steps = np.zeros((days + 1, columns))
    np.add.at(steps.reshape(-1), first, amount)
    np.subtract.at(steps.reshape(-1), after, amount)
    for day in range(1, days):
        steps[day] += steps[day - 1]
    return steps[:days]


def _units_per_day(horizon: Horizon, sku_doors: SkuDoors, lines: CampaignLines) -> Floats:
    """Units a day of each entry whose lift is given in units, in their order."""
    by_units = np.flatnonzero(~np.isnan(lines.uplift_units))
    days = _days_in_buckets(horizon, lines)[:, by_units]
    weekly = sku_doors.baseline_of(horizon.buckets)[:, lines.row[by_units]]
    # A campaign that the horizon does not show yet is shared by the baseline of today.
    days[0, ~days.any(axis=0)] = 1
    weight = (days * weekly).sum(axis=0) / days.sum(axis=0)
    spread = spread_units(lines.line[by_units], lines.uplift_units[by_units], weight)
    return spread / (lines.end_day - lines.start_day + 1)[by_units]


def _days_in_buckets(horizon: Horizon, lines: CampaignLines) -> Integers:
    """Days of each entry of ``lines`` in each bucket, from today on ``[W', m]``."""
    first = horizon.start_days[:, None]
    last = first + horizon.bucket_days[:, None] - 1
    days = np.minimum(lines.end_day, last) - np.maximum(lines.start_day, first) + 1
    return np.maximum(days, 0)
