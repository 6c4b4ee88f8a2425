"""A retailer folder as one history, without a database."""

from datetime import date

import numpy as np
import pytest

from marketing.demand.folder import read_history, rows
from sop_site.feeds.errors import FeedError
from sop_site.tests.feeds.folders import write_folder, write_gz

NAN = np.nan
WEEKLY = """
    week_end,store,sku,units,price,base_price
    2026-11-11,S2,TEA,4,3.00,3.00
    2026-11-11,S1,TEA,6,2.40,3.00
    2026-11-11,S1,CAFE,1,,
    2026-11-18,S1,TEA,5,3.00,3.00
    2026-11-25,S2,TEA,7,3.00,4.00
"""


def same(array: np.ndarray, expected: list) -> None:
    np.testing.assert_array_almost_equal(array, np.array(expected, dtype=float), decimal=6)


def test_weekly_sales_keep_the_weeks_of_their_source(tmp_path):
    """Columns are SKU by SKU, doors within; a week without a row is unknown, not zero."""
    found = read_history(write_folder(tmp_path, sales=WEEKLY))
    history = found.history

    assert (found.skus, found.doors) == (["CAFE", "TEA"], ["S1", "S2"])
    assert found.week_ends == [date(2026, 11, 11), date(2026, 11, 18), date(2026, 11, 25)]
    assert history.sku_doors.sku.tolist() == [0, 1, 1]
    assert history.sku_doors.door.tolist() == [0, 0, 1]
    same(history.units, [[1, 6, 4], [NAN, 5, NAN], [NAN, NAN, 7]])
    same(history.calendar.base_price, [[NAN, 3, 3], [NAN, 3, NAN], [NAN, NAN, 4]])
    same(history.calendar.discount, [[0, 0.2, 0], [0, 0, 0], [0, 0, 0.25]])
    assert (history.in_stock_share == 1).all()
    assert not history.calendar.promoted.any()
    # Days 315, 322 and 329 of the year.
    assert history.week_of_year.tolist() == [44, 45, 46]


def test_arrays_are_small_enough_for_many_sku_doors(tmp_path):
    history = read_history(write_folder(tmp_path, sales=WEEKLY)).history
    calendar = history.calendar

    assert {
        array.dtype.name
        for array in (
            history.units,
            history.in_stock_share,
            calendar.promoted_share,
            calendar.discount,
            calendar.base_price,
        )
    } == {"float32"}
    assert calendar.mechanic.dtype == np.int16


def test_a_gap_of_all_sku_doors_is_a_week_of_its_own(tmp_path):
    found = read_history(write_folder(tmp_path, sales="week_start,sku,units\n2026-11-02,A,1\n2026-11-16,A,2"))

    assert found.doors == ["MAIN"]
    assert found.week_ends == [date(2026, 11, 8), date(2026, 11, 15), date(2026, 11, 22)]
    same(found.history.units, [[1], [NAN], [2]])


def test_promotions_are_laid_over_the_weeks(tmp_path):
    """The week's mechanic is the one with most days; days under two promotions count once."""
    promotions = """
        sku,store,start,end,mechanic,discount
        TEA,S1,2026-11-05,2026-11-11,TPR,0.5
        TEA,S2,2026-11-10,2026-11-14,FEATURE,0.1
        TEA,S2,2026-11-14,2026-11-18,DISPLAY,0.3
        TEA,S3,2026-11-05,2026-11-11,TPR,0.5
        MUG,S1,2026-11-05,2026-11-11,TPR,0.5
    """
    found = read_history(write_folder(tmp_path, sales=WEEKLY, promotions=promotions))
    calendar = found.history.calendar

    assert found.mechanics == ["", "DISPLAY", "FEATURE", "TPR"]
    assert found.history.mechanics == 4
    assert calendar.mechanic.tolist() == [[0, 3, 2], [0, 0, 1], [0, 0, 0]]
    same(calendar.promoted_share, [[0, 1, 2 / 7], [0, 0, 1], [0, 0, 0]])
    # Where a row says its prices they count: of TEA at S1 and, no discount, at S2 in the first week. The
    # second week of S2 has no row.
    same(calendar.discount, [[0, 0.2, 0], [0, 0, 0.3], [0, 0, 0.25]])


def test_two_promotions_of_one_mechanic_make_one(tmp_path):
    """Their discount is the mean by day; the price ratio is the share that is paid."""
    sales = "week_end,store,sku,units\n2026-11-08,S1,A,1"
    promotions = """
        sku,store,start,end,mechanic,price_ratio
        A,S1,2026-11-02,2026-11-04,TPR,0.8
        A,S1,2026-11-08,2026-11-08,TPR,0.4
        A,S1,2026-11-03,2026-11-05,FEATURE,0.9
    """
    calendar = read_history(write_folder(tmp_path, sales=sales, promotions=promotions)).history.calendar

    assert calendar.mechanic.tolist() == [[2]]
    same(calendar.promoted_share, [[5 / 7]])
    same(calendar.discount, [[0.3]])


def test_promotions_without_a_store_are_of_every_door(tmp_path):
    promotions = "sku,start,end,mechanic\nTEA,2026-11-12,2026-12-31,PROMO"
    history = read_history(write_folder(tmp_path, sales=WEEKLY, promotions=promotions)).history

    assert history.calendar.mechanic.tolist() == [[0, 0, 0], [0, 1, 1], [0, 1, 1]]


@pytest.mark.parametrize(
    ("sales", "share"),
    [
        pytest.param("week_end,sku,units,promo_days\n2026-11-08,A,1,3", 3 / 7, id="days"),
        pytest.param("week_end,sku,units,promo\n2026-11-08,A,1,yes", 1, id="flag"),
        pytest.param("week_end,sku,units,price_ratio\n2026-11-08,A,1,0.94", 1, id="price ratio"),
        pytest.param("week_end,sku,units,price_ratio\n2026-11-08,A,1,0.96", 0, id="hardly cheaper"),
    ],
)
def test_without_a_promotions_file_the_flags_of_the_sales_count(tmp_path, sales, share):
    found = read_history(write_folder(tmp_path, sales=sales))

    assert found.mechanics == ["", "PROMOTION"]
    same(found.history.calendar.promoted_share, [[share]])
    assert found.history.calendar.mechanic.tolist() == [[int(share > 0)]]


def test_with_a_promotions_file_the_flags_do_not_count(tmp_path):
    sales = "week_end,sku,units,promo_days\n2026-11-08,A,1,7"
    promotions = "sku,start,end,mechanic\nA,2026-11-02,2026-11-03,TPR"
    history = read_history(write_folder(tmp_path, sales=sales, promotions=promotions)).history

    same(history.calendar.promoted_share, [[2 / 7]])


@pytest.mark.parametrize(
    ("column", "value", "discount"),
    [
        ("price_ratio", "0.75", 0.25),
        ("discount", "0.25", 0.25),
        ("price_ratio", "1.5", -0.3),
        ("price_ratio", "0.99", 0.01),
    ],
)
def test_a_price_ratio_becomes_a_discount_within_limits(tmp_path, column, value, discount):
    """A column whose median is below 0.5 is the share taken off."""
    sales = f"week_end,sku,units,{column}\n2026-11-08,A,1,{value}"

    same(read_history(write_folder(tmp_path, sales=sales)).history.calendar.discount, [[discount]])


def test_a_week_without_stock_and_sales_tells_of_no_demand(tmp_path):
    sales = """
        week_start,sku,units,in_stock
        2026-11-02,A,0,0
        2026-11-09,A,0,1
        2026-11-16,A,2,0
    """
    history = read_history(write_folder(tmp_path, sales=sales)).history

    same(history.units, [[NAN], [0], [2]])
    assert history.in_stock_share.tolist() == [[0], [1], [0]]


def test_hours_out_of_stock_are_of_sixteen_a_day(tmp_path):
    sales = "week_end,sku,units,stockout_hours\n2026-11-08,A,0,28\n2026-11-15,A,0,112"
    history = read_history(write_folder(tmp_path, sales=sales)).history

    assert history.in_stock_share.tolist() == [[0.75], [0]]
    same(history.units, [[0], [NAN]])


def daily(first: date, last: date, units: int = 1, columns: str = "") -> str:
    days = range(first.toordinal(), last.toordinal() + 1)
    return "\n".join(f"{date.fromordinal(day)},A,{units}{columns}" for day in days)


def test_daily_sales_become_whole_fiscal_weeks(tmp_path):
    """The files' Saturday 7 November and Sunday 22 to Tuesday 24 lie in weeks that are not whole."""
    sales = "date,sku,units,price,base_price\n" + daily(date(2026, 11, 7), date(2026, 11, 14), 2, ",3,4")
    sales += "\n" + daily(date(2026, 11, 16), date(2026, 11, 24), 5, ",4,5")
    status = "date,sku,stockout_hours\n2026-11-08,A,8\n2026-11-09,A,0\n2026-11-22,A,16"
    found = read_history(write_folder(tmp_path, sales_daily=sales, stock_status_daily=status))

    assert found.week_ends == [date(2026, 11, 14), date(2026, 11, 21)]
    assert found.history.units.tolist() == [[14], [30]]
    assert found.history.in_stock_share.tolist() == [[0.75], [1]]
    same(found.history.calendar.base_price, [[4], [5]])
    same(found.history.calendar.discount, [[0.25], [0.2]])


def test_sales_by_week_are_preferred(tmp_path):
    write_folder(tmp_path, sales_daily="date,sku,units\n2026-11-07,A,1")
    write_gz(tmp_path, "sales_weekly", "week_end,sku,units\n2026-11-08,A,9")
    write_folder(tmp_path, sales="date,sku,units\n2026-11-07,A,1")

    assert read_history(tmp_path).history.units.tolist() == [[9]]


def test_category_and_subclass_are_the_ends_of_the_catalogues_path(tmp_path):
    products = """
        sku,category,sub_category
        CAFE,Drinks,Coffee
        TEA,Drinks,Tea
        MUG,Home,
    """
    sku_doors = read_history(write_folder(tmp_path, sales=WEEKLY, products=products)).history.sku_doors

    assert sku_doors.category.tolist() == [0, 0, 0]
    assert sku_doors.subclass.tolist() == [0, 1, 1]


def test_skus_without_a_category_are_in_one(tmp_path):
    sku_doors = read_history(
        write_folder(tmp_path, sales=WEEKLY, products="sku,brand\nTEA,Kettle")
    ).history.sku_doors

    assert sku_doors.category.tolist() == [0, 0, 0]
    assert sku_doors.subclass.tolist() == [0, 0, 0]


def test_it_does_not_matter_how_many_rows_are_read_at_a_time(tmp_path, monkeypatch):
    promotions = """
        sku,store,start,end,mechanic,discount
        TEA,S2,2026-11-12,2026-11-18,TPR,0.5
        TEA,S1,2026-11-12,2026-11-18,FEATURE,0.1
    """
    path = write_folder(tmp_path, sales=WEEKLY, promotions=promotions)
    whole = read_history(path).history
    monkeypatch.setattr(rows, "ROWS_AT_ONCE", 1)
    parts = read_history(path).history

    np.testing.assert_array_equal(parts.units, whole.units)
    np.testing.assert_array_equal(parts.calendar.mechanic, whole.calendar.mechanic)
    np.testing.assert_array_equal(parts.calendar.discount, whole.calendar.discount)


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        pytest.param({"products": "sku\nA"}, "The folder has no sales", id="no sales"),
        pytest.param({"sales": "sku,units\nA,1"}, "sales.csv has no column week_end", id="no week"),
        pytest.param({"sales": "week_end,sku\n2026-11-08,A"}, "sales.csv has no column units", id="no units"),
        pytest.param({"sales": "week_end,sku,units"}, "sales.csv has no rows.", id="no rows"),
        pytest.param(
            {"sales": "week_end,sku,units\n2026-11-08,A,1\n2026-11-08,A,2"},
            "sales.csv has SKU A at door MAIN twice for the week that ends on 2026-11-08.",
            id="twice",
        ),
        pytest.param(
            {"sales": "week_end,sku,units\n2026-11-08,A,1\n2026-11-14,A,2"},
            "The weeks of the sales end on several weekdays",
            id="weekdays",
        ),
        pytest.param(
            {"sales": "date,sku,units\n2026-11-07,A,1\n2026-11-09,A,1"},
            "The sales do not fill one fiscal week",
            id="no whole week",
        ),
        pytest.param(
            {"sales": "week_end,sku,units\n2026-11-08,A,one"},
            "sales.csv, line 2, column units: “one” is not a number.",
            id="bad row",
        ),
        pytest.param(
            {
                "sales": "week_end,sku,units\n2026-11-08,A,1",
                "promotions": "sku,start,end,mechanic\nA,2026-11-08,2026-11-01,TPR",
            },
            "promotions.csv, line 2, column end: is before the start.",
            id="bad promotion",
        ),
    ],
)
def test_what_cannot_be_read_is_said_in_a_sentence(tmp_path, files, sentence):
    with pytest.raises(FeedError) as problem:
        read_history(write_folder(tmp_path, **files))

    assert sentence in str(problem.value)


def test_a_folder_that_is_not_there_is_said(tmp_path):
    with pytest.raises(FeedError, match="is not a folder"):
        read_history(tmp_path / "nowhere")
