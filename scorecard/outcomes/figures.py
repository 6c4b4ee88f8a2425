"""Marketing's measures, and late submissions: from what the campaigns that ended in a period came to."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
from django.db.models import F, IntegerField, Value

from marketing.campaigns.choices import Channel
from marketing.sales.models import Mechanic
from scorecard.measures import engine
from scorecard.measures.choices import Measure, Slice
from scorecard.measures.cut import Cut
from scorecard.measures.figure import Figure, Key, Part
from scorecard.measures.figures import NOT_RECORDED, Figures, not_kept
from scorecard.measures.queries import RecordedWeek, recorded_weeks
from scorecard.measures.spans import Span
from scorecard.outcomes.models import CampaignOutcome
from sop_site.fiscal import FiscalPeriod, FiscalWeek

# Of each measure: what it counts of what, and what the campaigns need for it.
RATIOS: Final = {
    Measure.VISITS: ("visits_actual", "visits_target", "visits and a plan of them"),
    Measure.CONVERSION: ("orders_actual", "visits_actual", "orders and visits"),
    Measure.REVENUE: ("revenue_actual", "revenue_target", "revenue and a plan of it"),
}
MEASURED: Final = frozenset({*RATIOS, Measure.LATE_SUBMISSIONS})
FIELDS: Final = tuple(dict.fromkeys(name for part, whole, _ in RATIOS.values() for name in (part, whole)))
OF: Final = "campaigns that ended"

# The fields of one campaign's outcome, by name.
Outcome = dict[str, Any]


def figures_of_weeks(
    weeks_of: Sequence[Sequence[FiscalWeek]],
    recorded: Sequence[RecordedWeek],
    cut: Cut,
    measures: Collection[Measure],
) -> list[Figures]:
    """The figures of each of these spans of weeks, in one query; measures of other rooms are left out."""
    asked = MEASURED.intersection(measures)
    if not asked:
        return [{} for _ in weeks_of]
    outcomes = _outcomes(recorded, cut).get(None, {})
    spans = [Span.of(weeks, recorded) for weeks in weeks_of]
    return [{measure: _figure(measure, cut, outcomes, span) for measure in asked} for span in spans]


def breakdown_of(measure: Measure, period: FiscalPeriod, cut: Cut, by: Slice) -> list[Part]:
    """The figure of each channel or mechanic, by name; as `scorecard.measures.figures.breakdown_of`."""
    if by not in measure.facts.slices:
        raise ValueError(f"{measure.label} is not kept by {by}.")
    if not cut.slices <= measure.facts.slices:
        return []
    recorded = recorded_weeks({week.start for week in period.weeks})
    span, outcomes = Span.of(period.weeks, recorded), _outcomes(recorded, cut, by)
    labels: dict[Key, str] = {choice.value: choice.label for choice in Channel}
    if by == Slice.MECHANIC:
        labels = dict(Mechanic.objects.values_list("pk", "name"))
    parts = [
        # What runs in both channels is no single one, to which a cut could be narrowed.
        Part(None if part == Channel.ALL else part, labels[part], _figure(measure, cut, by_week, span))
        for part, by_week in outcomes.items()
    ]
    return sorted(parts, key=lambda part: part.label)


def _outcomes(
    recorded: Sequence[RecordedWeek], cut: Cut, by: Slice | None = None
) -> dict[Key, dict[int, list[Outcome]]]:
    """Of each part the outcomes of every recorded week, by its place; undivided, the one part is None."""
    rows = CampaignOutcome.objects.filter(snapshot__in=[week.snapshot_id for week in recorded])
    if cut.channel:
        rows = rows.filter(campaign__channel=cut.channel)
    if cut.mechanic_id is not None:
        rows = rows.filter(campaign__mechanic=cut.mechanic_id)
    part = {
        None: Value(None, output_field=IntegerField()),
        Slice.CHANNEL: F("campaign__channel"),
        Slice.MECHANIC: F("campaign__mechanic_id"),
    }[by]
    place = {week.snapshot_id: place for place, week in enumerate(recorded)}
    found: defaultdict[Key, defaultdict[int, list[Outcome]]] = defaultdict(lambda: defaultdict(list))
    for row in rows.annotate(part=part).values(
        "snapshot_id", "part", "is_late", "submitted_weeks_ahead", *FIELDS
    ):
        found[row["part"]][place[row["snapshot_id"]]].append(row)
    return dict(found)


def _figure(measure: Measure, cut: Cut, by_week: dict[int, list[Outcome]], span: Span) -> Figure:
    if not cut.slices <= measure.facts.slices:
        return not_kept(measure, cut)
    if not span.places:
        return Figure.none(measure, NOT_RECORDED)
    outcomes = [outcome for place in span.places for outcome in by_week.get(place, [])]
    if not outcomes:
        return Figure.none(measure, "No campaign ended in these weeks.", n_of=OF)
    figure = _late(outcomes) if measure == Measure.LATE_SUBMISSIONS else _ratio(measure, outcomes)
    return replace(figure, is_partial=span.is_partial)


def _late(outcomes: Sequence[Outcome]) -> Figure:
    """Those submitted less than the decision window before they started, of those submitted."""
    late = [outcome["is_late"] for outcome in outcomes if outcome["submitted_weeks_ahead"] is not None]
    share = engine.incidence(np.array(late))
    if share is None:
        return Figure.none(Measure.LATE_SUBMISSIONS, "No campaign that ended was submitted here.", n_of=OF)
    return Figure(Measure.LATE_SUBMISSIONS, share, len(late), OF)


def _ratio(measure: Measure, outcomes: Sequence[Outcome]) -> Figure:
    """One sum over another, of the campaigns of which both are known."""
    part, whole, needed = RATIOS[measure]
    known = [outcome for outcome in outcomes if outcome[part] is not None and outcome[whole] is not None]
    value = engine.quotient(
        np.array([outcome[part] for outcome in known], dtype=np.float64),
        np.array([outcome[whole] for outcome in known], dtype=np.float64),
    )
    if value is None:
        return Figure.none(measure, f"No campaign that ended has {needed}.", n_of=OF)
    lacking = len(outcomes) - len(known)
    note = f"{lacking} of {len(outcomes)} campaigns lack {needed}." if lacking else ""
    return Figure(measure, value, len(known), OF).noted(note)
