"""Two versions side by side: what the consensus says in the months that both are about."""

from collections.abc import Sequence
from dataclasses import dataclass

from marketing.catalogue.models import Category
from planning.consensus.choices import Layer
from planning.consensus.models import HORIZON_MONTHS, ForecastVersion
from planning.consensus.packing import Totals
from planning.consensus.totals import name_of, totals_by_category
from sop_site.fiscal import FiscalMonth


@dataclass(frozen=True, slots=True)
class ComparedRow:
    """What two versions say of one category, in units and at price."""

    name: str
    units_before: float
    units_after: float
    value_before: float
    value_after: float

    @property
    def units_change(self) -> float:
        """By how many units the later one is higher."""
        return self.units_after - self.units_before

    @property
    def value_change(self) -> float:
        """By how much money, at price, the later one is higher."""
        return self.value_after - self.value_before

    @property
    def change_ratio(self) -> float | None:
        """The change of units as a share of before; None from nothing."""
        return self.units_change / self.units_before if self.units_before else None


@dataclass(frozen=True, slots=True)
class Comparison:
    """The categories by the size of their change in money, the largest first, and their sum."""

    before: ForecastVersion
    after: ForecastVersion
    months: tuple[FiscalMonth, ...]
    rows: tuple[ComparedRow, ...]
    total: ComparedRow


def compared(before: ForecastVersion, after: ForecastVersion) -> Comparison:
    """The consensus of two versions, in the months that both are about."""
    common = tuple(month for month in after.cycle.months if month in before.cycle.months)
    first, last = (
        _by_category(version, [version.cycle.months.index(month) for month in common])
        for version in (before, after)
    )
    nothing = (0.0, 0.0)
    rows = []
    for category in dict.fromkeys([*first, *last]):
        (units_before, value_before), (units_after, value_after) = (
            first.get(category, nothing),
            last.get(category, nothing),
        )
        rows.append(ComparedRow(name_of(category), units_before, units_after, value_before, value_after))
    rows.sort(key=lambda row: (-abs(row.value_change), -abs(row.units_change), row.name))
    return Comparison(before, after, common, tuple(rows), _sum_of(rows))


def _by_category(
    version: ForecastVersion, places: Sequence[int]
) -> dict[Category | None, tuple[float, float]]:
    return {
        category: consensus_of(totals, places) for category, totals in totals_by_category(version).items()
    }


def consensus_of(
    totals: Totals, places: Sequence[int] = range(HORIZON_MONTHS), layer: Layer = Layer.CONSENSUS
) -> tuple[float, float]:
    """Units of a layer in some months, and their value at price."""
    row, months = list(Layer).index(layer), list(places)
    return float(totals.units[row, months].sum()), float(totals.at_price[row, months].sum())


def _sum_of(rows: Sequence[ComparedRow]) -> ComparedRow:
    return ComparedRow(
        "All categories",
        sum(row.units_before for row in rows),
        sum(row.units_after for row in rows),
        sum(row.value_before for row in rows),
        sum(row.value_after for row in rows),
    )
