"""What was loaded, and what was odd in it."""

from django.db import models


class RetailerLoad(models.Model):
    """One loading of a retailer folder."""

    folder = models.CharField(max_length=255)
    as_of_date = models.DateField()
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    rows_by_file = models.JSONField(default=dict)
    simulated_inventory = models.BooleanField(default=False)

    class Meta:
        ordering = ["-started_at"]

    def __str__(self) -> str:
        return f"{self.folder} as of {self.as_of_date}"


class DataIssue(models.Model):
    """Something in a feed that was loaded, but that a person should look at."""

    class Kind(models.TextChoices):
        NEGATIVE_ON_HAND = "negative_on_hand", "Negative on-hand"
        PAST_DUE_RECEIPT = "past_due_receipt", "Receipt past due"
        MISSING_PRICE = "missing_price", "No price"
        MISSING_COST = "missing_cost", "No cost"
        UNKNOWN_REFERENCE = "unknown_reference", "Unknown SKU or door"

    retailer_load = models.ForeignKey(RetailerLoad, on_delete=models.CASCADE, related_name="issues")
    kind = models.CharField(max_length=40, choices=Kind.choices)
    file_name = models.CharField(max_length=120)
    line_number = models.PositiveIntegerField(null=True, blank=True)
    column = models.CharField(max_length=80, blank=True)
    sku = models.CharField(max_length=80, blank=True)
    door_code = models.CharField(max_length=40, blank=True)
    message = models.TextField()

    class Meta:
        ordering = ["kind", "file_name", "line_number"]

    def __str__(self) -> str:
        return self.message
