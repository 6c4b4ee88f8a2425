"""A night's learning: what past promotions did, their norms, and the versions of what was learned."""

from datetime import timedelta

import numpy as np
import pytest

from marketing.catalogue.models import Category
from marketing.demand.models import DemandFit, DemandFitPart
from marketing.demand.queries import current_demand_errors
from marketing.lift.domain import KEPT_FITS, learn
from marketing.lift.models import LiftNorm, PastLift
from marketing.lift.queries import median_uplift_ratio_for
from marketing.tests.factories import make_door, make_mechanic, make_product, make_sales
from marketing.tests.lift.past import promoted_often
from sop_site.fiscal import WEEK, week_start

pytestmark = pytest.mark.django_db


def test_each_past_promotion_is_measured(today):
    mug, doors = make_product(), [make_door(), make_door()]
    promoted_often(mug, doors, multiplier=2.4)

    fit = learn(today=today).fit

    lifts = PastLift.objects.filter(product=mug)
    assert fit is not None
    assert lifts.count() == fit.event_count == 6
    latest = lifts.first()
    assert latest is not None
    assert latest.starts_on == week_start(today) - 8 * WEEK
    assert latest.ends_on == latest.starts_on + timedelta(days=13)
    assert latest.door_count == 2
    assert latest.discount_ratio == pytest.approx(0.25)
    assert latest.multiplier == pytest.approx(2.4, rel=0.1)


def test_norms_are_by_mechanic_category_and_depth(today):
    kitchen = Category.objects.create(path="Kitchen", name="Kitchen")
    cups = Category.objects.create(path="Kitchen > Cups", name="Cups", parent=kitchen)
    mug, doors = make_product(category=cups), [make_door(), make_door()]
    promoted_often(mug, doors, multiplier=2.4)

    learn(today=today)

    norms = LiftNorm.objects.order_by("category__path", "discount_band")
    assert {(norm.category, norm.discount_band) for norm in norms} == {
        (None, ""),
        (None, "to_30"),
        (kitchen, ""),
        (kitchen, "to_30"),
    }
    assert {norm.event_count for norm in norms} == {6}
    assert all(norm.p10_multiplier <= norm.p50_multiplier <= norm.p90_multiplier for norm in norms)
    mechanic = norms[0].mechanic
    assert median_uplift_ratio_for(mechanic) == pytest.approx(1.4, rel=0.2)
    assert median_uplift_ratio_for(make_mechanic("UNSEEN")) == 0.0


def test_a_night_that_learned_something_is_a_version_and_old_arrays_go(today):
    mug, door = make_product(), make_door()
    promoted_often(mug, [door])
    for night in range(KEPT_FITS + 2):
        make_sales(mug, make_door(), {week_start(today) - WEEK: 10.0 + night})
        learn(today=today)

    assert DemandFit.objects.count() == KEPT_FITS + 2
    assert DemandFitPart.objects.count() == KEPT_FITS
    assert PastLift.objects.exclude(fit=DemandFit.objects.latest()).count() == 0


def test_a_second_night_with_the_same_sales_is_no_new_version(today):
    promoted_often(make_product(), [make_door(), make_door()])

    assert learn(today=today).fit == learn(today=today).fit
    assert DemandFit.objects.count() == 1


def test_the_errors_of_the_newest_fit_are_known(today):
    assert current_demand_errors() is None
    doors = [make_door() for _ in range(4)]
    for _ in range(8):
        promoted_often(make_product(), doors)
    learn(today=today)

    errors = current_demand_errors()
    assert errors is not None
    assert errors.shares.tolist() == sorted(errors.shares.tolist())
    assert (np.diff(errors.ratios) >= 0).all()
    assert (np.diff(errors.item_ratios) >= 0).all()
    # The median promotion sold about what was expected.
    assert np.interp(0.5, errors.shares, errors.ratios) == pytest.approx(1.0, abs=0.15)
