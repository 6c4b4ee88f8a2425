"""Who is supplied by whom: the rows of a chunk as a two-level network, prepared once per projection."""

from dataclasses import dataclass

import numpy as np

from .horizon import Horizon
from .inputs import Floats, Integers, SkuDoors


@dataclass(frozen=True, slots=True)
class Network:
    """Index arrays over the rows of a chunk.

    ``suppliers [k]``: rows that supply others. ``served [s]``: rows replenished from a supplier,
    ``served_by [s]`` its place in ``suppliers``, ``arrival [W, s]`` the bucket into which a dispatch
    of bucket ``w`` arrives. ``through [t]``: rows that sell from a supplier, ``through_by [t]``.
    """

    suppliers: Integers
    served: Integers
    served_by: Integers
    arrival: Integers
    through: Integers
    through_by: Integers

    @classmethod
    def of(cls, horizon: Horizon, sku_doors: SkuDoors) -> "Network":
        """The network of ``sku_doors`` over ``horizon``."""
        served = np.flatnonzero(sku_doors.served)
        through = np.flatnonzero(sku_doors.passes_through)
        supplies = np.zeros(len(sku_doors), dtype=np.bool_)
        supplies[sku_doors.dc_row[served]] = True
        supplies[sku_doors.dc_row[through]] = True
        place = np.cumsum(supplies) - 1
        arrival_days = horizon.start_days[:, None] + sku_doors.transit_days[served]
        return cls(
            suppliers=np.flatnonzero(supplies),
            served=served,
            served_by=place[sku_doors.dc_row[served]],
            arrival=horizon.buckets_of_days(arrival_days),
            through=through,
            through_by=place[sku_doors.dc_row[through]],
        )

    def per_supplier_of_served(self, units: Floats) -> Floats:
        """Sum of ``units [s]`` over the rows that each supplier replenishes ``[k]``."""
        return _sums(self.served_by, units, len(self.suppliers))

    def per_supplier_of_through(self, units: Floats) -> Floats:
        """Sum of ``units [t]`` over the rows that sell from each supplier ``[k]``."""
        return _sums(self.through_by, units, len(self.suppliers))


def _sums(group: Integers, units: Floats, groups: int) -> Floats:
    return np.bincount(group, weights=units, minlength=groups).astype(np.float64, copy=False)
