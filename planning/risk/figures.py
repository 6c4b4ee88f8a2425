"""Key figures at the head of the Bridge and of a flag."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings

from planning.risk.chances import UNKNOWN, chance, chance_in_ten
from planning.risk.limits import limits_of_flag
from planning.risk.models import Flag
from planning.risk.sentences import plural
from sop_site import formats


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure, formatted; ``state`` colours it."""

    label: str
    value: str
    note: str = ""
    state: str = ""


def board_figures(totals: dict[str, Any], day: date) -> list[Figure]:
    """What is open on the whole Bridge; ``totals`` as ``board.totals_of`` reads them."""
    next_date, lapsed = totals["next_date"], totals["lapsed_count"]
    return [
        Figure(
            "Need a decision",
            formats.units(totals["open_count"]),
            f"of {plural(totals['all_count'], 'featured SKU')}",
            "stockout" if totals["open_count"] else "",
        ),
        Figure(
            "Revenue short",
            formats.money(totals["revenue_short"] or 0, settings.CURRENCY),
            f"{plural(round(totals['units_short'] or 0), 'unit')}, not decided",
        ),
        Figure(
            "Next decide-by date",
            formats.short_date(next_date) if next_date else "–",
            formats.in_days(next_date, day) if next_date else "none ahead",
        ),
        Figure("Lapsed", formats.units(lapsed), "no remedy works in time", "at_risk" if lapsed else ""),
        Figure("Wait for signatures", formats.units(totals["signature_count"]), "VP Planning and CMO"),
    ]


def flag_figures(flag: Flag, day: date) -> list[Figure]:
    """The size of a risk, how thin the cover is, when it begins and until when it can be helped."""
    limits = limits_of_flag(flag)
    red = flag.state if flag.risk_state.needs_decision else ""
    return [
        Figure(
            "Units short",
            formats.units(flag.units_short),
            _expected(flag),
            red if flag.units_short else "",
        ),
        Figure(
            "Revenue short",
            formats.money(flag.revenue_short, settings.CURRENCY),
            f"margin {formats.money(flag.margin_short, settings.CURRENCY)}",
            red if flag.revenue_short else "",
        ),
        Figure(
            "Cover, worst door",
            formats.cover(flag.cover),
            limits.words,
        ),
        Figure(
            "Chance of running short",
            chance(flag.short_probability),
            f"{chance_in_ten(flag.short_probability)}, worst door"
            if flag.short_probability is not None
            else UNKNOWN,
        ),
        _first_short(flag, day),
        _decide_by(flag, day),
    ]


def _expected(flag: Flag) -> str:
    expected = f"of {formats.units(flag.expected_units)} expected"
    if not flag.expected_units or not flag.units_short:
        return expected
    return f"{expected}, {formats.percent(flag.units_short / flag.expected_units)}"


def _first_short(flag: Flag, day: date) -> Figure:
    when = flag.first_short_date
    if when is None:
        return Figure("First short", "–", "no short day")
    return Figure(
        "First short", formats.short_date(when), f"{formats.week_label(when)}, {formats.in_days(when, day)}"
    )


def _decide_by(flag: Flag, day: date) -> Figure:
    due = flag.decide_by_date
    if due is None or not flag.risk_state.needs_decision:
        return Figure("Decide by", "–", "no decision needed")
    if due < day:
        return Figure("Decide by", formats.short_date(due), f"lapsed {formats.in_days(due, day)}", "stockout")
    return Figure("Decide by", formats.short_date(due), f"{formats.in_days(due, day)}, the last remedy")
