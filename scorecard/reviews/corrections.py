"""What was corrected in a quarter after its weeks were closed, and what still might be."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from scorecard.measures.choices import Measure
from scorecard.measures.editions import restated
from scorecard.measures.engine import stockout_rate
from scorecard.measures.late_changes import weeks_changed_since_close
from scorecard.measures.models import WeekSnapshot
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
    made = list(restatements_in([week.start for week in period.weeks]))
    return [
        Restatement(each.snapshot, each.week.label, _stockout_rate(each.before), _stockout_rate(each.after))
        for each in restated(made)
    ]


def changed_weeks_of(period: FiscalPeriod) -> list[str]:
    """Closed weeks of a quarter whose sources changed since, and which nobody has restated, in order."""
    changed = weeks_changed_since_close().filter(week_start__range=(period.start, period.end))
    starts = changed.order_by("week_start").values_list("week_start", flat=True)
    return [week_of(start).label for start in starts]


def _stockout_rate(sums: Mapping[str, float]) -> str:
    """Of the promoted days of one edition."""
    days = np.array([sums["promoted_door_days"]])
    return value_text(Measure.STOCKOUT_DAYS, stockout_rate(np.array([sums["promoted_out_door_days"]]), days))
