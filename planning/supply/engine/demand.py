"""Expected demand per SKU-door: baseline and each campaign's uplift, kept apart."""

from dataclasses import dataclass

import numpy as np

from marketing.lift.engine import spread_units

from .horizon import Horizon
from .inputs import CampaignLines, Floats, Integers, SkuDoors


@dataclass(frozen=True, slots=True)
class Demand:
    """Expected demand in units, and the parts that it adds up from (definitions: Projected on-hand).

    ``horizon`` is the projection's, followed by the buckets into which its last dispatches arrive;
    the arrays are ``[W', n]`` over all of them. ``total = baseline + uplift + floored``: ``floored``
    is what overlapping negative lifts would have taken below nothing on a day, and is zero otherwise.

    ``uplift_per_day [m]`` is what each campaign line adds at a door on each of its days.
    ``promoted [p]`` are the rows that some campaign touches, in ascending order, ``column [n]`` the
    place of a row among them (-1 for none), ``daily [D', p]`` their total demand on each day.
    """

    horizon: Horizon
    baseline: Floats
    uplift: Floats
    floored: Floats
    total: Floats
    uplift_per_day: Floats
    promoted: Integers
    column: Integers
    daily: Floats

    def uplift_by_line(self, lines: CampaignLines) -> Floats:
        """Uplift of each entry of ``lines`` in each bucket ``[W', m]``: the openable arithmetic."""
        first = self.horizon.start_days[:, None]
        last = first + self.horizon.bucket_days[:, None] - 1
        days = np.minimum(lines.end_day, last) - np.maximum(lines.start_day, first) + 1
        return np.maximum(days, 0) * self.uplift_per_day


def uplift_per_day(sku_doors: SkuDoors, lines: CampaignLines) -> Floats:
    """Units that each entry of ``lines`` adds on each day of its campaign ``[m]``.

    A ratio is taken of the door's baseline per day. Total units are spread over the doors of the
    line in proportion to baseline (evenly where all are zero) and evenly over all days of the
    campaign, so that the share of days already past is gone (definitions: Retail time, O5).
    """
    weekly = np.nan_to_num(sku_doors.baseline_per_week)[lines.row]
    by_ratio = np.nan_to_num(lines.uplift_ratio) * weekly / 7.0
    spread = spread_units(lines.line, np.nan_to_num(lines.uplift_units), weekly)
    by_units = spread / (lines.end_day - lines.start_day + 1)
    return np.where(np.isnan(lines.uplift_units), by_ratio, by_units)


def expected_demand(horizon: Horizon, sku_doors: SkuDoors, lines: CampaignLines) -> Demand:
    """Demand of every SKU-door in every bucket of ``horizon`` and of those its dispatches reach."""
    supplied = sku_doors.dc_row >= 0
    longest = int(sku_doors.transit_days[supplied].max(initial=0))
    reach = horizon.extended((longest + 6) // 7)
    weekly = np.nan_to_num(sku_doors.baseline_per_week)
    baseline = _open_days(reach, sku_doors) / 7.0 * weekly

    touched = np.zeros(len(sku_doors), dtype=np.bool_)
    touched[lines.row] = True
    promoted = np.flatnonzero(touched)
    column = np.where(touched, np.cumsum(touched) - 1, -1)

    per_day = uplift_per_day(sku_doors, lines)
    daily_uplift = _daily_uplift(reach.days, len(promoted), column[lines.row], lines, per_day)
    day = np.arange(reach.days)[:, None]
    is_open = (day >= sku_doors.opening_day[promoted]) & (day < sku_doors.closing_day[promoted])
    unfloored = daily_uplift + is_open * weekly[promoted] / 7.0
    daily = np.maximum(unfloored, 0.0)

    uplift, floored = np.zeros_like(baseline), np.zeros_like(baseline)
    starts = reach.start_days
    uplift[:, promoted] = np.add.reduceat(daily_uplift, starts, axis=0)
    floored[:, promoted] = np.add.reduceat(daily - unfloored, starts, axis=0)
    total = np.maximum(baseline + uplift + floored, 0.0)
    return Demand(reach, baseline, uplift, floored, total, per_day, promoted, column, daily)


def _open_days(horizon: Horizon, sku_doors: SkuDoors) -> Integers:
    """Days of each bucket on which the door of each row is open ``[W', n]``."""
    first = horizon.start_days[:, None]
    after = first + horizon.bucket_days[:, None]
    days = np.minimum(after, sku_doors.closing_day) - np.maximum(first, sku_doors.opening_day)
    return np.maximum(days, 0)


def _daily_uplift(days: int, columns: int, column: Integers, lines: CampaignLines, per_day: Floats) -> Floats:
    """Sum of the uplifts on each day ``[days, columns]``: up at each start, down after each end."""
    size = (days + 1) * columns
    first = np.clip(lines.start_day, 0, days)
    after = np.clip(lines.end_day + 1, 0, days)
    steps = np.bincount(first * columns + column, weights=per_day, minlength=size)
    steps -= np.bincount(after * columns + column, weights=per_day, minlength=size)
    return np.cumsum(steps.reshape(days + 1, columns)[:days], axis=0)
