"""What an executive needs to sign, or to send back: five figures, what changed, risks and open points."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from django.conf import settings
from django.db.models import F
from django.db.models.functions import Abs

from marketing.catalogue.models import Category
from planning.consensus.choices import FUNCTIONS, CycleStatus, Layer, RemarkKind, Seat
from planning.consensus.comparison import ComparedRow, compared, consensus_of
from planning.consensus.cycle import SeatState, seat_states
from planning.consensus.domain.signing import what_the_chair_waits_for
from planning.consensus.domain.stages import still_owed
from planning.consensus.in_force import published_before
from planning.consensus.models import ForecastEntry, ForecastVersion, Remark
from planning.consensus.packing import Totals
from planning.consensus.snapshots import snapshot_of
from planning.consensus.totals import name_of, totals_by_category, without_data
from sop_site import formats
from sop_site.access.models import User

LARGEST_CHANGES = 5
LARGEST_DISAGREEMENTS = 3
LARGEST_ENTRIES = 5
# Functions further apart than this share of a month's consensus are named as a risk.
APART_FROM_RATIO = 0.1


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure with what it is measured against."""

    label: str
    value: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Reason:
    """A number of the consensus that a person set, and its month."""

    entry: ForecastEntry
    month: str


@dataclass(frozen=True, slots=True)
class SigningPage:
    """The page of one version, for one person.

    ``seat`` is the one that the person can sign for now, None where there is none; ``snapshot`` the token of
    what the page shows. ``is_as_calculated`` says that every month is the calculated forecast with campaigns.
    """

    version: ForecastVersion
    snapshot: str
    figures: tuple[Figure, ...]
    previous: ForecastVersion | None
    changes: tuple[ComparedRow, ...]
    reasons: tuple[Reason, ...]
    entry_count: int
    is_as_calculated: bool
    risks: tuple[str, ...]
    open_points: tuple[Remark, ...]
    seats: tuple[SeatState, ...]
    seat: Seat | None
    waits_for: str

    @property
    def is_signing(self) -> bool:
        """Whether the forecast waits for signatures."""
        return self.version.cycle.status == CycleStatus.SIGNING


def signing_page(version: ForecastVersion, user: User) -> SigningPage:
    """The page of a version as it stands."""
    # Read before the numbers: what changes in between is then refused as stale rather than signed unseen.
    snapshot = snapshot_of(version).token
    by_category = totals_by_category(version)
    total = sum(by_category.values(), start=Totals.none())
    previous = published_before(version)
    comparison = compared(previous, version) if previous else None
    entries = version.entries.filter(layer=Layer.CONSENSUS)
    largest = entries.order_by(Abs(F("units_after") - F("units_before")).desc(), "-pk")
    largest = largest.select_related("entered_by", "category", "product")[:LARGEST_ENTRIES]
    seats = seat_states(version)
    points = version.remarks.filter(kind=RemarkKind.OPEN_POINT, closed_at=None).select_related("raised_by")
    seat, waits_for = _seat_of(user, {state.seat for state in seats if state.signature})
    return SigningPage(
        version=version,
        snapshot=snapshot,
        figures=_figures(total, comparison.total if comparison else None),
        previous=previous,
        changes=comparison.rows[:LARGEST_CHANGES] if comparison else (),
        reasons=tuple(Reason(entry, version.cycle.months[entry.month_place].label) for entry in largest),
        entry_count=entries.count(),
        is_as_calculated=_is_as_calculated(total),
        risks=tuple(_risks(version, by_category)),
        open_points=tuple(points),
        seats=tuple(seats),
        seat=seat,
        waits_for=waits_for,
    )


def _is_as_calculated(total: Totals) -> bool:
    rows = [list(Layer).index(layer) for layer in (Layer.CONSENSUS, Layer.CAMPAIGNS)]
    return bool(np.allclose(*total.units[rows]))


def _seat_of(user: User, given: Collection[Seat]) -> tuple[Seat | None, str]:
    """The seat that ``user`` can sign for now, and why not where it has to wait."""
    seat = next((seat for seat in Seat if user.has_perm(seat.permission)), None)
    if seat is None:
        return None, ""
    if seat in given:
        return None, "You have signed."
    waits_for = what_the_chair_waits_for(given) if seat == Seat.CHAIR else ""
    return (None, waits_for) if waits_for else (seat, "")


def _figures(total: Totals, since: ComparedRow | None) -> tuple[Figure, ...]:
    units, value = consensus_of(total)
    last_year, last_year_value = consensus_of(total, layer=Layer.NAIVE)
    proposed, _ = consensus_of(total, layer=Layer.CAMPAIGNS)
    cost = float(total.at_cost[list(Layer).index(Layer.CONSENSUS)].sum())
    change = "No earlier forecast was signed." if since is None else _since(since)
    return (
        Figure(
            "Consensus, six months", f"{formats.units(units)} units", _than(units, last_year, "last year")
        ),
        Figure(
            "Revenue at full price",
            formats.money(value, settings.CURRENCY),
            _than(value, last_year_value, "last year"),
        ),
        Figure("At cost", formats.money(cost, settings.CURRENCY), "What it takes to buy it"),
        Figure(
            "Since the last signed",
            "–"
            if since is None or since.change_ratio is None
            else formats.signed_percent(since.change_ratio, 1),
            change,
        ),
        Figure(
            "Judgement added",
            f"{formats.signed_units(round(units - proposed))} units",
            _than(units, proposed, "the calculated forecast with campaigns"),
        ),
    )


def _since(row: ComparedRow) -> str:
    return f"{formats.signed_units(round(row.units_change))} units in the months that both cover"


def _than(units: float, other: float, what: str) -> str:
    if not other:
        return f"Nothing to compare with: no {what}."
    ratio = units / other - 1
    if abs(ratio) < 0.0005:
        return f"The same as {what}"
    return f"{formats.percent(abs(ratio), 1)} {'above' if ratio > 0 else 'below'} {what}"


def _risks(version: ForecastVersion, by_category: dict[Category | None, Totals]) -> list[str]:
    rows = [list(Layer).index(layer) for layer in FUNCTIONS]
    consensus = list(Layer).index(Layer.CONSENSUS)
    apart: list[tuple[float, str]] = []
    for category, totals in by_category.items():
        for place, month in enumerate(version.cycle.months):
            units = totals.units[rows, place]
            gap = float(np.ptp(units))
            if gap > APART_FROM_RATIO * float(totals.units[consensus, place]):
                high, low = (FUNCTIONS[int(at)].label for at in (units.argmax(), units.argmin()))
                money = float(np.ptp(totals.at_price[rows, place]))
                worth = f" ({formats.money(money, settings.CURRENCY)})" if money else ""
                words = f"{high} expects {formats.units(gap)} units{worth} more than {low}"
                held = formats.units(float(totals.units[consensus, place]))
                apart.append((money, f"{name_of(category)}, {month.name}: {words}; the consensus is {held}."))
    said = [words for _, words in sorted(apart, reverse=True)[:LARGEST_DISAGREEMENTS]]
    said += [f"{layer.label} has not handed in its number." for layer in still_owed(version)]
    return said + [f"{name}: no data; nothing is forecast." for name in without_data(by_category)]


def changes_in_words(changes: Sequence[ForecastEntry]) -> list[str]:
    """What changed since a page was opened, an entry a line."""
    return [
        f"{entry.entered_by} set {entry.subject} from {formats.units(entry.units_before)} to"
        f" {formats.units(entry.units_after)} units in {entry.version.cycle.months[entry.month_place].name}:"
        f" {entry.reason}"
        for entry in changes
    ]
