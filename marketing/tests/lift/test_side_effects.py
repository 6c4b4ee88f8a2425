"""What a promotion does besides its own lift: learned from sales in which it did, and told of a plan."""

from datetime import timedelta

import numpy as np
import pytest

from marketing.campaigns.choices import CampaignStatus
from marketing.catalogue.models import Category, Door, Product
from marketing.lift.domain import learn
from marketing.lift.models import PastLift
from marketing.lift.side_effects import LEAST_EVENTS, SideEffects, side_effects_of, steady_factor
from marketing.lift.suggestion import PlannedPromotion
from marketing.tests.factories import (
    TODAY,
    make_campaign,
    make_door,
    make_fit,
    make_mechanic,
    make_past_promotion,
    make_product,
    make_sales,
    range_at,
)
from sop_site.access.roles import Role
from sop_site.fiscal import WEEK, week_start
from sop_site.formats import signed_units

WEEKS, PROMOTIONS, USUAL_UNITS = 104, 9, 40.0
LAST_WEEK = week_start(TODAY) - WEEK
PROMOTED = {LAST_WEEK - (4 + 11 * number + week) * WEEK for number in range(PROMOTIONS) for week in (0, 1)}
AFTER = {week + WEEK for week in PROMOTED} - PROMOTED
STARTS_ON = week_start(TODAY) + 7 * WEEK


def made_retailer() -> tuple[dict[str, Product], list[Door]]:
    """Nine promotions of the mug a quarter off: it sells twice as much, and half as much the week after.

    While it is promoted the cup, of its subclass, sells half as much; the plate, of the same category, a
    quarter more; the lamp, of another one, what it always sells.
    """
    categories = {
        path: Category.objects.create(path=path, name=path)
        for path in ("Kitchen > Mugs", "Kitchen > Plates", "Home > Lamps")
    }
    of = {
        "mug": "Kitchen > Mugs",
        "cup": "Kitchen > Mugs",
        "plate": "Kitchen > Plates",
        "lamp": "Home > Lamps",
    }
    during = {"mug": 2.0, "cup": 0.5, "plate": 1.25, "lamp": 1.0}
    products = {sku: make_product(sku=sku, category=categories[path]) for sku, path in of.items()}
    doors = [make_door() for _ in range(4)]
    for sku, product in products.items():
        range_at(product, *doors)
        for place, door in enumerate(doors):
            units = {}
            for number in range(WEEKS):
                week = LAST_WEEK - number * WEEK
                factor = during[sku] if week in PROMOTED else 0.5 if sku == "mug" and week in AFTER else 1.0
                units[week] = round(factor * (USUAL_UNITS + (7 * number + 3 * place) % 5))
            make_sales(product, door, units)
    for door in doors:
        for week in sorted(PROMOTED)[::2]:
            make_past_promotion(products["mug"], door, starts_on=week)
    return products, doors


def planned(doors: list[Door], days: int = 14) -> PlannedPromotion:
    return PlannedPromotion(
        make_mechanic(), STARTS_ON, STARTS_ON + timedelta(days=days - 1), doors=tuple(doors)
    )


def effects_of(product: Product, doors: list[Door], days: int = 14) -> SideEffects:
    found = side_effects_of(planned(doors, days), [(product, 0.25)])
    assert found is not None
    return found


@pytest.fixture
def learned(today) -> tuple[dict[str, Product], list[Door]]:
    made = made_retailer()
    learn(today=today)
    return made


def test_what_was_seen_before_is_told_of_a_plan(learned):
    """Four doors sell 42 a week; the mug halves in the first of the four weeks after."""
    products, doors = learned
    found = effects_of(products["mug"], doors)

    assert found.after is not None
    assert found.after.units == pytest.approx(-0.5 * 42 * 4, rel=0.3)
    assert found.after.baseline_units == pytest.approx(4 * 42 * 4, rel=0.1)
    assert found.subclass is not None
    assert found.subclass.units == pytest.approx(-0.5 * 2 * 42 * 4, rel=0.2)
    assert found.category is not None
    assert found.category.units == pytest.approx(0.25 * 2 * 42 * 4, rel=0.2)
    assert [losing.product for losing in found.losing] == [products["cup"]]
    assert found.losing[0].units == pytest.approx(found.subclass.units)
    assert found.units == pytest.approx(found.after.units + found.subclass.units + found.category.units)
    assert {found.after.event_count, found.subclass.event_count, found.category.event_count} == {PROMOTIONS}


def test_only_the_days_of_the_promotion_count(learned):
    products, doors = learned
    one, two = (effects_of(products["mug"], doors, days).subclass for days in (7, 14))
    assert one is not None
    assert two is not None
    assert one.units == pytest.approx(two.units / 2, rel=0.1)


def test_an_unknown_discount_is_the_usual_one(learned):
    products, doors = learned
    known, unknown = (
        side_effects_of(planned(doors), [(products["mug"], discount)]) for discount in (0.25, None)
    )
    assert known == unknown


def test_what_is_featured_too_is_not_taken_from(learned):
    products, doors = learned
    found = side_effects_of(planned(doors), [(products["mug"], 0.25), (products["cup"], 0.25)])
    assert found is not None
    assert found.subclass is None
    assert found.losing == ()


def test_nothing_is_told_from_too_few_promotions(learned):
    """Of lamps there are none; of the others one too few are left."""
    products, doors = learned
    few = list(PastLift.objects.values_list("pk", flat=True)[: LEAST_EVENTS - 1])
    PastLift.objects.exclude(pk__in=few).delete()
    for sku in ("lamp", "mug"):
        found = effects_of(products[sku], doors)
        assert (found.after, found.subclass, found.category) == (None, None, None)
        assert (found.units, found.losing) == (0.0, ())


@pytest.mark.parametrize(
    ("logarithm", "of_pressures", "factor"),
    [
        (-0.2, [-0.1, -0.2, -0.4], np.exp(-0.2)),
        (-0.2, [-0.1, 0.009, -0.4], np.exp(-0.2)),
        (-0.2, [-0.1, 0.011, -0.4], 1.0),
        (0.2, [0.1, -0.009, 0.4], np.exp(0.2)),
        (0.2, [0.1, 0.4, -0.011], 1.0),
        (0.0, [0.0, 0.0, 0.0], 1.0),
    ],
)
def test_what_has_no_direction_is_chance(logarithm, of_pressures, factor):
    found = steady_factor(np.array([logarithm]), np.array(of_pressures)[:, None])
    assert found.tolist() == [pytest.approx(factor)]


def test_nothing_is_known_before_the_first_fit_or_without_a_baseline(today):
    product, door = (
        make_product(category=Category.objects.create(path="Kitchen", name="Kitchen")),
        make_door(),
    )
    range_at(product, door)
    assert side_effects_of(planned([door]), [(product, 0.25)]) is None
    make_fit()
    assert side_effects_of(planned([door]), [(product, 0.25)]) is None
    assert side_effects_of(planned([door]), [(make_product(), 0.25)]) is None


class TestPage:
    @pytest.fixture
    def campaign(self, learned):
        products, doors = learned
        return make_campaign(products=[products["mug"]], doors=doors, starts_on=STARTS_ON)

    def test_it_tells_them_apart_from_the_lift_and_the_net(self, campaign, client_of):
        client = client_of(Role.PLANNING_MEMBER)
        address = f"/campaigns/{campaign.pk}/side-effects/"
        assert f'hx-get="{address}"' in client.get(f"/campaigns/{campaign.pk}/").content.decode()
        answer = client.get(address)
        effects = answer.context["effects"]
        assert answer.context["net_units"] == pytest.approx(answer.context["uplift_units"] + effects.units)
        page = answer.content.decode()
        for shown in (
            "After it",
            "From its subclass",
            "Rest of the category",
            "Product cup",
            signed_units(effects.subclass.units),
            "takes none of these units off",
        ):
            assert shown in page

    def test_off_they_are_not_estimated_and_the_net_is_the_uplift(self, campaign, client_of):
        address = f"/campaigns/{campaign.pk}/side-effects/?side_effects=off"
        answer = client_of(Role.PLANNING_MEMBER).get(address)
        assert answer.context["effects"] is None
        assert answer.context["net_units"] == answer.context["uplift_units"]
        assert "From its subclass" not in answer.content.decode()

    def test_lines_cost_no_queries(self, campaign, learned, client_of, connection_queries):
        products, doors = learned
        large = make_campaign(
            products=[products[sku] for sku in ("mug", "plate", "lamp")], doors=doors, starts_on=STARTS_ON
        )
        client = client_of(Role.PLANNING_MEMBER)
        client.get(f"/campaigns/{campaign.pk}/side-effects/")
        with connection_queries() as one:
            client.get(f"/campaigns/{campaign.pk}/side-effects/")
        with connection_queries() as three:
            client.get(f"/campaigns/{large.pk}/side-effects/")
        assert len(three) == len(one)

    def test_a_draft_is_out_of_reach_for_others(self, client_of, today):
        campaign = make_campaign(status=CampaignStatus.DRAFT)
        for role, code in ((Role.PLANNING_MEMBER, 404), (Role.MARKETING_MEMBER, 200)):
            assert client_of(role).get(f"/campaigns/{campaign.pk}/side-effects/").status_code == code
