"""What a model of demand answers, so that several can be measured on the very same rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from marketing.demand.engine.history import Floats, Forecast, WeeklyHistory


@dataclass(frozen=True, slots=True)
class ItemQuantiles:
    """The spread of a SKU's demand over all its doors ``[h, skus]``, as ratios to the sum of their means.

    A sum of the doors' quantiles would be far too wide: doors err apart from one another.
    ``p10 <= p50 <= p90``.
    """

    p10: Floats
    p50: Floats
    p90: Floats


@dataclass(frozen=True, slots=True)
class ForecastPair:
    """One forecast on both levels: of the SKU-doors ``[h, n]``, and the spread of the SKUs ``[h, skus]``."""

    stores: Forecast
    item_ratios: ItemQuantiles


class Forecaster(Protocol):
    """A model of demand."""

    def __call__(self, history: WeeklyHistory, horizons: Sequence[int]) -> ForecastPair:
        """The demand ``horizons`` weeks after the last week of sales in ``history``, 1 being the next.

        ``history.calendar`` reaches over the longest horizon. The SKUs of `ItemQuantiles` are the places
        from 0 to the highest in ``history.sku_doors.sku``.
        """
