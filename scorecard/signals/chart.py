"""The pictures of one SKU: what sold beside its forecast, and the course of its tracking signal."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from marketing.sales.chart import (
    LEAST_WIDTH,
    LEFT,
    RIGHT,
    BarKind,
    ChartWeek,
    Label,
    SalesChart,
    sales_chart,
)
from scorecard.signals.wording import signed
from sop_site import formats

HEIGHT: Final = 150.0
TOP: Final = 14.0
BOTTOM: Final = 14.0


@dataclass(frozen=True, slots=True)
class CourseWeek:
    """A fiscal week of a SKU as the pictures show it; None where nothing was sold, forecast or tracked."""

    start: date
    sold: float | None
    forecast: float | None
    tracking_signal: float | None
    is_promoted: bool
    is_out_of_stock: bool
    in_signal: bool


@dataclass(frozen=True, slots=True)
class Dot:
    """The tracking signal after one week."""

    x: str
    y: str
    is_out: bool
    words: str


@dataclass(frozen=True, slots=True)
class TrackingChart:
    """The tracking signal week by week between its limits."""

    words: str
    path: str
    dots: tuple[Dot, ...]
    limits: tuple[Label, ...]
    zero_y: str
    band_y: str
    band_height: str

    width = f"{LEAST_WIDTH:g}"
    height = f"{HEIGHT:g}"
    left = f"{LEFT:g}"
    right = f"{LEAST_WIDTH - RIGHT:g}"
    band_width = f"{LEAST_WIDTH - RIGHT - LEFT:g}"


def course_chart(name: str, weeks: Sequence[CourseWeek]) -> SalesChart | None:
    """What sold as bars and the forecast as a line; None without a week."""
    return sales_chart(
        [
            ChartWeek(
                start=week.start,
                units=week.sold,
                baseline=week.forecast,
                kind=BarKind.HATCHED if week.is_promoted else BarKind.CALM,
                note=_note(week),
                is_marked=week.is_out_of_stock,
                in_band=week.in_signal,
            )
            for week in weeks
        ],
        title=f"Units of {name} sold each week, and their forecast",
        words="Bars are units sold, the dashed line is the forecast in force when each week began."
        " The table below has each figure.",
        band_word="weeks of the signal",
    )


def tracking_chart(weeks: Sequence[CourseWeek], limit: float) -> TrackingChart | None:
    """The course of the tracking signal between plus and minus ``limit``; None where no week has one."""
    known = [week.tracking_signal for week in weeks if week.tracking_signal is not None]
    if not known:
        return None
    highest, lowest = max(limit + 1, *known), min(-limit - 1, *known)
    slot = (LEAST_WIDTH - LEFT - RIGHT) / len(weeks)

    def y_of(value: float) -> float:
        return TOP + (highest - value) / (highest - lowest) * (HEIGHT - TOP - BOTTOM)

    dots = {
        place: Dot(
            x=_number(LEFT + (place + 0.5) * slot),
            y=_number(y_of(week.tracking_signal)),
            is_out=abs(week.tracking_signal) > limit,
            words=f"{formats.week_label(week.start)}: tracking signal {signed(week.tracking_signal)}",
        )
        for place, week in enumerate(weeks)
        if week.tracking_signal is not None
    }
    return TrackingChart(
        words="; ".join(dot.words for dot in dots.values()),
        path="".join(f"{'L' if place - 1 in dots else 'M'}{dot.x} {dot.y}" for place, dot in dots.items()),
        dots=tuple(dots.values()),
        limits=tuple(Label(_number(y_of(value)), signed(value)) for value in (limit, -limit)),
        zero_y=_number(y_of(0.0)),
        band_y=_number(y_of(limit)),
        band_height=_number(y_of(-limit) - y_of(limit)),
    )


def _note(week: CourseWeek) -> str:
    forecast = "no forecast" if week.forecast is None else f"forecast {formats.units(week.forecast)}"
    said = [forecast, "promoted" * week.is_promoted, "partly out of stock" * week.is_out_of_stock]
    return ", ".join(each for each in said if each)


def _number(value: float) -> str:
    return f"{value:.1f}"
