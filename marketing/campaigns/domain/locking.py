"""Holding a campaign still while it is written."""

from django.db import connection

from marketing.campaigns.models import Campaign

# Any number will do, as long as nothing else locks by it: "C-" in ASCII.
CODE_LOCK = 0x432D
CODE_PREFIX = "C-"


def locked(campaign: Campaign) -> Campaign:
    """The campaign as it stands now, its row locked until the caller's transaction ends."""
    return Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)


def next_code() -> str:
    """The next free ``C-0001``; the caller's transaction holds the numbering until it ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [CODE_LOCK])
        cursor.execute(
            r"SELECT coalesce(max(substring(code FROM 3)::bigint), 0) FROM marketing_campaign"
            r" WHERE code ~ '^C-\d{1,9}$'"
        )
        (last,) = cursor.fetchone()
    return f"{CODE_PREFIX}{last + 1:04d}"
