"""Until when each remedy of a flag works, and what that rests on, in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from planning.risk.deadlines import deadlines_of
from planning.risk.engine.decide_by import BasisPart, DecideBy, Need, Remedy, Source
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


BUFFER: Final = {"lead_time_buffer_days": "buffer"}
REMEDIES: Final[dict[Remedy, RemedyWords]] = {
    Remedy.EXPEDITE: RemedyWords(
        "Expedite a receipt",
        "expedite",
        {"expedite_days": "the supplier's expedite", "route_days": "the way from the DC to the door"}
        | BUFFER,
        "No receipt comes after the need, so there is none to bring forward.",
    ),
    Remedy.REALLOCATE: RemedyWords(
        "Reallocate from another door",
        "swap",
        {"transfer_days": "the fastest transfer"} | BUFFER,
        "No door that could send units has any to spare.",
    ),
    Remedy.SHIFT: RemedyWords(
        "Shift the featured SKU", "package", {"creative_lock_days": "the creative lock"}, "Not possible."
    ),
    Remedy.REDUCE: RemedyWords(
        "Reduce the demand expectation", "reduce", {"media_lock_days": "the media lock"}, "Not possible."
    ),
}
NEEDS: Final = {
    Need.FIRST_SHORT_DAY: "the first short day",
    Need.FIRST_WINDOW_DAY: "the first day that counts",
    Need.FIRST_CAMPAIGN_DAY: "the first day of the campaign",
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
    options = {option.kind: option for option in deadlines_of(flag)}
    return [_deadline(kind, options.get(kind), flag, day) for kind in REMEDIES]


def _deadline(kind: Remedy, option: DecideBy | None, flag: Flag, day: date) -> RemedyDeadline:
    words = REMEDIES[kind]
    if option is None:
        return RemedyDeadline(kind.value, words.label, words.icon, None, False, words.impossible)
    parts = [
        f"{plural(part.days, 'day')} of {words.days_of[part.name]} ({_source(part, flag)})"
        for part in option.basis
    ]
    basis = f"{formats.short_date(option.need_date)}, {NEEDS[option.need]}, less {joined(parts)}."
    is_lapsed = option.decide_by_date < day
    return RemedyDeadline(kind.value, words.label, words.icon, option.decide_by_date, is_lapsed, basis)


def _source(part: BasisPart, flag: Flag) -> str:
    if part.source == Source.OPERATING_MODEL:
        return f"operating model v{flag.operating_model.version}{f', {part.where}' if part.where else ''}"
    return "of this SKU" if part.source == Source.PRODUCT else "of the route"
