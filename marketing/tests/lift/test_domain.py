"""Learning each mechanic's lift from the sales and promotions that are there."""

from datetime import timedelta

import pytest

from marketing.lift.domain import fit_mechanic_lifts
from marketing.lift.models import MechanicLift
from marketing.lift.queries import median_uplift_ratio_for
from marketing.sales.models import PastPromotion, WeeklySales
from marketing.tests.factories import make_door, make_mechanic, make_product
from sop_site.feeds.staging import MergeCount
from sop_site.fiscal import WEEK

pytestmark = pytest.mark.django_db


@pytest.fixture
def promoted_at(today):
    """Makes a SKU-door that sells ten a week, and ``units`` in a week of promotion by ``mechanic``."""

    def make(units: float, mechanic) -> PastPromotion:
        product, door, start = make_product(), make_door(), today - 3 * WEEK
        WeeklySales.objects.bulk_create(
            WeeklySales(
                product=product,
                door=door,
                week_start=today - number * WEEK,
                units=units if number == 3 else 10,
                promoted_days=7 if number == 3 else 0,
            )
            for number in range(1, 12)
        )
        return PastPromotion.objects.create(
            code="P",
            product=product,
            door=door,
            mechanic=mechanic,
            starts_on=start,
            ends_on=start + timedelta(days=6),
        )

    return make


def test_the_median_of_the_events_of_each_mechanic(today, promoted_at):
    social, site = make_mechanic("SOCIAL"), make_mechanic("SITE")
    for units in (15, 20, 40):
        promoted_at(units, social)
    promoted_at(35, site)

    fit_mechanic_lifts(today=today)

    assert median_uplift_ratio_for(social) == pytest.approx(1.0)
    assert median_uplift_ratio_for(site) == pytest.approx(2.5)
    assert MechanicLift.objects.get(mechanic=social).event_count == 3


def test_twice_writes_nothing_and_a_mechanic_without_events_loses_its_lift(today, promoted_at):
    promotion = promoted_at(20, make_mechanic())
    fit_mechanic_lifts(today=today)

    assert fit_mechanic_lifts(today=today) == MergeCount()

    promotion.delete()
    fit_mechanic_lifts(today=today)
    assert not MechanicLift.objects.exists()
    assert median_uplift_ratio_for(make_mechanic()) == 0.0


def test_a_promotion_of_what_never_sold_teaches_nothing(today, promoted_at):
    promotion = promoted_at(20, make_mechanic())
    WeeklySales.objects.filter(product=promotion.product).delete()

    assert fit_mechanic_lifts(today=today) == MergeCount()
