"""What measures should be: the targets in force, and from which day on one can be set."""

from datetime import date, timedelta
from typing import Final

from django.db.models import Max, Min

from planning.consensus.blocks import at_or_above
from scorecard.measures.choices import Measure, Slice
from scorecard.measures.cut import Cut
from scorecard.measures.models import MeasureTarget, WeekSnapshot
from scorecard.measures.spans import Span
from sop_site.fiscal import WEEK, FiscalPeriod, PeriodKind
from sop_site.formats import short_date_year

# These grow with the length of a period: their target is of a quarter, and of another period its share.
GROWING: Final = frozenset({Measure.LOST_MARGIN, Measure.SELL_THROUGH, Measure.GMROI})
TARGET_WEEKS: Final = 13
# The parts of a sum are smaller than the whole for which its target was set.
SUMS: Final = frozenset({Measure.LOST_MARGIN})
# The stock of a DC stands in no channel, and in one region for all that it serves.
WITH_DC_STOCK: Final = frozenset({Measure.TURN, Measure.SELL_THROUGH, Measure.GMROI})


def targets_in_force(day: date, category_id: int | None = None) -> dict[Measure, float]:
    """The target of each measure that has one on ``day``: the newest of the category's own.

    Where it has none, that of the category above it, and last the one of everything. Of measures that grow
    with the period it is that of a quarter of 13 weeks.
    """
    return {measure: target.value for measure, target in standing_targets(day, category_id).items()}


def standing_targets(day: date, category_id: int | None = None) -> dict[Measure, MeasureTarget]:
    """The same targets as they were set, with who set each and its category."""
    above = at_or_above([category_id]) if category_id is not None else set()
    rows = (
        MeasureTarget.objects.filter(effective_from__lte=day)
        .select_related("category", "set_by")
        .order_by("effective_from")
    )
    nearest: dict[Measure, tuple[int, MeasureTarget]] = {}
    for target in rows:
        if target.category is not None and target.category_id not in above:
            continue
        depth = 0 if target.category is None else len(target.category.path.split(" > "))
        measure = Measure(target.measure)
        if measure not in nearest or depth >= nearest[measure][0]:
            nearest[measure] = (depth, target)
    return {measure: target for measure, (_, target) in nearest.items()}


def newest_closed_quarter() -> FiscalPeriod | None:
    """The newest quarter whose last week is closed; None where there is none yet."""
    closed = WeekSnapshot.objects.in_force().filter(closed_at__isnull=False)
    week_starts = closed.aggregate(first=Min("week_start"), last=Max("week_start"))
    first, last = week_starts["first"], week_starts["last"]
    if first is None:
        return None
    quarter = FiscalPeriod.of(PeriodKind.QUARTER, last)
    if quarter.end >= last + WEEK:
        quarter -= 1
    return quarter if first <= quarter.end else None


def why_not_from(day: date) -> str:
    """Why no target can be set from ``day`` on, in a sentence; "" where one can."""
    closed = newest_closed_quarter()
    if closed is None or day > closed.end:
        return ""
    first_day = short_date_year(closed.end + timedelta(days=1))
    return (
        f"{closed.label} is closed, and its verdicts with it: set the target from {first_day} on, or later."
    )


def holds_for(target: MeasureTarget, cut: Cut) -> bool:
    """Whether a cut is held against the target: a sum's only the whole that it was set for.

    Of what stands on the stock of the DCs too no single region or channel is.
    """
    if target.measure in SUMS and target.category_id != cut.category_id:
        return False
    return target.measure not in SUMS | WITH_DC_STOCK or cut.slices <= {Slice.CATEGORY}


def target_of_span(measure: Measure, target: float, span: Span) -> float:
    """A target for the weeks of a span that are known: of the quarter's its share, where the measure grows.

    Of all its weeks while none is known.
    """
    if measure not in GROWING:
        return target
    known = span.weeks_with_outs if measure == Measure.LOST_MARGIN else span.weeks_with_stock
    return target * (known or span.wanted) / TARGET_WEEKS
