"""Long arrays from spans: every place of many stretches, and whose stretch it is."""

import numpy as np

from .inputs import Integers


def expanded(first: Integers, count: Integers) -> tuple[Integers, Integers]:
    """``(owner, place)`` of all places of stretches from ``first [k]`` on, each ``count [k]`` places long.

    Stretch 0 with ``first`` 7 and ``count`` 2 gives owners 0, 0 and places 7, 8.
    """
    owner = np.repeat(np.arange(len(count)), count)
    within = np.arange(len(owner)) - np.repeat(np.cumsum(count) - count, count)
    return owner, first[owner] + within
