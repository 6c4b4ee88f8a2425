"""The roll-forward as a plain program writes it: one Python object for each SKU-door, one step at a time.

The semantics are those of the supply engine, for doors that stay open and lifts that are not negative.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import isnan

import numpy as np
from numpy.typing import NDArray

from planning.supply.engine import Horizon
from planning.supply.queries import ProjectionInputs

# Buckets after the horizon into which its last dispatches arrive.
BEYOND = 2


@dataclass(slots=True)
class Bucket:
    """The days of a bucket, counted from today, both included."""

    first_day: int
    last_day: int

    def days_of(self, start_day: int, end_day: int) -> int:
        """How many of the days from ``start_day`` to ``end_day`` lie in it."""
        return max(0, min(end_day, self.last_day) - max(start_day, self.first_day) + 1)


@dataclass(slots=True)
class Promotion:
    """A campaign line: its lift is one of ``ratio`` and ``units``, at all its doors together."""

    start_day: int
    end_day: int
    ratio: float
    units: float
    doors: list["SkuDoor"] = field(default_factory=list)
    units_a_day: dict["SkuDoor", float] = field(default_factory=dict)

    def spread(self, calendar: Sequence[Bucket]) -> None:
        """Share the units out to the doors, in proportion to their baseline while the promotion runs."""
        days = [bucket.days_of(self.start_day, self.end_day) for bucket in calendar]
        weights = [
            sum(count * units for count, units in zip(days, door.weekly_units, strict=True))
            for door in self.doors
        ]
        total = sum(weights)
        for door, weight in zip(self.doors, weights, strict=True):
            share = weight / total if total else 1 / len(self.doors)
            self.units_a_day[door] = self.units * share / (self.end_day - self.start_day + 1)


@dataclass(slots=True)
class Shipment:
    """A planned transfer; what is on its way already has no sender."""

    sender: "SkuDoor | None"
    receiver: "SkuDoor | None"
    ships_in: int
    arrives_in: int
    units: float


@dataclass(slots=True, eq=False)
class SkuDoor:
    """One SKU at one door; lists are by bucket."""

    stock: float
    minimum: float
    weekly_units: list[float]
    transit_days: int
    sells_from_dc: bool
    receipts: list[float]
    replenishment: list[float]
    dc: "SkuDoor | None" = None
    supplied: list["SkuDoor"] = field(default_factory=list)
    promotions: list[Promotion] = field(default_factory=list)
    incoming: list[Shipment] = field(default_factory=list)
    outgoing: list[Shipment] = field(default_factory=list)
    demand: list[float] = field(default_factory=list)
    dispatched: float = 0.0
    available: float = 0.0
    sold: float = 0.0
    closing: list[float] = field(default_factory=list)

    def expect(self, calendar: Sequence[Bucket]) -> None:
        """Work out the demand of each bucket: baseline and every promotion's uplift."""
        for number, bucket in enumerate(calendar):
            a_day = self.weekly_units[number] / 7
            demand = a_day * (bucket.last_day - bucket.first_day + 1)
            for promotion in self.promotions:
                if days := bucket.days_of(promotion.start_day, promotion.end_day):
                    by_ratio = isnan(promotion.units)
                    demand += days * (promotion.ratio * a_day if by_ratio else promotion.units_a_day[self])
            self.demand.append(demand)

    def too_late(self, bucket: int) -> float:
        """Units that are sent here and arrive in one bucket: they cannot leave again in it."""
        return sum(
            shipment.units
            for shipment in self.incoming
            if shipment.sender is not None and shipment.ships_in == shipment.arrives_in == bucket
        )

    def transferred_in(self, bucket: int) -> float:
        """Units of transfers that arrive in a bucket."""
        return sum(shipment.units for shipment in self.incoming if shipment.arrives_in == bucket)

    def transferred_out(self, bucket: int) -> float:
        """Units of transfers that leave in a bucket."""
        return sum(shipment.units for shipment in self.outgoing if shipment.ships_in == bucket)

    def with_documents(self, stock: float, bucket: int) -> float:
        """``stock`` after the receipts and transfers of a bucket; no more leaves than is there."""
        late = self.too_late(bucket)
        there = stock + self.receipts[bucket] + self.transferred_in(bucket) - late
        return max(0.0, there - self.transferred_out(bucket)) + late

    def need(self, bucket: int, arrival: int) -> float:
        """Units that bring the door to its target in the bucket of arrival."""
        position = self.stock
        for ahead in range(bucket, arrival + 1):
            position = self.with_documents(position, ahead) + self.replenishment[ahead]
            if ahead < arrival:
                position -= min(self.demand[ahead], max(0.0, position - self.minimum))
        return max(0.0, self.demand[arrival] + self.minimum - position)

    def orders(self, bucket: int) -> float:
        """Units that an e-commerce row will ask of its DC."""
        own = self.with_documents(self.stock, bucket) - self.minimum
        return max(0.0, self.demand[bucket] - max(0.0, own))

    def dispatch(self, bucket: int, arrivals: dict[int, int]) -> None:
        """Send every door what it needs, in proportion to need where that is more than there is."""
        doors = [door for door in self.supplied if not door.sells_from_dc]
        needs = [door.need(bucket, arrivals[door.transit_days]) for door in doors]
        asked = sum(needs) + self.demand[bucket]
        asked += sum(door.orders(bucket) for door in self.supplied if door.sells_from_dc)
        there = max(0.0, self.stock - self.minimum)
        share = there / asked if asked > there else 1.0
        for door, need in zip(doors, needs, strict=True):
            door.replenishment[arrivals[door.transit_days]] += need * share
        self.dispatched = sum(needs) * share

    def ship(self, bucket: int) -> None:
        """Let the transfers of a bucket leave, cut to what is there; their receivers get less."""
        leaving = [shipment for shipment in self.outgoing if shipment.ships_in == bucket]
        planned = sum(shipment.units for shipment in leaving)
        if planned <= 0:
            return
        there = self.stock + self.receipts[bucket] - self.dispatched
        there += self.transferred_in(bucket) - self.too_late(bucket)
        part = min(1.0, max(0.0, there) / planned)
        for shipment in leaving:
            shipment.units *= part

    def arrive(self, bucket: int) -> None:
        """What is there to be sold and kept after everything of the bucket has come and gone."""
        available = self.stock + self.receipts[bucket] + self.replenishment[bucket] - self.dispatched
        available += self.transferred_in(bucket) - self.transferred_out(bucket)
        self.available = max(0.0, available)

    def sell(self, bucket: int) -> None:
        """Sell from the own shelf."""
        self.sold = min(self.demand[bucket], max(0.0, self.available - self.minimum))

    def serve_orders(self, bucket: int) -> None:
        """Serve the orders of e-commerce rows and the own customers, in proportion where it is short."""
        through = [door for door in self.supplied if door.sells_from_dc]
        orders = [door.demand[bucket] - door.sold for door in through]
        there = max(0.0, self.available - self.minimum)
        asked = self.demand[bucket] + sum(orders)
        share = there / asked if asked > there else 1.0
        self.sold = self.demand[bucket] * share
        for door, order in zip(through, orders, strict=True):
            drawn = order * share
            self.available -= drawn
            door.available += drawn
            door.sold += drawn

    def close(self) -> None:
        """End the bucket with what was not sold."""
        self.stock = max(0.0, self.available - self.sold)
        self.closing.append(self.stock)
        self.dispatched = 0.0


def calendar_of(horizon: Horizon) -> list[Bucket]:
    """The buckets of ``horizon`` and those that its dispatches reach."""
    reach = horizon.extended(BEYOND)
    starts = reach.start_days.tolist()
    return [
        Bucket(start, start + days - 1)
        for start, days in zip(starts, reach.bucket_days.tolist(), strict=True)
    ]


def expect_demand(sku_doors: Sequence[SkuDoor], horizon: Horizon) -> None:
    """Give every SKU-door its ``demand`` in each bucket."""
    calendar = calendar_of(horizon)
    for promotion in {id(one): one for door in sku_doors for one in door.promotions}.values():
        if not isnan(promotion.units):
            promotion.spread(calendar)
    for door in sku_doors:
        door.expect(calendar)


def roll_forward(sku_doors: Sequence[SkuDoor], horizon: Horizon) -> None:
    """Give every SKU-door its ``closing`` stock of each bucket; every door of a SKU is among them.

    Their demand must be known.
    """
    calendar = calendar_of(horizon)
    dcs = [door for door in sku_doors if door.supplied]
    transit_days = {door.transit_days for door in sku_doors if door.dc is not None}
    for bucket in range(horizon.buckets):
        first_day = calendar[bucket].first_day
        arrivals = {days: horizon.bucket_of_day(first_day + days) for days in transit_days}
        for dc in dcs:
            dc.dispatch(bucket, arrivals)
        for door in sku_doors:
            door.ship(bucket)
        for door in sku_doors:
            door.arrive(bucket)
            door.sell(bucket)
        for dc in dcs:
            dc.serve_orders(bucket)
        for door in sku_doors:
            door.close()


def sku_doors_of(inputs: ProjectionInputs) -> list[SkuDoor]:
    """One object for each row of ``inputs``."""
    given, buckets = inputs.sku_doors, inputs.horizon.buckets + BEYOND
    weekly_units = given.baseline_of(buckets).T.tolist()
    doors = [
        SkuDoor(opening, minimum, weekly, transit, sells_from_dc, [0.0] * buckets, [0.0] * buckets)
        for opening, minimum, weekly, transit, sells_from_dc in zip(
            given.opening.tolist(),
            given.presentation_minimum.tolist(),
            weekly_units,
            given.transit_days.tolist(),
            given.sells_from_dc.tolist(),
            strict=True,
        )
    ]
    for door, dc_row in zip(doors, given.dc_row.tolist(), strict=True):
        if dc_row >= 0:
            door.dc = doors[dc_row]
            doors[dc_row].supplied.append(door)
    _add_promotions(inputs, doors)
    _add_documents(inputs, doors)
    return doors


def closing_of(sku_doors: Sequence[SkuDoor]) -> NDArray[np.float64]:
    """The closing stock ``[buckets, n]``, as the engine has it."""
    return np.array([door.closing for door in sku_doors]).T


def _add_promotions(inputs: ProjectionInputs, doors: list[SkuDoor]) -> None:
    lines = inputs.lines
    promotions: dict[int, Promotion] = {}
    columns = (
        lines.line, lines.row, lines.start_day, lines.end_day, lines.uplift_ratio, lines.uplift_units,
    )  # fmt: skip
    for line, row, start_day, end_day, ratio, units in zip(
        *(column.tolist() for column in columns), strict=True
    ):
        promotion = promotions.setdefault(line, Promotion(start_day, end_day, ratio, units))
        promotion.doors.append(doors[row])
        doors[row].promotions.append(promotion)


def _add_documents(inputs: ProjectionInputs, doors: list[SkuDoor]) -> None:
    receipts, transfers = inputs.receipts, inputs.transfers
    for row, bucket, units in zip(
        receipts.row.tolist(), receipts.bucket.tolist(), receipts.units.tolist(), strict=True
    ):
        if bucket < len(doors[row].receipts):
            doors[row].receipts[bucket] += units
    columns = (
        transfers.from_row, transfers.to_row, transfers.ship_bucket, transfers.arrival_bucket,
        transfers.units,
    )  # fmt: skip
    for from_row, to_row, ships_in, arrives_in, units in zip(
        *(column.tolist() for column in columns), strict=True
    ):
        shipment = Shipment(
            sender=doors[from_row] if from_row >= 0 else None,
            receiver=doors[to_row] if to_row >= 0 else None,
            ships_in=ships_in,
            arrives_in=arrives_in,
            units=units,
        )
        if shipment.sender is not None:
            shipment.sender.outgoing.append(shipment)
        if shipment.receiver is not None:
            shipment.receiver.incoming.append(shipment)
