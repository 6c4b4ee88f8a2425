"""How far an address opens a figure, the rows that it opens to, and what their SKUs and places are called."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from marketing.catalogue.models import Door, Product
from scorecard.measures.asked import Asked
from scorecard.measures.behind import Drilled, Level
from scorecard.measures.choices import Group, Measure
from scorecard.measures.drill import MOST_SKU_DOOR_WEEKS, drilled
from scorecard.measures.forecast_rows import drilled_forecast
from scorecard.outcomes.drill_steps import Steps, steps_of
from scorecard.outcomes.measure_page import drill_url


@dataclass(frozen=True, slots=True)
class LevelTab:
    """How far the figure is opened."""

    label: str
    url: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Opened:
    """What the address opens: how far, of one SKU or of all, ``is_direct`` without the categories below."""

    level: Level
    product: Product | None
    is_direct: bool

    @classmethod
    def of(cls, level: str, product: Product | None, *, is_direct: bool) -> "Opened":
        """The level that the address names; of one SKU its doors."""
        known = [each.value for each in Level]
        asked = Level(level) if level in known else Level.SKU
        narrow = Level.DOOR if product is not None and asked == Level.SKU else asked
        return cls(narrow, product, is_direct and product is None)

    def tabs(self, measure: Measure, asked: Asked, place: str) -> list[LevelTab]:
        """The ways to open it."""
        labels = {
            Level.SKU: "SKUs",
            Level.DOOR: f"SKUs in {place.lower()}s" if place == "Region" else "SKUs at doors",
            Level.WEEK: "Weeks of each",
        }
        others = {"sku": self.product.pk if self.product else None, "direct": 1 if self.is_direct else None}
        return [
            LevelTab(label, drill_url(measure, asked, level=each.value, **others), each == self.level)
            for each, label in labels.items()
            if self.product is None or each != Level.SKU
        ]

    def rows(self, measure: Measure, asked: Asked) -> Drilled | Steps:
        """The rows behind the measure, or the parts to open first where they are too many to read.

        What opens no further comes to its rows, however many.
        """
        behind = drilled_forecast if measure.facts.group == Group.FORECAST else drilled
        most: int | None = MOST_SKU_DOOR_WEEKS
        while True:
            found = behind(
                measure,
                asked.period,
                asked.cut,
                self.level,
                self.product,
                is_direct=self.is_direct,
                at_most=most,
            )
            if found is not None:
                return found
            steps = steps_of(measure, asked, is_direct=self.is_direct)
            if steps is not None:
                return steps
            most = None


@dataclass(frozen=True, slots=True)
class SkuNames:
    """The SKUs and doors of some rows, by id; in place of doors the names of their groups."""

    products: dict[int, Product]
    doors: dict[int, Door]
    groups: Sequence[str]

    @classmethod
    def of(cls, found: Drilled, at_places: Iterable[int]) -> "SkuNames":
        chosen = list(at_places)
        doors = set() if found.groups else {int(door) for door in found.place_ids[chosen] if door >= 0}
        return cls(
            Product.objects.select_related("category").in_bulk(
                {int(product) for product in found.product_ids[chosen]}
            ),
            Door.objects.in_bulk(doors),
            found.groups,
        )

    def place(self, place_id: int) -> str:
        """The door, or the door group."""
        return self.groups[place_id] if self.groups else str(self.doors[place_id])
