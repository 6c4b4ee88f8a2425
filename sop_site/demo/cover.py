"""What the demo retailer's leadership decided about its stock."""

from datetime import date
from typing import Final

from django.db import transaction

from sop_site.access.models import User
from sop_site.operating_model.domain import (
    adopt_operating_model,
    propose_operating_model,
    review_operating_model,
)
from sop_site.operating_model.models import OperatingModel

# Pellwick turns its stock four times a year, so a quarter of a year's demand is what it keeps.
COVER_WEEKS: Final = 13.0
WHO_PROPOSED, WHO_REVIEWED, WHO_ADOPTED = "victor.vp", "hanna.merchandising", "erik.executive"


@transaction.atomic
def adopt_cover(*, today: date) -> OperatingModel:
    """Adopt a version of the operating model that keeps stock for a quarter, in force from ``today``.

    It is proposed, reviewed and adopted by three of the demo's people, as any other version is.
    """
    people = {user.username: user for user in User.objects.all()}
    proposed = propose_operating_model(
        limits={"target_cover_weeks": COVER_WEEKS},
        scopes=[],
        effective_from=today,
        note="Four stock turns a year: planned orders keep stock for a quarter.",
        by=people[WHO_PROPOSED],
    )
    review_operating_model(
        model=proposed, by=people[WHO_REVIEWED], note="It is what our suppliers can follow."
    )
    return adopt_operating_model(model=proposed, by=people[WHO_ADOPTED])
