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
    """One row with its bar: ``x`` and ``width`` along the scale; ``kind`` is total, up or down."""

    name: str
    change: float
    end: float
    x: str
    width: str
    kind: str
    count: int = 1


@dataclass(frozen=True, slots=True)
class Waterfall:
    """From one total to the next; the scale of the bars begins at ``scale_from`` units."""

    bars: Sequence[Bar]
    scale_from: float


def waterfall_bars(steps: Sequence[Step]) -> Waterfall:
    """The first and the last total stand on the scale, the steps between them float."""
    ends = [step.end for step in steps]
    low, high = min(ends), max(ends)
    floor = max(0.0, low - ROOM_BELOW * (high - low)) if high > low else 0.0
    scale = WIDTH / (high - floor) if high > floor else 0.0
    bars = []
    for place, step in enumerate(steps):
        is_total = place == 0
        left = floor if is_total else min(step.start, step.end)
        right = step.end if is_total else max(step.start, step.end)
        kind = "total" if is_total else _direction(step.change)
        bars.append(
            _bar(step.name, step.change, step.end, (left - floor) * scale, (right - left) * scale, kind)
        )
    return Waterfall(bars, floor)


def change_bars(contributions: Sequence[tuple[str, Contribution[str]]]) -> list[Bar]:
    """Changes to the left and to the right of the middle, each with its name."""
    largest = max((abs(one.change) for _, one in contributions), default=0.0)
    scale = WIDTH / 2 / largest if largest else 0.0
    return [
        _bar(
            name,
            one.change,
            one.change,
            WIDTH / 2 + min(one.change, 0.0) * scale,
            abs(one.change) * scale,
            _direction(one.change),
            one.keys,
        )
        for name, one in contributions
    ]


def _direction(change: float) -> str:
    return "down" if change < 0 else "up"


def _bar(name: str, change: float, end: float, x: float, width: float, kind: str, count: int = 1) -> Bar:
    """A change that is there is seen, however small."""
    drawn = max(width, LEAST_WIDTH) if change else 0.0
    return Bar(name, change, end, f"{min(x, WIDTH - drawn):.2f}", f"{drawn:.2f}", kind, count)
