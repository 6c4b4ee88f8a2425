"""The promo calendar: campaigns as bars on the fiscal weeks."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from marketing.campaigns.models import Campaign
from sop_site.fiscal import MONTH_NAMES, WEEK, week_start
from sop_site.operating_model.models import OperatingModel
from sop_site.operating_model.weeks import DecisionWindow, WeekColumn, week_columns

WEEKS_SHOWN = 13
# The band behind the lanes is drawn three weeks wide.
BAND_WEEKS = 3


@dataclass(frozen=True, slots=True)
class MonthHeading:
    """Consecutive week columns of one fiscal month."""

    name: str
    year: int
    weeks: int

    @property
    def label(self) -> str:
        """``December FY26``, or ``Dec`` where there is room for no more."""
        return self.name[:3] if self.weeks == 1 else f"{self.name} FY{self.year % 100:02d}"


@dataclass(frozen=True, slots=True)
class Span:
    """A run of week columns in the row above the weeks: the decision window, or what stands beside it."""

    weeks: int
    is_decision: bool


@dataclass(frozen=True, slots=True)
class CalendarFrame:
    """The weeks that the calendar shows, and the way to those before and after."""

    columns: list[WeekColumn]
    today: date

    @classmethod
    def of(cls, first_day: date, *, today: date, model: OperatingModel) -> "CalendarFrame":
        """Thirteen weeks from the fiscal week of ``first_day`` on."""
        return cls(week_columns(first_day, WEEKS_SHOWN, today=today, window=DecisionWindow.of(model)), today)

    @property
    def first_day(self) -> date:
        return self.columns[0].week.start

    @property
    def last_day(self) -> date:
        return self.columns[-1].week.end

    @property
    def earlier(self) -> date:
        """First day of the weeks before."""
        return self.first_day - WEEKS_SHOWN * WEEK

    @property
    def later(self) -> date:
        """First day of the weeks after."""
        return self.first_day + WEEKS_SHOWN * WEEK

    @property
    def is_now(self) -> bool:
        """Whether the weeks start with the current one."""
        return self.first_day == week_start(self.today)

    @property
    def today_column(self) -> int | None:
        """The day column (1 to 91) of today, where it is in view."""
        if not self.first_day <= self.today <= self.last_day:
            return None
        return (self.today - self.first_day).days + 1

    @property
    def band_from(self) -> int | None:
        """The week column in which the decision window's band begins, where the whole of it is in view."""
        marked = [number for number, column in enumerate(self.columns, start=1) if column.is_decision]
        return marked[0] if len(marked) == BAND_WEEKS else None

    @property
    def spans(self) -> list[Span]:
        """The week columns in runs within and without the decision window."""
        runs = groupby(self.columns, key=lambda column: column.is_decision)
        return [Span(len(list(columns)), is_decision) for is_decision, columns in runs]

    @property
    def months(self) -> list[MonthHeading]:
        """The week columns by fiscal month."""
        runs = groupby(self.columns, key=lambda column: (column.week.year, column.week.month))
        return [
            MonthHeading(MONTH_NAMES[month - 1], year, len(list(columns))) for (year, month), columns in runs
        ]


@dataclass(frozen=True, slots=True)
class Bar:
    """A campaign on the calendar: the day columns its bar covers, clipped to the weeks in view."""

    campaign: Campaign
    first_column: int
    day_count: int
    began_before: bool
    goes_on: bool


def bars(campaigns: Iterable[Campaign], frame: CalendarFrame) -> list[Bar]:
    """A bar for each campaign; all of them must have a day in the frame."""
    found = []
    for campaign in campaigns:
        first = max(campaign.starts_on, frame.first_day)
        last = min(campaign.ends_on, frame.last_day)
        found.append(
            Bar(
                campaign=campaign,
                first_column=(first - frame.first_day).days + 1,
                day_count=(last - first).days + 1,
                began_before=campaign.starts_on < frame.first_day,
                goes_on=campaign.ends_on > frame.last_day,
            )
        )
    return found


def first_day_asked(text: str, *, today: date) -> date:
    """The day from which the calendar is asked for, as an ISO date; today where it is none or far off."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return today
    return day if abs(day - today) <= timedelta(days=3653) else today
