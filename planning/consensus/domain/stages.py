"""The stages of a cycle until it waits for signatures."""

from datetime import date

from django.db import transaction
from django.utils import timezone
from django_fsm import has_transition_perm

from planning.consensus import telling
from planning.consensus.choices import FUNCTIONS, FUNCTIONS_MAY_ENTER, CycleStatus, Layer, RemarkKind
from planning.consensus.domain.locking import locked, locked_current, locked_open
from planning.consensus.models import Cycle, ForecastVersion, Submission
from sop_site.access.models import User
from sop_site.access.permissions import NotAllowed, NotNow, require
from sop_site.clock import today
from sop_site.history import note_change


@transaction.atomic
def submit_forecast(*, version: ForecastVersion, layer: Layer, by: User, note: str = "") -> Submission:
    """A function hands in its number as it stands; handing in again renews it.

    After its date it is marked as late. With the last of the three, reconciling begins.
    """
    if layer not in FUNCTIONS:
        raise ValueError(f"{layer.label} is no function's number.")
    require(by, layer.permission)
    current = locked_open(version)
    if current.cycle.stage not in FUNCTIONS_MAY_ENTER:
        raise NotNow(f"{layer.label}'s number can no longer change: the forecast waits for signatures.")
    note_change(by=by, note=note)
    submission, _ = Submission.objects.update_or_create(
        version=current,
        layer=layer,
        defaults={
            "submitted_at": timezone.now(),
            "submitted_on": today(),
            "submitted_by": by,
            "is_late": today() > current.cycle.submit_by_date,
            "note": note,
        },
    )
    if current.cycle.status == CycleStatus.COLLECTING and not still_owed(current):
        current.cycle.begin_reconciling()
        current.cycle.save()
        telling.tell_reconciling(current.cycle, by)
    return submission


def still_owed(version: ForecastVersion) -> list[Layer]:
    """The functions that have not handed in their number."""
    given = set(version.submissions.values_list("layer", flat=True))
    return [layer for layer in FUNCTIONS if layer not in given]


@transaction.atomic
def begin_reconciling(*, cycle: Cycle, by: User) -> Cycle:
    """Reconcile although a function still owes its number; until signing it may still hand it in."""
    current = locked_current(cycle).cycle
    _step(current, CycleStatus.COLLECTING, "Reconciling has begun already.")
    if not has_transition_perm(current.begin_reconciling, by):
        raise NotAllowed("The VP Planning runs the consensus.")
    note_change(by=by)
    current.begin_reconciling()
    current.save()
    telling.tell_reconciling(current, by, _owed_words(current))
    return current


@transaction.atomic
def begin_due_reconciling(today: date) -> list[Cycle]:
    """Each night: cycles whose day of submission has passed go on without what is still owed."""
    due = Cycle.objects.filter(status=CycleStatus.COLLECTING, submit_by_date__lt=today)
    begun = list(due.select_for_update(no_key=True))
    for cycle in begun:
        cycle.begin_reconciling()
        cycle.save()
        telling.tell_reconciling(cycle, None, _owed_words(cycle))
    return begun


def _owed_words(cycle: Cycle) -> list[str]:
    return [layer.label for layer in still_owed(cycle.current_version)]


@transaction.atomic
def ask_for_signatures(*, cycle: Cycle, by: User) -> Cycle:
    """Propose the consensus for signature. NotNow while a point is open."""
    version = locked(cycle.current_version)
    current = version.cycle
    _step(current, CycleStatus.RECONCILING, "Signatures are asked for once the forecast is being reconciled.")
    if not has_transition_perm(current.ask_for_signatures, by):
        raise NotAllowed("The VP Planning runs the consensus.")
    refuse_open_points(version)
    note_change(by=by)
    current.ask_for_signatures()
    current.save()
    telling.tell_waits_for_signatures(version, by)
    return current


def refuse_open_points(version: ForecastVersion) -> None:
    """NotNow while a point of the version is open."""
    count = version.remarks.filter(kind=RemarkKind.OPEN_POINT, closed_at=None).count()
    if count:
        points = "One point is" if count == 1 else f"{count} points are"
        raise NotNow(f"{points} still open. The forecast can be signed once every point is closed.")


def _step(cycle: Cycle, expected: CycleStatus, otherwise: str) -> None:
    if cycle.status != expected:
        raise NotNow(otherwise)
