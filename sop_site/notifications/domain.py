"""Telling people, and how they want to be told. Every write here is part of its caller's transaction."""

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import time, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Count
from django.utils import timezone
from kombu.exceptions import OperationalError

from sop_site.access.models import User
from sop_site.access.permissions import NotNow, require
from sop_site.celery import app
from sop_site.history import note_change
from sop_site.notifications.addresses import service_at
from sop_site.notifications.choices import CHOOSABLE, Kind, Medium, MessageStatus, Ways
from sop_site.notifications.models import (
    ChatChannel,
    MailSettings,
    Notification,
    OutboxMessage,
    Preference,
    new_token,
)
from sop_site.notifications.writing import chat_text, mail_is_set_up, mail_of_one

logger = logging.getLogger(__name__)
DELIVER_TASK: Final = "sop_site.deliver_messages"
MANAGE: Final = "sop_site.manage_messages"
# So many mails within an hour: what comes on top waits for the digest of those who want one.
MOST_AN_HOUR: Final = 20


@transaction.atomic
def notify(
    *,
    kind: Kind,
    to: Iterable[User | int],
    key: str,
    title: str,
    url: str,
    detail: str = "",
    is_red: bool = False,
    by: User | None = None,
) -> int:
    """Tell people of one thing, each once for ever, and the chat channels of its kind with the first of them;
    how many people were new.

    ``key`` (at most 200 characters) names the state that was entered, so that a caller that runs again tells
    nobody again: "flag:12:red:2026-11-23". ``title`` is one sentence that also strangers to the thing
    understand and that does not say "you", since channels read it too; ``url`` is a path of this site.
    Whoever did it (``by``) and people who may no longer sign in are not told. All of it, mails that go out at
    once included, is written in the caller's transaction and so goes back with it.
    """
    news = _News(kind, key, title, url, detail, is_red)
    told = set(Notification.objects.filter(key=key).values_list("recipient_id", flat=True))
    people = _people_to_tell(to, told=told, by=by)
    ways = ways_of(kind, [person.pk for person in people])
    mailed = {person.pk for person in people if news.is_for_now(ways[person.pk]) and may_be_mailed(person)}
    mailed -= {user_id for user_id in _mailed_often(mailed) if ways[user_id].in_digest}
    _keep(news, people, ways, mailed=mailed)
    write_messages([*_mails_of(news, mailed), *([] if told else _chat_messages_of(news))])
    return len(people)


@dataclass(frozen=True, slots=True)
class _News:
    """What is told, as `notify` is given it."""

    kind: Kind
    key: str
    title: str
    url: str
    detail: str
    is_red: bool

    def is_for_now(self, ways: Ways) -> bool:
        """Whether someone who is told in these ways is mailed at once."""
        return ways.at_once and (self.is_red or not self.kind.at_once_only_if_red)


def _people_to_tell(to: Iterable[User | int], *, told: Collection[int], by: User | None) -> list[User]:
    """Those of ``to`` who may sign in, have not been ``told`` and are not ``by``, ascending."""
    wanted = {person if isinstance(person, int) else person.pk for person in to}
    if by is not None:
        wanted.discard(by.pk)
    return list(
        User.objects.filter(pk__in=wanted.difference(told), is_active=True)
        .select_related("mail_settings")
        .order_by("pk")
    )


def _mailed_often(user_ids: Collection[int]) -> set[int]:
    """Those of the people for whom so many messages were written within the hour that it is enough."""
    if not user_ids:
        return set()
    lately = OutboxMessage.objects.filter(
        recipient__in=user_ids, created_at__gt=timezone.now() - timedelta(hours=1)
    )
    often = lately.order_by().values("recipient").annotate(count=Count("pk")).filter(count__gte=MOST_AN_HOUR)
    return set(often.values_list("recipient", flat=True))


def _keep(news: _News, people: Sequence[User], ways: Mapping[int, Ways], *, mailed: Collection[int]) -> None:
    """Write a notification for each of the people, who are ascending, so that two who tell the same people
    cannot wait for each other; those in ``mailed`` do not find it in their digest."""
    now = timezone.now()
    Notification.objects.bulk_create(
        [
            Notification(
                recipient=person,
                kind=news.kind,
                key=news.key,
                title=news.title,
                detail=news.detail,
                url=news.url,
                is_red=news.is_red,
                in_product=ways[person.pk].in_product,
                in_digest=ways[person.pk].in_digest,
                happened_at=now,
                mailed_at=now if person.pk in mailed else None,
            )
            for person in people
        ],
        ignore_conflicts=True,
    )


def _mails_of(news: _News, user_ids: Collection[int]) -> list[OutboxMessage]:
    """A mail to each of the people, whose words are the same, so that they are written once."""
    if not user_ids:
        return []
    text, html = mail_of_one(title=news.title, detail=news.detail, url=news.url)
    return [
        OutboxMessage(
            key=f"mail:{user_id}:{news.key}",
            medium=Medium.MAIL,
            recipient_id=user_id,
            subject=news.title,
            text=text,
            html=html,
        )
        for user_id in sorted(user_ids)
    ]


def _chat_messages_of(news: _News) -> list[OutboxMessage]:
    """A message to each chat channel in use that is told of the kind."""
    channels = ChatChannel.objects.filter(is_active=True, kinds__contains=[news.kind]).order_by("pk")
    return [
        OutboxMessage(
            key=f"chat:{channel.pk}:{news.key}",
            medium=Medium.CHAT,
            chat_channel=channel,
            subject=news.title,
            text=chat_text(detail=news.detail, url=news.url),
        )
        for channel in channels
    ]


def write_messages(messages: Sequence[OutboxMessage]) -> None:
    """Put messages into the outbox, those whose key stands there already not again; the worker is called
    after commit, and a message that cannot be sent to it is only logged: the beat comes by."""
    if not messages:
        return
    OutboxMessage.objects.bulk_create(messages, ignore_conflicts=True)
    transaction.on_commit(_call_worker)


def _call_worker() -> None:
    try:
        app.send_task(DELIVER_TASK)
    except OperationalError:
        logger.warning("The broker is away; messages wait in the outbox.")


def may_be_mailed(user: User) -> bool:
    """Whether this site sends mail at all, the person has an address, and wants it."""
    chosen = getattr(user, "mail_settings", None)
    return mail_is_set_up() and bool(user.email) and (chosen is None or chosen.wants_mail)


def ways_of(kind: Kind, user_ids: Collection[int]) -> dict[int, Ways]:
    """For each person, how they want to be told of that kind."""
    ways = dict.fromkeys(user_ids, kind.ways)
    for chosen in Preference.objects.filter(kind=kind, user_id__in=user_ids):
        ways[chosen.user_id] = Ways(chosen.in_product, chosen.in_digest, chosen.at_once)
    return ways


def mark_read(*, user: User, notifications: Iterable[int] | None = None) -> int:
    """Note that the person has read those of their notifications, or all; how many were unread."""
    unread = Notification.objects.shown_to(user).unread()
    if notifications is not None:
        unread = unread.filter(pk__in=notifications)
    return unread.update(read_at=timezone.now())


def mark_unread(*, user: User, notification: int) -> int:
    """Put one of the person's notifications back among the unread."""
    return Notification.objects.shown_to(user).filter(pk=notification).update(read_at=None)


@transaction.atomic
def set_preferences(*, user: User, ways: Mapping[Kind, Ways]) -> None:
    """Keep how the person wants to be told of each kind; what is unread follows it too."""
    for kind, chosen in sorted(ways.items()):
        if kind not in CHOOSABLE:
            continue
        if chosen == kind.ways:
            Preference.objects.filter(user=user, kind=kind).delete()
        else:
            Preference.objects.update_or_create(user=user, kind=kind, defaults=asdict(chosen))
        Notification.objects.filter(recipient=user, kind=kind).unread().update(
            in_product=chosen.in_product, in_digest=chosen.in_digest
        )


def mail_settings_of(user: User) -> MailSettings:
    """The person's mail settings, made when first asked for."""
    return MailSettings.objects.get_or_create(user=user)[0]


@transaction.atomic
def set_mail_settings(*, user: User, wants_mail: bool, digest_at: time) -> None:
    """Keep whether and when the person wants mail; what waits for someone who wants none is not sent."""
    MailSettings.objects.update_or_create(
        user=user, defaults={"wants_mail": wants_mail, "digest_at": digest_at}
    )


def renew_unsubscribe_token(*, user: User) -> None:
    """Make the links of all earlier mails to this person worthless."""
    MailSettings.objects.update_or_create(user=user, defaults={"unsubscribe_token": new_token()})


def unsubscribe(token: str) -> bool:
    """Send no more mail to whom the token belongs; False where it belongs to nobody."""
    return bool(MailSettings.objects.filter(unsubscribe_token=token).update(wants_mail=False))


@transaction.atomic
def add_channel(*, name: str, address: str, kinds: Sequence[Kind], by: User) -> ChatChannel:
    """Tell a chat room of some kinds from now on.

    Raises NotAllowed unless ``by`` manages messages, and NotNow where the address is none that
    `service_at` takes.
    """
    require(by, MANAGE)
    service_at(address)
    note_change(by=by)
    return ChatChannel.objects.create(name=name, address=address, kinds=sorted(kinds), created_by=by)


@transaction.atomic
def change_channel(
    *, channel: ChatChannel, name: str, kinds: Sequence[Kind], is_active: bool, by: User, address: str = ""
) -> None:
    """Change a channel; without an ``address`` it keeps its own. Raises as `add_channel` does."""
    require(by, MANAGE)
    if address:
        service_at(address)
        channel.address = address
    note_change(by=by)
    channel.name, channel.kinds, channel.is_active = name, sorted(kinds), is_active
    channel.save()


@transaction.atomic
def try_channel(*, channel: ChatChannel, by: User) -> OutboxMessage:
    """Send one message to a channel, which says who asked for it."""
    require(by, MANAGE)
    now = timezone.now()
    message = OutboxMessage(
        key=f"chat:{channel.pk}:try:{now.isoformat()}",
        medium=Medium.CHAT,
        chat_channel=channel,
        subject="Bridge can write here",
        text=f"{by} is trying out this channel.",
    )
    write_messages([message])
    return message


@transaction.atomic
def send_again(*, message: OutboxMessage, by: User) -> None:
    """Let a message that was refused, or of which nobody knows, go out after all. NotNow for any other."""
    require(by, MANAGE)
    taken = OutboxMessage.objects.wanting_care().filter(pk=message.pk)
    now = timezone.now()
    if not taken.update(status=MessageStatus.WAITING, attempts=0, next_attempt_at=now, error=""):
        raise NotNow("This message is not one that was refused or is uncertain.")
    transaction.on_commit(_call_worker)
