"""Where the functions differ most, in money."""

import numpy as np

from .layers import Floats


def disagreement_money(layers: Floats, unit_value: Floats) -> Floats:
    """The money between the highest and the lowest of ``layers [L, n]`` units, per row ``[n]``.

    ``unit_value [n]`` is money per unit. A function without a number (NaN) is left out; where fewer than
    two have one there is no difference, 0. NaN where the value of a unit is unknown.
    """
    # Started from NaN these pass over NaN, and over rows without any number, without a warning.
    highest = np.fmax.reduce(layers, axis=0, initial=np.nan)
    lowest = np.fmin.reduce(layers, axis=0, initial=np.nan)
    return np.nan_to_num(highest - lowest, nan=0.0) * unit_value
