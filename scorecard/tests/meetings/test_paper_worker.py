"""The worker is killed while it makes the minutes: they come all the same, and members hear of them once."""

from datetime import timedelta

import pytest
from django.db import transaction

from planning.tests.waiting import someone_waits_for_us, until
from scorecard import tasks
from scorecard.meetings.choices import MeetingStatus
from scorecard.meetings.domain.papers import LEFT_AFTER, PAPER_TASK
from scorecard.meetings.domain.telling import members_of, tell_of_paper
from scorecard.meetings.models import MeetingPaper
from scorecard.tests.meetings.cases import make_meeting
from sop_site.celery import app
from sop_site.notifications.choices import Kind
from sop_site.notifications.models import Notification
from sop_site.tests.notifications.test_delivering import SOLO

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


def told() -> list[str]:
    """Who was told that there are minutes, each time."""
    found = Notification.objects.filter(kind=Kind.MINUTES).order_by("recipient__username")
    return list(found.values_list("recipient__username", flat=True))


def test_minutes_whose_worker_is_killed_are_made_and_told_of_once(today, start_worker, user_of):
    meeting = make_meeting(user_of, today, MeetingStatus.CLOSED)
    paper = meeting.papers.get()
    # The worker begins when it is told to.
    app.control.purge()
    worker = start_worker("killed", SOLO)
    with transaction.atomic():
        # The worker has set the paper and tells the first member once another, who does the same, is through.
        tell_of_paper(paper)
        app.send_task(PAPER_TASK, kwargs={"paper_id": paper.pk})
        until(someone_waits_for_us, seconds=20, what="the worker is about to tell the members")
        worker.kill()
        transaction.set_rollback(True)
    cut_off = MeetingPaper.objects.get()
    assert (cut_off.made_at, cut_off.error, told()) == (None, "", [])

    MeetingPaper.objects.update(asked_at=paper.asked_at - LEFT_AFTER - timedelta(seconds=1))
    for _ in range(2):
        tasks.check_conditions()

    made = MeetingPaper.objects.get()
    assert bytes(made.pdf or b"").startswith(b"%PDF-")
    assert made.sent_at is not None
    assert told() == sorted({member.username for member in members_of(meeting)})
