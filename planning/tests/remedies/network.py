"""A small network with a flag that each remedy can help."""

from datetime import timedelta

from marketing.campaigns.models import Campaign
from marketing.catalogue.models import Door, Product
from marketing.tests.factories import (
    TODAY,
    make_baseline,
    make_campaign,
    make_dc,
    make_door,
    make_product,
    range_at,
)
from planning.risk.choices import RunScope
from planning.risk.domain import recalculate
from planning.risk.models import Flag
from planning.supply.models import Receipt, StockPosition
from planning.tests.factories import make_receipt, make_route, make_stock
from sop_site.changes import mark_changed


class Network:
    """A SKU that sells 10 a week at Leeds and York, and doubles in a campaign six weeks away.

    Leeds has 300 units, York 20; their DC has none, but 400 on a receipt that lands after the campaign.
    Leeds may send to York in two days. A navy colour of the same style has plenty at both.
    """

    def __init__(self) -> None:
        self.dc: Door = make_dc(code="DC", name="Columbus DC")
        self.leeds: Door = make_door(code="LEEDS", name="Leeds", supplied_by=self.dc)
        self.york: Door = make_door(code="YORK", name="York", supplied_by=self.dc)
        for door in (self.leeds, self.york):
            make_route(self.dc, door, 2)
        make_route(self.leeds, self.york, 2)
        self.crew = self.product("CREW-MOSS-M", colour="Moss", units={self.leeds: 300, self.york: 20})
        self.navy = self.product("CREW-NAVY-M", colour="Navy", units={self.leeds: 500, self.york: 500})
        make_stock(self.crew, self.dc, 0)
        self.receipt: Receipt = make_receipt(
            self.crew, self.dc, 400, eta=TODAY + timedelta(weeks=12), po_number="PO-7"
        )
        self.campaign: Campaign = make_campaign(products=[self.crew], doors=[self.leeds, self.york])
        self.recalculate()

    def product(self, sku: str, *, colour: str, units: dict[Door, float]) -> Product:
        """A SKU of the style Crew, ranged and selling at both doors."""
        product = make_product(
            sku=sku, style="Crew", colour=colour, size="M", expedite_days=14, expedite_cost_per_unit=2
        )
        range_at(product, self.leeds, self.york)
        for door, on_hand in units.items():
            make_baseline(product, door, 10)
            make_stock(product, door, on_hand)
        return product

    @property
    def flag(self) -> Flag:
        """The flag of the SKU as it stands."""
        return Flag.objects.get(campaign=self.campaign, product=self.crew)

    @property
    def stock_at_york(self) -> StockPosition:
        """What the short door holds of the SKU."""
        return StockPosition.objects.get(product=self.crew, door=self.york)

    def recalculate(self) -> Flag:
        """What the worker does."""
        ids = [self.crew.pk, self.navy.pk]
        mark_changed(ids, call_worker=False)
        recalculate(product_ids=ids, scope=RunScope.EDIT)
        return self.flag
