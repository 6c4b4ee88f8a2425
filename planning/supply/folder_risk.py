"""How likely a retailer folder's SKU-doors run short: what there is, what is expected, how wrong that can be.

Only what arrives at a door itself counts as its supply, and demand is that of weeks without promotion.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from marketing.demand.engine.slow_movers import CountForecast, forecast_counts
from marketing.demand.folder import FolderHistory, read_history, weeks_of_year
from planning.supply.engine.shortage import shortage_of
from planning.supply.stock_folder import FolderStock, read_stock, weeks_after
from sop_site.feeds.errors import FeedError

DAYS_A_WEEK = 7

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class FolderRisk:
    """Figures ``[weeks, n]`` of the SKU-doors of ``stock``, NaN where nothing is known of the demand.

    ``projected_raw`` and ``projected_constrained`` run on the expected demand: below zero in the one, cut
    off at zero in the other; ``expected_unmet`` is of the week, ``short_probability`` by its end.
    """

    stock: FolderStock
    week_ends: list[date]
    projected_raw: Floats
    projected_constrained: Floats
    expected_unmet: Floats
    short_probability: Floats

    def rows(self) -> Iterator[tuple[str, str, date, float, float, float, float]]:
        """Door, SKU, the week and the four figures, SKU-door by SKU-door.

        A week is named by its last day, or by its first where the inventory names weeks so.
        """
        back = timedelta(days=DAYS_A_WEEK - 1 if self.stock.names_weeks_by_start else 0)
        for place, (sku, door) in enumerate(self.stock.sku_doors):
            for week, week_end in enumerate(self.week_ends):
                yield (
                    door,
                    sku,
                    week_end - back,
                    float(self.projected_raw[week, place]),
                    float(self.projected_constrained[week, place]),
                    float(self.expected_unmet[week, place]),
                    float(self.short_probability[week, place]),
                )


def risk_of_folder(folder: Path, weeks: int) -> FolderRisk:
    """The risk in the first ``weeks`` weeks after the stock was counted.

    Raises FeedError, with a sentence, where sales or stock are missing or a row is bad.
    """
    sales = read_history(folder)
    stock = read_stock(folder, undated_as_of=sales.week_ends[-1])
    week_ends = weeks_after(stock.as_of, sales.week_ends[-1], weeks)
    forecast = _forecast(sales, stock, week_ends)
    supply = stock.supply(week_ends)
    raw = stock.opening + np.cumsum(supply - forecast.mean, axis=0)
    # The closed form of a line that never goes below zero.
    constrained = raw - np.minimum(np.minimum.accumulate(raw, axis=0), 0.0)
    shortage = shortage_of(forecast.mean, forecast.clumping, stock.opening, supply)
    return FolderRisk(stock, week_ends, raw, constrained, shortage.expected_unmet, shortage.probability)


def _forecast(sales: FolderHistory, stock: FolderStock, week_ends: list[date]) -> CountForecast:
    """The demand of the stock's SKU-doors in ``week_ends``, from what had sold when it was counted."""
    known_weeks = sum(day <= stock.as_of for day in sales.week_ends)
    if not known_weeks:
        raise FeedError(f"No week of sales ends by {stock.as_of}, when the stock was counted.")
    history = sales.history.known_at(known_weeks, planned_weeks=0)
    cells = history.sku_doors
    # Weeks between the last sales and the first week of the report are forecast too, and not told.
    last_sales = sales.week_ends[known_weeks - 1]
    ahead = weeks_after(last_sales, last_sales, (week_ends[-1] - last_sales).days // DAYS_A_WEEK)
    kinds = (cells.category, cells.subclass)
    forecast = forecast_counts(
        np.where(history.calendar.promoted, np.nan, history.units),
        history.in_stock_share,
        np.concatenate([history.week_of_year, weeks_of_year(ahead)]),
        kinds,
        (*kinds, cells.sku, cells.door),
    )
    column_of = {
        (sales.skus[sku], sales.doors[door]): column
        for column, (sku, door) in enumerate(zip(cells.sku.tolist(), cells.door.tolist(), strict=True))
    }
    column = np.array([column_of.get(sku_door, -1) for sku_door in stock.sku_doors])
    mean = forecast.mean[len(ahead) - len(week_ends) :, column]
    # The first week has only its days after the count left.
    mean[0] *= (week_ends[0] - stock.as_of).days / DAYS_A_WEEK
    mean[:, column < 0] = np.nan
    return CountForecast(mean, forecast.clumping[column])
