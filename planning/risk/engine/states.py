"""The states of the risk engine, in order of severity."""

from enum import IntEnum


class State(IntEnum):
    """States exclude one another and speak of the campaign window (definitions: Stockout risk).

    A higher number is worse. ``NO_DATA`` never looks green, so it ranks above ``OK``; it never hides
    a known risk, so it ranks below ``WATCH``.
    """

    OK = 0
    NO_DATA = 1
    WATCH = 2
    AT_RISK = 3
    STOCKOUT = 4
    OUT = 5

    @property
    def slug(self) -> str:
        """The name under which the state is stored: ``at_risk``."""
        return self.name.lower()

    @classmethod
    def of_slug(cls, slug: str) -> "State":
        """The state of a stored name; KeyError for an unknown one."""
        return cls[slug.upper()]

    @property
    def is_flagged(self) -> bool:
        """Whether people must decide."""
        return self >= State.AT_RISK


class Change(IntEnum):
    """What a recalculation found out about a flag."""

    UNCHANGED = 0
    OPENED = 1
    WORSENED = 2
    EASED = 3
    CLEARED = 4
    REOPENED = 5

    @property
    def slug(self) -> str:
        """The name under which the change is stored: ``opened``."""
        return self.name.lower()
