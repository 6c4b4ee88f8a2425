"""The demand model: learned from a history, it says what to expect of the weeks to come, and how surely."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from marketing.demand.engine.design import Design, design_of, sizes_of
from marketing.demand.engine.effects import (
    ALL_GROUPS,
    BASELINE_GROUPS,
    PROMOTED_WEIGHT,
    FittedEffects,
    fitted_effects,
    log_factor,
)
from marketing.demand.engine.errors import DemandErrors, ErrorTable, error_table
from marketing.demand.engine.forecaster import ForecastPair, ItemQuantiles
from marketing.demand.engine.history import Floats, Forecast, WeeklyHistory
from marketing.demand.engine.level import EXPOSURE_FLOOR, LEVEL_MEMORY, Levels, level_of_each_week
from marketing.demand.engine.scores import mostly_promoted

# Errors are measured on forecasts of the last weeks, by effects that knew the weeks before alone.
MEASURED_WEEKS = 52
# Weeks ahead, at the lead times at which campaigns are planned.
MEASURED_HORIZONS = (6, 7, 8)
MEASURED_PART = 2
MOST_ERRORS = 3_000_000
# The SKUs of a week err together, so that their many errors tell less than they seem to: the weeks that were
# measured did not see all that can happen.
SKU_WIDENING = 1.07


@dataclass(frozen=True, slots=True)
class DemandModel:
    """What was learned: the effects, the number of places of their axes, and the errors made so far."""

    effects: FittedEffects
    sizes: dict[str, int]
    errors: DemandErrors


def learned(history: WeeklyHistory, horizons: Sequence[int]) -> DemandModel:
    """Learn from every week of ``history``; errors are those of forecasts ``horizons`` weeks ahead."""
    errors = past_errors(history, horizons)
    design = design_of(history, sizes_of(history))
    return DemandModel(fitted_effects(history, design), design.sizes, errors)


def expected_units(model: DemandModel, history: WeeklyHistory, horizons: Sequence[int]) -> Floats:
    """Mean demand ``horizons`` weeks after the last week of sales ``[h, n]``, NaN where nothing is known."""
    return _expected(model.effects, design_of(history, model.sizes), history, horizons)


def expected_at_once(history: WeeklyHistory, horizons: Sequence[int]) -> Floats:
    """`expected_units` of a model that learns from ``history`` itself, and measures none of its errors."""
    design = design_of(history, sizes_of(history))
    return _expected(fitted_effects(history, design), design, history, horizons)


def _expected(
    effects: FittedEffects, design: Design, history: WeeklyHistory, horizons: Sequence[int]
) -> Floats:
    factor = np.exp(log_factor(effects.tables, design, ALL_GROUPS))
    level = _levels(history, factor).at(history.weeks, history.sku_doors)
    return np.stack([level * factor[history.weeks - 1 + horizon] for horizon in horizons])


def forecast(history: WeeklyHistory, horizons: Sequence[int]) -> ForecastPair:
    """Learn from ``history`` and forecast what will be sold, on both levels.

    Sold, not asked for: where a SKU-door is out of stock for a part of most weeks, its demand is cut by
    that part, so that the forecast can be held against sales.
    """
    model = learned(history, horizons)
    mean = (expected_units(model, history, horizons) * usual_in_stock_share(history)).astype(np.float32)
    promoted = mostly_promoted(history.calendar)[[history.weeks - 1 + horizon for horizon in horizons]]
    errors = model.errors

    def spread(share: float) -> Floats:
        of_promoted = errors.door_promoted.quantile(share, mean)
        return np.where(promoted, of_promoted, errors.door_other.quantile(share, mean))

    stores = Forecast(mean=mean, p10=mean * spread(0.1), p50=mean * spread(0.5), p90=mean * spread(0.9))
    total, mostly = _by_sku(mean, promoted, history)

    def item_spread(share: float) -> Floats:
        of_promoted = errors.sku_promoted.quantile(share, total)
        return np.where(mostly, of_promoted, errors.sku_other.quantile(share, total))

    return ForecastPair(stores, ItemQuantiles(item_spread(0.1), item_spread(0.5), item_spread(0.9)))


def baseline_units(model: DemandModel, history: WeeklyHistory) -> tuple[Floats, Floats]:
    """What sells without promotions: around each week of the past, and in the planned weeks to come.

    ``[weeks, n]`` and ``[planned weeks, n]``; those to come are NaN where nothing is known. Neither the
    SKU's own promotions nor the dip after them are in it; of the promotions of others, what is usual.
    """
    design = design_of(history, model.sizes)
    factor = np.exp(log_factor(model.effects.tables, design, ALL_GROUPS))
    calm = np.exp(log_factor(model.effects.tables, design, BASELINE_GROUPS))
    sold, factor_of_past, weight = _level_inputs(history, factor)
    past = level_of_each_week(sold, factor_of_past, weight) * calm[: history.weeks]
    level = Levels(sold, factor_of_past, weight).at(history.weeks, history.sku_doors)
    return past, (level * calm[history.weeks :]).astype(np.float32)


def usual_in_stock_share(history: WeeklyHistory) -> NDArray[np.float64]:
    """The share of the selling time with stock that a SKU-door had lately, in weeks with sales ``[n]``."""
    total, weeks = np.zeros(len(history.sku_doors)), np.zeros(len(history.sku_doors))
    for sold, share in zip(history.units, history.in_stock_share, strict=True):
        observed = ~np.isnan(sold) & (share >= EXPOSURE_FLOOR)
        total = LEVEL_MEMORY * total + np.where(observed, share, 0.0)
        weeks = LEVEL_MEMORY * weeks + observed
    return np.divide(total, weeks, out=np.ones(len(total)), where=weeks > 0)


def past_errors(history: WeeklyHistory, horizons: Sequence[int]) -> DemandErrors:
    """The errors of forecasts made within ``history``, ``horizons`` weeks ahead of several past weeks."""
    measured = max(1, min(MEASURED_WEEKS, history.weeks // MEASURED_PART))
    first = history.weeks - measured
    shortest = min(horizons)
    # A history too short for the horizon tells of nearer weeks at least.
    usable = [horizon for horizon in horizons if horizon <= measured] or [measured]
    known = history.known_at(first, planned_weeks=measured)
    design = design_of(known, sizes_of(known))
    factor = np.exp(log_factor(fitted_effects(known, design).tables, design, ALL_GROUPS))
    levels = _levels(history, factor)
    promoted_weeks = mostly_promoted(history.calendar)
    actual, expected, promoted = [], [], []
    last = history.weeks - min(shortest, measured)
    errors_an_origin = len(usable) * len(history.sku_doors)
    step = max(1, (last - first + 1) * errors_an_origin // MOST_ERRORS)
    for origin in range(first, last + 1, step):
        level = levels.at(origin, history.sku_doors)
        for horizon in usable:
            week = origin - 1 + horizon
            if week < history.weeks:
                share = history.in_stock_share[week]
                usable_share = np.where(share >= EXPOSURE_FLOOR, share, np.nan)
                actual.append(history.units[week] / usable_share)
                expected.append((level * factor[week]).astype(np.float32))
                promoted.append(promoted_weeks[week])
    return _measured(np.array(actual), np.array(expected), np.array(promoted), history)


def _measured(
    actual: Floats, expected: Floats, promoted: NDArray[np.bool_], history: WeeklyHistory
) -> DemandErrors:
    """The errors of forecasts ``[forecasts, n]``."""
    known = ~np.isnan(actual) & ~np.isnan(expected)
    sold, _ = _by_sku(np.where(known, actual, 0.0), promoted, history)
    total, _ = _by_sku(np.where(known, expected, 0.0), promoted, history)
    doors, _ = _by_sku(known.astype(np.float64), promoted, history)
    on, _ = _by_sku((known & promoted).astype(np.float64), promoted, history)
    part = np.divide(on, doors, out=np.full(on.shape, np.nan), where=doors > 0)

    def table(
        actual: Floats, expected: Floats, chosen: NDArray[np.bool_], widening: float = 1.0
    ) -> ErrorTable:
        long = (values[chosen].astype(np.float64) for values in (actual, expected))
        return error_table(*long, widening=widening)

    return DemandErrors(
        door_promoted=table(actual, expected, known & promoted),
        door_other=table(actual, expected, known & ~promoted),
        sku_promoted=table(sold, total, part >= 0.5, SKU_WIDENING),
        sku_other=table(sold, total, part < 0.1, SKU_WIDENING),
    )


def _by_sku(
    values: Floats, promoted: NDArray[np.bool_], history: WeeklyHistory
) -> tuple[Floats, NDArray[np.bool_]]:
    """Sums of rows ``[h, n]`` over the doors ``[h, skus]``, and whether half of the doors are promoted."""
    sku = history.sku_doors.sku
    size = int(sku.max(initial=-1)) + 1
    total = np.array([np.bincount(sku, np.nan_to_num(row), size) for row in values])
    share = np.array([np.bincount(sku, row, size) for row in promoted.astype(np.float64)])
    return total, share >= 0.5 * np.bincount(sku, minlength=size)


def _levels(history: WeeklyHistory, factor: Floats) -> Levels:
    return Levels(*_level_inputs(history, factor))


def _level_inputs(history: WeeklyHistory, factor: Floats) -> tuple[Floats, Floats, Floats]:
    """Units, what multiplies the level, and the weight of each week of sales ``[weeks, n]``."""
    weeks, share = history.weeks, history.in_stock_share
    observed = ~np.isnan(history.units) & (share >= EXPOSURE_FLOOR)
    of_promoted = np.where(history.calendar.promoted[:weeks], np.float32(PROMOTED_WEIGHT), np.float32(1.0))
    weight = np.where(observed, of_promoted, np.float32(0.0))
    return np.where(observed, history.units, np.float32(0.0)), factor[:weeks] * share, weight
