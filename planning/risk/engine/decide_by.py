"""Remedies: until when each of them still works (definitions: Stockout risk).

Public names::

    Remedy (StrEnum: EXPEDITE, REALLOCATE, SHIFT, REDUCE)
    Source (StrEnum: PRODUCT, ROUTE, OPERATING_MODEL)
    Need (StrEnum: FIRST_SHORT_DAY, FIRST_WINDOW_DAY, FIRST_CAMPAIGN_DAY)
    BasisPart(name, days, source); known_or_default(name, days, source, default_days) -> BasisPart
    DecideBy(kind, decide_by_date, need_date, need, days, basis)
    decide_by_dates(today=, first_short_date=, campaign_first_date=, expedite=, transfer=,
                    creative_lock=, media_lock=) -> tuple[DecideBy, ...]
    flag_decide_by(options, today) -> FlagDecideBy(decide_by_date, kind, lapsed)
    spare_units(projection, from_bucket) -> units per SKU-door [n]
    fastest_transfer_days(from_row, to_row, days, spare_units, short_rows) -> days, or None

``decide-by = need date - days that the remedy takes``. What a remedy would do is seen by projecting
again with changed receipts, transfers or campaign lines (``planning.supply.engine.project``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from planning.supply.engine import Projection

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

# Nobody drives for less than a unit.
LEAST_SPARE_UNITS = 1.0


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
    """One part of the days that a remedy takes: ``expedite_days``, 14, from the product."""

    name: str
    days: int
    source: Source


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


@dataclass(frozen=True, slots=True)
class FlagDecideBy:
    """The last date on which anything still works, and what; ``lapsed`` when that is past."""

    decide_by_date: date
    kind: Remedy
    lapsed: bool


def known_or_default(name: str, days: int | None, source: Source, default_days: int) -> BasisPart:
    """``days`` from ``source``, or the operating model's default where they are unknown."""
    if days is None:
        return BasisPart(name, default_days, Source.OPERATING_MODEL)
    return BasisPart(name, days, source)


def decide_by_dates(
    *,
    today: date,
    first_short_date: date | None,
    campaign_first_date: date,
    expedite: Sequence[BasisPart] | None,
    transfer: Sequence[BasisPart] | None,
    creative_lock: BasisPart,
    media_lock: BasisPart,
) -> tuple[DecideBy, ...]:
    """Until when each possible remedy of one flag still works, in the order of ``Remedy``.

    ``expedite``: the days of the supplier, and of the route from where the receipt lands to the doors;
    None where there is no receipt to expedite. ``transfer``: the days of the fastest route from a door
    with spare stock; None where no door has any. Both must have worked by the first short day, or,
    where cover is thin but nothing short, by the first day of the window (today, once it has begun).
    The remedies on the marketing plan must have worked by the first day of the campaign: a featured
    SKU is shifted before the creative lock, the expectation reduced before the media lock.
    """
    if first_short_date is None:
        supply_need, supply_date = Need.FIRST_WINDOW_DAY, max(campaign_first_date, today)
    else:
        supply_need, supply_date = Need.FIRST_SHORT_DAY, first_short_date
    plan = (Need.FIRST_CAMPAIGN_DAY, campaign_first_date)
    options: list[DecideBy] = []
    if expedite is not None:
        options.append(_decide_by(Remedy.EXPEDITE, supply_need, supply_date, expedite))
    if transfer is not None:
        options.append(_decide_by(Remedy.REALLOCATE, supply_need, supply_date, transfer))
    options.append(_decide_by(Remedy.SHIFT, *plan, [creative_lock]))
    options.append(_decide_by(Remedy.REDUCE, *plan, [media_lock]))
    return tuple(options)


def flag_decide_by(options: Sequence[DecideBy], today: date) -> FlagDecideBy:
    """The latest date of ``options`` (the first of them where several share it); at least one."""
    last = max(options, key=lambda option: option.decide_by_date)
    return FlagDecideBy(last.decide_by_date, last.kind, lapsed=last.decide_by_date < today)


def spare_units(projection: Projection, from_bucket: int) -> Floats:
    """Units that each SKU-door could give away from ``from_bucket`` on without selling less ``[n]``.

    The lowest stock above the presentation minimum that it closes any bucket with from there to the
    end of the horizon (what later deliveries would refill does not count as spare). Rows that sell
    from a DC have what is their own.
    """
    above_minimum = projection.closing[from_bucket:] - projection.sku_doors.presentation_minimum
    return np.maximum(above_minimum.min(axis=0), 0.0)


def fastest_transfer_days(
    from_row: Integers, to_row: Integers, days: Integers, spare_units: Floats, short_rows: Integers
) -> int | None:
    """Days of the fastest route from a SKU-door with spare units to one of ``short_rows``.

    Routes are long arrays ``from_row, to_row, days``. None where no such route exists.
    """
    usable = np.isin(to_row, short_rows) & ~np.isin(from_row, short_rows)
    usable &= spare_units[from_row] >= LEAST_SPARE_UNITS
    return int(days[usable].min()) if usable.any() else None


def _decide_by(kind: Remedy, need: Need, need_date: date, basis: Sequence[BasisPart]) -> DecideBy:
    days = sum(part.days for part in basis)
    return DecideBy(kind, need_date - timedelta(days=days), need_date, need, days, tuple(basis))
