"""The lift that is suggested for a featured SKU, with its reasons."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from marketing.catalogue.models import Door, Product
from marketing.demand.models import DemandFit
from marketing.lift.choices import Borrowed, LiftPart
from marketing.lift.models import PastLift
from marketing.sales.models import Mechanic


@dataclass(frozen=True, slots=True)
class PartOfLift:
    """One factor of a suggested lift."""

    part: LiftPart
    multiplier: float


@dataclass(frozen=True, slots=True)
class LiftSuggestion:
    """What promotions like the planned one really did to a SKU, as multipliers of its baseline.

    ``parts`` multiply to ``p50``. ``event_count`` is on how many past promotions it rests, of which
    ``analogues`` are the most alike, the closest first. ``borrowed_from`` names the SKU or the subclass
    where it rests on theirs.
    """

    product: Product
    fit: DemandFit
    p10: float
    p50: float
    p90: float
    parts: tuple[PartOfLift, ...]
    event_count: int
    analogues: tuple[PastLift, ...]
    borrowed: Borrowed
    borrowed_from: str


@dataclass(frozen=True, slots=True)
class PlannedPromotion:
    """What a suggestion is asked for, but for its SKUs."""

    mechanic: Mechanic
    starts_on: date
    ends_on: date
    doors: tuple[Door, ...]


def suggestions_for(
    promotion: PlannedPromotion, discounts: Iterable[tuple[Product, float | None]]
) -> dict[int, LiftSuggestion]:
    """The suggested lift of each SKU at its discount (a ratio, None where not known yet), by product id.

    A SKU for which the past tells nothing has none; before the first fit none has.
    """
    return {}
