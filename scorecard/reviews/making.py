"""Making the pre-read, in the worker."""

from datetime import datetime

from scorecard.reviews.content import review_content
from scorecard.reviews.models import PreRead
from scorecard.reviews.pre_read_file import pre_read_pdf
from sop_site.clock import today
from sop_site.paper.making import make_paper


def make_pre_read(pre_read_id: int) -> None:
    """Make one that was asked for; does nothing where it is made, or has failed, already."""
    make_paper(PreRead.objects.select_related("review__closed_by"), pre_read_id, _written)


def _written(pre_read: PreRead, at: datetime) -> bytes:
    return pre_read_pdf(review_content(pre_read.review, today()), at)
