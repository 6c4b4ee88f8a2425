"""One measure of the scorecard: its course, its parts, and its targets."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.urls import reverse

from scorecard.measures.asked import Asked
from scorecard.measures.charts import TrendChart, trend_chart
from scorecard.measures.choices import Better, Measure, Slice, Unit
from scorecard.measures.figure import Figure, Part
from scorecard.measures.models import MeasureTarget, WeekSnapshot
from scorecard.measures.queries import recorded_weeks, restatements_in
from scorecard.measures.targets import standing_targets
from scorecard.measures.wording import figure_text, n_text, target_text
from scorecard.outcomes.card import breakdown_of, line_of
from scorecard.outcomes.card_page import Row, coverage_words, is_kept_by_sku, notes_of, row_of, trend_labels
from sop_site.export import Column, ColumnKind, Sheet
from sop_site.fiscal import PeriodKind

# So many periods make a course that can be read at a glance.
PERIODS_SHOWN: Final = {
    PeriodKind.WEEK: 26,
    PeriodKind.MONTH: 13,
    PeriodKind.QUARTER: 8,
    PeriodKind.YEAR: 3,
}


@dataclass(frozen=True, slots=True)
class PeriodRow:
    """One period of the course."""

    label: str
    url: str
    value: str
    n: str
    notes: list[str]
    is_current: bool


@dataclass(frozen=True, slots=True)
class PartRow:
    """One part of the figure; ``share`` of 100 is how long its bar is beside that of the worst.

    ``rows_url`` is where it opens to its SKUs, empty where campaigns stand behind it or an address cannot
    name it.
    """

    part: Part
    url: str
    rows_url: str
    value: str
    n: str
    notes: list[str]
    share: int


@dataclass(frozen=True, slots=True)
class SliceTab:
    """A way to divide the figure."""

    label: str
    url: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class MeasurePage:
    """One measure in a period and a cut."""

    asked: Asked
    measure: Measure
    row: Row
    coverage: str
    chart: TrendChart | None
    course: list[PeriodRow]
    tabs: list[SliceTab]
    by: Slice | None
    parts: list[PartRow]
    drill_url: str
    targets: list[MeasureTarget]
    restated: list[WeekSnapshot]

    @property
    def target_rows(self) -> list[tuple[MeasureTarget, str]]:
        """Every target that was ever set, the newest first, in words."""
        return [(target, target_text(self.measure, target.value)) for target in self.targets]


def measure_page(measure: Measure, asked: Asked, by: str) -> MeasurePage:
    """The measure with its course over periods and its parts ``by`` a slice, the first it knows if unsaid."""
    period, cut = asked.period, asked.cut
    periods = PERIODS_SHOWN[period.kind]
    line = line_of(measure, period, cut, trend_periods=periods)
    labels = trend_labels(period, periods)
    target = standing_targets(period.start, cut.category_id).get(measure)
    row = row_of(line, asked, labels, target)
    slices = [each for each in Slice if each in measure.facts.slices]
    chosen = slice_of(measure, by)
    starts = {week.start for week in period.weeks}
    return MeasurePage(
        asked=asked,
        measure=measure,
        row=row,
        coverage=coverage_words(period, recorded_weeks(starts)),
        chart=trend_chart(measure, line.trend, labels, line.target, row.target),
        course=_course(measure, asked, line.trend, labels),
        tabs=[
            SliceTab(each.value.capitalize(), asked.query(by=each.value), each == chosen) for each in slices
        ],
        by=chosen,
        parts=[] if chosen is None else part_rows(measure, asked, chosen),
        drill_url=drill_url(measure, asked),
        targets=list(
            MeasureTarget.objects.filter(measure=measure)
            .select_related("category", "set_by")
            .order_by("-effective_from", "category__path")
        ),
        restated=list(restatements_in(starts)),
    )


def slice_of(measure: Measure, by: str) -> Slice | None:
    """The slice that an address names, or the first that the measure is kept by."""
    slices = [each for each in Slice if each in measure.facts.slices]
    return next((each for each in slices if each.value == by), slices[0] if slices else None)


def drill_url(measure: Measure, asked: Asked, **others: object) -> str:
    """Where the measure opens down to what it counts."""
    return reverse("scorecard:drill", args=[measure.value]) + asked.query(**others)


def part_rows(measure: Measure, asked: Asked, by: Slice) -> list[PartRow]:
    """The parts of the figure, those that hurt most first, those without a figure last."""
    parts = sorted(breakdown_of(measure, asked.period, asked.cut, by), key=_place)
    most = max((abs(part.figure.value or 0.0) for part in parts), default=0.0)
    choices = {value for select in asked.selects if select.name == by for value, _ in select.options}
    rows = []
    for part in parts:
        narrowed: dict[str, object] = {by.value: part.key}
        opens = part.key is not None and str(part.key) in choices
        is_direct = part.key is None and by == Slice.CATEGORY
        rows.append(
            PartRow(
                part=part,
                url=reverse("scorecard:measure", args=[measure.value]) + asked.query(**narrowed, by=by.value)
                if opens
                else "",
                rows_url=_rows_url(measure, asked, narrowed if opens else {"direct": 1})
                if opens or is_direct
                else "",
                value=figure_text(part.figure),
                n=n_text(part.figure),
                notes=notes_of(part.figure),
                share=round(100 * abs(part.figure.value or 0.0) / most) if most else 0,
            )
        )
    return rows


def _rows_url(measure: Measure, asked: Asked, narrowed: dict[str, object]) -> str:
    return drill_url(measure, asked, **narrowed) if is_kept_by_sku(measure) else ""


def hurt(measure: Measure, figure: Figure) -> float:
    """How much a part hurts the whole: of shares what was lost on all of its n, else how bad it is."""
    value = figure.value or 0.0
    facts = measure.facts
    if measure == Measure.BIAS:
        return abs(value) * figure.n
    if facts.better == Better.NEITHER:
        return value
    bad = value if facts.better == Better.LOWER else -value
    if facts.unit not in (Unit.SHARE, Unit.POINTS):
        return bad
    whole = 0.0 if facts.better == Better.LOWER or facts.unit == Unit.POINTS else 1.0
    return (whole + bad) * figure.n


def _place(part: Part) -> tuple[bool, float, str]:
    return part.figure.value is None, -hurt(part.figure.measure, part.figure), part.label


def _course(
    measure: Measure, asked: Asked, trend: Sequence[Figure], labels: Sequence[str]
) -> list[PeriodRow]:
    """The periods of the course, the newest first."""
    page = reverse("scorecard:measure", args=[measure.value])
    rows = [
        PeriodRow(
            label=labels[place],
            url=page + asked.query(period=(asked.period - (len(trend) - 1 - place)).key),
            value=figure_text(figure),
            n=n_text(figure),
            notes=[*notes_of(figure), *(["Not all weeks."] if figure.is_partial else [])],
            is_current=place == len(trend) - 1,
        )
        for place, figure in enumerate(trend)
    ]
    return rows[::-1]


def parts_sheet(measure: Measure, asked: Asked, by: Slice) -> Sheet:
    """The parts of the figure as a table for a file."""
    return Sheet(
        "Parts",
        (
            Column(by.value.capitalize()),
            Column("Measure"),
            Column("Period"),
            Column("Of"),
            Column("Value", ColumnKind.RATIO),
            Column("In words"),
            Column("n", ColumnKind.UNITS),
            Column("n counts"),
            Column("Note"),
        ),
        [
            (
                row.part.label,
                measure.label,
                asked.period.label,
                asked.words,
                row.part.figure.value,
                row.value,
                row.part.figure.n,
                row.part.figure.n_of,
                " ".join(row.notes),
            )
            for row in part_rows(measure, asked, by)
        ],
    )
