"""The list of receipts."""

from datetime import date
from typing import Any

import django_tables2 as tables
from django.db.models import F, FloatField
from django.db.models.functions import Greatest

from planning.supply.models import Receipt, ReceiptQuerySet

NUMBER = {"th": {"class": "number"}, "td": {"class": "number"}}


class ReceiptTable(tables.Table):
    """Open receipts by ETA, with what moved."""

    caption = "Open receipts"
    po_number = tables.TemplateColumn(
        template_name="planning/supply/_receipt_cell.html",
        verbose_name="Receipt",
        order_by=("po_number", "line"),
    )
    product = tables.TemplateColumn(
        template_name="planning/supply/_product_cell.html", verbose_name="SKU", order_by=("product__sku",)
    )
    door = tables.Column(verbose_name="Lands at", order_by=("door__name",))
    supplier = tables.Column(default="–")
    current_eta = tables.TemplateColumn(template_name="planning/supply/_eta_cell.html", verbose_name="ETA")
    outstanding_units = tables.TemplateColumn(
        template_name="planning/supply/_units_cell.html", verbose_name="Open units", attrs=NUMBER
    )

    class Meta:
        model = Receipt
        fields = ("po_number", "product", "door", "supplier", "current_eta", "outstanding_units")
        order_by = "current_eta"

    def __init__(self, *args: Any, day: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.day = day

    def order_outstanding_units(self, receipts: ReceiptQuerySet, descending: bool) -> tuple[Any, bool]:
        """By the units that are still to come."""
        outstanding = Greatest(F("ordered_units") - F("received_units"), 0.0, output_field=FloatField())
        return receipts.order_by(outstanding.desc() if descending else outstanding.asc(), "pk"), True
