"""The parts of a figure that is too much to open at once: categories first, then shorter periods."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from scorecard.measures.asked import Asked
from scorecard.measures.choices import Measure, Slice
from scorecard.measures.cut import Cut
from scorecard.measures.figure import Figure
from scorecard.measures.wording import figure_text, n_text
from scorecard.outcomes.card import breakdown_of, figures_of
from scorecard.outcomes.measure_page import drill_url, part_rows
from sop_site.clock import today
from sop_site.fiscal import FiscalPeriod, PeriodKind

SHORTER: Final = {
    PeriodKind.YEAR: PeriodKind.QUARTER,
    PeriodKind.QUARTER: PeriodKind.MONTH,
    PeriodKind.MONTH: PeriodKind.WEEK,
}
NOTHING: Final = "Nothing stands directly in it."


@dataclass(frozen=True, slots=True)
class Step:
    """One part to open, with its figure."""

    label: str
    url: str
    value: str
    n: str


@dataclass(frozen=True, slots=True)
class Steps:
    """All of them, and what kind they are of."""

    kind: str
    rows: Sequence[Step]


def figure_of(measure: Measure, period: FiscalPeriod, cut: Cut, *, is_direct: bool) -> Figure:
    """The measure's figure; ``is_direct`` without the categories below that of the cut."""
    if not is_direct or Slice.CATEGORY not in measure.facts.slices:
        return figures_of([period], cut, {measure})[0][measure]
    parts = breakdown_of(measure, period, cut, Slice.CATEGORY)
    return next((part.figure for part in parts if part.key is None), Figure.none(measure, NOTHING))


def steps_of(measure: Measure, asked: Asked, *, is_direct: bool) -> Steps | None:
    """What to open first, what hurts most first or the oldest; None of one category in one week."""
    if not is_direct:
        parts = part_rows(measure, asked, Slice.CATEGORY)
        # What stands directly in the category is one of the parts only beside others.
        if any(part.part.key is not None for part in parts):
            return Steps(
                "category",
                [Step(part.part.label, part.rows_url, part.value, part.n) for part in parts],
            )
    if asked.period.kind not in SHORTER:
        return None
    direct = 1 if is_direct else None
    rows = []
    for period in _shorter(asked.period):
        figure = figure_of(measure, period, asked.cut, is_direct=is_direct)
        url = drill_url(measure, asked, period=period.key, direct=direct)
        rows.append(Step(period.label, url, figure_text(figure), n_text(figure)))
    return Steps(SHORTER[asked.period.kind].value, rows)


def _shorter(period: FiscalPeriod) -> list[FiscalPeriod]:
    """The periods of the next shorter kind in it that have begun, in order."""
    each = FiscalPeriod.of(SHORTER[period.kind], period.start)
    last_day = min(period.end, today())
    found = []
    while each.start <= last_day:
        found.append(each)
        each += 1
    return found
