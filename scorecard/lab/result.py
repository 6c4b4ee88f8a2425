"""What a replay came to, and how it is kept."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Final

from scorecard.lab.engine import Judgement

# Weeks before its start at which each campaign is looked at, the farthest first.
WEEKS_AHEAD: Final = (8, 7, 6, 5, 4, 3, 2, 1)
# Of which the page speaks: the last week in which Marketing and Planning can still decide anything.
DECISION_WEEKS_AHEAD: Final = 6


@dataclass(frozen=True, slots=True)
class ReplayResult:
    """What two versions would have done, by weeks ahead; ``campaigns`` are those that were seen at all."""

    proposed: Mapping[int, Judgement]
    today: Mapping[int, Judgement]
    campaigns: int

    def as_json(self) -> dict[str, Any]:
        """As plain values."""
        return {
            "proposed": {str(weeks): asdict(judged) for weeks, judged in self.proposed.items()},
            "today": {str(weeks): asdict(judged) for weeks, judged in self.today.items()},
            "campaigns": self.campaigns,
        }

    @classmethod
    def of_json(cls, kept: Mapping[str, Any]) -> "ReplayResult":
        """What `as_json` said."""
        return cls(_side(kept["proposed"]), _side(kept["today"]), kept["campaigns"])


def _side(kept: Mapping[str, Any]) -> dict[int, Judgement]:
    names = [field.name for field in fields(Judgement)]
    return {int(weeks): Judgement(*(judged[name] for name in names)) for weeks, judged in kept.items()}
