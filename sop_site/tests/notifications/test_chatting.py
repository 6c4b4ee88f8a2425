"""Chat channels: whom they are told of, where they may lead, and that a message is written once."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.urls import reverse

from sop_site.access.permissions import NotAllowed, NotNow
from sop_site.access.roles import Role
from sop_site.notifications import domain
from sop_site.notifications.choices import Kind
from sop_site.notifications.delivering import deliver_due
from sop_site.notifications.models import OutboxMessage
from sop_site.tests.notifications.cases import SLACK

pytestmark = pytest.mark.django_db


class Chat(HTTPServer):
    """A chat in a thread of the test: what was written into it, and what it answers."""

    answer = 200

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), ChatRequest)
        self.written: list[dict[str, str]] = []

    @property
    def address(self) -> str:
        """Where messages go."""
        return f"json://127.0.0.1:{self.server_port}/secret-room"


class ChatRequest(BaseHTTPRequestHandler):
    """Somebody writes something."""

    server: Chat

    def do_POST(self) -> None:
        """Take it."""
        self.server.written.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(self.server.answer)
        self.end_headers()

    def log_message(self, format: str, *arguments: object) -> None:
        """The test says what it saw."""


@pytest.fixture
def chat(settings) -> Iterator[Chat]:
    """A chat on this machine, which channels may lead to."""
    settings.CHAT_MAY_BE_LOCAL = True
    server = Chat()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def channel(chat, user_of):
    """A channel that is told of flags."""
    return domain.add_channel(
        name="#planning",
        address=chat.address,
        kinds=[Kind.FLAG_RAISED, Kind.FLAG_WORSENED],
        by=user_of(Role.ADMINISTRATOR),
    )


def raise_flag(*people, kind: Kind = Kind.FLAG_RAISED) -> None:
    domain.notify(kind=kind, to=people, key="flag:7", title="KNIT will run short", url="/risk/flags/7/")


def test_a_channel_is_told_once_of_its_kinds_alone(chat, channel, user_of):
    raise_flag(user_of(Role.PLANNING_MEMBER))
    raise_flag(user_of(Role.PLANNING_LEAD))
    domain.notify(kind=Kind.MINUTES, to=[], key="minutes:1", title="Minutes", url="/")

    assert (deliver_due(), deliver_due()) == (1, 0)
    (written,) = chat.written
    assert written["title"] == "KNIT will run short"
    assert written["message"].endswith("/risk/flags/7/")


def test_a_message_that_the_chat_did_not_confirm_is_not_sent_again(chat, channel, user_of):
    chat.answer = 500
    raise_flag()

    assert (deliver_due(), deliver_due()) == (0, 0)
    assert len(chat.written) == 1
    assert OutboxMessage.objects.get().status == "uncertain"

    chat.answer = 200
    domain.send_again(message=OutboxMessage.objects.get(), by=user_of(Role.ADMINISTRATOR))
    assert deliver_due() == 1


@pytest.mark.parametrize(
    "address",
    [
        "jsons://127.0.0.1/room",
        "jsons://10.1.2.3/room",
        "jsons://[::1]/room",
        "jsons://169.254.169.254/latest/meta-data",
        "mmosts://localhost/room",
        "json://192.0.2.1/unencrypted",
        "syslog://",
        "mailto://ana:word@example.com",
        "not an address",
    ],
)
def test_no_channel_leads_into_this_network(user_of, address):
    with pytest.raises(NotNow):
        domain.add_channel(
            name="#inside", address=address, kinds=[Kind.MINUTES], by=user_of(Role.ADMINISTRATOR)
        )


def test_only_an_administrator_sets_an_address_and_nobody_sees_it_again(client_of, user_of):
    administrator = user_of(Role.ADMINISTRATOR)
    with pytest.raises(NotAllowed):
        domain.add_channel(name="#mine", address=SLACK, kinds=[Kind.MINUTES], by=user_of(Role.EXECUTIVE))
    channel = domain.add_channel(name="#ours", address=SLACK, kinds=[Kind.MINUTES], by=administrator)
    browser = client_of(Role.ADMINISTRATOR)
    url = reverse("notifications:channel", args=[channel.pk])
    secret = SLACK.rpartition("/")[2]

    form = {"name": "#ours", "address": "", "kinds": ["minutes", "pre_read"], "is_active": "on"}
    assert browser.post(url, form).status_code == 302
    channel.refresh_from_db()
    assert (channel.address, channel.kinds) == (SLACK, ["minutes", "pre_read"])
    refused = browser.post(url, {**form, "address": f"jsons://localhost/{secret}"})
    pages = [browser.get(url), browser.get(reverse("notifications:channels")), refused]
    assert not any(secret in page.content.decode() for page in pages)
    assert "private network" in refused.content.decode()
