"""The risk of a campaign line at a door, week by week of its window: the cells of the Bridge."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from planning.supply.engine import CampaignLines, Horizon, Projection, expanded

from .lines import ROUNDING, Floats, Integers, assess_lines, window_supply
from .states import State


@dataclass(frozen=True, slots=True)
class WeekRisk:
    """One entry per line, door and bucket in which the line's window has a day ``[c]``.

    ``entry`` is the place in the arrays of the lines. ``units_short`` and ``expected_units`` are those
    of the bucket's days in the window, ``cover`` that of the window from its begin (or today) to the
    end of the bucket, so that the last week's cover is the line's own.
    """

    entry: Integers
    bucket: Integers
    state: NDArray[np.int8]
    cover: Floats
    expected_units: Floats
    units_short: Floats


def assess_weeks(
    projection: Projection,
    without_inbound: Projection,
    lines: CampaignLines,
    cover_threshold: float | Floats,
    watch_margin: float | Floats,
) -> WeekRisk:
    """The state of every line at every door in every bucket of its window.

    The threshold and the margin may differ by line ``[m]``.
    ``STOCKOUT`` where units are short in the bucket itself, ``OUT`` only in the bucket of today. The
    other states are those of the window up to the end of the bucket; so a line that is at risk or
    watched as a whole is so in its last week, and one that is short is short in some week.
    """
    entry, bucket = _weeks_of(projection.horizon, lines)
    start, end = projection.horizon.start_days[bucket], _last_days(projection.horizon)[bucket]
    weekly = _windows(lines, entry, start, end)
    until = _windows(lines, entry, np.full_like(start, np.iinfo(np.int32).min), end)
    in_week = window_supply(projection, weekly)
    threshold, margin = _of_windows(cover_threshold, entry), _of_windows(watch_margin, entry)
    risk = assess_lines(projection, without_inbound, until, threshold, margin)

    is_thin = risk.cover < threshold - ROUNDING
    short_before_or_out = (risk.state == State.STOCKOUT) | ((risk.state == State.OUT) & (bucket > 0))
    state = np.select(
        [
            (risk.state == State.NO_DATA) | ((risk.state == State.OUT) & (bucket == 0)),
            in_week.units_short > 0,
            short_before_or_out & is_thin,
            short_before_or_out,
        ],
        [risk.state, State.STOCKOUT, State.AT_RISK, State.WATCH],
        default=risk.state,
    )
    return WeekRisk(
        entry=entry,
        bucket=bucket,
        state=state.astype(np.int8),
        cover=risk.cover,
        expected_units=in_week.demand_units,
        units_short=in_week.units_short,
    )


def _weeks_of(horizon: Horizon, lines: CampaignLines) -> tuple[Integers, Integers]:
    """Every entry of ``lines`` with every bucket of the horizon that its window touches."""
    first = np.maximum(horizon.buckets_of_days(np.maximum(lines.start_day, 0)), 0)
    last = np.minimum(horizon.buckets_of_days(lines.end_day), horizon.buckets - 1)
    count = np.where(lines.end_day < 0, 0, np.maximum(last - first + 1, 0))
    return expanded(first, count)


def _of_windows(limit: float | Floats, entry: Integers) -> float | Floats:
    """A limit of the lines as that of their windows."""
    return limit[entry] if isinstance(limit, np.ndarray) else limit


def _last_days(horizon: Horizon) -> Integers:
    return horizon.start_days + horizon.bucket_days - 1


def _windows(lines: CampaignLines, entry: Integers, start: Integers, end: Integers) -> CampaignLines:
    """The windows of ``lines`` at ``entry``, cut to the days ``start`` to ``end``."""
    return replace(
        lines,
        line=lines.line[entry],
        row=lines.row[entry],
        start_day=np.maximum(lines.start_day[entry], start),
        end_day=np.minimum(lines.end_day[entry], end),
        uplift_ratio=lines.uplift_ratio[entry],
        uplift_units=lines.uplift_units[entry],
    )
