"""A retailer folder as one history of weekly sales, read without any database.

What counts as what:

- **Weeks** are the source's own seven days where a file has sales by week (sales_weekly, else sales): they
  are not cut at fiscal weeks, so that no sale is shared out between a promoted and a calm week. Sales by
  day alone are added up to the fiscal weeks that lie wholly within the file's days.
- **Units** are what the rows say. No row, or a row that was out of stock for the whole week and sold
  nothing, tells of no demand: its units are unknown.
- **Promotions** are those of promotions.csv; the flags of the sales count only where there is no such
  file, as one mechanic `PROMOTION`. The file is the plan that is known beforehand; a flag in a sales
  row also tells whether there was a row. (Where both are there they agree but for short gaps in a
  promotion, days without trade, that the file bridges.) Overlapping promotions count each day once; the
  week's mechanic is the one with most days.
- **The discount** of a week is 1 - price / base price of its sales row, or 1 - its price ratio; where the
  row says neither or is missing, that of the promotion. It is kept within -0.3 and 0.9.
- **Category and subclass** are the first and the last level of the catalogue's category path.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date
from itertools import count
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from marketing.catalogue.loading import PRODUCT_COLUMNS, category_paths
from marketing.demand.engine.history import (
    NO_PROMOTION,
    PromotionCalendar,
    SkuDoors,
    WeeklyHistory,
)
from marketing.sales.columns import (
    BASE_PRICE,
    END,
    MECHANIC,
    PRICE,
    PRICE_RATIO,
    PROMO_DAYS,
    PROMOTED_BELOW_PRICE_RATIO,
    PROMOTION_COLUMNS,
    SELLING_HOURS_A_DAY,
    START,
    STOCKOUT_HOURS,
    UNITS,
    flagged_days,
    out_of_stock_share_of,
    promotion_dates,
    promotion_discounts,
    share_paid,
)
from sop_site.feeds.errors import FeedError
from sop_site.feeds.load import (
    DAY,
    ONLY_DOOR,
    SKU,
    STORE,
    WEEK_END,
    WEEK_START,
    last_days_of,
    require_folder,
)
from sop_site.feeds.reading import find_file, read_table, table_parts
from sop_site.feeds.table import Column, Table

# Preferred first: by week in the source's own weeks, then by day.
FILES_BY_WEEK = ("sales_weekly", "sales")
FILES_BY_DAY = ("sales_daily", "sales")
SALES_COLUMNS = (DAY, WEEK_END, WEEK_START, STORE, SKU, UNITS)
STATUS_COLUMNS = (DAY, STORE, SKU, STOCKOUT_HOURS)
# Rows that are held as text at a time: few enough to be quick, where all would take gigabytes.
ROWS_AT_ONCE = 2_000
DAYS = 7
FLAGGED_MECHANIC = "PROMOTION"
LEAST_DISCOUNT, MOST_DISCOUNT = -0.3, 0.9
# How many of the seven days of a week are set in each of the 128 patterns.
DAYS_IN_PATTERN = np.array([pattern.bit_count() for pattern in range(1 << DAYS)], dtype=np.int64)

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class FolderHistory:
    """The history of a folder and the names of its places: ``week_ends`` are the last days of its weeks."""

    history: WeeklyHistory
    skus: list[str]
    doors: list[str]
    mechanics: list[str]
    week_ends: list[date]


def read_history(folder: Path) -> FolderHistory:
    """The weekly sales and the promotion calendar of a retailer folder.

    Raises FeedError, with a sentence, where the folder or its sales are missing or a row is bad.
    """
    path = require_folder(folder).path
    rows, skus, doors = _sales_rows(path)
    weeks, first_day, rows = _into_weeks(rows)
    cells, of_row = np.unique(rows.cell, return_inverse=True)
    grid = _Grid(_numbered(skus), _numbered(doors), cells, weeks, first_day)
    place = rows.week * len(cells) + of_row
    out_of_stock = grid.mean_of(place, rows.out_of_stock_share)
    if rows.days == 1:
        status = _stock_status(path, grid)
        out_of_stock = np.fmax(out_of_stock, status)
    in_stock = 1 - np.nan_to_num(out_of_stock)
    units = grid.sum_of(place, rows.units)
    units[(units == 0) & (in_stock <= 0)] = np.nan
    base_price = grid.last_of(place, rows.base_price, rows.day)
    paid = grid.mean_of(place, rows.share_paid)
    flagged = grid.sum_of(place, rows.flagged_days)
    del rows, place, of_row
    calendar, mechanics = _calendar(path, grid, flagged, 1 - paid, base_price)
    sku_places, door_places = cells // len(doors), cells % len(doors)
    category, subclass = _categories(path, skus)
    week_ends = [date.fromordinal(first_day + DAYS * (week + 1) - 1) for week in range(weeks)]
    history = WeeklyHistory(
        sku_doors=SkuDoors(sku_places, door_places, subclass[sku_places], category[sku_places]),
        units=units,
        in_stock_share=in_stock,
        calendar=calendar,
        week_of_year=weeks_of_year(week_ends),
        mechanics=len(mechanics),
    )
    return FolderHistory(history, skus, doors, mechanics, week_ends)


def weeks_of_year(week_ends: Sequence[date]) -> Integers:
    """The week of the year (0 to 52) of each week, by its last day."""
    return np.array([(day.timetuple().tm_yday - 1) // DAYS for day in week_ends], dtype=np.int64)


@dataclass(frozen=True, slots=True)
class _Rows:
    """Sales rows of ``days`` days (1 or 7): the cell (SKU × doors + door) and last day of each.

    NaN where a price or a ratio is unknown. ``week`` counts from the first one.
    """

    days: int
    cell: Integers
    day: Integers
    units: Floats
    base_price: Floats
    share_paid: Floats
    flagged_days: Floats
    out_of_stock_share: Floats
    week: Integers

    def where(self, chosen: NDArray[np.bool_], week: Integers) -> "_Rows":
        """The rows that a mask chooses, in the weeks given for them."""
        return _Rows(
            self.days,
            self.cell[chosen],
            self.day[chosen],
            self.units[chosen],
            self.base_price[chosen],
            self.share_paid[chosen],
            self.flagged_days[chosen],
            self.out_of_stock_share[chosen],
            week,
        )


class _Codes:
    """Numbers texts in the order in which they come; at the end, in alphabetical order."""

    def __init__(self) -> None:
        self._places: defaultdict[str, int] = defaultdict(count().__next__)

    def numbers(self, texts: list[str]) -> NDArray[np.int32]:
        return np.fromiter(map(self._places.__getitem__, texts), dtype=np.int32, count=len(texts))

    def in_order(self) -> tuple[list[str], Integers]:
        """The texts in order, and the new place of each number."""
        names = sorted(self._places)
        new_places = np.empty(len(names), dtype=np.int64)
        new_places[[self._places[name] for name in names]] = np.arange(len(names))
        return names, new_places


def _sales_file(folder: Path) -> tuple[Path, int]:
    """The sales file to read and the days of its rows: one by week if there is one, else one by day."""
    for stems, columns, days in (
        (FILES_BY_WEEK, (WEEK_END, WEEK_START), DAYS),
        (FILES_BY_DAY, (DAY,), 1),
    ):
        for stem in stems:
            path = find_file(folder, stem)
            if path is None:
                continue
            head = next(table_parts(path, _headings(SALES_COLUMNS), rows_at_once=1))
            if any(head.has(column) for column in columns) and (days == 1 or not head.has(DAY)):
                return path, days
            if not any(head.has(column) for column in (DAY, WEEK_END, WEEK_START)):
                last_days_of(head)
    raise FeedError("The folder has no sales: sales.csv (or sales_daily, sales_weekly, .gz) is needed.")


def _headings(columns: Iterable[Column]) -> set[str]:
    return {heading for column in columns for heading in column.headings}


def _doors_of(table: Table) -> list[str]:
    return table.texts(STORE, required=True) if table.has(STORE) else [ONLY_DOOR] * len(table)


def _sales_rows(folder: Path) -> tuple[_Rows, list[str], list[str]]:
    """The rows of the sales file, and the names of the SKUs and doors in it."""
    path, days = _sales_file(folder)
    skus, doors = _Codes(), _Codes()
    parts: dict[str, list[NDArray]] = defaultdict(list)
    for table in table_parts(path, _headings(SALES_COLUMNS), rows_at_once=ROWS_AT_ONCE):
        table.require(SKU, UNITS)
        parts["sku"].append(skus.numbers(table.texts(SKU, required=True)))
        parts["door"].append(doors.numbers(_doors_of(table)))
        parts["day"].append(last_days_of(table).astype(np.int32))
        parts["units"].append(table.numbers(UNITS, required=True).astype(np.float32))
        base_price = table.numbers(BASE_PRICE)
        parts["base_price"].append(np.where(base_price > 0, base_price, np.nan).astype(np.float32))
        parts["ratio"].append(_price_ratio(table, base_price))
        parts["flagged"].append(flagged_days(table, days).astype(np.float32))
        parts["out"].append(out_of_stock_share_of(table, days).astype(np.float32))
    table.raise_if_bad()
    prices_known = table.has(PRICE) and table.has(BASE_PRICE)
    values = {name: np.concatenate(arrays) for name, arrays in parts.items()}
    parts.clear()
    if not len(values["day"]):
        raise FeedError(f"{path.name} has no rows.")
    paid = values["ratio"] if prices_known else share_paid(values["ratio"])
    if table.has(PRICE_RATIO) and not table.has(PROMO_DAYS):
        values["flagged"][paid < PROMOTED_BELOW_PRICE_RATIO] = days
    sku_names, sku_places = skus.in_order()
    door_names, door_places = doors.in_order()
    rows = _Rows(
        days=days,
        cell=sku_places[values["sku"]] * len(door_names) + door_places[values["door"]],
        day=values["day"].astype(np.int64),
        units=values["units"],
        base_price=values["base_price"],
        share_paid=paid.astype(np.float32, copy=False),
        flagged_days=values["flagged"],
        out_of_stock_share=values["out"],
        week=np.zeros(0, dtype=np.int64),
    )
    _refuse_doubles(path.name, rows, sku_names, door_names)
    return rows, sku_names, door_names


def _price_ratio(table: Table, base_price: NDArray[np.float64]) -> Floats:
    """Price over base price of each row; where the file has no such two prices, its price ratio as it is."""
    if table.has(PRICE) and table.has(BASE_PRICE):
        price = table.numbers(PRICE)
        known = (price > 0) & (base_price > 0)
        ratio = np.divide(price, base_price, out=np.full(len(price), np.nan), where=known)
    else:
        ratio = table.numbers(PRICE_RATIO)
    return ratio.astype(np.float32)


def _refuse_doubles(file_name: str, rows: _Rows, skus: list[str], doors: list[str]) -> None:
    day = rows.day - rows.day.min()
    key = rows.cell * (int(day.max()) + 1) + day
    order = np.argsort(key, kind="stable")
    double = np.flatnonzero(np.diff(key[order]) == 0)
    if len(double):
        row = order[double[0] + 1]
        sku, door = divmod(int(rows.cell[row]), len(doors))
        what = "day" if rows.days == 1 else "week that ends on"
        raise FeedError(
            f"{file_name} has SKU {skus[sku]} at door {doors[door]} twice for the {what}"
            f" {date.fromordinal(int(rows.day[row]))}."
        )


def _into_weeks(rows: _Rows) -> tuple[int, int, _Rows]:
    """The number of weeks, the first day of the first one, and the rows that lie in them."""
    first, last = int(rows.day.min()), int(rows.day.max())
    if rows.days == DAYS:
        start = first - DAYS + 1
        if ((rows.day - first) % DAYS).any():
            raise FeedError("The weeks of the sales end on several weekdays; they must all end on the same.")
        end = last
    else:
        # Ordinals of Sundays are multiples of seven.
        start = -(-first // DAYS) * DAYS
        end = (last + 1) // DAYS * DAYS - 1
        if end < start:
            raise FeedError("The sales do not fill one fiscal week, Sunday to Saturday.")
    chosen = (rows.day >= start) & (rows.day <= end)
    return (end - start + 1) // DAYS, start, rows.where(chosen, (rows.day[chosen] - start) // DAYS)


@dataclass(frozen=True, slots=True)
class _Grid:
    """Weeks × SKU-doors: ``cells`` are the SKU × doors + door of the columns, ascending."""

    sku_numbers: dict[str, int]
    door_numbers: dict[str, int]
    cells: Integers
    weeks: int
    first_day: int

    @property
    def shape(self) -> tuple[int, int]:
        return self.weeks, len(self.cells)

    def columns_of(self, table: Table) -> tuple[Integers, Integers]:
        """The rows of another file and their columns; rows of what never sold are left out.

        A row of a file that knows no doors comes once for each column of its SKU.
        """
        sku = _looked_up(table.texts(SKU, required=True), self.sku_numbers)
        doors = len(self.door_numbers)
        if not table.has(STORE):
            of_column = self.cells // doors
            first = np.searchsorted(of_column, sku, side="left")
            number = np.searchsorted(of_column, sku, side="right") - first
            return np.repeat(np.arange(len(sku)), number), _counted_up(first, number)
        door = _looked_up(table.texts(STORE, required=True), self.door_numbers)
        cell = np.where((sku < 0) | (door < 0), -1, sku * doors + door)
        column = np.minimum(np.searchsorted(self.cells, cell), len(self.cells) - 1)
        rows = np.flatnonzero(self.cells[column] == cell)
        return rows, column[rows]

    def sum_of(self, place: Integers, values: Floats) -> Floats:
        """The sum of the known values at each place ``[weeks, n]``, NaN where there is none."""
        known = ~np.isnan(values)
        place = place[known]
        size = self.weeks * len(self.cells)
        total = np.bincount(place, values[known], minlength=size).astype(np.float32)
        filled = np.zeros(size, dtype=bool)
        filled[place] = True
        total[~filled] = np.nan
        return total.reshape(self.shape)

    def mean_of(self, place: Integers, values: Floats) -> Floats:
        """The mean of the known values at each place ``[weeks, n]``, NaN where there is none."""
        known = ~np.isnan(values)
        number = np.bincount(place[known], minlength=self.weeks * len(self.cells)).reshape(self.shape)
        total = self.sum_of(place, values)
        return np.divide(total, number, out=total, where=number > 0)

    def last_of(self, place: Integers, values: Floats, day: Integers) -> Floats:
        """The known value of the latest day at each place ``[weeks, n]``, NaN where there is none."""
        grid = np.full(self.weeks * len(self.cells), np.nan, dtype=np.float32)
        order = np.argsort(day, kind="stable")
        order = order[~np.isnan(values[order])]
        grid[place[order]] = values[order]
        return grid.reshape(self.shape)


def _numbered(names: Iterable[Hashable]) -> dict:
    return {name: number for number, name in enumerate(names)}


def _looked_up(texts: list[str], numbers: dict[str, int]) -> Integers:
    return np.array([numbers.get(text, -1) for text in texts], dtype=np.int64)


def _counted_up(first: Integers, number: Integers) -> Integers:
    """For each entry ``number`` integers from ``first`` on, one after another."""
    return np.repeat(first - np.cumsum(number) + number, number) + np.arange(number.sum())


def _stock_status(folder: Path, grid: _Grid) -> Floats:
    """The share of the selling time without stock by stock_status_daily ``[weeks, n]``, NaN where unknown."""
    path = find_file(folder, "stock_status_daily")
    if path is None:
        return np.full(grid.shape, np.nan, dtype=np.float32)
    places: list[Integers] = []
    shares: list[Floats] = []
    for table in table_parts(path, _headings(STATUS_COLUMNS), rows_at_once=ROWS_AT_ONCE):
        table.require(DAY, SKU, STOCKOUT_HOURS)
        row, column = grid.columns_of(table)
        week = (table.dates(DAY, required=True)[row] - grid.first_day) // DAYS
        share = table.numbers(STOCKOUT_HOURS, required=True, least=0)[row] / SELLING_HOURS_A_DAY
        chosen = (week >= 0) & (week < grid.weeks)
        places.append((week * len(grid.cells) + column)[chosen])
        shares.append(np.clip(share, 0, 1)[chosen].astype(np.float32))
    table.raise_if_bad()
    return grid.mean_of(np.concatenate(places), np.concatenate(shares))


@dataclass(frozen=True, slots=True)
class _PromotedWeeks:
    """Promotions cut at week ends: the place, mechanic, days (a pattern of seven) and discount of each."""

    place: Integers
    mechanic: Integers
    pattern: Integers
    discount: NDArray[np.float64]


def _calendar(
    folder: Path,
    grid: _Grid,
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


def _promoted_weeks(path: Path, grid: _Grid) -> tuple[list[str], _PromotedWeeks]:
    """The promotions of a file over the columns and weeks of the grid, and the names of the mechanics."""
    mechanics = _Codes()
    parts: list[_PromotedWeeks] = []
    for table in table_parts(path, _headings(PROMOTION_COLUMNS), rows_at_once=ROWS_AT_ONCE):
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
        week = _counted_up(first_week, length)
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


def _categories(folder: Path, skus: Sequence[str]) -> tuple[Integers, Integers]:
    """The category and the subclass of each SKU, as numbers; one for those without."""
    path = find_file(folder, "products")
    paths: dict[str, tuple[str, ...]] = {}
    if path is not None:
        table = read_table(path, _headings(PRODUCT_COLUMNS))
        table.require(SKU)
        paths = dict(zip(table.texts(SKU, required=True), category_paths(table), strict=True))
        table.raise_if_bad()
    of_sku = [paths.get(sku, ()) for sku in skus]
    return _ranked([path[:1] for path in of_sku]), _ranked(of_sku)


def _ranked(paths: list[tuple[str, ...]]) -> Integers:
    numbers = _numbered(sorted(set(paths)))
    return np.array([numbers[path] for path in paths], dtype=np.int64)
