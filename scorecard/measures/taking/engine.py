"""What a week of SKU-doors came to: days out of stock, demand, money; pure (definitions: Lost sales, I1).

A set of days of a week is one byte: bit ``k`` is day ``k``, Sunday 0.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]
DaySets = NDArray[np.uint8]

DAYS_A_WEEK = 7
EVERY_DAY = 0b111_1111
# Of a cell that has no promotion.
NO_MECHANIC = 0
# Of a SKU that is in none, and of sums over all of them.
NO_CATEGORY: Final = -1


def days_between(first_day: NDArray[Any], last_day: NDArray[Any]) -> DaySets:
    """The days of the week from ``first_day`` to ``last_day``, both included, as far as they lie in it."""
    first = np.clip(first_day, 0, DAYS_A_WEEK).astype(np.int64)
    after = np.clip(np.asarray(last_day) + 1, 0, DAYS_A_WEEK).astype(np.int64)
    return np.where(after > first, (1 << after) - (1 << first), 0).astype(np.uint8)


def count_days(days: DaySets) -> Floats:
    """How many days are in each set."""
    return np.bitwise_count(days).astype(np.float64)


def joined_promotions(
    cell: Integers, mechanic: Integers, days: DaySets, cells: int
) -> tuple[DaySets, Integers]:
    """The days on which each of ``cells`` was promoted, and by which mechanic; `NO_MECHANIC` where by none.

    Of several mechanics in a week it is the one with the most days, and of these the one with the lowest id.
    """
    joined = np.zeros(cells, dtype=np.uint8)
    np.bitwise_or.at(joined, cell, days)
    chosen = np.full(cells, NO_MECHANIC, dtype=np.int64)
    order = np.lexsort((mechanic, cell))
    cell, mechanic, days = cell[order], mechanic[order], days[order]
    is_first = np.ones(len(cell), dtype=np.bool_)
    is_first[1:] = (cell[1:] != cell[:-1]) | (mechanic[1:] != mechanic[:-1])
    start = np.flatnonzero(is_first)
    if len(start):
        counted = count_days(np.bitwise_or.reduceat(days, start))
        counts = np.flatnonzero(counted > 0)
        start, counted = start[counts], counted[counts]
        # Assigned one after the other: the last, with the most days and the lowest id, stays.
        by_days = np.lexsort((-mechanic[start], counted))
        chosen[cell[start][by_days]] = mechanic[start][by_days]
    return joined, chosen


@dataclass(frozen=True, slots=True)
class SkuDoorWeek:
    """What is known of ``n`` SKU-doors in a week; every array is ``[n]``.

    ``offered`` are the days on which the door ranged the SKU and was open, ``promoted`` those of a promotion.
    ``seen`` are the days on which a night counted the stock, ``out`` those of them without any to sell.
    ``observed_days`` (0 where no sales are known), ``units``, ``out_share`` (of the observed days),
    ``revenue`` and ``base_price`` are of the sales; ``price`` and ``cost`` of the SKU; NaN where unknown.
    ``observed_in_general`` is how many days the week's sales cover where a SKU-door has none of its own.
    ``baseline_units`` are expected in a whole week without promotion.
    """

    offered: DaySets
    promoted: DaySets
    seen: DaySets
    out: DaySets
    observed_days: Floats
    units: Floats
    out_share: Floats
    revenue: Floats
    base_price: Floats
    price: Floats
    cost: Floats
    baseline_units: Floats
    observed_in_general: float


@dataclass(frozen=True, slots=True)
class Part:
    """The promoted days of ``n`` SKU-doors, or the others: days, units and money ``[n]``."""

    days: Floats
    out_days: Floats
    sold: Floats
    unmet: Floats
    net_sales: Floats
    sales_at_cost: Floats
    margin: Floats
    markdown: Floats
    lost_revenue: Floats
    lost_margin: Floats
    unpriced: Floats
    uncosted: Floats


def taken(week: SkuDoorWeek) -> tuple[Part, Part]:
    """What the promoted days came to, and the other days.

    Days count where a night saw them; where no night saw any of the part, as far as sales were observed, and
    out for their share without stock. Demand is sold ÷ share in stock, of the days on which sales were
    observed; where a SKU was out all the time the baseline, and none without one. Units and money are shared
    between promoted and other days by the days in stock, unmet units by the days out. Without known sales
    nothing is unmet: what would have sold is not known.
    """
    p_days, p_out = _days_of(week, week.offered & week.promoted)
    o_days, o_out = _days_of(week, week.offered & ~week.promoted)
    days, out_days = p_days + o_days, p_out + o_out
    unmet = _unmet(week, days, out_days)
    sold_share = _share_of(p_days - p_out, days - out_days, _share_of(p_days, days, _by_calendar(week)))
    unmet_share = _share_of(p_out, out_days, np.zeros(len(days)))
    return (
        _part(week, p_days, p_out, sold_share, unmet * unmet_share),
        _part(week, o_days, o_out, 1.0 - sold_share, unmet * (1.0 - unmet_share)),
    )


def _days_of(week: SkuDoorWeek, days: DaySets) -> tuple[Floats, Floats]:
    """Counted days of a part, and those out: by the nights, else by what the sales say of the whole week."""
    offered = np.maximum(count_days(week.offered), 1.0)
    observed = np.minimum(week.observed_days, offered) * count_days(days) / offered
    seen = days & week.seen
    return (
        np.where(seen > 0, count_days(seen), observed),
        np.where(seen > 0, count_days(seen & week.out), observed * week.out_share),
    )


def _by_calendar(week: SkuDoorWeek) -> Floats:
    """The share of promoted days where no day was observed."""
    return _share_of(
        count_days(week.offered & week.promoted), count_days(week.offered), np.zeros(len(week.units))
    )


def _share_of(part: Floats, whole: Floats, otherwise: Floats) -> Floats:
    return np.divide(part, whole, out=otherwise.copy(), where=whole > 0)


def _unmet(week: SkuDoorWeek, days: Floats, out_days: Floats) -> Floats:
    """Units that would have sold had there been stock on all counted days; 0 where sales are unknown."""
    sold = np.maximum(week.units, 0.0)
    in_part = _share_of(sold * out_days, days - out_days, np.zeros(len(days)))
    observed = np.where(week.observed_days > 0, week.observed_days, week.observed_in_general)
    offered = np.minimum(observed, count_days(week.offered))
    by_baseline = np.maximum(week.baseline_units * offered / DAYS_A_WEEK - sold, 0.0)
    is_out_all_the_time = (days > 0) & (out_days >= days)
    return (
        np.where(is_out_all_the_time, by_baseline, in_part)
        if week.observed_in_general
        else np.zeros(len(days))
    )


def _part(week: SkuDoorWeek, days: Floats, out_days: Floats, sold_share: Floats, unmet: Floats) -> Part:
    """A share of the week's sales with ``unmet`` units of its own.

    Where the revenue is unknown units count at their base price or else the SKU's; unmet units would have
    sold at what the others were paid.
    """
    full_price, revenue, paid = _prices(week)
    sold = week.units * sold_share
    net_sales = revenue * sold_share
    at_cost = sold * week.cost
    given_away = np.where(week.units > 0, np.maximum(full_price * week.units - revenue, 0.0), 0.0)
    return Part(
        days=days,
        out_days=out_days,
        sold=sold,
        unmet=unmet,
        net_sales=np.nan_to_num(net_sales),
        sales_at_cost=np.nan_to_num(at_cost),
        margin=np.nan_to_num(net_sales - at_cost),
        markdown=np.nan_to_num(given_away * sold_share),
        lost_revenue=np.nan_to_num(unmet * paid),
        lost_margin=np.nan_to_num(unmet * (paid - week.cost)),
        unpriced=np.where(np.isnan(revenue), np.abs(sold), 0.0) + np.where(np.isnan(paid), unmet, 0.0),
        uncosted=np.where(np.isnan(week.cost), np.abs(sold) + unmet, 0.0),
    )


def revenue_and_price(week: SkuDoorWeek) -> tuple[Floats, Floats]:
    """What the units of each brought, and one of them, or would have brought ``[n]``; NaN where unknown."""
    _, revenue, paid = _prices(week)
    return revenue, paid


def _prices(week: SkuDoorWeek) -> tuple[Floats, Floats, Floats]:
    """The price before any markdown, the revenue, and what a unit was paid; unsold it is the full price."""
    full_price = np.where(np.isnan(week.base_price), week.price, week.base_price)
    revenue = np.where(np.isnan(week.revenue), week.units * full_price, week.revenue)
    return full_price, revenue, np.divide(revenue, week.units, out=full_price.copy(), where=week.units > 0)


def summed(keys: Integers, columns: Floats) -> tuple[Integers, Floats]:
    """The sums of ``columns [c, n]`` by key: the keys that occur ``[k]``, ascending, and sums ``[c, k]``."""
    found, place = np.unique(keys, return_inverse=True)
    sums = np.zeros((len(columns), len(found)))
    for row, column in zip(sums, columns, strict=True):
        row[:] = np.bincount(place, weights=column, minlength=len(found))
    return found, sums


@dataclass(frozen=True, slots=True)
class Tree:
    """The categories by id ``[c]``, ascending, each with the one above it, `NO_CATEGORY` at the top."""

    category_ids: Integers
    parent_ids: Integers

    def above(self, category_ids: Integers) -> Integers:
        """The category above each; nothing is above `NO_CATEGORY`."""
        found = np.full(len(category_ids), NO_CATEGORY)
        here = np.flatnonzero(category_ids != NO_CATEGORY)
        found[here] = self.parent_ids[np.searchsorted(self.category_ids, category_ids[here])]
        return found


def summed_upwards(keys: Integers, columns: Floats, width: int, tree: Tree) -> tuple[Integers, Floats]:
    """The sums over categories: of everything, and of each that stands for several, itself or below it.

    Keys ``[k]`` are (category + 1) × ``width`` + what else ``columns [c, k]`` are summed by; those of the
    sums are made alike, of everything with `NO_CATEGORY`.
    """
    categories, place = np.unique(keys // width - 1, return_inverse=True)
    lineage = [categories]
    while (lineage[-1] != NO_CATEGORY).any():
        lineage.append(tree.above(lineage[-1]))
    upper = np.array(lineage)
    found, of_how_many = np.unique(upper[upper != NO_CATEGORY], return_counts=True)
    counts = np.isin(upper, found[of_how_many > 1])
    upper = np.vstack([np.full(len(categories), NO_CATEGORY), upper])
    counts = np.vstack([np.ones(len(categories), dtype=np.bool_), counts])
    level, here = np.nonzero(counts[:, place])
    return summed((upper[level, place[here]] + 1) * width + (keys % width)[here], columns[:, here])
