"""The weeks of a buy plan."""

from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from planning.consensus.models import ForecastVersion
from sop_site.fiscal import week_start

Integers = NDArray[np.int64]

DAYS_A_WEEK: Final = 7


@dataclass(frozen=True, slots=True)
class PlanWeeks:
    """The fiscal weeks of a plan: ``count`` from the current one, which begins on ``first``, on."""

    today: date
    first: date
    count: int

    @classmethod
    def until_end_of(cls, version: ForecastVersion, today: date) -> "PlanWeeks":
        """To the last week of ``version``; none where that is over."""
        first = week_start(today)
        return cls(today, first, max(0, (version.last_day - first).days // DAYS_A_WEEK + 1))

    @property
    def rest_of_current(self) -> float:
        """The share of the current week that is still to come, today included."""
        return 1 - (self.today - self.first).days / DAYS_A_WEEK

    def place_of(self, week: date) -> int:
        """The place of the week that begins on ``week``; negative before the current one."""
        return (week - self.first).days // DAYS_A_WEEK

    def first_reached(self, lead_days: Integers) -> Integers:
        """The first week whose Sunday is not before today plus the lead time."""
        return -(-((self.today - self.first).days + lead_days) // DAYS_A_WEEK)
