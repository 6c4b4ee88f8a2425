"""The keys under which people were told, read again: which of them speak of a state that is over."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Told:
    """A key, and what it says of its thing: ``("due", "2026-11-17")`` in "action:7:due:2026-11-17"."""

    key: str
    parts: tuple[str, ...]


def by_thing(keys: Sequence[str], kind: str) -> dict[int, list[Told]]:
    """The keys of things of that kind ("action") by their id, each in the order in which they came."""
    found: dict[int, list[Told]] = defaultdict(list)
    for key in keys:
        first, _, rest = key.partition(":")
        name, *parts = rest.split(":")
        if first == kind and name.isdecimal():
            found[int(name)].append(Told(key, tuple(parts)))
    return found


def all_but_last(told: Iterable[Told]) -> set[str]:
    """The keys of all but the newest of ``told``, which come in their order."""
    return {one.key for one in list(told)[:-1]}
