"""The fiscal weeks as columns of a page, with the current week and the decision window marked."""

from dataclasses import dataclass
from datetime import date

from sop_site.fiscal import FiscalWeek, week_start, weeks_from
from sop_site.operating_model.models import OperatingModel


@dataclass(frozen=True, slots=True)
class WeekColumn:
    """One fiscal week of a calendar or board.

    ``is_decision`` marks the weeks that lie as far ahead as the operating model's decision window says
    (6 to 8 weeks from the current one): what starts there is to be decided now.
    """

    week: FiscalWeek
    is_now: bool
    is_decision: bool

    @property
    def css(self) -> str:
        """The classes of its cells."""
        return f"wk{' is-now' if self.is_now else ''}{' is-decision' if self.is_decision else ''}"


def week_columns(first_day: date, count: int, *, today: date, model: OperatingModel) -> list[WeekColumn]:
    """``count`` columns from the fiscal week of ``first_day`` on."""
    current = week_start(today)
    window = range(model.decision_window_from_weeks, model.decision_window_to_weeks + 1)
    return [
        WeekColumn(
            week=week, is_now=week.start == current, is_decision=(week.start - current).days // 7 in window
        )
        for week in weeks_from(first_day, count)
    ]
