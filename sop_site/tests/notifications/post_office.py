"""A real mail server in a thread of the test, which may do something at each step of a mail."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

TAKEN = "250 Taken"


def take(recipient: str) -> str:
    """Take whatever comes."""
    return TAKEN


@dataclass
class PostOffice:
    """What arrived. ``at_recipient`` and ``at_mail`` answer the steps of a mail to somebody."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    at_recipient: Callable[[str], str] = take
    at_mail: Callable[[str], str] = take

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """The mail's recipient is named: nothing is handed over yet."""
        answer = self.at_recipient(address)
        if answer == TAKEN:
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """The mail is here, and its sender waits for the answer."""
        answer = self.at_mail(envelope.rcpt_tos[0])
        if answer == TAKEN:
            mail: Any = message_from_bytes(cast(bytes, envelope.content), policy=default)
            self.mails.append(mail)
        return answer

    @property
    def recipients(self) -> list[str]:
        """To whom mail arrived, in the order of their names."""
        return sorted(mail["To"].addresses[0].addr_spec for mail in self.mails)


class OnAnyPort(Controller):
    """A server that is greeted at the port that it got."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def open_post_office() -> Iterator[PostOffice]:
    """A mail server on a free port of this machine."""
    office = PostOffice()
    controller = OnAnyPort(office, hostname="127.0.0.1", port=0)
    controller.start()
    office.port = controller.port
    try:
        yield office
    finally:
        controller.stop()
