"""The sales rows of a folder: which file they come from, and the weeks they fall in."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import count
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from marketing.sales.columns import (
    BASE_PRICE,
    PRICE,
    PRICE_RATIO,
    PROMO_DAYS,
    PROMOTED_BELOW_PRICE_RATIO,
    UNITS,
    flagged_days,
    out_of_stock_share_of,
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
)
from sop_site.feeds.reading import find_file, table_parts
from sop_site.feeds.table import Column, Table

# Preferred first: by week in the source's own weeks, then by day.
FILES_BY_WEEK = ("sales_weekly", "sales")
FILES_BY_DAY = ("sales_daily", "sales")
SALES_COLUMNS = (DAY, WEEK_END, WEEK_START, STORE, SKU, UNITS)
# Rows that are held as text at a time: few enough to be quick, where all would take gigabytes.
ROWS_AT_ONCE = 2_000
DAYS = 7

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Rows:
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

    def where(self, chosen: NDArray[np.bool_], week: Integers) -> "Rows":
        """The rows that a mask chooses, in the weeks given for them."""
        return Rows(
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


class Codes:
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


def headings(columns: Iterable[Column]) -> set[str]:
    return {heading for column in columns for heading in column.headings}


def parts_of(path: Path, columns: Iterable[Column]) -> Iterator[Table]:
    """A file in parts of `ROWS_AT_ONCE` rows."""
    return table_parts(path, headings(columns), rows_at_once=ROWS_AT_ONCE)


def sales_rows(folder: Path) -> tuple[Rows, list[str], list[str]]:
    """The rows of the sales file, and the names of the SKUs and doors in it."""
    path, days = _sales_file(folder)
    skus, doors = Codes(), Codes()
    parts: dict[str, list[NDArray]] = defaultdict(list)
    for table in parts_of(path, SALES_COLUMNS):
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
    rows = Rows(
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
            head = next(table_parts(path, headings(SALES_COLUMNS), rows_at_once=1))
            if any(head.has(column) for column in columns) and (days == 1 or not head.has(DAY)):
                return path, days
            if not any(head.has(column) for column in (DAY, WEEK_END, WEEK_START)):
                last_days_of(head)
    raise FeedError("The folder has no sales: sales.csv (or sales_daily, sales_weekly, .gz) is needed.")


def _doors_of(table: Table) -> list[str]:
    return table.texts(STORE, required=True) if table.has(STORE) else [ONLY_DOOR] * len(table)


def _price_ratio(table: Table, base_price: NDArray[np.float64]) -> Floats:
    """Price over base price of each row; where the file has no such two prices, its price ratio as it is."""
    if table.has(PRICE) and table.has(BASE_PRICE):
        price = table.numbers(PRICE)
        known = (price > 0) & (base_price > 0)
        ratio = np.divide(price, base_price, out=np.full(len(price), np.nan), where=known)
    else:
        ratio = table.numbers(PRICE_RATIO)
    return ratio.astype(np.float32)


def _refuse_doubles(file_name: str, rows: Rows, skus: list[str], doors: list[str]) -> None:
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


def into_weeks(rows: Rows) -> tuple[int, int, Rows]:
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
