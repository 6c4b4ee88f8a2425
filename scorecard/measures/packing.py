"""How the SKU-doors behind a week's facts are packed: few bytes each, compressed, one run a category.

A week of 100,000 SKUs at 20 doors has two million SKU-doors: as rows 104 weeks of them would be a table of
hundreds of gigabytes, packed they take a few bytes each.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from scorecard.measures.arrays import Arrays, packed_arrays, unpacked_arrays
from scorecard.measures.taking.engine import count_days

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
DaySets = NDArray[np.uint8]

IDS: Final = ("product_ids", "door_ids", "mechanic_ids")
DAY_SETS: Final = ("promoted", "seen", "out")
# Weeks that closed before these were kept have none of them.
MONEY: Final = ("net_sales", "markdown", "price", "cost")
UNITS: Final = np.dtype("<f4")


@dataclass(frozen=True, slots=True)
class Detail:
    """``n`` SKU-doors of a week, each array ``[n]``, by SKU and door.

    Days in stock are counted in SKU-door-days: ``days`` of them are in the denominators, ``out_days`` were
    without stock; ``promoted_days`` and ``out_promoted_days`` are those of them with a promotion, of the
    mechanic ``mechanic_ids`` (0 = none). ``sold`` and ``unmet`` units are of all days, ``sold_promoted`` and
    ``unmet_promoted`` of the promoted ones. Stock is as the feed said it, so maybe negative, and NaN where
    nobody counted. ``net_sales`` and ``markdown`` (what was given away below the base price) are money of all
    days; ``price`` is what a unit brought or would have brought, ``cost`` what it cost; each NaN where it is
    not known. ``promoted``, ``seen`` and ``out`` are sets of days (bit 0 is Sunday): with a promotion,
    counted by a night, and without anything to sell.
    """

    product_ids: Integers
    door_ids: Integers
    mechanic_ids: Integers
    promoted: DaySets
    seen: DaySets
    out: DaySets
    days: Floats
    out_days: Floats
    promoted_days: Floats
    out_promoted_days: Floats
    sold: Floats
    unmet: Floats
    sold_promoted: Floats
    unmet_promoted: Floats
    opening_units: Floats
    closing_units: Floats
    net_sales: Floats
    markdown: Floats
    price: Floats
    cost: Floats

    def __len__(self) -> int:
        return len(self.product_ids)

    @property
    def seen_days(self) -> Floats:
        """On how many days a night counted the stock; others are only known from the sales."""
        return count_days(self.seen)

    def chosen(self, which: NDArray[Any]) -> "Detail":
        """Those at the places, or with the flags, ``which``."""
        return Detail(*(getattr(self, field.name)[which] for field in fields(self)))

    @classmethod
    def joined(cls, parts: Sequence["Detail"]) -> "Detail":
        """All of ``parts``, in their order."""
        if not parts:
            return cls.none()
        return cls(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(cls)))

    @classmethod
    def none(cls) -> "Detail":
        """No SKU-door at all."""
        kinds = {**dict.fromkeys(IDS, np.int64), **dict.fromkeys(DAY_SETS, np.uint8)}
        return cls(*(np.empty(0, dtype=kinds.get(field.name, np.float64)) for field in fields(cls)))


def pack_detail(detail: Detail) -> bytes:
    """The packed form, which `unpacked_detail` reads; units, days and money keep seven digits."""
    arrays: Arrays = {}
    for field in fields(detail):
        values = getattr(detail, field.name)
        if field.name in IDS:
            known, place = np.unique(values, return_inverse=True)
            arrays[f"{field.name}_known"] = known.astype("<i8")
            arrays[field.name] = place.astype(np.min_scalar_type(max(len(known) - 1, 0)))
        else:
            arrays[field.name] = values if field.name in DAY_SETS else values.astype(UNITS)
    return packed_arrays(arrays)


def unpacked_detail(packed: Any) -> Detail:
    """What `pack_detail` packed; money that it did not pack yet is not known."""
    return unpacked_with_money(packed)[0]


def unpacked_with_money(packed: Any) -> tuple[Detail, bool]:
    """The same, and whether money was packed at all."""
    arrays = unpacked_arrays(packed)
    values: Arrays = {
        field.name: arrays[f"{field.name}_known"][arrays[field.name]].astype(np.int64)
        if field.name in IDS
        else arrays[field.name]
        if field.name in DAY_SETS
        else arrays[field.name].astype(np.float64)
        for field in fields(Detail)
        if field.name not in MONEY or field.name in arrays
    }
    has_money = values.keys() >= set(MONEY)
    unknown = np.full(len(values["sold"]), np.nan)
    values |= {name: unknown for name in MONEY if name not in values}
    return Detail(**values), has_money
