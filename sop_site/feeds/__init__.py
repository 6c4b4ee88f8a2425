"""Feeds: reading a retailer's files, and saying what was wrong with them."""
