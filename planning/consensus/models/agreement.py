"""What people do about a version of the forecast: hand in, sign, and say what is still open."""

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Q

from marketing.catalogue.models import Category, Product
from planning.consensus.choices import Layer, RemarkKind, Seat
from planning.consensus.models.forecast import ForecastVersion


@pghistory.track()
class Submission(models.Model):
    """That a function handed in its number; handing in again renews it."""

    version = models.ForeignKey(ForecastVersion, on_delete=models.CASCADE, related_name="submissions")
    layer = models.CharField(max_length=16, choices=Layer.choices)
    submitted_at = models.DateTimeField()
    submitted_on = models.DateField()
    submitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    is_late = models.BooleanField()
    note = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["version", "layer"], name="function_submits_once"),
            models.CheckConstraint(
                condition=Q(layer__in=["marketing", "planning", "merchandising"]),
                name="functions_submit",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_layer_display()}, {self.version}"


@pghistory.track()
class ForecastSignature(models.Model):
    """A signature under a snapshot. What voids it says why; it stays."""

    version = models.ForeignKey(ForecastVersion, on_delete=models.CASCADE, related_name="signatures")
    seat = models.CharField(max_length=24, choices=Seat.choices)
    snapshot = models.CharField(max_length=64)
    signed_at = models.DateTimeField()
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    comment = models.TextField(blank=True)
    voided_at = models.DateTimeField(null=True, blank=True)
    void_reason = models.TextField(blank=True)

    class Meta:
        ordering = ["signed_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["version", "seat"], condition=Q(voided_at=None), name="seat_signs_once"
            ),
            models.CheckConstraint(
                condition=Q(voided_at=None, void_reason="") | Q(voided_at__isnull=False) & ~Q(void_reason=""),
                name="void_signature_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_seat_display()}, {self.version}"


@pghistory.track()
class Remark(models.Model):
    """A comment on the forecast, or an open point, which keeps it from being signed until it is closed.

    It is about a category, a style of that category, one SKU, or without any the whole forecast.
    """

    version = models.ForeignKey(ForecastVersion, on_delete=models.CASCADE, related_name="remarks")
    kind = models.CharField(max_length=12, choices=RemarkKind.choices)
    category = models.ForeignKey(Category, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    style = models.CharField(max_length=120, blank=True)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    text = models.TextField()
    raised_at = models.DateTimeField()
    raised_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    resolution = models.TextField(blank=True)

    class Meta:
        ordering = ["-raised_at"]
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="remark_says_something"),
            models.CheckConstraint(
                condition=Q(style="") | Q(product=None, category__isnull=False),
                name="remark_on_a_style_names_its_category",
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None, closed_by=None, resolution="")
                | Q(kind="open_point", closed_at__isnull=False, closed_by__isnull=False) & ~Q(resolution=""),
                name="closed_point_says_how",
            ),
        ]

    def __str__(self) -> str:
        return self.text

    @property
    def subject(self) -> str:
        """What it is about, in words: ``Apparel > Tops, style Classic``."""
        if self.product is not None:
            return self.product.name
        if self.category is None:
            return "The whole forecast"
        return f"{self.category.path}, style {self.style}" if self.style else self.category.path
