"""Risk of every campaign line at every door of its scope (definitions: Stockout risk)."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from planning.supply.engine import CampaignLines, Projection, expanded

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
    windows = _Windows.of(projection, lines)
    return _with_first_short_day(_supply_of(projection, windows), projection, windows)


@dataclass(frozen=True, slots=True)
class _Windows:
    """Where each window lies and what is expected in it, whatever the supply, ``[m]``.

    ``first`` and ``after`` are its first day and the one after its last, ``before`` the demand of its
    first bucket on the days before it, ``until`` that of its last bucket up to its end; ``dc_share`` the
    window's part of all that is asked of its DC meanwhile, 0 without a DC.
    """

    row: Integers
    column: Integers
    seen: Flags
    first: Integers
    after: Integers
    first_bucket: Integers
    last_bucket: Integers
    before: Floats
    until: Floats
    demand_units: Floats
    dc_share: Floats

    @classmethod
    def of(cls, projection: Projection, lines: CampaignLines) -> "_Windows":
        """The windows of ``lines``. Raises ValueError for lines that the demand does not know."""
        horizon, demand = projection.horizon, projection.demand
        column = demand.column[lines.row]
        if np.any(column < 0):
            raise ValueError("A line of a campaign that is not in the demand of the projection.")
        seen = (lines.end_day >= 0) & (lines.start_day < horizon.days)
        first = np.where(seen, np.maximum(lines.start_day, 0), 0)
        after = np.where(seen, np.minimum(lines.end_day, horizon.days - 1) + 1, 0)
        first_bucket = horizon.buckets_of_days(first)
        last_bucket = np.maximum(horizon.buckets_of_days(after - 1), first_bucket)
        before = _to_day_before(projection, first, first_bucket, column)
        until = np.where(seen, _to_day_before(projection, after, last_bucket, column), before)
        whole = _running_sum(demand.total[: horizon.buckets])
        between = whole[last_bucket, lines.row] - whole[first_bucket, lines.row]
        demand_units = np.maximum(between - before + until, 0.0)
        demand_units[demand_units <= ROUNDING] = 0.0
        return cls(
            row=lines.row,
            column=column,
            seen=seen,
            first=first,
            after=after,
            first_bucket=first_bucket,
            last_bucket=last_bucket,
            before=before,
            until=until,
            demand_units=demand_units,
            dc_share=_dc_share(projection, lines.row, demand_units, first_bucket, last_bucket),
        )


def _supply_of(projection: Projection, windows: _Windows) -> WindowSupply:
    """What ``projection`` has for ``windows``, which are of its demand, but for the first short day."""
    row, first_bucket, last_bucket = windows.row, windows.first_bucket, windows.last_bucket
    sellable = projection.sellable
    at_first = sellable[first_bucket, row]
    short = projection.demand.total[: projection.horizon.buckets] - sellable
    np.maximum(short, 0.0, out=short)
    whole = _running_sum(short)
    units_short = whole[last_bucket, row] - whole[first_bucket, row]
    units_short -= np.maximum(windows.before - at_first, 0.0)
    units_short += np.maximum(windows.until - sellable[last_bucket, row], 0.0)
    units_short[(units_short < LEAST_UNITS_SHORT) | ~windows.seen] = 0.0

    # What has come since the first bucket: what can be sold now, and what was sold until now.
    coming = sellable - sellable[0]
    coming[1:] += _running_sum(projection.sold)[1:-1]
    own_units = np.maximum(at_first - windows.before, 0.0)
    own_units += coming[last_bucket, row] - coming[first_bucket, row]
    return WindowSupply(
        demand_units=windows.demand_units,
        own_units=np.where(windows.seen, own_units, 0.0),
        dc_units=np.where(windows.seen, _dc_spare(projection, windows) * windows.dc_share, 0.0),
        units_short=units_short,
        first_short_day=np.full(len(row), NO_DAY),
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
    windows = _Windows.of(projection, lines)
    window = _with_first_short_day(_supply_of(projection, windows), projection, windows)
    bare = _supply_of(without_inbound, windows)
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


def _below(cover: Floats, threshold: Floats) -> Flags:
    """Whether cover is under the threshold; an undefined cover is under nothing."""
    return np.less(cover, threshold - ROUNDING)


def _without_data(projection: Projection, lines: CampaignLines) -> Flags:
    sku_doors = projection.sku_doors
    no_stock = np.isnan(sku_doors.on_hand)
    through = sku_doors.passes_through
    no_stock[through] &= no_stock[sku_doors.dc_row[through]]
    unknown = no_stock | ~sku_doors.has_baseline
    return unknown[lines.row] | (lines.start_day >= projection.horizon.days)


def _nothing_now(projection: Projection, rows: Integers) -> Flags:
    sku_doors = projection.sku_doors
    sellable = np.maximum(projection.opening - sku_doors.presentation_minimum, 0.0)
    through = sku_doors.passes_through
    now = sellable.copy()
    now[through] += sellable[sku_doors.dc_row[through]]
    return now[rows] < LEAST_UNITS_SHORT


def _dc_spare(projection: Projection, windows: _Windows) -> Floats:
    """What the DC of each window's door has to spare for it and for all others ``[m]``.

    A replenished door gets no more than it needs, so its own supply says little of how far it is from
    a shortage: that stands in what its DC could have sent beyond all needs, last in the bucket whose
    dispatch still arrives in the window.
    """
    sku_doors, horizon = projection.sku_doors, projection.horizon
    dc = np.maximum(sku_doors.dc_row[windows.row], 0)
    last = windows.last_bucket
    last_call = (horizon.start_days + horizon.bucket_days - 1)[last] - sku_doors.transit_days[windows.row]
    dispatch_bucket = horizon.buckets_of_days(np.maximum(last_call, 0))
    could_send = np.where(last_call >= 0, projection.dc_spare[dispatch_bucket, dc], 0.0)
    through = np.flatnonzero(sku_doors.sells_from_dc[windows.row])
    left_at_dc = projection.closing[last[through], dc[through]] - sku_doors.presentation_minimum[dc[through]]
    could_send[through] = np.maximum(left_at_dc, 0.0)
    return could_send


def _dc_share(
    projection: Projection,
    rows: Integers,
    demand_units: Floats,
    first_bucket: Integers,
    last_bucket: Integers,
) -> Floats:
    """The windows' part of what everyone, the DC's own customers too, asks of their DC meanwhile ``[m]``."""
    dc_row = projection.sku_doors.dc_row
    supplies = np.zeros(len(dc_row), dtype=np.bool_)
    supplies[dc_row[dc_row >= 0]] = True
    # Place 0 takes the rows that have to do with no DC.
    place = np.where(supplies, np.cumsum(supplies), 0)
    place = np.where(dc_row >= 0, place[dc_row], place)
    asked = np.zeros((projection.horizon.buckets + 1, int(supplies.sum()) + 1))
    for bucket, total in enumerate(projection.demand.total[: projection.horizon.buckets]):
        asked[bucket + 1] = asked[bucket] + np.bincount(place, weights=total, minlength=asked.shape[1])
    mine = place[rows]
    everyone = asked[last_bucket + 1, mine] - asked[first_bucket, mine]
    share = np.divide(demand_units, everyone, out=np.zeros_like(everyone), where=everyone > ROUNDING)
    return np.where(dc_row[rows] >= 0, share, 0.0)


def _with_first_short_day(found: WindowSupply, projection: Projection, windows: _Windows) -> WindowSupply:
    """``found``, with the first day of each short window on which demand is unmet."""
    horizon, to_day = projection.horizon, projection.demand.to_day
    short = np.flatnonzero(found.units_short > 0)
    owner, day = expanded(windows.first[short], windows.after[short] - windows.first[short])
    bucket = horizon.buckets_of_days(day)
    column = windows.column[short[owner]]
    sellable = projection.sellable[bucket, windows.row[short[owner]]]
    begins = day == horizon.start_days[bucket]
    before = np.where(begins, 0.0, to_day[day - 1, column])
    on_day = np.maximum(to_day[day, column] - sellable, 0.0) - np.maximum(before - sellable, 0.0)
    is_short = np.flatnonzero(on_day > LEAST_SHORT_DAY)[::-1]
    first_short_day = found.first_short_day.copy()
    # Of a window's days the first stands last here, and so stays.
    first_short_day[short[owner[is_short]]] = day[is_short]
    return replace(found, first_short_day=first_short_day)


def _to_day_before(projection: Projection, day: Integers, bucket: Integers, column: Integers) -> Floats:
    """Demand of the days of ``bucket`` before ``day`` ``[m]``, which may be the first of the next one."""
    inside = day > projection.horizon.start_days[bucket]
    return np.where(inside, projection.demand.to_day[day - 1, column], 0.0)


def _running_sum(units: Floats) -> Floats:
    """``[W + 1, n]``: what has come together before each bucket, and in all."""
    running = np.zeros((len(units) + 1, units.shape[1]))
    for bucket, more in enumerate(units):
        np.add(running[bucket], more, out=running[bucket + 1])
    return running
