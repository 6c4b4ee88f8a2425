"""What the page of the forecast's accuracy shows: every layer at every lag, and category by category."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.core.paginator import Page, Paginator

from marketing.catalogue.models import Category
from planning.consensus.choices import Layer
from planning.consensus.domain.measuring import LAGS_WEEKS
from planning.consensus.engine import StepValue
from planning.consensus.in_force import PublishedVersions
from planning.consensus.models import LayerAccuracy
from planning.consensus.totals import WITHOUT_CATEGORY
from planning.consensus.track_record import ALIKE, LayerSums, added_words, steps_of, summed
from sop_site import formats
from sop_site.fiscal import FiscalMonth, month_of

# The lag at which most suppliers still deliver: what is forecast later changes no order.
USUAL_LAG: Final = 4
CATEGORIES_A_PAGE: Final = 25
LAG_LABELS: Final = {
    0: "As the week began",
    **{lag: f"{lag} weeks before" for lag in LAGS_WEEKS if lag},
}


@dataclass(frozen=True, slots=True)
class Figure:
    """A layer's error, its bias, and what its step added."""

    sums: LayerSums
    step: StepValue

    @property
    def added(self) -> str:
        """What the step added, in words."""
        return added_words(self.step)

    @property
    def points(self) -> str:
        """What the step added where the row says the n: ``+1.2 points``; none where the items are few."""
        if not self.step.is_ranked:
            return "too few"
        if self.step.value_added is None:
            return "nothing was sold"
        return f"{formats.signed_percent(self.step.value_added, 1).removesuffix('%')} points"

    @property
    def bias(self) -> str:
        """To which side the layer leans, for a narrow place: ``over 4.0%``; "" where it leans to none."""
        if self.sums.bias is None or abs(self.sums.bias) < ALIKE:
            return ""
        return f"{'over' if self.sums.bias > 0 else 'under'} {formats.percent(abs(self.sums.bias), 1)}"

    @property
    def tone(self) -> str:
        """good where the step brought the forecast nearer, warn where it took it away; "" for no telling."""
        if not self.step.is_ranked or self.step.value_added is None or abs(self.step.value_added) < ALIKE:
            return ""
        return "good" if self.step.value_added > 0 else "warn"


@dataclass(frozen=True, slots=True)
class LayerRow:
    """A layer with its figure at each lag, None where nothing is measured yet."""

    layer: Layer
    figures: Sequence[Figure | None]


@dataclass(frozen=True, slots=True)
class CategoryRow:
    """A category with the figure of each layer at the chosen lag."""

    label: str
    figures: Sequence[Figure]

    @property
    def cells(self) -> int:
        """How many cells it was measured on."""
        return self.figures[0].sums.cells


@dataclass(frozen=True, slots=True)
class AccuracyPage:
    """All that the page shows. ``months`` says at each lag which months were measured; "" for none."""

    lag: int
    lags: dict[int, str]
    layers: Sequence[Layer]
    months: Sequence[str]
    rows: Sequence[LayerRow]
    categories: Page
    why_nothing: str

    @property
    def chosen(self) -> str:
        """The chosen lag in words."""
        return self.lags[self.lag]


def lag_asked(text: str) -> int:
    """The lag that an address asks for, the usual one where it names none."""
    return next((lag for lag in LAGS_WEEKS if str(lag) == text), USUAL_LAG)


def accuracy_page(lag: int, page_number: Any) -> AccuracyPage:
    """Every layer at every lag over all months; the categories at ``lag``, the largest misses first."""
    measured = LayerAccuracy.objects.all()
    by_lag: defaultdict[int, list[LayerSums]] = defaultdict(list)
    for row in summed(measured, "lag_weeks", "layer"):
        by_lag[row["lag_weeks"]].append(LayerSums.of(row))
    figures = {each: _figures(by_lag[each]) for each in LAGS_WEEKS}
    return AccuracyPage(
        lag=lag,
        lags=LAG_LABELS,
        layers=list(Layer),
        months=_months_measured(),
        rows=[LayerRow(layer, [figures[each].get(layer) for each in LAGS_WEEKS]) for layer in Layer],
        categories=Paginator(_category_rows(lag), CATEGORIES_A_PAGE).get_page(page_number),
        why_nothing="" if any(by_lag.values()) else _why_nothing(),
    )


def _figures(sums: Sequence[LayerSums]) -> dict[Layer, Figure]:
    by_layer = {of_layer.layer: of_layer for of_layer in sums}
    return {Layer(step.step): Figure(by_layer[Layer(step.step)], step) for step in steps_of(sums)}


def _category_rows(lag: int) -> list[CategoryRow]:
    by_category: defaultdict[int | None, list[LayerSums]] = defaultdict(list)
    for row in summed(LayerAccuracy.objects.filter(lag_weeks=lag), "category", "layer"):
        by_category[row["category"]].append(LayerSums.of(row))
    paths = dict(Category.objects.filter(pk__in=[pk for pk in by_category if pk]).values_list("pk", "path"))
    rows = [
        CategoryRow(WITHOUT_CATEGORY if pk is None else paths[pk], list(_figures(sums).values()))
        for pk, sums in by_category.items()
    ]
    return sorted(rows, key=lambda row: (-row.figures[-1].sums.absolute_error, row.label))


def _months_measured() -> list[str]:
    """Which months were measured at each lag: ``December FY26 to January FY26``."""
    starts: defaultdict[int, set[FiscalMonth]] = defaultdict(set)
    for lag, start in LayerAccuracy.objects.values_list("lag_weeks", "month_start").distinct():
        starts[lag].add(month_of(start))
    return [_named(sorted(starts[lag])) for lag in LAGS_WEEKS]


def _named(months: Sequence[FiscalMonth]) -> str:
    if len(months) < 2:
        return "".join(month.label for month in months)
    return f"{months[0].label} to {months[-1].label}"


def _why_nothing() -> str:
    """Why there is nothing to show yet, and when there will be."""
    published = PublishedVersions.read().versions
    if not published:
        return "No forecast has been signed yet. Each month of a signed forecast is measured once it is over."
    first = month_of(min(version.first_week_start for version in published))
    return (
        f"{first.label} is the first month of a signed forecast. It ends on"
        f" {formats.short_date_year(first.end)} and is measured in the night after all its sales are known."
    )
