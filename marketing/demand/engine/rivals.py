"""The simple forecasts that a model of demand has to beat.

- `naive`: the last observed week.
- `seasonal_naive`: the week 52 weeks before the target; where nothing was observed then, the week after
  or before that one, else naive.
- `ma8`: the mean of the last 8 observed weeks without promotion; where there is none, of any 8.
- `ma8_mechanic_median`: MA8; in promoted weeks times the median, over all promoted weeks of the mechanic
  so far, of their units over the MA8 of that time (the mechanic unknown: over all promoted weeks).

A SKU-door that was never observed gets the mean of its SKU's doors. A week is promoted, here as in the
scores, if at least half of its days are. The forecast is mean and median at once. P10 and P90 are the
quantiles of actual over forecast among the rival's own forecasts of the last 26 weeks at that horizon,
apart for promoted and other weeks; the mechanics' medians are those of today, everything else in these
past forecasts is of their time.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from marketing.demand.engine.forecaster import Forecaster, ForecastPair, ItemQuantiles
from marketing.demand.engine.history import Floats, Forecast, Integers, WeeklyHistory
from marketing.demand.engine.scores import mostly_promoted

# The forecast [n] of a week, given its number and how many weeks were known.
Points = Callable[[int, int], Floats]
Flags = NDArray[np.bool_]

SEASON_WEEKS = 52
MEAN_WEEKS = 8
ERROR_WEEKS = 26
LOW, HIGH = 0.1, 0.9


def naive(history: WeeklyHistory) -> Points:
    """The last observed week."""
    last = recent_means(history.units, ~np.isnan(history.units), weeks=1)
    return lambda target, known_weeks: last[known_weeks]


def seasonal_naive(history: WeeklyHistory) -> Points:
    """The week a year before the target, or else the one beside it, or else the last observed week."""
    otherwise = naive(history)

    def points(target: int, known_weeks: int) -> Floats:
        units = otherwise(target, known_weeks)
        for week in (target - SEASON_WEEKS - 1, target - SEASON_WEEKS + 1, target - SEASON_WEEKS):
            if 0 <= week < known_weeks:
                units = np.where(np.isnan(history.units[week]), units, history.units[week])
        return units

    return points


def ma8(history: WeeklyHistory) -> Points:
    """The mean of the last 8 observed weeks without promotion."""
    means = _calm_means(history, fall_back=True)
    return lambda target, known_weeks: means[known_weeks]


def ma8_mechanic_median(history: WeeklyHistory) -> Points:
    """MA8, and in promoted weeks times what such weeks sold of it at the median."""
    means = ma8(history)
    mechanic = history.calendar.mechanic
    promoted = mostly_promoted(history.calendar)
    multipliers = _median_multipliers(history)

    def points(target: int, known_weeks: int) -> Floats:
        units = means(target, known_weeks)
        return np.where(promoted[target], units * multipliers[mechanic[target]], units)

    return points


RIVALS: Mapping[str, Callable[[WeeklyHistory], Points]] = {
    "naive": naive,
    "seasonal_naive": seasonal_naive,
    "ma8": ma8,
    "ma8_mechanic_median": ma8_mechanic_median,
}


def rivals() -> list[tuple[str, Forecaster]]:
    """Every rival by name, as a forecaster."""
    return [(name, _forecaster(learn)) for name, learn in RIVALS.items()]


def recent_means(units: Floats, counted: Flags, *, weeks: int) -> Floats:
    """The mean of the last ``weeks`` counted weeks, as known after each number of weeks ``[weeks + 1, n]``.

    NaN before the first counted week.
    """
    columns = units.shape[1]
    ring = np.zeros((weeks, columns), dtype=np.float32)
    number = np.zeros(columns, dtype=np.int64)
    means = np.full((len(units) + 1, columns), np.nan, dtype=np.float32)
    for week in range(len(units)):
        new = np.flatnonzero(counted[week])
        ring[number[new] % weeks, new] = units[week, new]
        number[new] += 1
        means[week + 1] = means[week]
        means[week + 1, new] = ring[:, new].sum(axis=0) / np.minimum(number[new], weeks)
    return means


def _calm_means(history: WeeklyHistory, *, fall_back: bool) -> Floats:
    observed = ~np.isnan(history.units)
    calm = observed & ~mostly_promoted(history.calendar)[: history.weeks]
    means = recent_means(history.units, calm, weeks=MEAN_WEEKS)
    if fall_back:
        means = np.where(np.isnan(means), recent_means(history.units, observed, weeks=MEAN_WEEKS), means)
    return means


def _median_multipliers(history: WeeklyHistory) -> Floats:
    """The median of units over the MA8 before it, by mechanic, of all promoted weeks so far."""
    before = _calm_means(history, fall_back=False)[:-1]
    promoted = mostly_promoted(history.calendar)[: history.weeks]
    usable = promoted & ~np.isnan(history.units) & (before > 0)
    ratio = history.units[usable] / before[usable]
    mechanic = history.calendar.mechanic[: history.weeks][usable]
    pooled = np.median(ratio) if len(ratio) else 1.0
    multipliers = np.full(history.mechanics, pooled, dtype=np.float32)
    for number in np.unique(mechanic):
        multipliers[number] = np.median(ratio[mechanic == number])
    return multipliers


def _forecaster(learn: Callable[[WeeklyHistory], Points]) -> Forecaster:
    def forecaster(history: WeeklyHistory, horizons: Sequence[int]) -> ForecastPair:
        points = learn(history)
        sku = history.sku_doors.sku
        promoted = mostly_promoted(history.calendar)
        units, low, high, item_low, item_high = [], [], [], [], []
        for horizon in horizons:
            target = history.weeks + horizon - 1
            point = _borrowed_where_unknown(points(target, history.weeks), sku)
            store_errors, item_errors = _error_quantiles(history, points, horizon)
            item_promoted = _promoted_items(sku, ~np.isnan(point), promoted[target])
            of_row = store_errors[promoted[target].astype(int)]
            of_item = item_errors[item_promoted.astype(int)]
            units.append(point)
            low.append(np.fmin(point, point * of_row[:, 0]))
            high.append(np.fmax(point, point * of_row[:, 1]))
            item_low.append(np.minimum(1, of_item[:, 0]))
            item_high.append(np.maximum(1, of_item[:, 1]))
        mean = np.array(units, dtype=np.float32)
        stores = Forecast(mean, np.array(low, dtype=np.float32), mean, np.array(high, dtype=np.float32))
        ratio_low = np.array(item_low, dtype=np.float32)
        ratio_high = np.array(item_high, dtype=np.float32)
        return ForecastPair(stores, ItemQuantiles(ratio_low, np.ones_like(ratio_low), ratio_high))

    return forecaster


def _borrowed_where_unknown(point: Floats, sku: Integers) -> Floats:
    """The forecast, where there is none that of the SKU's mean door."""
    known = ~np.isnan(point)
    number = np.bincount(sku[known], minlength=int(sku.max(initial=-1)) + 1)
    total = np.bincount(sku[known], point[known], minlength=len(number))
    mean = np.divide(total, number, out=np.full(len(number), np.nan), where=number > 0)
    return np.where(known, point, mean[sku]).astype(np.float32)


def _promoted_items(sku: Integers, counted: Flags, promoted: Flags) -> Flags:
    """SKUs of whose counted doors at least half are promoted."""
    items = int(sku.max(initial=-1)) + 1
    number = np.bincount(sku[counted], minlength=items)
    return (np.bincount(sku[counted & promoted], minlength=items) * 2 >= number) & (number > 0)


def _error_quantiles(history: WeeklyHistory, points: Points, horizon: int) -> tuple[Floats, Floats]:
    """P10 and P90 of actual / forecast of SKU-doors, and of SKUs: each ``[2, 2]``, calm weeks first.

    Both are 1 where there was no past forecast to learn from.
    """
    sku = history.sku_doors.sku
    items = int(sku.max(initial=-1)) + 1
    promoted = mostly_promoted(history.calendar)
    of_stores: tuple[list[Floats], list[Floats]] = ([], [])
    of_items: tuple[list[Floats], list[Floats]] = ([], [])
    for target in range(max(horizon, history.weeks - ERROR_WEEKS), history.weeks):
        point, actual = points(target, target - horizon + 1), history.units[target]
        rows = ~np.isnan(actual) & ~np.isnan(point)
        whole_point = np.bincount(sku[rows], point[rows], minlength=items)
        whole_actual = np.bincount(sku[rows], actual[rows], minlength=items)
        item_promoted = _promoted_items(sku, rows, promoted[target])
        for state in (0, 1):
            chosen = rows & (promoted[target] == state) & (point > 0)
            of_stores[state].append(actual[chosen] / point[chosen])
            chosen_items = (whole_point > 0) & (item_promoted == state)
            of_items[state].append(whole_actual[chosen_items] / whole_point[chosen_items])
    return _low_and_high(of_stores), _low_and_high(of_items)


def _low_and_high(ratios: tuple[list[Floats], list[Floats]]) -> Floats:
    quantiles = np.ones((2, 2), dtype=np.float32)
    for state, parts in enumerate(ratios):
        together = np.concatenate(parts) if parts else np.zeros(0, dtype=np.float32)
        if len(together):
            quantiles[state] = np.quantile(together, (LOW, HIGH))
    return quantiles
