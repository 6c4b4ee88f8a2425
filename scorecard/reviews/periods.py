"""Which quarters have a review, and which of them the next meeting is about."""

from datetime import date

from scorecard.reviews.models import QuarterlyReview
from sop_site.fiscal import FiscalPeriod, PeriodKind


def quarter(year: int, number: int) -> FiscalPeriod:
    """A fiscal quarter. ValueError where there is none."""
    return FiscalPeriod.of_key(f"{year}-q{number}")


def quarter_of(review: QuarterlyReview) -> FiscalPeriod:
    """The quarter that a review is about."""
    return FiscalPeriod(review.year, PeriodKind.QUARTER, review.quarter)


def review_of(period: FiscalPeriod) -> QuarterlyReview:
    """The review of a quarter; one that nobody has written to yet is not stored."""
    found = QuarterlyReview.objects.select_related("closed_by").filter(**key_of(period)).first()
    return found or QuarterlyReview(**key_of(period))


def key_of(period: FiscalPeriod) -> dict[str, int]:
    """What tells its review from others."""
    return {"year": period.year, "quarter": period.number}


def current_quarter(today: date) -> FiscalPeriod:
    """What the next meeting is about: the quarter that ended last, or once it is closed the one that runs."""
    running = FiscalPeriod.of(PeriodKind.QUARTER, today)
    is_closed = QuarterlyReview.objects.filter(**key_of(running - 1), closed_at__isnull=False).exists()
    return running if is_closed else running - 1
