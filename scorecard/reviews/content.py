"""What a quarterly review has before it: the same on the screen and on paper."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from scorecard.measures.asked import Asked
from scorecard.measures.charts import TrendChart, trend_chart
from scorecard.measures.choices import Group, Measure
from scorecard.measures.cut import Cut
from scorecard.measures.queries import recorded_weeks
from scorecard.measures.targets import GROWING
from scorecard.measures.wording import change_text, direction_word, figure_text, target_text
from scorecard.outcomes.card import TREND_PERIODS, CardLine, card_of
from scorecard.outcomes.card_page import Row, coverage_words, row_of, trend_labels
from scorecard.outcomes.losses import MoneyBetween, money_of_all
from scorecard.outcomes.quarter_page import outcomes_of
from scorecard.reviews.corrections import Restatement, changed_weeks_of, restatements_of
from scorecard.reviews.models import QuarterlyReview, ReviewDecision
from scorecard.reviews.moves import Move, biggest_moves, unsure_words
from scorecard.reviews.periods import quarter_of
from scorecard.reviews.proposals import ProposedModel, proposed_models
from scorecard.reviews.untaken import UntakenWeeks, untaken_weeks
from sop_site.fiscal import FiscalPeriod

# Both functions stand in the order of the scorecard, below the outcome that they share.
GROUPS: Final = (Group.OUTCOME, Group.MARKETING, Group.INVENTORY, Group.FORECAST, Group.PROCESS)
# What the picture on top is of.
PICTURED: Final = Measure.STOCKOUT_DAYS


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """A row of the scorecard, what it was in the quarter before, and the change; "" where none shows.

    Where one of the two stands on too few, the change says that instead. What grows with the length of a
    quarter has none until all of its weeks are there.
    """

    row: Row
    before: str
    change: str
    direction: str


@dataclass(frozen=True, slots=True)
class ReviewGroup:
    """The rows of one group."""

    group: Group
    rows: list[ReviewRow]


@dataclass(frozen=True, slots=True)
class ReviewContent:
    """All of it. ``coverage`` says in words which weeks of the quarter there are, ``untaken`` which not."""

    review: QuarterlyReview
    period: FiscalPeriod
    status: str
    coverage: str
    untaken: UntakenWeeks
    is_partial: bool
    is_empty: bool
    groups: list[ReviewGroup]
    moves: list[Move]
    chart: TrendChart | None
    money: MoneyBetween
    open_decisions: list[ReviewDecision]
    taken_decisions: list[ReviewDecision]
    proposals: list[ProposedModel]
    restatements: list[Restatement]
    changed_weeks: list[str]

    @property
    def before(self) -> str:
        """The name of the quarter before."""
        return (self.period - 1).label

    @property
    def holes(self) -> str:
        """The weeks that no night took whole, in a sentence; "" where none is missing, or all are."""
        return "" if self.is_empty else self.untaken.missing_words

    @property
    def tells_corrections(self) -> bool:
        """Whether there is anything to correct: a week of it is closed with the quarter, or was before."""
        return self.review.closed_at is not None or bool(self.restatements)

    @property
    def no_moves(self) -> str:
        """Why nothing is said to have changed."""
        if self.is_empty:
            return f"No week of {self.period.label} is on the scorecard yet."
        return f"Nothing moved noticeably, or {self.before} is not on the scorecard."

    @property
    def changed_words(self) -> str:
        """The closed weeks whose sources changed and which nobody has restated, in a sentence."""
        were = "was" if len(self.changed_weeks) == 1 else "were"
        return f"What {', '.join(self.changed_weeks)} {were} made from has changed since; not restated."


def review_content(review: QuarterlyReview, today: date) -> ReviewContent:
    """What is before the review of a quarter as of ``today``, in a number of queries that does not grow."""
    period = quarter_of(review)
    lines = card_of(period, Cut())
    labels = trend_labels(period, TREND_PERIODS)
    asked = Asked(period, Cut(), {}, ())
    is_over = period.end < today
    rows = [_row(line, asked, labels, is_over=is_over) for line in lines]
    recorded = recorded_weeks({week.start for week in period.weeks})
    pictured = next(line for line in lines if line.measure == PICTURED)
    decisions = _decisions(review)
    return ReviewContent(
        review=review,
        period=period,
        status=_status(review, period, today),
        coverage=coverage_words(period, recorded),
        untaken=untaken_weeks(period, recorded, today),
        is_partial=any(line.actual.is_partial for line in lines),
        is_empty=not recorded,
        groups=[
            ReviewGroup(group, [each for each in rows if each.row.line.measure.facts.group == group])
            for group in GROUPS
        ],
        moves=biggest_moves(lines, period, is_over=is_over),
        chart=trend_chart(
            PICTURED, pictured.trend, labels, pictured.target, target_text(PICTURED, pictured.target)
        ),
        money=money_of_all(outcomes_of(period)),
        open_decisions=[decision for decision in decisions if decision.decided_at is None],
        taken_decisions=[decision for decision in decisions if decision.decided_at is not None],
        proposals=proposed_models(review),
        restatements=restatements_of(period),
        changed_weeks=changed_weeks_of(period),
    )


def _row(line: CardLine, asked: Asked, labels: list[str], *, is_over: bool) -> ReviewRow:
    before, now = line.trend[-2], line.actual
    change, direction = "", ""
    grows_on = now.is_partial and line.measure in GROWING
    if figure_text(before) != figure_text(now) and not grows_on:
        change = change_text(line.measure, now.value, before.value)
        direction = direction_word(line.measure, now.value, before.value)
    if change and (unsure := unsure_words(before, now, is_over=is_over)):
        change, direction = (unsure if is_over else f"{change} {unsure}"), ""
    return ReviewRow(
        row=row_of(line, asked, labels, None),
        before="" if before.value is None else figure_text(before),
        change=change,
        direction=direction,
    )


def _status(review: QuarterlyReview, period: FiscalPeriod, today: date) -> str:
    if review.closed_at is not None:
        return "Closed"
    return "Running" if today <= period.end else "Open"


def _decisions(review: QuarterlyReview) -> list[ReviewDecision]:
    if review.pk is None:
        return []
    return list(review.decisions.select_related("operating_model", "asked_by", "decided_by"))
