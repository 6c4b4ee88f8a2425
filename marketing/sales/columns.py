"""What the sales and promotions files of a retailer hold: their columns, and what each row says by them."""

import numpy as np

from marketing.sales.records import Floats, Integers
from sop_site.feeds.load import SKU, STORE
from sop_site.feeds.table import NO_DATE, Column, Table

UNITS = Column("units", ("units_sold", "quantity", "qty"))
REVENUE = Column("revenue", ("net_sales", "sales_value", "turnover"))
PRICE = Column("price", ("unit_price", "selling_price"))
BASE_PRICE = Column("base_price", ("regular_price", "full_price"))
UNIT_COST = Column("unit_cost", ("cost",))
PROMO = Column("promo", ("promoted", "on_promotion", "activity_flag"))
PROMO_DAYS = Column("promo_days", ("promoted_days",))
ACTIVITY_DAYS = Column("activity_days")
PRICE_RATIO = Column("price_ratio", ("discount",))
IN_STOCK = Column("in_stock")
STOCKOUT_HOURS = Column("stockout_hours", ("out_of_stock_hours",))
STOCKOUT_DAYS = Column("stockout_days", ("out_of_stock_days",))

PROMOTION_ID = Column("promo_id", ("promotion_id", "promotion", "code"))
START = Column("start", ("starts_on", "start_date"))
END = Column("end", ("ends_on", "end_date"))
MECHANIC = Column("mechanic", ("promo_type", "promotion_type"))
PROMO_PRICE = Column("promo_price", ("promotion_price",))
DISCOUNT = Column("discount", ("discount_ratio",))
RATIO_OF_PRICE = Column("price_ratio")
PROMOTION_COLUMNS = (
    SKU,
    STORE,
    PROMOTION_ID,
    START,
    END,
    MECHANIC,
    PROMO_PRICE,
    BASE_PRICE,
    DISCOUNT,
    RATIO_OF_PRICE,
)

# A feed of stockout hours counts the hours between 6 and 22.
SELLING_HOURS_A_DAY = 16
# A price below this share of the full price is a promotion where the feed has no flag.
PROMOTED_BELOW_PRICE_RATIO = 0.95


def flagged_days(table: Table, days: int) -> Integers:
    """Days on promotion of each sales row of ``days`` days, by the file's own flags and counts of days."""
    promoted = np.where(table.flags(PROMO), days, 0)
    for column in (PROMO_DAYS, ACTIVITY_DAYS):
        if table.has(column):
            known = np.nan_to_num(table.numbers(column, least=0, whole=True)).astype(np.int64)
            promoted = np.maximum(promoted, np.minimum(known, days))
    return promoted.astype(np.int64)


def share_paid(price_ratio: Floats) -> Floats:
    """The share of the full price that is paid, of a file's whole column of price ratios.

    Some call the share that is paid a discount, others the share that is taken off.
    """
    known = price_ratio[~np.isnan(price_ratio)]
    return 1 - price_ratio if len(known) and np.median(known) < 0.5 else price_ratio


def out_of_stock_share_of(table: Table, days: int) -> Floats:
    """Share of the selling time without stock of each sales row, by the file's own columns."""
    share = np.zeros(len(table))
    if table.has(IN_STOCK):
        in_stock = table.numbers(IN_STOCK)
        share = np.where(np.isnan(in_stock), 0.0, 1.0 - in_stock)
    for column, whole in ((STOCKOUT_HOURS, SELLING_HOURS_A_DAY * days), (STOCKOUT_DAYS, days)):
        if table.has(column) and not (column is STOCKOUT_DAYS and table.has(STOCKOUT_HOURS)):
            share = np.maximum(share, np.nan_to_num(table.numbers(column, least=0)) / whole)
    return np.clip(share, 0.0, 1.0)


def promotion_dates(table: Table) -> tuple[Integers, Integers]:
    """First and last day of each promotion, as ordinals; a row error where it ends before it starts."""
    start, end = table.dates(START, required=True), table.dates(END, required=True)
    for index in np.flatnonzero((end < start) & (end != NO_DATE)):
        table.error(int(index), END, "is before the start.")
    return start, end


def promotion_discounts(table: Table) -> Floats:
    """The share taken off the price by each promotion, NaN where unknown."""
    return 1 - table.numbers(RATIO_OF_PRICE) if table.has(RATIO_OF_PRICE) else table.numbers(DISCOUNT)
