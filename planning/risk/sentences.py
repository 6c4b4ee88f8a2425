"""What a risk is, in sentences for people."""

from collections.abc import Sequence

from django.conf import settings

from planning.risk.models import RiskAcceptance
from sop_site import formats


def plural(count: float, noun: str) -> str:
    """``1 door``, ``7 doors``, ``240 units``."""
    text = formats.units(count)
    return f"{text} {noun}{'' if text == '1' else 's'}"


def joined(names: Sequence[str]) -> str:
    """``a``, ``a and b`` or ``a, b and c``."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def size_of(units_short: float, revenue_short: float | None) -> str:
    """How large a shortage is: ``240 units, $9,600 of revenue``."""
    if revenue_short is None:
        return f"{plural(units_short, 'unit')}, of unknown price"
    return f"{plural(units_short, 'unit')}, {formats.money_full(revenue_short, settings.CURRENCY)} of revenue"


def size_accepted(acceptance: RiskAcceptance) -> str:
    """What an acceptance takes: ``240 units, $9,600 of revenue``, or the state where nothing is short."""
    if not acceptance.accepted_units_short:
        return f"{acceptance.get_accepted_state_display().lower()}, no unit short"
    return size_of(acceptance.accepted_units_short, acceptance.accepted_revenue_short)


def still_to_sign(acceptance: RiskAcceptance) -> str:
    """Who has not signed yet: ``VP Planning and CMO``."""
    return joined([side.label for side in acceptance.sides_to_sign])
