"""The sales and promotions that are kept, as the arrays that the demand model learns from."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from marketing.catalogue.models import Product
from marketing.demand.engine.errors import SHARES
from marketing.demand.engine.history import (
    LEAST_DISCOUNT,
    MOST_DISCOUNT,
    NO_PROMOTION,
    Integers,
    PromotionCalendar,
    SkuDoors,
    WeeklyHistory,
    week_of_year,
)
from marketing.demand.models import DemandFit
from sop_site.columns import place_in, read_columns
from sop_site.fiscal import WEEK, week_start

# Three years tell a season from a trend; what lies before them is another trade.
LEARNED_WEEKS = 156
# A week of which the source covers fewer days is not a week's sales.
LEAST_OBSERVED_DAYS = 6
# So many SKU-doors are learned at once: it takes about a gigabyte.
MOST_SKU_DOORS = 100_000
WEEKS_A_READ = 13
DAYS = 7
DOOR_PLACES = 2**31


@dataclass(frozen=True, slots=True)
class StoredHistory:
    """A history with the ids behind its places, each ascending; ``mechanic_ids[0]`` is no promotion.

    ``product_ids`` and ``door_ids`` are those of the SKU and door axes; the SKU-doors themselves ascend by
    product and then door. A promotion that the sales tell of, and no list of promotions, is of the last
    mechanic, whose id is `UNKNOWN_MECHANIC`.
    """

    history: WeeklyHistory
    first_week_start: date
    product_ids: Integers
    door_ids: Integers
    mechanic_ids: Integers
    category_names: Sequence[str]

    @property
    def cell_product_ids(self) -> Integers:
        """The product id of each SKU-door ``[n]``."""
        return self.product_ids[self.history.sku_doors.sku]

    @property
    def cell_door_ids(self) -> Integers:
        """The door id of each SKU-door ``[n]``."""
        return self.door_ids[self.history.sku_doors.door]


UNKNOWN_MECHANIC = 0


@dataclass(frozen=True, slots=True)
class PromotionErrors:
    """Quantiles ``ratios [k]`` of actual / expected demand of promoted weeks at ``shares [k]``, ascending.

    ``item_ratios`` are those of a SKU over all its doors.
    """

    shares: NDArray[np.float64]
    ratios: NDArray[np.float64]
    item_ratios: NDArray[np.float64]


def latest_fit() -> DemandFit | None:
    """The newest version of what was learned; None before the first."""
    return DemandFit.objects.order_by("pk").last()


def current_demand_errors() -> PromotionErrors | None:
    """How wrong the newest fit's expectations of promoted weeks were; None where nothing tells."""
    fit = latest_fit()
    if fit is None or fit.door_error_ratios is None or fit.sku_error_ratios is None:
        return None
    return PromotionErrors(SHARES, np.array(fit.door_error_ratios), np.array(fit.sku_error_ratios))


def learning_parts() -> Iterator[list[int]]:
    """The products with sales, in parts of so many SKU-doors as are learned at once; categories together."""
    sold = read_columns(
        "SELECT product_id AS product, count(DISTINCT door_id) AS doors"
        " FROM marketing_weeklysales GROUP BY product_id",
        {},
        {"product": "int8", "doors": "int8"},
    )
    doors = dict(zip(sold["product"].tolist(), sold["doors"].tolist(), strict=True))
    part: list[int] = []
    size = 0
    for product in Product.objects.order_by("category__path", "pk").values_list("pk", flat=True):
        if product not in doors:
            continue
        if part and size + doors[product] > MOST_SKU_DOORS:
            yield part
            part, size = [], 0
        part.append(product)
        size += doors[product]
    if part:
        yield part


def stored_history(products: Sequence[int], *, before: date, planned_weeks: int) -> StoredHistory:
    """The whole fiscal weeks before that of ``before``, of SKU-doors that sold in them.

    The calendar goes on for ``planned_weeks`` without promotions, at the last known base prices.
    """
    end = week_start(before)
    sales = _sales(products, end - LEARNED_WEEKS * WEEK, end)
    weeks = int(sales["week"].max(initial=-1)) + 1
    cells, column = np.unique(sales["product"] * DOOR_PLACES + sales["door"], return_inverse=True)
    shape = (weeks, len(cells))
    # Weeks are counted backwards while they are read: the oldest is not known before.
    at = (weeks - 1 - sales["week"], column)
    units = np.full(shape, np.nan, dtype=np.float32)
    units[at] = np.where(sales["observed"], sales["units"], np.nan)
    in_stock = np.ones(shape, dtype=np.float32)
    in_stock[at] = sales["in_stock"]
    units[(in_stock == 0) & (units == 0)] = np.nan
    product_ids, sku = np.unique(cells // DOOR_PLACES, return_inverse=True)
    door_ids, door = np.unique(cells % DOOR_PLACES, return_inverse=True)
    first = end - weeks * WEEK
    calendar, mechanic_ids = _calendar(products, cells, first, shape, sales, at)
    category_names, category, subclass = _categories(product_ids)
    ahead = [first + week * WEEK for week in range(weeks + planned_weeks)]
    history = WeeklyHistory(
        sku_doors=SkuDoors(sku, door, subclass[sku], category[sku]),
        units=units,
        in_stock_share=in_stock,
        calendar=_continued(calendar, planned_weeks),
        week_of_year=np.array([week_of_year(day + timedelta(days=6)) for day in ahead]),
        mechanics=len(mechanic_ids),
    )
    return StoredHistory(history, first, product_ids, door_ids, mechanic_ids, category_names)


def _sales(products: Sequence[int], first: date, end: date) -> dict[str, NDArray]:
    """Weekly sales as long arrays; ``week`` counts back from the last one before ``end``, 0."""
    parts = []
    for start in range(0, LEARNED_WEEKS, WEEKS_A_READ):
        read = read_columns(
            """
            SELECT product_id AS product, door_id AS door, (%(end)s - week_start) / 7 - 1 AS week, units,
                   revenue, base_price, promoted_days, 1 - out_of_stock_share AS in_stock,
                   observed_days >= %(least)s AS observed
            FROM marketing_weeklysales
            WHERE product_id = ANY(%(products)s) AND week_start >= %(from)s AND week_start < %(until)s
            """,
            {
                "products": list(products),
                "end": end,
                "least": LEAST_OBSERVED_DAYS,
                "from": first + start * WEEK,
                "until": min(first + (start + WEEKS_A_READ) * WEEK, end),
            },
            {
                "product": "int8",
                "door": "int8",
                "week": "int4",
                "units": "float8",
                "revenue": "float8",
                "base_price": "float8",
                "promoted_days": "int4",
                "in_stock": "float8",
                "observed": "bool",
            },
        )
        price = np.divide(
            read["revenue"],
            read["units"],
            out=np.full(len(read["units"]), np.nan),
            where=read["units"] > 0,
        )
        parts.append(
            {
                "product": read["product"],
                "door": read["door"],
                "week": read["week"].astype(np.int16),
                "units": read["units"].astype(np.float32),
                "discount": (1 - price / read["base_price"]).astype(np.float32),
                "base_price": read["base_price"].astype(np.float32),
                "promoted_days": read["promoted_days"].astype(np.int8),
                "in_stock": np.clip(read["in_stock"], 0.0, 1.0).astype(np.float32),
                "observed": read["observed"],
            }
        )
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _calendar(
    products: Sequence[int],
    cells: Integers,
    first: date,
    shape: tuple[int, int],
    sales: dict[str, NDArray],
    at: tuple[Integers, Integers],
) -> tuple[PromotionCalendar, Integers]:
    discount = np.full(shape, np.nan, dtype=np.float32)
    discount[at] = np.clip(sales["discount"], LEAST_DISCOUNT, MOST_DISCOUNT)
    base_price = np.full(shape, np.nan, dtype=np.float32)
    base_price[at] = np.where(sales["base_price"] > 0, sales["base_price"], np.nan)
    share = np.zeros(shape, dtype=np.float32)
    share[at] = sales["promoted_days"] / np.float32(DAYS)
    promotions = read_columns(
        """
        SELECT product_id AS product, door_id AS door, mechanic_id AS mechanic,
               starts_on - %(first)s AS first_day, ends_on - %(first)s AS last_day,
               discount_ratio AS discount
        FROM marketing_pastpromotion
        WHERE product_id = ANY(%(products)s) AND ends_on >= %(first)s AND starts_on < %(end)s
        ORDER BY starts_on, id
        """,
        {"products": list(products), "first": first, "end": first + shape[0] * WEEK},
        {
            "product": "int8",
            "door": "int8",
            "mechanic": "int8",
            "first_day": "int4",
            "last_day": "int4",
            "discount": "float8",
        },
    )
    mechanic_ids = np.unique(promotions["mechanic"])
    mechanic = np.where(share > 0, np.int16(len(mechanic_ids) + 1), np.int16(NO_PROMOTION))
    column = place_in(cells, promotions["product"] * DOOR_PLACES + promotions["door"])
    number = np.searchsorted(mechanic_ids, promotions["mechanic"]) + 1
    best_days = np.zeros(shape, dtype=np.int8)
    last = np.minimum(promotions["last_day"], shape[0] * DAYS - 1)
    start = np.maximum(promotions["first_day"], 0)
    listed = column >= 0
    # One week of all promotions after the other: a promotion seldom has more than a few.
    for step in range(int(((last // DAYS) - (start // DAYS)).max(initial=-1)) + 1):
        week = start // DAYS + step
        chosen = np.flatnonzero(listed & (week <= last // DAYS))
        place = (week[chosen], column[chosen])
        days = (
            np.minimum(last[chosen], week[chosen] * DAYS + DAYS - 1)
            - np.maximum(start[chosen], week[chosen] * DAYS)
            + 1
        )
        share[place] = np.maximum(share[place], days / np.float32(DAYS))
        longer = days >= best_days[place]
        place = (place[0][longer], place[1][longer])
        best_days[place] = days[longer]
        mechanic[place] = number[chosen][longer]
        off = promotions["discount"][chosen][longer]
        discount[place] = np.where(np.isnan(off), discount[place], off)
    calendar = PromotionCalendar(mechanic, share, np.nan_to_num(discount), base_price)
    return calendar, np.concatenate([[NO_PROMOTION], mechanic_ids, [UNKNOWN_MECHANIC]])


def _continued(calendar: PromotionCalendar, weeks: int) -> PromotionCalendar:
    """The calendar with ``weeks`` more: no promotions, and the last known base prices."""
    columns = calendar.mechanic.shape[1]
    last_price = np.full(columns, np.nan, dtype=np.float32)
    for price in calendar.base_price:
        last_price = np.where(np.isnan(price), last_price, price)
    none = np.zeros((weeks, columns), dtype=np.float32)
    return replace(
        calendar,
        mechanic=np.vstack([calendar.mechanic, none.astype(np.int16)]),
        promoted_share=np.vstack([calendar.promoted_share, none]),
        discount=np.vstack([calendar.discount, none]),
        base_price=np.vstack([calendar.base_price, none + last_price]),
    )


def category_of(path: str) -> str:
    """The category that a path of the merchandise tree stands for in what is learned: its top."""
    return path.split(" > ")[0]


def _categories(product_ids: Integers) -> tuple[list[str], Integers, Integers]:
    """The names of the categories, and of each product the place of its category and of its subclass."""
    path_of = dict(Product.objects.filter(pk__in=product_ids.tolist()).values_list("pk", "category__path"))
    paths = [path_of[product] or "" for product in product_ids.tolist()]
    names, category = np.unique([category_of(path) for path in paths], return_inverse=True)
    _, subclass = np.unique(paths, return_inverse=True)
    return names.tolist(), category, subclass
