"""Making a paper that was asked for, in the worker."""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

logger = logging.getLogger(__name__)

FAILED: Final = "The file could not be made. The reason stands in the worker’s log."


def make_paper(
    papers: QuerySet[Any],
    paper_id: int,
    write: Callable[[Any, datetime], bytes],
    *,
    then: Callable[[Any], None] = lambda _: None,
) -> None:
    """Make one of ``papers`` that was asked for; does nothing where it is made, or has failed, already.

    Until it is stored the row is held, so that a task that comes twice makes it once. What fails is logged,
    and said to whoever waits. ``then`` is called with the row that is made or has failed, in the transaction
    that stores this.
    """
    try:
        with transaction.atomic():
            if (paper := _waiting(papers, paper_id)) is None:
                return
            now = timezone.now()
            paper.pdf, paper.made_at = write(paper, now), now
            paper.save(update_fields=["pdf", "made_at"])
            then(paper)
    except Exception:
        logger.exception("%s %s could not be made.", papers.model._meta.verbose_name, paper_id)
        with transaction.atomic():
            if (paper := _waiting(papers, paper_id)) is not None:
                paper.error = FAILED
                paper.save(update_fields=["error"])
                then(paper)


def _waiting(papers: QuerySet[Any], paper_id: int) -> Any:
    """The row, held, unless it is made or has failed."""
    return papers.select_for_update(of=("self",)).filter(pk=paper_id, made_at=None, error="").first()
