"""Who is told how the month's forecast moves on, that a number is owed, and that a signature is asked for."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Final

from django.urls import reverse

from planning.consensus.choices import FUNCTIONS, FUNCTIONS_MAY_ENTER, CycleStatus, Seat
from planning.consensus.models import Cycle, ForecastVersion
from planning.risk.sentences import joined
from sop_site.access.models import User
from sop_site.access.queries import people_who_may, people_with_role
from sop_site.access.roles import HEADS, PLANNING, Role
from sop_site.formats import short_date
from sop_site.history import state_number_of
from sop_site.notifications.choices import Kind
from sop_site.notifications.domain import notify
from sop_site.notifications.told import Told, by_thing
from sop_site.working_days import add_working_days

# A function is reminded of its number so many working days before the day.
REMINDED_BEFORE: Final = 3


def tell_opened(cycle: Cycle) -> None:
    """Tell everyone who works on a forecast that a cycle is open."""
    _tell_stage(
        cycle,
        _everyone(),
        "is open",
        f"The functions hand in their numbers by {short_date(cycle.submit_by_date)}.",
    )


def tell_reconciling(cycle: Cycle, by: User | None, still_owed: Collection[str] = ()) -> None:
    """Tell those who reconcile that they may begin."""
    without = f" No number has come from {joined(list(still_owed))}." if still_owed else ""
    words = f"To be reconciled by {short_date(cycle.reconcile_by_date)}.{without}"
    _tell_stage(cycle, _reconcilers(), "is being reconciled", words, by)


def tell_waits_for_signatures(version: ForecastVersion, by: User) -> None:
    """Ask the seats that sign first for their signatures, and tell the others that it waits."""
    cycle = version.cycle
    signers = {seat: list(people_who_may(seat.permission)) for seat in Seat if seat != Seat.CHAIR}
    for seat, people in signers.items():
        _ask(seat, people, cycle, by)
    asked = {person.pk for people in signers.values() for person in people}
    others = [person for person in _reconcilers() if person.pk not in asked]
    _tell_stage(
        cycle, others, "waits for signatures", f"They are due by {short_date(cycle.sign_by_date)}.", by
    )


def tell_signed(version: ForecastVersion, given: Collection[str], by: User) -> None:
    """Ask the chair once all the others have signed."""
    if set(Seat) - {Seat.CHAIR} <= set(given):
        _ask(Seat.CHAIR, people_who_may(Seat.CHAIR.permission), version.cycle, by)


def tell_signatures_void(
    version: ForecastVersion, signers: Iterable[int], reason: str, entry_id: int, by: User
) -> None:
    """Tell those who had signed that a number changed after it, so that they are asked again."""
    notify(
        kind=Kind.SIGNATURE_ASKED,
        to=signers,
        key=f"forecast:{version.pk}:void:{entry_id}",
        title=f"A number of the {version.cycle} changed after it was signed",
        detail=f"The signatures are void, and are asked for anew. {reason}"[:500],
        url=reverse("consensus:sign", args=[version.cycle_id]),
        by=by,
    )


def tell_published(cycle: Cycle, by: User) -> None:
    """Tell everyone who works on a forecast that it is in force."""
    _tell_stage(cycle, _everyone(), "is signed and published", "It is the forecast in force.", by)


def tell_sent_back(cycle: Cycle, by: User, comment: str) -> None:
    """Tell those who reconcile why a signer does not agree."""
    _tell_stage(cycle, _reconcilers(), f"is sent back by {by}", comment, by)


def tell_reopened(cycle: Cycle, by: User, reason: str) -> None:
    """Tell everyone who works on a forecast why it is open again."""
    _tell_stage(cycle, _everyone(), f"is reopened by {by}", reason, by)


def remind_of_numbers(day: date) -> None:
    """Each night: within three working days of the day, tell a function that its number is owed.

    May run twice.
    """
    cycle = Cycle.objects.filter(status__in=FUNCTIONS_MAY_ENTER).first()
    if cycle is None or not day <= cycle.submit_by_date <= add_working_days(day, REMINDED_BEFORE):
        return
    version = cycle.current_version
    given = set(version.submissions.values_list("layer", flat=True))
    for layer in FUNCTIONS:
        if layer in given:
            continue
        notify(
            kind=Kind.FORECAST_OWED,
            to=people_who_may(layer.permission),
            key=f"forecast:{version.pk}:owed:{layer}:{cycle.submit_by_date}",
            title=f"{layer.label} owes its number for the {cycle} by {short_date(cycle.submit_by_date)}",
            url=cycle.get_absolute_url(),
        )


def _tell_stage(cycle: Cycle, to: Iterable[User], verb: str, detail: str, by: User | None = None) -> None:
    notify(
        kind=Kind.FORECAST_STAGE,
        to=to,
        key=f"forecast-cycle:{cycle.pk}:{_state(cycle)}",
        title=f"The {cycle} {verb}",
        detail=detail[:500],
        url=cycle.get_absolute_url(),
        by=by,
    )


def _ask(seat: Seat, people: Iterable[User], cycle: Cycle, by: User) -> None:
    notify(
        kind=Kind.SIGNATURE_ASKED,
        to=people,
        key=f"forecast-cycle:{cycle.pk}:sign:{seat}:{_state(cycle)}",
        title=f"The {cycle} waits for the signature of the {seat.label}",
        detail=f"It is due by {short_date(cycle.sign_by_date)}.",
        url=reverse("consensus:sign", args=[cycle.pk]),
        by=by,
    )


def _state(cycle: Cycle) -> str:
    """A name of the stage at which the cycle stands that no earlier or later stay there has."""
    return f"{cycle.status}:{state_number_of(cycle)}"


def _everyone() -> Iterable[User]:
    return people_who_may("planning.comment_on_forecast")


def _reconcilers() -> Iterable[User]:
    return people_with_role(*sorted(PLANNING | HEADS), Role.EXECUTIVE)


def told_and_over(user: User, keys: Sequence[str]) -> set[str]:
    """Of the ``keys`` under which ``user`` was told, those of stages that a cycle has left, and of numbers
    and signatures that have been given."""
    return _over_of_cycles(by_thing(keys, "forecast-cycle")) | _over_of_versions(by_thing(keys, "forecast"))


def _over_of_cycles(told: Mapping[int, Sequence[Told]]) -> set[str]:
    cycles = Cycle.objects.in_bulk(list(told))
    over = set()
    for pk, of_cycle in told.items():
        status = cycles[pk].status if pk in cycles else None
        signed = _signed(cycles[pk]) if status == CycleStatus.SIGNING else set()
        here = [
            one
            for one in of_cycle
            if status in one.parts and not (one.parts[0] == "sign" and one.parts[1] in signed)
        ]
        asked = [one for one in here if one.parts[0] == "sign"]
        # Who is asked to sign knows by that at which stage it is; each seat is asked once a stage.
        seats = {one.parts[1]: one for one in asked}
        over |= {one.key for one in of_cycle} - {one.key for one in seats.values() or here[-1:]}
    return over


def _signed(cycle: Cycle) -> set[str]:
    return set(cycle.current_version.signatures.filter(voided_at=None).values_list("seat", flat=True))


def _over_of_versions(told: Mapping[int, Sequence[Told]]) -> set[str]:
    over = set()
    for version in ForecastVersion.objects.filter(pk__in=told).select_related("cycle"):
        collects = version.cycle.status in FUNCTIONS_MAY_ENTER
        given = set(version.submissions.values_list("layer", flat=True))
        for one in told[version.pk]:
            if one.parts[0] == "owed":
                is_over = not collects or one.parts[1] in given
            else:
                is_over = version.cycle.status == CycleStatus.PUBLISHED
            over |= {one.key} if is_over else set()
    return over
