"""How the demo's campaigns ended: some sold out, for some too much was bought."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from django.db.models import Avg

from marketing.campaigns.models import Campaign
from scorecard.outcomes.models import CampaignOutcome


@dataclass(frozen=True, slots=True)
class Ending:
    """What became of the stock of a campaign.

    ``also_out``: how likely a SKU-door is out one to three days of a week beside those of its sales.
    ``left_over``: the least and the most stock left over, as a share of what the campaign sold.
    """

    also_out: float
    left_over: tuple[float, float]


SOLD_OUT: Final = Ending(also_out=0.44, left_over=(0.0, 0.0))
AS_PLANNED: Final = Ending(also_out=0.3, left_over=(0.01, 0.04))
OVER_BOUGHT: Final = Ending(also_out=0.12, left_over=(0.14, 0.26))
# One campaign after the other ends in one of these ways.
ENDINGS: Final = (AS_PLANNED, SOLD_OUT, OVER_BOUGHT, AS_PLANNED, SOLD_OUT, OVER_BOUGHT, AS_PLANNED)


def leave_over(ended: Iterable[tuple[Campaign, Ending]], rng: np.random.Generator) -> None:
    """Put down what each campaign left over, as the nights of the week after it would have counted it."""
    outcomes = {outcome.campaign_id: outcome for outcome in CampaignOutcome.objects.all()}
    changed = []
    for campaign, ending in ended:
        outcome = outcomes[campaign.pk]
        unit_cost = campaign.lines.aggregate(mean=Avg("product__unit_cost"))["mean"]
        outcome.leftover_units = round(outcome.sold_units * rng.uniform(*ending.left_over))
        outcome.leftover_at_cost = outcome.leftover_units * float(unit_cost)
        changed.append(outcome)
    CampaignOutcome.objects.bulk_update(changed, ["leftover_units", "leftover_at_cost"])
