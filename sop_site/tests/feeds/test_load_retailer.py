"""A retailer folder, all of it: what it writes, what it refuses, and that twice is once."""

from datetime import date, timedelta
from decimal import Decimal
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command

from marketing.baseline.models import BaselineForecast
from marketing.campaigns.models import Campaign
from marketing.catalogue.models import Door, Product, Ranging
from marketing.sales.models import PastPromotion, WeeklySales
from planning.consensus.domain.signing import BUY_PLAN_TASK
from planning.risk.models import Flag
from planning.supply.models import Receipt, StockPosition
from planning.tests.buying.cases import published
from planning.tests.messages import taken_from
from sop_site import clock
from sop_site.changes.models import ChangedSku
from sop_site.clock.models import BusinessDate
from sop_site.feeds.models import DataIssue, RetailerLoad
from sop_site.tests.feeds.everything import everything
from sop_site.tests.feeds.folders import small_retailer, write_folder, write_gz

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _wall_clock():
    with time_machine.travel("2026-11-22 10:00Z", tick=False):
        yield


def load(folder, *arguments: str) -> str:
    said = StringIO()
    call_command("load_retailer", str(folder), *arguments, stdout=said, skip_checks=True)
    return said.getvalue()


def test_a_folder_with_every_file_loads_and_is_recalculated(tmp_path):
    said = load(write_folder(tmp_path, **small_retailer()))

    mug = Product.objects.get(sku="MUG")
    assert mug.category.path == "Home > Tableware"
    assert Product.objects.get(sku="RUG").like_item == mug
    assert Door.objects.get(code="WEB").supplied_by.code == "DC"
    assert Door.objects.get(code="WEB").sells_from_dc
    assert WeeklySales.objects.count() == 30
    assert StockPosition.objects.get(product=mug, door__code="DC").committed_units == 10
    assert Receipt.objects.get(line=1).outstanding_units == 100
    assert Ranging.objects.get(product=mug, door__code="S1").presentation_minimum_units == 4
    baseline = BaselineForecast.objects.get(product=mug, door__code="S2")
    assert baseline.weekly_units[0] == pytest.approx(3, rel=0.01)
    assert [(line.product.sku, line.uplift_ratio, line.uplift_units) for line in _lines("C1")] == [
        ("MUG", 1.5, None),
        ("RUG", 0.5, None),
    ]
    assert Campaign.objects.get(code="C2").decided_at is not None
    assert Flag.objects.count() == 3
    assert not ChangedSku.objects.exists()
    assert "Flags by state:" in said


def test_a_load_asks_for_a_buy_plan_where_a_forecast_is_signed(tmp_path, django_capture_on_commit_callbacks):
    folder = write_folder(tmp_path, **small_retailer())

    def plans_asked_for() -> int:
        taken_from("recalculation")
        with django_capture_on_commit_callbacks(execute=True):
            load(folder)
        return [message.task for message in taken_from("recalculation")].count(BUY_PLAN_TASK)

    assert plans_asked_for() == 0
    published({})
    assert plans_asked_for() == 1


def _lines(code: str):
    return Campaign.objects.get(code=code).lines.order_by("product__sku")


def test_loading_twice_changes_nothing(tmp_path):
    folder = write_folder(tmp_path, **small_retailer())
    load(folder)
    before = everything()

    said = load(folder)

    assert everything() == before
    assert "nothing had changed" in said
    assert RetailerLoad.objects.count() == 2


def test_only_what_differs_is_written_and_marked(tmp_path):
    files = small_retailer()
    load(write_folder(tmp_path, **files))
    files["receipts"] = files["receipts"].replace("2026-12-08", "2026-12-22")
    rows = everything()["marketing_product"]

    said = load(write_folder(tmp_path, **files))

    assert Receipt.objects.get(line=1).current_eta == date(2026, 12, 22)
    assert everything()["marketing_product"] == rows
    assert "1 rows written" in said


def test_products_and_sales_are_enough(tmp_path):
    files = small_retailer()
    load(write_folder(tmp_path, products="sku\nMUG\nRUG", sales=files["sales"]))

    assert set(Door.objects.values_list("code", flat=True)) == {"S1", "S2", "WEB"}
    assert Product.objects.get(sku="MUG").name == "MUG"
    # Without ranging.csv what sold lately is ranged; without a price the last base price stands.
    assert Ranging.objects.count() == 6
    assert Product.objects.get(sku="MUG").unit_price == Decimal("12")


def test_no_store_column_means_one_door(tmp_path):
    load(
        write_folder(
            tmp_path, products="sku\nMUG", sales="date,sku,units\n2026-11-20,MUG,2\n2026-11-21,MUG,1"
        )
    )

    assert Door.objects.get().code == "MAIN"
    assert WeeklySales.objects.get().units == 3
    assert WeeklySales.objects.get().observed_days == 2


@pytest.mark.parametrize("missing", ["products", "sales"])
def test_without_products_or_sales_it_says_what_is_missing(tmp_path, missing):
    files = {stem: text for stem, text in small_retailer().items() if stem != missing}

    with pytest.raises(CommandError, match=rf"{missing}\.csv"):
        load(write_folder(tmp_path, **files))


def test_a_path_that_is_no_folder_says_so(tmp_path):
    with pytest.raises(CommandError, match="is not a folder"):
        load(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("sales", "S1,MUG,7", "S1,MUG,seven", "sales.csv, line 2, column units: “seven” is not a number."),
        ("sales", "S1,MUG,7", "S9,MUG,7", "column store: “S9” is no door of this retailer."),
        ("sales", "S1,RUG,7", "S1,HAT,7", "column sku: “HAT” is no SKU of this retailer."),
        ("products", "RUG,Wool rug", "MUG,Wool rug", "line 3, column sku: stands already in line 2."),
        ("products", "4.00,12.00", "-4.00,12.00", "column unit_cost: -4 is below 0."),
        ("stores", "Leeds,DC", "Leeds,S2", "column supplied_by: “S2” is no DC in this file."),
        ("stores", "store,North,Leeds", "kiosk,North,Leeds", "“kiosk” is none of store, dc and ecommerce."),
        ("promotions", "2026-11-03", "2026-10-03", "column end: is before the start."),
        ("inventory", "S1,MUG,20", "S1,MUG,", "inventory.csv, line 3, column on_hand: is empty."),
        ("receipts", "120,20", "0,0", "column ordered_units: 0 is not above 0."),
        ("receipts", "2026-12-08", "soon", "column current_eta: “soon” is not a date"),
        ("routes", "DC,S1,2", "S1,S1,2", "column to_store: is where the route starts."),
        ("routes", "DC,S1,2", "DC,S1,70000", "column transit_days: 70000 is beyond 365."),
        ("products", "Kiln,42", "Kiln,99999999999", "column lead_time_days: 1e+11 is beyond 99,999,999."),
        ("sales", "S1,MUG,7", "S1,MUG,1e18", "column units: 1e+18 is beyond 99,999,999."),
        ("campaigns", "2027-01-03", "0001-01-03", "is not between the years 1900 and 2199."),
        ("campaigns", "2027-01-16", "2027-01-01", "column end: is before the start."),
        ("campaign_lines", "C1,MUG,percent,150", "C1,MUG,percent,-150", "-150 is below -100"),
        ("campaign_lines", "C1,RUG", "C1,MUG", "line 3, column sku: stands already in line 2."),
        ("campaign_doors", "C2,S1", "C9,S1", "“C9” is no campaign of campaigns.csv."),
    ],
)
def test_a_bad_row_is_named_and_nothing_is_written(tmp_path, file, old, new, said):
    files = small_retailer()
    assert old in files[file]
    files[file] = files[file].replace(old, new, 1)
    before = everything()

    with pytest.raises(CommandError) as error:
        load(write_folder(tmp_path, **files))

    assert said in str(error.value)
    assert everything() == before
    assert not RetailerLoad.objects.exists()


@pytest.mark.parametrize(
    ("column", "written", "percents"),
    [
        ("discount_percent", ("25", "", "0"), [25.0, None, 0.0]),
        ("discount", ("0.25", "", "1"), [25.0, None, 100.0]),
        ("discount", ("25", "", "0.5"), [25.0, None, 0.5]),
    ],
)
def test_a_featured_sku_may_have_a_discount(tmp_path, column, written, percents):
    files = small_retailer()
    first, second, third = written
    files["campaign_lines"] = (
        f"code,sku,lift_kind,lift_value,{column}\n"
        f"C1,MUG,percent,150,{first}\nC1,RUG,multiplier,1.5,{second}\nC2,MUG,units,40,{third}"
    )
    load(write_folder(tmp_path, **files))
    assert [line.discount_percent for line in [*_lines("C1"), *_lines("C2")]] == percents


def test_a_discount_beyond_the_price_is_refused(tmp_path):
    files = small_retailer()
    files["campaign_lines"] = "code,sku,lift_value,discount\nC1,MUG,150,120"
    with pytest.raises(CommandError, match="line 2, column discount: 120 is beyond 100"):
        load(write_folder(tmp_path, **files))


def test_what_is_odd_but_legal_becomes_a_data_issue(tmp_path):
    files = small_retailer()
    files["sales"] = files["sales"].replace("70.00,10.00,12.00", "70.00,10.00,", 1)
    load(write_folder(tmp_path, **files))

    issues = {(issue.kind, issue.file_name, issue.line_number) for issue in DataIssue.objects.all()}
    assert issues == {
        ("negative_on_hand", "inventory.csv", 4),
        ("past_due_receipt", "receipts.csv", 3),
        ("missing_price", "sales.csv", None),
    }
    assert StockPosition.objects.get(product__sku="RUG", door__code="S1").on_hand_units == -3


def test_without_an_as_of_date_today_is_the_day_after_the_last_sale(tmp_path):
    files = small_retailer()
    load(
        write_folder(tmp_path, products=files["products"], sales="date,store,sku,units\n2026-10-31,S1,MUG,1")
    )

    assert clock.today() == date(2026, 11, 1)


def test_nothing_after_the_as_of_date_is_loaded_but_plans(tmp_path):
    load(write_folder(tmp_path, **small_retailer()), "--as-of", "2026-11-12")

    assert clock.today() == date(2026, 11, 12)
    # The week that ends on 14 November was not known on the 12th.
    assert WeeklySales.objects.latest("week_start").week_start == date(2026, 11, 1)
    assert [promotion.code for promotion in PastPromotion.objects.all()] == ["P1"]
    assert Campaign.objects.count() == 2
    assert Receipt.objects.count() == 2


def test_a_promotion_that_has_begun_is_history_up_to_the_as_of_date(tmp_path):
    load(write_folder(tmp_path, **small_retailer()), "--as-of", "2026-11-22")

    begun = PastPromotion.objects.get(code="P2")
    assert (begun.starts_on, begun.ends_on) == (date(2026, 11, 20), date(2026, 11, 22))
    assert not PastPromotion.objects.filter(code="P3").exists()
    week = WeeklySales.objects.get(product__sku="MUG", door__code="S1", week_start=date(2026, 11, 15))
    assert week.promoted_days == 2


def test_a_retailer_of_the_past_is_moved_to_this_week_by_whole_weeks(tmp_path):
    files = small_retailer()
    old = {stem: text.replace("2026-", "2022-").replace("2027-", "2023-") for stem, text in files.items()}
    load(write_folder(tmp_path, **old), "--as-of", "2022-11-22", "--shift-to-today")

    assert BusinessDate.objects.get().as_of_date is None
    # 2022-11-22 is a Tuesday; its fiscal week began on Sunday the 20th, this one on the 22nd.
    moved = timedelta(days=(date(2026, 11, 22) - date(2022, 11, 20)).days)
    assert Campaign.objects.get(code="C1").starts_on == date(2023, 1, 3) + moved
    assert Receipt.objects.get(line=1).original_eta == date(2022, 12, 1) + moved
    assert RetailerLoad.objects.get().as_of_date == date(2022, 11, 22) + moved


def test_daily_sales_win_over_weekly_ones_and_are_joined_with_the_hours_out_of_stock(tmp_path):
    folder = write_folder(
        tmp_path,
        products="sku\nMUG",
        sales_weekly="week_end,store,sku,units\n2026-11-15,S1,MUG,700\n2026-11-08,S1,MUG,7",
        stock_status_daily="date,store,sku,stockout_hours\n2026-11-10,S1,MUG,8",
    )
    write_gz(
        folder,
        "sales_daily",
        """
        date,store,sku,units,discount,activity_flag
        2026-11-09,S1,MUG,0.5,1.0,0
        2026-11-10,S1,MUG,0.25,0.8,0
        2026-11-15,S1,MUG,1,1.0,1
        """,
    )
    load(folder)

    found = [
        (str(week.week_start), week.units, week.promoted_days, week.out_of_stock_share)
        for week in WeeklySales.objects.order_by("week_start")
    ]
    assert found == [
        # 2–8 November is a week from Monday to Sunday: six days of it lie before Sunday the 8th.
        ("2026-11-01", Decimal("6"), 0, 0.0),
        ("2026-11-08", Decimal("0.75"), 1, 0.25),
        ("2026-11-15", Decimal("1"), 1, 0.0),
    ]


def test_in_transit_columns_are_receipts_at_the_door(tmp_path):
    load(
        write_folder(
            tmp_path,
            products="sku\nMUG",
            sales="week_start,store,sku,units,in_stock\n2026-11-09,S1,MUG,0,0",
            inventory="as_of_week_start,store,sku,on_hand,in_transit_w1,in_transit_w2\n2026-11-09,S1,MUG,6,0,9",
        )
    )

    receipt = Receipt.objects.get()
    assert (receipt.current_eta, receipt.ordered_units, receipt.door.code) == (date(2026, 11, 23), 9, "S1")
    assert set(WeeklySales.objects.values_list("out_of_stock_share", flat=True)) == {1.0}


def test_a_position_counted_after_the_as_of_date_is_not_loaded(tmp_path):
    folder = write_folder(
        tmp_path,
        products="sku\nMUG",
        sales="week_start,store,sku,units\n2026-11-09,S1,MUG,1\n2026-10-05,S1,MUG,1",
        inventory="as_of_week_start,store,sku,on_hand,in_transit_w1\n2026-11-09,S1,MUG,6,4",
    )
    load(folder, "--as-of", "2026-10-20")

    assert not StockPosition.objects.exists()
    assert not Receipt.objects.exists()


def test_a_campaign_that_people_have_changed_since_is_left_alone(tmp_path):
    folder = write_folder(tmp_path, **small_retailer())
    load(folder)
    Campaign.objects.filter(code="C1").update(name="Winter Warmers, extended", ends_on=date(2027, 1, 30))

    load(folder)

    assert Campaign.objects.get(code="C1").name == "Winter Warmers, extended"


def test_a_missing_column_or_an_empty_cell_leaves_what_stands(tmp_path):
    files = small_retailer()
    load(write_folder(tmp_path, **files))
    files["products"] = "sku,unit_cost\nMUG,5.00\nRUG,"

    load(write_folder(tmp_path, **files))

    mug, rug = Product.objects.order_by("sku")
    assert (mug.name, mug.unit_cost, mug.unit_price) == ("Stoneware mug", Decimal("5"), Decimal("12"))
    assert (rug.unit_cost, rug.colour) == (Decimal("20"), "Oat")
