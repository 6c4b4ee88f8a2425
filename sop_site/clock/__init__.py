"""The one business clock. Web, worker and beat read it from the database, so that they agree."""

from datetime import date

from django.db import transaction
from django.utils import timezone


def today() -> date:
    """The business date: the one that was set, or else the date of the wall clock."""
    from sop_site.clock.models import BusinessDate

    as_of = BusinessDate.objects.values_list("as_of_date", flat=True).first()
    return as_of or timezone.localdate()


@transaction.atomic
def set_today(as_of_date: date | None) -> None:
    """Hold the business date at ``as_of_date``, or let it follow the wall clock again with None."""
    from sop_site.clock.models import BusinessDate

    BusinessDate.objects.update_or_create(pk=1, defaults={"as_of_date": as_of_date})
