"""States of receipts and transfers."""

from django.db import models


class ReceiptStatus(models.TextChoices):
    OPEN = "open", "Open"
    RECEIVED = "received", "Received"
    CANCELLED = "cancelled", "Cancelled"


class TransferStatus(models.TextChoices):
    PLANNED = "planned", "Planned"
    SHIPPED = "shipped", "Shipped"
    RECEIVED = "received", "Received"
    CANCELLED = "cancelled", "Cancelled"
