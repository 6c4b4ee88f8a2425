"""What decisions and action items are about: a flag, a campaign, a SKU, a forecast, a measure."""
