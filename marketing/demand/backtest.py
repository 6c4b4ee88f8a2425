"""Measuring models of demand on the past of a retailer: what each would have said, against what came.

An origin is a number of weeks of sales that are known; horizon 1 is the week after. A row is a target if
its sale was observed. Every model is scored on the very same rows: those that all of them can forecast.
A SKU-door's first weeks are among them where its SKU sold at another door before.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from marketing.demand.engine.forecaster import Forecaster, ForecastPair
from marketing.demand.engine.history import WeeklyHistory
from marketing.demand.engine.scores import ForecastRows, ScoreSums, item_rows, mostly_promoted, score_sums

# With fewer weeks known there is hardly anything to learn from.
LEAST_KNOWN_WEEKS = 4

Flags = NDArray[np.bool_]
Models = Sequence[tuple[str, Forecaster]]


@dataclass(frozen=True, slots=True)
class Score:
    """The scores of one model on one kind of rows."""

    level: str
    rows: str
    model: str
    sums: ScoreSums

    def as_json(self) -> dict[str, str | int | float | None]:
        """The score as plain values; None where it is undefined."""
        return {
            "level": self.level,
            "rows": self.rows,
            "model": self.model,
            "n": self.sums.n,
            "wmape": self.sums.wmape,
            "bias": self.sums.bias,
            "coverage80": self.sums.coverage80,
            "pinball50": self.sums.pinball50,
            "pinball90": self.sums.pinball90,
        }


@dataclass(frozen=True, slots=True)
class Backtest:
    """The scores, by level, rows and model; the origins they come from; and the rows left out.

    ``unforecast_rows`` are observed SKU-door-weeks that some model had no forecast for.
    """

    scores: list[Score]
    origins: list[int]
    unforecast_rows: int


def origins_of(history: WeeklyHistory, horizons: Sequence[int], *, number: int, every: int) -> list[int]:
    """The origins to measure at, the oldest first: as many of ``number`` as the history allows.

    The last one is the last from which every horizon has a target.
    """
    sales_of_week = np.isfinite(history.units).sum(axis=1)
    last = next(
        (
            known
            for known in range(history.weeks - max(horizons), LEAST_KNOWN_WEEKS - 1, -1)
            if all(sales_of_week[known + horizon - 1] for horizon in horizons)
        ),
        LEAST_KNOWN_WEEKS - 1,
    )
    return list(range(last, LEAST_KNOWN_WEEKS - 1, -every))[:number][::-1]


def forecasts_at(
    history: WeeklyHistory, forecaster: Forecaster, *, known_weeks: int, horizons: Sequence[int]
) -> ForecastPair:
    """What the model says after ``known_weeks`` weeks, from their sales and the plan of the weeks ahead."""
    return forecaster(history.known_at(known_weeks, planned_weeks=max(horizons)), horizons)


def backtest(
    history: WeeklyHistory,
    models: Models,
    *,
    origins: Sequence[int],
    horizons: Sequence[int],
    tell: Callable[[str], None],
) -> Backtest:
    """Score every model at every origin; ``tell`` is called with a line for each origin."""
    sums: dict[tuple[str, str, str], ScoreSums] = {
        (level, rows, name): ScoreSums()
        for level in ("store", "item")
        for rows in ("promo", "nonpromo")
        for name, _ in models
    }
    unforecast_rows = 0
    for position, known_weeks in enumerate(origins, start=1):
        tell(f"Origin {position} of {len(origins)}: {known_weeks} weeks known.")
        pairs = {
            name: forecasts_at(history, forecaster, known_weeks=known_weeks, horizons=horizons)
            for name, forecaster in models
        }
        for place, horizon in enumerate(horizons):
            target = known_weeks + horizon - 1
            observed = ~np.isnan(history.units[target])
            common = observed.copy()
            for pair in pairs.values():
                common &= ~np.isnan(pair.stores.mean[place])
            unforecast_rows += int(observed.sum() - common.sum())
            for key, added in _sums_of_week(history, pairs, target, place, common).items():
                sums[key] += added
    scores = [Score(level, rows, name, total) for (level, rows, name), total in sums.items()]
    return Backtest(scores, list(origins), unforecast_rows)


def _sums_of_week(
    history: WeeklyHistory, pairs: Mapping[str, ForecastPair], target: int, place: int, common: Flags
) -> dict[tuple[str, str, str], ScoreSums]:
    """The sums of one target week, by level, rows and model."""
    sku = history.sku_doors.sku[common]
    promoted = mostly_promoted(history.calendar)[target][common]
    sums = {}
    for name, pair in pairs.items():
        stores = pair.stores
        rows = ForecastRows(
            history.units[target][common],
            stores.mean[place][common],
            stores.p10[place][common],
            stores.p50[place][common],
            stores.p90[place][common],
        )
        sums["store", "promo", name] = score_sums(rows.where(promoted))
        sums["store", "nonpromo", name] = score_sums(rows.where(~promoted))
        items = item_rows(sku, promoted, rows, pair.item_ratios, place)
        sums["item", "promo", name] = score_sums(items.rows.where(items.promoted))
        sums["item", "nonpromo", name] = score_sums(items.rows.where(items.calm))
    return sums


def leaks(
    history: WeeklyHistory,
    forecaster: Forecaster,
    *,
    known_weeks: int,
    horizons: Sequence[int],
    seed: int = 0,
) -> bool:
    """Whether the forecasts at an origin hang on sales after it.

    The model forecasts twice; in between, everything that sold after the origin changes its place and
    its size, and stock turns into none. The plan, promotions and prices, stays.
    """
    units, in_stock_share = history.units.copy(), history.in_stock_share.copy()
    later = units[known_weeks:]
    later[:] = 1 + 3 * np.random.default_rng(seed).permutation(later.reshape(-1)).reshape(later.shape)
    in_stock_share[known_weeks:] = 1 - in_stock_share[known_weeks:]
    other = replace(history, units=units, in_stock_share=in_stock_share)
    first, second = (
        forecasts_at(each, forecaster, known_weeks=known_weeks, horizons=horizons)
        for each in (history, other)
    )
    return not all(
        np.array_equal(getattr(one, name), getattr(two, name), equal_nan=True)
        for one, two, names in (
            (first.stores, second.stores, ("mean", "p10", "p50", "p90")),
            (first.item_ratios, second.item_ratios, ("p10", "p50", "p90")),
        )
        for name in names
    )
