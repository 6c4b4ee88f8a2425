"""The scorecard's tasks: what the nights see and take."""

from collections.abc import Callable
from datetime import date
from functools import partial

from celery import shared_task

from planning.risk.telling import remind_of_dates
from scorecard.actions import domain as actions
from scorecard.actions import telling
from scorecard.lab import domain as lab
from scorecard.measures import domain as measures
from scorecard.meetings.domain import agenda, papers, room, timetable
from scorecard.outcomes import domain as outcomes
from scorecard.reviews import domain as reviews
from scorecard.reviews import making
from scorecard.signals import domain as signals
from sop_site.clock import today
from sop_site.night import do_step


@shared_task(name="scorecard.take_the_night")
def take_the_night() -> None:
    """Every night, after the recalculation: see the stock, take the open weeks, close those that are due.

    Before that tell of decide-by dates, which stand since the recalculation; then hold what sold against the
    forecast, and prepare the meetings and actions of the days that come. A step that fails is logged and the
    others go on; all of it may come twice, or after a kill.
    """
    day = today()
    steps: list[Callable[[date], object]] = [
        remind_of_dates,
        measures.see_promoted_days,
        measures.take_snapshots,
        outcomes.record_outcomes,
        lab.record_sighting,
        measures.close_due_weeks,
        signals.read_signals,
        timetable.plan_meetings,
        room.close_meetings_left_running,
        agenda.write_agendas,
        papers.ask_for_due_pre_reads,
        telling.remind_and_pass_on,
    ]
    for step in steps:
        named = step.__name__.replace("_", " ")
        do_step(partial(step, day), otherwise=f"The scorecard could not {named} tonight.")


@shared_task(name=lab.REPLAY_TASK)
def replay(replay_id: int) -> None:
    """What people asked for: a version of the operating model on past campaigns; may come twice."""
    lab.run_replay(replay_id)


@shared_task(name=reviews.PRE_READ_TASK)
def make_pre_read(pre_read_id: int) -> None:
    """The pre-read of a review, which somebody waits for."""
    making.make_pre_read(pre_read_id)


@shared_task(name=papers.PAPER_TASK)
def make_meeting_paper(paper_id: int) -> None:
    """A pre-read or minutes; may come twice."""
    papers.make_meeting_paper(paper_id)


@shared_task(name="scorecard.check_conditions")
def check_conditions() -> None:
    """Every 20 seconds: close the actions that the data says are done, and reopen those that are not.

    And make the papers of meetings whose message was lost, or whose worker was killed.
    """
    actions.check_conditions()
    papers.make_papers_left()
