"""Making the pre-read, in the worker."""

import logging
from typing import Final

from django.db import transaction
from django.utils import timezone

from scorecard.reviews.content import review_content
from scorecard.reviews.models import PreRead
from scorecard.reviews.pre_read_file import pre_read_pdf
from sop_site.clock import today

logger = logging.getLogger(__name__)

FAILED: Final = "The file could not be made. The reason stands in the worker’s log."


def make_pre_read(pre_read_id: int) -> None:
    """Make one that was asked for; does nothing where it is made, or has failed, already.

    Until it is stored the row is held, so that a task that comes twice makes it once. What fails is logged,
    and said to whoever waits.
    """
    try:
        _make(pre_read_id)
    except Exception:
        logger.exception("Pre-read %s could not be made.", pre_read_id)
        PreRead.objects.filter(pk=pre_read_id, made_at=None).update(error=FAILED)


@transaction.atomic
def _make(pre_read_id: int) -> None:
    waiting = PreRead.objects.select_for_update(of=("self",)).select_related("review__closed_by")
    pre_read = waiting.filter(pk=pre_read_id, made_at=None, error="").first()
    if pre_read is None:
        return
    now = timezone.now()
    pre_read.pdf = pre_read_pdf(review_content(pre_read.review, today()), now)
    pre_read.made_at = now
    pre_read.save(update_fields=["pdf", "made_at"])
