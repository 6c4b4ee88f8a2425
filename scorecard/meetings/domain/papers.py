"""Papers of meetings: asked for by people and by the calendar, made by the worker, told of to the members."""

import logging
from datetime import date, datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from scorecard.meetings.choices import MeetingStatus, PaperKind
from scorecard.meetings.domain.agenda import write_agenda
from scorecard.meetings.domain.telling import are_told_of_paper, tell_of_paper
from scorecard.meetings.domain.timetable import locked
from scorecard.meetings.models import Meeting, MeetingPaper
from scorecard.meetings.papers.minutes import minutes_pdf
from scorecard.meetings.papers.pre_read import pre_read_pdf
from scorecard.meetings.queries import MeetingHours, why_not_written
from sop_site.access.models import User
from sop_site.access.permissions import NotNow, require
from sop_site.celery import app
from sop_site.clock import today
from sop_site.paper.making import make_paper
from sop_site.paper.standing import is_under_way
from sop_site.working_days import add_working_days

logger = logging.getLogger(__name__)

PAPER_TASK: Final = "scorecard.make_meeting_paper"
# While a meeting stands here it may be prepared.
PREPARED: Final = (MeetingStatus.PLANNED, MeetingStatus.RUNNING)
# A paper whose message is still on its way is left to it.
LEFT_AFTER: Final = timedelta(seconds=20)
# No pre-read goes out more days before its meeting: ten working days, and the holidays between them.
LONGEST_AHEAD: Final = timedelta(days=30)


@transaction.atomic
def ask_paper(*, meeting: Meeting, kind: PaperKind, by: User) -> MeetingPaper:
    """Have the worker make a paper anew, a pre-read with the agenda of now.

    Its members are told where they were not yet and it is time to. Raises NotNow while one that was asked for
    may still come, for minutes before the meeting is over, and for a pre-read after it.
    """
    require(by, "scorecard.take_part")
    current = locked(meeting)
    if kind == PaperKind.MINUTES and current.status != MeetingStatus.CLOSED:
        raise NotNow("There are minutes once the meeting is over.")
    if kind == PaperKind.PRE_READ and current.status not in PREPARED:
        raise NotNow(f"The meeting is {current.get_status_display().lower()}; there is nothing to prepare.")
    newest = current.papers.filter(kind=kind).first()
    if newest is not None and is_under_way(newest):
        raise NotNow(f"{kind.label}: the file is being made already.")
    if current.status == MeetingStatus.PLANNED and not why_not_written(current, today()):
        write_agenda(meeting=current, day=today())
    return ask_for(current, kind)


@transaction.atomic
def ask_for(meeting: Meeting, kind: PaperKind) -> MeetingPaper:
    """Ask for a paper in the caller's transaction; the call goes out once that is committed."""
    paper = MeetingPaper.objects.create(meeting=meeting, kind=kind, asked_at=timezone.now())
    transaction.on_commit(lambda: _call_worker(paper.pk))
    return paper


def ask_for_due_pre_reads(day: date) -> list[MeetingPaper]:
    """Each night: ask for the pre-reads that go out from ``day`` on, each once. May run twice.

    A pre-read that people had made before its day does not count: members were not told of it.
    """
    coming = Meeting.objects.filter(
        status=MeetingStatus.PLANNED, starts_at__date__gte=day, starts_at__date__lte=day + LONGEST_AHEAD
    )
    asked = [_ask_if_due(meeting, day) for meeting in coming]
    return [paper for paper in asked if paper is not None]


@transaction.atomic
def _ask_if_due(meeting: Meeting, day: date) -> MeetingPaper | None:
    current = locked(meeting)
    if current.status != MeetingStatus.PLANNED or day < pre_read_day(current):
        return None
    comes = current.papers.filter(kind=PaperKind.PRE_READ, made_at=None, error="").exists()
    if comes or are_told_of_paper(current, PaperKind.PRE_READ):
        return None
    write_agenda(meeting=current, day=day)
    return ask_for(current, PaperKind.PRE_READ)


def pre_read_day(meeting: Meeting) -> date:
    """The day on which the pre-read of a meeting goes out."""
    return add_working_days(MeetingHours.of(meeting).day, -meeting.series.pre_read_days)


def make_meeting_paper(paper_id: int) -> None:
    """Make one that was asked for, and tell the members; does nothing where that is done already."""
    waiting = MeetingPaper.objects.select_related("meeting__series", "meeting__chair", "meeting__closed_by")
    make_paper(waiting, paper_id, _written, then=_tell)


def make_papers_left() -> None:
    """Make what was asked for and did not come: its message was lost, or the worker was killed."""
    left = MeetingPaper.objects.filter(made_at=None, error="", asked_at__lt=timezone.now() - LEFT_AFTER)
    for paper_id in left.order_by("pk").values_list("pk", flat=True):
        make_meeting_paper(paper_id)


def _written(paper: MeetingPaper, at: datetime) -> bytes:
    write = minutes_pdf if paper.kind == PaperKind.MINUTES else pre_read_pdf
    return write(paper.meeting, today(), at)


def _tell(paper: MeetingPaper) -> None:
    """Tell the members; of a pre-read that somebody had made early they are told on its day."""
    if paper.kind == PaperKind.PRE_READ and today() < pre_read_day(paper.meeting):
        return
    if tell_of_paper(paper):
        paper.sent_at = timezone.now()
        paper.save(update_fields=["sent_at"])


def _call_worker(paper_id: int) -> None:
    try:
        app.send_task(PAPER_TASK, kwargs={"paper_id": paper_id})
    except OperationalError:
        logger.warning("The worker could not be called for paper %s; the sweep makes it.", paper_id)
