"""Which promotions Pellwick ran in the two years before the current week."""

import numpy as np

from sop_site.demo.assortment import Sku
from sop_site.demo.distributions import PATTERNS, Mechanic
from sop_site.demo.history import WEEKS, PastEvent
from sop_site.demo.network import STORES, WEB_CODE
from sop_site.demo.plans import Campaign

# Weeks from one promotion of a mechanic to the next, its possible lengths in weeks, and how many
# colours of styles it features.
_RHYTHM: dict[Mechanic, tuple[int, tuple[int, ...], int]] = {
    Mechanic.SITE_WIDE_EVENT: (13, (1, 1, 2), 45),
    Mechanic.SOCIAL_PUSH: (7, (1,), 10),
    Mechanic.PARTNERSHIP_DROP: (11, (1, 2), 8),
    Mechanic.PRICE_REDUCTION: (9, (2, 2, 3, 4), 16),
}
# The last weeks hold only the completed campaigns, so that every SKU has recent unpromoted weeks.
_QUIET_WEEKS = 13


def past_events(skus: list[Sku], completed: list[Campaign], rng: np.random.Generator) -> list[PastEvent]:
    """The completed campaigns and, before them, promotions of every mechanic in its rhythm."""
    groups = list(dict.fromkeys(sku.group for sku in skus))
    events = [
        PastEvent(
            code=campaign.code,
            mechanic=campaign.slot.mechanic,
            first_week=WEEKS + campaign.slot.week,
            weeks=campaign.slot.days // 7,
            discount=campaign.slot.discount,
            groups=frozenset(campaign.groups),
            door_codes=frozenset(campaign.door_codes),
        )
        for campaign in completed
    ]
    number = 0
    for mechanic, (rhythm, lengths, group_count) in _RHYTHM.items():
        for week in range(2, WEEKS - _QUIET_WEEKS - 4, rhythm):
            number += 1
            first = min(week + int(rng.integers(0, 3)), WEEKS - _QUIET_WEEKS - 4)
            low, usual, high = PATTERNS[mechanic].door_shares
            share = rng.triangular(low, usual, high)
            stores = rng.permutation(len(STORES))[: max(3, round(share * len(STORES)))]
            chosen = rng.permutation(len(groups))[:group_count]
            events.append(
                PastEvent(
                    code=f"PR{number:03d}",
                    mechanic=mechanic,
                    first_week=first,
                    weeks=int(rng.choice(lengths)),
                    discount=float(rng.choice(list(PATTERNS[mechanic].median_uplift_by_discount))),
                    groups=frozenset(groups[index] for index in chosen),
                    door_codes=frozenset({WEB_CODE, *(STORES[index].code for index in stores)}),
                )
            )
    return events
