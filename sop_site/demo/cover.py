"""What the demo retailer's leadership decided about its stock."""

from datetime import date
from typing import Final

from django.utils import timezone

from sop_site.access.models import User
from sop_site.operating_model.choices import ModelStatus
from sop_site.operating_model.models import OperatingModel

# Pellwick turns its stock four times a year, so a quarter of a year's demand is what it keeps.
COVER_WEEKS: Final = 13.0
WHO_DECIDED: Final = "erik.executive"


def adopt_cover(*, today: date) -> OperatingModel:
    """Adopt a version of the operating model that keeps stock for a quarter, in force from the first day."""
    first = OperatingModel.objects.in_force(today)
    return OperatingModel.objects.create(
        version=first.version + 1,
        effective_from=first.effective_from,
        status=ModelStatus.ADOPTED,
        replaces=first,
        decided_at=timezone.now(),
        decided_by=User.objects.get(username=WHO_DECIDED),
        note="Four stock turns a year: planned orders keep stock for a quarter.",
        target_cover_weeks=COVER_WEEKS,
    )
