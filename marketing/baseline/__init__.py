"""Baseline: what would sell without a promotion."""
