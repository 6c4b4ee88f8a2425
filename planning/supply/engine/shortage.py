"""How likely a SKU-door runs short, week by week, where its demand is a count that clumps."""

from dataclasses import dataclass

import numpy as np

from .inputs import Floats

# The stock of a SKU-door is followed in so many steps; a step is a unit where the demand is small.
STEPS = 192
# Stock beyond the expected demand and so many standard deviations is not told apart: it does not run out.
DEVIATIONS = 6.0
SKU_DOORS_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class Shortage:
    """``probability [weeks, n]`` that something stays unserved by the end of the week, and the expected
    units unserved in the week. NaN where the demand is."""

    probability: Floats
    expected_unmet: Floats


def shortage_of(mean: Floats, clumping: Floats, opening: Floats, supply: Floats) -> Shortage:
    """The risk of stock ``opening [n]`` and ``supply [weeks, n]``, there before the week's demand.

    The demand of a week is negative binomial with ``mean [weeks, n]`` and the variance
    ``mean + clumping * mean ** 2``, independent of that of other weeks. What is not served is lost: it is
    not made up for later. Exact to the unit while the demand is small; with steps of several units above.
    """
    shape = mean.shape
    probability, unmet = np.full(shape, np.nan), np.full(shape, np.nan)
    known = np.flatnonzero(~np.isnan(mean).any(axis=0))
    for start in range(0, len(known), SKU_DOORS_AT_ONCE):
        rows = known[start : start + SKU_DOORS_AT_ONCE]
        chunk = _shortage(mean[:, rows], clumping[rows], opening[rows], supply[:, rows])
        probability[:, rows], unmet[:, rows] = chunk.probability, chunk.expected_unmet
    return Shortage(probability, unmet)


def _shortage(mean: Floats, clumping: Floats, opening: Floats, supply: Floats) -> Shortage:
    weeks, count = mean.shape
    total = mean.sum(axis=0)
    deviation = np.sqrt(total + clumping * (mean**2).sum(axis=0))
    step = np.maximum(1.0, np.ceil((total + DEVIATIONS * deviation) / (STEPS - 1)))
    # Of a running sum, so that rounding to steps does not add up.
    known_supply = np.rint((np.maximum(opening, 0.0) + np.cumsum(supply, axis=0)) / step)
    arriving = np.diff(known_supply, axis=0, prepend=0.0).astype(np.int64)
    never_short = np.zeros((STEPS, count))
    never_short[0] = 1.0
    stock = never_short
    probability, unmet = np.empty((weeks, count)), np.empty((weeks, count))
    for week in range(weeks):
        demand = count_probabilities(mean[week], clumping, step)
        available, never_short = _received(stock, arriving[week]), _received(never_short, arriving[week])
        unmet[week] = step * (available * _mean_beyond(demand, mean[week] / step)).sum(axis=0)
        # Demand that takes the stock to the step may go beyond it by part of a step.
        beyond = (demand[1:] * never_short[1:]).sum(axis=0) * (step - 1) / (2 * step)
        never_short = _served(never_short, demand)
        never_short[0] -= beyond
        stock = _served(available, demand)
        stock[0] += 1.0 - stock.sum(axis=0)
        probability[week] = 1.0 - never_short.sum(axis=0)
    return Shortage(np.clip(probability, 0.0, 1.0), unmet)


def count_probabilities(mean: Floats, clumping: Floats, step: Floats) -> Floats:
    """The probability of 0, 1, … `STEPS` - 1 steps of demand ``[STEPS, n]``.

    Counted in steps of several units a demand of the same mean and variance clumps less; it is never taken
    to be steadier than independent steps.
    """
    mean_steps = mean / step
    fewer = np.divide(step - 1, mean, out=np.zeros_like(mean), where=mean > 0)
    clumps = np.maximum(clumping - fewer, 1e-6)
    odds = clumps * mean_steps / (1 + clumps * mean_steps)
    probabilities = np.empty((STEPS, len(mean)))
    probabilities[0] = np.exp(-np.log1p(clumps * mean_steps) / clumps)
    for number in range(1, STEPS):
        grows = odds * (number - 1 + 1 / clumps) / number
        probabilities[number] = probabilities[number - 1] * grows
    return probabilities


def _received(stock: Floats, arriving: np.ndarray) -> Floats:
    """The distribution of the stock after a receipt; what is above the last step counts as the last."""
    moved = np.zeros_like(stock)
    column = np.arange(stock.shape[1])
    for units, probability in enumerate(stock):
        moved[np.clip(units + arriving, 0, STEPS - 1), column] += probability
    return moved


def _served(stock: Floats, demand: Floats) -> Floats:
    """The distribution of what is left where all demand is served; it adds up to the chance of that."""
    left = np.zeros_like(stock)
    for units, probability in enumerate(demand):
        left[: STEPS - units] += probability * stock[units:]
    return left


def _mean_beyond(demand: Floats, mean_steps: Floats) -> Floats:
    """The expected demand beyond each number of steps ``[STEPS, n]``."""
    more_than = 1.0 - np.cumsum(demand, axis=0)
    beyond = mean_steps - np.cumsum(more_than, axis=0) + more_than
    return np.maximum(beyond, 0.0)
