"""Signing a forecast, sending it back, publishing it with the last signature, and opening it again."""

import logging
from collections.abc import Collection

from django.db import connection, transaction
from django.utils import timezone
from django_fsm import has_transition_perm
from kombu.exceptions import OperationalError

from planning.consensus import telling
from planning.consensus.choices import CycleStatus, Seat
from planning.consensus.domain.locking import locked, locked_current, locked_open, void_signatures
from planning.consensus.domain.stages import refuse_open_points
from planning.consensus.models import Cycle, ForecastEntry, ForecastSignature, ForecastVersion, Submission
from planning.consensus.snapshots import Snapshot, snapshot_of
from sop_site.access.models import User
from sop_site.access.permissions import NotAllowed, NotNow, require
from sop_site.celery import app
from sop_site.clock import today
from sop_site.history import note_change

logger = logging.getLogger(__name__)
BUY_PLAN_TASK = "planning.calculate_buy_plan"
COPY_BLOCKS = """
INSERT INTO planning_forecastblock
    (version_id, category_id, door_group, product_ids, calculated, entered, money, totals, digest)
SELECT %s, category_id, door_group, product_ids, calculated, entered, money, totals, digest
FROM planning_forecastblock WHERE version_id = %s ORDER BY id
"""


class WrongPasswordError(NotNow):
    """The person did not prove to be who is signed in."""


class StaleSnapshotError(NotNow):
    """The forecast is no longer the one that was looked at; ``changes`` are the entries since."""

    def __init__(self, changes: list[ForecastEntry]) -> None:
        numbers = "One number" if len(changes) == 1 else f"{len(changes)} numbers"
        super().__init__(f"{numbers} changed since you opened this page. Look at what changed, then sign.")
        self.changes = changes


@transaction.atomic
def sign_forecast(
    *, version: ForecastVersion, seat: Seat, snapshot: str, password: str, by: User, comment: str = ""
) -> ForecastSignature:
    """Sign the forecast that the page with ``snapshot`` showed; the chair's signature publishes and locks it.

    ``password`` proves that the person at the screen is ``by``. Raises StaleSnapshotError with what changed,
    WrongPasswordError, and NotNow where it is not signed now: a point is open, the seat has signed, or the
    chair would sign before the others.
    """
    require(by, seat.permission)
    if not by.check_password(password):
        raise WrongPasswordError("That is not your password. Nothing was signed.")
    current = locked_open(version)
    if current.cycle.status != CycleStatus.SIGNING:
        raise NotNow("The forecast does not wait for signatures now.")
    refuse_open_points(current)
    given = set(current.signatures.filter(voided_at=None).values_list("seat", flat=True))
    if seat in given:
        raise NotNow(f"{seat.label} has signed already.")
    if seat == Seat.CHAIR and (waits_for := what_the_chair_waits_for(given)):
        raise NotNow(waits_for)
    seen, now = Snapshot.from_token(snapshot), snapshot_of(current)
    if seen.hash != now.hash:
        since = current.entries.filter(pk__gt=seen.newest_entry)
        raise StaleSnapshotError(list(since.select_related("entered_by", "category", "product")))
    note_change(by=by, note=comment)
    signature = ForecastSignature.objects.create(
        version=current, seat=seat, snapshot=now.hash, signed_at=timezone.now(), signed_by=by, comment=comment
    )
    if seat == Seat.CHAIR:
        _publish(current, now.hash)
        telling.tell_published(current.cycle, by)
    else:
        telling.tell_signed(current, {*given, seat}, by)
    return signature


def what_the_chair_waits_for(given: Collection[str]) -> str:
    """Which seats still have to sign before the chair, in a sentence; "" where all have ``given`` theirs."""
    missing = [seat.label for seat in Seat if seat not in given and seat != Seat.CHAIR]
    return f"The chair signs last. Still to sign: {', '.join(missing)}." if missing else ""


@transaction.atomic
def send_back(*, cycle: Cycle, by: User, comment: str) -> Cycle:
    """A signer does not agree and says why: it is reconciled again, and given signatures are void."""
    version = locked_current(cycle)
    current = version.cycle
    if current.status != CycleStatus.SIGNING:
        raise NotNow("The forecast does not wait for signatures now.")
    if not has_transition_perm(current.send_back, by):
        raise NotAllowed("Whoever signs may send the forecast back.")
    note_change(by=by, note=comment)
    void_signatures(version, f"{by} sent the forecast back: {comment}")
    current.send_back()
    current.save()
    telling.tell_sent_back(current, by, comment)
    return current


@transaction.atomic
def reopen_forecast(*, cycle: Cycle, by: User, reason: str) -> ForecastVersion:
    """Open a published forecast again as its next version; the published one stays, in force meanwhile."""
    published = locked(cycle.current_version)
    current = published.cycle
    if current.status != CycleStatus.PUBLISHED:
        raise NotNow("Only a published forecast can be reopened.")
    if not has_transition_perm(current.reopen, by):
        raise NotAllowed("The chair reopens a forecast.")
    note_change(by=by, note=reason)
    version = ForecastVersion.objects.create(
        cycle=current,
        number=published.number + 1,
        first_week_start=published.first_week_start,
        weeks_of_months=published.weeks_of_months,
        opened_by=by,
        opened_reason=reason,
    )
    with connection.cursor() as cursor:
        cursor.execute(COPY_BLOCKS, [version.pk, published.pk])
    Submission.objects.bulk_create(
        Submission(
            version=version,
            layer=given.layer,
            submitted_at=given.submitted_at,
            submitted_on=given.submitted_on,
            submitted_by=given.submitted_by,
            is_late=given.is_late,
            note=given.note,
        )
        for given in published.submissions.all()
    )
    current.reopen()
    current.save()
    telling.tell_reopened(current, by, reason)
    return version


def _publish(version: ForecastVersion, snapshot: str) -> None:
    cycle, now = version.cycle, timezone.now()
    version.published_at, version.published_on, version.snapshot = now, today(), snapshot
    version.save(update_fields=["published_at", "published_on", "snapshot"])
    cycle.published_at = now
    cycle.publish()
    cycle.save()
    transaction.on_commit(_ask_for_buy_plan)


def _ask_for_buy_plan() -> None:
    try:
        app.send_task(BUY_PLAN_TASK)
    except OperationalError:
        logger.warning("The broker is away; the buy plan waits for the night.")
