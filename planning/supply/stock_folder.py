"""The stock of a retailer folder and what is on its way, read without any database.

Stock is as counted at the end of a day (or week) in inventory.csv; without a date there, at the end of the
last sales week. What arrives comes from its in-transit columns and from receipts.csv: open lines with what
is not yet received, on their current ETA, at the place they are bound for. A line whose ETA has passed is
left out until someone gives it a new date.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from planning.supply.choices import ReceiptStatus
from planning.supply.columns import (
    COMMITTED,
    ON_HAND,
    ORDERED,
    POSITION_DAY,
    POSITION_WEEK,
    RECEIPT_COLUMNS,
    RECEIVED,
    UNAVAILABLE,
    counted_on_day,
    etas_of,
    in_transit_of,
    statuses_of,
)
from sop_site.feeds.errors import FeedError
from sop_site.feeds.load import ONLY_DOOR, SKU, STORE, RetailerFolder, require_folder
from sop_site.feeds.table import NO_DATE, Table

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
SkuDoor = tuple[str, str]


@dataclass(frozen=True, slots=True)
class FolderStock:
    """Sellable units ``opening [n]`` of each SKU-door at the end of ``as_of``, and what arrives after it.

    An arrival is its SKU-door (a place ``[m]`` among the ``n``), ordinal day and units. ``bound_elsewhere``
    counts the receipts for places that have no stock record, ``past_due`` those whose ETA has passed.
    ``names_weeks_by_start``: the file says as of which week it counted by that week's first day.
    """

    as_of: date
    sku_doors: list[SkuDoor]
    opening: Floats
    arrival_place: Integers
    arrival_day: Integers
    arrival_units: Floats
    bound_elsewhere: int
    past_due: int
    names_weeks_by_start: bool

    def supply(self, week_ends: list[date]) -> Floats:
        """Units that arrive in each week ``[weeks, n]``; those due by the end of the first count there."""
        ends = np.array([day.toordinal() for day in week_ends])
        week = np.searchsorted(ends, self.arrival_day)
        supply = np.zeros((len(ends), len(self.sku_doors)))
        seen = week < len(ends)
        np.add.at(supply, (week[seen], self.arrival_place[seen]), self.arrival_units[seen])
        return supply


@dataclass(frozen=True, slots=True)
class _Arrivals:
    """``place`` is -1 for a place without a stock record."""

    place: Integers
    day: Integers
    units: Floats


def read_stock(folder: Path, *, undated_as_of: date) -> FolderStock:
    """The stock of a retailer folder; FeedError, with a sentence, where it has none or a row is bad."""
    retailer = require_folder(folder)
    table = retailer.table("inventory", (SKU, STORE, ON_HAND, UNAVAILABLE, COMMITTED))
    if table is None:
        raise FeedError("The folder has no stock: inventory.csv (or .gz) is needed.")
    table.require(SKU, ON_HAND)
    sku_doors = _sku_doors(table)
    table.unique(SKU, sku_doors)
    on_hand = table.numbers(ON_HAND, required=True)
    held_back = np.nan_to_num(table.numbers(UNAVAILABLE, least=0)) + np.nan_to_num(
        table.numbers(COMMITTED, least=0)
    )
    counted = counted_on_day(table)
    counted = np.where(counted == NO_DATE, undated_as_of.toordinal(), counted)
    in_transit = [
        _Arrivals(np.arange(len(table)), day, units) for _, units, day in in_transit_of(table, counted)
    ]
    table.raise_if_bad()
    if not len(table):
        raise FeedError(f"{table.file_name} has no rows.")
    as_of = date.fromordinal(int(counted.max()))
    receipts, past_due = _receipts(retailer, sku_doors, as_of)
    arrivals = [*in_transit, receipts]
    place = np.concatenate([each.place for each in arrivals])
    day = np.concatenate([each.day for each in arrivals])
    units = np.concatenate([each.units for each in arrivals])
    known = (place >= 0) & (units > 0)
    return FolderStock(
        as_of=as_of,
        sku_doors=sku_doors,
        opening=np.maximum(on_hand - held_back, 0.0),
        arrival_place=place[known],
        arrival_day=np.maximum(day[known], as_of.toordinal() + 1),
        arrival_units=units[known],
        bound_elsewhere=int((receipts.place < 0).sum()),
        past_due=past_due,
        names_weeks_by_start=not table.has(POSITION_DAY) and table.has(POSITION_WEEK),
    )


def _sku_doors(table: Table) -> list[SkuDoor]:
    doors = table.texts(STORE, required=True) if table.has(STORE) else [ONLY_DOOR] * len(table)
    return list(zip(table.texts(SKU, required=True), doors, strict=True))


def _receipts(retailer: RetailerFolder, sku_doors: list[SkuDoor], as_of: date) -> tuple[_Arrivals, int]:
    """What the open lines of receipts.csv still bring after ``as_of``, and how many are past due."""
    table = retailer.table("receipts", RECEIPT_COLUMNS)
    if table is None:
        nothing = np.zeros(0, dtype=np.int64)
        return _Arrivals(nothing, nothing, np.zeros(0)), 0
    table.require(SKU, ORDERED)
    places = {sku_door: place for place, sku_door in enumerate(sku_doors)}
    place = np.array([places.get(sku_door, -1) for sku_door in _sku_doors(table)], dtype=np.int64)
    ordered = table.numbers(ORDERED, required=True, least=0)
    received = np.nan_to_num(table.numbers(RECEIVED, least=0))
    _, eta = etas_of(table)
    is_open = np.array(statuses_of(table, ordered, received)) == ReceiptStatus.OPEN.value
    table.raise_if_bad()
    past_due = is_open & (eta <= as_of.toordinal())
    coming = is_open & ~past_due
    units = np.maximum(ordered - received, 0.0)
    return _Arrivals(place[coming], eta[coming], units[coming]), int(past_due.sum())


def weeks_after(as_of: date, week_end: date, weeks: int) -> list[date]:
    """The last days of the ``weeks`` weeks that end after ``as_of``, on the weekday of ``week_end``."""
    days_on = (week_end - as_of).days % 7 or 7
    first = as_of + timedelta(days=days_on)
    return [first + timedelta(weeks=number) for number in range(weeks)]
