"""The stock of a week as the nights counted it."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from marketing.catalogue.models import Door
from scorecard.measures.packing import Detail
from sop_site.columns import Read, place_in, read_columns, read_together

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
DaySets = NDArray[np.uint8]

SKUS_AT_ONCE = 20_000
DOOR_PLACES = 2**31
STOCK = """
SELECT product_id AS product, door_id AS door, on_hand_units AS on_hand,
    greatest(on_hand_units - unavailable_units - committed_units, 0) AS sellable
FROM planning_stockposition WHERE product_id = ANY(%(products)s)
"""
RANGED = """
SELECT product_id AS product, door_id AS door
FROM marketing_ranging WHERE product_id = ANY(%(products)s)
"""
PRODUCTS = "SELECT id AS product FROM marketing_product"


def sku_door_keys(product_ids: Integers, door_ids: Integers) -> Integers:
    """A SKU and a door as one number, ascending with the SKU and then the door."""
    return product_ids * DOOR_PLACES + door_ids


@dataclass(frozen=True, slots=True)
class StockOfWeek:
    """What was counted of ``n`` SKUs at doors in a week, each array ``[n]``, each SKU-door once.

    ``opening`` is what the first night of the week counted on hand, ``closing`` the last: raw, so maybe
    negative; NaN where it is not known. ``seen`` and ``out`` are sets of days (bit 0 is Sunday): those on
    which a ranged SKU was counted at an open door, and those of them without a unit to sell. A DC has none.
    """

    product_ids: Integers
    door_ids: Integers
    opening: Floats
    closing: Floats
    seen: DaySets
    out: DaySets

    @classmethod
    def none(cls) -> "StockOfWeek":
        """Nothing was counted."""
        ids, units, days = np.empty(0, np.int64), np.empty(0), np.empty(0, np.uint8)
        return cls(ids, ids, units, units, days, days)

    @classmethod
    def of_details(cls, details: Iterable[Detail]) -> "StockOfWeek":
        """What stands in the details of a week, which keep all that its nights counted.

        One of them at a time is in memory.
        """
        parts = [cls.none(), *(cls._of_detail(detail) for detail in details)]
        return cls(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(cls)))

    @classmethod
    def _of_detail(cls, detail: Detail) -> "StockOfWeek":
        counted = (detail.seen > 0) | ~np.isnan(detail.closing_units)
        return cls(
            product_ids=detail.product_ids,
            door_ids=detail.door_ids,
            opening=detail.opening_units,
            closing=detail.closing_units,
            seen=detail.seen,
            out=detail.out,
        ).chosen(counted)

    def chosen(self, which: NDArray[Any]) -> "StockOfWeek":
        """Those at the places, or with the flags, ``which``."""
        return StockOfWeek(*(getattr(self, field.name)[which] for field in fields(self)))

    def of(self, product_ids: Integers) -> "StockOfWeek":
        """What was counted of these SKUs, ascending."""
        return self.chosen(place_in(product_ids, self.product_ids) >= 0)

    def counted_again(self, count: "Count", day: int) -> "StockOfWeek":
        """With what the night of day ``day`` of the week counted; counted twice, the second count stays."""
        bit = np.uint8(1 << day)
        keys = np.union1d(self._keys, count.keys)
        before, now = place_in(np.sort(self._keys), keys), place_in(count.keys, keys)
        order = np.argsort(self._keys)

        def earlier(values: NDArray, otherwise: Any) -> NDArray:
            return np.append(values[order], otherwise)[before]

        def tonight(values: NDArray, otherwise: Any) -> NDArray:
            return np.append(values, otherwise)[now]

        on_hand = tonight(count.on_hand, np.nan)
        opening, closing = earlier(self.opening, np.nan), earlier(self.closing, np.nan)
        is_seen = tonight(count.is_offered, False)
        is_out = is_seen & tonight(count.sellable <= 0, False)
        seen, out = earlier(self.seen, np.uint8(0)), earlier(self.out, np.uint8(0))
        return StockOfWeek(
            product_ids=keys // DOOR_PLACES,
            door_ids=keys % DOOR_PLACES,
            opening=np.where(np.isnan(opening), on_hand, opening),
            closing=np.where(np.isnan(on_hand), closing, on_hand),
            seen=np.where(is_seen, seen | bit, seen & ~bit),
            out=np.where(is_out, out | bit, out & ~bit),
        )

    @property
    def _keys(self) -> Integers:
        return sku_door_keys(self.product_ids, self.door_ids)


@dataclass(frozen=True, slots=True)
class Count:
    """The stock of one night, ``n`` SKU-doors by ``keys`` (SKU × `DOOR_PLACES` + door), ascending.

    ``sellable`` is what can be sold there: at a node that sells from its DC, what lies there too.
    ``is_offered`` are those that range the SKU and are open.
    """

    keys: Integers
    on_hand: Floats
    sellable: Floats
    is_offered: NDArray[np.bool_]

    def places_of(self, product_ids: Integers, door_ids: Integers) -> Integers:
        """The place of each SKU-door, -1 where its stock is not known."""
        return place_in(self.keys, sku_door_keys(product_ids, door_ids))


def counted(today: date, product_ids: Integers | None = None) -> Count:
    """The stock that stands there now, of all SKUs or of these, as of the doors open ``today``."""
    if product_ids is None:
        product_ids = read_columns(PRODUCTS, {}, {"product": "int8"})["product"]
    product_ids = np.sort(product_ids)
    open_ids = Door.objects.selling().open_between(today, today).values_list("pk", flat=True)
    is_open = np.array(sorted(open_ids), dtype=np.int64)
    from_dc = [
        (door.pk, door.supplied_by_id)
        for door in Door.objects.filter(sells_from_dc=True)
        if door.supplied_by_id
    ]
    parts = []
    for first in range(0, len(product_ids), SKUS_AT_ONCE):
        part = product_ids[first : first + SKUS_AT_ONCE]
        parts.append(_counted(part, is_open, from_dc))
    if not parts:
        return Count(np.empty(0, np.int64), np.empty(0), np.empty(0), np.empty(0, np.bool_))
    return Count(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Count)))


def _counted(product_ids: Integers, is_open: Integers, from_dc: list[tuple[int, int]]) -> Count:
    wanted = {"products": product_ids}
    at_door = {"product": "int8", "door": "int8"}
    stock, ranged = read_together(
        [
            Read(STOCK, wanted, at_door | {"on_hand": "float8", "sellable": "float8"}),
            Read(RANGED, wanted, at_door),
        ]
    )
    keys = sku_door_keys(stock["product"], stock["door"])
    order = np.argsort(keys)
    keys, on_hand, sellable = keys[order], stock["on_hand"][order], stock["sellable"][order]
    for door, dc in from_dc:
        at_dc = np.flatnonzero(keys % DOOR_PLACES == dc)
        there = keys[at_dc] - dc + door
        place = place_in(keys, there)
        has_own = place >= 0
        sellable[place[has_own]] += sellable[at_dc[has_own]]
        keys = np.append(keys, there[~has_own])
        on_hand = np.append(on_hand, np.zeros(int((~has_own).sum())))
        sellable = np.append(sellable, sellable[at_dc[~has_own]])
        order = np.argsort(keys)
        keys, on_hand, sellable = keys[order], on_hand[order], sellable[order]
    ranged_keys = np.sort(sku_door_keys(ranged["product"], ranged["door"]))
    is_offered = (place_in(ranged_keys, keys) >= 0) & (place_in(is_open, keys % DOOR_PLACES) >= 0)
    return Count(keys, on_hand, sellable, is_offered)
