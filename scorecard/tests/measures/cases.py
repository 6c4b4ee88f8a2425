"""A small retailer whose figures can be worked out by hand."""

from dataclasses import dataclass
from datetime import date, timedelta

from marketing.catalogue.choices import DoorKind
from marketing.catalogue.models import Category, Door, Product
from marketing.tests.factories import TODAY, make_baseline, make_door, make_product, make_sales, range_at
from planning.supply.models import StockPosition
from scorecard.measures.models import WeekFact, WeekSnapshot
from scorecard.measures.packing import Detail, unpacked_detail
from sop_site.clock import set_today
from sop_site.fiscal import WEEK

# TODAY is a Sunday: the week of the tests is the one before.
LAST_WEEK = TODAY - WEEK
SATURDAY = LAST_WEEK + timedelta(days=6)


@dataclass(frozen=True)
class Shop:
    """Two SKUs at two stores of the North and one online, all stocked with 10 and selling at 50.00."""

    tops: Category
    shoes: Category
    crew: Product
    boot: Product
    first: Door
    second: Door
    online: Door

    @property
    def doors(self) -> tuple[Door, Door, Door]:
        """All of them."""
        return self.first, self.second, self.online


def make_shop() -> Shop:
    """Both SKUs are ranged at every door, each with a baseline of 14 a week, and cost 20.00."""
    tops = Category.objects.create(path="Apparel > Tops", name="Tops")
    shoes = Category.objects.create(path="Shoes", name="Shoes")
    crew, boot = make_product(sku="CREW", category=tops), make_product(sku="BOOT", category=shoes)
    first, second = make_door(code="N1"), make_door(code="N2")
    online = make_door(code="WEB", kind=DoorKind.ECOMMERCE, region="")
    shop = Shop(tops, shoes, crew, boot, first, second, online)
    for product in (crew, boot):
        range_at(product, *shop.doors)
        for door in shop.doors:
            make_baseline(product, door, 14.0)
            stock(product, door, 10.0)
    return shop


def stock(product: Product, door: Door, on_hand_units: float, **facts: float) -> None:
    """What a door holds from now on."""
    StockPosition.objects.update_or_create(
        product=product, door=door, defaults={"on_hand_units": on_hand_units, **facts}
    )


def sell(product: Product, door: Door, units: float, *, week: date = LAST_WEEK, **facts) -> None:
    """What was sold in a week, at 50.00 unless said otherwise."""
    make_sales(product, door, {week: units}, **{"revenue": units * 50, "base_price": 50, **facts})


def nights(first: date, last: date, night, *, before=lambda day: None) -> None:
    """Let ``night`` do its work on every business date, ``before`` which something happens."""
    day = first
    while day <= last:
        set_today(day)
        before(day)
        night(day)
        day += timedelta(days=1)


def snapshot_of(week: date = LAST_WEEK) -> WeekSnapshot:
    """The snapshot in force of a week."""
    return WeekSnapshot.objects.in_force().get(week_start=week)


def fact_of(category: Category | None = None, *, week: date = LAST_WEEK, **which) -> WeekFact:
    """The one fact of a week, a category (or in total) and whatever else."""
    is_of = {"category": category, "is_total": category is None}
    return WeekFact.objects.get(snapshot=snapshot_of(week), **is_of, **which)


def detail_of(product: Product, door: Door, *, week: date = LAST_WEEK) -> Detail:
    """What stands of a SKU at a door."""
    packed = snapshot_of(week).details.get(category=product.category).packed
    detail = unpacked_detail(packed)
    return detail.chosen((detail.product_ids == product.pk) & (detail.door_ids == door.pk))
