"""What people are told, how they want to be told, and the messages that wait to leave the house."""

import secrets
from datetime import datetime, time

import pghistory
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone

from sop_site.notifications.choices import UNFINISHED, WANTING_CARE, Kind, Medium, MessageStatus


class NotificationQuerySet(models.QuerySet["Notification"]):
    def shown_to(self, user) -> "NotificationQuerySet":
        """What stands in a person's list."""
        return self.filter(recipient=user, in_product=True)

    def unread(self) -> "NotificationQuerySet":
        """What the person has not read yet."""
        return self.filter(read_at=None)

    def for_digest(self, user) -> "NotificationQuerySet":
        """What a person's next digest tells: unread, wanted there, and not mailed before."""
        return self.unread().filter(recipient=user, in_digest=True, mailed_at=None)


class Notification(models.Model):
    """That one person is told of one thing, once for ever: ``key`` names the thing.

    ``url`` is a path of this site. ``mailed_at`` is when it was written into a mail, at once or in a digest.
    """

    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notifications"
    )
    kind = models.CharField(max_length=20, choices=Kind.choices)
    key = models.CharField(max_length=200)
    title = models.TextField()
    detail = models.TextField(blank=True)
    url = models.CharField(max_length=500)
    is_red = models.BooleanField(default=False)
    in_product = models.BooleanField()
    in_digest = models.BooleanField()
    happened_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)
    mailed_at = models.DateTimeField(null=True, blank=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        ordering = ["-happened_at", "-pk"]
        constraints = [
            # By its key first: whoever tells asks who was told of one.
            models.UniqueConstraint(fields=["key", "recipient"], name="notification_once_a_person"),
        ]
        indexes = [
            models.Index(fields=["recipient", "-happened_at"], name="notification_list"),
            models.Index(fields=["recipient"], name="notification_unread", condition=Q(read_at=None)),
        ]

    def __str__(self) -> str:
        return self.title


class Preference(models.Model):
    """How a person wants to be told of one kind; without a row the kind's own ways are meant."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="preferences")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    in_product = models.BooleanField()
    in_digest = models.BooleanField()
    at_once = models.BooleanField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "kind"], name="preference_once_a_kind")]

    def __str__(self) -> str:
        return f"{self.user}: {self.get_kind_display()}"


DIGEST_AT = time(7, 0)


def new_token() -> str:
    """Who holds it may unsubscribe the person that it belongs to, and nothing else."""
    return secrets.token_urlsafe(24)


class MailSettings(models.Model):
    """Whether and when a person wants mail. ``digest_at`` is the time of the wall clock of this site.

    ``digested_on`` is the last day whose digest was written, or for which there was nothing to say.
    ``unsubscribe_token`` stands in the links of their mails, and is made anew to revoke them.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="mail_settings"
    )
    wants_mail = models.BooleanField(default=True)
    digest_at = models.TimeField(default=DIGEST_AT)
    digested_on = models.DateField(null=True, blank=True)
    unsubscribe_token = models.CharField(max_length=40, unique=True, default=new_token)

    class Meta:
        verbose_name_plural = "mail settings"

    def __str__(self) -> str:
        return f"Mail of {self.user}"


@pghistory.track(exclude=["address"])
class ChatChannel(models.Model):
    """A room of a chat that is told of some kinds. Its address is a secret and leaves no page in full."""

    name = models.CharField(max_length=80, unique=True)
    address = models.TextField()
    kinds = ArrayField(models.CharField(max_length=20, choices=Kind.choices))
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class OutboxMessageQuerySet(models.QuerySet["OutboxMessage"]):
    def due(self, now: datetime, *, claimed_before: datetime) -> "OutboxMessageQuerySet":
        """What may be taken up: what waits and is due, and what a worker took up that has died since."""
        return self.filter(
            Q(status=MessageStatus.WAITING, next_attempt_at__lte=now)
            | Q(status=MessageStatus.CLAIMED, claimed_at__lt=claimed_before)
        )

    def wanting_care(self) -> "OutboxMessageQuerySet":
        """What an administrator should look at."""
        return self.filter(status__in=WANTING_CARE)


class OutboxMessage(models.Model):
    """A message that leaves the house, written in the transaction of what it tells: ``key`` names it, once.

    A worker takes it up (``claimed``, under a ``claim`` of its own), says that it is about to hand it over
    (``handing_over``), and after the answer of the other side that it is ``sent``. Killed before the second
    step, it is taken up again; killed after it, nobody knows, and nobody sends it again.
    """

    key = models.CharField(max_length=250, unique=True)
    medium = models.CharField(max_length=4, choices=Medium.choices)
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    chat_channel = models.ForeignKey(
        ChatChannel, on_delete=models.CASCADE, null=True, blank=True, related_name="messages"
    )
    subject = models.TextField()
    text = models.TextField()
    html = models.TextField(blank=True)
    status = models.CharField(max_length=12, choices=MessageStatus.choices, default=MessageStatus.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(default=timezone.now)
    claim = models.UUIDField(null=True, blank=True)
    claimed_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = OutboxMessageQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(medium=Medium.MAIL, recipient__isnull=False, chat_channel=None)
                | Q(medium=Medium.CHAT, recipient=None, chat_channel__isnull=False),
                name="message_has_one_addressee",
            ),
            models.CheckConstraint(
                condition=Q(status=MessageStatus.SENT, sent_at__isnull=False)
                | ~Q(status=MessageStatus.SENT) & Q(sent_at=None),
                name="sent_message_was_sent_at",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=[MessageStatus.CLAIMED, MessageStatus.HANDING_OVER])
                | Q(claim__isnull=False, claimed_at__isnull=False),
                name="message_under_way_is_claimed",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at"], name="message_unfinished", condition=Q(status__in=UNFINISHED)
            ),
            models.Index(fields=["-created_at"], name="message_newest"),
        ]

    def __str__(self) -> str:
        return self.subject

    @property
    def tone(self) -> str:
        """The colour family of its state."""
        return MessageStatus(self.status).tone

    @property
    def wants_care(self) -> bool:
        """Whether an administrator may send it again."""
        return self.status in WANTING_CARE
