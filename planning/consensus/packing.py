"""How the numbers of a forecast block are packed: little-endian float32 in one run of bytes each.

A cycle of 100,000 SKUs in four regions has 400,000 cells of seven layers: as rows they would take minutes
to write and a second to add up, as blocks of a category they are read and written whole.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from planning.consensus.choices import CALCULATED_LAYERS, ENTERED_LAYERS, Layer
from planning.consensus.engine import months_of_weeks
from planning.consensus.models import HORIZON_MONTHS, ForecastBlock

Floats = NDArray[np.float64]
PACKED = np.dtype("<f4")
ENTERED = tuple(ENTERED_LAYERS)


@dataclass(slots=True)
class Numbers:
    """The numbers of a block: ``n`` SKUs, ``W`` weeks, six months.

    ``weekly [3, n, W]`` are the calculated layers, ``entered [4, n, 6]`` the entered ones, in the order of
    their members; ``unit_price [n]`` and ``unit_cost [n]`` are NaN where unknown.
    """

    product_ids: NDArray[np.int64]
    weekly: Floats
    entered: Floats
    unit_price: Floats
    unit_cost: Floats

    def monthly(self, layer: Layer, month_of_week: Sequence[int]) -> Floats:
        """Units of a layer by SKU and month ``[n, 6]``."""
        if layer.is_entered:
            return self.entered[ENTERED.index(layer)]
        weekly = self.weekly[CALCULATED_LAYERS.index(layer)]
        return months_of_weeks(weekly, np.asarray(month_of_week), HORIZON_MONTHS)

    def all_monthly(self, month_of_week: Sequence[int]) -> Floats:
        """Units by layer, SKU and month ``[7, n, 6]``, in the order of the layers."""
        return np.stack([self.monthly(layer, month_of_week) for layer in Layer])


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over SKUs by layer and month ``[7, 6]``: units, and their value at price and at cost.

    A SKU without a price or a cost adds nothing to that value.
    """

    units: Floats
    at_price: Floats
    at_cost: Floats

    @classmethod
    def of(cls, numbers: Numbers, month_of_week: Sequence[int]) -> "Totals":
        """The sums of a block."""
        units = numbers.all_monthly(month_of_week)
        price, cost = np.nan_to_num(numbers.unit_price), np.nan_to_num(numbers.unit_cost)
        return cls(
            units.sum(axis=1), np.einsum("lnm,n->lm", units, price), np.einsum("lnm,n->lm", units, cost)
        )

    @classmethod
    def kept(cls, totals: Sequence[float]) -> "Totals":
        """What a block keeps of them."""
        return cls(*np.asarray(totals).reshape(3, len(Layer), HORIZON_MONTHS))

    @classmethod
    def none(cls) -> "Totals":
        """The sums of nothing."""
        return cls.kept([0.0] * 3 * len(Layer) * HORIZON_MONTHS)

    def __add__(self, other: "Totals") -> "Totals":
        return Totals(self.units + other.units, self.at_price + other.at_price, self.at_cost + other.at_cost)


def unpacked(block: ForecastBlock) -> Numbers:
    """The numbers of a block; the arrays are its caller's own."""
    count = len(block.product_ids)
    money = _floats(block.money).reshape(2, count)
    return Numbers(
        product_ids=np.asarray(block.product_ids, dtype=np.int64),
        weekly=_floats(block.calculated).reshape(len(CALCULATED_LAYERS), count, -1),
        entered=_floats(block.entered).reshape(len(ENTERED), count, HORIZON_MONTHS),
        unit_price=money[0],
        unit_cost=money[1],
    )


def pack(block: ForecastBlock, numbers: Numbers) -> None:
    """Put ``numbers`` into the block, with their sums and digest; the caller saves it."""
    block.product_ids = numbers.product_ids.tolist()
    block.calculated = numbers.weekly.astype(PACKED).tobytes()
    block.entered = numbers.entered.astype(PACKED).tobytes()
    block.money = np.stack([numbers.unit_price, numbers.unit_cost]).astype(PACKED).tobytes()
    totals = Totals.of(numbers, block.version.month_of_week)
    block.totals = np.stack([totals.units, totals.at_price, totals.at_cost]).ravel().tolist()
    block.digest = digest_of(block)


def digest_of(block: ForecastBlock) -> str:
    """The hash of all that the block says: what it is about, and every number."""
    told = hashlib.sha256(f"{block.category_id} {block.door_group} {list(block.product_ids)}".encode())
    for part in (block.calculated, block.entered, block.money):
        told.update(bytes(part))
    return told.hexdigest()


def _floats(packed: Any) -> Floats:
    return np.frombuffer(bytes(packed), dtype=PACKED).astype(np.float64)
