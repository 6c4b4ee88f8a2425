"""What somebody was told, and what left the house or did not."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils import timezone

from sop_site.access.models import User
from sop_site.notifications import domain
from sop_site.notifications.choices import Kind, Medium, MessageStatus
from sop_site.notifications.models import ChatChannel, Notification, OutboxMessage

SLACK = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"


@dataclass(frozen=True)
class Told:
    """A person's newest notification, a message that was refused, and a channel."""

    notification: Notification
    message: OutboxMessage
    channel: ChatChannel


def make_told(person: User, *, administrator: User) -> Told:
    """Somebody who has read one thing and not two others; a refused mail; a chat channel."""
    url = reverse("access:roles")
    domain.notify(
        kind=Kind.ACTION_GIVEN, to=[person], key="a:1", title="“Call the mill” is given to Ana", url=url
    )
    domain.mark_read(user=person)
    domain.notify(
        kind=Kind.MINUTES, to=[person], key="m:1", title="The minutes of the weekly review are there", url=url
    )
    domain.notify(
        kind=Kind.FLAG_RAISED,
        to=[person],
        key="f:1",
        title="KNIT in “Winter warm-up” will run short",
        detail="First at Leeds, in 6 weeks.",
        url=url,
        is_red=True,
    )
    message = OutboxMessage.objects.create(
        key="mail:refused",
        medium=Medium.MAIL,
        recipient=person,
        subject="KNIT in “Winter warm-up” will run short",
        text="KNIT in “Winter warm-up” will run short",
        status=MessageStatus.FAILED,
        attempts=1,
        error="The mail server said: 550 No such user",
    )
    channel = domain.add_channel(
        name="#demand-planning", address=SLACK, kinds=[Kind.FLAG_RAISED], by=administrator
    )
    return Told(Notification.objects.get(recipient=person, key="f:1"), message, channel)


def newly_told() -> list[tuple[str, str, list[str]]]:
    """Kind, title and, by name, the people of all that was told since this was asked last."""
    rows = Notification.objects.filter(read_at=None).order_by("pk")
    found: dict[tuple[str, str], list[str]] = {}
    for kind, title, username in rows.values_list("kind", "title", "recipient__username"):
        found.setdefault((kind, title), []).append(username)
    Notification.objects.update(read_at=timezone.now())
    return [(*what, sorted(who)) for what, who in found.items()]
