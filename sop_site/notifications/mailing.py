"""Handing messages over to the mail server, step by step."""

import smtplib
import ssl
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from types import TracebackType
from typing import Final, Self

from django.conf import settings

from sop_site.notifications import writing
from sop_site.notifications.domain import mail_settings_of
from sop_site.notifications.handing_over import Announce, Refused, Unknown, Unreachable
from sop_site.notifications.models import OutboxMessage

ANSWER_SECONDS: Final = 10
PERMANENT: Final = 500


class Mailer:
    """A session with the mail server, opened with the first mail and closed at the end."""

    def __init__(self) -> None:
        self._server: smtplib.SMTP | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def hand_over(self, message: OutboxMessage, announce: Announce) -> None:
        """Hand one mail over: all that can be taken back, then ``announce``, then the mail itself.

        Raises Unreachable or Refused where the server surely does not have it, Unknown where nobody knows.
        """
        mail = mail_of(message)
        server = self._reset_server()
        try:
            _expect(server.mail(parseaddr(settings.MAIL_FROM)[1]))
            _expect(server.rcpt(mail["To"].addresses[0].addr_spec))
        except (OSError, smtplib.SMTPException) as error:
            self._close()
            raise Unreachable(f"The mail server went away: {error}") from error
        announce()
        try:
            _expect(server.data(mail.as_bytes()))
        except smtplib.SMTPDataError as error:
            raise _refusal(error.smtp_code, error.smtp_error) from error
        except (OSError, smtplib.SMTPException) as error:
            self._close()
            raise Unknown(f"The mail server went away while it took the mail: {error}") from error

    def _reset_server(self) -> smtplib.SMTP:
        """The server, ready for the next mail."""
        if self._server is not None:
            try:
                if self._server.rset()[0] < PERMANENT:
                    return self._server
            except (OSError, smtplib.SMTPException):
                pass
            self._close()
        try:
            self._server = _connect()
        except (OSError, smtplib.SMTPException) as error:
            raise Unreachable(f"The mail server cannot be reached: {error}") from error
        return self._server

    def _close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None


def _connect() -> smtplib.SMTP:
    context = ssl.create_default_context()
    if settings.MAIL_SECURITY == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            settings.MAIL_HOST, settings.MAIL_PORT, timeout=ANSWER_SECONDS, context=context
        )
    else:
        server = smtplib.SMTP(settings.MAIL_HOST, settings.MAIL_PORT, timeout=ANSWER_SECONDS)
    try:
        if settings.MAIL_SECURITY == "starttls":
            server.starttls(context=context)
        server.ehlo_or_helo_if_needed()
        if settings.MAIL_USER:
            server.login(settings.MAIL_USER, settings.MAIL_PASSWORD)
    except BaseException:
        server.close()
        raise
    return server


def _expect(answer: tuple[int, bytes]) -> None:
    """Raise Refused unless the server said yes."""
    code, words = answer
    if code not in (250, 251):
        raise _refusal(code, words)


def _refusal(code: int, words: bytes | str) -> Refused:
    said = words.decode(errors="replace") if isinstance(words, bytes) else words
    return Refused(f"The mail server said: {code} {said}", is_final=code >= PERMANENT)


def mail_of(message: OutboxMessage) -> EmailMessage:
    """The whole mail, with the links by which its reader sends no more.

    Its Message-ID is the same each time, so that a system on the way that sees it twice may know.
    """
    person = message.recipient
    if person is None:
        raise Refused("The message names nobody.", is_final=True)
    unsubscribe = writing.unsubscribe_address(mail_settings_of(person))
    text, html = writing.framed(message.text, message.html, unsubscribe=unsubscribe)
    name, sender = parseaddr(settings.MAIL_FROM)
    sender_domain = sender.rpartition("@")[2]
    mail = EmailMessage(policy=SMTP)
    try:
        mail["Subject"] = " ".join(message.subject.split())
        mail["From"] = Address(name, addr_spec=sender)
        mail["To"] = Address(str(person), addr_spec=person.email)
    except ValueError as error:
        raise Refused(f"A mail cannot be addressed so: {error}", is_final=True) from error
    mail["Date"] = format_datetime(message.created_at)
    mail["Message-ID"] = f"<{message.created_at:%Y%m%dT%H%M%S%f}.{message.pk}@{sender_domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["List-Unsubscribe"] = f"<{unsubscribe}>"
    mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    # Any server takes it so; eight bits are not each server's.
    mail.set_content(text, cte="quoted-printable")
    mail.add_alternative(html, subtype="html", cte="quoted-printable")
    return mail
