"""What has drifted from the signed forecast, for the next weekly review."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.core.paginator import Page, Paginator

from planning.consensus.in_force import PublishedVersions
from planning.consensus.models import ForecastVersion
from planning.consensus.support import CampaignSupport, SkuSupport, planned_supports
from sop_site import formats
from sop_site.operating_model.limits import Limit, Limits
from sop_site.operating_model.models import OperatingModel

ROWS_A_PAGE: Final = 25
NAMED: Final = 3


@dataclass(frozen=True, slots=True)
class DriftPage:
    """All that the page shows. ``unsupported`` campaigns stand by money; ``page`` holds a row per SKU.

    ``tolerance`` in words, as a share of what was signed: one, or from and to where categories differ.
    """

    version: ForecastVersion | None
    tolerance: str
    compared: int
    unsupported: Sequence[CampaignSupport]
    beyond: Sequence[CampaignSupport]
    page: Page

    @property
    def named(self) -> Sequence[CampaignSupport]:
        """The unsupported campaigns that a note names."""
        return self.unsupported[:NAMED]

    @property
    def others(self) -> int:
        """How many more there are."""
        return len(self.unsupported) - len(self.named)


def drift_page(page_number: Any, *, today: date) -> DriftPage:
    """Every planned campaign's SKUs beyond the tolerance, by money first; those without a price last."""
    supports = planned_supports(today=today)
    drifted = [sku for support in supports for sku in support.drifted]
    unsupported = [support for support in supports if support.unsupported]
    return DriftPage(
        version=PublishedVersions.read().in_force(today),
        tolerance=_tolerance_words(OperatingModel.objects.in_force(today)),
        compared=sum(not support.why_not for support in supports),
        unsupported=sorted(unsupported, key=lambda one: -(one.missing_money or 0.0)),
        beyond=[support for support in supports if support.is_beyond],
        page=Paginator(sorted(drifted, key=_by_money), ROWS_A_PAGE).get_page(page_number),
    )


def _tolerance_words(model: OperatingModel) -> str:
    """``10%``, or ``10% (5% to 20% by category)``."""
    limits = Limits.of(model)
    own = formats.percent(model.consensus_drift_tolerance)
    said = [
        of_place[Limit.CONSENSUS_DRIFT]
        for of_place in limits.scoped.values()
        if Limit.CONSENSUS_DRIFT in of_place
    ]
    if not said:
        return own
    lowest, highest = (formats.percent(edge([*said, model.consensus_drift_tolerance])) for edge in (min, max))
    return f"{own} ({lowest} to {highest} by category)"


def _by_money(sku: SkuSupport) -> tuple[float, float]:
    return -abs(sku.money or 0.0), -abs(sku.missing)
