"""The sums that blocks keep are those of their numbers, after every write."""

import numpy as np

from planning.consensus.choices import Layer
from planning.consensus.domain import Change, Scope, enter_units
from planning.consensus.packing import Totals, unpacked
from planning.consensus.totals import door_groups_of, totals_by_category
from planning.tests.consensus.cases import make_cycle
from sop_site.access.roles import Role

LAYERS = list(Layer)


def test_sums_are_those_of_the_numbers_after_a_write(today, user_of):
    forecast = make_cycle()
    enter_units(
        version=forecast.version,
        layer=Layer.MARKETING,
        changes=[Change(Scope(product_id=forecast.crew.pk), 1, 500.0)],
        by=user_of(Role.MARKETING_MEMBER),
        reason="x",
    )
    version = forecast.version
    for block in version.blocks.all():
        counted, kept = Totals.of(unpacked(block), version.month_of_week), Totals.kept(block.totals)
        np.testing.assert_allclose(kept.units, counted.units)
        np.testing.assert_allclose(kept.at_price, counted.at_price)
        np.testing.assert_allclose(kept.at_cost, counted.at_cost)

    tops = totals_by_category(version)[forecast.tops]
    assert tops.units[LAYERS.index(Layer.MARKETING), 1] == 500 + 480
    assert tops.at_price[LAYERS.index(Layer.MARKETING), 1] == 980 * 50
    assert tops.at_cost[LAYERS.index(Layer.CONSENSUS), 1] == 640 * 20


def test_categories_add_up_to_the_whole(today):
    forecast = make_cycle()
    version = forecast.version

    assert list(totals_by_category(version)) == [forecast.shoes, forecast.tops]
    for door_group, units in (("", 810.0), ("North", 405.0)):
        whole = sum(totals_by_category(version, door_group=door_group).values(), start=Totals.none())
        assert whole.units[LAYERS.index(Layer.NAIVE), 0] == units
    assert door_groups_of(version) == ["North", "South"]
