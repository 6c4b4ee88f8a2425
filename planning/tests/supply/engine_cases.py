"""Small cases for the engines: as plain records for the oracle, as arrays for the engine."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import TypeVar

import numpy as np
from hypothesis import Phase, settings
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

# `make mutants` runs every property once per mutant with few cases, always the same, which find what is wrong
# in nearly every mutant. A run of all tests takes several times as many, other ones each time: a fault that
# is rarer than one in hundreds is found by one of the next runs, and its case is then kept and tried again.
settings.register_profile("many", max_examples=250, deadline=None)
settings.register_profile(
    "mutants",
    max_examples=40,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
)
many = settings.get_profile(os.environ.get("HYPOTHESIS_PROFILE", "many"))


@dataclass(frozen=True)
class Door:
    """One SKU-door; ``dc`` is the index of the supplying SKU-door.

    ``baseline`` is in units a week: one figure for all weeks, or one for each from this week on, of which
    the last goes on.
    """

    on_hand: float | None = 0.0
    baseline: float | tuple[float, ...] | None = 0.0
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

    @property
    def weekly_baseline(self) -> tuple[float | None, ...]:
        return self.baseline if isinstance(self.baseline, tuple) else (self.baseline,)

    def baseline_in(self, bucket: int) -> float:
        """Units of a whole week, 0 for none."""
        weeks = self.weekly_baseline
        return weeks[min(bucket, len(weeks) - 1)] or 0.0


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


@dataclass(frozen=True, eq=False)
class Case:
    """All inputs of a projection. A case is equal to itself alone: the oracle keeps what it found of it."""

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


def weekly_baseline_of(doors: tuple[Door, ...]) -> np.ndarray:
    """``[weeks, n]``, each door's last week repeated as far as another's go."""
    weeks = range(max((len(door.weekly_baseline) for door in doors), default=1))
    columns = [
        numbers(door.weekly_baseline[min(week, len(door.weekly_baseline) - 1)] for week in weeks)
        for door in doors
    ]
    return np.array(columns).reshape(len(doors), len(weeks)).T


def sku_doors_of(case: Case) -> SkuDoors:
    doors = case.doors
    return SkuDoors(
        on_hand=numbers(door.on_hand for door in doors),
        unavailable=numbers(door.unavailable for door in doors),
        committed=numbers(door.committed for door in doors),
        presentation_minimum=numbers(door.minimum for door in doors),
        weekly_baseline=weekly_baseline_of(doors),
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
    demand = demand_of(case)
    return project(case.horizon, demand.sku_doors, demand, receipts_of(case), transfers_of(case))


def bare_projection_of(case: Case) -> Projection:
    """The projection of the same demand without receipts and transfers."""
    return projection_of(without_inbound(case))


def both_projections_of(case: Case) -> tuple[Projection, Projection]:
    """The projection, and the one without receipts and transfers."""
    demand = demand_of(case)
    given = project(case.horizon, demand.sku_doors, demand, receipts_of(case), transfers_of(case))
    bare = project(case.horizon, demand.sku_doors, demand, Receipts.none(), Transfers.none())
    return given, bare


def without_inbound(case: Case) -> Case:
    return case.but(receipts=(), transfers=())


def close(found: np.ndarray, expected: np.ndarray | list, within: float = 1e-9) -> bool:
    """Whether two arrays of one shape are equal but for rounding; NaN equals NaN."""
    expected = np.asarray(expected, dtype=np.float64)
    if found.shape != expected.shape:
        return False
    near = np.abs(found - expected) <= within
    return bool((near | (np.isnan(found) & np.isnan(expected))).all())


Option = TypeVar("Option")
FIRST_DAY = date(2024, 12, 20)  # the 255 weeks from here hold five year ends and the 53rd week of 2028


class Choices:
    """Choices read from drawn bytes, one after the other, a byte each.

    To draw one block is ten times as fast as to draw each choice, and still finds the simplest case that
    fails: lower bytes choose earlier options.
    """

    def __init__(self, drawn: bytes) -> None:
        self.drawn, self.place = drawn, 0

    def __repr__(self) -> str:
        return f"Choices({self.drawn!r})"

    def up_to(self, most: int) -> int:
        """A whole number from 0 to ``most``, which is at most 255."""
        self.place += 1
        return self.drawn[self.place - 1] * (most + 1) >> 8

    def of(self, *options: Option) -> Option:
        """One of the options."""
        return options[self.up_to(len(options) - 1)]

    def some(self, options: Sequence[Option], least: int, most: int) -> list[Option]:
        """So many different ones of the options, in their order; all of them where there are no more."""
        left = list(range(len(options)))
        count = min(len(left), least + self.up_to(most - least))
        return [options[place] for place in sorted(left.pop(self.up_to(len(left) - 1)) for _ in range(count))]

    def order_of(self, options: Sequence[Option]) -> list[Option]:
        """The options in any order."""
        left = list(options)
        return [left.pop(self.up_to(len(left) - 1)) for _ in options]

    def units(self) -> float:
        return float(self.up_to(40))


def choices(most: int = 40) -> st.SearchStrategy[Choices]:
    """Bytes for so many choices."""
    return st.binary(min_size=most, max_size=most).map(Choices)


OPEN_FOR_A_TIME = (
    {"opens": 1},
    {"opens": 9},
    {"closes": 17},
    {"opens": -5, "closes": 2},
    {"opens": 3, "closes": 9},
)


def a_network(choose: Choices) -> tuple[Door, ...]:
    """The doors of one or two SKUs: with a DC, e-commerce and doors, or standing alone."""
    doors: list[Door] = []
    for _ in range(1 + choose.up_to(1)):
        dc = choose.of(None, len(doors))
        if dc is not None:
            doors.append(
                Door(
                    on_hand=choose.of(0.0, 10.0, 25.0, 60.0, 200.0, None),
                    baseline=choose.of(None, None, 3.0, (2.0, 9.0)),
                    minimum=choose.of(0.0, 4.0),
                )
            )
        for place in range(1 + choose.up_to(2)):
            doors.append(
                Door(
                    on_hand=choose.of(0.0, 2.0, 9.0, 30.0, 80.0, -3.0, None),
                    baseline=a_baseline(choose),
                    minimum=choose.of(0.0, 0.0, 2.0),
                    unavailable=choose.of(0.0, 0.0, 1.5),
                    committed=choose.of(0.0, 0.0, 1.0),
                    dc=dc,
                    transit_days=choose.up_to(16),
                    sells_from_dc=choose.of(False, True) and place == 0,
                    **choose.of({}, {}, {}, *OPEN_FOR_A_TIME),
                )
            )
    return tuple(doors)


def a_baseline(choose: Choices) -> float | tuple[float, ...] | None:
    """None, flat, or one that differs by week."""
    weekly = [choose.of(7.0, 0.0, 1.0, 10.5, 21.0) for _ in range(4)]
    return choose.of(weekly[0], None, tuple(weekly), tuple(weekly[:2]))


def some_campaigns(choose: Choices, rows: int, least: int) -> tuple[Line, ...]:
    """Up to three campaign lines over some of the rows; a row may join late or leave early."""
    lines: list[Line] = []
    for number in range(least + choose.up_to(3 - least)):
        start = choose.up_to(50) - 10
        end = start + choose.up_to(20)
        ratio = choose.of(None, 0.5, 0.0, 2.0, -0.8)
        total = None if ratio is not None else choose.units()
        for row in choose.some(range(rows), 1, 3):
            late, early = choose.of((0, 0), (0, 0), (3, 0), (0, 9))
            lines.append(Line(number, row, min(start + late, end), max(end - early, start), ratio, total))
    return tuple(lines)


def a_case(choose: Choices, with_transfers: bool, least_lines: int, buckets: int | None) -> Case:
    today = FIRST_DAY + timedelta(weeks=choose.up_to(255), days=choose.up_to(6))
    buckets = buckets or 1 + choose.up_to(4)
    doors = a_network(choose)
    rows = range(len(doors))
    return Case(
        today=today,
        buckets=buckets,
        doors=doors,
        lines=some_campaigns(choose, len(doors), least_lines),
        receipts=tuple(
            (choose.of(*rows), choose.up_to(buckets), choose.units()) for _ in range(choose.up_to(3))
        ),
        transfers=tuple(
            a_shipment(choose, rows, buckets) for _ in range(choose.up_to(2) if with_transfers else 0)
        ),
    )


def a_shipment(choose: Choices, rows: Sequence[int], buckets: int) -> Shipment:
    ship = choose.up_to(buckets)
    return Shipment(
        choose.of(None, *rows), choose.of(None, *rows), ship, ship + choose.up_to(2), choose.units()
    )


@st.composite
def cases(
    draw: st.DrawFn,
    with_transfers: bool = True,
    least_lines: int = 0,
    buckets: int | None = None,
) -> Case:
    """Whole inputs: any day of the week, year ends and 53rd weeks included."""
    return a_case(draw(choices(150)), with_transfers, least_lines, buckets)


def later(case: Case, weeks: int) -> date:
    """First day of the bucket that is so many buckets after the first."""
    return case.today + timedelta(days=int(case.horizon.extended(weeks).start_days[weeks]))


def with_less_lift(case: Case, choose: Choices) -> tuple[int, Case]:
    """One of the campaign lines, and the case in which all its doors expect less of it."""
    number = choose.of(*sorted({line.line for line in case.lines}))
    share, less = choose.of(0.0, 0.3, 0.9), choose.of(0.1, 0.8, 3.0)

    def lowered(line: Line) -> Line:
        if line.ratio is None:
            return replace(line, units=line.units * share)
        return replace(line, ratio=line.ratio * share if line.ratio > 0 else line.ratio - less)

    return number, case.but(
        lines=tuple(lowered(line) if line.line == number else line for line in case.lines)
    )


def without_transfers_of_suppliers(case: Case) -> Case:
    """The case without the transfers that leave a DC.

    They come after its dispatches, out of what it kept back for customers of its own. Where it is short and
    those ask for less, its doors get more and the transfer shrinks: that one receiver may then sell less.
    """
    suppliers = {door.dc for door in case.doors if door.dc is not None}
    return case.but(transfers=tuple(s for s in case.transfers if s.sender not in suppliers))
