"""What the list of receipts can be narrowed to."""

import django_filters
from django.db import models
from django.db.models import F, Q

from marketing.catalogue.models import Door
from planning.supply.models import Receipt, ReceiptQuerySet
from sop_site.clock import today


class Timing(models.TextChoices):
    """How a receipt stands to its dates."""

    PAST_DUE = "past_due", "Past due"
    LATER = "later", "Later than ordered"
    EARLIER = "earlier", "Earlier than ordered"


class ReceiptFilter(django_filters.FilterSet):
    """By text (SKU or PO), door and timing."""

    q = django_filters.CharFilter(method="by_text", label="SKU or PO")
    door = django_filters.ModelChoiceFilter(
        queryset=lambda request: Door.objects.filter(receipts__isnull=False).distinct(),
        empty_label="Any",
        label="Lands at",
    )
    timing = django_filters.ChoiceFilter(
        choices=Timing.choices, method="by_timing", empty_label="Any", label="Timing"
    )

    class Meta:
        model = Receipt
        fields = ["q", "door", "timing"]

    def by_text(self, receipts: ReceiptQuerySet, name: str, text: str) -> ReceiptQuerySet:
        """Receipts whose PO, supplier or SKU holds every word."""
        for word in text.replace("\x00", "").split():
            receipts = receipts.filter(
                Q(po_number__icontains=word)
                | Q(supplier__icontains=word)
                | Q(product__sku__icontains=word)
                | Q(product__name__icontains=word)
            )
        return receipts

    def by_timing(self, receipts: ReceiptQuerySet, name: str, timing: str) -> ReceiptQuerySet:
        """Receipts that are past due, or whose current ETA moved from the original one."""
        match Timing(timing):
            case Timing.PAST_DUE:
                return receipts.past_due(today())
            case Timing.LATER:
                return receipts.filter(current_eta__gt=F("original_eta"))
            case Timing.EARLIER:
                return receipts.filter(current_eta__lt=F("original_eta"))
