"""The promotions of a folder as windows over its weeks of sales."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from marketing.demand.folder import FolderHistory
from marketing.demand.folder.grid import Grid, numbered
from marketing.demand.folder.rows import parts_of
from marketing.sales.columns import PROMOTION_COLUMNS, promotion_dates
from scorecard.lab.engine import Windows
from scorecard.lab.engine.windows import DAYS_A_WEEK
from sop_site.feeds.errors import FeedError
from sop_site.feeds.load import SKU
from sop_site.feeds.reading import find_file


@dataclass(frozen=True, slots=True)
class FolderPromotions:
    """Each row of promotions.csv at each door that it speaks of, within the weeks of sales.

    ``left_out`` counts those that begin before or end after them.
    """

    windows: Windows
    left_out: int


def grid_of(sales: FolderHistory) -> Grid:
    """The weeks and SKU-doors of a history, to look the rows of other files up."""
    places, doors = sales.history.sku_doors, sales.doors
    first_day = sales.week_ends[0].toordinal() - DAYS_A_WEEK + 1
    return Grid(
        numbered(sales.skus),
        numbered(doors),
        places.sku * len(doors) + places.door,
        sales.history.weeks,
        first_day,
    )


def read_promotions(folder: Path, grid: Grid) -> FolderPromotions:
    """The promotions; FeedError, with a sentence, where the folder has none or a row is bad."""
    path = find_file(folder, "promotions")
    if path is None:
        raise FeedError("The folder has no promotions: promotions.csv (or .gz) is needed.")
    parts = []
    for table in parts_of(path, PROMOTION_COLUMNS):
        table.require(SKU)
        start, end = promotion_dates(table)
        row, column = grid.columns_of(table)
        parts.append((column, start[row] - grid.first_day, end[row] + 1 - grid.first_day))
    table.raise_if_bad()
    column, first_day, after_day = (np.concatenate(each) for each in zip(*parts, strict=True))
    within = (first_day >= 0) & (after_day <= grid.weeks * DAYS_A_WEEK)
    windows = Windows(column[within], first_day[within], after_day[within])
    return FolderPromotions(windows, int((~within).sum()))
