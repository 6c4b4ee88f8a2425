"""A small network for tests of the recalculation, and the rows that its flags are stored in."""

from dataclasses import dataclass

from django.db import connection

from marketing.catalogue.models import Door, Product
from marketing.tests.factories import make_baseline, make_dc, make_door, make_product, range_at
from planning.risk.choices import RunScope
from planning.risk.domain import recalculate
from planning.risk.models import RecalculationRun
from planning.tests.factories import make_route, make_stock
from sop_site.changes import mark_changed


@dataclass(frozen=True)
class Network:
    """A DC and two doors that it supplies within two days."""

    dc: Door
    doors: tuple[Door, ...]

    @classmethod
    def make(cls) -> "Network":
        dc = make_dc(code="DC")
        doors = tuple(make_door(code=f"S{number}", supplied_by=dc) for number in (1, 2))
        for door in doors:
            make_route(dc, door, 2)
        return cls(dc, doors)

    def make_sku(self, sku: str, *, at_dc: float = 1_000.0, at_door: float = 20.0, **facts) -> Product:
        """A SKU that sells 10 a week at each door."""
        product = make_product(sku=sku, **facts)
        range_at(product, *self.doors)
        for door in self.doors:
            make_baseline(product, door, 10.0)
            make_stock(product, door, at_door)
        make_stock(product, self.dc, at_dc)
        return product


def recalculated(*products: Product) -> RecalculationRun | None:
    """Mark the SKUs and recalculate them, as a worker would."""
    ids = [product.pk for product in products]
    mark_changed(ids)
    return recalculate(product_ids=ids, scope=RunScope.EDIT)


def row_versions() -> list[tuple]:
    """The physical versions of all flags and lines: any rewrite, even with equal values, changes them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 'flag', id, NULL, xmin::text, ctid::text FROM planning_flag"
            " UNION ALL SELECT 'line', flag_id, door_id, xmin::text, ctid::text"
            " FROM planning_flagline ORDER BY 1, 2, 3"
        )
        return cursor.fetchall()
