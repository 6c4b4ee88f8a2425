"""How good a forecast was (definitions: Forecast accuracy), on SKU-door-weeks and on SKU-weeks."""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from marketing.demand.engine.forecaster import ItemQuantiles
from marketing.demand.engine.history import Integers, PromotionCalendar

Flags = NDArray[np.bool_]
Units = NDArray[np.floating]

LOW, MIDDLE, HIGH = 0.1, 0.5, 0.9
# A SKU-door-week counts as promoted from this share of its days on.
PROMOTED_SHARE = 0.5
# A SKU-week counts as promoted from this share of promoted doors on, and as not promoted below the other.
PROMOTED_ITEM_SHARE = 0.5
CALM_ITEM_SHARE = 0.1


def mostly_promoted(calendar: PromotionCalendar) -> Flags:
    """The SKU-door-weeks that count as promoted ``[weeks, n]``: those with at least half of their days."""
    return calendar.promoted_share >= PROMOTED_SHARE


@dataclass(frozen=True, slots=True)
class ForecastRows:
    """Actual units and their forecast, row by row ``[rows]``."""

    actual: Units
    mean: Units
    p10: Units
    p50: Units
    p90: Units

    def where(self, chosen: Flags) -> "ForecastRows":
        """The rows that a mask chooses."""
        return ForecastRows(*(getattr(self, field.name)[chosen] for field in fields(self)))


@dataclass(frozen=True, slots=True)
class ScoreSums:
    """What the scores are made of; the sums of several sets of rows add up."""

    n: int = 0
    actual: float = 0.0
    forecast: float = 0.0
    absolute_error: float = 0.0
    inside: int = 0
    loss50: float = 0.0
    loss90: float = 0.0

    def __add__(self, other: "ScoreSums") -> "ScoreSums":
        return ScoreSums(*(getattr(self, field.name) + getattr(other, field.name) for field in fields(self)))

    @property
    def wmape(self) -> float | None:
        """Sum of |A - F| over sum of A, by the mean forecast; None where nothing was sold."""
        return self.absolute_error / self.actual if self.actual > 0 else None

    @property
    def bias(self) -> float | None:
        """(Sum of F - sum of A) over sum of A: above 0 is over-forecast. None where nothing was sold."""
        return (self.forecast - self.actual) / self.actual if self.actual > 0 else None

    @property
    def coverage80(self) -> float | None:
        """The share of actuals within P10 and P90, both included; None without rows."""
        return self.inside / self.n if self.n else None

    @property
    def pinball50(self) -> float | None:
        """Mean pinball loss of P50 per row, in units; None without rows."""
        return self.loss50 / self.n if self.n else None

    @property
    def pinball90(self) -> float | None:
        """Mean pinball loss of P90 per row, in units; None without rows."""
        return self.loss90 / self.n if self.n else None


def score_sums(rows: ForecastRows) -> ScoreSums:
    """The sums over rows, none of which is NaN."""
    actual = rows.actual.astype(np.float64)
    return ScoreSums(
        n=len(actual),
        actual=float(actual.sum()),
        forecast=float(rows.mean.sum(dtype=np.float64)),
        absolute_error=float(np.abs(actual - rows.mean).sum()),
        inside=int(((rows.p10 <= rows.actual) & (rows.actual <= rows.p90)).sum()),
        loss50=float(pinball_loss(actual, rows.p50, MIDDLE).sum()),
        loss90=float(pinball_loss(actual, rows.p90, HIGH).sum()),
    )


def pinball_loss(actual: Units, forecast: Units, quantile: float) -> Units:
    """What a unit of error costs a quantile: ``quantile`` where too low, 1 - ``quantile`` where too high."""
    error = actual - forecast
    return np.maximum(quantile * error, (quantile - 1) * error)


@dataclass(frozen=True, slots=True)
class ItemRows:
    """SKU-weeks, and which of them count as promoted and as not promoted; some are neither."""

    rows: ForecastRows
    promoted: Flags
    calm: Flags


def item_rows(
    sku: Integers, promoted: Flags, rows: ForecastRows, ratios: ItemQuantiles, horizon_place: int
) -> ItemRows:
    """The rows of one week added up over the doors of each SKU.

    ``sku`` and ``promoted`` are of the rows. The quantiles are the item's own: ``ratios`` at
    ``horizon_place``, times the sum of the doors' means.
    """
    number = np.bincount(sku)
    items = np.flatnonzero(number)
    mean = np.bincount(sku, rows.mean)[items].astype(np.float64)
    share = np.bincount(sku, promoted)[items] / number[items]
    added = ForecastRows(
        actual=np.bincount(sku, rows.actual)[items].astype(np.float64),
        mean=mean,
        p10=ratios.p10[horizon_place, items] * mean,
        p50=ratios.p50[horizon_place, items] * mean,
        p90=ratios.p90[horizon_place, items] * mean,
    )
    return ItemRows(added, share >= PROMOTED_ITEM_SHARE, share < CALM_ITEM_SHARE)
