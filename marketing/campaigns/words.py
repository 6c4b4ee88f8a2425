"""Sentences about campaigns."""

from collections.abc import Iterable


def listed(names: Iterable[str], most: int = 4) -> str:
    """Names in a sentence: ``Bath, Leeds and 3 more``."""
    names = list(names)
    if len(names) > most:
        return f"{', '.join(names[: most - 1])} and {len(names) - most + 1} more"
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]])) if names else ""
