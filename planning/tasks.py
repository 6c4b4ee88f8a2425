"""Planning's tasks: the workers' side of the recalculation."""

import logging

from celery import Task, shared_task

from marketing.campaigns.domain import complete_due_campaigns, start_due_campaigns
from marketing.lift.domain import learn
from planning.buying.calculation import calculate_buy_plan
from planning.buying.domain import start_buy_plan
from planning.consensus.domain.measuring import measure_accuracy
from planning.consensus.domain.opening import open_due_cycle
from planning.consensus.domain.signing import BUY_PLAN_TASK
from planning.consensus.domain.stages import begin_due_reconciling
from planning.consensus.telling import remind_of_numbers
from planning.risk import domain, telling
from planning.risk.choices import RunScope
from sop_site.clock import today
from sop_site.night import do_step
from sop_site.operating_model.domain import RECALCULATE_TASK

logger = logging.getLogger(__name__)


@shared_task(name="planning.recalculate_changed")
def recalculate_changed(product_ids: list[int]) -> None:
    """What an edit calls for; does nothing where another task has done it already."""
    domain.recalculate(product_ids=product_ids, scope=RunScope.EDIT)
    _tell_of_flags()


@shared_task(name="planning.sweep_changed_skus")
def sweep_changed_skus() -> None:
    """Every 20 seconds: whatever a lost message or a killed worker left, and what is still to be told."""
    domain.sweep_changed_skus()
    _tell_of_flags()


@shared_task(name=domain.CHUNK_TASK)
def recalculate_run_chunk(run_id: int, number: int, product_ids: list[int]) -> None:
    """A part of a run that many workers share."""
    domain.recalculate_run_chunk(run_id=run_id, number=number, product_ids=product_ids)


@shared_task(name="planning.recalculate_everything", bind=True)
def recalculate_everything(task: "Task[[], None]") -> None:
    """Every night: campaigns begin and end, baselines and lifts are fitted anew, all is handed out.

    Whatever becomes of the fit, all is handed out: where it fails, with the fit of the night before. So too
    where the task comes a second time, since its process may have been killed for what the fit takes. Then
    the consensus goes on: the cycle of a new month is opened on what was learned, what past forecasts said is
    held against what was sold, and a buy plan is asked for, from the forecast in force and the supply of the
    day.
    """
    start_due_campaigns()
    complete_due_campaigns()
    if (task.request.delivery_info or {}).get("redelivered"):
        logger.error("Learning was cut off; tonight the fit of the night before stays.")
    else:
        do_step(
            lambda: learn(today=today()),
            otherwise="Learning failed; tonight the fit of the night before stays.",
        )
    domain.start_full_recalculation(scope=RunScope.NIGHTLY)
    do_step(
        _advance_consensus,
        otherwise="The consensus could not go on tonight; it will be tried again tomorrow.",
    )
    do_step(
        lambda: measure_accuracy(today=today()),
        otherwise="Past forecasts could not be measured tonight; it will be tried again tomorrow.",
    )
    start_buy_plan()


@shared_task(name=RECALCULATE_TASK)
def recalculate_under_new_model() -> None:
    """After a version of the operating model has come into force: every flag, and the buy plan."""
    domain.start_full_recalculation(scope=RunScope.MODEL)
    start_buy_plan()


@shared_task(name=BUY_PLAN_TASK)
def calculate_buys() -> None:
    """After a forecast was published, and every night: what to order by the forecast in force."""
    calculate_buy_plan(version=None, today=today())


def _tell_of_flags() -> None:
    do_step(telling.tell_of_flags, otherwise="Nobody could be told of flags; the sweep will try again.")


def _advance_consensus() -> None:
    begin_due_reconciling(today())
    open_due_cycle(today=today())
    remind_of_numbers(today())
