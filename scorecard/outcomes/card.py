"""The whole card: the figures of the measures' facts and of what campaigns came to, beside one another.

It stands in this room because what campaigns came to does, which the measures do not know of.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from django.db import models

from scorecard.measures import figures as measured
from scorecard.measures.choices import Better, Measure, Slice
from scorecard.measures.cut import Cut
from scorecard.measures.figure import Figure, Part
from scorecard.measures.figures import Figures
from scorecard.measures.queries import RecordedWeek, recorded_weeks
from scorecard.measures.spans import Span, starts_needed
from scorecard.measures.targets import GROWING, holds_for, standing_targets, target_of_span
from scorecard.outcomes import figures as outcomes
from sop_site.fiscal import FiscalPeriod, FiscalWeek, same_week_last_year

TREND_PERIODS: Final = 8


class Verdict(models.TextChoices):
    """What a figure is beside its target; only GOOD is green."""

    GOOD = "good", "On target"
    BAD = "bad", "Off target"
    NO_TARGET = "no_target", "No target"
    # A target stands, but neither more nor less is better.
    NOT_JUDGED = "not_judged", "Not judged"
    NO_DATA = "no_data", "No data"


@dataclass(frozen=True, slots=True)
class CardLine:
    """One measure of a period: what it is, was a year before, should be, and has been over ``trend``.

    The trend ends with the period itself. ``target`` is that of the weeks there are.
    """

    measure: Measure
    actual: Figure
    last_year: Figure
    target: float | None
    trend: list[Figure]
    verdict: Verdict


def figures_of(
    periods: Sequence[FiscalPeriod], cut: Cut, measures: Collection[Measure] | None = None
) -> list[Figures]:
    """The figures of each period, in a number of queries that does not grow with them.

    All but the incidence of stockouts unless ``measures`` are named.
    """
    weeks_of = [period.weeks for period in periods]
    return _figures_of_weeks(weeks_of, recorded_weeks(starts_needed(weeks_of)), cut, measures)


def breakdown_of(measure: Measure, period: FiscalPeriod, cut: Cut, by: Slice) -> list[Part]:
    """The figure of each part of a cut, by name. Raises ValueError where it is not kept by this slice."""
    room = outcomes if measure in outcomes.MEASURED else measured
    return room.breakdown_of(measure, period, cut, by)


def card_of(
    period: FiscalPeriod, cut: Cut, *, trend_periods: int = TREND_PERIODS, with_incidence: bool = False
) -> list[CardLine]:
    """Every measure of a period in the order of `Measure`, in a fixed number of queries.

    Last year is of the restated weeks (definitions: T1), of a period that is not over of the same weeks as
    are recorded; what grows with its weeks has none where some of these are missing. The incidence of
    stockouts, which is counted anew, comes only ``with_incidence``.
    """
    measures = [measure for measure in Measure if with_incidence or measure != Measure.STOCKOUT_INCIDENCE]
    return _lines(period, cut, measures, trend_periods)


def line_of(
    measure: Measure, period: FiscalPeriod, cut: Cut, *, trend_periods: int = TREND_PERIODS
) -> CardLine:
    """One measure of a period as the card has it, with a trend of as many periods as wanted."""
    return _lines(period, cut, [measure], trend_periods)[0]


def _lines(period: FiscalPeriod, cut: Cut, measures: Sequence[Measure], trend_periods: int) -> list[CardLine]:
    trend = [(period - ago).weeks for ago in range(trend_periods - 1, -1, -1)]
    recorded = recorded_weeks(starts_needed([*trend, period.weeks_last_year()]))
    there = _those_of(period.weeks, recorded)
    year_before = weeks_before(there or period.weeks)
    known_before = len(_those_of(year_before, recorded))
    *of_trend, last_year = _figures_of_weeks([*trend, year_before], recorded, cut, measures)
    actual = of_trend[-1]
    targets = {
        measure: target.value
        for measure, target in standing_targets(period.start, cut.category_id).items()
        if holds_for(target, cut)
    }
    span = Span.of(period.weeks, recorded)
    is_whole = len(there) in (0, len(period.weeks))
    note = "" if is_whole else f"The same weeks as this year: {len(there)} of {len(period.weeks)}."
    if 0 < known_before < len(year_before):
        note = f"Recorded are {known_before} of these {len(year_before)} weeks."
    lines = []
    for measure in measures:
        target = targets.get(measure)
        if target is not None:
            target = target_of_span(measure, target, span)
        lines.append(
            CardLine(
                measure,
                actual[measure],
                _comparable(last_year[measure], note),
                target,
                [figures[measure] for figures in of_trend],
                verdict_of(actual[measure], target),
            )
        )
    return lines


def verdict_of(figure: Figure, target: float | None) -> Verdict:
    """What a figure is beside its target: without a value it is never good.

    A bias is good where it is no further from zero than its target, to either side.
    """
    if figure.value is None:
        return Verdict.NO_DATA
    if target is None:
        return Verdict.NO_TARGET
    better = figure.measure.facts.better
    if figure.measure == Measure.BIAS:
        is_good = abs(figure.value) <= abs(target)
    elif better == Better.NEITHER:
        return Verdict.NOT_JUDGED
    else:
        is_good = figure.value <= target if better == Better.LOWER else figure.value >= target
    return Verdict.GOOD if is_good else Verdict.BAD


def _figures_of_weeks(
    weeks_of: Sequence[Sequence[FiscalWeek]],
    recorded: Sequence[RecordedWeek],
    cut: Cut,
    measures: Collection[Measure] | None,
) -> list[Figures]:
    """What both rooms say."""
    stock = measured.figures_of_weeks(weeks_of, recorded, cut, measures)
    asked = outcomes.MEASURED if measures is None else measures
    demand = outcomes.figures_of_weeks(weeks_of, recorded, cut, asked)
    return [of_one | of_other for of_one, of_other in zip(stock, demand, strict=True)]


def weeks_before(weeks: Sequence[FiscalWeek]) -> list[FiscalWeek]:
    """The restated weeks of the year before, in order."""
    return sorted({same_week_last_year(week, restated=True) for week in weeks})


def _comparable(last_year: Figure, note: str) -> Figure:
    """With the note; what grows with its weeks is no figure of last year where some of them are missing."""
    if last_year.value is not None and last_year.is_partial and last_year.measure in GROWING:
        return Figure.none(last_year.measure, note)
    return last_year.noted(note)


def _those_of(weeks: Sequence[FiscalWeek], recorded: Sequence[RecordedWeek]) -> list[FiscalWeek]:
    """Those of the weeks that are recorded."""
    starts = {week.start for week in recorded}
    return [week for week in weeks if week.start in starts]
