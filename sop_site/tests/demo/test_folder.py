"""The folder of the demo retailer: repeatable, joined up and valid."""

import filecmp
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from sop_site.demo.generate import generate_demo_retailer
from sop_site.fiscal import week_start
from sop_site.tests.demo.conftest import TODAY, Table

MONEY_COLUMNS = {
    "products": ("unit_cost", "unit_price", "expedite_cost_per_unit"),
    "sales": ("revenue", "price", "base_price"),
    "promotions": ("promo_price", "base_price"),
    "routes": ("cost_per_unit",),
}
UNIT_COLUMNS = {
    "products": ("pack_units", "minimum_order_units"),
    "ranging": ("presentation_minimum_units",),
    "sales": ("units", "stockout_days"),
    "receipts": ("ordered_units", "received_units"),
    "inventory": ("unavailable", "committed"),
}
KEYS = {
    "products": ("sku",),
    "stores": ("store",),
    "ranging": ("store", "sku"),
    "sales": ("week_end", "store", "sku"),
    "promotions": ("promo_id", "sku", "store"),
    "inventory": ("store", "sku"),
    "receipts": ("po_number", "line"),
    "routes": ("from_store", "to_store"),
    "campaigns": ("code",),
    "campaign_lines": ("code", "sku"),
    "campaign_doors": ("code", "store"),
}


def test_the_command_gives_the_same_bytes_for_the_same_seed_and_day(
    demo_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    again = tmp_path / "new"
    call_command("generate_demo_retailer", str(again), "--today", TODAY.isoformat())

    assert "products.csv: 361 rows" in capsys.readouterr().out
    names = sorted(path.name for path in demo_folder.iterdir())
    assert sorted(path.name for path in again.iterdir()) == names
    assert filecmp.cmpfiles(demo_folder, again, names, shallow=False) == (names, [], [])


def test_another_seed_gives_another_retailer(demo_folder: Path, tmp_path: Path) -> None:
    generate_demo_retailer(tmp_path, today=TODAY, seed=8)
    assert (tmp_path / "sales.csv.gz").read_bytes() != (demo_folder / "sales.csv.gz").read_bytes()


def test_every_key_stands_once(tables: dict[str, Table]) -> None:
    for name, columns in KEYS.items():
        keys = [tuple(row[column] for column in columns) for row in tables[name]]
        assert len(keys) == len(set(keys)), name


def test_every_reference_is_known(tables: dict[str, Table]) -> None:
    skus = {row["sku"] for row in tables["products"]}
    stores = {row["store"] for row in tables["stores"]}
    codes = {row["code"] for row in tables["campaigns"]}
    for name, rows in tables.items():
        for row in rows:
            assert row.get("sku") is None or row["sku"] in skus, name
            assert row.get("store") is None or row["store"] in stores, name
    assert {row["code"] for row in tables["campaign_lines"]} == codes
    assert {row["code"] for row in tables["campaign_doors"]} == codes
    assert {row["from_store"] for row in tables["routes"]} | {
        row["to_store"] for row in tables["routes"]
    } <= stores
    assert {row["like_item"] for row in tables["products"]} - {""} <= skus
    assert {row["supplied_by"] for row in tables["stores"]} - {""} <= stores


def test_only_ranged_sku_doors_are_sold_promoted_and_stocked(tables: dict[str, Table]) -> None:
    ranged = {(row["store"], row["sku"]) for row in tables["ranging"]}
    for name in ("sales", "promotions"):
        assert {(row["store"], row["sku"]) for row in tables[name]} <= ranged
    in_stores = {(row["store"], row["sku"]) for row in tables["inventory"] if row["store"] != "DC1"}
    assert in_stores == {key for key in ranged if key[0] != "WEB"}


def test_sizes_of_the_retailer(tables: dict[str, Table]) -> None:
    kinds = Counter(row["kind"] for row in tables["stores"])
    assert kinds == {"dc": 1, "ecommerce": 1, "store": 14}
    assert 300 <= len(tables["products"]) <= 400
    assert len({row["region"] for row in tables["stores"] if row["kind"] == "store"}) == 4
    assert len({row["division"] for row in tables["products"]}) == 3
    assert len({row["week_end"] for row in tables["sales"]}) >= 104
    assert Counter(row["status"] for row in tables["campaigns"]) == {
        "completed": 3,
        "running": 1,
        "approved": 2,
        "submitted": 6,
        "draft": 3,
    }
    assert {row["lift_kind"] for row in tables["campaign_lines"]} == {"percent", "multiplier", "units"}
    assert {row["mechanic"] for row in tables["campaigns"]} <= {
        row["mechanic"] for row in tables["promotions"]
    }


def test_the_range_differs_between_doors(tables: dict[str, Table]) -> None:
    ranged = Counter(row["store"] for row in tables["ranging"])
    assert ranged["PVD"] < 0.75 * ranged["BKN"]


def test_money_is_in_whole_cents_and_never_negative(tables: dict[str, Table]) -> None:
    for name, columns in MONEY_COLUMNS.items():
        for row in tables[name]:
            for column in columns:
                whole, cents = row[column].split(".")
                assert whole.isdigit(), (name, column)
                assert len(cents) == 2, (name, column)
    for row in tables["products"]:
        assert 0 < float(row["unit_cost"]) < float(row["unit_price"])


def test_units_are_whole(tables: dict[str, Table]) -> None:
    for name, columns in UNIT_COLUMNS.items():
        assert all(row[column].isdigit() for row in tables[name] for column in columns), name
    assert all(
        float(row["lift_value"]).is_integer()
        for row in tables["campaign_lines"]
        if row["lift_kind"] == "units"
    )


def test_revenue_is_units_at_the_price_paid(tables: dict[str, Table]) -> None:
    for row in tables["sales"][::97]:
        assert float(row["revenue"]) == pytest.approx(int(row["units"]) * float(row["price"]), abs=0.005)
        assert (row["promo"] == "1") or row["price"] == row["base_price"]


def test_nothing_is_sold_after_today(tables: dict[str, Table]) -> None:
    last = max(date.fromisoformat(day) for day in {row["week_end"] for row in tables["sales"]})
    assert last == week_start(TODAY) - timedelta(days=1)
    assert all(date.fromisoformat(row["end"]) <= last for row in tables["promotions"])
    for row in tables["receipts"]:
        if row["status"] == "received":
            assert date.fromisoformat(row["current_eta"]) < TODAY


def test_sales_weeks_end_on_saturdays(tables: dict[str, Table]) -> None:
    assert {date.fromisoformat(day).weekday() for day in {row["week_end"] for row in tables["sales"]}} == {5}


def test_orders_come_in_packs_and_some_moved(tables: dict[str, Table]) -> None:
    pack = {row["sku"]: int(row["pack_units"]) for row in tables["products"]}
    orders = tables["receipts"]
    assert all(int(row["ordered_units"]) % pack[row["sku"]] == 0 for row in orders)
    still_open = [row for row in orders if row["status"] == "open"]
    past_due = {row["po_number"] for row in still_open if row["current_eta"] < TODAY.isoformat()}
    assert len(past_due) >= 2
    assert any(row["original_eta"] < row["current_eta"] for row in still_open)
    assert any(0 < int(row["received_units"]) < int(row["ordered_units"]) for row in still_open)
    assert all(int(row["received_units"]) < int(row["ordered_units"]) for row in still_open)


def test_routes_are_of_plausible_length(tables: dict[str, Table]) -> None:
    region = {row["store"]: row["region"] for row in tables["stores"]}
    for row in tables["routes"]:
        days, origin, destination = int(row["transit_days"]), row["from_store"], row["to_store"]
        if origin == "DC1":
            assert 1 <= days <= 4
        else:
            low, high = (2, 3) if region[origin] == region[destination] else (4, 6)
            assert low <= days <= high
    assert {row["to_store"] for row in tables["routes"]}.isdisjoint({"DC1", "WEB"})


def test_stock_has_the_odd_cases_of_a_feed(tables: dict[str, Table]) -> None:
    on_hand = [int(row["on_hand"]) for row in tables["inventory"]]
    assert sum(units < 0 for units in on_hand) == 1
    assert any(row["unavailable"] != "0" for row in tables["inventory"])
    assert any(row["committed"] != "0" for row in tables["inventory"])


def test_the_command_refuses_a_file(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(CommandError, match="is a file"):
        call_command("generate_demo_retailer", str(tmp_path / "taken"))
