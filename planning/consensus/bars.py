"""Bars beside the numbers of a table: places along a scale of 0 to 100, none of their markup."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from planning.consensus.engine import Contribution, Step

WIDTH: Final = 100.0
# Changes of a few per cent would be hairlines on a scale that begins at 0.
ROOM_BELOW: Final = 0.4
LEAST_WIDTH: Final = 0.6


@dataclass(frozen=True, slots=True)
class Bar:
    """One row with its bar of units: ``x`` and ``width`` along the scale; ``kind`` is total, up or down.

    ``change`` and ``end`` are units, ``value_change`` and ``value_end`` the same at price.
    """

    name: str
    change: float
    end: float
    value_change: float
    value_end: float
    x: str
    width: str
    kind: str


@dataclass(frozen=True, slots=True)
class Waterfall:
    """From one total to the next; the scale of the bars begins at ``scale_from`` units."""

    bars: Sequence[Bar]
    scale_from: float


def waterfall_bars(steps: Sequence[Step], at_price: Sequence[Step]) -> Waterfall:
    """The first total stands on the scale, the steps after it float; ``at_price`` are the same in money."""
    ends = [step.end for step in steps]
    low, high = min(ends), max(ends)
    floor = max(0.0, low - ROOM_BELOW * (high - low)) if high > low else 0.0
    scale = WIDTH / (high - floor) if high > floor else 0.0
    bars = []
    for place, (step, value) in enumerate(zip(steps, at_price, strict=True)):
        is_total = place == 0
        left = floor if is_total else min(step.start, step.end)
        right = step.end if is_total else max(step.start, step.end)
        kind = "total" if is_total else _direction(step.change)
        x, width = _drawn((left - floor) * scale, (right - left) * scale, step.change)
        bars.append(Bar(step.name, step.change, step.end, value.change, value.end, x, width, kind))
    return Waterfall(bars, floor)


def change_bars(contributions: Sequence[tuple[str, Contribution[str], float]]) -> list[Bar]:
    """Changes to the left and to the right of the middle, each with its name and what it is at price."""
    largest = max((abs(one.change) for _, one, _ in contributions), default=0.0)
    scale = WIDTH / 2 / largest if largest else 0.0
    bars = []
    for name, one, value in contributions:
        left = WIDTH / 2 + min(one.change, 0.0) * scale
        x, width = _drawn(left, abs(one.change) * scale, one.change)
        bars.append(Bar(name, one.change, one.change, value, value, x, width, _direction(one.change)))
    return bars


def _direction(change: float) -> str:
    return "down" if change < 0 else "up"


def _drawn(x: float, width: float, change: float) -> tuple[str, str]:
    """Where a bar begins and how wide it is; a change that is there is seen, however small."""
    drawn = max(width, LEAST_WIDTH) if change else 0.0
    return f"{min(x, WIDTH - drawn):.2f}", f"{drawn:.2f}"
