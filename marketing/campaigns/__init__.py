"""Campaigns: what Marketing intends to sell."""
