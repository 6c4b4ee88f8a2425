"""Sales and past promotions from a retailer folder, by fiscal week."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
from django.db import connection

from marketing.catalogue.loading import door_ids, product_ids
from marketing.catalogue.models import Door
from marketing.sales.columns import (
    BASE_PRICE,
    END,
    MECHANIC,
    PRICE,
    PRICE_RATIO,
    PROMO_DAYS,
    PROMO_PRICE,
    PROMOTED_BELOW_PRICE_RATIO,
    PROMOTION_COLUMNS,
    PROMOTION_ID,
    REVENUE,
    SELLING_HOURS_A_DAY,
    START,
    STOCKOUT_HOURS,
    UNIT_COST,
    UNITS,
    flagged_days,
    out_of_stock_share_of,
    promotion_dates,
    promotion_discounts,
    share_paid,
)
from marketing.sales.models import Mechanic, PastPromotion, WeeklySales
from marketing.sales.records import (
    NO_REVENUE,
    SCALE,
    FiscalWeekSales,
    Floats,
    Integers,
    SalesRecords,
    by_fiscal_week,
    joined,
    promoted_days_by_week,
    split_at_week_ends,
    with_promoted_days,
    without_overlap,
)
from sop_site.feeds.errors import FeedError
from sop_site.feeds.load import DAY, SALES_FILES, SKU, STORE, Load, last_days_of
from sop_site.feeds.models import DataIssue
from sop_site.feeds.staging import merge
from sop_site.feeds.table import Table, optional_number

# Of one record; seven days of it have room in what is stored of a week.
MOST_REVENUE = 999_999_999
MECHANIC_NAMES = {"TPR": "Temporary price reduction", "PROMO": "Promotion"}


@dataclass(frozen=True, slots=True)
class Grid:
    """Numbers the SKU-doors: cell = position of the product × doors + position of the door."""

    products: Integers
    doors: Integers

    @classmethod
    def of_the_retailer(cls) -> "Grid":
        """Every SKU and door there is, by ascending id."""
        return cls(
            np.array(sorted(product_ids().values()), dtype=np.int64),
            np.array(sorted(door_ids().values()), dtype=np.int64),
        )

    def cells(self, product: Integers, door: Integers) -> Integers:
        """The cells of pairs of ids."""
        return np.searchsorted(self.products, product) * len(self.doors) + np.searchsorted(self.doors, door)

    def product_of(self, cell: Integers) -> Integers:
        """Product ids of cells."""
        return self.products[cell // len(self.doors)]

    def door_of(self, cell: Integers) -> Integers:
        """Door ids of cells."""
        return self.doors[cell % len(self.doors)]


@dataclass(frozen=True, slots=True)
class LoadedSales:
    """What other loaders need of the sales: by fiscal week, and the last price and cost by product id."""

    grid: Grid
    weeks: FiscalWeekSales
    last_prices: dict[int, float]
    last_costs: dict[int, float]

    def cells_sold_since(self, day: date) -> Integers:
        """The cells that sold in a week that starts on ``day`` or later, ascending."""
        chosen = (self.weeks.week_start >= day.toordinal()) & (self.weeks.units > 0)
        return np.unique(self.weeks.cell[chosen])

    def pairs_sold_since(self, day: date) -> Iterator[tuple[int, int]]:
        """The same as (product, door) ids."""
        cells = self.cells_sold_since(day)
        return zip(self.grid.product_of(cells).tolist(), self.grid.door_of(cells).tolist(), strict=True)


def door_codes_in_sales(load: Load) -> set[str]:
    """The doors that the sales name."""
    codes: set[str] = set()
    for table in load.folder.sales_tables():
        codes.update(table.texts(STORE))
    return codes - {""}


def doors_of(table: Table) -> Integers:
    """The door id of each row; without a store column the retailer's only door that sells."""
    if table.has(STORE):
        return table.references(STORE, door_ids(), "door")
    selling = list(Door.objects.selling().values_list("pk", flat=True))
    if len(selling) != 1:
        raise FeedError(f"{table.file_name} has no column store, and the retailer has {len(selling)} doors.")
    return np.full(len(table), selling[0], dtype=np.int64)


def load_sales(load: Load) -> LoadedSales:
    """Sales files and promotions.csv's days, as `WeeklySales`; nothing that ends after the as-of date.

    A week's record whose last day lies after the as-of date is left out whole: at that date nobody knew
    it. Daily sales win over weekly ones of the same SKU-door and fiscal week.
    """
    grid = Grid.of_the_retailer()
    daily: list[SalesRecords] = []
    weekly: list[SalesRecords] = []
    prices: list[_Prices] = []
    rows = 0
    for table in list(load.folder.sales_tables()):
        records, price = _records(load, table, grid)
        rows += len(table)
        (daily if table.has(DAY) else weekly).append(records)
        prices.append(price)
    if not daily and not weekly:
        raise FeedError("The folder has no sales.csv (or sales_daily, sales_weekly, .gz), which is needed.")
    by_day = joined(daily) if daily else None
    by_week = split_at_week_ends(joined(weekly)) if weekly else None
    if by_day is not None and by_week is not None:
        by_week = without_overlap(by_week, by_day)
    weeks = by_fiscal_week(joined([part for part in (by_day, by_week) if part is not None]))
    weeks = with_promoted_days(weeks, *_load_promotions(load, grid))
    count = merge(
        WeeklySales,
        keys=["product_id", "door_id", "week_start"],
        columns=[
            "units",
            "revenue",
            "base_price",
            "observed_days",
            "promoted_days",
            "out_of_stock_share",
        ],
        rows=_weekly_rows(weeks, grid),
        # As those of later loads follow: what is read of a week lies together, where its index can tell.
        order=["week_start", "product_id", "door_id"],
    )
    _summarise_weeks()
    for stem in (*SALES_FILES, "stock_status_daily"):
        load.folder.forget(stem)
    load.done("sales", rows, count)
    return LoadedSales(
        grid,
        weeks,
        last_prices=_last_by_product(prices, "base_price"),
        last_costs=_last_by_product(prices, "unit_cost"),
    )


@dataclass(frozen=True, slots=True)
class _Prices:
    product: Integers
    day: Integers
    base_price: Floats
    unit_cost: Floats


def _records(load: Load, table: Table, grid: Grid) -> tuple[SalesRecords, _Prices]:
    table.require(UNITS)
    products = table.references(SKU, product_ids(), "SKU")
    doors = doors_of(table)
    last_day = last_days_of(table)
    days = 1 if table.has(DAY) else 7
    units = table.numbers(UNITS, required=True)
    price = table.numbers(PRICE)
    base_price = table.numbers(BASE_PRICE)
    revenue = _revenue(table, units, price)
    cost = table.numbers(UNIT_COST)
    promoted_days = _promoted_days(table, days)
    out_of_stock_share = out_of_stock_share_of(table, days)
    cell = grid.cells(products, doors)
    # A cell and a day as one number: a set of tuples would take most of the loading's time.
    keys = cell * 10_000_000 + last_day
    if len(np.unique(keys)) < len(keys):
        table.unique(SKU, keys.tolist())
    table.raise_if_bad()
    if days == 1:
        out_of_stock_share = np.maximum(out_of_stock_share, _stock_status(load, grid, cell, last_day))
    _report_missing_prices(load, table, base_price if table.has(BASE_PRICE) else price)
    records = SalesRecords(
        cell=cell,
        first_day=last_day - days + 1,
        last_day=last_day,
        units=_scaled(units),
        revenue=np.where(np.isnan(revenue), NO_REVENUE, _scaled(np.nan_to_num(revenue))),
        base_price=base_price,
        promoted_days=promoted_days,
        out_of_stock_share=out_of_stock_share,
    )
    known = last_day <= load.as_of.toordinal()
    full_price = np.where(np.isnan(base_price), price, base_price)
    prices = _Prices(products[known], last_day[known], full_price[known], cost[known])
    return records.where(known), prices


def _revenue(table: Table, units: Floats, price: Floats) -> Floats:
    """Revenue of each record, by its own column or else units × price."""
    if table.has(REVENUE):
        return table.numbers(REVENUE, most=MOST_REVENUE)
    revenue = units * price
    for index in np.flatnonzero(np.abs(revenue) > MOST_REVENUE).tolist():
        table.error(index, PRICE, f"makes a revenue of {revenue[index]:g}, beyond {MOST_REVENUE:,.0f}.")
    return revenue


def _scaled(values: Floats) -> Integers:
    return np.rint(values * SCALE).astype(np.int64)


def _promoted_days(table: Table, days: int) -> Integers:
    """Days on promotion of each record by the sales file's own flags, or else by its price ratio."""
    promoted = flagged_days(table, days)
    if table.has(PRICE_RATIO) and not table.has(PROMO_DAYS):
        ratio = share_paid(table.numbers(PRICE_RATIO))
        promoted = np.where(ratio < PROMOTED_BELOW_PRICE_RATIO, days, promoted)
    return promoted


def _stock_status(load: Load, grid: Grid, cell: Integers, day: Integers) -> Floats:
    """stock_status_daily's share of hours without stock for each daily record, 0 where it has none."""
    table = load.folder.table("stock_status_daily", (DAY, STORE, SKU, STOCKOUT_HOURS))
    if table is None:
        return np.zeros(len(cell))
    table.require(DAY, SKU, STOCKOUT_HOURS)
    products = table.references(SKU, product_ids(), "SKU")
    of_row = grid.cells(products, doors_of(table)) * 10_000_000 + table.dates(DAY, required=True)
    share = np.clip(table.numbers(STOCKOUT_HOURS, required=True, least=0) / SELLING_HOURS_A_DAY, 0.0, 1.0)
    table.raise_if_bad()
    load.record.rows_by_file[table.file_name] = len(table)
    order = np.argsort(of_row)
    wanted = cell * 10_000_000 + day
    position = np.minimum(np.searchsorted(of_row[order], wanted), len(order) - 1)
    return np.where(of_row[order][position] == wanted, share[order][position], 0.0)


def _report_missing_prices(load: Load, table: Table, prices: Floats) -> None:
    missing = int(np.isnan(prices).sum())
    if not missing:
        return
    if missing == len(prices):
        message = "No row has a price."
    else:
        message = f"{missing:,} of {len(prices):,} rows have no price."
    load.issue(DataIssue.Kind.MISSING_PRICE, table.file_name, message, column="base_price")


def _last_by_product(prices: list[_Prices], name: str) -> dict[int, float]:
    """The median over the doors on the last day on which each product has a value."""
    product = np.concatenate([part.product for part in prices])
    day = np.concatenate([part.day for part in prices])
    value = np.concatenate([getattr(part, name) for part in prices])
    known = value >= 0
    product, day, value = product[known], day[known], value[known]
    order = np.lexsort((day, product))
    product, day, value = product[order], day[order], value[order]
    products, first = np.unique(product, return_index=True)
    ends = [*first.tolist(), len(product)][1:]
    return {
        pk: float(np.median(value[start:end][day[start:end] == day[end - 1]]))
        for pk, start, end in zip(products.tolist(), first.tolist(), ends, strict=True)
    }


def _summarise_weeks() -> None:
    """Tell the index where the new rows of each week lie; autovacuum would do so some minutes later."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT brin_summarize_new_values('sales_by_week')")


def _weekly_rows(weeks: FiscalWeekSales, grid: Grid) -> Iterator[tuple]:
    starts = {int(day): date.fromordinal(int(day)).isoformat() for day in np.unique(weeks.week_start)}
    return zip(
        grid.product_of(weeks.cell).tolist(),
        grid.door_of(weeks.cell).tolist(),
        [starts[day] for day in weeks.week_start.tolist()],
        [_decimal_text(value) for value in weeks.units.tolist()],
        [None if value == NO_REVENUE else _decimal_text(value) for value in weeks.revenue.tolist()],
        [optional_number(value) for value in weeks.base_price.tolist()],
        weeks.observed_days.tolist(),
        weeks.promoted_days.tolist(),
        weeks.out_of_stock_share.tolist(),
        strict=True,
    )


def _decimal_text(ten_thousandths: int) -> str:
    whole, part = divmod(abs(ten_thousandths), SCALE)
    return f"{'-' if ten_thousandths < 0 else ''}{whole}.{part:04d}"


def mechanic_ids(names: set[str]) -> dict[str, int]:
    """The id of each mechanic as the files call it; those that are new are made."""
    ids = {}
    for name in sorted(names):
        code = re.sub(r"[^A-Z0-9+]+", "-", name.upper()).strip("-")[:40]
        spoken = MECHANIC_NAMES.get(name, name.replace("+", " + ").capitalize() if name.isupper() else name)
        mechanic, _ = Mechanic.objects.get_or_create(code=code, defaults={"name": spoken[:80]})
        ids[name] = mechanic.pk
    return ids


def _load_promotions(load: Load, grid: Grid) -> tuple[Integers, Integers, Integers]:
    """promotions.csv up to the as-of date, and its days by cell and fiscal week.

    A promotion that has begun by the as-of date is history up to that day; a later one is not history.
    """
    table = load.folder.table("promotions", PROMOTION_COLUMNS)
    nothing = np.zeros(0, dtype=np.int64)
    if table is None:
        return nothing, nothing, nothing
    table.require(SKU, START, END, MECHANIC)
    products = table.references(SKU, product_ids(), "SKU")
    doors = doors_of(table)
    start, end = promotion_dates(table)
    mechanics = table.texts(MECHANIC, required=True, longest=80)
    codes = table.texts(PROMOTION_ID, longest=40)
    promo_price = table.numbers(PROMO_PRICE, least=0)
    discount = promotion_discounts(table)
    if not table.has(PROMOTION_ID):
        codes = [f"{name[:29]}-{day}" for name, day in zip(mechanics, start.tolist(), strict=True)]
    table.unique(PROMOTION_ID, codes, products.tolist(), doors.tolist())
    table.raise_if_bad()
    ids = mechanic_ids(set(mechanics))
    as_of = load.as_of.toordinal()
    history = np.flatnonzero(start <= as_of)
    end = np.minimum(end, as_of)
    rows = [
        (
            codes[index],
            int(products[index]),
            int(doors[index]),
            ids[mechanics[index]],
            date.fromordinal(int(start[index])),
            date.fromordinal(int(end[index])),
            optional_number(promo_price[index]),
            optional_number(discount[index]),
        )
        for index in history.tolist()
    ]
    count = merge(
        PastPromotion,
        keys=["code", "product_id", "door_id"],
        columns=["mechanic_id", "starts_on", "ends_on", "promo_price", "discount_ratio"],
        rows=rows,
    )
    load.done(table.file_name, len(table), count)
    return promoted_days_by_week(grid.cells(products[history], doors[history]), start[history], end[history])
