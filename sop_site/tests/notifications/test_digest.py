"""The daily digest: once a working day, at the person's hour, with what is new and beside it what is due."""

from datetime import UTC, datetime, time

import pytest

from sop_site.access.roles import Role
from sop_site.notifications import domain
from sop_site.notifications.choices import Kind
from sop_site.notifications.digest import Line, Section, write_digests
from sop_site.notifications.models import OutboxMessage

pytestmark = pytest.mark.django_db
MONDAY, TUESDAY, SATURDAY = 23, 24, 28


def at(day: int, hour: int) -> datetime:
    """An hour of a day of November 2026."""
    return datetime(2026, 11, day, hour, tzinfo=UTC)


def due_soon(user) -> Section:
    """What a room adds."""
    return Section("Due", (Line("Sign October’s forecast", f"Asked of {user}.", "/consensus/"),))


def broken(user) -> Section:
    """What a room adds that has an error."""
    raise LookupError("no such forecast")


@pytest.fixture
def person(post_office, reachable, settings):
    """Somebody of whom something is due."""
    settings.DIGEST_SECTIONS = [f"{__name__}.due_soon"]
    return reachable(Role.PLANNING_MEMBER)


def tell(person, key: str, kind: Kind = Kind.ACTION_OVERDUE) -> None:
    domain.notify(kind=kind, to=[person], key=key, title=f"News of {key}", url=f"/{key}/")


def test_it_tells_what_is_new_and_not_read_and_what_is_due(person):
    for key, kind in {"minutes": Kind.MINUTES, "late": Kind.ACTION_OVERDUE, "seen": Kind.MINUTES}.items():
        tell(person, key, kind)
    domain.mark_read(user=person, notifications=person.notifications.filter(key="seen"))

    assert write_digests(at(MONDAY, 8)) == 1

    message = OutboxMessage.objects.get()
    assert message.subject == "Mon 23 Nov 2026: 2 new"
    assert message.text.strip().split("\n\n") == [
        "What is new for you, Mon 23 Nov 2026",
        "AN ACTION IS OVERDUE\n- News of late\n  https://bridge.example.com/late/",
        "MINUTES ARE THERE\n- News of minutes\n  https://bridge.example.com/minutes/",
        "DUE\n- Sign October’s forecast\n  Asked of Planning.\n  https://bridge.example.com/consensus/",
        "All of it in Bridge: https://bridge.example.com/notifications/",
    ]


def test_the_news_go_out_although_a_room_cannot_say_what_is_due(person, settings):
    settings.DIGEST_SECTIONS = [f"{__name__}.broken", f"{__name__}.due_soon"]
    tell(person, "first")

    assert write_digests(at(MONDAY, 8)) == 1
    text = OutboxMessage.objects.get().text
    assert ("News of first" in text, "Sign October’s forecast" in text) == (True, True)


def test_once_a_day_at_the_hour_and_nothing_twice(person):
    domain.set_mail_settings(user=person, wants_mail=True, digest_at=time(9, 30))
    tell(person, "first")
    assert [write_digests(at(MONDAY, hour)) for hour in (7, 9, 10, 11)] == [0, 0, 1, 0]

    assert write_digests(at(TUESDAY, 10)) == 0, "nothing new"
    tell(person, "second")
    assert write_digests(at(TUESDAY, 11)) == 0, "that day is done"
    assert write_digests(at(SATURDAY, 11)) == 0, "nobody works"
    assert write_digests(at(MONDAY + 7, 11)) == 1
    assert "first" not in OutboxMessage.objects.latest("pk").text


def test_none_for_those_who_want_none(person, settings):
    tell(person, "first")
    domain.set_mail_settings(user=person, wants_mail=False, digest_at=time(7))
    assert write_digests(at(MONDAY, 8)) == 0

    domain.set_mail_settings(user=person, wants_mail=True, digest_at=time(7))
    settings.MAIL_HOST = ""
    assert write_digests(at(MONDAY, 9)) == 0
