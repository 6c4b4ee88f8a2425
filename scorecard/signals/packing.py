"""How a week's sales and forecasts of the SKUs of a category are packed: a few bytes each, compressed.

A week of 100,000 SKUs in four regions has 400,000 cells: as rows a quarter of them would be five million.
"""

import zlib
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

COMPRESSION: Final = 1
UNITS: Final = np.dtype("<f4")
FLOATS: Final = 3


@dataclass(frozen=True, slots=True)
class Cells:
    """``n`` SKUs in ``G`` door groups, each array ``[n, G]``.

    Units sold, the forecast in force when the week began (NaN where it knows nothing of the SKU there), and
    demand that is estimated to have found no stock; whether the SKU was on promotion at a door of the group.
    """

    sold: Floats
    forecast: Floats
    unmet: Floats
    is_promoted: Flags

    @property
    def is_forecast(self) -> Flags:
        """Where a forecast was published ``[n, G]``."""
        return ~np.isnan(self.forecast)

    def chosen(self, which: NDArray[Any]) -> "Cells":
        """The SKUs at the places, or with the flags, ``which``."""
        return Cells(self.sold[which], self.forecast[which], self.unmet[which], self.is_promoted[which])


def pack(cells: Cells) -> bytes:
    """The packed form; units keep seven digits."""
    floats = np.stack([cells.sold, cells.forecast, cells.unmet]).astype(UNITS)
    return zlib.compress(floats.tobytes() + cells.is_promoted.tobytes(), COMPRESSION)


def unpacked(packed: Any, skus: int, groups: int) -> Cells:
    """What `pack` packed of so many SKUs in so many door groups."""
    content = zlib.decompress(bytes(packed))
    split = FLOATS * skus * groups * UNITS.itemsize
    floats = np.frombuffer(content[:split], dtype=UNITS).astype(np.float64).reshape(FLOATS, skus, groups)
    is_promoted = np.frombuffer(content[split:], dtype=np.bool_).reshape(skus, groups)
    return Cells(floats[0], floats[1], floats[2], is_promoted)
