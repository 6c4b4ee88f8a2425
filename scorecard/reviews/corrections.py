"""What was corrected in a quarter after its weeks were closed, and what still might be."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from django.db.models import Sum

from scorecard.measures.choices import Measure
from scorecard.measures.engine import stockout_rate
from scorecard.measures.late_changes import weeks_changed_since_close
from scorecard.measures.models import WeekFact, WeekSnapshot
from scorecard.measures.queries import restatements_in
from scorecard.measures.wording import value_text
from sop_site.fiscal import FiscalPeriod, week_of
from sop_site.formats import short_date_year


@dataclass(frozen=True, slots=True)
class Restatement:
    """A further edition of a closed week, and what the outcome that is shared was before it and is in it."""

    snapshot: WeekSnapshot
    week: str
    before: str
    after: str

    @property
    def sentence(self) -> str:
        """What was restated, when, by whom, why, and what it did."""
        at, by = short_date_year(self.snapshot.taken_on), self.snapshot.restated_by
        reason = self.snapshot.reason.rstrip(".")
        outcome = f"Promoted items out of stock: {self.before} before, {self.after} now."
        return f"{self.week} was restated on {at} by {by}: {reason}. {outcome}"


def restatements_of(period: FiscalPeriod) -> list[Restatement]:
    """The restatements of a quarter's weeks, the newest first."""
    found = list(restatements_in([week.start for week in period.weeks]))
    rates = _stockout_rates([snapshot.week_start for snapshot in found])
    return [
        Restatement(
            snapshot,
            week_of(snapshot.week_start).label,
            rates.get((snapshot.week_start, snapshot.edition - 1), value_text(Measure.STOCKOUT_DAYS, None)),
            rates.get((snapshot.week_start, snapshot.edition), value_text(Measure.STOCKOUT_DAYS, None)),
        )
        for snapshot in found
    ]


def changed_weeks_of(period: FiscalPeriod) -> list[str]:
    """Closed weeks of a quarter whose sources changed since, and which nobody has restated, in order."""
    changed = weeks_changed_since_close().filter(week_start__range=(period.start, period.end))
    starts = changed.order_by("week_start").values_list("week_start", flat=True)
    return [week_of(start).label for start in starts]


def _stockout_rates(starts: Sequence[date]) -> dict[tuple[date, int], str]:
    """By week and edition."""
    if not starts:
        return {}
    rows = (
        WeekFact.objects.filter(snapshot__week_start__in=starts, is_total=True, mechanic__isnull=False)
        .values_list("snapshot__week_start", "snapshot__edition")
        .annotate(out=Sum("out_door_days"), days=Sum("door_days"))
    )
    return {
        (start, edition): value_text(Measure.STOCKOUT_DAYS, stockout_rate(np.array([out]), np.array([days])))
        for start, edition, out, days in rows
    }
