"""Stock, receipts, transfers and the routes between doors (definitions: Projected on-hand)."""

from datetime import date

import pghistory
from django.db import models
from django.db.models import F, Q

from marketing.catalogue.models import Door, Product
from planning.supply.choices import ReceiptStatus, TransferStatus
from sop_site.formats import short_date


class StockPosition(models.Model):
    """What a door holds of a SKU, as the feed says it; a negative on-hand is kept as it came."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="+")
    door = models.ForeignKey(Door, on_delete=models.CASCADE, related_name="+")
    on_hand_units = models.FloatField()
    unavailable_units = models.FloatField(default=0)
    committed_units = models.FloatField(default=0)
    is_simulated = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["product", "door"], name="stock_once"),
            models.CheckConstraint(
                condition=Q(unavailable_units__gte=0, committed_units__gte=0),
                name="stock_not_sellable_positive",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product_id} at {self.door_id}: {self.on_hand_units:g}"

    @property
    def sellable_units(self) -> float:
        """On-hand less unavailable and committed units, never below zero."""
        return max(0.0, self.on_hand_units - self.unavailable_units - self.committed_units)


class ReceiptQuerySet(models.QuerySet["Receipt"]):
    def still_to_come(self, today: date) -> "ReceiptQuerySet":
        """Open receipts whose current ETA is not past: the ones a projection may count on."""
        return self.filter(status=ReceiptStatus.OPEN, current_eta__gte=today)

    def past_due(self, today: date) -> "ReceiptQuerySet":
        """Open receipts that should have landed: the re-date list."""
        return self.filter(status=ReceiptStatus.OPEN, current_eta__lt=today)


@pghistory.track()
class Receipt(models.Model):
    """A purchase order line on its way to a door, mostly a DC."""

    po_number = models.CharField("PO", max_length=60)
    line = models.PositiveIntegerField(default=1)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="receipts")
    door = models.ForeignKey(Door, on_delete=models.PROTECT, related_name="receipts")
    supplier = models.CharField(max_length=120, blank=True)
    ordered_units = models.FloatField()
    received_units = models.FloatField(default=0)
    original_eta = models.DateField()
    current_eta = models.DateField()
    status = models.CharField(max_length=12, choices=ReceiptStatus.choices, default=ReceiptStatus.OPEN)
    is_simulated = models.BooleanField(default=False)

    objects = ReceiptQuerySet.as_manager()

    class Meta:
        ordering = ["current_eta", "po_number", "line"]
        constraints = [
            models.UniqueConstraint(fields=["po_number", "line"], name="receipt_line_once"),
            models.CheckConstraint(condition=Q(ordered_units__gt=0), name="receipt_orders_something"),
            models.CheckConstraint(condition=Q(received_units__gte=0), name="receipt_received_not_negative"),
        ]
        indexes = [models.Index(fields=["product", "status"], name="receipt_by_sku")]

    def __str__(self) -> str:
        return f"{self.po_number}/{self.line}"

    @property
    def outstanding_units(self) -> float:
        """Ordered less received, never below zero."""
        return max(0.0, self.ordered_units - self.received_units)


class Route(models.Model):
    """That units may be sent from one door to another, how long it takes and what it costs."""

    from_door = models.ForeignKey(Door, on_delete=models.CASCADE, related_name="routes_out")
    to_door = models.ForeignKey(Door, on_delete=models.CASCADE, related_name="routes_in")
    transit_days = models.PositiveSmallIntegerField()
    cost_per_unit = models.DecimalField(max_digits=10, decimal_places=4, null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["from_door", "to_door"], name="route_once"),
            models.CheckConstraint(condition=~Q(from_door=F("to_door")), name="route_leads_elsewhere"),
        ]

    def __str__(self) -> str:
        return f"{self.from_door_id} to {self.to_door_id}: {self.transit_days} days"


@pghistory.track()
class Transfer(models.Model):
    """Units of a SKU sent from one door to another, beyond the weekly replenishment."""

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="transfers")
    from_door = models.ForeignKey(Door, on_delete=models.PROTECT, related_name="transfers_out")
    to_door = models.ForeignKey(Door, on_delete=models.PROTECT, related_name="transfers_in")
    units = models.FloatField()
    ship_on = models.DateField()
    arrive_on = models.DateField()
    status = models.CharField(max_length=12, choices=TransferStatus.choices, default=TransferStatus.PLANNED)

    class Meta:
        ordering = ["arrive_on"]
        constraints = [
            models.CheckConstraint(condition=Q(units__gt=0), name="transfer_moves_something"),
            models.CheckConstraint(
                condition=Q(arrive_on__gte=F("ship_on")), name="transfer_arrives_after_it_ships"
            ),
            models.CheckConstraint(condition=~Q(from_door=F("to_door")), name="transfer_leads_elsewhere"),
        ]
        indexes = [models.Index(fields=["product", "status"], name="transfer_by_sku")]

    def __str__(self) -> str:
        units = "unit" if self.units == 1 else "units"
        return f"{self.units:g} {units}, there {short_date(self.arrive_on)}"
