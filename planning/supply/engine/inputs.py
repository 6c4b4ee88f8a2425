"""What a projection is made from: SKU-doors, campaign lines, receipts and transfers, as arrays."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

# A day that no horizon reaches: the closing day of a door that stays open.
NEVER = 1_000_000


@dataclass(frozen=True, slots=True)
class SkuDoors:
    """The ``n`` SKU-doors (rows) of a chunk; every door of a SKU is in the same chunk.

    Units unless said otherwise:

    - ``on_hand``: as the feed says it, may be negative; NaN where there is no stock record.
    - ``unavailable``, ``committed``: not sellable.
    - ``presentation_minimum``: kept on display, not available to sell.
    - ``weekly_baseline [weeks, n]``: expected sales without promotion in each fiscal week from the current
      one on, its last row also for the weeks after it; a column of NaN where there is no baseline.
    - ``dc_row``: the row of the same SKU at the DC that supplies this row, -1 for none.
    - ``transit_days``: days of the route from that DC; ignored where ``dc_row`` is -1.
    - ``sells_from_dc``: an e-commerce row whose orders are shipped from the DC's stock.
    - ``opening_day``, ``closing_day``: the first day on which the door is open and the first on which it
      is closed again, counted from today; `NEVER` where it stays open. It sells on the days between.
    """

    on_hand: Floats
    unavailable: Floats
    committed: Floats
    presentation_minimum: Floats
    weekly_baseline: Floats
    dc_row: Integers
    transit_days: Integers
    sells_from_dc: Flags
    opening_day: Integers
    closing_day: Integers

    def __post_init__(self) -> None:
        if len({getattr(self, name).shape[-1] for name in self.__slots__}) > 1:
            raise ValueError("The arrays of SkuDoors differ in length.")
        if self.weekly_baseline.ndim != 2 or not len(self.weekly_baseline):
            raise ValueError("The baseline of SkuDoors needs a row for at least one week.")
        supplied = self.dc_row >= 0
        if np.any(self.dc_row[supplied] == np.flatnonzero(supplied)):
            raise ValueError("A SKU-door cannot be supplied from itself.")
        if np.any(self.passes_through[self.dc_row[supplied]]):
            raise ValueError("A SKU-door that sells from the DC cannot supply another.")
        if np.any(self.transit_days[supplied] < 0):
            raise ValueError("A route cannot take less than no day.")

    def __len__(self) -> int:
        return len(self.on_hand)

    @property
    def opening(self) -> Floats:
        """Sellable units now: ``max(0, on_hand - unavailable - committed)``, 0 without a record."""
        return np.maximum(np.nan_to_num(self.on_hand) - self.unavailable - self.committed, 0.0)

    @property
    def has_baseline(self) -> Flags:
        """Rows of which it is known what they sell without promotion."""
        return ~np.isnan(self.weekly_baseline[0])

    def baseline_of(self, buckets: int, rows: Integers | None = None) -> Floats:
        """Expected sales of a week without promotion in each of the buckets, 0 for none.

        ``[buckets, n]``, or of the ``rows`` alone.
        """
        known = self.weekly_baseline if rows is None else self.weekly_baseline[:, rows]
        if buckets > len(known):
            known = known[np.minimum(np.arange(buckets), len(known) - 1)]
        known = known[:buckets]
        return np.where(np.isnan(known), 0.0, known)

    @property
    def passes_through(self) -> Flags:
        """Rows whose orders a DC ships from its own stock."""
        return self.sells_from_dc & (self.dc_row >= 0)

    @property
    def served(self) -> Flags:
        """Rows that a DC replenishes."""
        return ~self.sells_from_dc & (self.dc_row >= 0)


@dataclass(frozen=True, slots=True)
class CampaignLines:
    """``m`` entries, one per campaign line (campaign and SKU) and door in its scope.

    - ``line``: which campaign line, numbered 0, 1, … within the chunk.
    - ``row``: the SKU-door.
    - ``start_day``, ``end_day``: first and last day of the campaign, counted from today, not
      clipped: a campaign that has started has a negative start.
    - ``uplift_ratio``: incremental / base (definitions: Lift), NaN where the lift is in units.
    - ``uplift_units``: the line's total over all its doors and days, NaN where it is a ratio.
    """

    line: Integers
    row: Integers
    start_day: Integers
    end_day: Integers
    uplift_ratio: Floats
    uplift_units: Floats

    def __post_init__(self) -> None:
        if len({len(getattr(self, name)) for name in self.__slots__}) > 1:
            raise ValueError("The arrays of CampaignLines differ in length.")
        if np.any(self.end_day < self.start_day):
            raise ValueError("A campaign ends before it starts.")
        if np.any(np.isnan(self.uplift_ratio) == np.isnan(self.uplift_units)):
            raise ValueError("A campaign line needs its lift either as a ratio or in units.")

    def __len__(self) -> int:
        return len(self.line)


@dataclass(frozen=True, slots=True)
class Receipts:
    """Open receipts that are not past due, long: row, bucket of the current ETA, units open."""

    row: Integers
    bucket: Integers
    units: Floats

    def __post_init__(self) -> None:
        if np.any(self.bucket < 0):
            raise ValueError("A past-due receipt has no place in a projection.")

    def __len__(self) -> int:
        return len(self.row)

    @classmethod
    def none(cls) -> "Receipts":
        """No receipts at all."""
        empty = np.empty(0, dtype=np.int64)
        return cls(empty, empty, np.empty(0))


@dataclass(frozen=True, slots=True)
class Transfers:
    """Planned transfers between doors, long.

    ``from_row`` is -1 for units that are already on their way (they left the sender's on-hand),
    ``to_row`` is -1 for units that leave the network. ``ship_bucket`` is ignored where
    ``from_row`` is -1.
    """

    from_row: Integers
    to_row: Integers
    ship_bucket: Integers
    arrival_bucket: Integers
    units: Floats

    def __post_init__(self) -> None:
        planned = self.from_row >= 0
        if np.any(self.arrival_bucket < 0) or np.any(self.ship_bucket[planned] < 0):
            raise ValueError("A past-due transfer has no place in a projection.")
        if np.any(self.arrival_bucket[planned] < self.ship_bucket[planned]):
            raise ValueError("A transfer arrives before it ships.")

    def __len__(self) -> int:
        return len(self.units)

    @classmethod
    def none(cls) -> "Transfers":
        """No transfers at all."""
        empty = np.empty(0, dtype=np.int64)
        return cls(empty, empty, empty, empty, np.empty(0))
