"""How the demo's campaigns ended: what sold above its plan ran out, what sold below it was left over."""

from collections.abc import Iterable
from typing import Final

import numpy as np
from django.db.models import Avg
from numpy.typing import NDArray

from marketing.campaigns.models import Campaign
from scorecard.outcomes.models import CampaignOutcome

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

# How likely a SKU-door of a campaign is out one to three days of a week beside those of its sales, by what it
# sold as a share of its plan: below the first limit, between them, above the second.
PLAN_LIMITS: Final = (0.85, 1.1)
ALSO_OUT: Final = (0.08, 0.2, 0.32)
# The least and the most that is left of what was bought for a plan and did not sell; transfers took the rest.
LEFT_OF_UNSOLD: Final = (0.35, 0.65)


def likely_out(campaign: Campaign, product_ids: Integers, before: Floats, sold: Floats) -> float:
    """How likely a SKU-door of the campaign is also out in one of its weeks.

    From the weeks ``before [b, n]`` it and its own ``[w, n]``, in units at its SKU-doors.
    """
    ratios = {
        product: ratio or 0.0 for product, ratio in campaign.lines.values_list("product", "uplift_ratio")
    }
    planned = len(sold) * before.mean(axis=0) * [1 + ratios[product] for product in product_ids.tolist()]
    return ALSO_OUT[int(np.searchsorted(PLAN_LIMITS, sold.sum() / max(planned.sum(), 1.0)))]


def leave_over(campaigns: Iterable[Campaign], rng: np.random.Generator) -> None:
    """Put down what each campaign left over, as the nights of the week after it would have counted it."""
    outcomes = {outcome.campaign_id: outcome for outcome in CampaignOutcome.objects.all()}
    changed = []
    for campaign in campaigns:
        outcome = outcomes[campaign.pk]
        unsold = max(outcome.planned_units - outcome.sold_units, 0.0)
        unit_cost = campaign.lines.aggregate(mean=Avg("product__unit_cost"))["mean"]
        outcome.leftover_units = round(unsold * rng.uniform(*LEFT_OF_UNSOLD))
        outcome.leftover_at_cost = outcome.leftover_units * float(unit_cost)
        changed.append(outcome)
    CampaignOutcome.objects.bulk_update(changed, ["leftover_units", "leftover_at_cost"])
