"""The lab on a retailer folder, without any database: what thresholds would have flagged in its past."""
