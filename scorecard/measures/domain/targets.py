"""Setting what measures should be."""

from datetime import date
from math import isfinite
from typing import Final

from django.db import transaction
from django.utils import timezone

from marketing.catalogue.models import Category
from scorecard.measures.choices import Measure, Slice, Unit
from scorecard.measures.models import MeasureTarget
from scorecard.measures.targets import why_not_from
from sop_site.access.models import User
from sop_site.access.permissions import NotNow, require
from sop_site.history import note_change

# Shares of a plan or of what stood at the start, which can be exceeded.
MAY_PASS_THE_WHOLE: Final = frozenset(
    {Measure.SELL_THROUGH, Measure.MARKDOWN, Measure.VISITS, Measure.REVENUE, Measure.BIAS}
)


@transaction.atomic
def set_target(
    *,
    measure: Measure,
    category: Category | None,
    effective_from: date,
    value: float,
    reason: str,
    by: User,
) -> MeasureTarget:
    """Set what a measure should be from a day on, of a category with all below it or of everything.

    One that was set for the same day is replaced; the history keeps it. Raises NotAllowed unless ``by`` sets
    targets, and NotNow where the value cannot be, the reason is missing, the measure knows no categories, or
    the day lies in a closed quarter or before it, whose verdicts would change.
    """
    require(by, "scorecard.set_target")
    if not isfinite(value):
        raise NotNow("A target is a number.")
    if value < 0 and measure.facts.unit != Unit.POINTS:
        raise NotNow("This target cannot be below 0.")
    if value > 1 and measure.facts.unit == Unit.SHARE and measure not in MAY_PASS_THE_WHOLE:
        raise NotNow("A share cannot be above 100%.")
    if category is not None and Slice.CATEGORY not in measure.facts.slices:
        raise NotNow(f"{measure.label} is not kept by category.")
    if not reason.strip():
        raise NotNow("Say why this is the target.")
    if refused := why_not_from(effective_from):
        raise NotNow(refused)
    note_change(by=by, note=reason.strip())
    target, _ = MeasureTarget.objects.update_or_create(
        measure=measure,
        category=category,
        effective_from=effective_from,
        defaults={"value": value, "reason": reason.strip(), "set_at": timezone.now(), "set_by": by},
    )
    return target
