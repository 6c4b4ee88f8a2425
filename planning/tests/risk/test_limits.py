"""Limits by category and region: whose flags they change, and how pages say which one counted."""

from datetime import timedelta

import numpy as np
import pytest
from django.urls import reverse
from django.utils.html import escape
from pytest_django.asserts import assertContains

from marketing.catalogue.models import Category, Door, Product
from marketing.tests.factories import TODAY, make_campaign, set_scopes
from planning.remedies.options import threshold_words
from planning.remedies.preview import FlagPreview
from planning.risk.arithmetic import door_arithmetic
from planning.risk.assessment import assess
from planning.risk.choices import AcceptanceStatus, RiskState
from planning.risk.deadline_words import remedy_deadlines
from planning.risk.deadlines import deadlines_of
from planning.risk.decisions import accept_risk
from planning.risk.engine.decide_by import Remedy
from planning.risk.figures import flag_figures
from planning.risk.limits import large_risk_of, line_limits, risk_limits
from planning.risk.models import Flag, RiskAcceptance
from planning.risk.projection import weeks_of_flags
from planning.risk.sentences import headline
from planning.risk.standing import is_large_risk
from planning.supply.models import StockPosition
from planning.tests.factories import make_receipt
from planning.tests.risk.cases import Network, recalculated
from sop_site.access.roles import Role
from sop_site.operating_model.limits import Limit
from sop_site.operating_model.models import OperatingModel

pytestmark = pytest.mark.django_db
TOPS = "Women > Tops"


@pytest.fixture
def network(today) -> Network:
    """A DC with a door in the North and one in the South."""
    network = Network.make()
    for door, region in zip(network.doors, ("North", "South"), strict=True):
        Door.objects.filter(pk=door.pk).update(region=region)
        door.region = region
    return network


@pytest.fixture
def products(network) -> list[Product]:
    """A top, a dress and a SKU without a category, each with cover 1.2 at both doors in six weeks."""
    paths = (TOPS, "Women > Dresses", None)
    found = [
        network.make_sku(
            f"SKU-{number}",
            at_dc=0.0,
            at_door=60.0 + 1.2 * 40,
            category=path and Category.objects.create(path=path, name=path),
        )
        for number, path in enumerate(paths)
    ]
    make_campaign(products=found, doors=network.doors, starts_on=TODAY + timedelta(weeks=6))
    return found


def states(products: list[Product]) -> dict[str, str]:
    recalculated(*products)
    return dict(Flag.objects.order_by("product__sku").values_list("product__sku", "state"))


def lines_of(product: Product) -> dict[str, str]:
    return dict(Flag.objects.get(product=product).lines.values_list("door__region", "state"))


def test_without_scopes_every_line_is_judged_alike(products):
    assert set(states(products).values()) == {RiskState.OK}
    assessment = assess([product.pk for product in products], today=TODAY)
    assert (assessment.cover_threshold, assessment.watch_margin) == (1.1, 0.1)


def test_a_scope_of_a_category_changes_its_flags_alone(products):
    set_scopes({"category_path": TOPS, "cover_threshold": 1.25})
    assert states(products) == {"SKU-0": RiskState.AT_RISK, "SKU-1": RiskState.OK, "SKU-2": RiskState.OK}
    assert lines_of(products[0]) == {"North": RiskState.AT_RISK, "South": RiskState.AT_RISK}


def test_a_scope_of_a_region_changes_its_doors_alone(products):
    set_scopes({"region": "South", "watch_margin": 0.2})
    assert set(states(products).values()) == {RiskState.WATCH}
    for product in products:
        assert lines_of(product) == {"South": RiskState.WATCH}


def test_a_scope_of_both_stands_beside_the_wider_ones(products):
    set_scopes(
        {"category_path": "Women", "cover_threshold": 1.3},
        {"category_path": TOPS, "region": "North", "cover_threshold": 1.15, "watch_margin": 0.0},
        {"region": "South", "cover_threshold": 1.15, "watch_margin": 0.1},
    )
    states(products)
    assert lines_of(products[0]) == {"South": RiskState.AT_RISK}
    assert lines_of(products[1]) == {"North": RiskState.AT_RISK, "South": RiskState.AT_RISK}
    assert lines_of(products[2]) == {"South": RiskState.WATCH}


def test_arrays_say_what_each_place_says(network, products):
    set_scopes(
        {"category_path": "Women", "cover_threshold": 1.3},
        {"category_path": TOPS, "region": "North", "watch_margin": 0.3},
        {"region": "South", "cover_threshold": 1.15},
    )
    model = OperatingModel.objects.in_force(TODAY)
    limits = risk_limits(model)
    pairs = [(category, door) for category in [*Category.objects.all(), None] for door in Door.objects.all()]
    threshold, margin, buffer = limits.at(
        np.array([category.pk if category else -1 for category, _ in pairs]),
        np.array([door.pk for _, door in pairs]),
        Limit.COVER_THRESHOLD,
        Limit.WATCH_MARGIN,
        Limit.LEAD_TIME_BUFFER_DAYS,
    )
    expected = [
        line_limits(model, category.path if category else "", door.region) for category, door in pairs
    ]
    assert threshold.tolist() == [found.cover_threshold for found in expected]
    assert margin.tolist() == [found.watch_margin for found in expected]
    assert buffer == 0


def test_the_pages_of_a_flag_say_which_limit_counted(network, products, client_of):
    set_scopes({"category_path": TOPS, "region": "North", "cover_threshold": 1.25})
    states(products)
    flag = Flag.objects.get(product=products[0])
    version = OperatingModel.objects.get().version
    said = f"operating model v{version}, Women > Tops in North"
    assert flag.worst_door == network.doors[0]
    assert f"threshold 1.25× ({said})" in [figure.note for figure in flag_figures(flag, TODAY)]
    assert "under the threshold of 1.25×" in headline(flag, list(flag.lines.all()))
    form = client_of(Role.PLANNING_LEAD).get(reverse("remedies:shift", args=[flag.pk]))
    assertContains(form, escape(f"Judged by its threshold 1.25× ({said})"))
    north, south = (door_arithmetic(flag, door).threshold_words for door in network.doors)
    assert north.startswith(f"At risk. The threshold is 1.25×, and up to 1.35× it is watched: {said}, in")
    assert south.startswith(
        f"OK. The threshold is 1.10×, and up to 1.20× it is watched: operating model v{version}, "
    )


def test_the_margin_of_another_scope_is_named(products):
    set_scopes({"category_path": TOPS, "cover_threshold": 1.25}, {"region": "North", "watch_margin": 0.5})
    found = line_limits(OperatingModel.objects.in_force(TODAY), TOPS, "North")
    assert (found.threshold, found.watched_up_to) == ("1.25×", "1.75× (North)")


def test_the_weeks_of_a_flag_are_judged_by_the_same_limits(products):
    set_scopes({"category_path": TOPS, "cover_threshold": 1.25})
    states(products)
    flags = {flag.product_id: flag.pk for flag in Flag.objects.all()}
    weeks = weeks_of_flags(flags.values())
    last = {product.sku: weeks[flags[product.pk]].cells[-1].state for product in products}
    assert last == {"SKU-0": RiskState.AT_RISK, "SKU-1": RiskState.OK, "SKU-2": RiskState.OK}


def test_remedies_reckon_with_the_limit_of_their_door(network, products):
    set_scopes({"category_path": TOPS, "region": "North", "cover_threshold": 1.5})
    states(products)
    flag = Flag.objects.get(product=products[0])
    preview = FlagPreview(flag, TODAY)
    north, south = network.doors
    assert preview.threshold_by_door == {north.pk: 1.5, south.pk: 1.1}
    assert preview.now.units_under_threshold == pytest.approx((1.5 - 1.2) * 40)
    version = OperatingModel.objects.get().version
    assert threshold_words(preview) == (
        f"the threshold of its region, 1.10× to 1.50× (operating model v{version})"
    )
    other = FlagPreview(Flag.objects.get(product=products[1]), TODAY)
    assert threshold_words(other) == f"the threshold of 1.10× (operating model v{version})"


def test_a_scope_costs_two_queries_however_many_lines_it_judges(products, statements_sent):
    counts = []
    for scopes, wanted in (([], products), ([{"region": "South", "watch_margin": 0.2}], products[:1])):
        set_scopes(*scopes)
        with statements_sent() as sent:
            assess([product.pk for product in wanted], today=TODAY)
        counts.append(len(sent))
    with statements_sent() as sent:
        assess([product.pk for product in products], today=TODAY)
    assert (counts[1], len(sent)) == (counts[0] + 2, counts[0] + 2)


def test_a_decision_is_asked_for_earlier_by_the_buffer_of_the_door_that_is_short_first(network):
    """The worst door is in the South; the one that must be helped first, and is waited for, in the North."""
    tops = Category.objects.create(path=TOPS, name="Tops")
    top = network.make_sku("TOP", at_dc=0.0, at_door=60.0, category=tops, expedite_days=9)
    bare = network.make_sku("BARE", at_dc=0.0, at_door=60.0, category=None, expedite_days=9)
    north, south = network.doors
    starts_on = TODAY + timedelta(weeks=6)
    make_campaign(products=[top, bare], doors=[north, south], starts_on=starts_on)
    for product in (top, bare):
        StockPosition.objects.filter(product=product, door=south).update(on_hand_units=80)
        make_receipt(product, north, 35.0, eta=starts_on + timedelta(days=7))
    set_scopes(
        {"region": "North", "lead_time_buffer_days": 5},
        {"category_path": TOPS, "region": "North", "lead_time_buffer_days": 12},
        {"region": "South", "lead_time_buffer_days": 30},
    )
    recalculated(top, bare)
    version = OperatingModel.objects.get().version
    for product, days, where in ((top, 12, f"{TOPS} in North"), (bare, 5, "North")):
        flag = Flag.objects.get(product=product)
        assert flag.worst_door == south
        options = {option.kind: option for option in deadlines_of(flag)}
        assert options[Remedy.EXPEDITE].days == 9 + days
        assert flag.decide_by_date == max(option.decide_by_date for option in options.values())
        said = f"and {days} days of buffer (operating model v{version}, {where})."
        assert any(deadline.basis.endswith(said) for deadline in remedy_deadlines(flag, TODAY))


def test_the_lowest_amount_of_the_regions_at_risk_makes_a_risk_large(network):
    product = network.make_sku("BARE", at_dc=0.0, at_door=70.0, unit_price=10)
    make_campaign(products=[product], doors=network.doors, starts_on=TODAY + timedelta(weeks=6))
    recalculated(product)
    flag, model = Flag.objects.get(), OperatingModel.objects.get()
    revenue = flag.revenue_short
    for amounts, is_large, where in (
        ({}, False, ""),
        ({"North": revenue - 1, "South": revenue + 1}, True, "North"),
        ({"North": revenue + 1, "South": revenue}, False, "South"),
        ({"West": 0}, False, ""),
    ):
        set_scopes(*({"region": region, "large_risk_amount": of} for region, of in amounts.items()))
        assert is_large_risk(flag, model) is is_large
        assert large_risk_of(flag, model).where == where


def test_a_category_may_let_its_accepted_risks_grow_further(network, user_of):
    shoes = Category.objects.create(path="Shoes", name="Shoes")
    found = {
        name: network.make_sku(name, at_dc=0.0, at_door=70.0, category=category)
        for name, category in (("SHOE", shoes), ("TOP", None))
    }
    make_campaign(products=found.values(), doors=network.doors, starts_on=TODAY + timedelta(weeks=6))
    set_scopes({"category_path": "Shoes", "accepted_growth_tolerance": 9.0})
    recalculated(*found.values())
    for product in found.values():
        flag = Flag.objects.get(product=product)
        accept_risk(flag=flag, by=user_of(Role.PLANNING_LEAD), reason="Sells out")
        StockPosition.objects.filter(product=product).update(on_hand_units=0)
    recalculated(*found.values())
    statuses = {one.flag.product.sku: one.status for one in RiskAcceptance.objects.all()}
    assert statuses == {"SHOE": AcceptanceStatus.IN_FORCE, "TOP": AcceptanceStatus.OUTGROWN}
