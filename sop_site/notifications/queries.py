"""What the pages show of notifications and messages."""

from django.db.models import Case, Count, Q, QuerySet, When

from sop_site.access.models import User
from sop_site.notifications.choices import UNFINISHED, Kind, MessageStatus
from sop_site.notifications.models import ChatChannel, MailSettings, Notification, OutboxMessage, Preference

MOST_COUNTED = 99
# The lists of messages that an administrator may choose from: their name in the address, and their label.
MESSAGE_LISTS = {"care": "To look at", "waiting": "Waiting", "all": "All"}


def unread_count(user: User) -> int:
    """How many notifications the person has not read, counted up to one past ninety-nine."""
    unread = Notification.objects.shown_to(user).unread().order_by()
    return unread[: MOST_COUNTED + 1].count()


def notifications_of(user: User, *, kind: Kind | None = None) -> QuerySet[Notification]:
    """The person's list: what is unread first, then the newest; of one kind if given."""
    found = Notification.objects.shown_to(user).order_by(
        Case(When(read_at=None, then=0), default=1), "-happened_at", "-pk"
    )
    return found if kind is None else found.filter(kind=kind)


def kinds_told(user: User) -> list[tuple[Kind, int]]:
    """The kinds that stand in the person's list, in their own order, and how many of each."""
    counted = Notification.objects.shown_to(user).order_by().values_list("kind").annotate(count=Count("pk"))
    counts = dict(counted)
    return [(kind, counts[kind.value]) for kind in Kind if kind.value in counts]


def chosen_by(user: User) -> dict[Kind, Preference]:
    """Where the person has chosen other ways than a kind's own."""
    return {Kind(row.kind): row for row in Preference.objects.filter(user=user)}


def mail_settings_shown_to(user: User) -> MailSettings:
    """Whether and when the person wants mail, as kept or as it is by default."""
    return MailSettings.objects.filter(user=user).first() or MailSettings(user=user)


def messages_in(name: str) -> QuerySet[OutboxMessage]:
    """The messages of one of `MESSAGE_LISTS`, the newest first."""
    found = OutboxMessage.objects.select_related("recipient", "chat_channel")
    if name == "care":
        return found.wanting_care()
    return found.filter(status__in=UNFINISHED) if name == "waiting" else found


def channels_with_counts() -> QuerySet[ChatChannel]:
    """The chat channels, each with how many messages it was sent in the last 90 days (``sent_count``)."""
    sent = Count("messages", filter=Q(messages__status=MessageStatus.SENT))
    return ChatChannel.objects.annotate(sent_count=sent)
