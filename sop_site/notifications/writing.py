"""The words of mails and chat messages, and the absolute links in them."""

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import mark_safe

from sop_site.notifications.models import MailSettings


def mail_is_set_up() -> bool:
    """Whether this installation has a mail server; without one no mail is written at all."""
    return bool(settings.MAIL_HOST)


def absolute(path: str) -> str:
    """The address of a path of this site, for readers outside it."""
    return settings.SITE_ADDRESS + path


def mail_of_one(*, title: str, detail: str, url: str) -> tuple[str, str]:
    """A mail about one thing: as text, and as HTML; what all mails end with is added when it leaves."""
    context = {"title": title, "detail": detail, "url": absolute(url)}
    html = render_to_string("sop_site/notifications/mail/one.html", context)
    return "\n\n".join(filter(None, [title, detail, absolute(url)])), html


def chat_text(*, detail: str, url: str) -> str:
    """What a chat room reads below the title."""
    return "\n".join(filter(None, [detail, absolute(url)]))


def unsubscribe_address(chosen: MailSettings) -> str:
    """Where that person, signed in or not, says that they want no more mail."""
    return absolute(reverse("notifications:unsubscribe", args=[chosen.unsubscribe_token]))


def framed(text: str, html: str, *, unsubscribe: str) -> tuple[str, str]:
    """A mail's text and HTML with what all mails begin and end with."""
    context = {
        "text": text,
        "html": mark_safe(html),  # noqa: S308  # rendered by templates of this room
        "unsubscribe": unsubscribe,
        "settings": absolute(reverse("notifications:settings")),
        "site": settings.SITE_ADDRESS,
    }
    return (
        render_to_string("sop_site/notifications/mail/frame.txt", context),
        render_to_string("sop_site/notifications/mail/frame.html", context),
    )
