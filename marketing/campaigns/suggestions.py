"""What past promotions suggest for the rows of the campaign form, and which other lifts need a reason."""

from collections.abc import Iterable
from dataclasses import dataclass

from marketing.campaigns.choices import LiftUnit
from marketing.campaigns.domain import calculated_lift
from marketing.campaigns.queries import baseline_units
from marketing.catalogue.models import Product
from marketing.lift import words
from marketing.lift.engine import multiplier_from_ratio, percent_from_ratio, ratio_from_multiplier
from marketing.lift.suggestion import LiftSuggestion, PlannedPromotion, suggestions_for

# Part of the suggested multiplier by which a planned one may differ without a reason.
REASON_BEYOND = 0.1
# Fewer units than these are told with decimals: rounded, they would be another lift.
WHOLE_UNITS_FROM = 10


@dataclass(frozen=True, slots=True)
class RowSuggestion:
    """The suggested lift of one row.

    ``baseline_units`` are those of the whole promotion at its doors, None where there is no baseline:
    then the lift cannot be told in units.
    """

    suggestion: LiftSuggestion
    promotion: PlannedPromotion
    discount_ratio: float | None
    baseline_units: float | None

    def lift_in(self, lift_unit: str) -> str:
        """The suggested lift as it would be typed in that unit; empty where it cannot be told in it."""
        ratio = float(ratio_from_multiplier(self.suggestion.p50))
        match lift_unit:
            case LiftUnit.PERCENT:
                return f"{round(float(percent_from_ratio(ratio)))}"
            case LiftUnit.MULTIPLIER:
                return f"{round(self.suggestion.p50, 2):.10g}"
            case LiftUnit.UNITS if self.baseline_units:
                units = ratio * self.baseline_units
                return f"{round(units) if abs(units) >= WHOLE_UNITS_FROM else round(units, 2):.10g}"
        return ""

    def is_another(self, lift_unit: str, lift_value: float) -> bool:
        """Whether a planned lift differs so much from the suggested one that it needs a reason."""
        ratio, units = calculated_lift(lift_unit, lift_value)
        if ratio is None:
            if not self.baseline_units or units is None:
                return False
            ratio = units / self.baseline_units
        difference = abs(float(multiplier_from_ratio(ratio)) - self.suggestion.p50)
        return difference > REASON_BEYOND * self.suggestion.p50

    @property
    def for_script(self) -> dict[str, str]:
        """What script needs to fill the lift in and to ask for a reason, as data attributes."""
        return {
            **{str(unit): self.lift_in(unit) for unit in LiftUnit},
            "p50": f"{self.suggestion.p50:.8g}",
            "baseline": f"{self.baseline_units or 0.0:.8g}",
            "tolerance": f"{REASON_BEYOND:g}",
        }

    @property
    def sentence(self) -> str:
        return words.suggestion_sentence(self.suggestion)

    @property
    def borrowed_sentence(self) -> str:
        return words.borrowed_sentence(self.suggestion)

    @property
    def parts(self) -> list[words.PartInWords]:
        return words.parts_in_words(self.suggestion, self.promotion, self.discount_ratio)

    @property
    def product_of_parts(self) -> str:
        return words.factor(self.suggestion.p50)


def row_suggestions(
    promotion: PlannedPromotion, discounts: Iterable[tuple[Product, float | None]]
) -> dict[int, RowSuggestion]:
    """The suggested lift of each SKU at its discount (a percentage, or None), by product id.

    A SKU for which the past tells nothing has none.
    """
    ratios = {
        product: None if discount_percent is None else discount_percent / 100
        for product, discount_percent in discounts
    }
    found = suggestions_for(promotion, ratios.items()) if ratios else {}
    suggested = [product for product in ratios if product.pk in found]
    baseline = (
        baseline_units(suggested, promotion.doors, promotion.starts_on, promotion.ends_on)
        if suggested
        else {}
    )
    return {
        product.pk: RowSuggestion(found[product.pk], promotion, ratios[product], baseline.get(product.pk))
        for product in suggested
    }
