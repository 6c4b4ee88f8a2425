"""Numbers that people enter: where they go, what they leave alone, and who may enter them when."""

import numpy as np
import pytest

from marketing.catalogue.models import Product
from planning.consensus.blocks import Cells
from planning.consensus.choices import (
    CONSENSUS_MAY_CHANGE,
    ENTERED_LAYERS,
    FUNCTIONS_MAY_ENTER,
    CycleStatus,
    EntrySource,
    Layer,
    Seat,
)
from planning.consensus.domain import Change, Scope, enter_units, take_layer
from planning.consensus.models import ForecastBlock, ForecastEntry
from planning.tests.consensus.cases import Forecast, advance, make_cycle, signed
from sop_site.access.permissions import NotAllowed, NotNow
from sop_site.access.roles import PERMISSIONS_OF_ROLE, Role

MARKETING, CONSENSUS = Layer.MARKETING, Layer.CONSENSUS


@pytest.fixture
def forecast(today) -> Forecast:
    return make_cycle()


def units_of(forecast: Forecast, scope: Scope, layer: Layer = MARKETING) -> list[float]:
    """A layer's units of a scope in each month."""
    cells = Cells(forecast.version, [scope])
    return [round(float(cells.units(scope, layer, month).sum()), 3) for month in range(6)]


def entered(forecast: Forecast, user_of, scope: Scope, units: float, **facts):
    """Marketing enters a number for the first month."""
    given = {"layer": MARKETING, "by": user_of(Role.MARKETING_MEMBER), "reason": "Lookbook in May", **facts}
    seen = given.pop("seen_units", None)
    return enter_units(version=forecast.version, changes=[Change(scope, 0, units, seen)], **given)


def test_a_number_entered_high_spreads_by_the_mix_and_leaves_all_else_alone(forecast, user_of):
    shoes_before = units_of(forecast, Scope(category_id=forecast.shoes.pk))

    entered(forecast, user_of, Scope(category_id=forecast.tops.pk), 1_600.0)

    assert units_of(forecast, Scope(product_id=forecast.crew.pk))[0] == 400.0
    assert units_of(forecast, Scope(product_id=forecast.polo.pk, door_group="South"))[0] == 600.0
    assert units_of(forecast, Scope(category_id=forecast.tops.pk)) == [1600, 640, 640, 800, 640, 640]
    assert units_of(forecast, Scope(category_id=forecast.shoes.pk)) == shoes_before
    for layer in set(ENTERED_LAYERS) - {MARKETING}:
        assert units_of(forecast, Scope(category_id=forecast.tops.pk), layer)[0] == 800.0


def test_a_number_entered_low_adds_up(forecast, user_of):
    entered(forecast, user_of, Scope(product_id=forecast.crew.pk, door_group="North"), 250.0)

    assert units_of(forecast, Scope(category_id=forecast.apparel.pk))[0] == 900 + 150
    assert units_of(forecast, Scope())[0] == 900 + 150
    assert (
        units_of(forecast, Scope(category_id=forecast.tops.pk, style="Classic", door_group="North"))[0] == 550
    )


def test_an_entry_says_who_what_and_why(forecast, user_of):
    scope = Scope(category_id=forecast.tops.pk, style="Classic", door_group="North")
    made = entered(
        forecast, user_of, scope, 500.0, assumption="The influencer posts twice", source=EntrySource.PASTED
    )

    (entry,) = ForecastEntry.objects.all()
    assert [entry] == made.entries
    assert made.conflicts == []
    assert (entry.units_before, entry.units_after) == (400.0, 500.0)
    assert (entry.category, entry.style, entry.product, entry.door_group) == (
        forecast.tops,
        "Classic",
        None,
        "North",
    )
    assert (entry.entered_by, entry.reason) == (user_of(Role.MARKETING_MEMBER), "Lookbook in May")
    assert (entry.assumption, entry.source) == ("The influencer posts twice", EntrySource.PASTED)


def test_a_number_that_is_there_already_is_no_entry(forecast, user_of):
    assert entered(forecast, user_of, Scope(category_id=forecast.tops.pk), 800.0).entries == []
    assert ForecastEntry.objects.count() == 0


def test_what_someone_else_changed_meanwhile_is_a_conflict_and_stays(forecast, user_of):
    scope = Scope(product_id=forecast.crew.pk)
    first = entered(forecast, user_of, scope, 300.0, seen_units=200.0)
    second = entered(forecast, user_of, scope, 250.0, seen_units=200.0)

    assert second.entries == []
    (conflict,) = second.conflicts
    assert (conflict.units_now, conflict.entry) == (300.0, first.entries[0])
    assert units_of(forecast, scope)[0] == 300.0


def test_a_conflict_names_who_changed_that_cell_and_nobody_else(forecast, user_of):
    """Somebody spreads a number over a category; what comes later is about other cells."""
    crew = Scope(product_id=forecast.crew.pk, door_group="North")
    spread = entered(
        forecast, user_of, Scope(category_id=forecast.apparel.pk), 1_800.0, by=user_of(Role.MARKETING_LEAD)
    )
    for scope in (
        Scope(product_id=forecast.crew.pk, door_group="South"),
        Scope(product_id=forecast.polo.pk),
        Scope(category_id=forecast.shoes.pk),
        Scope(category_id=forecast.apparel.pk, style="Boot"),
        Scope(door_group="South"),
    ):
        entered(forecast, user_of, scope, 333.0)
    enter_units(
        version=forecast.version, layer=MARKETING, changes=[Change(crew, 1, 7.0)],
        by=user_of(Role.MARKETING_MEMBER), reason="Next month",
    )  # fmt: skip
    entered(forecast, user_of, crew, 7.0, layer=Layer.PLANNING, by=user_of(Role.PLANNING_MEMBER))

    (conflict,) = entered(forecast, user_of, crew, 120.0, seen_units=100.0).conflicts

    assert (conflict.units_now, conflict.entry) == (200.0, spread.entries[0])
    assert conflict.entry.entered_by == user_of(Role.MARKETING_LEAD)


def test_a_conflict_over_a_category_or_a_style_names_who_changed_a_part_of_it(forecast, user_of):
    tops = Scope(category_id=forecast.tops.pk)
    part = entered(forecast, user_of, Scope(product_id=forecast.crew.pk, door_group="North"), 150.0)
    entered(forecast, user_of, Scope(product_id=forecast.boot.pk), 150.0)
    for scope in (tops, Scope(category_id=forecast.apparel.pk, style="Classic")):
        (conflict,) = entered(forecast, user_of, scope, 900.0, seen_units=800.0).conflicts
        assert (conflict.units_now, conflict.entry) == (850.0, part.entries[0])
    south = Scope(category_id=forecast.tops.pk, door_group="South")
    (conflict,) = entered(forecast, user_of, south, 900.0, seen_units=1.0).conflicts
    assert conflict.entry is None
    (conflict,) = entered(forecast, user_of, Scope(), 9.0, seen_units=1.0).conflicts
    assert conflict.entry.product == forecast.boot


@pytest.mark.parametrize("units", [-1.0, float("nan"), float("inf")])
def test_what_is_no_number_of_units_changes_nothing(forecast, user_of, units):
    digests = list(ForecastBlock.objects.values_list("digest", flat=True))
    changes = [Change(Scope(product_id=forecast.crew.pk), 0, 5.0), Change(Scope(), 1, units)]
    with pytest.raises(ValueError, match="0 or more"):
        enter_units(
            version=forecast.version, layer=MARKETING, changes=changes,
            by=user_of(Role.MARKETING_MEMBER), reason="x",
        )  # fmt: skip
    assert list(ForecastBlock.objects.values_list("digest", flat=True)) == digests
    assert ForecastEntry.objects.count() == 0


def test_a_scope_without_skus_is_refused(forecast, user_of):
    with pytest.raises(ValueError, match="No SKU"):
        entered(forecast, user_of, Scope(category_id=forecast.tops.pk, style="Boot"), 5.0)


def test_a_sku_that_changes_its_category_keeps_its_place_until_the_next_cycle(forecast, user_of):
    Product.objects.filter(pk=forecast.crew.pk).update(category=forecast.shoes)
    scopes = [Scope(product_id=forecast.crew.pk, door_group="North"), Scope(product_id=forecast.boot.pk)]
    changes = [Change(scope, 0, 60) for scope in scopes]
    entered = enter_units(
        version=forecast.version,
        layer=Layer.MARKETING,
        changes=changes,
        by=user_of(Role.MARKETING_MEMBER),
        reason="Two stores more",
    )
    assert [entry.units_before for entry in entered.entries] == [100, 100]
    cells = Cells(forecast.version, scopes)
    assert [cells.units(scope, Layer.MARKETING, 0).tolist() for scope in scopes] == [[60], [30, 30]]


def test_a_layer_taken_brings_its_mix(forecast, user_of):
    advance(forecast, CycleStatus.RECONCILING, user_of)
    entered(forecast, user_of, Scope(product_id=forecast.crew.pk, door_group="North"), 350.0)
    tops = Scope(category_id=forecast.tops.pk)

    take_layer(
        version=forecast.version, places=[(tops, 0)], source_layer=MARKETING,
        by=user_of(Role.PLANNING_LEAD), reason="Marketing knows the lookbook",
    )  # fmt: skip

    assert units_of(forecast, tops, CONSENSUS)[0] == 1_050.0
    assert units_of(forecast, Scope(product_id=forecast.crew.pk, door_group="North"), CONSENSUS)[0] == 350.0
    entry = ForecastEntry.objects.first()
    assert (entry.layer, entry.source, entry.assumption) == (
        CONSENSUS,
        EntrySource.TAKEN,
        "Marketing's number",
    )


@pytest.mark.parametrize("status", list(CycleStatus))
def test_who_may_enter_which_layer_when(forecast, user_of, status):
    """Every state × layer × role."""
    advance(forecast, status, user_of)
    version, units, found = forecast.version, 1_000.0, {}
    for layer in ENTERED_LAYERS:
        for role in Role:
            units += 1.0
            try:
                enter_units(
                    version=version,
                    layer=layer,
                    changes=[Change(Scope(), 0, units)],
                    by=user_of(role),
                    reason="x",
                )
                found[layer, role] = "entered"
            except NotAllowed:
                found[layer, role] = "not allowed"
            except NotNow:
                found[layer, role] = "not now"
    stages = dict.fromkeys(ENTERED_LAYERS, FUNCTIONS_MAY_ENTER) | {CONSENSUS: CONSENSUS_MAY_CHANGE}
    assert found == {
        (layer, role): "not allowed"
        if ENTERED_LAYERS[layer] not in PERMISSIONS_OF_ROLE[role]
        else "entered"
        if status in stages[layer]
        else "not now"
        for layer in ENTERED_LAYERS
        for role in Role
    }


def test_a_number_that_changes_after_a_signature_voids_it_visibly(forecast, user_of):
    advance(forecast, CycleStatus.SIGNING, user_of)
    signature = signed(forecast, Seat.CMO, user_of)

    entered(
        forecast,
        user_of,
        Scope(),
        1_000.0,
        layer=CONSENSUS,
        by=user_of(Role.PLANNING_MEMBER),
        reason="Late order",
    )

    signature.refresh_from_db()
    assert signature.voided_at is not None
    assert (
        signature.void_reason
        == f"{user_of(Role.PLANNING_MEMBER)} changed a number of the consensus: Late order"
    )


def test_a_published_forecast_is_locked_by_the_database_too(forecast, user_of):
    advance(forecast, CycleStatus.PUBLISHED, user_of)
    block = forecast.version.blocks.first()
    block.entered = bytes(len(block.entered))
    with pytest.raises(Exception, match="A published forecast does not change"):
        block.save()


def test_cells_are_read_in_the_same_few_queries(forecast, django_assert_num_queries):
    scopes = [Scope(category_id=forecast.tops.pk, style="Classic"), Scope(product_id=forecast.boot.pk)]
    version = forecast.version
    with django_assert_num_queries(4):
        cells = Cells(version, scopes)
    assert [len(cells.units(scope, MARKETING, 0)) for scope in scopes] == [4, 2]
    assert np.isclose(cells.units(scopes[1], Layer.NAIVE, 0).sum(), 90.0)
