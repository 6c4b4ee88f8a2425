"""What a risk is, in sentences for people."""

from collections.abc import Sequence

from django.conf import settings

from planning.risk.choices import RiskState
from planning.risk.limits import limits_of_flag
from planning.risk.models import Flag, FlagLine, RiskAcceptance
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


def headline(flag: Flag, lines: Sequence[FlagLine]) -> str:
    """The whole risk in one sentence; ``lines`` are those of the flag.

    ``7 doors run short from Tue 5 Jan: 240 of 1,150 units, $9.6k of revenue.``
    """
    in_state = sum(line.state == flag.state for line in lines)
    threshold = limits_of_flag(flag).threshold
    cover = formats.cover(flag.cover)
    match flag.risk_state:
        case RiskState.OUT | RiskState.STOCKOUT:
            short = sum(line.units_short > 0 for line in lines)
            doors = f"{plural(short, 'door')} {'runs' if short == 1 else 'run'} short"
            since = f" from {formats.short_date(flag.first_short_date)}" if flag.first_short_date else ""
            size = f"{formats.units(flag.units_short)} of {plural(flag.expected_units, 'unit')}"
            if flag.revenue_short is not None:
                size += f", {formats.money(flag.revenue_short, settings.CURRENCY)} of revenue"
            return f"{doors}{since}: {size}."
        case RiskState.AT_RISK:
            are = "is" if in_state == 1 else "are"
            return (
                f"{plural(in_state, 'door')} {are} served, but thinly: cover {cover} at the worst,"
                f" under the threshold of {threshold}. Nothing is short yet."
            )
        case RiskState.WATCH:
            return f"Covered only just, or by what is still on its way: cover {cover} at the worst door."
        case RiskState.NO_DATA if not in_state:
            return "No open door of the campaign ranges this SKU, so nothing can be promised."
        case RiskState.NO_DATA:
            lack = "lacks" if in_state == 1 else "lack"
            return (
                f"{plural(in_state, 'door')} {lack} a stock record or a baseline, so nothing can be promised."
            )
        case RiskState.OK:
            return f"Every door can be served: cover {cover} at the worst, over the threshold of {threshold}."
