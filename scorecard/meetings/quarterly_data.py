"""What stands beside the points of a quarterly review: a measure's course and parts, a question's words."""

from typing import Final

from django.urls import reverse
from django.utils import timezone

from scorecard.measures.asked import Asked
from scorecard.measures.choices import Measure, Slice
from scorecard.measures.cut import Cut
from scorecard.measures.figure import Figure, Part
from scorecard.measures.wording import figure_text, n_text, target_text
from scorecard.meetings.table import Cell, PointData, number
from scorecard.outcomes.card import breakdown_of, line_of
from scorecard.outcomes.measure_page import hurt, slice_of
from scorecard.reviews.models import ReviewDecision
from sop_site import formats
from sop_site.fiscal import FiscalPeriod
from sop_site.operating_model.comparison import compared
from sop_site.operating_model.models import OperatingModel

QUARTERS_SHOWN: Final = 4
WORST_SHOWN: Final = 5


def measure_data(source_key: str) -> PointData:
    """The measure over the last quarters that have it, the newest first, then the parts that hurt most."""
    name, _, period_key = source_key.partition("@")
    measure, period = Measure(name), FiscalPeriod.of_key(period_key)
    line = line_of(measure, period, Cut(), trend_periods=QUARTERS_SHOWN)
    quarters = [
        _row((period - ago).label, measure, period - ago, Cut(), figure, line.target if not ago else None)
        for ago, figure in enumerate(reversed(line.trend))
        if not ago or figure.value is not None
    ]
    heads = [
        ("Quarter, then the parts that hurt most", False),
        ("Value", True),
        ("Target", True),
        ("On", False),
    ]
    return PointData(heads, [*quarters, *_worst(measure, period)])


def question_data(question: ReviewDecision) -> PointData:
    """What was written about a question: who asked, what the proposal changes, what was decided."""
    asked_on = formats.short_date_year(timezone.localdate(question.asked_at))
    review = reverse("reviews:detail", args=[question.review.year, question.review.quarter])
    rows = [[Cell("Asked in"), Cell(f"Review of {question.review}", review)]]
    rows.append([Cell("By"), Cell(f"{question.asked_by}, {asked_on}")])
    if question.operating_model is not None:
        rows += _proposal(question.operating_model)
    written = {
        "Decided": question.decision,
        "It assumes": question.assumption,
        "What would change our mind": question.would_change_it,
    }
    rows += [[Cell(name), Cell(text)] for name, text in written.items() if text]
    return PointData([("Of the question", False), ("What was written", False)], rows)


def _worst(measure: Measure, period: FiscalPeriod) -> list[list[Cell]]:
    """Its parts by category, or by the first slice that it is kept by; none where it is kept by none."""
    by = Slice.CATEGORY if Slice.CATEGORY in measure.facts.slices else slice_of(measure, "")
    if by is None:
        return []
    cut = Cut()
    parts = breakdown_of(measure, period, cut, by)
    if by == Slice.CATEGORY and len(parts) == 1 and parts[0].key is not None:
        # All of it is in one: what is below that says more.
        cut = cut.within(by, parts[0].key)
        parts = breakdown_of(measure, period, cut, by) or parts
    known = [part for part in parts if part.figure.value is not None]
    worst = sorted(known, key=lambda part: (-hurt(measure, part.figure), part.label))[:WORST_SHOWN]
    return [_row(part.label, measure, period, _cut_of(cut, by, part), part.figure, None) for part in worst]


def _cut_of(cut: Cut, by: Slice, part: Part) -> Cut:
    return cut if part.key is None else cut.within(by, part.key)


def _row(
    label: str, measure: Measure, period: FiscalPeriod, cut: Cut, figure: Figure, target: float | None
) -> list[Cell]:
    page = reverse("scorecard:measure", args=[measure.value]) + Asked(period, cut, {}, ()).query()
    return [
        Cell(label, page),
        number(figure_text(figure)),
        number(target_text(measure, target)),
        Cell(n_text(figure) or figure.missing),
    ]


def _proposal(model: OperatingModel) -> list[list[Cell]]:
    """What a proposed version says of itself and changes."""
    page = reverse("operating_model:version", args=[model.version])
    rows = [[Cell("It proposes"), Cell(f"Version {model.version} of the operating model", page)]]
    if model.note:
        rows.append([Cell("Why"), Cell(model.note)])
    changes = compared(model, model.replaces).changes if model.replaces else []
    for change in changes:
        where = f", {change.where}" if change.where else ""
        rows.append([Cell(f"{change.meaning.label}{where}"), Cell(f"{change.before} → {change.after}")])
    return rows
