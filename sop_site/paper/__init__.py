"""Papers: A4 files that the worker sets with typst, from values alone."""
