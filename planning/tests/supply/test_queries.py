"""The arrays of a projection against a retailer made by hand: one equality for each kind."""

from datetime import date, timedelta

import numpy as np
import pytest

from marketing.baseline.models import BaselineForecast
from marketing.baseline.vectors import FORECAST_WEEKS
from marketing.campaigns.choices import CampaignStatus, LiftUnit
from marketing.campaigns.models import CampaignLine
from marketing.catalogue.choices import DoorKind
from marketing.catalogue.models import Door, Product
from marketing.tests.factories import make_baseline, make_campaign, make_dc, make_door, make_product, range_at
from planning.supply.choices import ReceiptStatus, TransferStatus
from planning.supply.engine import DEFAULT_BUCKETS, MOST_BUCKETS, NEVER, expected_demand, project
from planning.supply.models import Transfer
from planning.supply.queries import ProjectionInputs, planned_lines, projection_inputs, routes_between_doors
from planning.tests.factories import make_receipt, make_route, make_stock
from sop_site.fiscal import week_start

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 25)  # a Wednesday: four days of the week are left
DEFAULT_TRANSIT_DAYS = 3
LONGEST_TRANSIT_DAYS = 9


def day(number: int) -> date:
    return TODAY + timedelta(days=number)


@pytest.fixture
def doors() -> dict[str, Door]:
    """A DC, a closed one, and doors of every kind behind them or alone."""
    dc, shut_dc = make_dc(code="DC"), make_dc(code="SHUT-DC", closed_on=day(0))
    doors = [
        dc,
        shut_dc,
        make_door(code="NEAR", supplied_by=dc),
        make_door(code="FAR", supplied_by=dc),
        make_door(code="WEB", supplied_by=dc, kind=DoorKind.ECOMMERCE, sells_from_dc=True),
        make_door(code="SHUT", supplied_by=dc, closed_on=day(0)),
        make_door(code="CLOSING", supplied_by=dc, opened_on=day(-400), closed_on=day(10)),
        make_door(code="OPENING", supplied_by=dc, opened_on=day(20)),
        make_door(code="ALONE"),
        make_door(code="ORPHAN", supplied_by=shut_dc),
    ]
    make_route(dc, doors[2], 4)
    make_route(dc, doors[3], LONGEST_TRANSIT_DAYS)
    make_route(doors[2], doors[3], 1)
    return {door.code: door for door in doors}


@pytest.fixture
def crew() -> Product:
    return make_product(sku="CREW")


def read(*products: Product, longer: int = 0) -> ProjectionInputs:
    ids = np.array(sorted(product.pk for product in products), dtype=np.int64)
    return projection_inputs(
        ids, planned_lines(ids, TODAY), today=TODAY, default_transit_days=DEFAULT_TRANSIT_DAYS + longer
    )


def names(inputs: ProjectionInputs) -> list[str]:
    """The SKU and door of each row."""
    skus = dict(Product.objects.values_list("pk", "sku"))
    codes = dict(Door.objects.values_list("pk", "code"))
    rows = zip(inputs.product_ids.tolist(), inputs.door_ids.tolist(), strict=True)
    return [f"{skus[product]} {codes[door]}" for product, door in rows]


def by_row(inputs: ProjectionInputs, *columns: np.ndarray) -> dict[str, list]:
    """One row's figures by its name."""
    figures = zip(*(column.tolist() for column in columns), strict=True)
    return {name: list(values) for name, values in zip(names(inputs), figures, strict=True)}


def named(inputs: ProjectionInputs, rows: np.ndarray) -> list[str | None]:
    name = names(inputs)
    return [None if row == -1 else name[row] for row in rows]


def test_a_row_is_where_the_sku_is_ranged_lies_or_is_bound_for_and_the_dc_behind(doors, crew):
    beanie, unknown = make_product(sku="BEANIE"), make_product(sku="UNKNOWN")
    range_at(crew, doors["NEAR"], doors["SHUT"])
    make_stock(crew, doors["ALONE"], 5)
    make_stock(crew, doors["SHUT-DC"], 5)
    make_receipt(beanie, doors["FAR"], 10, eta=day(5))
    Transfer.objects.create(
        product=beanie, from_door=doors["ALONE"], to_door=doors["ORPHAN"], units=3.0,
        ship_on=day(1), arrive_on=day(2),
    )  # fmt: skip

    inputs = read(crew, beanie, unknown)
    dcs = named(inputs, inputs.sku_doors.dc_row)
    assert list(zip(names(inputs), dcs, inputs.is_ranged.tolist(), inputs.is_dc.tolist(), strict=True)) == [
        ("CREW DC", None, False, True),
        ("CREW NEAR", "CREW DC", True, False),
        ("CREW ALONE", None, False, False),
        ("BEANIE DC", None, False, True),
        ("BEANIE FAR", "BEANIE DC", False, False),
        ("BEANIE ALONE", None, False, False),
        ("BEANIE ORPHAN", None, False, False),
    ]


def test_facts_of_the_doors(doors, crew):
    range_at(crew, *doors.values())

    inputs = read(crew)
    found = inputs.sku_doors
    assert by_row(
        inputs,
        found.transit_days,
        inputs.has_route,
        found.sells_from_dc,
        found.opening_day,
        found.closing_day,
    ) == {
        "CREW DC": [3, False, False, -NEVER, NEVER],
        "CREW NEAR": [4, True, False, -NEVER, NEVER],
        "CREW FAR": [9, True, False, -NEVER, NEVER],
        "CREW WEB": [3, False, True, -NEVER, NEVER],
        "CREW CLOSING": [3, False, False, -400, 10],
        "CREW OPENING": [3, False, False, 20, NEVER],
        "CREW ALONE": [3, False, False, -NEVER, NEVER],
        "CREW ORPHAN": [3, False, False, -NEVER, NEVER],
    }


def test_stock_stands_as_the_feed_says_it(doors, crew):
    range_at(crew, doors["NEAR"], presentation_minimum_units=4)
    range_at(crew, doors["FAR"])
    make_stock(crew, doors["DC"], 100, unavailable_units=7, committed_units=2.5)
    make_stock(crew, doors["NEAR"], -12)
    make_stock(crew, doors["ALONE"], 8, is_simulated=True)
    make_stock(crew, doors["SHUT"], 999)

    inputs = read(crew)
    found = inputs.sku_doors
    figures = by_row(
        inputs,
        np.where(np.isnan(found.on_hand), "none", found.on_hand),
        found.unavailable,
        found.committed,
        found.presentation_minimum,
        inputs.is_simulated,
    )
    assert figures == {
        "CREW DC": ["100.0", 7.0, 2.5, 0.0, False],
        "CREW NEAR": ["-12.0", 0.0, 0.0, 4.0, False],
        "CREW FAR": ["none", 0.0, 0.0, 0.0, False],
        "CREW ALONE": ["8.0", 0.0, 0.0, 0.0, True],
    }


def test_a_negative_on_hand_opens_at_nothing(doors, crew):
    range_at(crew, doors["NEAR"])
    make_stock(crew, doors["NEAR"], -12)

    inputs = read(crew)
    assert by_row(inputs, inputs.sku_doors.opening) == {"CREW DC": [0.0], "CREW NEAR": [0.0]}


def test_baselines_start_in_the_current_week_whenever_they_were_fitted(doors, crew):
    """Fitted this week, two weeks ago, for next week on, where the SKU is not ranged, and nowhere."""
    range_at(crew, doors["NEAR"], doors["FAR"], doors["OPENING"], doors["WEB"])
    rising = [float(week + 1) for week in range(FORECAST_WEEKS)]
    for code, weeks_ago in (("NEAR", 0), ("FAR", 2), ("OPENING", -1), ("ALONE", 0)):
        baseline = make_baseline(crew, doors[code], 1.0)
        baseline.first_week_start = week_start(TODAY) - timedelta(weeks=weeks_ago)
        baseline.weekly_units = rising
        baseline.save()
    make_stock(crew, doors["ALONE"], 1)

    inputs = read(crew)
    weekly = inputs.sku_doors.weekly_baseline
    weeks = DEFAULT_BUCKETS + 2  # the farthest door is nine days from its DC
    none = [-1.0] * weeks
    assert by_row(inputs, *np.nan_to_num(weekly, nan=-1.0)) == {
        "CREW DC": none,
        "CREW NEAR": rising[:weeks],
        "CREW FAR": rising[2 : weeks + 2],
        "CREW WEB": none,
        "CREW OPENING": [1.0, *rising[: weeks - 1]],
        "CREW ALONE": none,
    }


def test_the_last_week_of_a_baseline_goes_on(doors, crew):
    range_at(crew, doors["ALONE"])
    baseline = make_baseline(crew, doors["ALONE"], 1.0)
    baseline.first_week_start -= timedelta(weeks=25)
    baseline.weekly_units = [float(week) for week in range(FORECAST_WEEKS)]
    baseline.save()

    weekly = read(crew).sku_doors.weekly_baseline
    assert weekly[:, 0].tolist() == [25.0, 26.0, 27.0, 28.0, 29.0, 30.0, *[31.0] * 9]


def test_the_horizon_and_the_baselines_reach_the_end_of_a_late_campaign(doors, crew):
    range_at(crew, doors["NEAR"])
    make_baseline(crew, doors["NEAR"], 7.0)
    make_campaign(products=[crew], doors=[doors["NEAR"]], starts_on=day(100), days=14)

    inputs = read(crew)
    assert inputs.horizon.buckets == 17
    assert len(inputs.sku_doors.weekly_baseline) == 19
    make_campaign(products=[crew], doors=[doors["NEAR"]], starts_on=day(400), days=14)
    assert read(crew).horizon.buckets == MOST_BUCKETS
    assert len(read(crew, longer=60).sku_doors.weekly_baseline) == FORECAST_WEEKS


def test_receipts_that_are_open_and_not_past_due_stand_in_the_bucket_of_their_eta(doors, crew):
    make_stock(crew, doors["NEAR"], 1)
    make_receipt(crew, doors["DC"], 10, eta=day(0))
    make_receipt(crew, doors["DC"], 20, eta=day(3), received_units=5)  # Saturday
    make_receipt(crew, doors["NEAR"], 30, eta=day(4), received_units=44)  # Sunday
    make_receipt(crew, doors["DC"], 40, eta=day(600))
    make_receipt(crew, doors["DC"], 50, eta=day(-1))
    make_receipt(crew, doors["DC"], 60, original_eta=day(30), current_eta=day(-1))
    make_receipt(crew, doors["DC"], 70, original_eta=day(-9), current_eta=day(11))
    make_receipt(crew, doors["SHUT"], 80, eta=day(2))
    for status in (ReceiptStatus.RECEIVED, ReceiptStatus.CANCELLED):
        make_receipt(crew, doors["DC"], 90, eta=day(2), status=status)

    inputs = read(crew)
    found = inputs.receipts
    rows = named(inputs, found.row)
    assert sorted(zip(rows, found.bucket.tolist(), found.units.tolist(), strict=True)) == [
        ("CREW DC", 0, 10.0),
        ("CREW DC", 0, 15.0),
        ("CREW DC", 2, 70.0),
        ("CREW DC", 86, 40.0),
        ("CREW NEAR", 1, 0.0),
    ]


def test_a_past_due_receipt_is_in_no_projection_until_it_is_dated_anew(doors, crew):
    range_at(crew, doors["ALONE"])
    make_stock(crew, doors["ALONE"], 5)
    make_baseline(crew, doors["ALONE"], 7.0)
    receipt = make_receipt(crew, doors["ALONE"], 50, eta=day(-1))

    def closing() -> list[float]:
        inputs = read(crew)
        demand = expected_demand(inputs.horizon, inputs.sku_doors, inputs.lines)
        found = project(inputs.horizon, inputs.sku_doors, demand, inputs.receipts, inputs.transfers)
        return found.closing[:3, 0].tolist()

    assert closing() == [1.0, 0.0, 0.0]
    receipt.current_eta = day(4)
    receipt.save()
    assert closing() == [1.0, 44.0, 37.0]


def test_transfers_that_have_yet_to_arrive_stand_in_their_buckets(doors, crew):
    """What has left is in nobody's on-hand; what is late leaves today; nothing enters a closed door."""
    shipped, planned = TransferStatus.SHIPPED, TransferStatus.PLANNED
    for units, status, sender, receiver, ship, arrive in (
        (1.0, planned, "NEAR", "FAR", 2, 5),
        (2.0, planned, "NEAR", "FAR", -3, 11),
        (3.0, shipped, "NEAR", "FAR", -3, 3),
        (4.0, planned, "NEAR", "SHUT", 4, 6),
        (5.0, shipped, "NEAR", "SHUT", -1, 6),
        (6.0, planned, "SHUT", "NEAR", 1, 6),
        (7.0, shipped, "SHUT", "NEAR", -1, 6),
        (8.0, planned, "NEAR", "FAR", -4, -1),
        (9.0, shipped, "NEAR", "FAR", -4, -1),
        (10.0, TransferStatus.RECEIVED, "NEAR", "FAR", 1, 6),
        (11.0, TransferStatus.CANCELLED, "NEAR", "FAR", 1, 6),
        (12.0, planned, "ALONE", "DC", 0, 0),
    ):
        Transfer.objects.create(
            product=crew, from_door=doors[sender], to_door=doors[receiver], units=units, status=status,
            ship_on=day(ship), arrive_on=day(arrive),
        )  # fmt: skip

    inputs = read(crew)
    found = inputs.transfers
    ships = np.where(found.from_row >= 0, found.ship_bucket, -1)
    ends = (named(inputs, found.from_row), named(inputs, found.to_row))
    assert sorted(
        zip(found.units.tolist(), *ends, ships.tolist(), found.arrival_bucket.tolist(), strict=True)
    ) == [
        (1.0, "CREW NEAR", "CREW FAR", 0, 1),
        (2.0, "CREW NEAR", "CREW FAR", 0, 2),
        (3.0, None, "CREW FAR", -1, 0),
        (4.0, "CREW NEAR", None, 1, 1),
        (7.0, None, "CREW NEAR", -1, 1),
        (12.0, "CREW ALONE", "CREW DC", 0, 0),
    ]


def test_lines_stand_at_the_doors_in_scope_that_are_open_and_range_the_sku(doors, crew):
    """In the order of SKU, campaign and door; a door has a part in the days on which it is open."""
    beanie = make_product(sku="BEANIE")
    range_at(crew, *(doors[code] for code in ("NEAR", "WEB", "SHUT", "CLOSING", "OPENING")))
    range_at(beanie, doors["FAR"])
    make_stock(crew, doors["FAR"], 50)
    wide = make_campaign(
        code="WIDE",
        products=[beanie, crew],
        doors=doors.values(),
        starts_on=day(-3),
        days=30,
        uplift_ratio=0.5,
    )
    make_campaign(code="UNITS", products=[crew], doors=[doors["WEB"], doors["NEAR"]], starts_on=day(12))
    CampaignLine.objects.filter(campaign__code="UNITS").update(
        lift_unit=LiftUnit.UNITS, lift_value=90, uplift_ratio=None, uplift_units=90
    )
    make_campaign(code="NOWHERE", products=[crew], doors=[doors["ALONE"]])
    make_campaign(
        code="SHORT", products=[crew], doors=[doors["CLOSING"], doors["OPENING"]], starts_on=day(10), days=10
    )
    make_campaign(code="TODAY", products=[beanie], doors=[doors["FAR"]], starts_on=day(0), days=1)
    make_campaign(code="OVER", products=[crew], doors=[doors["NEAR"]], starts_on=day(-14))
    for status in (CampaignStatus.DRAFT, CampaignStatus.CANCELLED):
        make_campaign(products=[crew], doors=[doors["NEAR"]], starts_on=day(7), status=status)

    inputs = read(crew, beanie)
    planned, lines = inputs.planned, inputs.lines
    codes = {
        wide.pk + place: code for place, code in enumerate(("WIDE", "UNITS", "NOWHERE", "SHORT", "TODAY"))
    }
    assert [
        (codes[campaign], product == beanie.pk, start, end)
        for campaign, product, start, end in zip(
            *planned.keys, planned.start_days.tolist(), planned.end_days.tolist(), strict=True
        )
    ] == [
        ("WIDE", False, -3, 26),
        ("UNITS", False, 12, 25),
        ("NOWHERE", False, 39, 52),
        ("SHORT", False, 10, 19),
        ("WIDE", True, -3, 26),
        ("TODAY", True, 0, 0),
    ]
    figures = zip(
        lines.line.tolist(),
        named(inputs, lines.row),
        lines.start_day.tolist(),
        lines.end_day.tolist(),
        np.nan_to_num(lines.uplift_ratio, nan=-1.0).tolist(),
        np.nan_to_num(lines.uplift_units, nan=-1.0).tolist(),
        strict=True,
    )
    assert list(figures) == [
        (0, "CREW NEAR", -3, 26, 0.5, -1.0),
        (0, "CREW WEB", -3, 26, 0.5, -1.0),
        (0, "CREW CLOSING", -3, 9, 0.5, -1.0),
        (0, "CREW OPENING", 20, 26, 0.5, -1.0),
        (1, "CREW NEAR", 12, 25, -1.0, 90.0),
        (1, "CREW WEB", 12, 25, -1.0, 90.0),
        (4, "BEANIE FAR", -3, 26, 0.5, -1.0),
        (5, "BEANIE FAR", 0, 0, 0.5 * 2, -1.0),
    ]


def test_only_what_the_chunk_asks_for_is_read(doors, crew):
    other = make_product(sku="OTHER")
    range_at(other, doors["NEAR"])
    make_stock(other, doors["NEAR"], 5)
    make_baseline(other, doors["NEAR"], 7.0)
    make_receipt(other, doors["NEAR"], 5, eta=day(3))
    make_campaign(products=[other], doors=[doors["NEAR"]])

    inputs = read(crew)
    assert (len(inputs.sku_doors), len(inputs.planned), len(inputs.lines), len(inputs.receipts)) == (
        0,
        0,
        0,
        0,
    )
    assert BaselineForecast.objects.count() == 1
    assert names(read(crew, other)) == names(read(other)) == ["OTHER DC", "OTHER NEAR"]


def test_routes_between_doors_are_those_that_do_not_start_at_a_dc(doors):
    found = routes_between_doors()

    assert (found.from_door_ids.tolist(), found.to_door_ids.tolist(), found.transit_days.tolist()) == (
        [doors["NEAR"].pk],
        [doors["FAR"].pk],
        [1],
    )
