"""Sales against forecast by SKU and week: the tracking signal, and which SKUs are worth a meeting's time.

Arrays are ``[s, w]``, SKUs × fiscal weeks, the newest week last. A week says something of a SKU where sales
and forecast are both known and not both nothing; errors are sales less forecast, so that a positive one
means that more sold than was expected.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

# A quarter: a miss older than that has had its consensus, and its quarterly review.
WINDOW_WEEKS: Final = 13
# Of n weeks on one side the signal is n: of five, chance alone puts one in sixteen on one side.
LEAST_WEEKS: Final = 6
LEAST_SIDE_WEEKS: Final = 3
# A decided signal rises again when its miss has grown by half.
GREW: Final = 1.5


@dataclass(frozen=True, slots=True)
class Limits:
    """What is out of step: a tracking signal further than ``tracking`` from 0 (definitions, Forecast
    accuracy: about ±4), of a miss that is ``least_share`` of the forecast or more.

    Over a quarter chance alone takes an unbiased forecast out of ±4 in more than a third of all cases: n
    errors of one size add up to about √n of them, whatever their size. Where they are as large as they are at
    SKUs (two fifths of the forecast), a share of 0.15 and `LEAST_SIDE_WEEKS` leave one in seven of these.
    """

    tracking: float
    least_share: float


@dataclass(frozen=True, slots=True)
class Standing:
    """How sales stand to the forecast over the window, each ``[s]``.

    ``weeks`` are those that say something, ``is_newest`` whether the last week is one of them.
    ``tracking_signal`` is NaN with fewer than `LEAST_WEEKS`. ``side_weeks`` are the newest of them without a
    break on the side to which the whole points (0 where the newest is not on it), with what sold and was
    forecast in them; ``is_side [s, w]`` says which they are.
    """

    weeks: Integers
    is_newest: Flags
    tracking_signal: Floats
    sold: Floats
    forecast: Floats
    side_weeks: Integers
    side_sold: Floats
    side_forecast: Floats
    is_side: Flags

    @property
    def error(self) -> Floats:
        """Units sold less units forecast."""
        return self.sold - self.forecast

    def is_out(self, limits: Limits) -> Flags:
        """Whether the tracking signal is out of its limits ``[s]``."""
        return np.abs(self.tracking_signal) > limits.tracking

    def is_within(self, limits: Limits) -> Flags:
        """Whether it is known to be within them ``[s]``."""
        return np.abs(self.tracking_signal) <= limits.tracking


def says_something(sold: Floats, forecast: Floats) -> Flags:
    """The weeks that count, of ``sold`` and ``forecast`` of any one shape."""
    return ~np.isnan(sold) & ~np.isnan(forecast) & ((sold != 0) | (forecast != 0))


def tracking_signals(sold: Floats, forecast: Floats) -> Floats:
    """The tracking signal as it stood after each week ``[s, w]``: cumulative error ÷ mean absolute deviation.

    From the first of the weeks on; NaN after fewer than `LEAST_WEEKS` that say something, and 0 where none of
    them had an error.
    """
    counts = says_something(sold, forecast)
    error = np.where(counts, sold - forecast, 0.0)
    weeks = np.cumsum(counts, axis=1)
    total, absolute = np.cumsum(error, axis=1), np.cumsum(np.abs(error), axis=1)
    # Σe ÷ (Σ|e| ÷ n); a sum that only rounding keeps from nothing is nothing.
    signal = np.divide(total * weeks, absolute, out=np.zeros_like(total), where=absolute > 0)
    return np.where(weeks < LEAST_WEEKS, np.nan, signal)


def standing(sold: Floats, forecast: Floats) -> Standing:
    """How sales stand to the forecast over all the weeks that are given."""
    counts = says_something(sold, forecast)
    known_sold, known_forecast = np.where(counts, sold, 0.0), np.where(counts, forecast, 0.0)
    error = known_sold - known_forecast
    side = np.sign(error.sum(axis=1))
    # From the newest week backwards: a week that says nothing breaks no run.
    goes_on = (np.sign(error) == side[:, None]) & (side != 0)[:, None]
    in_run = np.logical_and.accumulate((goes_on | ~counts)[:, ::-1], axis=1)[:, ::-1] & counts
    return Standing(
        weeks=counts.sum(axis=1),
        is_newest=counts[:, -1],
        tracking_signal=tracking_signals(sold, forecast)[:, -1],
        sold=known_sold.sum(axis=1),
        forecast=known_forecast.sum(axis=1),
        side_weeks=in_run.sum(axis=1),
        side_sold=np.where(in_run, known_sold, 0.0).sum(axis=1),
        side_forecast=np.where(in_run, known_forecast, 0.0).sum(axis=1),
        is_side=in_run,
    )


def worth_a_meeting(found: Standing, price: Floats, limits: Limits) -> Flags:
    """Which SKUs that are out of their ``limits`` people should look at ``[s]``.

    Those whose newest `LEAST_SIDE_WEEKS` all point the same way, whose miss is the least share of the
    forecast or more, and which miss at least what an average SKU sells in a week: in money at ``price [s]``,
    or in units where that is not known (NaN).
    """
    miss = np.abs(found.error)
    is_priced = ~np.isnan(price)
    in_money = miss * np.nan_to_num(price)
    weeks = found.weeks
    least_money = _average(found.forecast * np.nan_to_num(price), weeks, is_priced)
    least_units = _average(found.forecast, weeks, np.ones(len(weeks), dtype=bool))
    is_large = np.where(is_priced, in_money >= least_money, miss >= least_units)
    goes_on = found.is_newest & (found.side_weeks >= LEAST_SIDE_WEEKS)
    return found.is_out(limits) & goes_on & is_large & (miss >= limits.least_share * found.forecast)


def grew(now: Floats, before: Floats) -> Flags:
    """Whether a miss of ``now`` units is half as large again as it was, or points the other way."""
    return (np.abs(now) >= GREW * np.abs(before)) | (np.sign(now) != np.sign(before))


def _average(amount: Floats, weeks: Integers, which: Flags) -> float:
    """What an average SKU comes to in a week, over those that say something."""
    total = int(weeks[which].sum())
    return float(amount[which].sum()) / total if total else 0.0
