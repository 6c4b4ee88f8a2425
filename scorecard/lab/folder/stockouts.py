"""Hours out of stock that a folder itself tells of, day by day."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from marketing.demand.folder.grid import STATUS_COLUMNS, Grid
from marketing.demand.folder.rows import parts_of
from marketing.sales.columns import STOCKOUT_HOURS
from scorecard.lab.engine import Truth, Windows
from scorecard.lab.engine.windows import DAYS_A_WEEK
from sop_site.feeds.load import DAY, SKU
from sop_site.feeds.reading import find_file

FILES_WITH_HOURS = ("stock_status_daily", "sales_daily")


@dataclass(frozen=True, slots=True)
class StockoutDays:
    """Of each day and SKU-door ``[days, n]``: whether the folder tells of it, and of an hour out of stock."""

    is_known: NDArray[np.bool_]
    was_out: NDArray[np.bool_]

    def truth_of(self, windows: Windows) -> Truth:
        """Whether any day of a window has an hour out of stock; known where any of its days is."""
        return Truth(_any_day(self.was_out, windows), _any_day(self.is_known, windows))


def read_stockout_days(folder: Path, grid: Grid) -> StockoutDays | None:
    """What stock_status_daily, else sales_daily, says; None where neither has hours out of stock."""
    for stem in FILES_WITH_HOURS:
        path = find_file(folder, stem)
        if path is None:
            continue
        shape = (grid.weeks * DAYS_A_WEEK, len(grid.cells))
        found = StockoutDays(np.zeros(shape, dtype=np.bool_), np.zeros(shape, dtype=np.bool_))
        for table in parts_of(path, STATUS_COLUMNS):
            if not table.has(STOCKOUT_HOURS):
                break
            table.require(DAY, SKU)
            row, column = grid.columns_of(table)
            day = table.dates(DAY, required=True)[row] - grid.first_day
            hours = table.numbers(STOCKOUT_HOURS, least=0)[row]
            told = (day >= 0) & (day < shape[0]) & np.isfinite(hours)
            at = (day[told], column[told])
            found.is_known[at] = True
            found.was_out[at] |= hours[told] > 0
        else:
            table.raise_if_bad()
            return found
    return None


def _any_day(of_days: NDArray[np.bool_], windows: Windows) -> NDArray[np.bool_]:
    """Whether it is so on any day of each window ``[m]``."""
    count = np.zeros((len(of_days) + 1, of_days.shape[1]), dtype=np.int32)
    np.cumsum(of_days, axis=0, out=count[1:])
    return count[windows.after_day, windows.column] > count[windows.first_day, windows.column]
