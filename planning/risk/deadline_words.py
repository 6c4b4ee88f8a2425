"""Until when each remedy of a flag works, and what that rests on, in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from planning.risk.models import Flag
from planning.risk.sentences import joined, plural
from sop_site import formats


@dataclass(frozen=True, slots=True)
class RemedyWords:
    """A remedy as the flag page speaks of it."""

    label: str
    icon: str
    days_of: Mapping[str, str]
    impossible: str


REMEDIES: Final[dict[str, RemedyWords]] = {
    "expedite": RemedyWords(
        "Expedite a receipt",
        "expedite",
        {"expedite_days": "the supplier's expedite", "route_days": "the way from the DC to the door"},
        "No receipt comes after the need, so there is none to bring forward.",
    ),
    "reallocate": RemedyWords(
        "Reallocate from another door",
        "swap",
        {"transfer_days": "the fastest transfer"},
        "No door that could send units has any to spare.",
    ),
    "shift": RemedyWords(
        "Shift the featured SKU", "package", {"creative_lock_days": "the creative lock"}, "Not possible."
    ),
    "reduce": RemedyWords(
        "Reduce the demand expectation", "reduce", {"media_lock_days": "the media lock"}, "Not possible."
    ),
}
NEEDS: Final = {
    "first_short_day": "the first short day",
    "first_window_day": "the first day that counts",
    "first_campaign_day": "the first day of the campaign",
}


@dataclass(frozen=True, slots=True)
class RemedyDeadline:
    """One remedy of a flag: its last date (None where it cannot help at all) and the arithmetic of it."""

    kind: str
    label: str
    icon: str
    decide_by_date: date | None
    is_lapsed: bool
    basis: str

    @property
    def url_name(self) -> str:
        """Where its form stands."""
        return f"remedies:{self.kind}"

    @property
    def is_open(self) -> bool:
        """Whether it still works."""
        return self.decide_by_date is not None and not self.is_lapsed


def remedy_deadlines(flag: Flag, day: date) -> list[RemedyDeadline]:
    """All four remedies, in the order of the process."""
    stored = {option["kind"]: option for option in flag.decide_by}
    return [_deadline(kind, stored.get(kind), flag, day) for kind in REMEDIES]


def _deadline(kind: str, option: Mapping[str, Any] | None, flag: Flag, day: date) -> RemedyDeadline:
    words = REMEDIES[kind]
    if option is None:
        return RemedyDeadline(kind, words.label, words.icon, None, False, words.impossible)
    decide_by_date = date.fromisoformat(option["decide_by_date"])
    parts = [
        f"{plural(part['days'], 'day')} of {words.days_of[part['name']]} ({_source(part['source'], flag)})"
        for part in option["basis"]
    ]
    need = f"{formats.short_date(date.fromisoformat(option['need_date']))}, {NEEDS[option['need']]}"
    basis = f"{need}, less {joined(parts)}."
    return RemedyDeadline(kind, words.label, words.icon, decide_by_date, decide_by_date < day, basis)


def _source(source: str, flag: Flag) -> str:
    if source == "operating_model":
        return f"operating model v{flag.operating_model.version}"
    return {"product": "of this SKU", "route": "of the route"}[source]
