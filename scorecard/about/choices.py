"""The kinds of thing that a decision or an action item may be about."""

from django.db import models


class AboutKind(models.TextChoices):
    """The key of each is the row's id; a forecast's ``cycle:category:door group``; a measure's its slug."""

    NOTHING = "nothing", "Nothing in particular"
    FLAG = "flag", "Flag"
    CAMPAIGN = "campaign", "Campaign"
    SKU = "sku", "SKU"
    FORECAST_CELL = "forecast_cell", "Forecast"
    MEASURE = "measure", "Measure"
    RECEIPT = "receipt", "Receipt"
    SIGNAL = "signal", "Demand signal"
