"""What a person signs: every number and assumption of a version, as one hash."""

import hashlib
from dataclasses import dataclass

from planning.consensus.models import ForecastBlock, ForecastEntry, ForecastVersion


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The hash of a version's numbers and assumptions, and the newest entry that is in it (0 for none)."""

    hash: str
    newest_entry: int

    @property
    def token(self) -> str:
        """As a page carries it."""
        return f"{self.hash}.{self.newest_entry}"

    @classmethod
    def from_token(cls, token: str) -> "Snapshot":
        """What a page carried; one that nobody could have been given matches nothing."""
        told, _, newest = token.partition(".")
        return cls(told, int(newest) if newest.isascii() and newest.isdigit() else 0)


def snapshot_of(version: ForecastVersion) -> Snapshot:
    """The version as it stands."""
    told = hashlib.sha256()
    blocks = ForecastBlock.objects.filter(version=version).order_by("category_id", "door_group")
    for block in blocks.values_list("category_id", "door_group", "digest"):
        told.update(repr(block).encode())
    entries = ForecastEntry.objects.filter(version=version).order_by("pk")
    facts = list(
        entries.values_list(
            "pk", "layer", "category", "style", "product", "door_group", "month_place", "units_after",
            "reason", "assumption",
        )
    )  # fmt: skip
    for _, *said in facts:
        told.update(repr(said).encode())
    return Snapshot(told.hexdigest(), facts[-1][0] if facts else 0)
