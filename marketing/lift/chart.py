"""The picture of what a SKU sold around a past promotion: numbers for an SVG, none of its markup."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from marketing.lift.queries import WeekSold
from sop_site import formats

# In the units of the picture's view box.
WIDTH, HEIGHT = 760.0, 260.0
LEFT, RIGHT, TOP, BOTTOM = 46.0, 8.0, 26.0, 24.0
BAR_SHARE = 0.72
# A date below every so many bars, so that they do not run into each other.
WEEKS_A_LABEL = 4
GRID_LINES = 4


@dataclass(frozen=True, slots=True)
class Bar:
    """One week: where its bar stands, and what it says when it is pointed at."""

    x: str
    y: str
    width: str
    height: str
    kind: str
    middle: str
    label: str
    words: str


@dataclass(frozen=True, slots=True)
class GridLine:
    """A line of the scale with its figure."""

    y: str
    label: str


@dataclass(frozen=True, slots=True)
class SalesChart:
    """Weekly sales as bars, with the baseline over the weeks of the promotion."""

    bars: tuple[Bar, ...]
    grid: tuple[GridLine, ...]
    baseline_y: str
    promotion_x: str
    promotion_width: str
    promotion_end: str
    promotion_middle: str

    width = f"{WIDTH:g}"
    height = f"{HEIGHT:g}"
    left = f"{LEFT:g}"
    right = f"{WIDTH - RIGHT:g}"
    top = f"{TOP:g}"
    floor = f"{HEIGHT - BOTTOM:g}"
    plot_height = f"{HEIGHT - BOTTOM - TOP:g}"
    dates_y = f"{HEIGHT - 6:g}"
    word_y = f"{TOP - 9:g}"


def sales_chart(weeks: Sequence[WeekSold], baseline_units_a_week: float) -> SalesChart | None:
    """The picture of ``weeks``, oldest first; None where no week of the promotion is among them."""
    inside = [place for place, week in enumerate(weeks) if week.in_promotion]
    if not inside:
        return None
    highest = max([week.units or 0.0 for week in weeks] + [baseline_units_a_week])
    step = _round_step(highest / GRID_LINES)
    top = step * math.ceil(highest / step) if step else 1.0
    slot = (WIDTH - LEFT - RIGHT) / len(weeks)

    def height_of(units: float) -> float:
        return max(units, 0.0) / top * (HEIGHT - BOTTOM - TOP)

    def bar(place: int, week: WeekSold) -> Bar:
        tall = height_of(week.units or 0.0)
        from_end = len(weeks) - 1 - place
        return Bar(
            x=_number(LEFT + (place + (1 - BAR_SHARE) / 2) * slot),
            y=_number(HEIGHT - BOTTOM - tall),
            width=_number(slot * BAR_SHARE),
            height=_number(tall),
            kind="is-promoted" if week.in_promotion else "is-other" if week.in_another else "is-calm",
            middle=_number(LEFT + (place + 0.5) * slot),
            label=_day(week.start) if from_end % WEEKS_A_LABEL == 0 else "",
            words=f"Week of {formats.short_date_year(week.start)}: {formats.units(week.units)} units",
        )

    begin, end = LEFT + inside[0] * slot, LEFT + (inside[-1] + 1) * slot
    return SalesChart(
        bars=tuple(bar(place, week) for place, week in enumerate(weeks)),
        grid=tuple(
            GridLine(_number(HEIGHT - BOTTOM - height_of(place * step)), formats.compact(place * step))
            for place in range(round(top / step) + 1 if step else 1)
        ),
        baseline_y=_number(HEIGHT - BOTTOM - height_of(baseline_units_a_week)),
        promotion_x=_number(begin),
        promotion_width=_number(end - begin),
        promotion_end=_number(end),
        promotion_middle=_number((begin + end) / 2),
    )


def _round_step(step: float) -> float:
    """The next of 1, 2, 2.5 and 5 times a power of ten; 0 for nothing."""
    if step <= 0:
        return 0.0
    power = 10.0 ** math.floor(math.log10(step))
    return next(power * nice for nice in (1, 2, 2.5, 5, 10) if power * nice >= step * (1 - 1e-9))


def _number(value: float) -> str:
    return f"{value:.1f}"


def _day(day: date) -> str:
    return f"{day.day} {day:%b}"
