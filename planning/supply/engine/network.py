"""Who is supplied by whom: the rows of a chunk as a two-level network, prepared once per projection."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .horizon import Horizon
from .inputs import Flags, Floats, Integers, SkuDoors

# How many buckets later a dispatch arrives, and which rows ``[n]`` are so far away; None for all of them.
WeeksUnderWay = Sequence[tuple[int, Flags | None]]


@dataclass(frozen=True, slots=True)
class Network:
    """Index arrays over the ``n`` rows of a chunk.

    ``suppliers [k]``: rows that supply others. ``served_by [n]``: the place in ``suppliers`` of the row
    that replenishes each row, ``k`` where none does. ``through [t]``: rows
    that sell from a supplier, ``through_by [t]``.
    """

    suppliers: Integers
    served_by: Integers
    through: Integers
    through_by: Integers
    first_under_way: WeeksUnderWay
    later_under_way: WeeksUnderWay

    @classmethod
    def of(cls, horizon: Horizon, sku_doors: SkuDoors) -> "Network":
        """The network of ``sku_doors`` over ``horizon``."""
        served, through = sku_doors.served, np.flatnonzero(sku_doors.passes_through)
        supplies = np.zeros(len(sku_doors), dtype=np.bool_)
        supplies[sku_doors.dc_row[served]] = True
        supplies[sku_doors.dc_row[through]] = True
        place = np.cumsum(supplies) - 1
        suppliers = np.flatnonzero(supplies)
        # Every bucket but the first begins on the first day of a week.
        return cls(
            suppliers=suppliers,
            served_by=np.where(served, place[sku_doors.dc_row], len(suppliers)),
            through=through,
            through_by=place[sku_doors.dc_row[through]],
            first_under_way=_under_way(horizon.buckets_of_days(sku_doors.transit_days), served),
            later_under_way=_under_way(sku_doors.transit_days // 7, served),
        )

    def weeks_under_way(self, bucket: int) -> WeeksUnderWay:
        """How long a dispatch of ``bucket`` is under way to the served rows, the shortest first."""
        return self.first_under_way if bucket == 0 else self.later_under_way

    def of_supplier(self, share: Floats) -> Floats:
        """The ``share [k]`` of the supplier of each row; 0 where a row has none ``[n]``."""
        return np.append(share, 0.0)[self.served_by]

    def per_supplier_of_served(self, units: Floats) -> Floats:
        """Sum of ``units [n]`` over the rows that each supplier replenishes ``[k]``."""
        return _sums(self.served_by, units, len(self.suppliers) + 1)[:-1]

    def per_supplier_of_through(self, units: Floats) -> Floats:
        """Sum of ``units [t]`` over the rows that sell from each supplier ``[k]``."""
        return _sums(self.through_by, units, len(self.suppliers))


def _under_way(weeks: Integers, served: Flags) -> WeeksUnderWay:
    different = np.flatnonzero(np.bincount(weeks[served])).tolist()
    if len(different) == 1:
        return [(different[0], None)]
    return [(number, served & (weeks == number)) for number in different]


def _sums(group: Integers, units: Floats, groups: int) -> Floats:
    return np.bincount(group, weights=units, minlength=groups).astype(np.float64, copy=False)
