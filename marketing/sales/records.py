"""Sales by day or by week of any weekday, brought to fiscal weeks (definitions: Retail time).

Numbers in, numbers out: days are ordinals of `datetime.date`, of which a multiple of seven is a Sunday;
units and revenue are whole ten-thousandths, so that nothing is lost in the spreading.
"""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

# Units and money are kept to four places.
SCALE = 10_000
# Stands for a revenue that the source does not give.
NO_REVENUE = np.iinfo(np.int64).min


@dataclass(frozen=True, slots=True)
class SalesRecords:
    """What sold, one entry per source row: of one day, or of seven days that end on any weekday.

    ``cell`` numbers the SKU-door; ``units`` and ``revenue`` are in ten-thousandths (`NO_REVENUE` where
    unknown); ``base_price`` is NaN where unknown; ``out_of_stock_share`` is of the selling time (0 to 1).
    """

    cell: Integers
    first_day: Integers
    last_day: Integers
    units: Integers
    revenue: Integers
    base_price: Floats
    promoted_days: Integers
    out_of_stock_share: Floats

    def __len__(self) -> int:
        return len(self.cell)

    def where(self, chosen: NDArray) -> "SalesRecords":
        """The entries that a mask or an index chooses."""
        return SalesRecords(*(getattr(self, field.name)[chosen] for field in fields(self)))


def joined(parts: list[SalesRecords]) -> SalesRecords:
    """Several sets of records as one."""
    return SalesRecords(
        *(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(SalesRecords))
    )


def week_starts(days: Integers) -> Integers:
    """The Sunday on or before each day."""
    return days - days % 7


def split_at_week_ends(records: SalesRecords) -> SalesRecords:
    """Cut the records that cross a Saturday in two, spread evenly by day.

    Units and revenue of the two parts add up to the whole exactly: each day gets the whole divided by
    the days, cut to four places, and the last day what is left.
    """
    next_week = week_starts(records.first_day) + 7
    crosses = records.last_day >= next_week
    if not crosses.any():
        return records
    within, across = records.where(~crosses), records.where(crosses)
    border = next_week[crosses]
    days = across.last_day - across.first_day + 1
    early_days = border - across.first_day
    early_units = _even_share(across.units, days, early_days)
    known = across.revenue != NO_REVENUE
    early_revenue = np.where(
        known, _even_share(np.where(known, across.revenue, 0), days, early_days), NO_REVENUE
    )
    early_promoted = np.minimum(across.promoted_days * early_days // days, early_days)
    shared = (across.base_price, across.out_of_stock_share)
    early = SalesRecords(
        across.cell,
        across.first_day,
        border - 1,
        early_units,
        early_revenue,
        shared[0],
        early_promoted,
        shared[1],
    )
    late = SalesRecords(
        across.cell,
        border,
        across.last_day,
        across.units - early_units,
        np.where(known, across.revenue - early_revenue, NO_REVENUE),
        shared[0],
        across.promoted_days - early_promoted,
        shared[1],
    )
    return joined([within, early, late])


def _even_share(whole: Integers, days: Integers, early_days: Integers) -> Integers:
    return np.sign(whole) * (np.abs(whole) // days) * early_days


def without_overlap(weekly: SalesRecords, daily: SalesRecords) -> SalesRecords:
    """The weekly records (each within a fiscal week) of cells and weeks that no daily record is of."""
    covered = np.unique(_cell_weeks(daily))
    return weekly.where(~np.isin(_cell_weeks(weekly), covered))


def _cell_weeks(records: SalesRecords) -> Integers:
    """One number for each cell and fiscal week."""
    return records.cell * 1_000_000 + records.first_day // 7


@dataclass(frozen=True, slots=True)
class FiscalWeekSales:
    """Sales by cell and fiscal week, ascending; NaN or `NO_REVENUE` where unknown."""

    cell: Integers
    week_start: Integers
    units: Integers
    revenue: Integers
    base_price: Floats
    observed_days: Integers
    promoted_days: Integers
    out_of_stock_share: Floats


def by_fiscal_week(records: SalesRecords) -> FiscalWeekSales:
    """Add up records that each lie within a fiscal week.

    A week's revenue is unknown where that of a part is; its base price is the last one known in it; its
    out-of-stock share is the mean over the observed days.
    """
    order = np.lexsort((records.first_day, _cell_weeks(records)))
    ordered = records.where(order)
    keys = _cell_weeks(ordered)
    first = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]])) if len(keys) else np.zeros(0, int)
    if not len(first):
        empty, none = np.zeros(0, np.int64), np.zeros(0)
        return FiscalWeekSales(empty, empty, empty, empty, none, empty, empty, none)
    days = ordered.last_day - ordered.first_day + 1
    known = ordered.revenue != NO_REVENUE
    revenue = np.add.reduceat(np.where(known, ordered.revenue, 0), first)
    positions = np.arange(len(keys))
    last_priced = np.maximum.reduceat(np.where(np.isnan(ordered.base_price), -1, positions), first)
    observed = np.add.reduceat(days, first)
    return FiscalWeekSales(
        cell=ordered.cell[first],
        week_start=week_starts(ordered.first_day[first]),
        units=np.add.reduceat(ordered.units, first),
        revenue=np.where(np.logical_and.reduceat(known, first), revenue, NO_REVENUE),
        base_price=np.where(last_priced >= 0, ordered.base_price[last_priced], np.nan),
        observed_days=np.minimum(observed, 7),
        promoted_days=np.minimum(np.add.reduceat(ordered.promoted_days, first), 7),
        out_of_stock_share=np.clip(
            np.add.reduceat(ordered.out_of_stock_share * days, first) / observed, 0.0, 1.0
        ),
    )


def promoted_days_by_week(
    cell: Integers, first_day: Integers, last_day: Integers
) -> tuple[Integers, Integers, Integers]:
    """Cells, week starts and days on promotion of intervals that may overlap; a day counts once."""
    length = np.maximum(last_day - first_day + 1, 0)
    of_interval = np.repeat(np.arange(len(cell)), length)
    offset = np.arange(length.sum()) - np.repeat(np.cumsum(length) - length, length)
    day_of_cell = np.unique(cell[of_interval] * 10_000_000 + first_day[of_interval] + offset)
    cells, days = day_of_cell // 10_000_000, day_of_cell % 10_000_000
    keys, count = np.unique(cells * 1_000_000 + days // 7, return_counts=True)
    return keys // 1_000_000, (keys % 1_000_000) * 7, count


def with_promoted_days(
    sales: FiscalWeekSales, cell: Integers, week_start: Integers, promoted_days: Integers
) -> FiscalWeekSales:
    """Raise each week's promoted days to what is known of it from the promotions."""
    wanted = cell * 1_000_000 + week_start // 7
    keys = sales.cell * 1_000_000 + sales.week_start // 7
    if not len(wanted):
        return sales
    position = np.minimum(np.searchsorted(wanted, keys), len(wanted) - 1)
    found = np.where(wanted[position] == keys, promoted_days[position], 0)
    raised = np.maximum(sales.promoted_days, found)
    values = {field.name: getattr(sales, field.name) for field in fields(sales)}
    return FiscalWeekSales(**{**values, "promoted_days": raised})
