"""What a replay came to, and how it is kept."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from scorecard.lab.engine import Judgement

# Weeks before its start at which each campaign is looked at, the farthest first.
WEEKS_AHEAD: Final = (8, 7, 6, 5, 4, 3, 2, 1)
# Of which the page speaks: the last week in which Marketing and Planning can still decide anything.
DECISION_WEEKS_AHEAD: Final = 6


@dataclass(frozen=True, slots=True)
class ReplayResult:
    """What two versions would have done, by weeks ahead; ``campaigns`` are those that were seen at all.

    ``..._in_window`` judge each line at the end of its campaign's decision window under that version;
    None in replays that are older than these.
    """

    proposed: Mapping[int, Judgement]
    today: Mapping[int, Judgement]
    campaigns: int
    proposed_in_window: Judgement | None = None
    today_in_window: Judgement | None = None

    def as_json(self) -> dict[str, Any]:
        """As plain values."""
        return {
            "proposed": {str(weeks): asdict(judged) for weeks, judged in self.proposed.items()},
            "today": {str(weeks): asdict(judged) for weeks, judged in self.today.items()},
            "campaigns": self.campaigns,
            "proposed_in_window": self.proposed_in_window and asdict(self.proposed_in_window),
            "today_in_window": self.today_in_window and asdict(self.today_in_window),
        }

    @classmethod
    def of_json(cls, kept: Mapping[str, Any]) -> "ReplayResult":
        """What `as_json` said."""
        return cls(
            _side(kept["proposed"]),
            _side(kept["today"]),
            kept["campaigns"],
            _judgement(kept.get("proposed_in_window")),
            _judgement(kept.get("today_in_window")),
        )


def _side(kept: Mapping[str, Any]) -> dict[int, Judgement]:
    return {int(weeks): Judgement(**judged) for weeks, judged in kept.items()}


def _judgement(kept: Mapping[str, Any] | None) -> Judgement | None:
    return None if kept is None else Judgement(**kept)
