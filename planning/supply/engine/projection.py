"""Roll the sellable stock of every SKU-door forward over the horizon (definitions: Projected on-hand)."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .demand import Demand
from .horizon import Horizon
from .inputs import Flags, Floats, Integers, Receipts, SkuDoors, Transfers
from .network import Network

# Nothing is divided by less, so that nothing asked is wholly given.
LEAST_ASKED = 1e-30


@dataclass(frozen=True, slots=True)
class FewRows:
    """Figures ``units [W, k]`` of a few ``rows [k]``, ascending; those of all other rows are zero."""

    rows: Integers
    units: Floats

    @classmethod
    def placed(cls, row: Integers, bucket: Integers, units: Floats, buckets: int, count: int) -> "FewRows":
        """Sum of long ``units`` by row (of ``count``) and bucket; past the last bucket nothing is seen."""
        seen: Flags = bucket < buckets
        is_there = np.zeros(count, dtype=np.bool_)
        is_there[row[seen]] = True
        few = cls.of(np.flatnonzero(is_there), buckets)
        np.add.at(few.units, (bucket[seen], np.searchsorted(few.rows, row[seen])), units[seen])
        return few

    @classmethod
    def of(cls, rows: Integers, buckets: int) -> "FewRows":
        """Zeros, to be filled."""
        return cls(rows, np.zeros((buckets, len(rows))))

    def spread(self, count: int, buckets: int) -> Floats:
        """The figures of all ``count`` rows in the first ``buckets`` buckets."""
        whole = np.zeros((buckets, count))
        whole[:, self.rows] = self.units[:buckets]
        return whole


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
    at the DC. ``dc_spare`` is what a DC could have dispatched beyond every need of the bucket. What few
    rows have is kept for these alone, in ``few``, by those names.
    ``demand`` is the whole ``Demand``, whose arrays may reach beyond the horizon.
    """

    horizon: Horizon
    sku_doors: SkuDoors
    demand: Demand
    opening: Floats
    replenishment: Floats
    available: Floats
    sold: Floats
    closing: Floats
    few: Mapping[str, FewRows]

    @cached_property
    def receipts(self) -> Floats:
        """Receipts that land ``[W, n]``."""
        return self._spread("receipts")

    @cached_property
    def transfers_in(self) -> Floats:
        """Transfers that arrive ``[W, n]``."""
        return self._spread("transfers_in")

    @cached_property
    def transfers_out(self) -> Floats:
        """Transfers that leave ``[W, n]``."""
        return self._spread("transfers_out")

    @cached_property
    def dispatched(self) -> Floats:
        """What a DC sends to its doors ``[W, n]``."""
        return self._spread("dispatched")

    @cached_property
    def dc_spare(self) -> Floats:
        """What a DC could send beyond all needs ``[W, n]``."""
        return self._spread("dc_spare")

    @cached_property
    def drawn_in(self) -> Floats:
        """Orders that a DC ships for e-commerce, at the e-commerce row ``[W, n]``."""
        return self._spread("drawn_in")

    @cached_property
    def drawn_out(self) -> Floats:
        """The same at the DC ``[W, n]``."""
        return self._spread("drawn_out")

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
        sellable = self.available - self.sku_doors.presentation_minimum
        through, drawn = self.few["drawn_in"].rows, self.few["drawn_in"].units
        sellable[:, through] -= drawn
        np.maximum(sellable, 0.0, out=sellable)
        sellable[:, through] += drawn
        return sellable

    def _spread(self, name: str) -> Floats:
        return self.few[name].spread(len(self.sku_doors), self.horizon.buckets)


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
    step works on all rows at once; what only few rows have is worked out for these.
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
        self.network = network = Network.of(horizon, sku_doors)
        self.opening = sku_doors.opening
        self.stock = self.opening
        self.minimum = sku_doors.presentation_minimum
        reach, rows = demand.total.shape
        self.receipts = FewRows.placed(receipts.row, receipts.bucket, receipts.units, reach, rows)
        self.shipping = _Shipping(transfers, receipts, network, reach)
        self.replenishment = np.zeros((reach, rows))
        shape = (horizon.buckets, rows)
        self.dispatched = FewRows.of(network.suppliers, horizon.buckets)
        self.dc_spare = FewRows.of(network.suppliers, horizon.buckets)
        self.drawn_in = FewRows.of(network.through, horizon.buckets)
        self.drawn_out = FewRows.of(network.suppliers, horizon.buckets)
        self.available, self.sold, self.closing = np.empty(shape), np.empty(shape), np.empty(shape)
        # What every step asks of the same few rows.
        self.supplier_minimum = self.minimum[network.suppliers]
        self.supplier_demand = demand.total[: horizon.buckets, network.suppliers]
        self.through_minimum = self.minimum[network.through]
        self.through_demand = demand.total[: horizon.buckets, network.through]

    def step(self, bucket: int) -> None:
        """One bucket: dispatch, transfers out, arrivals, sale."""
        available = self._arrived(self.stock, bucket, self.available[bucket])
        if len(self.network.suppliers):
            self._dispatch(bucket, available)
        if len(self.shipping.rows):
            rows, dispatched = self.shipping.rows, self.dispatched.units[bucket]
            self.shipping.ship(bucket, self.stock[rows], dispatched)
            there = self.shipping.after_shipping(bucket, self.stock[rows], dispatched)
            available[rows] = there + self.replenishment[bucket, rows]
        # What comes and what leaves may miss zero by the last digits of a sum.
        np.maximum(available, 0.0, out=available)
        self._sell(bucket)
        self.stock = self.closing[bucket]

    def _arrived(self, stock: Floats, bucket: int, out: Floats) -> Floats:
        """``stock [n]`` after the documents of the bucket and what was sent to arrive in it, in ``out``."""
        np.add(stock, self.replenishment[bucket], out=out)
        out[self.receipts.rows] += self.receipts.units[bucket]
        rows = self.shipping.rows
        if len(rows):
            out[rows] = self.shipping.as_planned(bucket, stock[rows]) + self.replenishment[bucket, rows]
        return out

    def _dispatch(self, bucket: int, arrived: Floats) -> None:
        """Each DC sends what brings its doors to their target, in proportion to need where it is short.

        What e-commerce rows (and the supplier's own customers) will ask for in this bucket takes part
        in the sharing, but stays at the DC until it is sold. ``arrived [n]`` is changed by what is sent.
        """
        network, suppliers, through = self.network, self.network.suppliers, self.network.through
        dispatchable = np.maximum(self.stock[suppliers] - self.supplier_minimum, 0.0)
        sent = self._need(bucket, arrived)
        own = np.maximum(arrived[through] - self.through_minimum, 0.0)
        orders = np.maximum(self.through_demand[bucket] - own, 0.0)
        needed = network.per_supplier_of_served(sent)
        asked = needed + self.supplier_demand[bucket] + network.per_supplier_of_through(orders)
        share = _share(dispatchable, asked)
        sent *= network.of_supplier(share)
        for weeks, rows in network.weeks_under_way(bucket):
            part = sent if rows is None else np.where(rows, sent, 0.0)
            self.replenishment[bucket + weeks] += part
            if weeks == 0:
                arrived += part
        dispatched = needed * share
        arrived[suppliers] -= dispatched
        self.dispatched.units[bucket] = dispatched
        self.dc_spare.units[bucket] = np.maximum(dispatchable - asked, 0.0)

    def _need(self, bucket: int, arrived: Floats) -> Floats:
        """Units that bring each row to its target in the bucket of arrival ``[n]``; of no use without a DC.

        Target: demand of that bucket and the presentation minimum. The position before the delivery
        is rolled there from ``arrived``, with everything known to arrive and to leave; sales that will be
        lost on the way are not owed any more.
        """
        need, ahead = np.zeros(len(arrived)), bucket
        for weeks, rows in self.network.weeks_under_way(bucket):
            while ahead < bucket + weeks:
                left = self._after_sale(arrived, ahead)
                ahead += 1
                arrived = self._arrived(left, ahead, np.empty_like(left))
            lacking = self.demand.total[ahead] + self.minimum
            lacking -= arrived
            np.maximum(lacking, 0.0, out=lacking)
            need = lacking if rows is None else np.where(rows, lacking, need)
        return need

    def _after_sale(self, stock: Floats, bucket: int) -> Floats:
        """``stock [n]`` after the demand of the bucket has taken what it can."""
        return stock - np.minimum(self.demand.total[bucket], np.maximum(stock - self.minimum, 0.0))

    def _sell(self, bucket: int) -> None:
        """Sell what is sellable; e-commerce rows draw the rest of their orders from their DC."""
        demand = self.demand.total[bucket]
        available, closing = self.available[bucket], self.closing[bucket]
        sellable = available - self.minimum
        np.maximum(sellable, 0.0, out=sellable)
        sold = np.minimum(demand, sellable, out=self.sold[bucket])
        network, through = self.network, self.network.through
        if len(through):
            suppliers = network.suppliers
            ordered, sold_there = self.through_demand[bucket], sold[through]
            orders = ordered - sold_there
            own_customers = self.supplier_demand[bucket]
            asked = own_customers + network.per_supplier_of_through(orders)
            share = _share(sellable[suppliers], asked)
            drawn = orders * share[network.through_by]
            drawn_out = network.per_supplier_of_through(drawn)
            sold[suppliers] = own_customers * share
            sold[through] = np.minimum(sold_there + drawn, ordered)
            available[suppliers] = np.maximum(available[suppliers] - drawn_out, 0.0)
            available[through] += drawn
            self.drawn_in.units[bucket] = drawn
            self.drawn_out.units[bucket] = drawn_out
        np.subtract(available, sold, out=closing)
        np.maximum(closing, 0.0, out=closing)

    def result(self) -> Projection:
        """The projection, cut to the horizon."""
        return Projection(
            horizon=self.horizon,
            sku_doors=self.sku_doors,
            demand=self.demand,
            opening=self.opening,
            replenishment=self.replenishment[: self.horizon.buckets],
            available=self.available,
            sold=self.sold,
            closing=self.closing,
            few={
                "receipts": self.receipts,
                "transfers_in": FewRows(self.shipping.rows, self.shipping.coming),
                "transfers_out": FewRows(self.shipping.rows, self.shipping.leaving),
                "dispatched": self.dispatched,
                "dc_spare": self.dc_spare,
                "drawn_in": self.drawn_in,
                "drawn_out": self.drawn_out,
            },
        )


def _share(there: Floats, asked: Floats) -> Floats:
    """The part of what is asked that can be given: all of it, or in proportion."""
    return np.minimum(there / np.maximum(asked, LEAST_ASKED), 1.0)


class _Shipping:
    """The transfers of a roll-forward and the ``rows [k]`` at their ends.

    ``coming`` and ``leaving [W', k]`` are what transfers bring and take, ``too_late`` the part of
    ``coming`` that shipped in the same bucket: it cannot leave again in it.
    """

    def __init__(self, transfers: Transfers, receipts: Receipts, network: Network, reach: int) -> None:
        to_known, planned = transfers.to_row >= 0, transfers.from_row >= 0
        self.rows = np.unique(np.concatenate((transfers.from_row[planned], transfers.to_row[to_known])))
        self.planned, self.ship_bucket = planned, transfers.ship_bucket
        self.arrival_bucket, self.units = transfers.arrival_bucket, transfers.units
        # What leaves or comes from nowhere has a place that is never looked at.
        self.sender = np.searchsorted(self.rows, transfers.from_row)
        self.receiver = np.searchsorted(self.rows, transfers.to_row)
        self.is_seen = to_known & (transfers.arrival_bucket < reach)
        at_once = self.is_seen & planned & (transfers.arrival_bucket == transfers.ship_bucket)
        shipped = planned & (transfers.ship_bucket < reach)
        shape = (reach, len(self.rows))
        self.coming, self.too_late, self.leaving = np.zeros(shape), np.zeros(shape), np.zeros(shape)
        for units, chosen, bucket, place in (
            (self.coming, self.is_seen, transfers.arrival_bucket, self.receiver),
            (self.too_late, at_once, transfers.arrival_bucket, self.receiver),
            (self.leaving, shipped, transfers.ship_bucket, self.sender),
        ):
            np.add.at(units, (bucket[chosen], place[chosen]), transfers.units[chosen])
        landing = (receipts.bucket < reach) & np.isin(receipts.row, self.rows)
        self.receipts = np.zeros(shape)
        place = np.searchsorted(self.rows, receipts.row[landing])
        np.add.at(self.receipts, (receipts.bucket[landing], place), receipts.units[landing])
        # The place of each row among the suppliers, one past the last for those that supply nobody.
        supplier = np.minimum(
            np.searchsorted(network.suppliers, self.rows), max(0, len(network.suppliers) - 1)
        )
        is_supplier = np.isin(self.rows, network.suppliers)
        self.supplier = np.where(is_supplier, supplier, len(network.suppliers))

    def as_planned(self, bucket: int, stock: Floats) -> Floats:
        """``stock [k]`` after the receipts and transfers of the bucket, as far as now planned."""
        too_late = self.too_late[bucket]
        there = stock + self.receipts[bucket] + self.coming[bucket] - too_late
        return np.maximum(there - self.leaving[bucket], 0.0) + too_late

    def after_shipping(self, bucket: int, stock: Floats, dispatched: Floats) -> Floats:
        """``stock [k]`` after documents, transfers and what each supplier ``dispatched``."""
        there = stock + self.receipts[bucket] - np.append(dispatched, 0.0)[self.supplier]
        return there + self.coming[bucket] - self.leaving[bucket]

    def ship(self, bucket: int, stock: Floats, dispatched: Floats) -> None:
        """Limit the transfers that leave in this bucket to what is there, at both their ends.

        Replenishment of the bucket is for the door's own sales and does not count as there, nor do units
        that would arrive and leave again in the same bucket.
        """
        leaving = np.flatnonzero(self.planned & (self.ship_bucket == bucket))
        if not len(leaving):
            return
        planned = self.leaving[bucket].copy()
        there = self.after_shipping(bucket, stock, dispatched) + planned - self.too_late[bucket]
        possible = np.minimum(planned, np.maximum(there, 0.0))
        part = np.divide(possible, planned, out=np.ones_like(planned), where=planned > 0)
        self.leaving[bucket] = possible
        cut = self.units[leaving] * (1.0 - part[self.sender[leaving]])
        seen = self.is_seen[leaving]
        at = (self.arrival_bucket[leaving][seen], self.receiver[leaving][seen])
        np.subtract.at(self.coming, at, cut[seen])
        np.maximum(self.coming, 0.0, out=self.coming)
