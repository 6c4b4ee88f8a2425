"""What the address asks for: a period of the retail calendar and a cut of the business."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final
from urllib.parse import urlencode

from marketing.catalogue.models import Category, Door
from marketing.sales.models import Mechanic
from scorecard.measures.choices import SellingChannel, Slice
from scorecard.measures.cut import DEFAULT_LAG_WEEKS, Cut
from scorecard.measures.models import LAGS_WEEKS, WeekSnapshot
from sop_site.fiscal import FiscalPeriod, PeriodKind

KINDS: Final = {
    PeriodKind.WEEK: "Week",
    PeriodKind.MONTH: "Month",
    PeriodKind.QUARTER: "Quarter",
    PeriodKind.YEAR: "Year",
}


@dataclass(frozen=True, slots=True)
class Select:
    """A choice of the address: its options by value, and the one that is chosen."""

    name: str
    label: str
    options: list[tuple[str, str]]
    value: str

    @classmethod
    def of(
        cls,
        address: Mapping[str, str],
        name: str,
        label: str,
        options: list[tuple[str, str]],
        *,
        otherwise: str = "",
    ) -> "Select":
        """What the address chooses of the options; ``otherwise`` where it chooses none of them."""
        asked = address.get(name, "")
        return cls(name, label, options, asked if asked in dict(options) else otherwise)

    @property
    def chosen(self) -> str:
        """The chosen option in words."""
        return dict(self.options)[self.value]


@dataclass(frozen=True, slots=True)
class Asked:
    """A period and a cut, with the names of what the cut is narrowed to, by slice."""

    period: FiscalPeriod
    cut: Cut
    names: Mapping[Slice, str]
    selects: tuple[Select, ...]

    @classmethod
    def of(cls, address: Mapping[str, str], today: date) -> "Asked":
        """What ``address`` says, without what it says in vain.

        Where it names no period: the quarter that ended last, since one that has begun says little, or this
        one where no week of that is recorded.
        """
        categories = [(str(pk), path) for pk, path in Category.objects.values_list("pk", "path")]
        doors = Door.objects.selling().exclude(region="").order_by("region")
        regions = [(name, name) for name in doors.values_list("region", flat=True).distinct()]
        mechanics = [
            (str(pk), name) for pk, name in Mechanic.objects.order_by("name").values_list("pk", "name")
        ]
        lags = [(str(lag), f"{lag} weeks before" if lag else "as the week began") for lag in LAGS_WEEKS]
        category = Select.of(address, Slice.CATEGORY, "Category", [("", "All categories"), *categories])
        region = Select.of(address, Slice.REGION, "Region", [("", "All regions"), *regions])
        channel = Select.of(
            address, Slice.CHANNEL, "Channel", [("", "All channels"), *SellingChannel.choices]
        )
        mechanic = Select.of(address, Slice.MECHANIC, "Mechanic", [("", "All mechanics"), *mechanics])
        lag = Select.of(address, "lag", "Forecast of", lags, otherwise=str(DEFAULT_LAG_WEEKS))
        slices = {
            Slice.CATEGORY: category,
            Slice.REGION: region,
            Slice.CHANNEL: channel,
            Slice.MECHANIC: mechanic,
        }
        cut = Cut(
            category_id=int(category.value) if category.value else None,
            region=region.value,
            channel=channel.value,
            mechanic_id=int(mechanic.value) if mechanic.value else None,
            lag_weeks=int(lag.value),
        )
        names = {of: select.chosen for of, select in slices.items() if select.value}
        return cls(_period(address.get("period", ""), today), cut, names, (*slices.values(), lag))

    @property
    def parameters(self) -> dict[str, str]:
        """How an address says it; without what is so anyway."""
        said = {
            "period": self.period.key,
            "category": self.cut.category_id,
            "region": self.cut.region,
            "channel": self.cut.channel,
            "mechanic": self.cut.mechanic_id,
            "lag": None if self.cut.lag_weeks == DEFAULT_LAG_WEEKS else self.cut.lag_weeks,
        }
        return {name: str(value) for name, value in said.items() if value not in (None, "")}

    def query(self, **others: object) -> str:
        """The query string of this, with ``others`` put in their place; None leaves one out."""
        said = {**self.parameters, **others}
        return "?" + urlencode({name: str(value) for name, value in said.items() if value is not None})

    @property
    def words(self) -> str:
        """The cut in words: ``Apparel > Tops, North``; ``everything`` where it is not narrowed."""
        return ", ".join(self.names.values()) or "everything"

    def kinds(self, today: date) -> list[tuple[str, str, bool]]:
        """The kinds of period: label, key of the one in which this one ends, and whether it is this."""
        day = min(self.period.end, max(today, self.period.start))
        return [
            (label, FiscalPeriod.of(kind, day).key, kind == self.period.kind) for kind, label in KINDS.items()
        ]


def _period(key: str, today: date) -> FiscalPeriod:
    """The period of that key; the one to open on for none, and for one that lies wholly ahead."""
    try:
        period = FiscalPeriod.of_key(key)
    except ValueError:
        return quarter_to_open_on(today)
    return period if period.start <= today else quarter_to_open_on(today)


def quarter_to_open_on(today: date) -> FiscalPeriod:
    """The quarter that ended last, or this one where no week of that is recorded."""
    this_quarter = FiscalPeriod.of(PeriodKind.QUARTER, today)
    last = this_quarter - 1
    weeks = WeekSnapshot.objects.in_force().filter(week_start__range=(last.start, last.end))
    return last if weeks.exists() else this_quarter
