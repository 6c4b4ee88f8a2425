"""Remedies: what Planning does about a risk."""
