"""Which SKUs wait for recalculation. Every write that changes demand or supply says so here."""

import logging
from collections.abc import Iterable

import numpy as np
from django.db import transaction
from kombu.exceptions import OperationalError

from sop_site.celery import app
from sop_site.columns import write_columns

logger = logging.getLogger(__name__)
RECALCULATE_TASK = "planning.recalculate_changed"
MARK = """
INSERT INTO sop_site_changedsku AS waiting (product_id, version, changed_at)
SELECT id, 1, clock_timestamp() FROM unnest(%(ids)s) AS id ORDER BY id
ON CONFLICT (product_id) DO UPDATE SET version = waiting.version + 1, changed_at = clock_timestamp()
"""


def mark_changed(product_ids: Iterable[int], *, call_worker: bool = True) -> None:
    """Note in the caller's transaction that these SKUs must be recalculated; call the worker after commit.

    Rows are written in ascending id, so that two writers cannot deadlock; each mark raises the row's
    version, so that a recalculation that read an older version leaves the mark standing. A message
    that cannot be sent is only logged: the sweep picks the rows up. Whoever is about to recalculate
    them itself does without the call.
    """
    ids = np.unique(np.fromiter(product_ids, dtype=np.int64))
    if not len(ids):
        return
    with transaction.atomic():
        write_columns(MARK, {"ids": ids})
        if call_worker:
            transaction.on_commit(lambda: _call_worker(ids.tolist()))


def _call_worker(product_ids: list[int]) -> None:
    try:
        app.send_task(RECALCULATE_TASK, kwargs={"product_ids": product_ids})
    except OperationalError:
        logger.warning("The broker is away; %d changed SKUs wait for the sweep.", len(product_ids))
