"""Catalogue: what we sell and where."""
