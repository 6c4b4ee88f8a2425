"""Planning's tasks: the worker's side of the recalculation."""

from celery import shared_task

from marketing.baseline.domain import refresh_baselines
from marketing.campaigns.domain import complete_due_campaigns, start_due_campaigns
from marketing.lift.domain import fit_mechanic_lifts
from planning.risk import domain
from planning.risk.choices import RunScope
from sop_site.clock import today


@shared_task(name="planning.recalculate_changed")
def recalculate_changed(product_ids: list[int]) -> None:
    """What an edit calls for; does nothing where another task has done it already."""
    domain.recalculate(product_ids=product_ids, scope=RunScope.EDIT)


@shared_task(name="planning.sweep_changed_skus")
def sweep_changed_skus() -> None:
    """Every 20 seconds: whatever a lost message or a killed worker left."""
    domain.sweep_changed_skus()


@shared_task(name=domain.CHUNK_TASK)
def recalculate_run_chunk(run_id: int, number: int, product_ids: list[int]) -> None:
    """A part of a run that many workers share."""
    domain.recalculate_run_chunk(run_id=run_id, number=number, product_ids=product_ids)


@shared_task(name="planning.recalculate_everything")
def recalculate_everything() -> None:
    """Every night: campaigns begin and end, baselines and lifts are fitted anew, all is handed out."""
    start_due_campaigns()
    complete_due_campaigns()
    fit_mechanic_lifts(today=today())
    refresh_baselines(today=today())
    domain.start_full_recalculation(scope=RunScope.NIGHTLY)
