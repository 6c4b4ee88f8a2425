"""The chance of running short that a recalculation keeps with a flag, and what pages say of it."""

from datetime import timedelta

import numpy as np
import pytest
from django.urls import reverse

from marketing.tests.factories import TODAY, make_campaign, make_fit
from planning.risk.arithmetic import door_arithmetic
from planning.risk.chances import chance, chance_in_brief, chance_in_ten
from planning.risk.choices import RiskState
from planning.risk.doors import doors_of
from planning.risk.engine import covered_share, short_probability
from planning.risk.figures import flag_figures
from planning.risk.models import Flag
from planning.supply.models import StockPosition
from planning.tests.factories import make_receipt
from planning.tests.risk.cases import Network, recalculated, row_versions
from sop_site.access.roles import Role

pytestmark = pytest.mark.django_db

SHARES = np.arange(1, 20) / 20
# A twentieth of the promotions sold up to 0.1 of what was expected, half up to 1.0, the most 1.9.
RATIOS = [number / 10 for number in range(1, 20)]


@pytest.fixture
def network(today) -> Network:
    return Network.make()


def learned(ratios=RATIOS):
    return make_fit(door_error_ratios=ratios, sku_error_ratios=ratios)


def chance_words(flag: Flag) -> str:
    return door_arithmetic(flag, flag.worst_door).chance_words


def chance_figure(flag: Flag) -> tuple[str, str]:
    (figure,) = (each for each in flag_figures(flag, TODAY) if each.label == "Chance of running short")
    return figure.value, figure.note


def test_without_a_fit_it_is_not_known_and_says_so(network, client_of):
    product = network.make_sku("CREW-M", at_dc=160.0)
    make_campaign(products=[product], doors=network.doors)
    recalculated(product)
    flag = Flag.objects.get()
    assert flag.short_probability is None
    assert chance_figure(flag) == ("n/a", "not known yet")
    assert doors_of(flag, is_calculated=True).chances == ["n/a", "n/a"]
    assert chance_words(flag) == (
        "How likely demand exceeds supply is not known yet: no past promotions have been learned from."
    )
    assert 'title="The chance that' not in page_at(client_of, "risk:bridge")


def page_at(client_of, name: str, *args) -> str:
    return client_of(Role.EXECUTIVE).get(reverse(name, args=args)).content.decode()


def test_it_is_that_of_the_worst_door_and_stands_on_every_page(network, client_of):
    learned()
    product = network.make_sku("CREW-M", at_dc=0.0, at_door=80.0)
    StockPosition.objects.filter(door=network.doors[1]).update(on_hand_units=72.0)
    make_campaign(products=[product], doors=network.doors)
    recalculated(product)
    flag = Flag.objects.get()
    lines = flag.lines.in_bulk(field_name="pk").values()
    worst = min(lines, key=lambda line: line.cover)
    assert flag.worst_door_id == worst.door_id == network.doors[1].pk
    # Six weeks of 10 before it begin leave 12 of the 72 for the 40 expected: 0.3 × it, and 85 % sold more.
    assert (worst.cover, flag.cover) == pytest.approx((0.3, 0.3))
    assert flag.short_probability == pytest.approx(0.85)
    assert chance_figure(flag) == ("85%", "about 8 in 10, worst door")
    assert doors_of(flag, is_calculated=True).chances == ["85%", "75%"]
    assert chance_words(flag) == (
        "The chance that demand exceeds supply is about 8 in 10 (85%): there is supply in time for 12 of 40"
        " expected, 0.30×, and 85% of past promotions at a door sold more than that part of what was"
        " expected of them."
    )
    for name, arguments in (
        ("risk:bridge", ()),
        ("risk:flag", (flag.pk,)),
        ("risk:door", (flag.pk, flag.worst_door_id)),
    ):
        assert "85%" in page_at(client_of, name, *arguments)


def test_what_is_stored_is_what_the_engine_says_of_every_worst_door(network):
    learned()
    products = [network.make_sku(f"SKU-{number}", at_dc=20.0 * number) for number in range(12)]
    make_campaign(products=products, doors=network.doors)
    recalculated(*products)
    flags = list(Flag.objects.order_by("pk"))
    expected = []
    for flag in flags:
        risk = next(iter(door_arithmetic(flag, flag.worst_door).arithmetic.campaigns))
        covered = covered_share(
            np.array([risk.cover]), np.array([risk.expected_units]), np.array([risk.units_short])
        )
        expected += short_probability(SHARES, np.array(RATIOS), covered).tolist()
    stored = [flag.short_probability for flag in flags]
    assert stored == pytest.approx(expected, abs=1e-4)
    assert stored == sorted(stored, reverse=True)
    assert len(set(stored)) > 5


def test_supply_that_comes_too_late_counts_for_what_it_serves(network):
    learned()
    product = network.make_sku("CREW-M", at_dc=0.0, at_door=70.0)
    campaign = make_campaign(products=[product], doors=network.doors[:1])
    make_receipt(product, network.doors[0], 100.0, eta=campaign.ends_on - timedelta(days=3))
    recalculated(product)
    flag = Flag.objects.get()
    assert flag.cover > 1
    served = (flag.expected_units - flag.units_short) / flag.expected_units
    assert flag.units_short > 0
    assert flag.short_probability == pytest.approx(1 - served / 2, abs=1e-4)


def test_a_door_of_which_nothing_is_known_has_none(network):
    learned()
    product = network.make_sku("CREW-M")
    StockPosition.objects.filter(door=network.doors[0]).delete()
    make_campaign(products=[product], doors=network.doors)
    recalculated(product)
    flag = Flag.objects.get()
    assert (flag.state, flag.short_probability) == (RiskState.NO_DATA, None)
    assert doors_of(flag, is_calculated=True).chances == ["n/a"]


@pytest.mark.parametrize(
    ("moved_by", "is_written"),
    [pytest.param(0.015, False, id="less than a point"), pytest.param(0.03, True, id="more")],
)
def test_a_new_fit_rewrites_a_flag_only_if_its_chance_moves_by_a_point(network, moved_by, is_written):
    learned()
    product = network.make_sku("CREW-M", at_dc=0.0, at_door=80.0)
    make_campaign(products=[product], doors=network.doors)
    recalculated(product)
    before, probability = row_versions(), Flag.objects.get().short_probability
    learned([ratio + moved_by for ratio in RATIOS])
    recalculated(product)
    assert (row_versions() != before) == is_written
    after = Flag.objects.get().short_probability
    assert after == pytest.approx(probability + moved_by / 2 if is_written else probability)


def test_the_first_fit_is_written_and_a_second_run_writes_nothing(network):
    product = network.make_sku("CREW-M", at_dc=0.0, at_door=80.0)
    make_campaign(products=[product], doors=network.doors)
    recalculated(product)
    learned()
    recalculated(product)
    assert Flag.objects.get().short_probability == pytest.approx(0.75)
    before = row_versions()
    recalculated(product)
    assert row_versions() == before


@pytest.mark.parametrize(
    ("probability", "figure", "brief", "words"),
    [
        (None, "n/a", "", "not known yet"),
        (0.0, "under 5%", "<5%", "less than 1 in 20"),
        (0.05, "5%", "5%", "about 1 in 10"),
        (0.31, "31%", "31%", "about 3 in 10"),
        (0.95, "95%", "95%", "about 9 in 10"),
        (0.951, "over 95%", ">95%", "more than 19 in 20"),
    ],
)
def test_a_chance_in_words(probability, figure, brief, words):
    assert (chance(probability), chance_in_brief(probability), chance_in_ten(probability)) == (
        figure,
        brief,
        words,
    )
