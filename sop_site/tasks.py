"""The foundation's tasks: messages out of the house."""

from celery import shared_task
from django.utils import timezone

from sop_site.notifications import clearing, delivering, digest
from sop_site.notifications.domain import DELIVER_TASK


@shared_task(name=DELIVER_TASK)
def deliver_messages() -> None:
    """Send what waits in the outbox; may come twice, or from several workers at once."""
    delivering.deliver_due()


@shared_task(name="sop_site.write_digests")
def write_digests() -> None:
    """Write the digests whose hour has come; may come twice."""
    digest.write_digests(timezone.now())


@shared_task(name="sop_site.clear_old_messages")
def clear_old_messages() -> None:
    """Every night: delete messages and notifications that nobody looks at any more; may come twice."""
    clearing.clear_old(timezone.now())
