"""Roll the sellable stock of every SKU-door forward over the horizon (definitions: Projected on-hand)."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .demand import Demand
from .horizon import Horizon
from .inputs import Flags, Floats, Integers, Receipts, SkuDoors, Transfers
from .network import Network


@dataclass(frozen=True)
class Projection:
    """Everything the roll-forward knows, in units, ``[W, n]`` unless said otherwise.

    Every bucket adds up::

        supply    = receipts + transfers_in + replenishment + drawn_in
                    - transfers_out - dispatched - drawn_out
        available = closing of the bucket before (bucket 0: opening [n]) + supply
        sellable  = max(0, available - drawn_in - presentation minimum) + drawn_in
        sold      = min(demand, sellable);  unmet = demand - sold
        closing   = available - sold                          the constrained line, never negative
        raw       = raw of the bucket before + supply - demand     may go negative

    ``replenishment`` is what a DC sent and arrives, ``dispatched`` what left the DC in the bucket,
    ``drawn_in`` the orders of an e-commerce row that its DC shipped and ``drawn_out`` the same units
    at the DC. ``dc_spare`` is what a DC could have dispatched beyond every need of the bucket.
    ``demand`` is the whole ``Demand``, whose arrays may reach beyond the horizon.
    """

    horizon: Horizon
    sku_doors: SkuDoors
    demand: Demand
    opening: Floats
    receipts: Floats
    transfers_in: Floats
    transfers_out: Floats
    replenishment: Floats
    dispatched: Floats
    drawn_in: Floats
    drawn_out: Floats
    available: Floats
    sold: Floats
    closing: Floats
    dc_spare: Floats

    @cached_property
    def supply(self) -> Floats:
        """What comes less what leaves ``[W, n]``."""
        coming = self.receipts + self.transfers_in + self.replenishment + self.drawn_in
        return coming - (self.transfers_out + self.dispatched + self.drawn_out)

    @cached_property
    def unmet(self) -> Floats:
        """Demand that was not sold, and is lost ``[W, n]``."""
        return self.demand.total[: self.horizon.buckets] - self.sold

    @cached_property
    def raw(self) -> Floats:
        """The line without constraint, which may go negative ``[W, n]``."""
        demand = self.demand.total[: self.horizon.buckets]
        return self.opening + np.cumsum(self.supply - demand, axis=0)

    @cached_property
    def sellable(self) -> Floats:
        """Units that could be sold in each bucket ``[W, n]``.

        What is available above the presentation minimum; orders that the DC ships fill no shelf.
        """
        sellable = self.available - self.drawn_in
        sellable -= self.sku_doors.presentation_minimum
        np.maximum(sellable, 0.0, out=sellable)
        sellable += self.drawn_in
        return sellable


def project(
    horizon: Horizon, sku_doors: SkuDoors, demand: Demand, receipts: Receipts, transfers: Transfers
) -> Projection:
    """The projection of ``sku_doors`` over ``horizon``, given ``demand`` of the same two.

    Call it again with changed receipts, transfers or demand to preview what a remedy would do.
    """
    roll = _Roll(horizon, sku_doors, demand, receipts, transfers)
    for bucket in range(horizon.buckets):
        roll.step(bucket)
    return roll.result()


class _Roll:
    """The state of one roll-forward while it steps from bucket to bucket.

    Its arrays also cover the buckets beyond the horizon into which the last dispatches arrive. Every
    step works on all rows at once; where documents of a kind do not exist, their terms are left out.
    """

    def __init__(
        self,
        horizon: Horizon,
        sku_doors: SkuDoors,
        demand: Demand,
        receipts: Receipts,
        transfers: Transfers,
    ) -> None:
        self.horizon = horizon
        self.sku_doors = sku_doors
        self.demand = demand
        self.network = Network.of(horizon, sku_doors)
        self.opening = sku_doors.opening
        self.stock = self.opening
        self.minimum = sku_doors.presentation_minimum
        reach, rows = demand.total.shape
        self.receipts = _placed(receipts.bucket, receipts.row, receipts.units, reach, rows)
        self.transfers = transfers
        to_known = transfers.to_row >= 0
        self.transfers_in = _placed(
            transfers.arrival_bucket[to_known],
            transfers.to_row[to_known],
            transfers.units[to_known],
            reach,
            rows,
        )
        planned = transfers.from_row >= 0
        self.transfers_out = _placed(
            transfers.ship_bucket[planned], transfers.from_row[planned], transfers.units[planned], reach, rows
        )
        # Units that ship and arrive in one bucket come too late to leave again in it.
        at_once = planned & to_known & (transfers.arrival_bucket == transfers.ship_bucket)
        self.too_late = _placed(
            transfers.ship_bucket[at_once], transfers.to_row[at_once], transfers.units[at_once], reach, rows
        )
        # Few rows send or get a transfer; only for these are its terms worked out.
        self.moved = np.unique(np.concatenate((transfers.from_row[planned], transfers.to_row[to_known])))
        self.replenishment = np.zeros((reach, rows))
        shape = (horizon.buckets, rows)
        self.dispatched, self.dc_spare = np.zeros(shape), np.zeros(shape)
        self.drawn_in, self.drawn_out = np.zeros(shape), np.zeros(shape)
        self.available, self.sold, self.closing = np.empty(shape), np.empty(shape), np.empty(shape)

    def step(self, bucket: int) -> None:
        """One bucket: dispatch, transfers out, arrivals, sale."""
        if len(self.network.suppliers):
            self._dispatch(bucket)
        available = self.available[bucket]
        np.add(self.stock, self.receipts[bucket], out=available)
        available += self.replenishment[bucket]
        available -= self.dispatched[bucket]
        if len(self.moved):
            self._ship_transfers(bucket)
            moved = self.moved
            available[moved] += self.transfers_in[bucket, moved] - self.transfers_out[bucket, moved]
        np.maximum(available, 0.0, out=available)
        self._sell(bucket)
        self.stock = self.closing[bucket]

    def _dispatch(self, bucket: int) -> None:
        """Each DC sends what brings its doors to their target, in proportion to need where it is short.

        What e-commerce rows (and the supplier's own customers) will ask for in this bucket takes part
        in the sharing, but stays at the DC until it is sold.
        """
        network, suppliers = self.network, self.network.suppliers
        dispatchable = np.maximum(self.stock[suppliers] - self.minimum[suppliers], 0.0)
        sent = self._need(bucket)
        kept = self.demand.total[bucket, suppliers] + network.per_supplier_of_through(
            self._orders_beyond_own_stock(bucket)
        )
        asked = network.per_supplier_of_served(sent) + kept
        share = np.divide(dispatchable, asked, out=np.ones_like(asked), where=asked > dispatchable)
        sent *= network.of_supplier(share)
        for weeks, rows in network.weeks_under_way(bucket):
            self.replenishment[bucket + weeks] += sent if rows is None else np.where(rows, sent, 0.0)
        self.dispatched[bucket, suppliers] = network.per_supplier_of_served(sent)
        self.dc_spare[bucket, suppliers] = np.maximum(dispatchable - asked, 0.0)

    def _need(self, bucket: int) -> Floats:
        """Units that bring each row to its target in the bucket of arrival; 0 where no DC serves it ``[n]``.

        Target: demand of that bucket and the presentation minimum. The position before the delivery
        is rolled there with everything known to arrive and to leave; sales that will be lost on the
        way are not owed any more.
        """
        under_way = self.network.weeks_under_way(bucket)
        need = np.zeros(len(self.stock))
        position = self.stock
        ahead = bucket
        for weeks, rows in under_way:
            while ahead < bucket + weeks:
                position = self._after_sale(self._arrived(position, ahead), ahead)
                ahead += 1
            lacking = self.demand.total[ahead] + self.minimum
            lacking -= self._arrived(position, ahead)
            np.maximum(lacking, 0.0, out=lacking)
            need = lacking if rows is None else np.where(rows, lacking, need)
        need[self.network.unserved] = 0.0
        return need

    def _arrived(self, stock: Floats, bucket: int) -> Floats:
        """``stock [n]`` after the documents of the bucket and what was sent to arrive in it."""
        arrived = stock + self.receipts[bucket]
        if len(self.moved):
            arrived[self.moved] = self._with_documents(stock[self.moved], bucket, self.moved)
        arrived += self.replenishment[bucket]
        return arrived

    def _after_sale(self, stock: Floats, bucket: int) -> Floats:
        """``stock [n]`` after the demand of the bucket has taken what it can."""
        return stock - np.minimum(self.demand.total[bucket], np.maximum(stock - self.minimum, 0.0))

    def _orders_beyond_own_stock(self, bucket: int) -> Floats:
        """Units that each e-commerce row will ask of its DC in this bucket ``[t]``."""
        through = self.network.through
        own = self._with_documents(self.stock[through], bucket, through) - self.minimum[through]
        return np.maximum(self.demand.total[bucket, through] - np.maximum(own, 0.0), 0.0)

    def _with_documents(self, stock: Floats, bucket: int, rows: Integers) -> Floats:
        """``stock`` of ``rows`` after the receipts and transfers of the bucket, as far as now planned."""
        too_late = self.too_late[bucket, rows]
        coming = self.receipts[bucket, rows] + self.transfers_in[bucket, rows] - too_late
        return np.maximum(stock + coming - self.transfers_out[bucket, rows], 0.0) + too_late

    def _ship_transfers(self, bucket: int) -> None:
        """Limit the transfers that leave in this bucket to what is there, at both their ends.

        Replenishment of the bucket is for the door's own sales and does not count as there, nor do units
        that would arrive and leave again in the same bucket.
        """
        leaving = np.flatnonzero((self.transfers.from_row >= 0) & (self.transfers.ship_bucket == bucket))
        if not len(leaving):
            return
        sender, receiver = self.transfers.from_row[leaving], self.transfers.to_row[leaving]
        arrival, units = self.transfers.arrival_bucket[leaving], self.transfers.units[leaving]
        there = self.stock + self.receipts[bucket] - self.dispatched[bucket]
        there += self.transfers_in[bucket] - self.too_late[bucket]
        planned = self.transfers_out[bucket]
        possible = np.minimum(planned, np.maximum(there, 0.0))
        part = np.divide(possible, planned, out=np.ones_like(planned), where=planned > 0)
        self.transfers_out[bucket] = possible
        cut = units * (1.0 - part[sender])
        seen = (receiver >= 0) & (arrival < len(self.transfers_in))
        np.subtract.at(self.transfers_in, (arrival[seen], receiver[seen]), cut[seen])
        np.maximum(self.transfers_in, 0.0, out=self.transfers_in)

    def _sell(self, bucket: int) -> None:
        """Sell what is sellable; e-commerce rows draw the rest of their orders from their DC."""
        demand = self.demand.total[bucket]
        available = self.available[bucket]
        sellable = available - self.minimum
        np.maximum(sellable, 0.0, out=sellable)
        sold = np.minimum(demand, sellable, out=self.sold[bucket])
        network, through = self.network, self.network.through
        if len(through):
            suppliers = network.suppliers
            orders = demand[through] - sold[through]
            asked = demand[suppliers] + network.per_supplier_of_through(orders)
            there = sellable[suppliers]
            share = np.divide(there, asked, out=np.ones_like(asked), where=asked > there)
            drawn = orders * share[network.through_by]
            drawn_out = network.per_supplier_of_through(drawn)
            sold[suppliers] = demand[suppliers] * share
            sold[through] = np.minimum(sold[through] + drawn, demand[through])
            available[suppliers] = np.maximum(available[suppliers] - drawn_out, 0.0)
            available[through] += drawn
            self.drawn_in[bucket, through] = drawn
            self.drawn_out[bucket, suppliers] = drawn_out
        closing = np.subtract(available, sold, out=self.closing[bucket])
        np.maximum(closing, 0.0, out=closing)

    def result(self) -> Projection:
        """The projection, cut to the horizon."""
        shown = slice(self.horizon.buckets)
        return Projection(
            horizon=self.horizon,
            sku_doors=self.sku_doors,
            demand=self.demand,
            opening=self.opening,
            receipts=self.receipts[shown],
            transfers_in=self.transfers_in[shown],
            transfers_out=self.transfers_out[shown],
            replenishment=self.replenishment[shown],
            dispatched=self.dispatched,
            drawn_in=self.drawn_in,
            drawn_out=self.drawn_out,
            available=self.available,
            sold=self.sold,
            closing=self.closing,
            dc_spare=self.dc_spare,
        )


def _placed(bucket: Integers, row: Integers, units: Floats, buckets: int, rows: int) -> Floats:
    """Sum long ``units`` into ``[buckets, rows]``; what lies past the last bucket is not seen."""
    seen: Flags = bucket < buckets
    placed = np.zeros((buckets, rows))
    np.add.at(placed.reshape(-1), bucket[seen] * rows + row[seen], units[seen])
    return placed
