"""How good a forecast was, and what each step of its chain added (definitions: Forecast accuracy).

The rows of ``actual`` and ``forecast`` are the same items, in units, and known; where some are not (NaN),
``value_added`` leaves them out.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from .layers import Floats

# On fewer items nobody's forecasts are ranked, and nobody is advised.
LEAST_RANKED = 20


def wmape(actual: Floats, forecast: Floats) -> float | None:
    """Sum of |A - F| over sum of A ``[n]``: 0.064 is 6.4 %. None where nothing was sold."""
    return of_sold(float(np.abs(actual - forecast).sum(dtype=np.float64)), _sum(actual))


def bias(actual: Floats, forecast: Floats) -> float | None:
    """(Sum of F - sum of A) over sum of A: above 0 is over-forecast. None where nothing was sold."""
    return of_sold(_sum(forecast) - _sum(actual), _sum(actual))


def of_sold(units: float, sold: float) -> float | None:
    """Units as a share of those ``sold``; None where nothing was."""
    return units / sold if sold > 0 else None


def _sum(units: Floats) -> float:
    return float(units.sum(dtype=np.float64))


@dataclass(frozen=True, slots=True)
class StepValue:
    """One step of the chain on ``n`` items.

    ``value_added`` is the WMAPE of the step before less this one's: above 0 the step brought the forecast
    nearer to what was sold. None for the first step, and where nothing was sold.
    """

    step: str
    wmape: float | None
    value_added: float | None
    n: int

    @property
    def is_ranked(self) -> bool:
        """Whether there are enough items to compare the step with others."""
        return self.n >= LEAST_RANKED


def value_added(actual: Floats, forecasts: Mapping[str, Floats]) -> list[StepValue]:
    """Forecast value added of every step, in the order of ``forecasts``: each ``[n]``, named by its step.

    All steps are measured on the same items: those that have ``actual [n]`` and every step's forecast.
    """
    known = ~np.isnan(np.vstack([actual, *forecasts.values()])).any(axis=0)
    n = int(known.sum())
    return steps_from(
        (step, wmape(actual[known], forecast[known]), n) for step, forecast in forecasts.items()
    )


def steps_from(errors: Iterable[tuple[str, float | None, int]]) -> list[StepValue]:
    """The steps of a chain in its order, from the name, the WMAPE and the number of items of each."""
    steps: list[StepValue] = []
    previous: float | None = None
    for step, error, n in errors:
        added = None if previous is None or error is None else previous - error
        steps.append(StepValue(step, error, added, n))
        previous = error
    return steps
