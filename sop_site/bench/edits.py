"""One campaign edited: how long the worker's task takes for it, alone and beside a full recalculation."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import Any

from django.db.models import Count, QuerySet

from marketing.campaigns.choices import CampaignStatus, LiftUnit
from marketing.campaigns.domain import CampaignPlan, change_campaign
from marketing.campaigns.models import Campaign
from sop_site.access.models import User
from sop_site.access.roles import Role
from sop_site.bench.recalculation import ask_for_everything, is_over, settle, wait_for
from sop_site.bench.report import Report, p95
from sop_site.bench.retailer import SELLING_DOORS
from sop_site.bench.sizes import Size
from sop_site.celery import app
from sop_site.changes import RECALCULATE_TASK
from sop_site.embedded.processes import EmbeddedError

LONGEST_WAIT_SECONDS = 60
PERCENT_MORE = 1.0


def measure_edits(report: Report, size: Size) -> None:
    """The uplift of one campaign changed again and again; each time the task's own time, and the whole."""
    with task_times() as next_task:
        edits = _Edits(next_task)
        for _ in range(size.edits):
            edits.make()
        edits.report(report, size, "edit_task")
        settle()
        edits = _Edits(next_task)
        while len(edits.in_task) < size.edits:
            nightly = ask_for_everything()
            while not is_over(nightly) and len(edits.in_task) < size.edits:
                edits.make()
            wait_for(nightly)
        edits.report(report, size, "edit_task_while_nightly")


def campaigns_to_edit() -> QuerySet[Campaign]:
    """The submitted campaigns that run at every selling door and have their lifts in per cent."""
    submitted = Campaign.objects.filter(status=CampaignStatus.SUBMITTED, lines__lift_unit=LiftUnit.PERCENT)
    doors = Count("campaign_doors", distinct=True)
    return submitted.annotate(door_count=doors).filter(door_count=SELLING_DOORS).order_by("pk")


@contextmanager
def task_times() -> Iterator[Callable[[], float]]:
    """Yields what waits for the next recalculation of changed SKUs and tells the worker's time inside it."""
    found: SimpleQueue[float | None] = SimpleQueue()
    ready = Event()
    state = app.events.State()

    def received(event: dict[str, Any]) -> None:
        state.event(event)
        ready.set()

    def ended(event: dict[str, Any]) -> None:
        state.event(event)
        if state.tasks[event["uuid"]].name == RECALCULATE_TASK:
            found.put(event.get("runtime"))

    handlers = {"task-succeeded": ended, "task-failed": ended, "*": received}
    with app.connection() as broker:
        receiver = app.events.Receiver(broker, handlers=handlers)
        thread = Thread(target=receiver.capture, kwargs={"limit": None, "wakeup": False}, daemon=True)
        thread.start()
        app.control.enable_events()
        if not ready.wait(LONGEST_WAIT_SECONDS):
            raise EmbeddedError("The worker tells nothing of its tasks.")

        def next_task() -> float:
            try:
                seconds = found.get(timeout=LONGEST_WAIT_SECONDS)
            except Empty:
                raise EmbeddedError("The worker took up no task; see its log.") from None
            if seconds is None:
                raise EmbeddedError("A task of the worker failed; see its log.")
            return seconds

        yield next_task
        receiver.should_stop = True
        thread.join()
        app.control.disable_events()


class _Edits:
    """Edits of one campaign, one after another, and how long each took."""

    def __init__(self, next_task: Callable[[], float]) -> None:
        self.next_task = next_task
        self.campaign = campaigns_to_edit()[0]
        self.by = User.objects.get(username=Role.MARKETING_MEMBER.value)
        self.in_task: list[float] = []
        self.until_done: list[float] = []

    def make(self) -> None:
        """Raise every lift of the campaign a little, or lower it again; wait until that is recalculated."""
        more = PERCENT_MORE if len(self.in_task) % 2 == 0 else -PERCENT_MORE
        plan = _raised(self.campaign, more)
        began = time.perf_counter()
        self.campaign = change_campaign(
            campaign=self.campaign, plan=plan, revision=self.campaign.revision, by=self.by
        )
        self.in_task.append(self.next_task())
        self.until_done.append(time.perf_counter() - began)

    def report(self, report: Report, size: Size, name: str) -> None:
        """Write the times down."""
        report.add(name, size, self.in_task, p95_s=p95(self.in_task), p95_until_done_s=p95(self.until_done))


def _raised(campaign: Campaign, percent_more: float) -> CampaignPlan:
    """The plan of ``campaign`` with every lift higher by so many per cent of the baseline."""
    plan = CampaignPlan.of(campaign)
    lines = [replace(line, lift_value=line.lift_value + percent_more) for line in plan.lines]
    return replace(plan, lines=lines)
