"""The parts add up to the whole, and an independent count in SQL agrees, on retailers drawn at random."""

from datetime import timedelta

import numpy as np
import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from marketing.campaigns.choices import CampaignStatus
from marketing.catalogue.models import Ranging
from marketing.tests.factories import TODAY, make_campaign, make_mechanic
from scorecard.measures.domain import take_week
from scorecard.measures.gathering import FACT_SUMS
from scorecard.measures.models import WeekDetail, WeekFact
from scorecard.measures.packing import unpacked_detail
from scorecard.measures.stock import StockOfWeek
from scorecard.tests.measures.cases import LAST_WEEK, Shop, make_shop, sell, snapshot_of

pytestmark = pytest.mark.django_db

CELLS = 6
DAY_SETS = st.lists(st.integers(0, 127), min_size=CELLS, max_size=CELLS)
SOLD = """
SELECT coalesce(sum(units), 0) FROM marketing_weeklysales sold
JOIN marketing_door door ON door.id = sold.door_id
JOIN marketing_product product ON product.id = sold.product_id
WHERE week_start = %s AND door.region = %s AND product.category_id = %s
"""


@pytest.fixture
def shop(today) -> Shop:
    return make_shop()


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seen=DAY_SETS,
    out=DAY_SETS,
    units=st.lists(st.integers(-5, 30), min_size=CELLS, max_size=CELLS),
    starts=st.lists(st.tuples(st.integers(-3, 6), st.integers(1, 9)), max_size=3),
)
def test_categories_regions_channels_and_mechanics_add_up(shop, seen, out, units, starts):
    with transaction.atomic():
        cells = [(product, door) for product in (shop.boot, shop.crew) for door in shop.doors]
        for (product, door), count in zip(cells, units, strict=True):
            sell(product, door, count)
        for place, (start, days) in enumerate(starts):
            make_campaign(
                products=[(shop.crew, shop.boot)[place % 2]],
                doors=shop.doors[: 1 + place],
                mechanic=make_mechanic(f"M{place % 2}"),
                starts_on=LAST_WEEK + timedelta(days=start),
                days=days,
                status=CampaignStatus.COMPLETED,
            )
        stock = StockOfWeek(
            product_ids=np.array([product.pk for product, _ in cells]),
            door_ids=np.array([door.pk for _, door in cells]),
            opening=np.arange(CELLS) - 1.0,
            closing=np.arange(CELLS) * 2.0,
            seen=np.array(seen, dtype=np.uint8),
            out=np.array(out, dtype=np.uint8) & np.array(seen, dtype=np.uint8),
        )
        take_week(week_start=LAST_WEEK, stock=stock, today=TODAY)
        _holds(shop, cells, seen, out, units)
        transaction.set_rollback(True)


def _holds(shop: Shop, cells, seen, out, units) -> None:
    facts = list(WeekFact.objects.filter(snapshot=snapshot_of()))
    parts = [fact for fact in facts if not fact.is_total]
    totals = [fact for fact in facts if fact.is_total]
    for name in FACT_SUMS:
        of_parts = sum(getattr(fact, name) for fact in parts)
        assert sum(getattr(fact, name) for fact in totals) == pytest.approx(of_parts)
    for total in totals:
        same = [fact for fact in parts if _place(fact) == _place(total)]
        for name in FACT_SUMS:
            assert getattr(total, name) == pytest.approx(sum(getattr(fact, name) for fact in same))
    assert sum(fact.sold_units for fact in totals) == pytest.approx(sum(units))
    # A door that was not seen at all is known by its sales, observed all week.
    days = sum(seen_days.bit_count() or 7 for seen_days in seen)
    if not any(fact.mechanic_id for fact in facts):
        assert sum(fact.door_days for fact in totals) == days
        lost = sum((a & b).bit_count() for a, b in zip(seen, out, strict=True))
        assert sum(fact.out_door_days for fact in totals) == lost
    details = [unpacked_detail(row.packed) for row in WeekDetail.objects.filter(snapshot=snapshot_of())]
    for name, of_facts in (
        ("days", "door_days"),
        ("out_days", "out_door_days"),
        ("sold", "sold_units"),
        ("unmet", "unmet_units"),
    ):
        behind = sum(float(getattr(detail, name).sum()) for detail in details)
        assert behind == pytest.approx(sum(getattr(fact, of_facts) for fact in parts), rel=1e-5, abs=1e-5)
    with connection.cursor() as cursor:
        cursor.execute(SOLD, [LAST_WEEK, "North", shop.tops.pk])
        of_cell = [fact for fact in parts if (fact.category_id, fact.region) == (shop.tops.pk, "North")]
        assert sum(fact.sold_units for fact in of_cell) == pytest.approx(float(cursor.fetchone()[0]))
    assert Ranging.objects.count() == CELLS


def _place(fact: WeekFact) -> tuple[str, str, int | None]:
    return fact.region, fact.channel, fact.mechanic_id
