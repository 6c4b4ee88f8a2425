"""Messages out of the house: each arrives, and none twice."""

import threading
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from planning.tests.waiting import until
from sop_site.access.roles import Role
from sop_site.celery import app
from sop_site.embedded.children import CELERY
from sop_site.notifications import domain
from sop_site.notifications.choices import Kind
from sop_site.notifications.delivering import LEASE, MOST_ATTEMPTS, deliver_due
from sop_site.notifications.digest import write_digests
from sop_site.notifications.domain import DELIVER_TASK
from sop_site.notifications.models import Notification, OutboxMessage
from sop_site.tests.notifications.post_office import TAKEN

MONDAY_AT_SEVEN = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
# One process, which is quickly there; it serves every queue.
SOLO = [*CELERY, "worker", "--pool", "solo", "--without-gossip", "--without-mingle", "--loglevel", "INFO"]
NEAR = {
    "kind": Kind.DECIDE_BY_NEAR,
    "key": "flag:7:near",
    "title": "KNIT in “Winter warm-up” must be decided by Fri 27 Nov",
    "detail": "120 units short at Leeds.",
    "url": "/risk/flags/7/",
}


def states() -> dict[str, str]:
    """How far each message has come, by its key."""
    return dict(OutboxMessage.objects.values_list("key", "status"))


def time_passes() -> None:
    """What was taken up has been so for longer than any worker that lives would need."""
    OutboxMessage.objects.filter(claimed_at__isnull=False).update(claimed_at=timezone.now() - 2 * LEASE)


@pytest.mark.django_db
def test_a_mail_arrives_with_links_and_a_way_out(post_office, reachable):
    domain.notify(**NEAR, to=[reachable(Role.PLANNING_MEMBER)])

    assert deliver_due() == 1
    assert deliver_due() == 0

    (mail,) = post_office.mails
    assert mail["Subject"] == NEAR["title"]
    text = mail.get_body(["plain"]).get_content()
    html = mail.get_body(["html"]).get_content()
    assert "120 units short at Leeds." in text
    assert "https://bridge.example.com/risk/flags/7/" in text
    assert '<a href="https://bridge.example.com/risk/flags/7/">' in html
    assert mail["List-Unsubscribe"].strip("<>") in text
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert states() == {f"mail:{OutboxMessage.objects.get().recipient_id}:flag:7:near": "sent"}


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_two_workers_at_once_send_each_mail_once(post_office, reachable):
    people = [reachable(role) for role in Role]
    domain.notify(**NEAR, to=people)
    begin = threading.Barrier(2)
    sent = []

    def work() -> None:
        begin.wait(10)
        sent.append(deliver_due())
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)

    assert sum(sent) == len(people)
    assert post_office.recipients == sorted(person.email for person in people)
    assert set(states().values()) == {"sent"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("answer", "state", "told"), [("450 Later", "waiting", 0), ("550 No such user", "failed", 1)]
)
@pytest.mark.parametrize("step", ["at_recipient", "at_mail"])
def test_a_refusal_is_tried_again_if_there_is_sense_in_it(
    post_office, reachable, user_of, step, answer, state, told
):
    administrator = user_of(Role.ADMINISTRATOR)
    domain.notify(**NEAR, to=[reachable(Role.PLANNING_MEMBER)])
    setattr(post_office, step, lambda _recipient: answer)

    assert deliver_due() == 0
    message = OutboxMessage.objects.get()
    assert (message.status, message.attempts) == (state, 1)
    assert message.error == f"The mail server said: {answer}"
    assert Notification.objects.shown_to(administrator).count() == told

    setattr(post_office, step, lambda _recipient: TAKEN)
    assert deliver_due() == 0, "not at once"
    OutboxMessage.objects.update(next_attempt_at=timezone.now())
    if told:
        domain.send_again(message=message, by=administrator)
    assert deliver_due() == 1
    assert len(post_office.mails) == 1


@pytest.mark.django_db
def test_mail_waits_while_the_server_is_away(post_office, reachable, settings):
    domain.notify(**NEAR, to=[reachable(Role.PLANNING_MEMBER), reachable(Role.PLANNING_LEAD)])
    port, settings.MAIL_PORT = settings.MAIL_PORT, 1

    assert deliver_due() == 0
    attempts = OutboxMessage.objects.order_by("attempts").values_list("attempts", "status")
    assert list(attempts) == [(0, "waiting"), (1, "waiting")]

    settings.MAIL_PORT = port
    OutboxMessage.objects.update(next_attempt_at=timezone.now())
    assert deliver_due() == 2


@pytest.mark.django_db
def test_a_message_that_ends_each_worker_is_given_up(post_office, reachable):
    domain.notify(**NEAR, to=[reachable(Role.PLANNING_MEMBER)])
    left = {"status": "claimed", "claim": uuid.uuid4(), "claimed_at": timezone.now() - 2 * LEASE}
    OutboxMessage.objects.update(**left, attempts=MOST_ATTEMPTS)

    assert deliver_due() == 0
    assert set(states().values()) == {"failed"}


@pytest.mark.django_db
def test_whoever_unsubscribed_meanwhile_is_not_mailed(post_office, reachable):
    person = reachable(Role.PLANNING_MEMBER)
    domain.notify(**NEAR, to=[person])
    domain.unsubscribe(domain.mail_settings_of(person).unsubscribe_token)

    assert deliver_due() == 0
    assert post_office.mails == []
    assert set(states().values()) == {"dropped"}


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_digest_is_sent_once_although_its_worker_is_killed(
    post_office, reachable, user_of, start_worker, monkeypatch
):
    """One worker dies before it hands a mail over, the next after the server has it and before it says so."""
    administrator = user_of(Role.ADMINISTRATOR)
    planner, lead = reachable(Role.PLANNING_MEMBER), reachable(Role.PLANNING_LEAD)
    domain.notify(**{**NEAR, "kind": Kind.ACTION_OVERDUE}, to=[planner, lead])
    for name, value in {"HOST": "127.0.0.1", "PORT": str(post_office.port), "SECURITY": "none"}.items():
        monkeypatch.setenv(f"MAIL_{name}", value)
    died = threading.Event()
    first = start_worker("first", SOLO)

    def kill_first(_recipient: str) -> str:
        first.kill()
        died.set()
        return TAKEN

    post_office.at_recipient = kill_first
    assert write_digests(MONDAY_AT_SEVEN) == 2
    assert died.wait(30)
    assert sorted(states().values()) == ["claimed", "waiting"]
    assert post_office.mails == []

    time_passes()
    # The next begins when it is told to.
    app.control.purge()
    second = start_worker("second", SOLO)
    died.clear()

    def kill_second_after_its_first_mail(_recipient: str) -> str:
        if post_office.mails:
            second.kill()
            died.set()
        return TAKEN

    post_office.at_recipient, post_office.at_mail = lambda _: TAKEN, kill_second_after_its_first_mail
    app.send_task(DELIVER_TASK)
    assert died.wait(30)
    until(lambda: len(post_office.mails) == 2, seconds=10, what="the mail whose sender is dead")
    assert sorted(states().values()) == ["handing_over", "sent"]

    time_passes()
    assert write_digests(MONDAY_AT_SEVEN + timedelta(minutes=5)) == 0
    assert deliver_due() == 0
    assert post_office.recipients == sorted([planner.email, lead.email])
    assert sorted(states().values()) == ["sent", "uncertain"]
    (told,) = Notification.objects.shown_to(administrator)
    assert told.kind == Kind.MESSAGE_UNDELIVERED
    assert NEAR["title"] in post_office.mails[0].get_body(["plain"]).get_content()


@pytest.mark.django_db
def test_anybody_with_a_mail_ends_the_mail_in_one_click(post_office, reachable):
    person = reachable(Role.PLANNING_MEMBER)
    domain.notify(**NEAR, to=[person])
    deliver_due()
    url = post_office.mails[0]["List-Unsubscribe"].strip("<>").removeprefix("https://bridge.example.com")
    stranger = Client(enforce_csrf_checks=True)

    assert "No more mail from Bridge?" in stranger.get(url).content.decode()
    assert domain.mail_settings_of(person).wants_mail, "a look, as scanners take, changes nothing"
    assert stranger.post(url, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert not domain.mail_settings_of(person).wants_mail

    domain.notify(**{**NEAR, "key": "flag:8:near"}, to=[person])
    assert OutboxMessage.objects.count() == 1
    domain.renew_unsubscribe_token(user=person)
    assert stranger.get(url).status_code == stranger.post(url).status_code == 404
