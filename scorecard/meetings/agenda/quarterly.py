"""The points of a quarterly review: the measures that are off their target, and the decisions wanted."""

from collections.abc import Iterator

from scorecard.about.about import About
from scorecard.about.choices import AboutKind
from scorecard.measures.cut import Cut
from scorecard.measures.wording import figure_text, target_text
from scorecard.meetings.agenda.points import Wanted
from scorecard.meetings.choices import PointSource
from scorecard.outcomes.card import Verdict, card_of
from scorecard.reviews.periods import review_of
from sop_site.fiscal import FiscalPeriod


def quarterly_points(period: FiscalPeriod) -> list[Wanted]:
    """Those of the quarter that is reviewed."""
    return [*_measures(period), *_questions(period)]


def _measures(period: FiscalPeriod) -> Iterator[Wanted]:
    for line in card_of(period, Cut(), trend_periods=2):
        if line.verdict != Verdict.BAD:
            continue
        target = target_text(line.measure, line.target)
        yield Wanted(
            PointSource.MEASURE,
            f"{line.measure}@{period.key}",
            f"{line.measure.label}: {figure_text(line.actual)}, target {target}",
            about=About(AboutKind.MEASURE, line.measure),
        )


def _questions(period: FiscalPeriod) -> Iterator[Wanted]:
    review = review_of(period)
    if review.pk is None:
        return
    for question in review.decisions.filter(decided_at=None).select_related("asked_by"):
        yield Wanted(
            PointSource.REVIEW_QUESTION,
            str(question.pk),
            question.question,
            f"Asked by {question.asked_by}.",
            question=question,
            planned_minutes=10,
        )
