"""A small network for tests of the recalculation, and what is stored of its flags."""

from dataclasses import dataclass

from django.db import connection

from marketing.catalogue.models import Door, Product
from marketing.tests.factories import make_baseline, make_dc, make_door, make_product, range_at
from planning.risk.choices import RunScope
from planning.risk.domain import recalculate
from planning.risk.models import Flag, FlagLine, RecalculationRun
from planning.tests.factories import make_route, make_stock
from sop_site.changes import mark_changed

# What a fresh recalculation must find too: all but identity, times and the closed.
FLAG_FACTS = (
    "campaign__code", "product__sku", "state", "cover", "worst_door__code", "expected_units", "units_short",
    "revenue_short", "margin_short", "first_short_date", "decide_by_date", "supply_need_date",
    "expedite_days", "expedite_is_default", "route_days", "route_is_default", "transfer_days",
    "transfer_is_default", "doors_flagged", "operating_model",
)  # fmt: skip
LINE_FACTS = (
    "flag__campaign__code", "flag__product__sku", "door__code", "state", "cover", "expected_units",
    "units_short", "first_short_date",
)  # fmt: skip


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


def stored() -> tuple[list[tuple], list[tuple]]:
    """All live flags and their lines by business keys, comparable with those of another calculation."""
    flags = sorted(Flag.objects.live().values_list(*FLAG_FACTS), key=repr)
    lines = sorted(FlagLine.objects.filter(flag__closed_at=None).values_list(*LINE_FACTS), key=repr)
    return flags, lines


def row_versions() -> list[tuple]:
    """The physical versions of all flags and lines: any rewrite, even with equal values, changes them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 'flag', id, NULL, xmin::text, ctid::text FROM planning_flag"
            " UNION ALL SELECT 'line', flag_id, door_id, xmin::text, ctid::text"
            " FROM planning_flagline ORDER BY 1, 2, 3"
        )
        return cursor.fetchall()
