"""Random edits of demand and supply, each of which marks the SKUs that it concerns."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from random import Random

from django.db import transaction
from django.db.models import F

from marketing.campaigns.models import Campaign, CampaignDoor, CampaignLine
from marketing.catalogue.models import Door, Product
from marketing.tests.factories import TODAY
from planning.supply.models import Receipt, StockPosition
from planning.tests.factories import make_receipt
from planning.tests.risk.cases import Network
from sop_site.changes import mark_changed


@dataclass
class Editor:
    """One person who changes something at random, by its own dice."""

    network: Network
    products: Sequence[Product]
    campaigns: Sequence[Campaign]
    dice: Random

    def edit(self) -> None:
        """Change one thing and mark what it concerns, in one transaction, as every domain function does."""
        kind: Callable[[], set[int]] = self.dice.choice(
            [self.stock, self.receipt, self.window, self.status, self.lift, self.line, self.door, self.price]
        )
        with transaction.atomic():
            mark_changed(kind())

    def stock(self) -> set[int]:
        product = self.dice.choice(self.products)
        found = StockPosition.objects.filter(product=product).order_by("pk")
        position = self.dice.choice(list(found.values_list("pk", flat=True)))
        units = self.dice.choice([-5.0, 0.0, 30.5, 120.0, 600.0])
        StockPosition.objects.filter(pk=position).update(on_hand_units=units)
        return {product.pk}

    def receipt(self) -> set[int]:
        product = self.dice.choice(self.products)
        eta = TODAY + timedelta(days=self.dice.randrange(-7, 70))
        known = Receipt.objects.filter(product=product).order_by("pk").first()
        if known is None:
            door = self.dice.choice([self.network.dc, *self.network.doors])
            make_receipt(product, door, self.dice.choice([10.0, 80.0, 300.0]), eta=eta)
        else:
            Receipt.objects.filter(pk=known.pk).update(current_eta=eta)
        return {product.pk}

    def window(self) -> set[int]:
        campaign = self._locked_campaign()
        days = timedelta(days=self.dice.randrange(-9, 10))
        Campaign.objects.filter(pk=campaign.pk).update(
            starts_on=F("starts_on") + days, ends_on=F("ends_on") + days
        )
        return self._featured(campaign)

    def status(self) -> set[int]:
        campaign = self._locked_campaign()
        status = self.dice.choice(["draft", "submitted", "submitted", "cancelled"])
        Campaign.objects.filter(pk=campaign.pk).update(status=status)
        return self._featured(campaign)

    def lift(self) -> set[int]:
        campaign = self._locked_campaign()
        campaign.lines.update(uplift_ratio=self.dice.choice([-0.5, 0.0, 0.8, 3.0]))
        return self._featured(campaign)

    def line(self) -> set[int]:
        campaign, product = self._locked_campaign(), self.dice.choice(self.products)
        line, created = CampaignLine.objects.get_or_create(
            campaign=campaign, product=product, defaults={"lift_value": 150, "uplift_ratio": 1.5}
        )
        if not created:
            line.delete()
        return {product.pk}

    def door(self) -> set[int]:
        campaign, door = self._locked_campaign(), self.dice.choice(self.network.doors)
        scope, created = CampaignDoor.objects.get_or_create(campaign=campaign, door=door)
        if not created:
            scope.delete()
        return self._featured(campaign)

    def price(self) -> set[int]:
        product = self.dice.choice(self.products)
        Product.objects.filter(pk=product.pk).update(unit_price=self.dice.choice([None, 19.95, 60]))
        return {product.pk}

    def close_a_door(self) -> None:
        """Concerns every SKU; not among the dice, because it is final."""
        with transaction.atomic():
            Door.objects.filter(pk=self.network.doors[-1].pk).update(closed_on=TODAY + timedelta(days=30))
            mark_changed(product.pk for product in self.products)

    def _locked_campaign(self) -> Campaign:
        campaign = self.dice.choice(self.campaigns)
        return Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)

    def _featured(self, campaign: Campaign) -> set[int]:
        return set(campaign.lines.values_list("product_id", flat=True))
