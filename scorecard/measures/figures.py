"""The figures of periods in a cut, whole or divided: those that the measures' own facts say.

Marketing's figures and the late submissions stand in what campaigns came to, which is a later room:
`scorecard.outcomes.card` puts all of them together, for pages that show the whole card.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Final, TypeVar

from scorecard.measures import forecast_figures, incidence, process_figures, week_figures
from scorecard.measures.choices import Measure, Slice
from scorecard.measures.cut import Cut
from scorecard.measures.figure import Figure, Key, Part
from scorecard.measures.queries import (
    ACCURACY_SUMS,
    WEEK_SUMS,
    Facts,
    ProcessSums,
    RecordedWeek,
    Sums,
    recorded_weeks,
)
from scorecard.measures.spans import Span, starts_needed
from scorecard.measures.week_figures import WeekFacts
from sop_site.fiscal import FiscalPeriod, FiscalWeek

__all__ = ["Cut", "Figure", "Part", "breakdown_of", "figures_of", "figures_of_weeks"]

# Not the incidence, which does not add up from the weeks and is counted only where it is asked for.
ADDED_UP: Final = (
    frozenset(week_figures.RULES) | frozenset(forecast_figures.RULES) | frozenset(process_figures.RULES)
)
MEASURED: Final = ADDED_UP | {Measure.STOCKOUT_INCIDENCE}

NOT_RECORDED: Final = "No week of it is recorded."

Figures = dict[Measure, Figure]
Known = TypeVar("Known")


def figures_of(
    periods: Sequence[FiscalPeriod], cut: Cut, measures: Collection[Measure] | None = None
) -> list[Figures]:
    """The figures of each period, in a number of queries that does not grow with them.

    All that add up unless ``measures`` are named; those of other rooms are left out.
    """
    weeks_of = [period.weeks for period in periods]
    return figures_of_weeks(weeks_of, recorded_weeks(starts_needed(weeks_of)), cut, measures)


def figures_of_weeks(
    weeks_of: Sequence[Sequence[FiscalWeek]],
    recorded: Sequence[RecordedWeek],
    cut: Cut,
    measures: Collection[Measure] | None = None,
) -> list[Figures]:
    """The same of any weeks that follow on one another, such as those of a year before.

    ``recorded`` are at least those of `starts_needed`.
    """
    reading = Reading(weeks_of, recorded, cut)
    found = reading.figures(ADDED_UP if measures is None else MEASURED.intersection(measures))
    return [
        {measure: of_part[None][number] for measure, of_part in found.items()}
        for number in range(len(weeks_of))
    ]


def breakdown_of(measure: Measure, period: FiscalPeriod, cut: Cut, by: Slice) -> list[Part]:
    """The figure of each part of a cut, by name: of a category its children, and the SKUs directly in it.

    Raises ValueError where the measure is not kept by this slice.
    """
    if by not in measure.facts.slices:
        raise ValueError(f"{measure.label} is not kept by {by}.")
    if not cut.slices <= measure.facts.slices:
        return []
    reading = Reading([period.weeks], recorded_weeks(starts_needed([period.weeks])), cut, by)
    return reading.places.named(
        {part: figures[0] for part, figures in reading.figures({measure})[measure].items()}
    )


class Reading:
    """The recorded weeks of some spans in a cut, and what every measure says of them."""

    def __init__(
        self,
        weeks_of: Sequence[Sequence[FiscalWeek]],
        recorded: Sequence[RecordedWeek],
        cut: Cut,
        by: Slice | None = None,
    ) -> None:
        self._cut = cut
        self._by = by
        self._spans = [Span.of(weeks, recorded) for weeks in weeks_of]
        self._facts = Facts(recorded, cut, by)
        self.places = self._facts.places

    def figures(self, measures: Collection[Measure]) -> dict[Measure, dict[Key, list[Figure]]]:
        """Of each measure and part the figure of every span; undivided, the one part is None."""
        kept = {measure for measure in measures if self._cut.slices <= measure.facts.slices}
        found: dict[Measure, dict[Key, list[Figure]]] = {
            measure: {None: [not_kept(measure, self._cut)] * len(self._spans)}
            for measure in set(measures) - kept
        }
        facts, weeks = self._facts, self._facts.weeks
        if asked := kept.intersection(week_figures.RULES):
            of_weeks, nothing = self._week_facts(asked), WeekFacts(Sums.none(WEEK_SUMS, weeks), {})
            found |= self._applied(week_figures.figure_of, of_weeks, nothing, asked)
        if asked := kept.intersection(forecast_figures.RULES):
            no_accuracy = Sums.none(ACCURACY_SUMS, weeks)
            found |= self._applied(forecast_figures.figure_of, facts.accuracy_sums(), no_accuracy, asked)
        if asked := kept.intersection(process_figures.RULES):
            no_process = ProcessSums.none(weeks)
            found |= self._applied(process_figures.figure_of, facts.process_sums(), no_process, asked)
        if asked := kept & {Measure.STOCKOUT_INCIDENCE}:
            skus = incidence.promoted_skus(self._spans, self._cut, self.places, self._by)
            found |= self._applied(incidence.figure_of, skus, {}, asked)
        return found

    def _week_facts(self, asked: Collection[Measure]) -> dict[Key, WeekFacts]:
        """The sums of each part, and what their last weeks expected where that is asked for."""
        last = {span.with_stock[-1] for span in self._spans if span.with_stock}
        outlooks = self._facts.outlooks(last) if Measure.WEEKS_FORWARD in asked else {}
        return {
            part: WeekFacts(sums, outlooks.get(part, {})) for part, sums in self._facts.week_sums().items()
        }

    def _applied(
        self,
        figure_of: Callable[[Measure, Known, Span], Figure],
        found: Mapping[Key, Known],
        nothing: Known,
        measures: Collection[Measure],
    ) -> dict[Measure, dict[Key, list[Figure]]]:
        """What is said of the facts of each part in every span; undivided, of ``nothing`` where none are."""
        parts = found if found or self._by is not None else {None: nothing}

        def said(measure: Measure, known: Known, span: Span) -> Figure:
            if not span.places:
                return Figure.none(measure, NOT_RECORDED)
            return replace(figure_of(measure, known, span), is_partial=span.is_partial)

        return {
            measure: {
                part: [said(measure, known, span) for span in self._spans] for part, known in parts.items()
            }
            for measure in measures
        }


def not_kept(measure: Measure, cut: Cut) -> Figure:
    """No figure, because the measure is not divided by what the cut is narrowed by."""
    slices = " and ".join(of for of in Slice if of in cut.slices - measure.facts.slices)
    return Figure.none(measure, f"Not kept by {slices}.")
