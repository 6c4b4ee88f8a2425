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

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from marketing.catalogue.loading import PRODUCT_COLUMNS, category_paths
from marketing.demand.engine.history import SkuDoors, WeeklyHistory, week_of_year
from marketing.demand.folder.grid import Grid, numbered, stock_status
from marketing.demand.folder.promotions import promotion_calendar
from marketing.demand.folder.rows import DAYS, Integers, headings, into_weeks, sales_rows
from sop_site.feeds.load import SKU, require_folder
from sop_site.feeds.reading import find_file, read_table


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
    rows, skus, doors = sales_rows(path)
    weeks, first_day, rows = into_weeks(rows)
    cells, of_row = np.unique(rows.cell, return_inverse=True)
    grid = Grid(numbered(skus), numbered(doors), cells, weeks, first_day)
    place = rows.week * len(cells) + of_row
    out_of_stock = grid.mean_of(place, rows.out_of_stock_share)
    if rows.days == 1:
        status = stock_status(path, grid)
        out_of_stock = np.fmax(out_of_stock, status)
    in_stock = 1 - np.nan_to_num(out_of_stock)
    units = grid.sum_of(place, rows.units)
    units[(units == 0) & (in_stock <= 0)] = np.nan
    base_price = grid.last_of(place, rows.base_price, rows.day)
    paid = grid.mean_of(place, rows.share_paid)
    flagged = grid.sum_of(place, rows.flagged_days)
    del rows, place, of_row
    calendar, mechanics = promotion_calendar(path, grid, flagged, 1 - paid, base_price)
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
    return np.array([week_of_year(day) for day in week_ends], dtype=np.int64)


def _categories(folder: Path, skus: Sequence[str]) -> tuple[Integers, Integers]:
    """The category and the subclass of each SKU, as numbers; one for those without."""
    path = find_file(folder, "products")
    paths: dict[str, tuple[str, ...]] = {}
    if path is not None:
        table = read_table(path, headings(PRODUCT_COLUMNS))
        table.require(SKU)
        paths = dict(zip(table.texts(SKU, required=True), category_paths(table), strict=True))
        table.raise_if_bad()
    of_sku = [paths.get(sku, ()) for sku in skus]
    return _ranked([path[:1] for path in of_sku]), _ranked(of_sku)


def _ranked(paths: list[tuple[str, ...]]) -> Integers:
    numbers = numbered(sorted(set(paths)))
    return np.array([numbers[path] for path in paths], dtype=np.int64)
