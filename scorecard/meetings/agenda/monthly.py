"""The points of a monthly consensus, from the cycle that is held in its month."""

from collections.abc import Iterator, Sequence
from datetime import date
from enum import StrEnum
from typing import Final

from django.conf import settings

from planning.consensus.cells import Difference, differences_of
from planning.consensus.choices import CONSENSUS_MAY_CHANGE, FUNCTIONS_MAY_ENTER, CycleStatus, RemarkKind
from planning.consensus.domain.stages import still_owed
from planning.consensus.models import Cycle, ForecastVersion
from planning.risk.sentences import joined, plural
from scorecard.about.about import About
from scorecard.about.choices import AboutKind
from scorecard.meetings.agenda.points import Since, Wanted
from scorecard.meetings.choices import PointSource
from sop_site import formats
from sop_site.fiscal import FiscalPeriod

# The largest differences stand one by one, the others together: no meeting goes through hundreds.
DIFFERENCES_TOLD: Final = 8
FURTHER: Final = "further"
CATEGORY_MARK: Final = " > "


class Cause(StrEnum):
    """Why the forecast has a point: the first part of its key, before the id of a version or of a remark.

    That of a difference goes on with ``:category:door group``, or with `FURTHER`. The order is that of an
    agenda.
    """

    OWED = "owed"
    SIGN = "sign"
    REMARK = "remark"
    DIFFER = "differ"

    @property
    def rank(self) -> int:
        """Its place among the points of the forecast."""
        return list(Cause).index(self)


def monthly_points(period: FiscalPeriod, since: Since) -> list[Wanted]:
    """What is open in the cycle of the month; none before it has one."""
    cycle = Cycle.objects.filter(month_start=period.start).first()
    if cycle is None:
        return []
    version = cycle.current_version
    version.cycle = cycle
    return [
        *_owed(version, since),
        *_signatures(version),
        *_open_points(version),
        *_differences(version, since.day),
    ]


def still_differs(key: str) -> bool:
    """Whether the functions still differ on the cell of a point of the forecast, however little."""
    cause, _, rest = key.partition(":")
    version_id, _, cell = rest.partition(":")
    if cause != Cause.DIFFER or cell == FURTHER:
        return False
    version = ForecastVersion.objects.select_related("cycle").filter(pk=int(version_id)).first()
    if version is None or version.cycle.stage not in CONSENSUS_MAY_CHANGE:
        return False
    return any(_key(version, one) == key for one in differences_of(version))


def further_differences(version: ForecastVersion) -> Sequence[Difference]:
    """Those that have no point of their own, as things stand now."""
    return differences_of(version)[DIFFERENCES_TOLD:]


def thing_of(version: ForecastVersion, difference: Difference) -> About:
    """The cell as what a point is about; nothing for SKUs without a category."""
    if difference.category is None:
        return About()
    key = f"{version.cycle_id}:{difference.category.pk}:{difference.door_group}"
    return About(AboutKind.FORECAST_CELL, key)


def _owed(version: ForecastVersion, since: Since) -> Iterator[Wanted]:
    cycle, owed = version.cycle, [layer.label for layer in still_owed(version)]
    if cycle.stage not in FUNCTIONS_MAY_ENTER or not owed:
        return
    verb = "owes its number" if len(owed) == 1 else "owe their numbers"
    late = " It is past its date." if since.day > cycle.submit_by_date else ""
    yield Wanted(
        PointSource.FORECAST,
        f"{Cause.OWED}:{version.pk}",
        f"{joined(owed)} still {verb}",
        f"Due by {formats.short_date(cycle.submit_by_date)}.{late}",
        rank=Cause.OWED.rank,
    )


def _signatures(version: ForecastVersion) -> Iterator[Wanted]:
    if version.cycle.stage != CycleStatus.SIGNING:
        return
    signed = version.signatures.filter(voided_at=None).count()
    yield Wanted(
        PointSource.FORECAST,
        f"{Cause.SIGN}:{version.pk}",
        f"{version.cycle} waits for signatures",
        f"{plural(signed, 'signature')} so far; due by {formats.short_date(version.cycle.sign_by_date)}.",
        rank=Cause.SIGN.rank,
    )


def _open_points(version: ForecastVersion) -> Iterator[Wanted]:
    remarks = version.remarks.filter(kind=RemarkKind.OPEN_POINT, closed_at=None)
    for remark in remarks.select_related("category", "product", "raised_by").order_by("raised_at"):
        about = About()
        if remark.product_id:
            about = About(AboutKind.SKU, str(remark.product_id))
        elif remark.category_id:
            about = About(AboutKind.FORECAST_CELL, f"{version.cycle_id}:{remark.category_id}:")
        said = f"{remark.subject}: {remark.text}"
        raised = f"Raised by {remark.raised_by}; it keeps the forecast from being signed."
        yield Wanted(
            PointSource.FORECAST,
            f"{Cause.REMARK}:{remark.pk}",
            said[:300],
            raised if len(said) <= 300 else f"{remark.text}\n{raised}",
            about=about,
            rank=Cause.REMARK.rank,
        )


def _differences(version: ForecastVersion, day: date) -> Iterator[Wanted]:
    """Cells by money; those without a price say how many units."""
    if version.cycle.stage not in CONSENSUS_MAY_CHANGE:
        return
    found = differences_of(version)
    until = _until(version.cycle, day)
    for one in found[:DIFFERENCES_TOLD]:
        yield Wanted(
            PointSource.FORECAST,
            _key(version, one),
            f"{_short_name(one)}: the functions are {_apart([one])} apart",
            f"{_highest_and_lowest(one)} {until}".strip(),
            money=one.money,
            about=thing_of(version, one),
            planned_minutes=3,
            rank=Cause.DIFFER.rank,
        )
    if further := found[DIFFERENCES_TOLD:]:
        yield Wanted(
            PointSource.FORECAST,
            f"{Cause.DIFFER}:{version.pk}:{FURTHER}",
            f"{plural(len(further), 'smaller difference')} of the functions, {_apart(further)} in all",
            until,
            rank=Cause.DIFFER.rank + 1,
        )


def _until(cycle: Cycle, day: date) -> str:
    due = cycle.reconcile_by_date
    if day > due:
        return f"It was to be reconciled by {formats.short_date(due)}."
    return f"Reconcile by {formats.short_date(due)}."


def _short_name(difference: Difference) -> str:
    """The cell by the last names of its category; the point's link says all of them."""
    names = difference.name.split(CATEGORY_MARK)
    return CATEGORY_MARK.join(names[-2:])


def _highest_and_lowest(difference: Difference) -> str:
    """Which functions they are over all months; "" where the months make up for each other."""
    units = {layer: round(of_layer) for layer, of_layer in difference.by_function.items()}
    most, least = max(units.values()), min(units.values())
    if most == least:
        return ""
    highest = joined([layer.label for layer in units if units[layer] == most])
    lowest = joined([layer.label for layer in units if units[layer] == least])
    high = f"Highest over six months: {highest}, {plural(most, 'unit')}."
    return f"{high} Lowest: {lowest}, {formats.units(least)}."


def _key(version: ForecastVersion, difference: Difference) -> str:
    return f"{Cause.DIFFER}:{version.pk}:{difference.category_key}:{difference.door_group}"


def _apart(differences: Sequence[Difference]) -> str:
    """How far they are apart: in money, or in units where no price is known of any."""
    known = [one.money for one in differences if one.money is not None]
    if known:
        return formats.money(sum(known), settings.CURRENCY)
    return plural(round(sum(one.units for one in differences)), "unit")
