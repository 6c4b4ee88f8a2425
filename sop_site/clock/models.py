"""The row that holds the business date."""

import pghistory
from django.db import models


@pghistory.track()
class BusinessDate(models.Model):
    """One row: the date that counts as today during a replay; empty follows the wall clock."""

    as_of_date = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="one_business_date")]

    def __str__(self) -> str:
        return str(self.as_of_date or "wall clock")
