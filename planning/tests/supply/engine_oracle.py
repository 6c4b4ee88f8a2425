"""The supply engine a second time: slow, one door and one day at a time, to be checked by eye."""

from dataclasses import dataclass, field, fields, replace
from datetime import date, timedelta
from functools import lru_cache
from math import ceil

from planning.tests.supply.engine_cases import Case, Line
from sop_site.fiscal import week_start


@dataclass
class Slow:
    """Figures by ``[bucket][row]``."""

    daily: dict = field(default_factory=dict)  # (day, row) -> units
    demand: list = field(default_factory=list)
    receipts: list = field(default_factory=list)
    transfers_in: list = field(default_factory=list)
    transfers_out: list = field(default_factory=list)
    replenishment: list = field(default_factory=list)
    dispatched: list = field(default_factory=list)
    drawn_in: list = field(default_factory=list)
    drawn_out: list = field(default_factory=list)
    available: list = field(default_factory=list)
    sellable: list = field(default_factory=list)
    sold: list = field(default_factory=list)
    unmet: list = field(default_factory=list)
    closing: list = field(default_factory=list)
    dc_spare: list = field(default_factory=list)
    opening: list = field(default_factory=list)


@lru_cache(maxsize=4096)
def bucket_on(today: date, day: int) -> int:
    return (week_start(today + timedelta(days=day)) - week_start(today)).days // 7


def bucket_of(case: Case, day: int) -> int:
    """The bucket of a day counted from today, by the calendar."""
    return bucket_on(case.today, day)


@lru_cache(maxsize=1024)
def days_until(today: date, buckets: int) -> list[int]:
    return [day for day in range(7 * buckets) if bucket_on(today, day) < buckets]


def days_of(case: Case, buckets: int) -> list[int]:
    """All days from today to the last Saturday of so many buckets."""
    return days_until(case.today, buckets)


def days_in(case: Case, bucket: int) -> list[int]:
    """The days of one bucket."""
    return days_of(case, bucket + 1)[len(days_of(case, bucket)) :]


def reach_of(case: Case) -> int:
    """Buckets of the horizon, and of as many weeks as the longest route from a DC may lead beyond it."""
    longest = max((door.transit_days for door in case.doors if door.dc is not None), default=0)
    return case.buckets + ceil(longest / 7)


def weight_of(case: Case, entry: Line) -> float:
    """A door's weekly baseline: the mean over its days of the campaign in view, or this week's for none."""
    in_view = [day for day in days_of(case, reach_of(case)) if entry.start <= day <= entry.end]
    weekly = [case.doors[entry.row].baseline_in(bucket_of(case, day)) for day in in_view or [0]]
    return sum(weekly) / len(weekly)


@lru_cache(maxsize=1024)
def share_of(case: Case, entry: Line) -> float:
    """The part of a line's total units that one of its doors gets."""
    weights = [weight_of(case, other) for other in case.lines if other.line == entry.line]
    return weight_of(case, entry) / sum(weights) if sum(weights) > 0 else 1 / len(weights)


def uplift_of(case: Case, entry: Line, day: int) -> float:
    """Units that one campaign line adds at one door on one day."""
    if not entry.start <= day <= entry.end:
        return 0.0
    if entry.ratio is not None:
        return entry.ratio * case.doors[entry.row].baseline_in(bucket_of(case, day)) / 7
    return entry.units * share_of(case, entry) / (entry.end - entry.start + 1)


def demand_on(case: Case, row: int, day: int) -> float:
    uplift = sum(uplift_of(case, entry, day) for entry in case.lines if entry.row == row)
    door = case.doors[row]
    baseline = door.baseline_in(bucket_of(case, day)) / 7 if door.is_open_on(day) else 0.0
    return max(0.0, baseline + uplift)


def with_own_units(case: Case) -> Case:
    """The same demand, each door's part of a lift in units being a line of its own that no other shares."""
    return case.but(
        lines=tuple(
            line
            if line.units is None
            else replace(line, line=100 + place, units=line.units * share_of(case, line))
            for place, line in enumerate(case.lines)
        )
    )


def after_sale(stock: float, demand: float, minimum: float) -> float:
    return stock - min(demand, max(0.0, stock - minimum))


@lru_cache(maxsize=4)
def project_slowly(case: Case) -> Slow:
    """The projection, bucket by bucket, door by door. What it returns is kept, and not to be changed."""
    rows, reach = range(len(case.doors)), reach_of(case)
    slow = Slow()
    for row in rows:
        for day in days_of(case, reach):
            slow.daily[day, row] = demand_on(case, row, day)
    for bucket in range(reach):
        slow.demand.append([sum(slow.daily[day, row] for day in days_in(case, bucket)) for row in rows])
        for figure in fields(slow):
            if figure.name not in ("daily", "demand", "opening"):
                getattr(slow, figure.name).append([0.0] * len(case.doors))
    for row, bucket, units in case.receipts:
        if bucket < reach:
            slow.receipts[bucket][row] += units
    for shipment in case.transfers:
        if shipment.receiver is not None and shipment.arrival < reach:
            slow.transfers_in[shipment.arrival][shipment.receiver] += shipment.units
        if shipment.sender is not None and shipment.ship < reach:
            slow.transfers_out[shipment.ship][shipment.sender] += shipment.units

    slow.opening = [max(0.0, (d.on_hand or 0.0) - d.unavailable - d.committed) for d in case.doors]
    stock = list(slow.opening)
    for bucket in range(case.buckets):
        dispatch(case, slow, bucket, stock)
        ship_transfers(case, slow, bucket, stock)
        for row in rows:
            slow.available[bucket][row] = (
                stock[row]
                + slow.receipts[bucket][row]
                + slow.transfers_in[bucket][row]
                + slow.replenishment[bucket][row]
                - slow.transfers_out[bucket][row]
                - slow.dispatched[bucket][row]
            )
        sell(case, slow, bucket)
        stock = list(slow.closing[bucket])
    return slow


def too_late(case: Case, row: int, bucket: int) -> float:
    """Units that ship to a door and arrive in one bucket: they cannot leave again in it."""
    return sum(
        s.units
        for s in case.transfers
        if s.sender is not None and s.receiver == row and s.ship == s.arrival == bucket
    )


def with_documents(case: Case, slow: Slow, row: int, bucket: int, stock: float) -> float:
    """Stock after the receipts and transfers of a bucket; no more leaves than is there."""
    late = too_late(case, row, bucket)
    there = stock + slow.receipts[bucket][row] + slow.transfers_in[bucket][row] - late
    return max(0.0, there - slow.transfers_out[bucket][row]) + late


def need_of(case: Case, slow: Slow, row: int, bucket: int, arrival: int, stock: float) -> float:
    """What brings a door to its target in the bucket of arrival."""
    door = case.doors[row]
    position = stock
    for ahead in range(bucket, arrival + 1):
        position = with_documents(case, slow, row, ahead, position) + slow.replenishment[ahead][row]
        if ahead < arrival:
            position = after_sale(position, slow.demand[ahead][row], door.minimum)
    return max(0.0, slow.demand[arrival][row] + door.minimum - position)


def orders_of(case: Case, slow: Slow, row: int, bucket: int, stock: float) -> float:
    """What an e-commerce row will ask of its DC."""
    own = with_documents(case, slow, row, bucket, stock) - case.doors[row].minimum
    return max(0.0, slow.demand[bucket][row] - max(0.0, own))


def dispatch(case: Case, slow: Slow, bucket: int, stock: list[float]) -> None:
    for dc in {door.dc for door in case.doors if door.dc is not None}:
        children = [row for row, door in enumerate(case.doors) if door.dc == dc]
        doors = [row for row in children if not case.doors[row].sells_from_dc]
        through = [row for row in children if case.doors[row].sells_from_dc]
        arrival = {
            row: bucket_of(case, days_in(case, bucket)[0] + case.doors[row].transit_days) for row in doors
        }
        need = {row: need_of(case, slow, row, bucket, arrival[row], stock[row]) for row in doors}
        asked = sum(need.values()) + slow.demand[bucket][dc]
        asked += sum(orders_of(case, slow, row, bucket, stock[row]) for row in through)
        there = max(0.0, stock[dc] - case.doors[dc].minimum)
        share = 1.0 if asked <= there else there / asked
        for row in doors:
            slow.replenishment[arrival[row]][row] += need[row] * share
            slow.dispatched[bucket][dc] += need[row] * share
        slow.dc_spare[bucket][dc] = max(0.0, there - asked)


def ship_transfers(case: Case, slow: Slow, bucket: int, stock: list[float]) -> None:
    leaving = [s for s in case.transfers if s.sender is not None and s.ship == bucket]
    limits = {}
    for sender in {shipment.sender for shipment in leaving}:
        there = stock[sender] + slow.receipts[bucket][sender] + slow.transfers_in[bucket][sender]
        there -= slow.dispatched[bucket][sender] + too_late(case, sender, bucket)
        planned = slow.transfers_out[bucket][sender]
        limits[sender] = min(1.0, max(0.0, there) / planned) if planned > 0 else 1.0
    for sender, part in limits.items():
        slow.transfers_out[bucket][sender] *= part
    for shipment in leaving:
        if shipment.receiver is not None and shipment.arrival < len(slow.transfers_in):
            lost = shipment.units * (1 - limits[shipment.sender])
            slow.transfers_in[shipment.arrival][shipment.receiver] -= lost


def sell(case: Case, slow: Slow, bucket: int) -> None:
    available, sold, demand = slow.available[bucket], slow.sold[bucket], slow.demand[bucket]
    for row, door in enumerate(case.doors):
        sold[row] = min(demand[row], max(0.0, available[row] - door.minimum))
    for dc in {door.dc for door in case.doors if door.dc is not None}:
        through = [r for r, door in enumerate(case.doors) if door.dc == dc and door.sells_from_dc]
        orders = {row: demand[row] - sold[row] for row in through}
        there = max(0.0, available[dc] - case.doors[dc].minimum)
        asked = demand[dc] + sum(orders.values())
        share = 1.0 if asked <= there else there / asked
        sold[dc] = demand[dc] * share
        for row in through:
            drawn = orders[row] * share
            available[row] += drawn
            available[dc] -= drawn
            sold[row] += drawn
            slow.drawn_in[bucket][row] += drawn
            slow.drawn_out[bucket][dc] += drawn
    for row, door in enumerate(case.doors):
        drawn = slow.drawn_in[bucket][row]
        slow.sellable[bucket][row] = max(0.0, available[row] - drawn - door.minimum) + drawn
        slow.unmet[bucket][row] = demand[row] - sold[row]
        slow.closing[bucket][row] = available[row] - sold[row]
