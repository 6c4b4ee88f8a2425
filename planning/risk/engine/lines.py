"""Risk of every campaign line at every door of its scope (definitions: Stockout risk)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planning.supply.engine import CampaignLines, Projection

from .states import State

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

NO_DAY = -1
# Less than this is rounding, not a shortage: no report shows a two-hundredth of a unit.
LEAST_UNITS_SHORT = 0.005
# Demand and supply that are equal on paper differ in the last digits of a sum.
ROUNDING = 1e-9
# The least that a single day must lack to be called the first short one. Over the longest horizon
# such days add up to less than LEAST_UNITS_SHORT, so a shortage always has its day.
LEAST_SHORT_DAY = 1e-6


@dataclass(frozen=True, slots=True)
class WindowSupply:
    """What a projection says of each campaign window, ``[m]`` in the order of the lines.

    - ``demand_units``: expected demand in the days of the window from today on.
    - ``own_units``: sellable at the door for the window: what is left in its first bucket after the
      demand before the window, and what comes in its later buckets.
    - ``dc_units``: the door's part of what its DC could still send in time, or, where the door sells
      from the DC, of what the DC has left at the end.
    - ``units_short``: unmet units in the window, less than 0.005 counted as none.
    - ``first_short_day``: first day of the window with unmet demand, counted from today, or NO_DAY.
    """

    demand_units: Floats
    own_units: Floats
    dc_units: Floats
    units_short: Floats
    first_short_day: Integers

    @property
    def supply_units(self) -> Floats:
        """Constrained supply available to the window."""
        return self.own_units + self.dc_units

    @property
    def cover(self) -> Floats:
        """Supply available to the window / expected demand in it; NaN where nothing is expected."""
        demand = self.demand_units
        return np.divide(
            self.supply_units, demand, out=np.full(demand.shape, np.nan), where=demand > ROUNDING
        )


@dataclass(frozen=True, slots=True)
class LineRisk:
    """The state of each campaign line at each door ``[m]``, and what it rests on.

    ``window`` is the projection's word; ``cover`` its cover; ``cover_without_inbound`` the cover if
    no receipt and no transfer came any more. ``state`` holds ``State`` numbers.
    """

    state: NDArray[np.int8]
    cover: Floats
    cover_without_inbound: Floats
    window: WindowSupply


def window_supply(projection: Projection, lines: CampaignLines) -> WindowSupply:
    """Demand, supply and shortage of each window of ``lines``.

    ``lines`` are those of ``projection.demand`` or some of them. Windows are clipped to the horizon;
    one without a day in it has no demand. In a bucket the supply is there from its first day, and
    the days take from it in order.
    """
    horizon, demand = projection.horizon, projection.demand
    column = demand.column[lines.row]
    if np.any(column < 0):
        raise ValueError("A line of a campaign that is not in the demand of the projection.")
    seen = _in_view(lines, horizon.days)
    first = np.where(seen, np.maximum(lines.start_day, 0), 0)
    after = np.where(seen, np.minimum(lines.end_day, horizon.days - 1) + 1, 0)

    starts = horizon.start_days
    bucket_of_day = np.repeat(np.arange(horizon.buckets), horizon.bucket_days)
    demand_to_day = _running_sum(demand.daily[: horizon.days])
    in_bucket = demand_to_day[1:] - demand_to_day[starts][bucket_of_day]
    sellable = projection.sellable[:, demand.promoted]
    short_in_bucket = np.maximum(in_bucket - sellable[bucket_of_day], 0.0)
    short_on_day = np.diff(short_in_bucket, axis=0, prepend=0.0)
    short_on_day[starts] = short_in_bucket[starts]

    units_short = _between(_running_sum(short_on_day), first, after, column)
    units_short[units_short < LEAST_UNITS_SHORT] = 0.0
    next_short = _next_day(short_on_day > LEAST_SHORT_DAY)
    demand_units = _between(demand_to_day, first, after, column)
    demand_units[demand_units <= ROUNDING] = 0.0

    first_bucket = horizon.buckets_of_days(first)
    last_bucket = np.maximum(horizon.buckets_of_days(after - 1), first_bucket)
    before = demand_to_day[first, column] - demand_to_day[starts[first_bucket], column]
    left = sellable - projection.sold[:, demand.promoted]
    coming = np.cumsum(sellable[1:] - left[:-1], axis=0)
    coming = np.concatenate([np.zeros((1, coming.shape[1])), coming])
    own_units = np.maximum(sellable[first_bucket, column] - before, 0.0)
    own_units += coming[last_bucket, column] - coming[first_bucket, column]
    return WindowSupply(
        demand_units=demand_units,
        own_units=np.where(seen, own_units, 0.0),
        dc_units=np.where(
            seen, _dc_units(projection, lines.row, demand_units, first_bucket, last_bucket), 0.0
        ),
        units_short=units_short,
        first_short_day=np.where(units_short > 0, next_short[first, column], NO_DAY),
    )


def assess_lines(
    projection: Projection,
    without_inbound: Projection,
    lines: CampaignLines,
    cover_threshold: float | Floats,
    watch_margin: float | Floats,
) -> LineRisk:
    """The state of every line at every door.

    ``without_inbound`` is the projection of the same demand with no receipts and no transfers: what
    is well only because something still to come arrives as planned is watched. The threshold and the
    margin may differ by line ``[m]``. The first of these that is true is the state:

    - ``NO_DATA``: the door has no stock record or no baseline, or the campaign starts beyond the
      horizon.
    - ``OUT``: the window has begun, demand is expected, and nothing is sellable now.
    - ``STOCKOUT``: units are short in the window.
    - ``AT_RISK``: cover below the threshold.
    - ``WATCH``: without inbound it would be one of the two above, or cover is less than the margin
      above the threshold.
    - ``OK``: the rest, also where no demand is expected or the campaign is over.
    """
    window = window_supply(projection, lines)
    bare = window_supply(without_inbound, lines)
    cover, bare_cover = window.cover, bare.cover
    threshold = np.asarray(cover_threshold, dtype=np.float64)
    rests_on_inbound = (bare.units_short > 0) | _below(bare_cover, threshold)
    begun = (lines.start_day <= 0) & (lines.end_day >= 0)
    state = np.select(
        [
            _without_data(projection, lines),
            begun & (window.demand_units > 0) & _nothing_now(projection, lines.row),
            window.units_short > 0,
            _below(cover, threshold),
            rests_on_inbound | _below(cover, threshold + watch_margin),
        ],
        [State.NO_DATA, State.OUT, State.STOCKOUT, State.AT_RISK, State.WATCH],
        default=State.OK,
    )
    return LineRisk(state.astype(np.int8), cover, bare_cover, window)


def _in_view(lines: CampaignLines, days: int) -> Flags:
    return (lines.end_day >= 0) & (lines.start_day < days)


def _below(cover: Floats, threshold: Floats) -> Flags:
    """Whether cover is under the threshold; an undefined cover is under nothing."""
    return np.less(cover, threshold - ROUNDING)


def _without_data(projection: Projection, lines: CampaignLines) -> Flags:
    sku_doors = projection.sku_doors
    no_stock = np.isnan(sku_doors.on_hand)
    through = sku_doors.passes_through
    no_stock[through] &= no_stock[sku_doors.dc_row[through]]
    unknown = no_stock | np.isnan(sku_doors.baseline_per_week)
    return unknown[lines.row] | (lines.start_day >= projection.horizon.days)


def _nothing_now(projection: Projection, rows: Integers) -> Flags:
    sku_doors = projection.sku_doors
    sellable = np.maximum(projection.opening - sku_doors.presentation_minimum, 0.0)
    through = sku_doors.passes_through
    now = sellable.copy()
    now[through] += sellable[sku_doors.dc_row[through]]
    return now[rows] < LEAST_UNITS_SHORT


def _dc_units(
    projection: Projection,
    rows: Integers,
    demand_units: Floats,
    first_bucket: Integers,
    last_bucket: Integers,
) -> Floats:
    """Part of the DC's spare stock that each window can count on ``[m]``.

    A replenished door gets no more than it needs, so its own supply says little of how far it is from
    a shortage: that stands in what its DC could have sent beyond all needs, last in the bucket whose
    dispatch still arrives in the window. Shared in proportion to demand with everyone the DC supplies.
    """
    sku_doors, horizon = projection.sku_doors, projection.horizon
    supplied = sku_doors.dc_row[rows] >= 0
    dc = np.where(supplied, sku_doors.dc_row[rows], 0)
    last_day = horizon.start_days[last_bucket] + horizon.bucket_days[last_bucket] - 1
    last_call = last_day - sku_doors.transit_days[rows]
    dispatch_bucket = horizon.buckets_of_days(np.maximum(last_call, 0))
    could_send = np.where(last_call >= 0, projection.dc_spare[dispatch_bucket, dc], 0.0)
    left_at_dc = np.maximum(projection.closing[last_bucket, dc] - sku_doors.presentation_minimum[dc], 0.0)
    spare = np.where(sku_doors.sells_from_dc[rows], left_at_dc, could_send)

    demand_to_bucket = _demand_by_supplier(projection)
    everyone = demand_to_bucket[last_bucket + 1, dc] - demand_to_bucket[first_bucket, dc]
    share = np.divide(demand_units, everyone, out=np.zeros_like(everyone), where=everyone > ROUNDING)
    return np.where(supplied, spare * share, 0.0)


def _demand_by_supplier(projection: Projection) -> Floats:
    """Running sum over buckets of all demand on each supplying row, its own included ``[W + 1, n]``."""
    dc_row = projection.sku_doors.dc_row
    buckets, rows = projection.closing.shape
    supplier = np.where(dc_row >= 0, dc_row, np.arange(rows))
    place = np.arange(buckets)[:, None] * rows + supplier
    total = projection.demand.total[:buckets]
    grouped = np.bincount(place.ravel(), weights=total.ravel(), minlength=buckets * rows)
    return _running_sum(grouped.astype(np.float64, copy=False).reshape(buckets, rows))


def _running_sum(units: Floats) -> Floats:
    """``[D + 1, p]``: what has come together before each day, and in all."""
    return np.concatenate([np.zeros((1, units.shape[1])), np.cumsum(units, axis=0)])


def _between(running: Floats, first: Integers, after: Integers, column: Integers) -> Floats:
    return np.maximum(running[after, column] - running[first, column], 0.0)


def _next_day(marked: Flags) -> Integers:
    """For each day the first marked day on or after it, or NO_DAY ``[D, p]``."""
    days = len(marked)
    own = np.where(marked, np.arange(days)[:, None], days)
    following = np.minimum.accumulate(own[::-1], axis=0)[::-1]
    return np.where(following < days, following, NO_DAY)
