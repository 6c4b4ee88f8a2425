"""How many promoted SKUs ran out at all, from the days that each night saw."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Final

from django.db import connection

from marketing.catalogue.choices import DoorKind
from scorecard.measures.choices import DayState, Measure, SellingChannel, Slice
from scorecard.measures.cut import Cut
from scorecard.measures.figure import Figure, Key
from scorecard.measures.places import Places
from scorecard.measures.spans import Span

# By the first and the last day of a span: the promoted SKUs that a night saw, and those of them ever out.
PromotedSkus = dict[tuple[date, date], tuple[int, int]]

PROMOTED_SKUS: Final = """
    SELECT number, part, count(*) FILTER (WHERE is_seen), count(*) FILTER (WHERE is_out)
    FROM (
        SELECT
            span.number,
            {part} AS part,
            bool_or(position(%(out)s IN seen.states) > 0) AS is_out,
            bool_or(position(%(out)s IN seen.states) + position(%(in_stock)s IN seen.states) > 0) AS is_seen
        FROM unnest(%(first_days)s::date[], %(last_days)s::date[])
            WITH ORDINALITY AS span(first_day, last_day, number)
        JOIN marketing_campaign AS campaign
            ON campaign.starts_on <= span.last_day AND campaign.ends_on >= span.first_day
        JOIN scorecard_promoteddays AS days ON days.campaign_id = campaign.id
        JOIN marketing_door AS door ON door.id = days.door_id
        CROSS JOIN LATERAL (
            SELECT substring(
                days.states
                FROM greatest(span.first_day - campaign.starts_on, 0) + 1
                FOR least(span.last_day, campaign.ends_on) - greatest(span.first_day, campaign.starts_on) + 1
            ) AS states
        ) AS seen
        WHERE (%(categories)s::bigint[] IS NULL OR days.category_id = ANY(%(categories)s))
            AND (%(region)s = '' OR door.region = %(region)s)
            AND (%(channel)s = '' OR {channel} = %(channel)s)
            AND (%(mechanic)s::bigint IS NULL OR campaign.mechanic_id = %(mechanic)s)
        GROUP BY span.number, part, days.product_id
    ) AS skus
    GROUP BY number, part
"""
CHANNEL: Final = (
    f"CASE WHEN door.kind = '{DoorKind.ECOMMERCE}' THEN '{SellingChannel.ECOMMERCE}' "
    f"ELSE '{SellingChannel.STORES}' END"
)
PARTS: Final = {
    None: "NULL::bigint",
    Slice.CATEGORY: "days.category_id",
    Slice.REGION: "door.region",
    Slice.CHANNEL: CHANNEL,
    Slice.MECHANIC: "campaign.mechanic_id",
}


def promoted_skus(
    spans: Sequence[Span], cut: Cut, places: Places, by: Slice | None = None
) -> dict[Key, PromotedSkus]:
    """Of each part, in every span, the promoted SKUs that a night saw and how many of them were ever out.

    A SKU counts once however many campaigns and doors it has, so that these never add up; in one query.
    """
    inside = places.inside
    with connection.cursor() as cursor:
        cursor.execute(
            PROMOTED_SKUS.format(part=PARTS[by], channel=CHANNEL),
            {
                "out": bytes([DayState.OUT]),
                "in_stock": bytes([DayState.IN_STOCK]),
                "first_days": [span.days[0] for span in spans],
                "last_days": [span.days[1] for span in spans],
                "categories": None if inside is None else sorted(inside),
                "region": cut.region,
                "channel": cut.channel,
                "mechanic": cut.mechanic_id,
            },
        )
        rows = cursor.fetchall()
    counted: defaultdict[Key, PromotedSkus] = defaultdict(dict)
    for number, part, seen, out in rows:
        of_part, days = counted[places.part_of(part)], spans[number - 1].days
        before = of_part.get(days, (0, 0))
        of_part[days] = (before[0] + seen, before[1] + out)
    return dict(counted)


def figure_of(measure: Measure, skus: PromotedSkus, span: Span) -> Figure:
    """The share of the SKUs seen that were out on a day of the span."""
    seen, out = skus.get(span.days, (0, 0))
    if not seen:
        return Figure.none(measure, "No night has seen a promoted SKU.", n_of="promoted SKUs")
    return Figure(measure, out / seen, seen, "promoted SKUs")
