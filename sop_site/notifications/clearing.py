"""What nobody looks at any more goes, and nothing that went can be told or sent a second time by that.

Whom a key was told is known from the notifications, so the messages written with them may go first: `notify`
mails nobody who was told, and writes into no chat what anybody was told. The digest of a day is held by the
day noted with its reader. Notifications go later, and of them only those whose key no caller asks for again.
"""

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Q, QuerySet

from sop_site.notifications.choices import TOLD_WITH_A_CHANGE, MessageStatus
from sop_site.notifications.models import Notification, OutboxMessage

MESSAGES_STAY: Final = timedelta(days=90)
NOTIFICATIONS_STAY: Final = timedelta(days=730)
BATCH_ROWS: Final = 1_000


def clear_old(now: datetime) -> tuple[int, int]:
    """Delete messages that were sent or dropped over 90 days ago, and notifications that are over two years
    old, read or not; how many of each.

    What was refused or is uncertain stays for whoever looks after it, and what is told again and again while
    it holds stays since its key does. May run at any time and in many workers; each batch is kept by itself.
    """
    ended = Q(status=MessageStatus.SENT, sent_at__lt=now - MESSAGES_STAY) | Q(
        status=MessageStatus.DROPPED, claimed_at__lt=now - MESSAGES_STAY
    )
    told = Notification.objects.filter(kind__in=TOLD_WITH_A_CHANGE, happened_at__lt=now - NOTIFICATIONS_STAY)
    return _delete(OutboxMessage.objects.filter(ended)), _delete(told)


def _delete(rows: QuerySet[OutboxMessage] | QuerySet[Notification]) -> int:
    """Delete the rows, the oldest first, without waiting for those that another worker has in hand."""
    deleted = 0
    while True:
        with transaction.atomic():
            waiting = rows.select_for_update(skip_locked=True).order_by("pk")
            batch = list(waiting.values_list("pk", flat=True)[:BATCH_ROWS])
            rows.model._default_manager.filter(pk__in=batch).delete()
        deleted += len(batch)
        if len(batch) < BATCH_ROWS:
            return deleted
