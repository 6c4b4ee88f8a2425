"""Opening a cycle: what it freezes, on which dates, once, and at night by itself."""

from datetime import date

import pytest
from django.db import transaction

from marketing.catalogue.models import Category, Door, Product
from marketing.tests.factories import (
    TODAY,
    make_baseline,
    make_campaign,
    make_dc,
    make_door,
    make_product,
    make_sales,
    range_at,
)
from planning.consensus.choices import ENTERED_LAYERS, CycleStatus, Layer
from planning.consensus.domain.opening import open_cycle, open_due_cycle
from planning.consensus.models import Cycle, ForecastBlock, ForecastVersion
from planning.consensus.packing import digest_of, unpacked
from planning.tests.waiting import someone_waits_for_us, threads, until
from sop_site.fiscal import WEEK, FiscalMonth, month_of
from sop_site.operating_model.choices import ModelStatus
from sop_site.operating_model.models import OperatingModel

NOVEMBER = month_of(TODAY)
FIRST_WEEK = (NOVEMBER + 1).start


@pytest.fixture
def doors(db) -> dict[str, Door]:
    """Two regions that a DC supplies."""
    dc = make_dc()
    return {region: make_door(region=region, supplied_by=dc) for region in ("North", "South")}


@pytest.fixture
def tops(db) -> Category:
    return Category.objects.create(path="Tops", name="Tops")


def make_sku(doors: dict[str, Door], weekly_units: float, **facts) -> Product:
    """A SKU with the same baseline at each door."""
    product = make_product(**facts)
    for door in doors.values():
        range_at(product, door)
        make_baseline(product, door, weekly_units)
    return product


def block_of(cycle: Cycle, category: Category | None, door_group: str) -> ForecastBlock:
    """One of its blocks."""
    return ForecastBlock.objects.get(version__cycle=cycle, category=category, door_group=door_group)


def months(block: ForecastBlock, layer: Layer) -> list[list[float]]:
    """Units by SKU and month."""
    version = block.version
    return unpacked(block).monthly(layer, version.month_of_week).tolist()


def test_a_cycle_opens_with_its_dates_its_version_and_a_block_for_each_category_and_door_group(doors, tops):
    shoes = Category.objects.create(path="Shoes", name="Shoes")
    crew, polo = (make_sku(doors, units, category=tops) for units in (10.0, 30.0))
    boot = make_sku(doors, 5.0, category=shoes)
    loose = make_sku(doors, 2.0)
    make_campaign(
        products=[polo], doors=[doors["South"]], starts_on=FIRST_WEEK + WEEK, days=7, uplift_ratio=2.0
    )
    make_sales(crew, doors["North"], {FIRST_WEEK - 52 * WEEK: 8.0})

    cycle = open_cycle(month=NOVEMBER, today=TODAY)

    assert cycle == Cycle.objects.get()
    assert (cycle.status, cycle.month, cycle.published_at) == (CycleStatus.COLLECTING, NOVEMBER, None)
    assert cycle.month_start == date(2026, 11, 1)
    dates = (cycle.submit_by_date, cycle.reconcile_by_date, cycle.sign_by_date)
    assert dates == (date(2026, 11, 11), date(2026, 11, 18), date(2026, 11, 25))
    version = cycle.versions.get()
    assert (version.number, version.first_week_start) == (1, FIRST_WEEK)
    assert version.weeks_of_months == [5, 4, 4, 5, 4, 4]
    assert {
        (block.category, block.door_group): block.product_ids for block in version.blocks.select_related()
    } == {
        (tops, "North"): [crew.pk, polo.pk],
        (tops, "South"): [crew.pk, polo.pk],
        (shoes, "North"): [boot.pk],
        (shoes, "South"): [boot.pk],
        (None, "North"): [loose.pk],
        (None, "South"): [loose.pk],
    }
    north, south = (block_of(cycle, tops, region) for region in doors)
    usual = [[50.0, 40.0, 40.0, 50.0, 40.0, 40.0], [150.0, 120.0, 120.0, 150.0, 120.0, 120.0]]
    promoted = [usual[0], [210.0, *usual[1][1:]]]
    assert months(north, Layer.NAIVE) == [[8.0, 0.0, 0.0, 0.0, 0.0, 0.0], [0.0] * 6]
    assert months(north, Layer.STATISTICAL) == months(south, Layer.STATISTICAL) == usual
    for layer in (Layer.CAMPAIGNS, *ENTERED_LAYERS):
        assert (months(north, layer), months(south, layer)) == (usual, promoted)
    assert unpacked(north).unit_price.tolist() == [50.0, 50.0]
    assert unpacked(north).unit_cost.tolist() == [20.0, 20.0]
    assert {block.digest == digest_of(block) for block in version.blocks.all()} == {True}


def test_the_dates_are_those_of_the_operating_model_in_force(db):
    OperatingModel.objects.create(
        version=90,
        effective_from=TODAY,
        status=ModelStatus.ADOPTED,
        consensus_submit_days=1,
        consensus_reconcile_days=2,
        consensus_sign_days=27,
    )
    cycle = open_cycle(month=NOVEMBER + 1, today=TODAY)
    dates = (cycle.submit_by_date, cycle.reconcile_by_date, cycle.sign_by_date)
    assert dates == (date(2026, 11, 30), date(2026, 12, 1), date(2026, 12, 26))


def test_a_category_without_any_data_has_its_blocks_with_nothing_in_them(doors, tops):
    product = make_product(category=tops, unit_price=None, unit_cost=None)
    cycle = open_cycle(month=NOVEMBER, today=TODAY)
    for region in doors:
        block = block_of(cycle, tops, region)
        numbers = unpacked(block)
        assert block.product_ids == [product.pk]
        assert not numbers.weekly.any()
        assert not numbers.entered.any()


def test_without_doors_there_is_a_cycle_without_numbers(db):
    make_product()
    assert not open_cycle(month=NOVEMBER, today=TODAY).versions.get().blocks.exists()


def test_the_months_of_a_long_year_have_all_of_its_weeks(doors):
    product = make_sku(doors, 1.0)
    cycle = open_cycle(month=FiscalMonth(2028, 7), today=date(2028, 8, 1))
    version = cycle.versions.get()
    assert version.weeks_of_months == [5, 4, 4, 5, 5, 4]
    assert months(block_of(cycle, None, "North"), Layer.STATISTICAL) == [[5.0, 4.0, 4.0, 5.0, 5.0, 4.0]]
    assert version.blocks.first().product_ids == [product.pk]


def test_opened_twice_it_stays_as_it_was(doors, caplog):
    make_sku(doors, 10.0)
    cycle = open_cycle(month=NOVEMBER, today=TODAY)
    make_sku(doors, 10.0)
    assert open_cycle(month=NOVEMBER, today=TODAY) == cycle
    assert ForecastVersion.objects.count() == 1
    assert {len(block.product_ids) for block in ForecastBlock.objects.all()} == {1}
    assert not caplog.records


def test_a_baseline_that_ends_before_the_forecast_is_told_of(doors, caplog):
    make_sku(doors, 10.0)
    open_cycle(month=NOVEMBER + 3, today=TODAY)
    (record,) = caplog.records
    assert record.getMessage() == (
        "February FY27 consensus: the baseline of 1 SKUs ends before the forecast does;"
        " its last week is repeated."
    )


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_two_that_open_it_at_once_have_one_cycle():
    with threads(1) as start:
        with transaction.atomic():
            make_sku({"North": make_door()}, 10.0)
            ours = open_cycle(month=NOVEMBER, today=TODAY)
            theirs = start(open_cycle, month=NOVEMBER, today=TODAY)
            until(someone_waits_for_us, seconds=10, what="the second to wait for the first")
        assert theirs.result(timeout=10) == ours
    assert (Cycle.objects.count(), ForecastVersion.objects.count()) == (1, 1)
    assert ForecastBlock.objects.get().product_ids == [Product.objects.get().pk]


def test_at_night_the_cycle_of_the_month_is_opened_once(doors):
    make_sku(doors, 10.0)
    cycle = open_due_cycle(today=TODAY)
    assert cycle is not None
    assert cycle.month == NOVEMBER
    assert open_due_cycle(today=NOVEMBER.end) is None
    following = open_due_cycle(today=(NOVEMBER + 1).start)
    assert following is not None
    assert following.month == NOVEMBER + 1
    assert Cycle.objects.count() == 2


def test_the_cycle_waits_until_something_has_been_learned(doors):
    make_product()
    assert open_due_cycle(today=TODAY) is None
    assert not Cycle.objects.exists()
