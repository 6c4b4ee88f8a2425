"""The weeks and SKU-doors of a folder as a grid, and what its rows add up to there."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from marketing.demand.folder.rows import DAYS, Floats, Integers, parts_of
from marketing.sales.columns import (
    SELLING_HOURS_A_DAY,
    STOCKOUT_HOURS,
)
from sop_site.feeds.load import (
    DAY,
    SKU,
    STORE,
)
from sop_site.feeds.reading import find_file
from sop_site.feeds.table import Table

STATUS_COLUMNS = (DAY, STORE, SKU, STOCKOUT_HOURS)


@dataclass(frozen=True, slots=True)
class Grid:
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
            return np.repeat(np.arange(len(sku)), number), counted_up(first, number)
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


def numbered(names: Iterable[Hashable]) -> dict:
    return {name: number for number, name in enumerate(names)}


def _looked_up(texts: list[str], numbers: dict[str, int]) -> Integers:
    return np.array([numbers.get(text, -1) for text in texts], dtype=np.int64)


def counted_up(first: Integers, number: Integers) -> Integers:
    """For each entry ``number`` integers from ``first`` on, one after another."""
    return np.repeat(first - np.cumsum(number) + number, number) + np.arange(number.sum())


def stock_status(folder: Path, grid: Grid) -> Floats:
    """The share of the selling time without stock by stock_status_daily ``[weeks, n]``, NaN where unknown."""
    path = find_file(folder, "stock_status_daily")
    if path is None:
        return np.full(grid.shape, np.nan, dtype=np.float32)
    places: list[Integers] = []
    shares: list[Floats] = []
    for table in parts_of(path, STATUS_COLUMNS):
        table.require(DAY, SKU, STOCKOUT_HOURS)
        row, column = grid.columns_of(table)
        week = (table.dates(DAY, required=True)[row] - grid.first_day) // DAYS
        share = table.numbers(STOCKOUT_HOURS, required=True, least=0)[row] / SELLING_HOURS_A_DAY
        chosen = (week >= 0) & (week < grid.weeks)
        places.append((week * len(grid.cells) + column)[chosen])
        shares.append(np.clip(share, 0, 1)[chosen].astype(np.float32))
    table.raise_if_bad()
    return grid.mean_of(np.concatenate(places), np.concatenate(shares))
