"""The SKUs that wait for recalculation."""

from django.db import models


class ChangedSku(models.Model):
    """A SKU whose demand or supply changed since it was last calculated.

    The key is a plain number: the foundation does not know the catalogue.
    """

    product_id = models.BigIntegerField(primary_key=True)
    version = models.BigIntegerField(default=1)
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"SKU {self.product_id}, version {self.version}"
