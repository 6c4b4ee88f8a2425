"""What a planner has to look at in a netting, as far as its figures tell."""

from enum import IntFlag

import numpy as np
from numpy.typing import NDArray

from .cover import cover_stock
from .netting import ROUNDING, Netting, NettingInputs

Flags = NDArray[np.bool_]

# An order is far above its need where it is more than so many times the need and lasts longer than so
# many weeks, that of its landing included.
MOST_TIMES_NEED = 2.0
MOST_WEEKS = 4.0


class Exceptions(IntFlag):
    """What holds of a supply point in a week; of all its weeks, by ``np.bitwise_or.reduce``."""

    NONE = 0
    TOO_LATE = 1
    ABOVE_NEED = 2


def too_late(inputs: NettingInputs, netting: Netting) -> Flags:
    """Where a need cannot be served in time ``[n, W]``.

    These are the weeks with late needs, in which there is no order, and the order of the first week that
    can be reached where something was already missing in the week before.
    """
    late = netting.late > 0
    catches_up = (netting.orders > 0) & (np.arange(late.shape[1]) == inputs.first_week[:, None])
    catches_up[:, 1:] &= late[:, :-1]
    catches_up[:, :1] = False
    return late | catches_up


def above_need(inputs: NettingInputs, netting: Netting) -> Flags:
    """Where minimum and multiple make an order far more than was needed ``[n, W]``.

    More than `MOST_TIMES_NEED` times the need, and more than the demand of `MOST_WEEKS` weeks from its
    own on.
    """
    weeks = inputs.demand + cover_stock(inputs.demand, MOST_WEEKS - 1)
    return (netting.orders > MOST_TIMES_NEED * netting.needs + ROUNDING) & (netting.orders > weeks + ROUNDING)


def exceptions_of(inputs: NettingInputs, netting: Netting) -> NDArray[np.uint8]:
    """The `Exceptions` of every supply point and week ``[n, W]``."""
    found = np.where(too_late(inputs, netting), Exceptions.TOO_LATE, Exceptions.NONE)
    found |= np.where(above_need(inputs, netting), Exceptions.ABOVE_NEED, Exceptions.NONE)
    return found.astype(np.uint8)
