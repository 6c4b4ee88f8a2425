"""Demand: what sold, taken apart into level, season, price and promotion."""
