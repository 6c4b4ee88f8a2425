"""Products (SKUs), doors, and which door ranges which SKU (definitions: Data that retailers hold)."""

from datetime import date
from decimal import Decimal

import pghistory
import pgtrigger
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models.functions import Greatest, Upper
from django.urls import reverse

from marketing.catalogue.choices import DoorKind


class Category(models.Model):
    """A node of the merchandise tree; ``path`` joins the names from the top with " > ".

    It stays where it is: what was closed, signed or agreed of it would else be of something else. A product
    file that says another path makes a further category, to which its SKUs go.
    """

    path = models.CharField(max_length=300, unique=True)
    name = models.CharField(max_length=120)
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children"
    )

    class Meta:
        ordering = ["path"]
        verbose_name_plural = "categories"
        triggers = [
            pgtrigger.Trigger(
                name="category_stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("path", "parent"),
                func="""
                RAISE EXCEPTION 'A category does not move: its SKUs go to another one.'
                    USING ERRCODE = 'check_violation';
                """,
            )
        ]

    def __str__(self) -> str:
        return self.path


class ProductQuerySet(models.QuerySet["Product"]):
    def matching(self, text: str) -> "ProductQuerySet":
        """SKUs whose code, name, style or colour holds every word of ``text``."""
        found = self
        for word in text.split():
            found = found.filter(
                models.Q(sku__icontains=word)
                | models.Q(name__icontains=word)
                | models.Q(style__icontains=word)
                | models.Q(colour__icontains=word)
            )
        return found


@pghistory.track()
class Product(models.Model):
    """A SKU: one style, colour and size."""

    sku = models.CharField("SKU", max_length=80, unique=True)
    name = models.CharField(max_length=200)
    category = models.ForeignKey(
        Category, on_delete=models.PROTECT, null=True, blank=True, related_name="products"
    )
    style = models.CharField(max_length=120, blank=True)
    colour = models.CharField(max_length=80, blank=True)
    size = models.CharField(max_length=40, blank=True)
    brand = models.CharField(max_length=120, blank=True)
    unit_cost = models.DecimalField(max_digits=12, decimal_places=4, null=True, blank=True)
    unit_price = models.DecimalField(max_digits=12, decimal_places=4, null=True, blank=True)
    pack_units = models.PositiveIntegerField(default=1)
    minimum_order_units = models.PositiveIntegerField(default=0)
    supplier = models.CharField(max_length=120, blank=True)
    lead_time_days = models.PositiveIntegerField(null=True, blank=True)
    expedite_days = models.PositiveIntegerField(null=True, blank=True)
    expedite_cost_per_unit = models.DecimalField(max_digits=12, decimal_places=4, null=True, blank=True)
    like_item = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    objects = ProductQuerySet.as_manager()

    class Meta:
        ordering = ["sku"]
        indexes = [
            # Django's icontains compares upper case, so the trigrams are of the upper case too.
            GinIndex(OpClass(Upper("sku"), name="gin_trgm_ops"), name="product_sku_trigrams"),
            GinIndex(OpClass(Upper("name"), name="gin_trgm_ops"), name="product_name_trigrams"),
        ]
        constraints = [
            models.CheckConstraint(condition=models.Q(pack_units__gte=1), name="product_pack_of_one_or_more"),
            models.CheckConstraint(
                condition=models.Q(unit_cost__gte=0) | models.Q(unit_cost=None),
                name="product_cost_not_negative",
            ),
            models.CheckConstraint(
                condition=models.Q(unit_price__gte=0) | models.Q(unit_price=None),
                name="product_price_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sku} {self.name}" if self.name != self.sku else self.sku

    def get_absolute_url(self) -> str:
        return reverse("catalogue:product", args=[self.pk])

    @property
    def unit_margin(self) -> Decimal | None:
        """Price less cost, or None where either is unknown."""
        if self.unit_price is None or self.unit_cost is None:
            return None
        return self.unit_price - self.unit_cost


class DoorQuerySet(models.QuerySet["Door"]):
    def selling(self) -> "DoorQuerySet":
        """Doors that sell to customers: stores and e-commerce, not DCs."""
        return self.exclude(kind=DoorKind.DC)

    def open_between(self, first: date, last: date) -> "DoorQuerySet":
        """Doors that are open on a day from ``first`` to ``last``, both included."""
        # The greatest of a date and of none is the date.
        opens_on = Greatest("opened_on", models.Value(first))
        return self.filter(
            models.Q(opened_on=None) | models.Q(opened_on__lte=last),
            models.Q(closed_on=None) | models.Q(closed_on__gt=opens_on),
        )


@pghistory.track()
class Door(models.Model):
    """A place that holds or sells stock: store, distribution centre or e-commerce node."""

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=12, choices=DoorKind.choices, default=DoorKind.STORE)
    region = models.CharField(max_length=80, blank=True)
    city = models.CharField(max_length=80, blank=True)
    opened_on = models.DateField(null=True, blank=True)
    closed_on = models.DateField(null=True, blank=True)
    supplied_by = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="supplies"
    )
    sells_from_dc = models.BooleanField(
        default=False, help_text="An e-commerce node without stock of its own: its demand draws on the DC."
    )

    objects = DoorQuerySet.as_manager()

    class Meta:
        ordering = ["kind", "code"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(closed_on=None)
                | models.Q(opened_on=None)
                | models.Q(closed_on__gte=models.F("opened_on")),
                name="door_closes_after_it_opens",
            ),
            models.CheckConstraint(
                condition=~models.Q(kind=DoorKind.DC) | models.Q(supplied_by=None), name="dc_has_no_dc"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Ranging(models.Model):
    """That a door carries a SKU, and how many units its display must keep."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="rangings")
    door = models.ForeignKey(Door, on_delete=models.CASCADE, related_name="rangings")
    presentation_minimum_units = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["product", "door"], name="sku_ranged_once_at_a_door")]

    def __str__(self) -> str:
        return f"{self.product_id} at {self.door_id}"
