"""Messages out of the house: each taken up, announced, handed over and noted as sent, in steps that are kept.

A message is `claimed` under a claim of its own, and that is committed. Then everything is done that can still
be taken back: the connection, the sender, the recipient. Then `handing_over` is committed, and only then the
message is handed over; `sent` is committed after the other side said that it has it. So a worker that is
killed leaves either a message that was surely not handed over, which is taken up again, or one of which
nobody knows, which nobody sends again.
"""

import logging
import time
import uuid
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from sop_site.access.queries import people_who_may
from sop_site.notifications import chatting
from sop_site.notifications.choices import WANTING_CARE, Kind, Medium, MessageStatus
from sop_site.notifications.domain import MANAGE, may_be_mailed, notify
from sop_site.notifications.handing_over import Refused, Unknown, Unreachable
from sop_site.notifications.mailing import Mailer
from sop_site.notifications.models import OutboxMessage
from sop_site.notifications.writing import mail_is_set_up

logger = logging.getLogger(__name__)
# A message that was taken up longer ago has lost its worker: no step takes so long.
LEASE: Final = timedelta(minutes=5)
RUN_SECONDS: Final = 20
FIRST_PAUSE: Final = timedelta(minutes=1)
LONGEST_PAUSE: Final = timedelta(hours=6)
MOST_ATTEMPTS: Final = 10
ENDS_WORKERS: Final = "Each worker that took it up ended before it could hand it over."
NOT_ARRIVED: Final = {
    MessageStatus.FAILED: "did not arrive",
    MessageStatus.UNCERTAIN: "may not have arrived",
}
KILLED: Final = "The worker ended while it handed the message over; it may have arrived."


class _Lost(Exception):
    """Another worker has taken the message up since."""


def deliver_due() -> int:
    """Send what is due, one message after the other, for 20 seconds at most; how many were sent.

    Any number of workers may do so at once. Once the mail server cannot be reached, this run leaves mail be;
    without one, mail waits.
    """
    _settle_abandoned(timezone.now())
    ends_at = time.monotonic() + RUN_SECONDS
    media = set(Medium) if mail_is_set_up() else {Medium.CHAT}
    sent = 0
    with Mailer() as mailer:
        while time.monotonic() < ends_at and (message := _claim(media)) is not None:
            try:
                sent += _deliver(message, mailer)
            except Unreachable:
                media.discard(Medium.MAIL)
    return sent


def _settle_abandoned(now: datetime) -> None:
    """Settle what dead workers left: what they were handing over is uncertain, and what ended too many of
    them is not tried for ever."""
    late = OutboxMessage.objects.filter(claimed_at__lt=now - LEASE).order_by("pk")
    for message in late.filter(status=MessageStatus.HANDING_OVER):
        _settle(message, MessageStatus.UNCERTAIN, error=KILLED)
    for message in late.filter(status=MessageStatus.CLAIMED, attempts__gte=MOST_ATTEMPTS):
        _settle(message, MessageStatus.FAILED, error=ENDS_WORKERS)


@transaction.atomic
def _claim(media: Collection[Medium]) -> OutboxMessage | None:
    now = timezone.now()
    message = (
        OutboxMessage.objects.due(now, claimed_before=now - LEASE)
        .filter(medium__in=media)
        .select_for_update(skip_locked=True)
        .order_by("next_attempt_at", "pk")
        .first()
    )
    if message is not None:
        message.status, message.claim, message.claimed_at = MessageStatus.CLAIMED, uuid.uuid4(), now
        message.attempts += 1
        message.save(update_fields=["status", "claim", "claimed_at", "attempts"])
    return message


def _deliver(message: OutboxMessage, mailer: Mailer) -> bool:
    """Hand one claimed message over; whether it is sent. Raises Unreachable after having put it off."""
    if not _is_wanted(message):
        _settle(message, MessageStatus.DROPPED)
        return False
    try:
        if message.medium == Medium.MAIL:
            mailer.hand_over(message, lambda: _announce(message))
        else:
            chatting.hand_over(message, lambda: _announce(message))
    except _Lost:
        return False
    except Unreachable as error:
        _put_off(message, str(error))
        raise
    except Refused as error:
        _put_off(message, str(error), is_final=error.is_final)
        return False
    except Unknown as error:
        _settle(message, MessageStatus.UNCERTAIN, error=str(error))
        return False
    except Exception as error:
        # One that cannot be sent does not hold up the others.
        logger.exception("Message %s could not be sent.", message.pk)
        if message.status == MessageStatus.HANDING_OVER:
            _settle(message, MessageStatus.UNCERTAIN, error=repr(error))
        else:
            _put_off(message, repr(error))
        return False
    return _settle(message, MessageStatus.SENT)


def _is_wanted(message: OutboxMessage) -> bool:
    """Whether the person still wants mail, or the channel is still used."""
    if message.recipient is not None:
        return message.recipient.is_active and may_be_mailed(message.recipient)
    return message.chat_channel is not None and message.chat_channel.is_active


def _announce(message: OutboxMessage) -> None:
    """Commit that from now on nobody knows whether it was sent, until somebody says so."""
    message.claimed_at = timezone.now()
    moved = OutboxMessage.objects.filter(
        pk=message.pk, claim=message.claim, status=MessageStatus.CLAIMED
    ).update(status=MessageStatus.HANDING_OVER, claimed_at=message.claimed_at)
    if not moved:
        raise _Lost
    message.status = MessageStatus.HANDING_OVER


def _put_off(message: OutboxMessage, error: str, *, is_final: bool = False) -> None:
    """Try again later, each time after a longer pause, as far as there is any sense in it."""
    if is_final or message.attempts >= MOST_ATTEMPTS:
        _settle(message, MessageStatus.FAILED, error=error)
        return
    pause = min(FIRST_PAUSE * 4 ** (message.attempts - 1), LONGEST_PAUSE)
    OutboxMessage.objects.filter(pk=message.pk, claim=message.claim).update(
        status=MessageStatus.WAITING, next_attempt_at=timezone.now() + pause, error=error
    )


@transaction.atomic
def _settle(message: OutboxMessage, status: MessageStatus, *, error: str = "") -> bool:
    """Note how it ended, unless another worker has it; administrators hear of what may not have arrived."""
    moved = OutboxMessage.objects.filter(pk=message.pk, claim=message.claim).update(
        status=status, sent_at=timezone.now() if status == MessageStatus.SENT else None, error=error
    )
    if moved and status in WANTING_CARE:
        logger.warning("Message %s is %s: %s", message.pk, status.label.lower(), error)
        notify(
            kind=Kind.MESSAGE_UNDELIVERED,
            to=people_who_may(MANAGE),
            key=f"outbox:{message.pk}:{message.claim}",
            title=f"“{message.subject}” {NOT_ARRIVED[status]}",
            detail=f"To {message.recipient or message.chat_channel}. {error}",
            url=reverse("notifications:outbox"),
        )
    return bool(moved)
