"""Where the pre-read of a review stands."""

from scorecard.reviews.models import PreRead, QuarterlyReview
from sop_site.paper.standing import PaperStanding, PaperState, standing_of


def pre_read_standing(review: QuarterlyReview) -> PaperStanding[PreRead]:
    """The newest pre-read, and the newest that is made; a review that nobody opened has none."""
    if review.pk is None:
        return PaperStanding(None, None, PaperState.NEVER_ASKED)
    return standing_of(review.pre_reads.select_related("asked_by"))
