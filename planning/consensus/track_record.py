"""What every layer and step of the forecast was worth so far, from the sums that are measured each night."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Q, QuerySet, Sum

from planning.consensus.choices import Layer
from planning.consensus.engine import StepValue, of_sold, steps_from
from planning.consensus.models import LayerAccuracy
from sop_site import formats

# A bias that would be written as 0.0% leans to no side.
ALIKE: Final = 0.0005
SUMMED: Final = ("cells", "actual_units", "forecast_units", "absolute_error_units")


@dataclass(frozen=True, slots=True)
class LayerSums:
    """Sums over the same ``cells`` (SKU × door group × month) for every layer, in units."""

    layer: Layer
    cells: int
    actual: float
    forecast: float
    absolute_error: float

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "LayerSums":
        """A row of ``summed``."""
        return cls(Layer(row["layer"]), *(row[f"sum_{name}"] for name in SUMMED))

    @property
    def wmape(self) -> float | None:
        """Sum of |A - F| over sum of A; None where nothing was sold."""
        return of_sold(self.absolute_error, self.actual)

    @property
    def bias(self) -> float | None:
        """(Sum of F - sum of A) over sum of A: above 0 is over-forecast; None where nothing was sold."""
        return of_sold(self.forecast - self.actual, self.actual)

    @property
    def bias_words(self) -> str:
        """The bias as people say it: ``over-forecast by 4.0%``."""
        if self.bias is None:
            return "nothing was sold"
        if abs(self.bias) < ALIKE:
            return "neither over nor under"
        side = "over" if self.bias > 0 else "under"
        return f"{side}-forecast by {formats.percent(abs(self.bias), 1)}"


def track_records(
    category_ids: Iterable[int | None], *, lag_weeks: int = 4
) -> dict[tuple[int | None, Layer], StepValue]:
    """What each layer's step added in each of these categories at a lag, on all months measured.

    None is what has no category. The same as ``engine.value_added`` says of the cells themselves.
    """
    ids = set(category_ids)
    wanted = Q(category__in=ids - {None}) | (Q(category=None) if None in ids else Q(pk__in=[]))
    by_category: defaultdict[int | None, list[LayerSums]] = defaultdict(list)
    for row in summed(LayerAccuracy.objects.filter(wanted, lag_weeks=lag_weeks), "category", "layer"):
        by_category[row["category"]].append(LayerSums.of(row))
    return {
        (category, Layer(step.step)): step
        for category, sums in by_category.items()
        for step in steps_of(sums)
    }


def summed(measured: QuerySet[LayerAccuracy], *by: str) -> list[dict[str, Any]]:
    """The sums of what was measured, by some of its fields, of which the layer is one."""
    return list(measured.values(*by).annotate(**{f"sum_{name}": Sum(name) for name in SUMMED}))


def steps_of(sums: Sequence[LayerSums]) -> list[StepValue]:
    """What each layer added to the one before it, in the order of the layers."""
    by_layer = {of_layer.layer: of_layer for of_layer in sums}
    known = (by_layer[layer] for layer in Layer if layer in by_layer)
    return steps_from((sums.layer.value, sums.wmape, sums.cells) for sums in known)


def added_words(step: StepValue) -> str:
    """What a step added, as people say it: ``+1.2 points (n = 320)``; no figure where the items are few."""
    if step.step == Layer.NAIVE:
        return f"what the others are held against (n = {step.n:,})"
    if not step.is_ranked:
        return f"too few (n = {step.n})"
    if step.value_added is None:
        return f"nothing was sold (n = {step.n:,})"
    return f"{formats.signed_percent(step.value_added, 1).removesuffix('%')} points (n = {step.n:,})"
