"""Stock against sales (definitions: Inventory). Negative stock counts as none."""

from math import fsum, inf
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .rates import quotient

Floats = NDArray[np.float64]

WEEKS_IN_A_YEAR: Final = 52.0


def average_inventory(openings: Floats, last_closing: float) -> float | None:
    """(Sum of all openings + the last closing) over their number [E23]; None without any week.

    ``openings [w]`` are of the weeks that there are, in units or at cost.
    """
    if not len(openings):
        return None
    points = np.append(openings, last_closing)
    return fsum(np.maximum(0.0, points)) / len(points)


def inventory_turn(sales: Floats, openings: Floats, last_closing: float, weeks: float) -> float | None:
    """Sales over average inventory on the same basis, a year's worth: × 52 over ``weeks`` [E23].

    ``sales [w]`` and ``openings [w]`` are of the same weeks; ``weeks`` counts them, a part of one as a part,
    so that quarters of 13 and of 14 weeks, and years of 52 and of 53, compare. None where no stock stood.
    """
    average = average_inventory(openings, last_closing)
    if average is None or average <= 0 or weeks <= 0:
        return None
    return fsum(sales) * (WEEKS_IN_A_YEAR / weeks) / average


def gross_margin_return(margin: Floats, openings: Floats, last_closing: float) -> float | None:
    """Gross margin over average inventory at cost, of these weeks ``[w]`` alone [E28]. None without stock."""
    average = average_inventory(openings, last_closing)
    return None if average is None else quotient(margin, np.array([average]))


def weeks_of_supply_back(opening: float, trailing_sales: Floats) -> float | None:
    """Stock at the start over the mean weekly sales of the trailing weeks ``[up to 4]`` [E25].

    Infinite where stock stands and nothing sells; None without any trailing week.
    """
    if not len(trailing_sales):
        return None
    if opening <= 0:
        return 0.0
    mean = fsum(trailing_sales) / len(trailing_sales)
    return opening / mean if mean > 0 else inf


def weeks_of_supply_forward(stock: float, forecast: Floats) -> float | None:
    """Whole weeks of ``forecast [w]`` that ``stock`` serves, and the fraction of the next one [E26].

    The forecast goes on at its last week; where that is 0 the stock never runs out: infinite. None without
    a forecast. A negative forecast is one of 0.
    """
    if not len(forecast):
        return None
    if stock <= 0:
        return 0.0
    weekly = np.maximum(0.0, forecast)
    needed = np.cumsum(weekly)
    week = int(np.searchsorted(needed, stock))
    if week < len(weekly):
        return week + float((stock - (needed[week] - weekly[week])) / weekly[week])
    last = float(weekly[-1])
    return len(weekly) + float(stock - needed[-1]) / last if last > 0 else inf
