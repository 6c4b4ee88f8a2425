"""The head of the list: how the last week went, what waits, and what people should know when nothing does."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Count, F, FloatField, Q, Sum
from django.db.models.functions import Abs

from scorecard.signals.choices import Side
from scorecard.signals.limits import limits_in_force
from scorecard.signals.models import DemandSignal, DemandWeek
from scorecard.signals.queries import WeekExceptions, exceptions_of_week, newest_week
from scorecard.signals.wording import against_forecast, plus_minus
from sop_site import formats

EXCEPTIONS = 10


@dataclass(frozen=True, slots=True)
class Waiting:
    """The open signals of one side: how many, of promoted SKUs, and the money they are off."""

    count: int
    promoted: int
    money: float


@dataclass(frozen=True, slots=True)
class ListPage:
    """What stands above and beside the list; ``week`` is None before the first week was held."""

    week: DemandWeek | None
    exceptions: WeekExceptions | None
    above: Waiting
    below: Waiting
    ever: bool
    limit_words: str
    least_share_words: str

    @property
    def raised_when(self) -> str:
        """What raises a SKU, for a list that has none."""
        return (
            f"A SKU is raised here when its tracking signal leaves {self.limit_words} over six weeks or more,"
            f" the newest three on the same side, and it is off its forecast by {self.least_share_words} or"
            " more and by what an average SKU sells in a week."
        )

    @property
    def waiting(self) -> int:
        """How many signals wait for a decision."""
        return self.above.count + self.below.count

    @property
    def week_words(self) -> str:
        """How the last week went over all SKUs."""
        found = self.exceptions
        if found is None or not found.has_forecast:
            return ""
        return against_forecast(found.sold_units, found.forecast_units)


def list_page(day: date) -> ListPage:
    """The head of the list as it stands on ``day``."""
    week, limits = newest_week(), limits_in_force(day)
    return ListPage(
        week=week,
        exceptions=None if week is None else exceptions_of_week(week.week_start, EXCEPTIONS),
        above=_waiting(Side.ABOVE),
        below=_waiting(Side.BELOW),
        ever=DemandSignal.objects.exists(),
        limit_words=plus_minus(limits.tracking),
        least_share_words=formats.percent(limits.least_share),
    )


def _waiting(side: Side) -> Waiting:
    money = Abs(F("sold_units") - F("forecast_units")) * F("unit_price")
    found = (
        DemandSignal.objects.open()
        .on_side(side)
        .aggregate(
            count=Count("pk"),
            promoted=Count("pk", filter=Q(is_promoted=True)),
            money=Sum(money, output_field=FloatField(), default=0.0),
        )
    )
    return Waiting(**found)
