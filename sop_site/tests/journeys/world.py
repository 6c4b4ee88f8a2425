"""A retailer small enough to know by heart, with one SKU for each remedy.

Every SKU sells 10 a week at each of two stores, and the campaign of the journeys doubles that over its two
weeks, six weeks from now: 120 units are sold until then, and 80 in it.
"""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from marketing.catalogue.models import Category, Door, Product
from marketing.tests.factories import (
    TODAY,
    make_baseline,
    make_dc,
    make_door,
    make_mechanic,
    make_product,
    range_at,
)
from planning.tests.factories import make_receipt, make_route, make_stock

FIRST_DAY = TODAY + timedelta(weeks=6)
LAST_DAY = FIRST_DAY + timedelta(days=13)
LIFT_PERCENT = 100


@dataclass(frozen=True)
class Network:
    """A DC, two stores that it supplies, and an outlet that can send units to them."""

    dc: Door
    stores: tuple[Door, ...]
    outlet: Door

    @classmethod
    def make(cls) -> "Network":
        dc = make_dc(code="DC", name="Rugby DC")
        names = (("S1", "Leeds"), ("S2", "York"))
        stores = tuple(make_door(code=code, name=name, supplied_by=dc) for code, name in names)
        outlet = make_door(code="S3", name="Hull Outlet", supplied_by=dc)
        for store in stores:
            make_route(dc, store, 2)
            make_route(outlet, store, 3)
        return cls(dc, stores, outlet)

    def make_sku(self, sku: str, name: str, *, at_dc: float, **facts) -> Product:
        """A SKU with 20 units at each store and ``at_dc`` at the DC."""
        product = make_product(sku=sku, name=name, **facts)
        range_at(product, *self.stores)
        for store in self.stores:
            make_baseline(product, store, 10.0)
            make_stock(product, store, 20.0)
        make_stock(product, self.dc, at_dc)
        return product


@dataclass(frozen=True)
class World:
    """What there is; each SKU that will be featured is named by the remedy that clears its flag."""

    network: Network
    expedited: Product
    reallocated: Product
    reduced: Product
    shifted: Product
    replacement: Product

    @property
    def featured(self) -> tuple[Product, ...]:
        """The SKUs of the campaign that is about to be planned."""
        return self.expedited, self.reallocated, self.reduced, self.shifted


def make_world() -> World:
    """The network, its five SKUs and a mechanic, with nothing planned yet."""
    network = Network.make()
    make_mechanic()
    tees = Category.objects.create(path="Womens > Tops > Tees", name="Tees")
    crew = network.make_sku(
        "CREW-M", "Harbour Merino Crew", at_dc=100, expedite_cost_per_unit=Decimal("1.50")
    )
    make_receipt(crew, network.dc, 120.0, po_number="PO-4711", eta=TODAY + timedelta(weeks=10))
    scarf = network.make_sku("SCARF", "Fell Wool Scarf", at_dc=100)
    range_at(scarf, network.outlet)
    make_baseline(scarf, network.outlet, 1.0)
    make_stock(scarf, network.outlet, 400.0)
    return World(
        network=network,
        expedited=crew,
        reallocated=scarf,
        reduced=network.make_sku("BEANIE", "Ribbed Beanie", at_dc=140),
        shifted=network.make_sku("TEE-W", "Linen Tee White", at_dc=100, category=tees),
        replacement=network.make_sku("TEE-B", "Linen Tee Blue", at_dc=1_000, category=tees),
    )
