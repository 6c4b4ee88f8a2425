"""A version of the operating model from its proposal to its adoption: one function per transition."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django_fsm import can_proceed, has_transition_perm
from kombu.exceptions import OperationalError

from sop_site.access.models import User
from sop_site.access.permissions import NotAllowed, NotNow, require
from sop_site.celery import app
from sop_site.clock import today
from sop_site.formats import short_date_year
from sop_site.history import note_change
from sop_site.operating_model import telling
from sop_site.operating_model.choices import ModelStatus
from sop_site.operating_model.limits import Limit, limits_of
from sop_site.operating_model.meaning import MEANINGS
from sop_site.operating_model.models import OperatingModel, OperatingModelScope

logger = logging.getLogger(__name__)
RECALCULATE_TASK: Final = "planning.recalculate_under_new_model"
PARTICIPLES: Final = {
    "review": "reviewed",
    "adopt": "adopted",
    "decline": "declined",
    "withdraw": "withdrawn",
}


@dataclass(frozen=True, slots=True)
class ScopeLimits:
    """What a version is to say of a category with all below it, of a region, or of the one in the other."""

    category_path: str = ""
    region: str = ""
    limits: Mapping[Limit, float] = field(default_factory=dict)

    @classmethod
    def of(cls, scope: OperatingModelScope) -> "ScopeLimits":
        """What a stored scope says."""
        return cls(scope.category_path, scope.region, limits_of(scope))


@transaction.atomic
def propose_operating_model(
    *,
    limits: Mapping[str, Any],
    scopes: Iterable[ScopeLimits],
    effective_from: date,
    note: str,
    by: User,
) -> OperatingModel:
    """Propose a version: ``limits`` by field, those of the version in force where they are not named.

    ``scopes`` are all that it says of categories and regions. It is compared with the version in force
    now, and has the next number, whoever else proposes at the same moment. Raises NotNow for a date in
    the past, and for a version that changes nothing.
    """
    require(by, "sop_site.propose_operating_model")
    day, scopes = today(), list(scopes)
    if effective_from < day:
        raise NotNow(
            f"{short_date_year(effective_from)} has passed. A version comes into force today,"
            f" {short_date_year(day)}, or later."
        )
    replaced = OperatingModel.objects.in_force(day)
    wanted = {name: limits.get(name, getattr(replaced, name)) for name in MEANINGS}
    if _says(wanted, scopes) == _says(
        {name: getattr(replaced, name) for name in MEANINGS}, map(ScopeLimits.of, replaced.scopes.all())
    ):
        raise NotNow(f"This is what version {replaced.version} says already. Change at least one limit.")
    note_change(by=by, note=note)
    proposed = OperatingModel.objects.create(
        **wanted,
        version=_next_version(),
        effective_from=effective_from,
        note=note,
        replaces=replaced,
        proposed_at=timezone.now(),
        proposed_by=by,
    )
    for scope in scopes:
        proposed.scopes.create(
            category_path=scope.category_path,
            region=scope.region,
            **{limit.value: value for limit, value in scope.limits.items()},
        )
    telling.tell_moved_on(proposed, by, note)
    return proposed


@transaction.atomic
def review_operating_model(*, model: OperatingModel, by: User, note: str = "") -> OperatingModel:
    """Another head has looked at it, so that it may be adopted. Its proposer may not."""
    current = _may(model, "review", by)
    note_change(by=by, note=note)
    current.review()
    current.reviewed_at, current.reviewed_by, current.review_note = timezone.now(), by, note
    current.save()
    telling.tell_moved_on(current, by, note)
    return current


@transaction.atomic
def adopt_operating_model(*, model: OperatingModel, by: User, note: str = "") -> OperatingModel:
    """Bring it into force on its date, or today where that has passed meanwhile; it never changes again.

    Where it is in force today all is recalculated under it at once, otherwise in the night of its day.
    """
    current = _may(model, "adopt", by)
    note_change(by=by, note=note)
    current.adopt()
    current.effective_from = max(current.effective_from, today())
    _decide(current, by, note)
    if OperatingModel.objects.in_force(today()).pk == current.pk:
        transaction.on_commit(_call_worker)
    return current


@transaction.atomic
def decline_operating_model(*, model: OperatingModel, by: User, note: str = "") -> OperatingModel:
    """Today's model stays; the proposal keeps the reason."""
    current = _may(model, "decline", by)
    note_change(by=by, note=note)
    current.decline()
    _decide(current, by, note)
    return current


@transaction.atomic
def withdraw_operating_model(*, model: OperatingModel, by: User, note: str = "") -> OperatingModel:
    """Its proposer takes it back; whoever goes on with the idea proposes it anew."""
    current = _may(model, "withdraw", by)
    note_change(by=by, note=note)
    current.withdraw()
    _decide(current, by, note)
    return current


def _may(model: OperatingModel, transition: str, by: User) -> OperatingModel:
    """The version, locked; NotNow where its state, NotAllowed where its person forbids the transition."""
    current = OperatingModel.objects.select_for_update(no_key=True).get(pk=model.pk)
    step = getattr(current, transition)
    if not can_proceed(step):
        status = ModelStatus(current.status).label.lower()
        raise NotNow(f"Version {current.version} is {status}: it cannot be {PARTICIPLES[transition]} now.")
    if not has_transition_perm(step, by):
        raise NotAllowed(f"{by} may not {transition} version {current.version} of the operating model.")
    return current


def _decide(current: OperatingModel, by: User, note: str) -> None:
    current.decided_at, current.decided_by, current.decision_note = timezone.now(), by, note
    current.save()
    telling.tell_moved_on(current, by, note)


def _next_version() -> int:
    """The next free number. The first version is locked meanwhile, so that two proposals get two numbers."""
    OperatingModel.objects.select_for_update(no_key=True).earliest("version")
    newest = OperatingModel.objects.aggregate(newest=Max("version"))["newest"]
    return int(newest) + 1


def _says(
    limits: Mapping[str, Any], scopes: Iterable[ScopeLimits]
) -> tuple[dict[str, float | None], dict[tuple[str, str, Limit], float]]:
    """All that a version says, to be compared."""
    own = {name: None if value is None else float(value) for name, value in limits.items()}
    scoped = {
        (scope.category_path, scope.region, limit): value
        for scope in scopes
        for limit, value in scope.limits.items()
    }
    return own, scoped


def _call_worker() -> None:
    try:
        app.send_task(RECALCULATE_TASK)
    except OperationalError:
        logger.warning("The broker is away; the night recalculates under the new operating model.")
