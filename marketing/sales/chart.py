"""The picture of weekly sales beside a baseline: numbers for an SVG, none of its markup."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sop_site import formats

# In the units of the picture's view box; many weeks make it wider.
LEAST_WIDTH, HEIGHT = 760.0, 260.0
LEFT, RIGHT, TOP, BOTTOM = 46.0, 16.0, 26.0, 24.0
LEAST_WIDTH_A_WEEK = 13.0
BAR_SHARE = 0.72
# A date below every so many bars, so that they do not run into each other.
WEEKS_A_LABEL = 4
GRID_LINES = 4
# A mark stands so far above its bar.
MARK_ABOVE = 6.0


class BarKind(StrEnum):
    """How a bar is filled: the style that its colour and pattern come from."""

    CALM = "is-calm"
    PROMOTED = "is-promoted"
    HATCHED = "is-hatched"


@dataclass(frozen=True, slots=True)
class ChartWeek:
    """A fiscal week of the picture: units sold and baseline units, None where there are none to show.

    ``note`` is what its bar says beside its units. ``is_marked`` sets a ring above the bar; the weeks
    ``in_band`` lie in a row and are set off by a band behind them.
    """

    start: date
    units: float | None = None
    baseline: float | None = None
    kind: BarKind = BarKind.CALM
    note: str = ""
    is_marked: bool = False
    in_band: bool = False


@dataclass(frozen=True, slots=True)
class Bar:
    """What was sold in one week: where its bar stands, and what it says when it is pointed at."""

    x: str
    y: str
    width: str
    height: str
    kind: BarKind
    middle: str
    mark_y: str
    words: str


@dataclass(frozen=True, slots=True)
class Label:
    """A word or a figure at its place along one of the axes."""

    at: str
    text: str


@dataclass(frozen=True, slots=True)
class Band:
    """The weeks that the picture is about, with the word above them."""

    x: str
    width: str
    middle: str
    word: str


@dataclass(frozen=True, slots=True)
class SalesChart:
    """Weekly sales as bars and a baseline as a line of steps, one a week (the data of an SVG path)."""

    title: str
    words: str
    width: str
    right: str
    is_long: bool
    bars: tuple[Bar, ...]
    dates: tuple[Label, ...]
    grid: tuple[Label, ...]
    baseline: str
    band: Band | None

    height = f"{HEIGHT:g}"
    left = f"{LEFT:g}"
    top = f"{TOP:g}"
    floor = f"{HEIGHT - BOTTOM:g}"
    plot_height = f"{HEIGHT - BOTTOM - TOP:g}"
    dates_y = f"{HEIGHT - 6:g}"
    word_y = f"{TOP - 9:g}"


def sales_chart(
    weeks: Sequence[ChartWeek], *, title: str, words: str, band_word: str = ""
) -> SalesChart | None:
    """The picture of ``weeks``, oldest first and one after the other; None without any.

    ``title`` and ``words`` tell those who do not see it what it shows.
    """
    if not weeks:
        return None
    highest = max(max(week.units or 0.0, week.baseline or 0.0) for week in weeks)
    step = round_step(highest / GRID_LINES)
    top = step * math.ceil(highest / step) if step else 1.0
    slot = max((LEAST_WIDTH - LEFT - RIGHT) / len(weeks), LEAST_WIDTH_A_WEEK)
    right = LEFT + len(weeks) * slot

    def y_of(units: float) -> float:
        return HEIGHT - BOTTOM - max(units, 0.0) / top * (HEIGHT - BOTTOM - TOP)

    def bar(place: int, week: ChartWeek, units: float) -> Bar:
        y = y_of(units)
        told = f"Week of {formats.short_date_year(week.start)}: {formats.units(units)} units"
        return Bar(
            x=_number(LEFT + (place + (1 - BAR_SHARE) / 2) * slot),
            y=_number(y),
            width=_number(slot * BAR_SHARE),
            height=_number(HEIGHT - BOTTOM - y),
            kind=week.kind,
            middle=_number(LEFT + (place + 0.5) * slot),
            mark_y=_number(y - MARK_ABOVE) if week.is_marked else "",
            words=f"{told}, {week.note}" if week.note else told,
        )

    return SalesChart(
        title=title,
        words=words,
        width=_number(right + RIGHT),
        right=_number(right),
        is_long=slot == LEAST_WIDTH_A_WEEK,
        bars=tuple(
            bar(place, week, week.units) for place, week in enumerate(weeks) if week.units is not None
        ),
        dates=_dates(weeks, slot),
        grid=tuple(
            Label(_number(y_of(place * step)), formats.compact(place * step))
            for place in range(round(top / step) + 1 if step else 1)
        ),
        baseline=_steps([None if week.baseline is None else y_of(week.baseline) for week in weeks], slot),
        band=_band(weeks, slot, band_word),
    )


def _dates(weeks: Sequence[ChartWeek], slot: float) -> tuple[Label, ...]:
    """The first days of every so many weeks, counted from the newest."""
    return tuple(
        Label(_number(LEFT + (place + 0.5) * slot), f"{week.start.day} {week.start:%b}")
        for place, week in enumerate(weeks)
        if (len(weeks) - 1 - place) % WEEKS_A_LABEL == 0
    )


def _steps(heights: Sequence[float | None], slot: float) -> str:
    """The path through ``heights``, level within a week; it breaks off where there is none."""
    parts: list[str] = []
    for place, height in enumerate(heights):
        if height is None:
            continue
        begins = place == 0 or heights[place - 1] is None
        start = f"M{_number(LEFT + place * slot)} {_number(height)}" if begins else f"V{_number(height)}"
        parts.append(f"{start}H{_number(LEFT + (place + 1) * slot)}")
    return "".join(parts)


def _band(weeks: Sequence[ChartWeek], slot: float, word: str) -> Band | None:
    inside = [place for place, week in enumerate(weeks) if week.in_band]
    if not inside:
        return None
    begin, end = LEFT + inside[0] * slot, LEFT + (inside[-1] + 1) * slot
    return Band(_number(begin), _number(end - begin), _number((begin + end) / 2), word)


def round_step(step: float) -> float:
    """The next of 1, 2, 2.5 and 5 times a power of ten; 0 for nothing."""
    if step <= 0:
        return 0.0
    power = 10.0 ** math.floor(math.log10(step))
    return next(power * nice for nice in (1, 2, 2.5, 5, 10) if power * nice >= step * (1 - 1e-9))


def _number(value: float) -> str:
    return f"{value:.1f}"
