"""What the page of a cycle shows, and what a person owes in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.db.models import Q
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django_fsm import get_available_user_FIELD_transitions

from planning.consensus.choices import (
    FUNCTIONS,
    FUNCTIONS_MAY_ENTER,
    CycleStatus,
    Layer,
    RemarkKind,
    Seat,
)
from planning.consensus.models import Cycle, ForecastSignature, ForecastVersion, Submission
from planning.consensus.packing import Totals
from planning.consensus.totals import totals_by_category, without_data
from sop_site import formats
from sop_site.access.models import User

# A page reminds of what is due within so many days.
PRESSING_DAYS: Final = 3
LAYERS: Final = list(Layer)
MEASURES: Final = {"units": "Units", "price": "At price", "cost": "At cost"}
# A smaller share is written as 0.0%.
LEAST_SEEN: Final = 0.0005
COMPARED: Final = (*FUNCTIONS, Layer.CONSENSUS)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the timetable; ``state`` is done, now, late or ahead, which ``words`` say too."""

    name: str
    on: date
    state: str
    words: str


@dataclass(frozen=True, slots=True)
class FunctionState:
    """Whether a function has handed in its number; ``may_hand_in`` is about the person who asks."""

    layer: Layer
    submission: Submission | None
    words: str
    tone: str
    may_hand_in: bool


@dataclass(frozen=True, slots=True)
class TotalCell:
    """One sum, and its change against the forecast with campaigns, a share; None where there is none."""

    value: float
    against_campaigns: float | None


@dataclass(frozen=True, slots=True)
class TotalRow:
    """A layer over all categories and door groups: a cell for each month, and the sums over them."""

    layer: Layer
    cells: Sequence[TotalCell]
    units: TotalCell
    at_price: float
    at_cost: float


@dataclass(frozen=True, slots=True)
class SeatState:
    """A seat with the signature that stands, and those that became void."""

    seat: Seat
    signature: ForecastSignature | None
    void: Sequence[ForecastSignature]


@dataclass(frozen=True, slots=True)
class Owed:
    """One thing that a person owes, until when, and where it is done."""

    words: str
    due: date
    url: str
    is_late: bool
    is_pressing: bool


@dataclass(frozen=True, slots=True)
class CyclePage:
    """All that the page of a cycle shows."""

    cycle: Cycle
    version: ForecastVersion
    steps: Sequence[Step]
    functions: Sequence[FunctionState]
    rows: Sequence[TotalRow]
    measure: str
    without_data: Sequence[str]
    open_points: int
    seats: Sequence[SeatState]
    versions: Sequence[ForecastVersion]
    earlier: Sequence[Cycle]
    moves: Sequence[str]
    grid_url: str
    sign_url: str
    compare_url: str

    @property
    def is_signed_now(self) -> bool:
        """Whether someone may sign, or has signed."""
        return self.cycle.stage in (CycleStatus.SIGNING, CycleStatus.PUBLISHED)


def cycle_page(cycle: Cycle, user: User, day: date, *, measure: str = "units") -> CyclePage:
    """What ``user`` sees of ``cycle`` on ``day``; ``measure`` is one of ``MEASURES``."""
    version = cycle.current_version
    version.cycle = cycle
    status = cycle._meta.get_field("status")
    by_category = totals_by_category(version)
    totals = sum(by_category.values(), start=Totals.none())
    points = version.remarks.filter(kind=RemarkKind.OPEN_POINT, closed_at=None)
    return CyclePage(
        cycle=cycle,
        version=version,
        steps=timetable(cycle, day),
        functions=function_states(version, user, day),
        rows=total_rows(totals, measure),
        measure=measure,
        without_data=without_data(by_category),
        open_points=points.count(),
        seats=seat_states(version),
        versions=list(cycle.versions.select_related("opened_by").order_by("-number")),
        earlier=list(Cycle.objects.exclude(pk=cycle.pk)),
        moves=[found.name for found in get_available_user_FIELD_transitions(cycle, user, status)],
        grid_url=address("consensus:grid", version.pk),
        sign_url=address("consensus:sign", cycle.pk),
        compare_url=address("consensus:compare", version.pk),
    )


def timetable(cycle: Cycle, day: date) -> list[Step]:
    """The steps of a cycle in order, from the frozen data to publication."""
    frozen = timezone.localdate(cycle.opened_at)
    published = timezone.localdate(cycle.published_at) if cycle.published_at else None
    reached = list(CycleStatus).index(cycle.stage)
    steps = [Step("Data frozen", frozen, "done", f"on {formats.short_date(frozen)}")]
    dated = (
        ("Functions submit", cycle.submit_by_date),
        ("Reconcile", cycle.reconcile_by_date),
        ("Sign-off", cycle.sign_by_date),
    )
    for place, (name, due) in enumerate(dated):
        steps.append(_step(name, due, day, place - reached))
    if cycle.stage == CycleStatus.PUBLISHED and published:
        return [*steps, Step("Published", published, "done", f"on {formats.short_date(published)}")]
    expected = cycle.sign_by_date
    again = f"in force: the version of {formats.short_date(published)}" if published else ""
    return [*steps, Step("Published", expected, "ahead", again or "with the last signature")]


def _step(name: str, due: date, day: date, places_ahead: int) -> Step:
    """A step that is ``places_ahead`` of the one under way, below 0 of those done."""
    by = f"by {formats.short_date(due)}"
    if places_ahead < 0:
        return Step(name, due, "done", f"closed, was due {formats.short_date(due)}")
    if places_ahead > 0:
        return Step(name, due, "ahead", by)
    if day > due:
        return Step(name, due, "late", f"{by}: {late_words(due, day)}")
    return Step(name, due, "now", f"now, {by}, {formats.in_days(due, day)}")


def late_words(due: date, day: date) -> str:
    """How late something is: ``3 days late``."""
    days = (day - due).days
    return f"{days} day{'' if days == 1 else 's'} late"


def function_states(version: ForecastVersion, user: User, day: date) -> list[FunctionState]:
    """Each function with what it handed in, or since when it owes its number."""
    given = {found.layer: found for found in version.submissions.select_related("submitted_by")}
    takes_numbers = version.published_at is None and version.cycle.stage in FUNCTIONS_MAY_ENTER
    return [
        FunctionState(
            layer,
            given.get(layer),
            *function_words(given.get(layer), version.cycle, day),
            may_hand_in=takes_numbers and user.has_perm(layer.permission),
        )
        for layer in FUNCTIONS
    ]


def function_words(submission: Submission | None, cycle: Cycle, day: date) -> tuple[str, str]:
    """Where a function stands, and the tone of it."""
    due = cycle.submit_by_date
    if submission is not None:
        when = f"{submission.submitted_by}, {formats.short_date(submission.submitted_on)}"
        if submission.is_late:
            return f"Handed in late by {when}: {late_words(due, submission.submitted_on)}", "warn"
        return f"Handed in by {when}", "good"
    if cycle.stage not in FUNCTIONS_MAY_ENTER:
        return "Did not hand in: its number is the one with campaigns and what it entered", "cancelled"
    if day > due:
        return f"Still owes its number: {late_words(due, day)}", "warn"
    return f"Owes its number by {formats.short_date(due)}, {formats.in_days(due, day)}", "waiting"


def total_rows(totals: Totals, measure: str) -> list[TotalRow]:
    """A row for each layer; the months in ``measure``."""
    shown = {"units": totals.units, "price": totals.at_price, "cost": totals.at_cost}[measure]
    campaigns = LAYERS.index(Layer.CAMPAIGNS)

    def cell(layer: Layer, value: float, base: float) -> TotalCell:
        return TotalCell(float(value), change_ratio(value, base) if layer in COMPARED else None)

    return [
        TotalRow(
            layer=layer,
            cells=[cell(layer, value, base) for value, base in zip(shown[at], shown[campaigns], strict=True)],
            units=cell(layer, totals.units[at].sum(), totals.units[campaigns].sum()),
            at_price=float(totals.at_price[at].sum()),
            at_cost=float(totals.at_cost[at].sum()),
        )
        for at, layer in enumerate(LAYERS)
    ]


def change_ratio(value: float, base: float) -> float | None:
    """The change from ``base`` as a share of it; None from nothing, and where none would be seen."""
    change = float(value / base - 1) if base > 0 else 0.0
    return change if abs(change) >= LEAST_SEEN else None


def seat_states(version: ForecastVersion) -> list[SeatState]:
    """Every seat with its signatures under this version."""
    signatures = list(version.signatures.select_related("signed_by"))
    return [
        SeatState(
            seat,
            next((given for given in signatures if given.seat == seat and given.voided_at is None), None),
            [given for given in signatures if given.seat == seat and given.voided_at is not None],
        )
        for seat in Seat
    ]


def owed_by(user: User, cycle: Cycle, day: date) -> list[Owed]:
    """What ``user`` still has to do in ``cycle``, the earliest first."""
    version = cycle.current_version
    version.cycle = cycle
    if version.published_at is not None:
        return []
    owed = [*_numbers_owed(user, version), *_signatures_owed(user, version), *_points_owed(user, version)]
    pressing_until = day + timedelta(days=PRESSING_DAYS)
    found = [Owed(words, due, url, day > due, due <= pressing_until) for words, due, url in owed]
    return sorted(found, key=lambda one: one.due)


def pressing_for(user: User, day: date) -> list[Owed]:
    """What ``user`` owes in the newest cycle and is due soon or late, the earliest first."""
    cycle = Cycle.objects.first()
    return [one for one in owed_by(user, cycle, day) if one.is_pressing] if cycle else []


def _numbers_owed(user: User, version: ForecastVersion) -> list[tuple[str, date, str]]:
    asked = [layer for layer in FUNCTIONS if user.has_perm(layer.permission)]
    if not asked or version.cycle.stage not in FUNCTIONS_MAY_ENTER:
        return []
    given = set(version.submissions.values_list("layer", flat=True))
    due, url = version.cycle.submit_by_date, version.cycle.get_absolute_url()
    return [
        (f"Hand in {layer.label}'s number for the {version.cycle}", due, url)
        for layer in asked
        if layer not in given
    ]


def _signatures_owed(user: User, version: ForecastVersion) -> list[tuple[str, date, str]]:
    """The chair owes a signature once the others have signed."""
    asked = [seat for seat in Seat if user.has_perm(seat.permission)]
    if not asked or version.cycle.stage != CycleStatus.SIGNING:
        return []
    given = set(version.signatures.filter(voided_at=None).values_list("seat", flat=True))
    others = set(Seat) - {Seat.CHAIR}
    url = address("consensus:sign", version.cycle_id) or version.cycle.get_absolute_url()
    return [
        (f"Sign the {version.cycle} as {seat.label}", version.cycle.sign_by_date, url)
        for seat in asked
        if seat not in given and (seat != Seat.CHAIR or others <= given)
    ]


def _points_owed(user: User, version: ForecastVersion) -> list[tuple[str, date, str]]:
    mine = Q(kind=RemarkKind.OPEN_POINT, closed_at=None, raised_by=user)
    return [
        (
            f"Close your open point: {point.text}",
            version.cycle.reconcile_by_date,
            point_url(version, point.pk),
        )
        for point in version.remarks.filter(mine)
    ]


def point_url(version: ForecastVersion, pk: int) -> str:
    """Where a point of the version stands."""
    return f"{reverse('consensus:reconcile', args=[version.cycle_id])}#point-{pk}"


def address(name: str, pk: int) -> str:
    """The address of a page of this room, "" where the page is not there."""
    try:
        return reverse(name, args=[pk])
    except NoReverseMatch:
        return ""
