"""Every write of a quarterly review: its decisions, the closing of the quarter, and its pre-read."""

import logging
from typing import Final

from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from scorecard.measures.domain import close_weeks_until
from scorecard.measures.queries import recorded_weeks
from scorecard.reviews.models import PreRead, QuarterlyReview, ReviewDecision
from scorecard.reviews.periods import key_of, quarter_of
from scorecard.reviews.untaken import untaken_weeks
from sop_site.access.models import User
from sop_site.access.permissions import NotNow, require
from sop_site.celery import app
from sop_site.clock import today
from sop_site.fiscal import FiscalPeriod
from sop_site.formats import short_date_year
from sop_site.history import note_change
from sop_site.operating_model.models import OperatingModel
from sop_site.paper.standing import is_under_way

logger = logging.getLogger(__name__)

PRE_READ_TASK: Final = "scorecard.make_pre_read"


@transaction.atomic
def say_first(*, period: FiscalPeriod, by: User, summary: str) -> QuarterlyReview:
    """Set what the chair wants said first; nothing takes it away. NotNow once the quarter is closed."""
    require(by, "scorecard.close_quarter")
    review = _open_review(period)
    note_change(by=by)
    review.summary = summary.strip()
    review.save(update_fields=["summary"])
    return review


@transaction.atomic
def ask_decision(
    *, period: FiscalPeriod, by: User, question: str, operating_model: OperatingModel | None = None
) -> ReviewDecision:
    """Put a question to the review of a quarter, on a version of the operating model if it is about one.

    Raises NotNow once the quarter is closed, before it begins, and where nothing is asked.
    """
    require(by, "scorecard.record_decision")
    if not question.strip():
        raise NotNow("Say what is to be decided.")
    review = _open_review(period)
    note_change(by=by)
    return ReviewDecision.objects.create(
        review=review,
        question=question.strip(),
        operating_model=operating_model,
        asked_at=timezone.now(),
        asked_by=by,
    )


@transaction.atomic
def record_decision(
    *, asked: ReviewDecision, by: User, decision: str, assumption: str, would_change_it: str
) -> ReviewDecision:
    """Write down what was decided, on what assumption, and what would change it.

    A decision is not changed afterwards. Raises NotNow where it is taken already, or nothing was decided.
    """
    require(by, "scorecard.record_decision")
    if not decision.strip():
        raise NotNow("Say what was decided.")
    current = _undecided(asked)
    note_change(by=by)
    return _decided(current, by, decision.strip(), assumption.strip(), would_change_it.strip())


@transaction.atomic
def carry_over(*, asked: ReviewDecision, by: User) -> ReviewDecision:
    """Leave a question to the next quarter's review, where it is asked again; here it says so.

    Returns the question of the next review. Raises NotNow where it is decided already, and where the next
    review is closed, which would never decide it.
    """
    require(by, "scorecard.record_decision")
    current = _undecided(asked)
    following = quarter_of(current.review) + 1
    note_change(by=by)
    next_review, _ = _held(following)
    if next_review.closed_at is not None:
        raise NotNow(f"The review of {following.label} is closed already: decide it here.")
    _decided(current, by, f"Carried over to {following.label}.", "", "")
    return ReviewDecision.objects.create(
        review=next_review,
        question=current.question,
        operating_model=current.operating_model,
        asked_at=timezone.now(),
        asked_by=current.asked_by,
    )


@transaction.atomic
def close_quarter(*, period: FiscalPeriod, by: User, without_missing: bool = False) -> QuarterlyReview:
    """Close a quarter for good: its weeks, and with them every figure; the next quarter's review opens.

    Weeks that no night took whole, and none will, are closed as they are only ``without_missing``: the
    history names them. Raises NotNow where somebody has closed it already, before its weeks are over and
    taken, where such weeks are not accepted, and while a decision is open.
    """
    require(by, "scorecard.close_quarter")
    review = _open_review(period)
    if today() <= period.end:
        raise NotNow(f"{period.label} ends on {short_date_year(period.end)}; it can be closed from then on.")
    missing = _missing_weeks(period, accepted=without_missing)
    undecided = review.decisions.filter(decided_at=None).count()
    if undecided:
        decisions = "One decision is" if undecided == 1 else f"{undecided} decisions are"
        raise NotNow(f"{decisions} still open: decide, or carry over to {(period + 1).label}.")
    note_change(by=by, note=missing)
    close_weeks_until(period.end)
    review.closed_at, review.closed_by = timezone.now(), by
    review.save(update_fields=["closed_at", "closed_by"])
    _held(period + 1)
    return review


@transaction.atomic
def ask_pre_read(*, period: FiscalPeriod, by: User) -> PreRead:
    """Have the worker make the pre-read; the call goes out once the caller's transaction is committed.

    Raises NotNow while one that was asked for may still come.
    """
    require(by, "sop_site.view")
    review, _ = _held(period)
    newest = review.pre_reads.first()
    if newest is not None and is_under_way(newest):
        raise NotNow("The pre-read is being made already.")
    pre_read = PreRead.objects.create(review=review, asked_at=timezone.now(), asked_by=by)
    transaction.on_commit(lambda: _call_worker(pre_read.pk))
    return pre_read


def _call_worker(pre_read_id: int) -> None:
    try:
        app.send_task(PRE_READ_TASK, kwargs={"pre_read_id": pre_read_id})
    except OperationalError:
        # The page says after a while that it did not come, and offers it again.
        logger.warning("The worker could not be called for pre-read %s.", pre_read_id)


def _held(period: FiscalPeriod) -> tuple[QuarterlyReview, bool]:
    """The review of a quarter, locked until the transaction ends, and whether it was opened just now."""
    held = QuarterlyReview.objects.select_for_update(of=("self",))
    return held.get_or_create(**key_of(period), defaults={"opened_at": timezone.now()})


def _open_review(period: FiscalPeriod) -> QuarterlyReview:
    """The review, locked, of a quarter that has begun and is not closed."""
    if period.start > today():
        raise NotNow(f"{period.label} begins on {short_date_year(period.start)}.")
    review, _ = _held(period)
    if review.closed_at is not None:
        at = timezone.localtime(review.closed_at)
        raise NotNow(f"{period.label} was closed by {review.closed_by} on {at:%-d %b %Y at %H:%M}.")
    return review


def _undecided(asked: ReviewDecision) -> ReviewDecision:
    """The question as it stands, locked with its review. NotNow where it is decided."""
    _held(quarter_of(asked.review))
    current = ReviewDecision.objects.select_related("review", "decided_by").get(pk=asked.pk)
    if current.decided_at is not None:
        raise NotNow(
            f"{current.decided_by} has recorded this decision already. Ask a further one to change it."
        )
    return current


def _decided(
    current: ReviewDecision, by: User, decision: str, assumption: str, would_change_it: str
) -> ReviewDecision:
    current.decision, current.assumption, current.would_change_it = decision, assumption, would_change_it
    current.decided_at, current.decided_by = timezone.now(), by
    current.save(update_fields=["decision", "assumption", "would_change_it", "decided_at", "decided_by"])
    return current


def _missing_weeks(period: FiscalPeriod, *, accepted: bool) -> str:
    """The weeks that no night took whole, in a sentence; NotNow unless they are ``accepted``.

    NotNow also for those that a night still takes: they would be closed half-known.
    """
    recorded = recorded_weeks([week.start for week in period.weeks])
    if not recorded:
        raise NotNow(f"No week of {period.label} is on the scorecard: there is nothing to close.")
    untaken = untaken_weeks(period, recorded, today())
    if untaken.coming:
        are = "is" if len(untaken.coming) == 1 else "are"
        weeks = ", ".join(untaken.coming)
        raise NotNow(f"{weeks} {are} taken whole in the night that comes; close {period.label} after it.")
    if untaken.missing and not accepted:
        raise NotNow(f"{untaken.missing_words} Confirm that {period.label} closes all the same.")
    return untaken.missing_words
