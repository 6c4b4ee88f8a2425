"""Products, doors and ranging from a retailer folder.

A file's columns that are not there leave what stands; so does an empty cell.
"""

from collections.abc import Collection, Iterable

import numpy as np
from django.db import connection

from marketing.catalogue.choices import DoorKind
from marketing.catalogue.models import Category, Door, Product, Ranging
from sop_site.feeds.errors import FeedError
from sop_site.feeds.load import ONLY_DOOR, SKU, STORE, Load
from sop_site.feeds.models import DataIssue
from sop_site.feeds.staging import MergeCount, merge
from sop_site.feeds.table import Column, Table, optional_date, optional_number

NAME = Column("name", ("product_name", "title", "description", "item_name"))
TEXTS = {
    "style": (Column("style", ("style_name", "style_code", "handle")), 120),
    "colour": (Column("colour", ("color",)), 80),
    "size": (Column("size", ("pack_size",)), 40),
    "brand": (Column("brand", ("manufacturer", "label")), 120),
    "supplier": (Column("supplier", ("vendor", "supplier_name", "manufacturer")), 120),
}
MONEY = {
    "unit_cost": Column("unit_cost", ("cost", "cost_price")),
    "unit_price": Column("unit_price", ("price", "retail_price", "list_price", "base_price")),
    "expedite_cost_per_unit": Column("expedite_cost_per_unit", ("expedite_cost",)),
}
# Column and the least value that makes sense.
COUNTS = {
    "pack_units": (Column("pack_units", ("pack", "case_units", "case_pack", "pack_size_units")), 1),
    "minimum_order_units": (Column("minimum_order_units", ("moq", "minimum_order_quantity")), 0),
    "lead_time_days": (Column("lead_time_days", ("lead_time",)), 0),
    "expedite_days": (Column("expedite_days", ("expedite_lead_time_days",)), 0),
}
LIKE_ITEM = Column("like_item", ("like_sku", "replaces_sku"))

# From the top down; the first layout of which a file holds the first column is the file's.
CATEGORY_LAYOUTS = (
    ("department_group", "department", "division", "product_group"),
    ("division", "group", "department", "class", "subclass", "category", "sub_category"),
    ("first_category", "second_category", "third_category"),
    ("group", "department", "class", "subclass", "category", "sub_category", "subcategory", "product_group"),
    ("department", "class", "subclass", "category", "sub_category", "subcategory", "product_group"),
    ("category", "sub_category", "subcategory", "product_type"),
    ("class", "subclass"),
    ("product_group",),
    ("product_type",),
)
PRODUCT_COLUMNS = (
    SKU,
    NAME,
    *(column for column, _ in TEXTS.values()),
    *MONEY.values(),
    *(column for column, _ in COUNTS.values()),
    LIKE_ITEM,
)
PATH_SEPARATOR = " > "

KIND_WORDS = {
    "": DoorKind.STORE,
    "store": DoorKind.STORE,
    "shop": DoorKind.STORE,
    "door": DoorKind.STORE,
    "dc": DoorKind.DC,
    "warehouse": DoorKind.DC,
    "distribution centre": DoorKind.DC,
    "distribution center": DoorKind.DC,
    "ecommerce": DoorKind.ECOMMERCE,
    "e-commerce": DoorKind.ECOMMERCE,
    "online": DoorKind.ECOMMERCE,
    "web": DoorKind.ECOMMERCE,
}
DOOR_NAME = Column("name", ("store_name", "door_name", "location_name"))
KIND = Column("kind", ("type", "store_type", "location_type"))
REGION = Column("region", ("area", "district", "state"))
CITY = Column("city", ("town",))
OPENED_ON = Column("opened_on", ("opened", "open_date"))
CLOSED_ON = Column("closed_on", ("closed", "close_date"))
SUPPLIED_BY = Column("supplied_by", ("dc", "supplying_dc"))
SELLS_FROM_DC = Column("sells_from_dc")
DOOR_COLUMNS = (STORE, DOOR_NAME, KIND, REGION, CITY, OPENED_ON, CLOSED_ON, SUPPLIED_BY, SELLS_FROM_DC)
PRESENTATION_MINIMUM = Column("presentation_minimum_units", ("presentation_minimum", "display_minimum"))


def product_ids() -> dict[str, int]:
    """The id of every SKU."""
    return dict(Product.objects.values_list("sku", "pk"))


def door_ids() -> dict[str, int]:
    """The id of every door by its code."""
    return dict(Door.objects.values_list("code", "pk"))


def load_products(load: Load) -> None:
    """products.csv: SKUs and the category tree. Only the SKU is required; a name defaults to it."""
    table = load.folder.table("products", PRODUCT_COLUMNS)
    if table is None:
        raise FeedError("The folder has no products.csv (or products.csv.gz), which every retailer needs.")
    table.require(SKU)
    skus = table.texts(SKU, required=True, longest=80)
    table.unique(SKU, skus)
    columns: dict[str, list] = {"name": _names(table, skus, NAME, longest=200, standing=product_ids())}
    if any(table.columns.keys() & {layout[0]} for layout in CATEGORY_LAYOUTS):
        columns["category_id"] = _categories(table)
    columns |= {
        field: [value or None for value in table.texts(column, longest=longest)]
        for field, (column, longest) in TEXTS.items()
        if table.has(column)
    }
    columns |= {
        field: [optional_number(value) for value in table.numbers(column, least=0)]
        for field, column in MONEY.items()
        if table.has(column)
    }
    columns |= {
        field: [
            None if np.isnan(value) else int(value)
            for value in table.numbers(column, least=least, whole=True)
        ]
        for field, (column, least) in COUNTS.items()
        if table.has(column)
    }
    table.raise_if_bad()
    count = merge(
        Product,
        keys=["sku"],
        columns=list(columns),
        rows=zip(skus, *columns.values(), strict=True),
        defaults=dict.fromkeys(TEXTS, "") | {"pack_units": 1, "minimum_order_units": 0},
        keep_where_empty=True,
    )
    count += _load_like_items(table, skus)
    load.done(table.file_name, len(table), count)


def _names(
    table: Table, codes: list[str], column: Column, *, longest: int, standing: Collection[str]
) -> list[str | None]:
    """Names; where the file has none the code is the name, and None for codes ``standing`` under a name."""
    names = table.texts(column, longest=longest)
    return [name or (None if code in standing else code) for name, code in zip(names, codes, strict=True)]


def category_paths(table: Table) -> list[tuple[str, ...]]:
    """Each row's category from the top down, by the first layout that the file has; empty without one."""
    layout = next((layout for layout in CATEGORY_LAYOUTS if layout[0] in table.columns), ())
    columns = [Column(name) for name in layout if name in table.columns]
    if not columns:
        return [()] * len(table)
    levels = [table.texts(column, longest=120) for column in columns]
    paths = [tuple(name for name in names if name) for names in zip(*levels, strict=True)]
    for index, path in enumerate(paths):
        if len(PATH_SEPARATOR.join(path)) > 300:
            table.error(index, columns[-1], "makes a category path longer than 300 characters.")
    return paths


def _categories(table: Table) -> list[int | None]:
    """The id of each row's category; missing nodes of the tree are made, parents first."""
    paths = category_paths(table)
    table.raise_if_bad()
    ids = dict(Category.objects.values_list("path", "pk"))
    nodes = {path[:depth] for path in paths for depth in range(1, len(path) + 1)}
    for node in sorted(nodes, key=lambda node: (len(node), node)):
        joined = PATH_SEPARATOR.join(node)
        if joined not in ids:
            parent_id = ids.get(PATH_SEPARATOR.join(node[:-1]))
            ids[joined] = Category.objects.create(path=joined, name=node[-1], parent_id=parent_id).pk
    return [ids[PATH_SEPARATOR.join(path)] if path else None for path in paths]


def _load_like_items(table: Table, skus: list[str]) -> MergeCount:
    if not table.has(LIKE_ITEM):
        return MergeCount()
    ids = product_ids()
    pairs = []
    for index, (sku, like) in enumerate(zip(skus, table.texts(LIKE_ITEM), strict=True)):
        if like and like not in ids:
            table.error(index, LIKE_ITEM, f"“{like}” is no SKU of this retailer.")
        elif like == sku:
            table.error(index, LIKE_ITEM, "is the SKU itself.")
        elif like:
            pairs.append((sku, ids[like]))
    table.raise_if_bad()
    # The SKUs are there by now, so this only updates.
    merged = merge(Product, keys=["sku"], columns=["like_item_id"], rows=pairs)
    return MergeCount(0, merged.updated)


def load_doors(load: Load, codes_in_sales: Iterable[str]) -> None:
    """stores.csv; without it the doors that the sales name, or one door where they name none."""
    table = load.folder.table("stores", DOOR_COLUMNS)
    if table is None:
        codes = sorted(set(codes_in_sales)) or [ONLY_DOOR]
        missing = [code for code in codes if code not in door_ids()]
        rows = [(code, code if code != ONLY_DOOR else "All sales") for code in missing]
        count = merge(
            Door,
            keys=["code"],
            columns=["name"],
            rows=rows,
            defaults={"kind": DoorKind.STORE.value, "region": "", "city": "", "sells_from_dc": False},
        )
        load.done("doors from the sales", len(codes), count)
        return
    table.require(STORE)
    codes = table.texts(STORE, required=True, longest=40)
    table.unique(STORE, codes)
    kinds = _kinds(table)
    columns: dict[str, list] = {"name": _names(table, codes, DOOR_NAME, longest=120, standing=door_ids())}
    if table.has(KIND):
        columns["kind"] = kinds
    for field, column in {"region": REGION, "city": CITY}.items():
        if table.has(column):
            columns[field] = [value or None for value in table.texts(column, longest=80)]
    for field, column in {"opened_on": OPENED_ON, "closed_on": CLOSED_ON}.items():
        if table.has(column):
            columns[field] = [optional_date(day) for day in table.dates(column)]
    if table.has(SELLS_FROM_DC):
        columns["sells_from_dc"] = table.flags(SELLS_FROM_DC).tolist()
    _check_opening_dates(table, columns)
    suppliers = _supplying_dcs(table, codes, kinds)
    table.raise_if_bad()
    load.done(table.file_name, len(table), _merge_doors(codes, kinds, columns, suppliers))


def _kinds(table: Table) -> list[str]:
    kinds = []
    for index, word in enumerate(table.texts(KIND)):
        kind = KIND_WORDS.get(word.lower().replace("_", " "))
        if kind is None:
            table.error(index, KIND, f"“{word}” is none of store, dc and ecommerce.")
        kinds.append((kind or DoorKind.STORE).value)
    return kinds


def _check_opening_dates(table: Table, columns: dict[str, list]) -> None:
    opened, closed = columns.get("opened_on"), columns.get("closed_on")
    if opened is None or closed is None:
        return
    for index, (first, last) in enumerate(zip(opened, closed, strict=True)):
        if first and last and last < first:
            table.error(index, CLOSED_ON, f"{last} is before the door opened on {first}.")


def _supplying_dcs(table: Table, codes: list[str], kinds: list[str]) -> list[str]:
    """The code of the DC that supplies each door, or an empty string.

    Where the file does not say, a retailer's only DC supplies every door.
    """
    dcs = [code for code, kind in zip(codes, kinds, strict=True) if kind == DoorKind.DC]
    if not table.has(SUPPLIED_BY):
        only = dcs[0] if len(dcs) == 1 else ""
        return ["" if kind == DoorKind.DC else only for kind in kinds]
    suppliers = table.texts(SUPPLIED_BY)
    for index, (supplier, kind) in enumerate(zip(suppliers, kinds, strict=True)):
        if supplier and kind == DoorKind.DC:
            table.error(index, SUPPLIED_BY, "a DC is not supplied by another door.")
        elif supplier and supplier not in dcs:
            table.error(index, SUPPLIED_BY, f"“{supplier}” is no DC in this file.")
    return suppliers


def _merge_doors(
    codes: list[str], kinds: list[str], columns: dict[str, list], suppliers: list[str]
) -> MergeCount:
    """DCs first, so that the doors they supply can point to them in the same write."""
    count = MergeCount()
    rows = list(zip(codes, *columns.values(), strict=True))
    for is_dc in (True, False):
        chosen = [index for index, kind in enumerate(kinds) if (kind == DoorKind.DC) == is_dc]
        ids = door_ids()
        with_supplier = any(suppliers[index] for index in chosen)
        count += merge(
            Door,
            keys=["code"],
            columns=[*columns, "supplied_by_id"] if with_supplier else list(columns),
            rows=[
                (*rows[index], ids.get(suppliers[index])) if with_supplier else rows[index]
                for index in chosen
            ],
            defaults={"kind": DoorKind.STORE.value, "region": "", "city": "", "sells_from_dc": False},
            keep_where_empty=True,
        )
    return count


def load_ranging(load: Load) -> bool:
    """ranging.csv: which door carries which SKU. False where the folder does not hold it."""
    table = load.folder.table("ranging", (STORE, SKU, PRESENTATION_MINIMUM))
    if table is None:
        return False
    table.require(STORE, SKU)
    products = table.references(SKU, product_ids(), "SKU")
    doors = table.references(STORE, door_ids(), "door")
    minimums = np.nan_to_num(table.numbers(PRESENTATION_MINIMUM, least=0, whole=True))
    table.unique(SKU, products.tolist(), doors.tolist())
    table.raise_if_bad()
    count = merge(
        Ranging,
        keys=["product_id", "door_id"],
        columns=["presentation_minimum_units"] if table.has(PRESENTATION_MINIMUM) else [],
        rows=(
            row if table.has(PRESENTATION_MINIMUM) else row[:2]
            for row in zip(products.tolist(), doors.tolist(), minimums.astype(np.int64).tolist(), strict=True)
        ),
        defaults={"presentation_minimum_units": 0},
    )
    load.done(table.file_name, len(table), count)
    return True


def range_what_sells_or_is_held(load: Load, cells: Iterable[tuple[int, int]]) -> None:
    """Range the (product, door) pairs of ``cells`` at doors that sell: for a retailer without ranging.csv."""
    selling = set(Door.objects.selling().values_list("pk", flat=True))
    rows = sorted({cell for cell in cells if cell[1] in selling})
    count = merge(
        Ranging,
        keys=["product_id", "door_id"],
        columns=[],
        rows=rows,
        defaults={"presentation_minimum_units": 0},
    )
    load.done("ranging as sold or held", len(rows), count)


def fill_missing_prices(last_prices: dict[int, float], last_costs: dict[int, float]) -> MergeCount:
    """Give SKUs without price or cost the last ones seen in their sales."""
    updated = 0
    for field, values in {"unit_price": last_prices, "unit_cost": last_costs}.items():
        waiting = set(Product.objects.filter(**{field: None}).values_list("pk", flat=True))
        found = {pk: value for pk, value in values.items() if pk in waiting}
        with connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE marketing_product SET {field} = new.value"  # noqa: S608 - one of two names above
                " FROM unnest(%s::bigint[], %s::numeric[]) AS new (id, value)"
                " WHERE marketing_product.id = new.id",
                [list(found), [round(value, 4) for value in found.values()]],
            )
            updated += cursor.rowcount
    return MergeCount(0, updated)


def report_missing_money(load: Load) -> None:
    """One data issue for the SKUs without price and one for those without cost."""
    for kind, field, word in (
        (DataIssue.Kind.MISSING_PRICE, "unit_price", "price: revenue at risk cannot be said for them"),
        (DataIssue.Kind.MISSING_COST, "unit_cost", "cost: margin at risk cannot be said for them"),
    ):
        skus = list(Product.objects.filter(**{field: None}).order_by("sku").values_list("sku", flat=True))
        if skus:
            named = ", ".join(skus[:5]) + (", …" if len(skus) > 5 else "")
            have = "SKU has" if len(skus) == 1 else "SKUs have"
            load.issue(kind, "products.csv", f"{len(skus):,} {have} no {word} ({named}).", column=field)
