"""The weeks of a quarter that no night has taken whole: those that one still will, and the holes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from scorecard.measures.domain.snapshots import open_weeks
from scorecard.measures.queries import RecordedWeek
from sop_site.fiscal import WEEK, FiscalPeriod


@dataclass(frozen=True, slots=True)
class UntakenWeeks:
    """Their labels, in order: ``coming`` are taken by the nights that come, ``missing`` by none."""

    coming: list[str]
    missing: list[str]

    @property
    def missing_words(self) -> str:
        """What is missing, in a sentence; "" where nothing is."""
        return f"No night took {', '.join(self.missing)} whole." if self.missing else ""


def untaken_weeks(period: FiscalPeriod, recorded: Sequence[RecordedWeek], today: date) -> UntakenWeeks:
    """Those of a quarter, of which ``recorded`` are the weeks on the scorecard.

    The nights take every week after the newest closed one: what lies before the first of them is a hole.
    """
    whole = {week.start for week in recorded if week.days_seen == WEEK.days}
    untaken = [week for week in period.weeks if week.start not in whole]
    first_open = open_weeks(today)[0]
    return UntakenWeeks(
        coming=[week.label for week in untaken if week.start >= first_open],
        missing=[week.label for week in untaken if week.start < first_open],
    )
