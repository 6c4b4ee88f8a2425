"""What is old goes in the night, and nothing is told or sent again because of it."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from sop_site.access.roles import Role
from sop_site.notifications import clearing, domain
from sop_site.notifications.choices import Kind, MessageStatus
from sop_site.notifications.clearing import MESSAGES_STAY, NOTIFICATIONS_STAY, clear_old
from sop_site.notifications.delivering import deliver_due
from sop_site.notifications.digest import write_digests
from sop_site.notifications.models import Notification, OutboxMessage
from sop_site.tests.notifications.cases import SLACK

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def tell(kind: Kind, *people, key: str = "") -> int:
    key = key or f"state:{kind}"
    return domain.notify(kind=kind, to=people, key=key, title=key, url="/", is_red=True)


def keys() -> list[str]:
    """Of the notifications that stand."""
    return sorted(Notification.objects.values_list("key", flat=True))


def test_messages_go_ninety_days_after_they_were_sent_and_no_mail_goes_out_twice(post_office, reachable):
    person = reachable(Role.PLANNING_MEMBER)
    assert (tell(Kind.DECIDE_BY_LAPSED, person), deliver_due()) == (1, 1)

    assert clear_old(timezone.now() + MESSAGES_STAY - DAY) == (0, 0)
    assert clear_old(timezone.now() + MESSAGES_STAY + DAY) == (1, 0)
    assert clear_old(timezone.now() + 2 * NOTIFICATIONS_STAY) == (0, 0), "lapsed dates are told each night"

    assert (tell(Kind.DECIDE_BY_LAPSED, person), deliver_due()) == (0, 0)
    assert len(post_office.mails) == 1


def test_the_digest_of_a_day_stays_written_when_its_mail_is_gone(post_office, reachable):
    person, monday = reachable(Role.PLANNING_MEMBER), datetime(2026, 11, 23, 8, tzinfo=UTC)
    tell(Kind.MINUTES, person)
    assert (write_digests(monday), deliver_due()) == (1, 1)
    assert clear_old(timezone.now() + MESSAGES_STAY + DAY) == (1, 0)

    tell(Kind.PRE_READ, person)
    assert write_digests(monday) == 0


def test_a_chat_is_not_written_to_again_once_its_message_is_gone(user_of):
    domain.add_channel(
        name="#actions", address=SLACK, kinds=[Kind.ACTION_OVERDUE], by=user_of(Role.ADMINISTRATOR)
    )
    owner, head = user_of(Role.PLANNING_MEMBER), user_of(Role.PLANNING_LEAD)
    tell(Kind.ACTION_OVERDUE, owner)
    OutboxMessage.objects.update(status=MessageStatus.SENT, sent_at=timezone.now())
    assert clear_old(timezone.now() + MESSAGES_STAY + DAY) == (1, 0)

    assert tell(Kind.ACTION_OVERDUE, owner, head) == 1
    assert not OutboxMessage.objects.exists()


def test_what_did_not_arrive_or_still_waits_stays(post_office, reachable):
    person = reachable(Role.PLANNING_MEMBER)
    for status in MessageStatus:
        tell(Kind.DECIDE_BY_NEAR, person, key=status)
        OutboxMessage.objects.filter(key=f"mail:{person.pk}:{status}").update(
            status=status,
            claim="00000000-0000-0000-0000-000000000000",
            claimed_at=timezone.now(),
            sent_at=timezone.now() if status == MessageStatus.SENT else None,
        )

    assert clear_old(timezone.now() + 2 * MESSAGES_STAY) == (2, 0)
    gone = {MessageStatus.SENT, MessageStatus.DROPPED}
    assert set(OutboxMessage.objects.values_list("status", flat=True)) == set(MessageStatus) - gone


def test_notifications_go_after_two_years_unless_they_may_be_told_again(user_of, monkeypatch):
    monkeypatch.setattr(clearing, "BATCH_ROWS", 2)
    person = user_of(Role.PLANNING_MEMBER)
    for kind in Kind:
        tell(kind, person)

    assert clear_old(timezone.now() + NOTIFICATIONS_STAY - DAY) == (0, 0)
    assert clear_old(timezone.now() + NOTIFICATIONS_STAY + DAY) == (0, 14)
    assert clear_old(timezone.now() + NOTIFICATIONS_STAY + DAY) == (0, 0)
    assert keys() == [
        "state:action_due",
        "state:action_overdue",
        "state:decide_by_lapsed",
        "state:decide_by_near",
        "state:forecast_owed",
        "state:minutes",
        "state:pre_read",
    ]
