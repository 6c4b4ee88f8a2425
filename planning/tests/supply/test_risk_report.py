"""`manage.py risk_report`: the stock risk of a retailer folder, and no test here may use a database."""

import csv
from datetime import date, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from planning.supply.folder_risk import risk_of_folder

FIRST_WEEK = date(2024, 1, 7)
WEEKS = 30


@pytest.fixture
def folder(tmp_path):
    """One SKU at two doors, 4 and 1 units in each of 30 weeks."""
    rows = ["week_end,store,sku,units"]
    for week in range(WEEKS):
        day = FIRST_WEEK + timedelta(weeks=week)
        rows += [f"{day},A,tea,4", f"{day},B,tea,1"]
    (tmp_path / "sales.csv").write_text("\n".join(rows) + "\n")
    return tmp_path


@pytest.fixture
def last_week(folder):
    return FIRST_WEEK + timedelta(weeks=WEEKS - 1)


def report(folder, weeks):
    out, remarks = StringIO(), StringIO()
    call_command("risk_report", folder, weeks=weeks, stdout=out, stderr=remarks)
    return list(csv.DictReader(StringIO(out.getvalue()))), remarks.getvalue().splitlines()


def test_stock_and_what_is_in_transit_is_rolled_forward(folder, last_week):
    start = last_week - timedelta(days=6)
    (folder / "inventory.csv").write_text(
        "as_of_week_start,store,sku,on_hand,in_transit_w1,in_transit_w2\n"
        f"{start},A,tea,5,0,4\n{start},B,tea,1,2,0\n"
    )

    rows, remarks = report(folder, 3)

    weeks = [str(start + timedelta(weeks=number)) for number in (1, 2, 3)]
    assert [(row["door"], row["sku"], row["week"]) for row in rows] == [
        (door, "tea", week) for door in "AB" for week in weeks
    ]
    # 5 - 4, then + 4 - 4, then - 4; and 1 + 2 - 1, …
    assert [float(row["projected_raw"]) for row in rows] == [1, 1, -3, 2, 1, 0]
    assert [float(row["projected_constrained"]) for row in rows] == [1, 1, 0, 2, 1, 0]
    chances = [float(row["p_short"]) for row in rows]
    assert chances[:3] == sorted(chances[:3])
    assert 0 < chances[3] < chances[0] < chances[2] < 1
    assert remarks == [f"2 SKU-doors as of {last_week}; weeks are named by their first day."]


def test_open_receipts_count_on_their_current_eta(folder, last_week):
    (folder / "inventory.csv").write_text("store,sku,on_hand\nA,tea,4\n")
    late, early = last_week + timedelta(days=9), last_week + timedelta(days=1)
    (folder / "receipts.csv").write_text(
        "po_number,store,sku,ordered_units,received_units,original_eta,current_eta,status\n"
        f"1,A,tea,10,3,{early},{late},open\n"
        f"2,A,tea,50,0,{early},{early},cancelled\n"
        f"3,A,tea,50,0,{last_week},{last_week},open\n"
        f"4,Z,tea,50,0,{early},{early},open\n"
    )

    rows, remarks = report(folder, 2)

    assert [float(row["projected_raw"]) for row in rows] == [0, 3]
    assert [row["week"] for row in rows] == [str(last_week + timedelta(weeks=week)) for week in (1, 2)]
    assert remarks == [
        f"1 SKU-doors as of {last_week}; weeks are named by their last day.",
        "1 receipts are past due and left out until they have a new date.",
        "1 receipts are for places without a stock record and left out.",
    ]


def test_what_never_sold_has_empty_figures(folder):
    (folder / "inventory.csv").write_text("store,sku,on_hand\nA,salt,4\nA,tea,4\n")

    rows, remarks = report(folder, 1)

    assert [row["p_short"] == "" for row in rows] == [True, False]
    assert remarks[1] == "1 never sold: nothing is known of their demand, and their figures are empty."


def test_stock_counted_within_a_week_has_the_rest_of_it_to_serve(folder, last_week):
    counted = last_week - timedelta(days=2)
    (folder / "inventory.csv").write_text(f"as_of_date,store,sku,on_hand\n{counted},B,tea,3\n")

    risk = risk_of_folder(folder, 2)

    assert risk.week_ends == [last_week, last_week + timedelta(weeks=1)]
    assert risk.projected_raw[:, 0].tolist() == pytest.approx([3 - 2 / 7, 2 - 2 / 7])


def test_sales_after_the_count_are_not_read(folder, last_week):
    counted = last_week - timedelta(weeks=2)
    (folder / "inventory.csv").write_text(f"as_of_date,store,sku,on_hand\n{counted},B,tea,3\n")
    before = risk_of_folder(folder, 2).short_probability.tolist()
    sales = folder / "sales.csv"
    sales.write_text(sales.read_text().replace(f"{last_week},B,tea,1", f"{last_week},B,tea,900"))

    assert risk_of_folder(folder, 2).short_probability.tolist() == before


def test_the_report_can_go_to_a_file(folder, tmp_path):
    (folder / "inventory.csv").write_text("store,sku,on_hand\nA,tea,4\n")
    file = tmp_path / "risk.csv"

    call_command("risk_report", folder, weeks=1, out=file, stderr=StringIO())

    assert file.read_text().splitlines()[0] == (
        "door,sku,week,projected_raw,projected_constrained,expected_unmet,p_short"
    )


def test_a_folder_without_stock_is_told_so(folder):
    with pytest.raises(CommandError, match=r"The folder has no stock: inventory.csv \(or .gz\) is needed."):
        report(folder, 1)
