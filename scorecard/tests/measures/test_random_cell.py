"""A random cell of a random retailer, counted by SQL from the tables that were loaded, and nothing else.

The statement below says day by day what `docs/scorecard.md` promises; it shares no line with what takes the
week, and reads none of the scorecard's own sums.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from math import fsum
from random import Random

import pytest
from django.db import connection

from marketing.campaigns.choices import CampaignStatus
from marketing.catalogue.choices import DoorKind
from marketing.catalogue.models import Category
from marketing.sales.models import Mechanic
from marketing.tests.factories import (
    TODAY,
    make_baseline,
    make_campaign,
    make_door,
    make_mechanic,
    make_past_promotion,
    make_product,
    make_sales,
    range_at,
)
from scorecard.measures.behind import Level
from scorecard.measures.choices import DayState, Measure, SellingChannel
from scorecard.measures.cut import Cut
from scorecard.measures.domain import take_week
from scorecard.measures.drill import drilled
from scorecard.measures.figures import figures_of
from scorecard.measures.queries import WEEK_SUMS, Facts, recorded_weeks
from scorecard.tests.factories import make_promoted_days
from scorecard.tests.measures.card_cases import WEEK
from scorecard.tests.measures.cases import LAST_WEEK

pytestmark = pytest.mark.django_db
WEEKLY_BASELINE = 14.0
COUNTED = (
    "door_days",
    "out_door_days",
    "sold_units",
    "unmet_units",
    "net_sales",
    "markdown",
    "lost_margin",
    "unpriced_units",
    "uncosted_units",
)
# The days of each SKU at each selling door; what they came to, promoted and not; and the sums of one cell.
COUNT = """
WITH day AS (SELECT %(week)s::date + n AS day FROM generate_series(0, 6) AS n),
night AS (
    SELECT seen.product_id, seen.door_id, day.day, campaign.mechanic_id,
        get_byte(seen.states, day.day - campaign.starts_on) AS state
    FROM scorecard_promoteddays seen
    JOIN marketing_campaign campaign ON campaign.id = seen.campaign_id
    JOIN day ON day.day BETWEEN campaign.starts_on AND campaign.ends_on
),
promotion AS (
    SELECT product_id, door_id, day, mechanic_id FROM night WHERE state <> %(not_seen)s
    UNION
    SELECT line.product_id, door.door_id, day.day, campaign.mechanic_id
    FROM marketing_campaign campaign
    JOIN marketing_campaignline line ON line.campaign_id = campaign.id
    JOIN marketing_campaigndoor door ON door.campaign_id = campaign.id
    JOIN day ON day.day BETWEEN campaign.starts_on AND campaign.ends_on
    WHERE campaign.status IN ('approved', 'running', 'completed')
    UNION
    SELECT past.product_id, past.door_id, day.day, past.mechanic_id
    FROM marketing_pastpromotion past JOIN day ON day.day BETWEEN past.starts_on AND past.ends_on
),
mechanic AS (
    SELECT DISTINCT ON (product_id, door_id) product_id, door_id, mechanic_id
    FROM (
        SELECT product_id, door_id, mechanic_id, count(*) AS days FROM promotion GROUP BY 1, 2, 3
    ) AS counted
    ORDER BY product_id, door_id, days DESC, mechanic_id
),
known AS (
    SELECT product.id AS product_id, door.id AS door_id, day.day,
        coalesce(bool_or(night.state IN (%(in_stock)s, %(out)s)), false) AS is_seen,
        coalesce(bool_or(night.state = %(out)s), false) AS is_out,
        coalesce(bool_or(night.state = %(not_offered)s), false) AS is_refused,
        (door.opened_on IS NULL OR door.opened_on <= day.day)
            AND (door.closed_on IS NULL OR door.closed_on > day.day) AS is_open
    FROM marketing_product product CROSS JOIN marketing_door door CROSS JOIN day
    LEFT JOIN night ON night.product_id = product.id AND night.door_id = door.id AND night.day = day.day
    WHERE door.kind <> 'dc'
    GROUP BY product.id, door.id, day.day
),
offered AS (
    SELECT known.*,
        EXISTS (
            SELECT 1 FROM promotion
            WHERE (promotion.product_id, promotion.door_id, promotion.day)
                = (known.product_id, known.door_id, known.day)
        ) AS is_promoted
    FROM known
    WHERE is_open AND NOT is_refused AND (
        EXISTS (
            SELECT 1 FROM marketing_ranging ranged
            WHERE (ranged.product_id, ranged.door_id) = (known.product_id, known.door_id)
        )
        OR EXISTS (
            SELECT 1 FROM known AS other
            WHERE (other.product_id, other.door_id) = (known.product_id, known.door_id) AND other.is_seen
        )
    )
),
general AS (SELECT max(observed_days) AS days FROM marketing_weeklysales WHERE week_start = %(week)s),
sold AS (
    SELECT product.id AS product_id, door.id AS door_id, product.category_id, door.region, door.kind,
        product.unit_cost::float8 AS cost, coalesce(sales.units, 0) AS units,
        coalesce(sales.observed_days, 0) AS observed, coalesce(sales.out_of_stock_share, 0) AS out_share,
        coalesce(nullif(sales.base_price, 0), product.unit_price)::float8 AS full_price,
        sales.revenue::float8 AS paid_in_all,
        CASE WHEN EXISTS (
            SELECT 1 FROM marketing_baselineforecast baseline
            WHERE (baseline.product_id, baseline.door_id) = (product.id, door.id)
        ) THEN %(baseline)s ELSE 0 END AS baseline
    FROM marketing_product product CROSS JOIN marketing_door door
    LEFT JOIN marketing_weeklysales sales
        ON sales.product_id = product.id AND sales.door_id = door.id AND sales.week_start = %(week)s
    WHERE door.kind <> 'dc'
),
priced AS (SELECT *, coalesce(paid_in_all, units * full_price) AS revenue FROM sold),
days AS (
    SELECT priced.*, part.is_promoted, part.days, part.seen, part.seen_out,
        sum(part.days) OVER week AS of_week
    FROM priced
    CROSS JOIN LATERAL (
        SELECT half.is_promoted, count(offered.day) AS days,
            count(offered.day) FILTER (WHERE offered.is_seen) AS seen,
            count(offered.day) FILTER (WHERE offered.is_out) AS seen_out
        FROM (VALUES (true), (false)) AS half(is_promoted)
        LEFT JOIN offered ON (offered.product_id, offered.door_id, offered.is_promoted)
            = (priced.product_id, priced.door_id, half.is_promoted)
        GROUP BY half.is_promoted
    ) AS part
    WINDOW week AS (PARTITION BY priced.product_id, priced.door_id)
),
counted AS (
    SELECT *,
        CASE WHEN seen > 0 THEN seen ELSE observed_part END AS counted_days,
        CASE WHEN seen > 0 THEN seen_out ELSE observed_part * out_share END AS out_days
    FROM (
        SELECT *,
            CASE WHEN of_week > 0 THEN least(observed, of_week) * days / of_week ELSE 0 END AS observed_part
        FROM days
    ) AS observed
),
whole AS (
    SELECT *, sum(counted_days) OVER week AS all_days, sum(out_days) OVER week AS all_out,
        CASE WHEN units > 0 THEN revenue / units ELSE full_price END AS paid
    FROM counted
    WINDOW week AS (PARTITION BY product_id, door_id)
),
shared AS (
    SELECT *,
        CASE
            WHEN all_days > all_out THEN (counted_days - out_days) / (all_days - all_out)
            WHEN all_days > 0 THEN counted_days / all_days
            WHEN of_week > 0 THEN days / of_week
            WHEN is_promoted THEN 0 ELSE 1
        END AS sold_share,
        CASE WHEN all_out > 0 THEN out_days / all_out ELSE 0 END * CASE
            WHEN (SELECT days FROM general) IS NULL THEN 0
            WHEN all_days > 0 AND all_out >= all_days THEN greatest(0, baseline / 7 * least(
                CASE WHEN observed > 0 THEN observed ELSE (SELECT days FROM general) END, of_week
            ) - greatest(units, 0))
            WHEN all_days > all_out THEN greatest(units, 0) * all_out / (all_days - all_out)
            ELSE 0
        END AS unmet
    FROM whole
)
SELECT is_promoted, sum(counted_days), sum(out_days), sum(units * sold_share), sum(unmet),
    coalesce(sum(revenue * sold_share), 0),
    coalesce(sum(greatest(full_price * units - revenue, 0) * sold_share) FILTER (WHERE units > 0), 0),
    coalesce(sum(unmet * (paid - cost)), 0),
    coalesce(sum(abs(units * sold_share)) FILTER (WHERE revenue IS NULL AND units <> 0), 0)
        + coalesce(sum(unmet) FILTER (WHERE paid IS NULL), 0),
    coalesce(sum(abs(units * sold_share) + unmet) FILTER (WHERE cost IS NULL), 0)
FROM shared
LEFT JOIN mechanic USING (product_id, door_id)
WHERE (%(category)s::bigint IS NULL OR category_id = %(category)s)
    AND (%(region)s = '' OR region = %(region)s)
    AND (%(channel)s = '' OR (kind = 'ecommerce') = (%(channel)s = 'ecommerce'))
    AND (%(mechanic)s::bigint IS NULL OR is_promoted AND mechanic_id = %(mechanic)s)
GROUP BY is_promoted
"""


@dataclass(frozen=True)
class Retailer:
    """What its cells are made of."""

    categories: list[Category]
    regions: list[str]
    mechanics: list[Mechanic]

    def cell(self, chance: Random) -> Cut:
        """A category, a region, a channel and a mechanic, or not."""
        category = chance.choice([None, *self.categories])
        mechanic = chance.choice([None, None, *self.mechanics])
        return Cut(
            category_id=None if category is None else category.pk,
            region=chance.choice(["", *self.regions]),
            channel=chance.choice(["", "", *SellingChannel.values]),
            mechanic_id=None if mechanic is None else mechanic.pk,
        )


def make_retailer(chance: Random) -> Retailer:
    """Eight SKUs at five doors in the week before today, with all that makes its count hard."""
    categories = [Category.objects.create(path=name, name=name) for name in ("Tops", "Shoes")]
    mechanics = [make_mechanic(code) for code in ("A", "B")]
    doors = [
        make_door(),
        make_door(opened_on=LAST_WEEK + timedelta(days=chance.randint(0, 6))),
        make_door(region="South", closed_on=LAST_WEEK + timedelta(days=chance.randint(1, 7))),
        make_door(region="South"),
        make_door(region="", kind=DoorKind.ECOMMERCE),
    ]
    products = [
        make_product(
            category=chance.choice(categories),
            unit_price=chance.choice([None, 40, 55]),
            unit_cost=chance.choice([None, 18, 25]),
        )
        for _ in range(8)
    ]
    for product in products:
        for door in doors:
            if chance.random() < 0.8:
                range_at(product, door)
            if chance.random() < 0.7:
                make_baseline(product, door, WEEKLY_BASELINE)
            if chance.random() < 0.8:
                make_sales(product, door, {LAST_WEEK: chance.randint(-2, 20)}, **sale(chance))
            if chance.random() < 0.15:
                make_past_promotion(product, door, starts_on=day_of(chance), mechanic=mechanics[1])
    for status in (CampaignStatus.COMPLETED, CampaignStatus.RUNNING, CampaignStatus.CANCELLED):
        campaign = make_campaign(
            products=(lines := chance.sample(products, 5)),
            doors=(at := chance.sample(doors, 4)),
            mechanic=chance.choice(mechanics),
            starts_on=day_of(chance),
            days=(days := chance.randint(2, 9)),
            status=status,
        )
        for product in lines:
            for door in at:
                if chance.random() < 0.6:
                    states = chance.choices(list(DayState), weights=[2, 6, 3, 1], k=days)
                    make_promoted_days(campaign, product, door, states)
    return Retailer(categories, sorted({door.region for door in doors} - {""}), mechanics)


def day_of(chance: Random) -> date:
    """A day shortly before the week or in it."""
    return LAST_WEEK + timedelta(days=chance.randint(-4, 5))


def sale(chance: Random) -> dict[str, object]:
    """What is told of a sale beside its units: of its price often little."""
    return {
        "revenue": chance.choice([None, chance.randint(100, 600)]),
        "base_price": chance.choice([None, 0, 45, 60]),
        "observed_days": chance.choice([6, 7]),
        "out_of_stock_share": chance.choice([0, 0, 0.25, 1]),
    }


def counted_by_sql(cut: Cut) -> dict[bool, tuple[float, ...]]:
    """`COUNTED` of the days without promotion and of those with one, from the loaded tables."""
    with connection.cursor() as cursor:
        cursor.execute(
            COUNT,
            {
                "week": LAST_WEEK,
                "baseline": WEEKLY_BASELINE,
                "category": cut.category_id,
                "region": cut.region,
                "channel": cut.channel,
                "mechanic": cut.mechanic_id,
                **{state.name.lower(): int(state) for state in DayState},
            },
        )
        return {is_promoted: tuple(map(float, sums)) for is_promoted, *sums in cursor.fetchall()}


@pytest.mark.parametrize("seed", range(4))
def test_sql_counts_the_same_of_random_cells(today, seed):
    chance = Random(seed)
    retailer = make_retailer(chance)
    take_week(week_start=LAST_WEEK, stock=None, today=TODAY)
    recorded = recorded_weeks({LAST_WEEK})
    nothing = (0.0,) * len(COUNTED)
    for cut in [Cut(), *(retailer.cell(chance) for _ in range(6))]:
        case = f"seed {seed}, {cut}"
        by_sql = counted_by_sql(cut)
        promoted, other = by_sql.get(True, nothing), by_sql.get(False, nothing)
        sums = Facts(recorded, cut).week_sums().get(None)
        for is_promoted, expected in ((True, promoted), (False, other)):
            kept = [
                0.0 if sums is None else sums.values[int(is_promoted), 0, WEEK_SUMS.index(name)]
                for name in COUNTED
            ]
            assert kept == pytest.approx(expected, rel=1e-9, abs=1e-9), case
        days, out, sold, unmet, _, _, margin, *_ = promoted
        figures = figures_of([WEEK], cut)[0]
        figure = figures[Measure.STOCKOUT_DAYS]
        assert (figure.value, figure.n) == (pytest.approx(out / days) if days else None, round(days)), case
        if days and sold + unmet > 0:
            by_demand = min(1.0, unmet / (sold + unmet))
            assert figures[Measure.STOCKOUT_DEMAND].value == pytest.approx(by_demand), case
        if figures[Measure.LOST_MARGIN].value is not None:
            assert figures[Measure.LOST_MARGIN].value == pytest.approx(margin), case
        behind = [fsum(each) for each in drilled(Measure.LOST_MARGIN, WEEK, cut, Level.WEEK).values]
        assert behind[0] == pytest.approx(unmet, rel=1e-6), case
        assert behind[3] == pytest.approx(margin, rel=1e-6, abs=1e-4), case
        if cut.mechanic_id is None:
            found = drilled(Measure.MARKDOWN, WEEK, cut, Level.WEEK)
            by_sql_of_all = [a + b for a, b in zip(promoted, other, strict=True)]
            wanted = [by_sql_of_all[COUNTED.index(name)] for name in ("sold_units", "markdown", "net_sales")]
            assert [fsum(each) for each in found.values][:3] == pytest.approx(wanted, rel=1e-6, abs=1e-4), (
                case
            )
            if wanted[2] > 0:
                assert figures[Measure.MARKDOWN].value == pytest.approx(wanted[1] / wanted[2]), case
