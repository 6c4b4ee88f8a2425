"""Whether small upward changes of a forecast have helped so far."""

from dataclasses import dataclass

import numpy as np

from .accuracy import LEAST_RANKED
from .layers import Floats

# A raise up to this share is a small one.
SMALL_SHARE = 0.1
# A tenth on paper is a little more or less than a tenth in the last digits.
ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Tweaks:
    """What ``n`` changes did to the error: some helped, some worsened it, the others left it as it was.

    ``error_units_saved`` is the absolute error without them less the one with them, in units; below 0 they
    cost accuracy.
    """

    n: int
    helped: int
    worsened: int
    error_units_saved: float

    @property
    def is_discouraged(self) -> bool:
        """Whether there is reason to advise against more: enough of them, and they did not help."""
        return self.n >= LEAST_RANKED and 2 * self.helped < self.n and self.error_units_saved <= 0


def small_upward_tweaks(
    before: Floats, after: Floats, actual: Floats, largest_share: float = SMALL_SHARE
) -> Tweaks:
    """The changes from ``before [n]`` to ``after [n]`` that went up by at most that share, in units.

    Of a forecast of 0 no change is small. Rows in which a number is unknown (NaN) do not count.
    """
    raised = after - before
    is_small = (raised > 0) & (raised <= before * (largest_share + ROUNDING)) & ~np.isnan(actual)
    saved = (np.abs(before - actual) - np.abs(after - actual))[is_small]
    return Tweaks(
        n=len(saved),
        helped=int((saved > 0).sum()),
        worsened=int((saved < 0).sum()),
        error_units_saved=float(saved.sum()),
    )
