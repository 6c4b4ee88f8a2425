"""What small upward changes of past forecasts did to their error, as the nights measured it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from marketing.catalogue.models import Category
from planning.consensus.choices import ENTERED_LAYERS, Layer
from planning.consensus.engine import Tweaks, small_upward_tweaks
from planning.consensus.models import RaiseOutcome

# People and trade change: of each layer so many count, the newest.
MOST_CHANGES: Final = 200


@dataclass(frozen=True, slots=True)
class PastChange:
    """A number that someone raised a little, in units, and what was sold of it: the month is over."""

    layer: Layer
    path: str
    before: float
    after: float
    sold: float


class TweakRecord:
    """The newest small raises of each layer whose month has been sold, each with what was sold."""

    def __init__(self, changes: Sequence[PastChange]) -> None:
        self._changes = changes

    @classmethod
    def read(cls) -> "TweakRecord":
        """As it was measured last night, in one query."""
        of_layers = [
            RaiseOutcome.objects.filter(entry__layer=layer)
            .order_by("-pk")
            .values_list(
                "entry__layer",
                "entry__category__path",
                "entry__product__category__path",
                "entry__units_before",
                "entry__units_after",
                "sold_units",
            )[:MOST_CHANGES]
            for layer in ENTERED_LAYERS
        ]
        found = of_layers[0].union(*of_layers[1:], all=True)
        return cls(
            [
                PastChange(Layer(layer), of_product or path or "", before, after, sold)
                for layer, path, of_product, before, after, sold in found
            ]
        )

    def of(self, layer: Layer, category: Category | None = None) -> Tweaks:
        """What small upward changes of a layer did: in a category with all below it, or everywhere."""
        found = [
            (change.before, change.after, change.sold)
            for change in self._changes
            if change.layer == layer and (category is None or _is_in(change.path, category.path))
        ]
        return small_upward_tweaks(*np.array(found, dtype=np.float64).reshape(-1, 3).T)

    def advice(self, layer: Layer, category: Category | None) -> str:
        """The sentence against a small upward change of this layer here; "" where nothing speaks against."""
        here = self.of(layer, category)
        if category is not None and here.is_discouraged:
            return _sentence("here", here)
        everywhere = self.of(layer)
        return _sentence(f"of {layer.label}'s number", everywhere) if everywhere.is_discouraged else ""


def _sentence(where: str, tweaks: Tweaks) -> str:
    return (
        f"Small upward changes {where} have not helped:"
        f" {tweaks.worsened} of the last {tweaks.n} made the forecast worse."
    )


def _is_in(path: str, top: str) -> bool:
    return path == top or path.startswith(f"{top} > ")
