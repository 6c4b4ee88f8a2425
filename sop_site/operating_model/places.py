"""The categories and regions that a limit may be set for; the catalogue, to the right, tells which."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Places:
    """The paths of the merchandise tree, and the regions of the doors, both in order."""

    category_paths: Sequence[str]
    regions: Sequence[str]


_source: Callable[[], Places] | None = None


def tell_places(source: Callable[[], Places]) -> None:
    """Let ``source`` say which places there are; the catalogue does so when it is loaded."""
    global _source
    _source = source


def known_places() -> Places:
    """The places that there are now. Raises RuntimeError where no catalogue is loaded."""
    if _source is None:
        raise RuntimeError("No catalogue tells the categories and regions.")
    return _source()
