"""Remedies: until when each of them still works (definitions: Stockout risk).

Public names::

    Remedy (StrEnum: EXPEDITE, REALLOCATE, SHIFT, REDUCE)
    Source (StrEnum: PRODUCT, ROUTE, OPERATING_MODEL)
    Need (StrEnum: FIRST_SHORT_DAY, FIRST_WINDOW_DAY, FIRST_CAMPAIGN_DAY)
    BasisPart(name, days, source, where)
    DecideBy(kind, decide_by_date, need_date, need, days, basis)
    decide_by_dates(...) -> tuple[DecideBy, ...]                          one flag, with its reasons
    last_decide_by_day(need_day, expedite_days, transfer_days, buffer_days, campaign_day, lock_days)
                                                                          -> days [g]
    spare_units(projection, last_bucket) -> units per SKU-door [n]
    late_receipts(projection, receipts, rows, need_day) -> LateReceipts [g]
    fastest_transfer_days(projection, routes, short_flag, short_row, may_give, flags) -> days [g]
    NOT_POSSIBLE = -1 (days of a remedy that cannot help)

``decide-by = need date - days that the remedy takes``. What a remedy would do is seen by projecting
again with changed receipts, transfers or campaign lines (``planning.supply.engine.project``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from planning.supply.engine import NEVER, Projection, Receipts, expanded

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

# Nobody drives for less than a unit.
LEAST_SPARE_UNITS = 1.0
NOT_POSSIBLE = -1
NEVER_LANDS = -NEVER


class Remedy(StrEnum):
    """The four remedies of the process."""

    EXPEDITE = "expedite"
    REALLOCATE = "reallocate"
    SHIFT = "shift"
    REDUCE = "reduce"


class Source(StrEnum):
    """Where a number of days comes from."""

    PRODUCT = "product"
    ROUTE = "route"
    OPERATING_MODEL = "operating_model"


class Need(StrEnum):
    """The day by which a remedy must have worked."""

    FIRST_SHORT_DAY = "first_short_day"
    FIRST_WINDOW_DAY = "first_window_day"
    FIRST_CAMPAIGN_DAY = "first_campaign_day"


@dataclass(frozen=True, slots=True)
class BasisPart:
    """One part of the days that a remedy takes: ``expedite_days``, 14, from the product.

    ``where`` is the place for which the operating model says it, "" for everywhere.
    """

    name: str
    days: int
    source: Source
    where: str = ""


@dataclass(frozen=True, slots=True)
class RoutesOfRows:
    """Routes between the SKU-doors of a chunk, in ascending ``to_row``: long, days from row to row."""

    from_row: Integers
    to_row: Integers
    days: Integers

    def into(self, rows: Integers) -> tuple[Integers, Integers]:
        """Every route into each of ``rows``: the places of the routes, and of ``rows`` beside them."""
        first = np.searchsorted(self.to_row, rows)
        count = np.searchsorted(self.to_row, rows, side="right") - first
        row, way = expanded(first, count)
        return way, row


@dataclass(frozen=True, slots=True)
class DecideBy:
    """The last date on which a remedy still works, and all that it rests on.

    ``decide_by_date = need_date - days``, and ``days`` is the sum of ``basis``.
    """

    kind: Remedy
    decide_by_date: date
    need_date: date
    need: Need
    days: int
    basis: tuple[BasisPart, ...]


def decide_by_dates(
    *,
    supply_need_date: date,
    is_short: bool,
    campaign_first_date: date,
    expedite: Sequence[BasisPart] | None,
    transfer: Sequence[BasisPart] | None,
    buffer: BasisPart,
    creative_lock: BasisPart,
    media_lock: BasisPart,
) -> tuple[DecideBy, ...]:
    """Until when each possible remedy of one flag still works, in the order of ``Remedy``.

    ``expedite``: the days of the supplier, and of the route from where the receipt lands to the doors;
    None where there is no receipt to expedite. ``transfer``: the days of the fastest route from a door
    with spare stock; None where no door has any. Both must have worked by ``supply_need_date``: the first
    short day, or, where cover is thin but nothing short, the first day of the window (today, once it has
    begun). ``buffer``, unless it is of no day, is added once to what either takes.
    The remedies on the marketing plan must have worked by the first day of the campaign: a featured
    SKU is shifted before the creative lock, the expectation reduced before the media lock.
    """
    supply_need = Need.FIRST_SHORT_DAY if is_short else Need.FIRST_WINDOW_DAY
    plan = (Need.FIRST_CAMPAIGN_DAY, campaign_first_date)
    extra = [buffer] if buffer.days else []
    options: list[DecideBy] = []
    if expedite is not None:
        options.append(_decide_by(Remedy.EXPEDITE, supply_need, supply_need_date, [*expedite, *extra]))
    if transfer is not None:
        options.append(_decide_by(Remedy.REALLOCATE, supply_need, supply_need_date, [*transfer, *extra]))
    options.append(_decide_by(Remedy.SHIFT, *plan, [creative_lock]))
    options.append(_decide_by(Remedy.REDUCE, *plan, [media_lock]))
    return tuple(options)


def last_decide_by_day(
    need_day: Integers,
    expedite_days: Integers,
    transfer_days: Integers,
    buffer_days: int | Integers,
    campaign_day: Integers,
    lock_days: Sequence[int],
) -> Integers:
    """The last day on which any remedy of each flag still works ``[g]``, counted from today.

    ``expedite_days`` and ``transfer_days`` are NOT_POSSIBLE where those cannot help, and take
    ``buffer_days`` more, one number or ``[g]``; ``lock_days`` are the days before ``campaign_day`` that the
    remedies on the marketing plan take.
    """
    last = campaign_day - min(lock_days)
    for days in (expedite_days, transfer_days):
        last = np.maximum(last, np.where(days == NOT_POSSIBLE, last, need_day - days - buffer_days))
    return last


@dataclass(frozen=True, slots=True)
class LateReceipts:
    """Whether a receipt that now comes too late could be brought forward, per flag ``[g]``.

    ``possible``: there is one. ``by_dc``: it lands at the DC and must be sent on to the door.
    """

    possible: Flags
    by_dc: Flags


def late_receipts(
    projection: Projection, receipts: Receipts, rows: Integers, need_day: Integers
) -> LateReceipts:
    """Of each flag, which must have units at the SKU-door ``rows [g]`` by ``need_day [g]``.

    A receipt may land at the door itself, or at its DC: there e-commerce sells from it at once, and the
    next week's dispatch takes it on to a store.
    """
    horizon, sku_doors = projection.horizon, projection.sku_doors
    # Past the end of the horizon too: how far that reaches, other SKUs decide.
    lands, leaves = np.full((2, len(sku_doors) + 1), NEVER_LANDS)
    np.maximum.at(lands, receipts.row, horizon.first_day_of(receipts.bucket))
    np.maximum.at(leaves, receipts.row, horizon.first_day_of(receipts.bucket + 1))
    # A row without a DC looks at the place after the last row, where nothing lands.
    dc, sells_from_dc = sku_doors.dc_row[rows], sku_doors.sells_from_dc[rows]
    where_sold = (lands[rows] > need_day) | (sells_from_dc & (lands[dc] > need_day))
    by_dc = ~where_sold & ~sells_from_dc & (leaves[dc] + sku_doors.transit_days[rows] > need_day)
    return LateReceipts(where_sold | by_dc, by_dc)


def spare_units(projection: Projection, last_bucket: Integers) -> Floats:
    """Units that each SKU-door could give away now without selling less until its ``last_bucket [n]``.

    The lowest stock above the presentation minimum that it closes any of these buckets with (what later
    deliveries would refill does not count as spare). Rows that sell from a DC have what is their own.
    """
    lowest = np.minimum.accumulate(projection.closing, axis=0)
    at_last = lowest[last_bucket, np.arange(lowest.shape[1])]
    return np.maximum(at_last - projection.sku_doors.presentation_minimum, 0.0)


def fastest_transfer_days(
    routes: RoutesOfRows, short_flag: Integers, short_row: Integers, may_give: Flags, flags: int
) -> Integers:
    """Days of the fastest route from a SKU-door that may give to a short one, per flag ``[flags]``.

    ``short_row [s]`` are the SKU-doors at risk or worse of flag ``short_flag [s]``; none of them gives to
    another of the same flag. NOT_POSSIBLE where no such route exists.
    """
    way, short = routes.into(short_row)
    flag, from_row = short_flag[short], routes.from_row[way]
    rows = len(may_give)
    gives = may_give[from_row] & ~np.isin(flag * rows + from_row, short_flag * rows + short_row)
    fastest = np.full(flags, NEVER)
    np.minimum.at(fastest, flag[gives], routes.days[way][gives])
    return np.where(fastest == NEVER, NOT_POSSIBLE, fastest)


def _decide_by(kind: Remedy, need: Need, need_date: date, basis: Sequence[BasisPart]) -> DecideBy:
    days = sum(part.days for part in basis)
    return DecideBy(kind, need_date - timedelta(days=days), need_date, need, days, tuple(basis))
