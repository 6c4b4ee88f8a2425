"""How the forecast came about: from layer to layer, and from the one signed before, in units and money."""

from typing import Final

from planning.consensus.bars import Bar, Waterfall, change_bars, waterfall_bars
from planning.consensus.choices import Layer
from planning.consensus.comparison import Comparison
from planning.consensus.engine import bridge, waterfall
from planning.consensus.packing import Floats, Totals

LARGEST_CONTRIBUTORS: Final = 8


def from_layer_to_layer(totals: Totals) -> Waterfall:
    """The six months of each layer, from last year to the consensus; the bars are units."""
    units, value = (waterfall(_by_layer(sums)) for sums in (totals.units, totals.at_price))
    return waterfall_bars(units, value)


def _by_layer(sums: Floats) -> list[tuple[str, float]]:
    return [(layer.label, float(total)) for layer, total in zip(Layer, sums.sum(axis=1), strict=True)]


def since_the_last_signed(comparison: Comparison) -> list[Bar]:
    """The categories whose units changed most, each with its change at price, and then the rest together."""
    before = {row.name: row.units_before for row in comparison.rows}
    after = {row.name: row.units_after for row in comparison.rows}
    parts = bridge(before, after, LARGEST_CONTRIBUTORS)
    value = {row.name: row.value_change for row in comparison.rows}
    rest = comparison.total.value_change - sum(value[part.key] for part in parts if part.key is not None)
    return change_bars(
        [
            (part.key or f"{part.keys} more", part, rest if part.key is None else value[part.key])
            for part in parts
        ]
    )
