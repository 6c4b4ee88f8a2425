"""The secret address at which a person's calendar program reads their meetings."""

import secrets

from django.db import transaction
from django.utils import timezone

from scorecard.meetings.models import CalendarFeed
from sop_site.access.models import User
from sop_site.access.permissions import require
from sop_site.history import note_change

TOKEN_BYTES = 32


@transaction.atomic
def renew_feed(*, by: User) -> CalendarFeed:
    """Give a person an address, in place of the one that they had, which then leads nowhere."""
    require(by, "sop_site.view")
    note_change(by=by)
    feed, _ = CalendarFeed.objects.update_or_create(
        user=by, defaults={"token": secrets.token_urlsafe(TOKEN_BYTES), "made_at": timezone.now()}
    )
    return feed


@transaction.atomic
def revoke_feed(*, by: User) -> None:
    """Take a person's address away."""
    note_change(by=by)
    CalendarFeed.objects.filter(user=by).delete()
