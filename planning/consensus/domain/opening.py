"""Opening a cycle: the data is frozen, and every layer begins from what is calculated."""

import logging
from datetime import date, timedelta
from typing import Any

import numpy as np
from django.db import transaction
from django.utils import timezone

from marketing.baseline.models import BaselineForecast
from planning.consensus import telling
from planning.consensus.calculated import calculated_numbers, skus_whose_baseline_ends_early
from planning.consensus.door_groups import door_groups
from planning.consensus.models import Cycle, ForecastBlock, ForecastVersion
from planning.consensus.packing import pack
from sop_site.columns import read_columns
from sop_site.fiscal import FiscalMonth, month_of
from sop_site.operating_model.models import OperatingModel

logger = logging.getLogger(__name__)

NO_CATEGORY = 0
CATEGORIES = "SELECT id AS product, coalesce(category_id, %(none)s) AS category FROM marketing_product"


def open_due_cycle(*, today: date) -> Cycle | None:
    """Each night: open the cycle of the fiscal month that holds ``today``; None where it is open already.

    A retailer of which nothing has been learned yet has nothing to agree on: its cycle waits for that.
    """
    month = month_of(today)
    if Cycle.objects.filter(month_start=month.start).exists() or not BaselineForecast.objects.exists():
        return None
    return open_cycle(month=month, today=today)


@transaction.atomic
def open_cycle(*, month: FiscalMonth, today: date) -> Cycle:
    """The cycle held in ``month``, opened with the data of ``today`` unless it is open already.

    Its dates are those of the operating model in force. Two at once make one cycle: the second waits for
    the first, and returns what that opened.
    """
    cycle, is_new = Cycle.objects.get_or_create(
        month_start=month.start,
        defaults={**_timetable(month, OperatingModel.objects.in_force(today)), "opened_at": timezone.now()},
    )
    if is_new:
        _open_first_version(cycle, today=today)
        telling.tell_opened(cycle)
    return cycle


def _timetable(month: FiscalMonth, model: OperatingModel) -> dict[str, Any]:
    days = {
        "submit_by_date": model.consensus_submit_days,
        "reconcile_by_date": model.consensus_reconcile_days,
        "sign_by_date": model.consensus_sign_days,
    }
    return {name: month.start + timedelta(days=count) for name, count in days.items()}


def _open_first_version(cycle: Cycle, *, today: date) -> None:
    """A block for each category with SKUs in each door group that is open in these months, data or not."""
    version = ForecastVersion.objects.create(
        cycle=cycle,
        first_week_start=cycle.months[0].start,
        weeks_of_months=[month.weeks for month in cycle.months],
    )
    groups = door_groups(version.first_week_start, version.last_day)
    products = read_columns(CATEGORIES, {"none": NO_CATEGORY}, {"product": "int8", "category": "int8"})
    for category in np.unique(products["category"]).tolist():
        product_ids = np.sort(products["product"][products["category"] == category])
        numbers_by_group = calculated_numbers(product_ids, version, groups, today=today)
        for door_group, numbers in zip(groups.names, numbers_by_group, strict=True):
            block = ForecastBlock(
                version=version,
                category_id=None if category == NO_CATEGORY else category,
                door_group=door_group,
            )
            pack(block, numbers)
            block.save(force_insert=True)
    ending_early = skus_whose_baseline_ends_early(version)
    if ending_early:
        logger.warning(
            "%s: the baseline of %d SKUs ends before the forecast does; its last week is repeated.",
            cycle,
            ending_early,
        )
