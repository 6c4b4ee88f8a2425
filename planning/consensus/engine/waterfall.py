"""From one total to the next: step by step, and by what contributed most."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import fsum
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Step:
    """One bar of a waterfall, in the unit of the totals: ``change`` is ``end - start``."""

    name: str
    start: float
    change: float
    end: float


def waterfall(totals: Sequence[tuple[str, float]]) -> list[Step]:
    """One step for each named total, from the total before it to its own; the first comes from 0."""
    ends = [0.0, *(total for _, total in totals)]
    return [
        Step(name, start, end - start, end)
        for (name, _), (start, end) in zip(totals, pairwise(ends), strict=True)
    ]


@dataclass(frozen=True, slots=True)
class Contribution(Generic[K]):
    """What ``keys`` cells changed together, in the unit of the values.

    ``key`` names the one cell; it is None for the rest, the cells that are not named.
    """

    key: K | None
    change: float
    keys: int = 1


def bridge(before: Mapping[K, float], after: Mapping[K, float], largest: int) -> list[Contribution[K]]:
    """The ``largest`` changes from ``before`` to ``after``, up or down, largest first, and then the rest.

    A key that one of the two lacks counts as 0 there; keys without a change are in neither. The changes
    add up to the difference of the two totals: exactly in whole units, else but for the last digits of
    the numbers. Equal changes stand in the order of their keys' names. No value is NaN.
    """
    changes = [(key, after.get(key, 0.0) - before.get(key, 0.0)) for key in {**before, **after}]
    changed = sorted(
        ((key, change) for key, change in changes if change != 0),
        key=lambda entry: (-abs(entry[1]), str(entry[0])),
    )
    named, others = changed[:largest], changed[largest:]
    contributions = [Contribution(key, change) for key, change in named]
    if others:
        rest = fsum(change for _, change in others)
        contributions.append(Contribution(None, rest, keys=len(others)))
    return contributions
