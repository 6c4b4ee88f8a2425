"""Sentences about lifts: what is suggested, of which parts, and from whose past."""

from dataclasses import dataclass

from marketing.lift.choices import Borrowed, LiftPart
from marketing.lift.suggestion import LiftSuggestion, PlannedPromotion
from sop_site.formats import percent, times

# Of a lift well above the baseline a second decimal says nothing.
PLAIN_FROM = 1.5


def factor(multiplier: float) -> str:
    """A part of a lift: ``1.20``."""
    return f"{multiplier:,.2f}"


def suggestion_sentence(suggestion: LiftSuggestion) -> str:
    """``2.4× the baseline, between 1.6 and 4.1; from 38 past promotions like this one``."""
    count = suggestion.event_count
    promotions = "1 past promotion" if count == 1 else f"{count:,} past promotions"
    decimals = 1 if suggestion.p50 >= PLAIN_FROM else 2
    return (
        f"{times(suggestion.p50, decimals)} the baseline, between {suggestion.p10:,.{decimals}f}"
        f" and {suggestion.p90:,.{decimals}f}; from {promotions} like this one"
    )


def borrowed_sentence(suggestion: LiftSuggestion) -> str:
    """Whose past promotions it rests on; empty where they are the SKU's own."""
    lender = {
        Borrowed.OWN: "",
        Borrowed.LIKE_ITEM: f"{suggestion.borrowed_from}, its like item",
        Borrowed.SUBCLASS: f"{suggestion.borrowed_from}, its subclass",
        Borrowed.RETAILER: "all SKUs",
    }[suggestion.borrowed]
    return f"Borrowed from {lender}: it has no promotions of its own." if lender else ""


@dataclass(frozen=True, slots=True)
class PartInWords:
    """A factor of a lift: its name, its figure, and what it stands for."""

    label: str
    factor: str
    meaning: str


def parts_in_words(
    suggestion: LiftSuggestion, promotion: PlannedPromotion, discount_ratio: float | None
) -> list[PartInWords]:
    """The parts that multiply to the suggested lift, in the order in which they are told."""
    return [
        PartInWords(
            part.part.label,
            factor(part.multiplier),
            _meaning(part.part, promotion, discount_ratio, suggestion),
        )
        for part in suggestion.parts
    ]


def _meaning(
    part: LiftPart, promotion: PlannedPromotion, discount_ratio: float | None, suggestion: LiftSuggestion
) -> str:
    days = (promotion.ends_on - promotion.starts_on).days + 1
    match part:
        case LiftPart.MECHANIC:
            return f"what {promotion.mechanic} promotions usually do"
        case LiftPart.DISCOUNT if discount_ratio is None:
            return "at the depth that such promotions usually have"
        case LiftPart.DISCOUNT:
            return f"at {percent(discount_ratio)} off"
        case LiftPart.SKU if suggestion.borrowed == Borrowed.OWN:
            return "how this SKU answers, against others"
        case LiftPart.SKU:
            return "how those it borrows from answer, against others"
        case LiftPart.DOORS:
            return f"how the {len(promotion.doors):,} chosen doors answer, against all"
        case LiftPart.LENGTH:
            return f"over {days:,} day{'' if days == 1 else 's'}"
        case LiftPart.SEASON:
            return "at this time of the year"
