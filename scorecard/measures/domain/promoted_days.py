"""The days of running campaigns, as each night sees them."""

from datetime import date
from typing import Final

import numpy as np
from django.db import transaction
from numpy.typing import NDArray

from marketing.campaigns.choices import CampaignStatus
from marketing.catalogue.models import Door
from scorecard.measures.choices import DayState
from scorecard.measures.stock import counted, sku_door_keys
from sop_site.columns import place_in, read_columns, write_columns

Integers = NDArray[np.int64]

# Planned ones count too: the task that starts them may have failed.
RUNNING: Final = (CampaignStatus.APPROVED, CampaignStatus.RUNNING)
SKUS_AT_ONCE: Final = 20_000
FEATURED = """
SELECT line.campaign_id AS campaign, line.product_id AS product, scope.door_id AS door,
    %(today)s - campaign.starts_on AS day, campaign.ends_on - campaign.starts_on + 1 AS days
FROM marketing_campaign campaign
JOIN marketing_campaignline line ON line.campaign_id = campaign.id
JOIN marketing_campaigndoor scope ON scope.campaign_id = campaign.id
WHERE campaign.status = ANY(%(running)s) AND campaign.starts_on <= %(today)s AND campaign.ends_on >= %(today)s
"""
RANGED = """
SELECT product_id AS product, door_id AS door
FROM marketing_ranging WHERE product_id = ANY(%(products)s)
"""
# Dates that were moved before the start leave no days that were seen: they begin anew.
WRITE = """
INSERT INTO scorecard_promoteddays AS stood (campaign_id, product_id, door_id, category_id, states)
SELECT campaign, product, door, category_id,
    set_byte(decode(repeat('00', days::int), 'hex'), day::int, state::int)
FROM unnest(%(campaign)s, %(product)s, %(door)s, %(day)s, %(days)s, %(state)s)
    AS seen(campaign, product, door, day, days, state)
JOIN marketing_product ON marketing_product.id = product
ON CONFLICT (campaign_id, product_id, door_id) DO UPDATE SET states = (
    SELECT CASE WHEN length(stood.states) = length(excluded.states)
        THEN set_byte(stood.states, %(today)s - starts_on, get_byte(excluded.states, %(today)s - starts_on))
        ELSE excluded.states END
    FROM marketing_campaign WHERE id = excluded.campaign_id
)
"""


@transaction.atomic
def see_promoted_days(today: date) -> int:
    """Write down of each SKU-door of the campaigns that run ``today`` whether it has stock to sell.

    Not ranged, or the door closed: the day is not offered. Where the stock is not known the day stays as it
    is. Seen again on the same day, it is the last that stays. Returns how many SKU-doors were seen.
    """
    featured = read_columns(
        FEATURED,
        {"today": today, "running": [status.value for status in RUNNING]},
        {**dict.fromkeys(("campaign", "product", "door"), "int8"), "day": "int4", "days": "int4"},
    )
    # In the order of the key, so that two runs never wait for one another in a circle.
    order = np.lexsort((featured["door"], featured["product"], featured["campaign"]))
    featured = {name: column[order] for name, column in featured.items()}
    open_ids = np.array(
        sorted(Door.objects.selling().open_between(today, today).values_list("pk", flat=True)), dtype=np.int64
    )
    product_ids = np.unique(featured["product"])
    seen = 0
    for first in range(0, len(product_ids), SKUS_AT_ONCE):
        part = product_ids[first : first + SKUS_AT_ONCE]
        chosen = np.flatnonzero(place_in(part, featured["product"]) >= 0)
        of_part = {name: column[chosen] for name, column in featured.items()}
        state = _states(part, of_part["product"], of_part["door"], open_ids, today)
        known = state != DayState.NOT_SEEN
        write_columns(
            WRITE,
            {name: column[known] for name, column in of_part.items()}
            | {"state": state[known], "today": today},
        )
        seen += int(known.sum())
    return seen


def _states(
    part: Integers, product_ids: Integers, door_ids: Integers, open_ids: Integers, today: date
) -> Integers:
    """The state of each SKU-door tonight; ``part`` are the SKUs among them, ascending."""
    ranged = read_columns(RANGED, {"products": part}, {"product": "int8", "door": "int8"})
    keys = np.sort(sku_door_keys(ranged["product"], ranged["door"]))
    is_offered = (place_in(keys, sku_door_keys(product_ids, door_ids)) >= 0) & (
        place_in(open_ids, door_ids) >= 0
    )
    count = counted(today, part)
    place = count.places_of(product_ids, door_ids)
    is_out = np.append(count.sellable, np.nan)[place] <= 0
    in_stock = np.where(is_out, DayState.OUT, DayState.IN_STOCK)
    return np.where(
        is_offered, np.where(place >= 0, in_stock, DayState.NOT_SEEN), DayState.NOT_OFFERED
    ).astype(np.int64)
