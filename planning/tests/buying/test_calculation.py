"""The buy plan: what it orders of which SKU for which DC in which week, and what it leaves alone."""

from datetime import date, timedelta
from itertools import groupby

import pytest

from marketing.catalogue.models import Category, Door, Product
from marketing.tests.factories import (
    TODAY,
    make_baseline,
    make_campaign,
    make_door,
    make_fit,
    make_product,
    range_at,
    set_scopes,
)
from planning.buying.arithmetic import arithmetic_of
from planning.buying.calculation import calculate_buy_plan
from planning.buying.choices import BuyException, BuyStatus
from planning.buying.models import BuyLine, BuyPlan, OpenToBuy
from planning.consensus.choices import Layer
from planning.consensus.packing import ENTERED, pack, unpacked
from planning.supply.choices import ReceiptStatus, TransferStatus
from planning.supply.models import Transfer
from planning.tests.buying.cases import (
    THIS_WEEK,
    Network,
    keep_weeks_of_cover,
    lines_of,
    make_version,
    plan,
    planned,
    publish,
    published,
    row_versions,
)
from planning.tests.consensus.cases import make_block
from planning.tests.factories import make_receipt, make_stock
from sop_site.fiscal import WEEK, month_of
from sop_site.operating_model.models import OperatingModel

pytestmark = pytest.mark.usefixtures("today")
WEEKS = 27  # the current one, which is the last of November, and six months


@pytest.fixture
def network(today) -> Network:
    keep_weeks_of_cover(0.0)
    return Network.make()


@pytest.fixture
def crew(network) -> Product:
    """Sells 20 a week in North and 10 in South."""
    return network.make_sku("CREW", category=Category.objects.create(path="Tops", name="Tops"))


def signed(crew: Product, north: float = 20.0, south: float = 10.0):
    return published({"North": {crew: north}, "South": {crew: south}})


def exceptions(product: Product, door) -> dict[int, set[str]]:
    return {
        (line.week_start - THIS_WEEK) // WEEK: set(line.exceptions) - {BuyException.OVER_BOUGHT}
        for line in lines_of(product, door)
    }


def test_without_a_published_forecast_there_is_no_plan(crew, network):
    make_block(make_version(month_of(TODAY)), crew.category, "North", {crew: 20.0})
    assert calculate_buy_plan(version=None, today=TODAY) is None
    assert not BuyPlan.objects.exists()


def test_a_forecast_that_is_over_makes_no_plan(crew, network):
    version = signed(crew)
    assert calculate_buy_plan(version=version, today=version.last_day + timedelta(days=1)) is None


def test_each_week_from_the_first_that_an_order_reaches_is_ordered_for(crew, network):
    signed(crew)
    found = plan()
    assert planned(crew, network.north) == dict.fromkeys(range(3, WEEKS), 20.0)
    assert planned(crew, network.south) == dict.fromkeys(range(3, WEEKS), 10.0)
    assert (found.sku_count, found.line_count) == (1, 2 * (WEEKS - 3))
    assert (found.as_of_date, found.finished_at is not None) == (TODAY, True)
    first, second, *_ = lines_of(crew, network.north)
    assert first.week_start == THIS_WEEK + 3 * WEEK
    assert (first.order_by_date, second.order_by_date) == (TODAY, TODAY + WEEK)
    assert (first.needed_units, first.unit_cost, first.status) == (20.0, 20, BuyStatus.PROPOSED)


def test_lines_are_proposed_for_what_has_to_be_ordered_within_the_horizon(crew, network):
    keep_weeks_of_cover(0.0, horizon_weeks=4)
    signed(crew)
    found = plan()
    assert sorted(planned(crew, network.north)) == [3, 4, 5, 6, 7]
    assert max(line.order_by_date for line in lines_of(crew, network.north)) == TODAY + 4 * WEEK
    assert found.line_count == 2 * 5
    # The money is told of all weeks.
    amounts = OpenToBuy.objects.order_by("week_start").values_list("planned_buys_amount", flat=True)
    assert list(amounts) == [0.0] * 3 + [600.0] * (WEEKS - 3)


def test_lead_times_are_kept_to_the_day(crew, network):
    signed(crew)
    for lead_days, first_week in ((0, 0), (1, 1), (7, 1), (8, 2)):
        Product.objects.update(lead_time_days=lead_days)
        plan()
        assert min(planned(crew, network.north)) == first_week
    wednesday = TODAY + timedelta(days=3)
    for lead_days, first_week in ((0, 1), (4, 1), (5, 2)):
        Product.objects.update(lead_time_days=lead_days)
        plan(today=wednesday)
        assert min(planned(crew, network.north)) == first_week
        assert min(line.order_by_date for line in lines_of(crew, network.north)) >= wednesday


def test_an_order_is_to_be_placed_by_the_buffer_earlier_but_not_before_today(crew, network):
    keep_weeks_of_cover(0.0, horizon_weeks=4, lead_time_buffer_days=7)
    Door.objects.filter(pk=network.south.pk).update(region="Overseas")
    set_scopes({"region": "Overseas", "lead_time_buffer_days": 10})
    signed(crew)
    plan()
    # The horizon counts from the earlier day: one week more is proposed.
    assert sorted(planned(crew, network.north)) == [3, 4, 5, 6, 7, 8]
    north, south = (
        [(line.order_by_date - TODAY).days for line in lines_of(crew, door)]
        for door in (network.north, network.south)
    )
    assert north == [0, 0, 7, 14, 21, 28]
    assert south == [0, 0, 4, 11, 18, 25]
    version = OperatingModel.objects.get().version
    assert (
        "Order by: the first day of the week less 21 days of lead time (its own) and 10 days of buffer"
        f" (operating model v{version}, Overseas), but not before the day of the plan."
    ) in arithmetic_of(BuyLine.objects.filter(door=network.south).first(), TODAY).notes


def test_stock_and_receipts_of_the_dc_and_its_doors_are_counted_and_what_is_past_due_is_not(crew, network):
    signed(crew)
    make_stock(crew, network.north, 70, committed_units=10)
    make_stock(crew, network.leeds, 30, unavailable_units=10, is_simulated=True)
    make_stock(crew, network.york, -50)
    make_stock(crew, network.dover, 10)
    make_receipt(crew, network.north, 50, received_units=10, eta=TODAY + 4 * WEEK)
    make_receipt(crew, network.york, 20, eta=TODAY + 6 * WEEK + timedelta(days=6))
    make_receipt(crew, network.north, 500, eta=TODAY - timedelta(days=1))
    make_receipt(crew, network.north, 500, eta=TODAY + 5 * WEEK, status=ReceiptStatus.CANCELLED)
    Transfer.objects.create(
        product=crew, from_door=network.dover, to_door=network.york, units=20, status=TransferStatus.SHIPPED,
        ship_on=TODAY, arrive_on=TODAY + 7 * WEEK,
    )  # fmt: skip
    plan()
    # 80 last for the weeks 0 to 3, what lands in 4 for 4 and 5, then 6 and 7 are served too.
    assert planned(crew, network.north) == dict.fromkeys(range(8, WEEKS), 20.0)
    assert planned(crew, network.south) == dict.fromkeys(range(3, WEEKS), 10.0)


def test_a_receipt_that_is_past_due_is_told_where_its_units_would_be_ordered_again(crew, network):
    signed(crew)
    make_stock(crew, network.north, 120)
    make_receipt(crew, network.york, 500, eta=TODAY - timedelta(days=1))
    plan()
    told = {
        door: [
            week for week, found in exceptions(crew, door).items() if BuyException.RECEIPT_PAST_DUE in found
        ]
        for door in (network.north, network.south)
    }
    assert told == {network.north: [min(exceptions(crew, network.north))], network.south: []}


def test_cover_and_presentation_are_kept_and_orders_are_on_the_minimum_and_the_pack(crew, network):
    keep_weeks_of_cover(2.0)
    Product.objects.update(pack_units=12, minimum_order_units=30)
    crew.rangings.filter(door__in=[network.leeds, network.york]).update(presentation_minimum_units=4)
    version = signed(crew)
    assert version.weeks == WEEKS - 1
    plan()
    first, second, third, fourth, *_ = lines_of(crew, network.north)
    # The demand of the week, two weeks of cover and 8 on display: 68, and the display was short before.
    assert (first.needed_units, first.planned_units) == (68.0, 72.0)
    assert (second.needed_units, second.planned_units) == (16.0, 36.0)
    assert third.week_start == THIS_WEEK + 6 * WEEK
    assert all(line.planned_units % 12 == 0 and line.planned_units >= 30 for line in (third, fourth))


def test_the_safety_stock_of_past_errors_replaces_the_cover_where_it_is_known(crew, network):
    keep_weeks_of_cover(2.0, buy_service_level=0.925)
    signed(crew)
    plan()
    assert planned(crew, network.north)[3] == 60.0
    ratios = [0.1 * place for place in range(1, 20)]
    make_fit(door_error_ratios=ratios, sku_error_ratios=ratios)
    plan()
    # Half-way between 1.8 (90 %) and 1.9 (95 %): 85 % of three weeks' demand.
    assert planned(crew, network.north)[3] == 20.0 + 51.0


def test_a_category_may_aim_at_stock_of_its_own(crew, network):
    keep_weeks_of_cover(2.0)
    above = Category.objects.create(path="Apparel", name="Apparel")
    path = f"{above.path} > {crew.category.path}"
    crew.category = Category.objects.create(path=path, name=crew.category.name, parent=above)
    crew.save(update_fields=["category"])
    loose = network.make_sku("LOOSE", category=None)
    ratios = [0.1 * place for place in range(1, 20)]
    make_fit(door_error_ratios=ratios, sku_error_ratios=ratios)
    published({"North": {crew: 20.0, loose: 20.0}})
    found = []
    for scopes in (
        [],
        [{"category_path": above.path, "target_cover_weeks": 3.0}],
        [{"category_path": above.path, "buy_service_level": 0.925}],
        [
            {"category_path": above.path, "buy_service_level": 0.925},
            {"category_path": path, "target_cover_weeks": 4.0},
        ],
    ):
        set_scopes(*scopes)
        plan()
        found.append((planned(crew, network.north)[3], planned(loose, network.north)[3]))
    # Each starts with nothing: the demand of the week, and so many weeks after it, or the safety stock.
    assert found == [(60.0, 60.0), (80.0, 60.0), (20.0 + 51.0, 60.0), (100.0, 60.0)]
    notes = arithmetic_of(lines_of(crew, network.north)[0], TODAY).notes
    version = OperatingModel.objects.get().version
    assert (
        f"Target stock: what the 4 weeks after the week will take (target cover, operating model v{version},"
        f" {path})."
    ) in notes


def test_a_consensus_is_split_to_dcs_by_baselines_and_without_any_by_doors(crew, network):
    make_baseline(crew, make_door(code="HULL", region="North", supplied_by=network.south), 60.0)
    make_door(code="OPENS", region="North", supplied_by=network.south)
    make_door(code="SHUT", region="North", supplied_by=network.south, closed_on=TODAY)
    alone = make_door(code="ALONE", region="North")
    fresh = make_product(sku="FRESH", category=crew.category, lead_time_days=21)
    published({"North": {crew: 80.0, fresh: 100.0}, "Nowhere": {crew: 1_000.0}})
    plan()
    assert planned(crew, network.north)[4] == 20.0
    assert planned(crew, network.south)[4] == 60.0
    # Two doors, two doors and one that stands by itself.
    found = [planned(fresh, door)[4] for door in (network.north, network.south, alone)]
    assert found == [40.0, 40.0, 20.0]
    assert not lines_of(crew, alone)


def test_months_become_weeks_by_the_profile_with_campaigns(crew, network):
    version = make_version(month_of(TODAY))
    block = make_block(version, crew.category, "North", {crew: 20.0})
    numbers = unpacked(block)
    numbers.weekly[2, 0, :5] = [10, 10, 60, 10, 10]
    numbers.entered[ENTERED.index(Layer.CONSENSUS), 0, 0] = 200.0
    pack(block, numbers)
    block.save()
    publish(version)
    make_stock(crew, network.north, 20)
    plan()
    # The current week takes the baseline of 20 from stock; December is sold twice as much as in the profile.
    assert [planned(crew, network.north)[week] for week in range(3, 7)] == [120.0, 20.0, 20.0, 20.0]


def test_the_rest_of_the_month_takes_the_forecast_that_was_published_before(crew, network):
    published({"North": {crew: 50.0}}, day=TODAY - 5 * WEEK)
    signed(crew)
    Product.objects.update(lead_time_days=0)
    plan(today=TODAY)
    assert [planned(crew, network.north)[week] for week in (0, 1)] == [50.0, 20.0]
    # The cycle before said nothing about South, where 10 are the baseline.
    assert [planned(crew, network.south)[week] for week in (0, 1)] == [10.0, 10.0]


def test_the_rest_of_the_month_takes_baselines_and_campaigns_where_nothing_was_published(crew, network):
    make_campaign(
        products=[crew], doors=[network.leeds], starts_on=TODAY, days=7, uplift_ratio=1.4, status="running"
    )
    signed(crew, north=25.0)
    Product.objects.update(lead_time_days=0)
    plan()
    assert [planned(crew, network.north)[week] for week in (0, 1)] == [34.0, 25.0]
    make_stock(crew, network.north, 1_000)
    sunday_before = {line.week_start for line in lines_of(crew, network.north)}
    assert THIS_WEEK in sunday_before


def test_of_the_current_week_only_the_rest_counts(crew, network):
    version = signed(crew, north=70.0)
    Product.objects.update(lead_time_days=0)
    make_stock(crew, network.north, 40)
    thursday = version.first_week_start + timedelta(days=4)
    plan(today=thursday)
    # 30 until Saturday, so 10 are left of the stock.
    first = lines_of(crew, network.north)[0]
    assert (first.week_start, first.planned_units) == (version.first_week_start + WEEK, 60.0)


def test_exceptions_say_what_a_planner_has_to_look_at(crew, network):
    signed(crew)
    Product.objects.update(minimum_order_units=200)
    plan()
    found = exceptions(crew, network.north)
    assert found == {
        3: {BuyException.TOO_LATE, BuyException.ORDER_NOW, BuyException.ABOVE_NEED},
        13: {BuyException.ABOVE_NEED},
        23: {BuyException.ABOVE_NEED},
    }
    Product.objects.update(unit_cost=None, lead_time_days=None, minimum_order_units=0)
    make_stock(crew, network.north, 120)
    plan()
    found = exceptions(crew, network.north)
    assert min(found) == 6
    assert found[6] == {BuyException.ORDER_NOW, BuyException.NO_COST, BuyException.NO_LEAD_TIME}
    assert found[7] == {BuyException.ORDER_NOW, BuyException.NO_COST, BuyException.NO_LEAD_TIME}
    assert found[8] == {BuyException.NO_COST, BuyException.NO_LEAD_TIME}
    assert OperatingModel.objects.get().default_lead_time_days == 42
    assert lines_of(crew, network.north)[0].unit_cost is None


def test_open_to_buy_at_cost_by_category_and_week(crew, network):
    keep_weeks_of_cover(1.0)
    boot = network.make_sku("BOOT", unit_cost=None, category=crew.category)
    published({"North": {crew: 20.0, boot: 5.0}, "South": {crew: 10.0}})
    make_stock(crew, network.north, 100)
    make_receipt(crew, network.south, 40, eta=TODAY + WEEK)
    found = plan()
    rows = list(OpenToBuy.objects.order_by("week_start"))
    assert {(row.plan_id, row.category_id) for row in rows} == {(found.pk, crew.category_id)}
    assert [row.week_start for row in rows] == [THIS_WEEK + week * WEEK for week in range(WEEKS)]
    first, second, third, fourth, *_ = rows
    # 30 units a week at 20.00, one week of cover for the end, 100 units to begin with.
    assert (first.sales_amount, first.end_stock_amount, first.begin_stock_amount) == (600, 600, 2_000)
    assert (first.on_order_amount, first.open_to_buy_amount, first.planned_buys_amount) == (0, -800, 0)
    # Each week begins with what is planned for the end of the one before. South gets 40 in the second.
    assert (second.begin_stock_amount, second.on_order_amount, second.open_to_buy_amount) == (600, 800, -200)
    assert (third.begin_stock_amount, third.on_order_amount, third.open_to_buy_amount) == (600, 0, 600)
    assert (fourth.begin_stock_amount, fourth.open_to_buy_amount, fourth.planned_buys_amount) == (600, 600, 0)
    plan()
    assert OpenToBuy.objects.count() == WEEKS


def test_weeks_of_open_to_buy_add_up_to_their_month(crew, network):
    published({"North": {crew: 19.7}, "South": {crew: 3.3}})
    make_stock(crew, network.north, 155.5)
    make_receipt(crew, network.south, 40, eta=TODAY + WEEK)
    plan()
    rows = OpenToBuy.objects.order_by("week_start")
    for _, of_month in groupby(rows, key=lambda row: month_of(row.week_start)):
        weeks = list(of_month)
        sold, on_order = (
            sum(getattr(row, f"{name}_amount") for row in weeks) for name in ("sales", "on_order")
        )
        month = sold + weeks[-1].end_stock_amount - weeks[0].begin_stock_amount - on_order
        assert sum(row.open_to_buy_amount for row in weeks) == pytest.approx(month, abs=0.005)


def test_buys_beyond_the_open_to_buy_are_over_bought(crew, network):
    polo = network.make_sku("POLO", category=crew.category)
    published({"North": {crew: 20.0, polo: 20.0}})
    make_stock(polo, network.north, 10_000)
    plan()
    over = {line.product_id for line in BuyLine.objects.filter(exceptions__contains=["over_bought"])}
    assert over == {crew.pk}
    BuyLine.objects.all().delete()
    polo.category = Category.objects.create(path="Shirts", name="Shirts")
    polo.save()
    plan()
    assert not BuyLine.objects.filter(exceptions__contains=["over_bought"]).exists()


def test_the_same_inputs_twice_change_no_row(crew, network):
    network.make_sku("POLO")
    signed(crew)
    make_stock(crew, network.north, 33.3)
    plan()
    before = row_versions()
    found = plan()
    assert row_versions() == before
    assert found.line_count == len(before)
    assert BuyPlan.objects.count() == 2


def test_only_what_differs_is_written(crew, network):
    polo = network.make_sku("POLO")
    published({"North": {crew: 20.0, polo: 20.0}})
    first = plan()
    before = {line.pk: line for line in lines_of(crew, network.north)}
    of_polo = [row for row in row_versions() if row[0] not in before]
    make_stock(crew, network.north, 90)
    plan()
    after = {line.pk: line for line in lines_of(crew, network.north)}
    # Week 3 is served, week 4 half; the rest stays as it was.
    assert sorted(before.keys() - after.keys()) == [min(before)]
    assert [line.planned_units for line in list(after.values())[:2]] == [10.0, 20.0]
    assert {line.plan_id for line in after.values()} == {first.pk}
    assert [row for row in row_versions() if row[0] not in before] == of_polo
    assert not after.keys() - before.keys()


def test_what_the_forecast_no_longer_speaks_of_is_no_longer_proposed(crew, network):
    signed(crew)
    plan()
    polo = network.make_sku("POLO", category=crew.category)
    published({"North": {polo: 20.0}}, day=TODAY + WEEK)
    plan()
    assert set(BuyLine.objects.values_list("product", flat=True)) == {polo.pk}


def test_the_last_published_version_of_the_newest_cycle_is_in_force(crew, network):
    signed(crew)
    second = published({"North": {crew: 30.0}}, number=2)
    make_version(month_of(TODAY), number=3)
    published({"North": {crew: 99.0}}, day=date(2026, 10, 1))
    assert plan().version == second
    assert planned(crew, network.north)[4] == 30.0
    first = second.cycle.versions.get(number=1)
    found = calculate_buy_plan(version=first, today=TODAY)
    assert found is not None
    assert planned(crew, network.north)[4] == 20.0


def test_a_retailer_without_categories_or_dcs(today):
    keep_weeks_of_cover(0.0)
    door = make_door(code="MAIN", region="")
    product = make_product(sku="ONE", lead_time_days=7)
    range_at(product, door)
    published({"Other doors": {product: 5.0}})
    found = plan()
    assert planned(product, door) == dict.fromkeys(range(1, WEEKS), 5.0)
    assert set(OpenToBuy.objects.values_list("category", flat=True)) == {None}
    assert found.sku_count == 1
