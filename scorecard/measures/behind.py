"""What stands behind a figure as rows: what each counts, how they are grouped, and which stands first."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, StrEnum, auto

import numpy as np
from numpy.typing import NDArray

from scorecard.measures.queries import RecordedWeek

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


class Level(StrEnum):
    """How far a figure is opened: to SKUs, to each of them at a place, and there to its weeks."""

    SKU = "sku"
    DOOR = "door"
    WEEK = "week"


class Order(Enum):
    """Which rows hurt most."""

    MOST = auto()  # the largest part
    LARGEST = auto()  # the largest part to either side of none
    LEAST = auto()  # the smallest part, what lies below none first
    SLOWEST = auto()  # the smallest part of its whole, of these the largest
    FULLEST = auto()  # the largest part of its whole


class ValueKind(Enum):
    """How part ÷ whole is written."""

    SHARE = auto()
    CHANGE = auto()
    POINTS = auto()
    TIMES = auto()


@dataclass(frozen=True, slots=True)
class Counted:
    """A column of the rows, whose sum over all of them belongs to the figure.

    One that is ``if_any`` stands there only where some row has any of it.
    """

    heading: str
    is_money: bool = False
    if_any: bool = False


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """What the rows of a measure count, and the places of the columns whose quotient is the ``value``.

    Without a ``value`` heading part ÷ whole says nothing of a row. ``note`` says how the rows make up the
    figure; ``place`` what a row is about beside its SKU.
    """

    columns: tuple[Counted, ...]
    part: int = 0
    whole: int | None = None
    value: str = ""
    kind: ValueKind = ValueKind.SHARE
    order: Order = Order.MOST
    note: str = ""
    place: str = "Door"


@dataclass(frozen=True, slots=True)
class DaySets:
    """Promoted days of SKU-doors ``[n]`` in one week each, as sets of days (bit 0 is Sunday)."""

    product_ids: Integers
    door_ids: Integers
    week_places: Integers
    promoted: NDArray[np.uint8]
    seen: NDArray[np.uint8]
    out: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Cells:
    """What was counted of ``n`` SKUs at a door or in a door group in a week: ``values [c, n]``."""

    product_ids: Integers
    place_ids: Integers
    week_places: Integers
    values: Floats

    @classmethod
    def joined(cls, parts: Sequence["Cells"], columns: int) -> "Cells":
        """All of ``parts``, in their order."""
        ids = np.empty(0, dtype=np.int64)
        every = [cls(ids, ids, ids, np.empty((columns, 0))), *parts]
        return cls(
            np.concatenate([part.product_ids for part in every]),
            np.concatenate([part.place_ids for part in every]),
            np.concatenate([part.week_places for part in every]),
            np.concatenate([part.values for part in every], axis=1),
        )


@dataclass(frozen=True, slots=True)
class Drilled:
    """Rows ``[n]``, what hurts most first, with ``values [c, n]`` in the columns of their ``arithmetic``.

    ``place_ids`` are doors, or places in ``groups`` where these are named; they and ``week_places`` are -1
    where the figure is not opened so far. ``weeks`` are the recorded weeks to which places point; ``scale``
    makes part ÷ whole a year's worth. Of the weeks ``unvalued`` no money was kept, but units alone.
    """

    arithmetic: Arithmetic
    product_ids: Integers
    place_ids: Integers
    week_places: Integers
    values: Floats
    weeks: Sequence[RecordedWeek]
    scale: float = 1.0
    groups: Sequence[str] = ()
    days: DaySets | None = None
    unvalued: Sequence[int] = ()

    @classmethod
    def of(
        cls, arithmetic: Arithmetic, cells: Cells, level: Level, weeks: Sequence[RecordedWeek]
    ) -> "Drilled":
        """The sums of these cells by SKU, by SKU and place, or one by one."""
        return cls(arithmetic, *_ordered(arithmetic, *_grouped(cells, level)), weeks=weeks)

    def __len__(self) -> int:
        return len(self.product_ids)

    @property
    def columns(self) -> list[int]:
        """The places of the columns that are shown."""
        return [
            place
            for place, column in enumerate(self.arithmetic.columns)
            if not column.if_any or self.values[place].any()
        ]

    def value_of(self, sums: Sequence[float]) -> float | None:
        """What the part of these sums of the columns is of their whole; None of nothing."""
        if self.arithmetic.whole is None:
            return None
        whole = sums[self.arithmetic.whole]
        return sums[self.arithmetic.part] / whole * self.scale if whole > 0 else None


Rows = tuple[Integers, Integers, Integers, Floats]


def _grouped(cells: Cells, level: Level) -> Rows:
    unopened = np.full(len(cells.product_ids), -1)
    places = unopened if level == Level.SKU else cells.place_ids
    weeks = cells.week_places if level == Level.WEEK else unopened
    order = np.lexsort((weeks, places, cells.product_ids))
    keys = np.array([cells.product_ids[order], places[order], weeks[order]])
    if not keys.shape[1]:
        return keys[0], keys[1], keys[2], cells.values
    starts = np.flatnonzero(np.append(True, (keys[:, 1:] != keys[:, :-1]).any(axis=0)))
    product_ids, place_ids, week_places = keys[:, starts]
    return product_ids, place_ids, week_places, np.add.reduceat(cells.values[:, order], starts, axis=1)


def _ordered(
    arithmetic: Arithmetic, product_ids: Integers, place_ids: Integers, week_places: Integers, values: Floats
) -> Rows:
    """What hurts most first; of what hurts alike the larger, then by SKU, place and week."""
    part = values[arithmetic.part]
    whole = part if arithmetic.whole is None else values[arithmetic.whole]
    share = np.divide(part, whole, out=np.full(len(part), np.inf), where=whole > 0)
    hurts = {
        Order.MOST: -part,
        Order.LARGEST: -np.abs(part),
        Order.LEAST: part,
        Order.SLOWEST: share,
        Order.FULLEST: -share,
    }[arithmetic.order]
    order = np.lexsort((week_places, place_ids, product_ids, -np.maximum(part, whole), hurts))
    return product_ids[order], place_ids[order], week_places[order], values[:, order]
