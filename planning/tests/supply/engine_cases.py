"""Small cases for the engines: as plain records for the oracle, as arrays for the engine."""

from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st

from planning.supply.engine import (
    NEVER,
    CampaignLines,
    Demand,
    Horizon,
    Projection,
    Receipts,
    SkuDoors,
    Transfers,
    expected_demand,
    project,
)

# A case is small and fast, so that each property can afford this many.
many = settings(max_examples=1000, deadline=None)
fewer = settings(max_examples=300, deadline=None)


@dataclass(frozen=True)
class Door:
    """One SKU-door; ``dc`` is the index of the supplying SKU-door."""

    on_hand: float | None = 0.0
    baseline: float | None = 0.0
    minimum: float = 0.0
    unavailable: float = 0.0
    committed: float = 0.0
    dc: int | None = None
    transit_days: int = 0
    sells_from_dc: bool = False
    opens: int = 0
    closes: int = NEVER

    def is_open_on(self, day: int) -> bool:
        return self.opens <= day < self.closes


@dataclass(frozen=True)
class Line:
    """One campaign line at one door; exactly one of ``ratio`` and ``units`` is given."""

    line: int
    row: int
    start: int
    end: int
    ratio: float | None = None
    units: float | None = None


@dataclass(frozen=True)
class Shipment:
    """A transfer; ``sender`` None: on its way already."""

    sender: int | None
    receiver: int | None
    ship: int
    arrival: int
    units: float


@dataclass(frozen=True)
class Case:
    """All inputs of a projection."""

    today: date = date(2026, 11, 22)
    buckets: int = 4
    doors: tuple[Door, ...] = ()
    lines: tuple[Line, ...] = ()
    receipts: tuple[tuple[int, int, float], ...] = ()
    transfers: tuple[Shipment, ...] = field(default=())

    @property
    def horizon(self) -> Horizon:
        return Horizon(self.today, self.buckets)

    def but(self, **changes) -> "Case":
        return replace(self, **changes)


def numbers(values, missing=np.nan) -> np.ndarray:
    return np.array([missing if value is None else value for value in values], dtype=np.float64)


def indices(values) -> np.ndarray:
    return np.array([-1 if value is None else value for value in values], dtype=np.int64)


def sku_doors_of(case: Case) -> SkuDoors:
    doors = case.doors
    return SkuDoors(
        on_hand=numbers(door.on_hand for door in doors),
        unavailable=numbers(door.unavailable for door in doors),
        committed=numbers(door.committed for door in doors),
        presentation_minimum=numbers(door.minimum for door in doors),
        weekly_baseline=numbers(door.baseline for door in doors)[None, :],
        dc_row=indices(door.dc for door in doors),
        transit_days=indices(door.transit_days for door in doors),
        sells_from_dc=np.array([door.sells_from_dc for door in doors], dtype=np.bool_),
        opening_day=np.array([door.opens for door in doors], dtype=np.int64),
        closing_day=np.array([door.closes for door in doors], dtype=np.int64),
    )


def lines_of(case: Case) -> CampaignLines:
    lines = case.lines
    return CampaignLines(
        line=indices(line.line for line in lines),
        row=indices(line.row for line in lines),
        start_day=np.array([line.start for line in lines], dtype=np.int64),
        end_day=np.array([line.end for line in lines], dtype=np.int64),
        uplift_ratio=numbers(line.ratio for line in lines),
        uplift_units=numbers(line.units for line in lines),
    )


def receipts_of(case: Case) -> Receipts:
    return Receipts(
        indices(row for row, _, _ in case.receipts),
        indices(bucket for _, bucket, _ in case.receipts),
        numbers(units for _, _, units in case.receipts),
    )


def transfers_of(case: Case) -> Transfers:
    return Transfers(
        indices(shipment.sender for shipment in case.transfers),
        indices(shipment.receiver for shipment in case.transfers),
        indices(shipment.ship for shipment in case.transfers),
        indices(shipment.arrival for shipment in case.transfers),
        numbers(shipment.units for shipment in case.transfers),
    )


def demand_of(case: Case) -> Demand:
    return expected_demand(case.horizon, sku_doors_of(case), lines_of(case))


def projection_of(case: Case) -> Projection:
    return project(case.horizon, sku_doors_of(case), demand_of(case), receipts_of(case), transfers_of(case))


def bare_projection_of(case: Case) -> Projection:
    return projection_of(case.but(receipts=(), transfers=()))


units = st.integers(0, 40).map(float)
days = st.dates(date(2023, 12, 20), date(2029, 2, 20))


@st.composite
def networks(draw: st.DrawFn) -> tuple[Door, ...]:
    """The doors of one or two SKUs: with a DC, e-commerce and doors, or standing alone."""
    doors: list[Door] = []
    for _ in range(draw(st.integers(1, 2))):
        dc = len(doors) if draw(st.booleans()) else None
        if dc is not None:
            doors.append(
                Door(
                    on_hand=draw(st.sampled_from([0.0, 10.0, 25.0, 60.0, 200.0])),
                    baseline=draw(st.sampled_from([None, None, 3.0])),
                    minimum=draw(st.sampled_from([0.0, 4.0])),
                )
            )
        for place in range(draw(st.integers(1, 3))):
            doors.append(
                Door(
                    on_hand=draw(st.sampled_from([None, -3.0, 0.0, 2.0, 9.0, 30.0, 80.0])),
                    baseline=draw(st.sampled_from([None, 0.0, 1.0, 7.0, 10.5])),
                    minimum=draw(st.sampled_from([0.0, 0.0, 2.0])),
                    committed=draw(st.sampled_from([0.0, 0.0, 1.0])),
                    dc=dc,
                    transit_days=draw(st.integers(0, 16)),
                    sells_from_dc=place == 0 and draw(st.booleans()),
                    opens=draw(st.sampled_from([0, 0, 0, 9])),
                    closes=draw(st.sampled_from([NEVER, NEVER, NEVER, 17])),
                )
            )
    return tuple(doors)


@st.composite
def campaigns(draw: st.DrawFn, rows: int, lowest_ratio: float = -1.0) -> tuple[Line, ...]:
    """Up to three campaign lines over some of the rows."""
    lines: list[Line] = []
    ratios = [ratio for ratio in (-0.8, 0.0, 0.5, 2.0) if ratio >= lowest_ratio]
    for number in range(draw(st.integers(0, 3))):
        start = draw(st.integers(-10, 40))
        end = start + draw(st.integers(0, 20))
        ratio = draw(st.sampled_from([None, *ratios]))
        total = draw(units) if ratio is None else None
        for row in draw(st.sets(st.integers(0, rows - 1), min_size=1, max_size=3)):
            lines.append(Line(number, row, start, end, ratio, total))
    return tuple(lines)


@st.composite
def cases(
    draw: st.DrawFn, with_transfers: bool = True, lowest_ratio: float = -1.0, buckets: int | None = None
) -> Case:
    """Whole inputs: any day of the week, year ends and 53rd weeks included."""
    doors = draw(networks())
    buckets = buckets or draw(st.integers(1, 5))
    row = st.integers(0, len(doors) - 1)
    coming = draw(st.lists(st.tuples(row, st.integers(0, buckets), units), max_size=3))
    transfers: list[Shipment] = []
    if with_transfers:
        for _ in range(draw(st.integers(0, 2))):
            ship = draw(st.integers(0, buckets))
            arrival = ship + draw(st.integers(0, 2))
            transfers.append(
                Shipment(draw(st.none() | row), draw(st.none() | row), ship, arrival, draw(units))
            )
    return Case(
        today=draw(days),
        buckets=buckets,
        doors=doors,
        lines=draw(campaigns(len(doors), lowest_ratio)),
        receipts=tuple(coming),
        transfers=tuple(transfers),
    )


def later(case: Case, weeks: int) -> date:
    """First day of the bucket that is so many buckets after the first."""
    return case.today + timedelta(days=int(case.horizon.extended(weeks).start_days[weeks]))
