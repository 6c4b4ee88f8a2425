"""The pictures of the scorecard: numbers for SVGs, none of their markup."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from marketing.sales.chart import round_step
from scorecard.measures.choices import Measure
from scorecard.measures.figure import Figure
from scorecard.measures.wording import figure_text, scale_text

SPARK_WIDTH: Final = 112.0
SPARK_HEIGHT: Final = 28.0
SPARK_MARGIN: Final = 4.0

WIDTH: Final = 760.0
HEIGHT: Final = 240.0
LEFT: Final = 64.0
RIGHT: Final = 16.0
# Where a target is named beside its line, so that its name covers no bar.
RIGHT_OF_TARGET: Final = 72.0
TOP: Final = 22.0
BOTTOM: Final = 26.0
GRID_LINES: Final = 4
BAR_SHARE: Final = 0.62
# Beneath more bars than these only some have their name, counted from the newest.
MOST_NAMES: Final = 9


@dataclass(frozen=True, slots=True)
class Spark:
    """The trend of one measure in small: a line that breaks where there is no value, its last point a dot."""

    path: str
    dot_x: str
    dot_y: str
    target_y: str
    words: str

    width = f"{SPARK_WIDTH:g}"
    height = f"{SPARK_HEIGHT:g}"


@dataclass(frozen=True, slots=True)
class Bar:
    """One period: where its bar stands, what it says, and its name beneath where there is room."""

    x: str
    y: str
    width: str
    height: str
    middle: str
    label: str
    is_current: bool
    is_partial: bool
    words: str


@dataclass(frozen=True, slots=True)
class TrendChart:
    """A measure over periods as bars from zero, with its target as a line across.

    A target that holds to both sides of zero has a second line, at ``other_target_y``.
    """

    title: str
    words: str
    bars: tuple[Bar, ...]
    grid: tuple[tuple[str, str], ...]
    zero_y: str
    right: str
    target_y: str
    other_target_y: str
    target: str

    width = f"{WIDTH:g}"
    height = f"{HEIGHT:g}"
    left = f"{LEFT:g}"
    names_y = f"{HEIGHT - 8:g}"

    @property
    def is_partial(self) -> bool:
        """Whether a period of it lacks weeks."""
        return any(bar.is_partial for bar in self.bars)


def spark(trend: Sequence[Figure], labels: Sequence[str], target: float | None) -> Spark | None:
    """The small picture of ``trend``, oldest first; None without two values."""
    values = [figure.value for figure in trend]
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return None
    shown = [*known, target] if target is not None else known
    low, high = min(shown), max(shown)
    step = (SPARK_WIDTH - 2 * SPARK_MARGIN) / (len(values) - 1)

    def y_of(value: float) -> float:
        share = (value - low) / (high - low) if high > low else 0.5
        return SPARK_HEIGHT - SPARK_MARGIN - share * (SPARK_HEIGHT - 2 * SPARK_MARGIN)

    points = [
        (SPARK_MARGIN + place * step, y_of(value)) for place, value in enumerate(values) if value is not None
    ]
    last = points[-1]
    said = ", ".join(f"{label} {figure_text(figure)}" for label, figure in zip(labels, trend, strict=True))
    return Spark(
        path=_line([None if value is None else y_of(value) for value in values], step),
        dot_x=_number(last[0]),
        dot_y=_number(last[1]),
        target_y="" if target is None else _number(y_of(target)),
        words=said,
    )


def trend_chart(
    measure: Measure, trend: Sequence[Figure], labels: Sequence[str], target: float | None, target_words: str
) -> TrendChart | None:
    """The large picture of ``trend``, oldest first, the last one the period in view; None without a value."""
    known = [figure.value for figure in trend if figure.value is not None]
    if not known:
        return None
    targets = [] if target is None else [target, -target] if measure == Measure.BIAS else [target]
    right = WIDTH - (RIGHT_OF_TARGET if targets else RIGHT)
    shown = [*known, 0.0, *targets]
    step = round_step((max(shown) - min(shown)) / GRID_LINES) or 1.0
    low, high = math.floor(min(shown) / step) * step, math.ceil(max(shown) / step) * step
    high = high if high > low else low + step
    slot = (right - LEFT) / len(trend)
    every = math.ceil(len(trend) / MOST_NAMES)

    def y_of(value: float) -> float:
        return TOP + (high - value) / (high - low) * (HEIGHT - TOP - BOTTOM)

    def bar(place: int, figure: Figure) -> Bar:
        value = figure.value or 0.0
        label = labels[place]
        told = f"{label}: {figure_text(figure)}"
        return Bar(
            x=_number(LEFT + (place + (1 - BAR_SHARE) / 2) * slot),
            y=_number(min(y_of(value), y_of(0.0))),
            width=_number(slot * BAR_SHARE),
            height=_number(abs(y_of(value) - y_of(0.0))),
            middle=_number(LEFT + (place + 0.5) * slot),
            label=label if (len(trend) - 1 - place) % every == 0 else "",
            is_current=place == len(trend) - 1,
            is_partial=figure.is_partial,
            words=f"{told}, not all weeks" if figure.is_partial and figure.value is not None else told,
        )

    return TrendChart(
        title=f"{measure.label} over {len(trend)} periods",
        words="; ".join(f"{label} {figure_text(each)}" for label, each in zip(labels, trend, strict=True)),
        bars=tuple(bar(place, figure) for place, figure in enumerate(trend)),
        grid=tuple(
            (_number(y_of(low + place * step)), scale_text(measure, low + place * step))
            for place in range(round((high - low) / step) + 1)
        ),
        zero_y=_number(y_of(0.0)),
        right=f"{right:g}",
        target_y=_number(y_of(targets[0])) if targets else "",
        other_target_y=_number(y_of(targets[1])) if len(targets) > 1 else "",
        target=target_words,
    )


def _line(heights: Sequence[float | None], step: float) -> str:
    """The path through ``heights``; it breaks off where there is none."""
    parts = []
    for place, height in enumerate(heights):
        if height is not None:
            begins = place == 0 or heights[place - 1] is None
            parts.append(f"{'M' if begins else 'L'}{_number(SPARK_MARGIN + place * step)} {_number(height)}")
    return "".join(parts)


def _number(value: float) -> str:
    return f"{value:.1f}"
