"""A suggestion as the past would give it, written by hand."""

from datetime import timedelta

from marketing.catalogue.models import Product
from marketing.demand.models import DemandFit
from marketing.lift.choices import Borrowed, LiftPart
from marketing.lift.suggestion import LiftSuggestion, PartOfLift, PlannedPromotion
from marketing.sales.models import Mechanic
from marketing.tests.factories import TODAY


def planned(*doors, days: int = 14) -> PlannedPromotion:
    """A social push of some days at ``doors``, without touching the database."""
    starts_on = TODAY + timedelta(weeks=7)
    mechanic = Mechanic(code="SOCIAL", name="Social")
    return PlannedPromotion(mechanic, starts_on, starts_on + timedelta(days=days - 1), doors)


def suggested(
    p50: float = 2.4,
    *,
    product: Product | None = None,
    event_count: int = 38,
    borrowed: Borrowed = Borrowed.OWN,
    borrowed_from: str = "",
) -> LiftSuggestion:
    """A lift between two thirds and 1.7 times of ``p50``, of a mechanic's part of 2.0 and the SKU's."""
    return LiftSuggestion(
        product=product or Product(sku="CREW", name="Crew"),
        fit=DemandFit(pk=7),
        p10=p50 / 1.5,
        p50=p50,
        p90=p50 * 1.7,
        parts=(PartOfLift(LiftPart.MECHANIC, 2.0), PartOfLift(LiftPart.SKU, p50 / 2.0)),
        event_count=event_count,
        analogues=(),
        borrowed=borrowed,
        borrowed_from=borrowed_from,
    )
