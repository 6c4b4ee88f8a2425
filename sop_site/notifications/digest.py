"""The daily digest: what waits for a person, and then what is new for them and not read yet."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.module_loading import import_string

from sop_site.access.models import User
from sop_site.notifications.choices import Kind, Medium
from sop_site.notifications.domain import may_be_mailed, write_messages
from sop_site.notifications.models import MailSettings, Notification, OutboxMessage
from sop_site.notifications.writing import absolute, mail_is_set_up
from sop_site.working_days import is_working_day

logger = logging.getLogger(__name__)
MOST_LINES: Final = 20


@dataclass(frozen=True, slots=True)
class Line:
    """One thing: a sentence, what there is to add, and the path of its page."""

    title: str
    detail: str
    url: str

    @property
    def address(self) -> str:
        """Its page, for readers outside the product."""
        return absolute(self.url)

    @property
    def detail_below(self) -> str:
        """What there is to add, as it stands below its point in plain text."""
        return self.detail.replace("\n", "\n  ")


@dataclass(frozen=True, slots=True)
class Section:
    """Lines under a heading; ``more`` counts those that are left to the product, ``late`` those of all that
    are past their date."""

    title: str
    lines: tuple[Line, ...]
    more: int = 0
    late: int = 0

    @property
    def count(self) -> int:
        """How many things there are, told or not."""
        return len(self.lines) + self.more


# What a room adds: what of it is due for that person, or None. Named in the setting DIGEST_SECTIONS.
Due = Callable[[User], Section | None]
# What a room knows to be over of what that person was told, by its keys. Named in the setting DIGEST_OVER.
Over = Callable[[User, Sequence[str]], set[str]]


def write_digests(now: datetime) -> int:
    """Write the digest of everyone whose hour has come on this working day; how many were written.

    Each at most once a day, whoever calls and however often. Who has nothing new gets none that day. A
    digest that fails is logged, and tried again with the next call.
    """
    local = timezone.localtime(now)
    if not mail_is_set_up() or not is_working_day(local.date()):
        return 0
    everyone = User.objects.filter(is_active=True).exclude(email="")
    MailSettings.objects.bulk_create(
        [MailSettings(user=person) for person in everyone.filter(mail_settings=None).order_by("pk")],
        ignore_conflicts=True,
    )
    due = everyone.filter(mail_settings__wants_mail=True, mail_settings__digest_at__lte=local.time()).exclude(
        mail_settings__digested_on__gte=local.date()
    )
    written = 0
    for person in due.order_by("pk"):
        try:
            written += _write_digest(person, local.date(), now)
        except Exception:
            logger.exception("The digest of person %s could not be written.", person.pk)
    return written


@transaction.atomic
def _write_digest(person: User, day: date, now: datetime) -> bool:
    chosen = MailSettings.objects.select_for_update().get(user=person)
    if not may_be_mailed(person) or (chosen.digested_on is not None and chosen.digested_on >= day):
        return False
    chosen.digested_on = day
    chosen.save(update_fields=["digested_on"])
    unread = list(Notification.objects.for_digest(person).select_for_update())
    news = _still_so(person, unread)
    if not news:
        return False
    due = _due_of(person)
    context = {
        "day": day,
        "news": sections_of(news),
        "due": due,
        "home_address": absolute("/"),
        "list_address": absolute(reverse("notifications:list")),
    }
    write_messages(
        [
            OutboxMessage(
                key=f"digest:{person.pk}:{day}",
                medium=Medium.MAIL,
                recipient=person,
                subject=subject_of(due, len(news)),
                text=render_to_string("sop_site/notifications/mail/digest.txt", context),
                html=render_to_string("sop_site/notifications/mail/digest.html", context),
            )
        ]
    )
    # What is over went with the line that tells its last state.
    Notification.objects.filter(pk__in=[told.pk for told in unread]).update(mailed_at=now)
    return True


def subject_of(due: Sequence[Section], new: int) -> str:
    """What matters in a digest: ``3 wait for you, 1 past its date; 19 new``."""
    waiting, late = sum(section.count for section in due), sum(section.late for section in due)
    if not waiting:
        return f"{new} new"
    past = f", {late} past {'its' if late == 1 else 'their'} date" if late else ""
    return f"{waiting} {'waits' if waiting == 1 else 'wait'} for you{past}; {new} new"


def _still_so(person: User, unread: list[Notification]) -> list[Notification]:
    """Those that are not over, as the rooms know: of one whose room fails, which is logged, all are told."""
    keys = [told.key for told in sorted(unread, key=lambda told: (told.happened_at, told.pk))]
    over: set[str] = set()
    for name in settings.DIGEST_OVER:
        told_and_over: Over = import_string(name)
        try:
            with transaction.atomic():
                over |= told_and_over(person, keys)
        except Exception:
            logger.exception("%s could not say what is over for person %s.", name, person.pk)
    return [told for told in unread if told.key not in over]


def _due_of(person: User) -> list[Section]:
    """What the rooms add; without that of one that fails, which is logged, since the news must go out."""
    found = []
    for name in settings.DIGEST_SECTIONS:
        due: Due = import_string(name)
        try:
            with transaction.atomic():
                section = due(person)
        except Exception:
            logger.exception("%s could not say what is due for person %s.", name, person.pk)
        else:
            found += [section] if section is not None else []
    return found


def sections_of(news: list[Notification]) -> list[Section]:
    """A section for each kind, in the order of the kinds; what is red and new first."""
    sections = []
    for kind in Kind:
        told = [one for one in news if one.kind == kind]
        told.sort(key=lambda one: (not one.is_red, -one.happened_at.timestamp(), -one.pk))
        lines = tuple(Line(one.title, one.detail, one.url) for one in told[:MOST_LINES])
        if lines:
            sections.append(Section(kind.label, lines, len(told) - len(lines)))
    return sections
