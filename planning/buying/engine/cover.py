"""Stock and weeks of cover (definitions: Inventory, weeks of supply), and safety stock from past errors.

Beyond the last week of a forecast its last week goes on.
"""

import numpy as np
from numpy.typing import ArrayLike

from .netting import Floats


def cover_stock(demand: Floats, weeks: float | Floats) -> Floats:
    """Units that the next ``weeks`` weeks after each week will take ``[n, W]``.

    ``demand [n, W]`` in units; ``weeks``, one figure or ``[n]``, may have a fraction, which takes that
    part of its week. ValueError for fewer than no weeks.
    """
    ahead = np.asarray(weeks, dtype=np.float64)
    if np.any(ahead < 0):
        raise ValueError("A cover is not shorter than no week.")
    ends = np.arange(1.0, demand.shape[1] + 1)
    return _taken_until(demand, ends + ahead[..., None]) - np.cumsum(demand, axis=1)


def quantile_stock(demand: Floats, ratio: float | Floats, lead_weeks: float | Floats) -> Floats:
    """Safety stock at the end of each week ``[n, W]``: what the lead time may take beyond the forecast.

    ``ratio [n]`` is the quantile, at the service level, of what past forecasts turned out to be: actual /
    expected. The stock is the demand of the ``lead_weeks [n]`` after the week times what the ratio is
    above 1; a forecast that was never exceeded needs none.
    """
    beyond = np.maximum(np.asarray(ratio, dtype=np.float64) - 1.0, 0.0)
    return cover_stock(demand, lead_weeks) * beyond[..., None]


def weeks_of_cover(stock: ArrayLike, forecast: ArrayLike) -> Floats:
    """Weeks that ``stock [...]`` lasts: whole weeks of ``forecast [..., W]`` and the fraction [E26].

    Units; the forecast begins with the week after the stock. Infinite where the stock outlasts a
    forecast that ends at zero. Stock below zero lasts as long as none.
    """
    there, expected = np.broadcast_arrays(
        np.maximum(np.asarray(stock, dtype=np.float64), 0.0)[..., None],
        np.asarray(forecast, dtype=np.float64),
    )
    running = np.cumsum(expected, axis=-1)
    served = np.sum(running <= there, axis=-1, keepdims=True)
    week = np.minimum(served, expected.shape[-1] - 1)
    a_week = np.take_along_axis(expected, week, axis=-1)
    # What the week leaves over is negative where it is the one that runs out.
    left = there[..., :1] - np.take_along_axis(running, week, axis=-1)
    part = np.divide(left, a_week, out=np.full(left.shape, np.inf), where=a_week > 0)
    return (week + 1 + part)[..., 0]


def _taken_until(demand: Floats, time: Floats) -> Floats:
    """Demand from the begin of the first week until ``time [n, W]`` in weeks."""
    time = np.broadcast_to(time, demand.shape)
    week = np.minimum(time.astype(np.int64), demand.shape[1] - 1)
    # Summed and not taken back, so that no more weeks ever take less.
    before = np.zeros(demand.shape)
    np.cumsum(demand[:, :-1], axis=1, out=before[:, 1:])
    return np.take_along_axis(before, week, axis=1) + (time - week) * np.take_along_axis(demand, week, axis=1)
