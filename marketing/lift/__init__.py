"""Lift: what promotions of each mechanic have added."""
