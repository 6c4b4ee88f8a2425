"""The fiscal weeks as columns of a page, with the current week and the decision window marked."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Self

from sop_site.fiscal import FiscalWeek, week_start, weeks_from
from sop_site.operating_model.limits import WINDOW_LIMITS, Limit, Limits
from sop_site.operating_model.models import OperatingModel


@dataclass(frozen=True, slots=True)
class DecisionWindow:
    """How many weeks before its start Planning wants to see a campaign, and to have decided on it.

    ``where`` is the place that asks for the decision earliest, "" where it is the version's own window.
    """

    from_weeks: int
    to_weeks: int
    where: str = ""

    @classmethod
    def of(cls, model: OperatingModel) -> Self:
        """That of ``model`` itself."""
        return cls(model.decision_window_from_weeks, model.decision_window_to_weeks)

    @classmethod
    def longest(cls, model: OperatingModel, category_paths: Iterable[str], regions: Iterable[str]) -> Self:
        """The longest of these categories in these regions; that of ``model`` itself where there are none."""
        limits, names = Limits.of(model), sorted(regions)
        places = [(path, region) for path in sorted(category_paths) for region in names]
        if not places or not limits.differ(WINDOW_LIMITS):
            return cls.of(model)
        ends = [limits.resolved(Limit.WINDOW_FROM_WEEKS, *place) for place in places]
        earliest = max(ends, key=lambda end: end.value or 0.0)
        begins = max(limits.value(Limit.WINDOW_TO_WEEKS, *place) for place in places)
        return cls(int(earliest.value or 0.0), int(begins), earliest.where)


@dataclass(frozen=True, slots=True)
class WeekColumn:
    """One fiscal week of a calendar or board.

    ``is_decision`` marks the weeks that lie as far ahead as a decision window says (6 to 8 weeks from the
    current one): what starts there is to be decided now.
    """

    week: FiscalWeek
    is_now: bool
    is_decision: bool

    @property
    def css(self) -> str:
        """The classes of its cells."""
        return f"wk{' is-now' if self.is_now else ''}{' is-decision' if self.is_decision else ''}"


def week_columns(first_day: date, count: int, *, today: date, window: DecisionWindow) -> list[WeekColumn]:
    """``count`` columns from the fiscal week of ``first_day`` on."""
    current = week_start(today)
    marked = range(window.from_weeks, window.to_weeks + 1)
    return [
        WeekColumn(
            week=week, is_now=week.start == current, is_decision=(week.start - current).days // 7 in marked
        )
        for week in weeks_from(first_day, count)
    ]
