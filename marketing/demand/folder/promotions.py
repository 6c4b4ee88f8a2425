"""The promotions of a folder, laid over its weeks."""

from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from marketing.demand.engine.history import (
    LEAST_DISCOUNT,
    MOST_DISCOUNT,
    NO_PROMOTION,
    PromotionCalendar,
)
from marketing.demand.folder.grid import Grid, counted_up
from marketing.demand.folder.rows import DAYS, Codes, Floats, Integers, parts_of
from marketing.sales.columns import (
    END,
    MECHANIC,
    PROMOTION_COLUMNS,
    START,
    promotion_dates,
    promotion_discounts,
)
from sop_site.feeds.load import SKU
from sop_site.feeds.reading import find_file

FLAGGED_MECHANIC = "PROMOTION"
# How many of the seven days of a week are set in each of the 128 patterns.
DAYS_IN_PATTERN = np.array([pattern.bit_count() for pattern in range(1 << DAYS)], dtype=np.int64)


@dataclass(frozen=True, slots=True)
class _PromotedWeeks:
    """Promotions cut at week ends: the place, mechanic, days (a pattern of seven) and discount of each."""

    place: Integers
    mechanic: Integers
    pattern: Integers
    discount: NDArray[np.float64]


def promotion_calendar(
    folder: Path,
    grid: Grid,
    flagged: Floats,
    discount: Floats,
    base_price: Floats,
) -> tuple[PromotionCalendar, list[str]]:
    """The promotion calendar and the names of its mechanics, of which the first is none."""
    share = np.zeros(grid.shape, dtype=np.float32)
    mechanic = np.full(grid.shape, NO_PROMOTION, dtype=np.int16)
    path = find_file(folder, "promotions")
    if path is None:
        share = np.minimum(np.nan_to_num(flagged) / DAYS, 1).astype(np.float32)
        mechanic[share > 0] = 1
        names = ["", FLAGGED_MECHANIC]
    else:
        names, promoted = _promoted_weeks(path, grid)
        _lay(promoted, share, mechanic, discount)
    discount = np.clip(np.nan_to_num(discount, copy=False), LEAST_DISCOUNT, MOST_DISCOUNT, out=discount)
    return PromotionCalendar(mechanic, share, discount, base_price), names


def _promoted_weeks(path: Path, grid: Grid) -> tuple[list[str], _PromotedWeeks]:
    """The promotions of a file over the columns and weeks of the grid, and the names of the mechanics."""
    mechanics = Codes()
    parts: list[_PromotedWeeks] = []
    for table in parts_of(path, PROMOTION_COLUMNS):
        table.require(SKU, START, END, MECHANIC)
        start, end = promotion_dates(table)
        mechanic = mechanics.numbers(table.texts(MECHANIC, required=True)).astype(np.int64)
        discount = promotion_discounts(table)
        row, column = grid.columns_of(table)
        first = np.maximum(start - grid.first_day, 0)
        last = np.minimum(end - grid.first_day, grid.weeks * DAYS - 1)
        within = first[row] <= last[row]
        row, column = row[within], column[within]
        first_week = first[row] // DAYS
        length = last[row] // DAYS - first_week + 1
        week = counted_up(first_week, length)
        row, column = np.repeat(row, length), np.repeat(column, length)
        from_day = np.maximum(first[row] - week * DAYS, 0)
        to_day = np.minimum(last[row] - week * DAYS, DAYS - 1)
        parts.append(
            _PromotedWeeks(
                place=week * len(grid.cells) + column,
                mechanic=mechanic[row],
                pattern=(1 << (to_day + 1)) - (1 << from_day),
                discount=discount[row],
            )
        )
    table.raise_if_bad()
    place, mechanic, pattern, discount = (
        np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(_PromotedWeeks)
    )
    names, order = mechanics.in_order()
    # 0 stands for no promotion.
    return ["", *names], _PromotedWeeks(place, order[mechanic] + 1, pattern, discount)


def _lay(promoted: _PromotedWeeks, share: Floats, mechanic: NDArray[np.int16], discount: Floats) -> None:
    """Write promotions into the weeks ``[weeks, n]``; a discount that is known there stays."""
    if not len(promoted.place):
        return
    order = np.lexsort((promoted.mechanic, promoted.place))
    place, number = promoted.place[order], promoted.mechanic[order]
    pattern, off = promoted.pattern[order], promoted.discount[order]
    new_place = np.concatenate([[True], np.diff(place) != 0])
    first = np.flatnonzero(new_place)
    all_days = DAYS_IN_PATTERN[np.bitwise_or.reduceat(pattern, first)]
    share.reshape(-1)[place[first]] = all_days / np.float32(DAYS)
    # One entry for each mechanic of a week, then of each week the one with most days.
    start = np.flatnonzero(new_place | np.concatenate([[True], np.diff(number) != 0]))
    days = DAYS_IN_PATTERN[np.bitwise_or.reduceat(pattern, start)]
    known = ~np.isnan(off)
    weight = np.where(known, DAYS_IN_PATTERN[pattern], 0)
    weights = np.add.reduceat(weight, start)
    total = np.add.reduceat(weight * np.where(known, off, 0.0), start)
    mean = np.divide(total, weights, out=np.full(len(start), np.nan), where=weights > 0)
    by_days = np.lexsort((-number[start], days, place[start]))
    most = by_days[np.concatenate([np.diff(place[start][by_days]) != 0, [True]])]
    at = place[start][most]
    mechanic.reshape(-1)[at] = number[start][most]
    flat = discount.reshape(-1)
    flat[at] = np.where(np.isnan(flat[at]), mean[most], flat[at])
