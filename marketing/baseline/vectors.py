"""How a SKU-door's weekly baseline is packed: one little-endian float32 a week, always as many weeks.

An array column costs PostgreSQL three times as much to hand out, and the recalculation reads all of
them. The database view ``marketing_baseline_weeks`` shows the packed weeks as rows to a person.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from django.db import models
from numpy.typing import NDArray

# The longest horizon that is projected is 27 buckets; the rest lets a baseline serve until the next night.
FORECAST_WEEKS = 32
PACKED = np.dtype("<f4")
PACKED_BYTES = FORECAST_WEEKS * PACKED.itemsize


def packed(weekly_units: Sequence[float] | NDArray[np.floating[Any]]) -> bytes:
    """``FORECAST_WEEKS`` units a week, packed. Raises ValueError for another number of weeks."""
    units = np.asarray(weekly_units, dtype=PACKED)
    if units.shape != (FORECAST_WEEKS,):
        raise ValueError(f"A baseline has {FORECAST_WEEKS} weeks, not {units.size}.")
    return units.tobytes()


def unpacked(values: NDArray[np.uint8]) -> NDArray[np.float64]:
    """The joined bytes of ``n`` packed baselines as units a week ``[FORECAST_WEEKS, n]``."""
    return values.view(PACKED).reshape(-1, FORECAST_WEEKS).T.astype(np.float64)


class WeeklyUnitsField(models.BinaryField):
    """Units a week as a list of ``FORECAST_WEEKS`` floats, packed in the database."""

    def get_prep_value(self, value: Any) -> bytes | None:
        """The packed form."""
        return None if value is None else packed(value)

    def from_db_value(self, value: bytes | None, *_: object) -> list[float] | None:
        """The list of floats."""
        return None if value is None else unpacked(np.frombuffer(value, dtype=np.uint8))[:, 0].tolist()
