"""The daily digest: once a working day, at the person's hour, with what waits first and then what is new."""

from datetime import UTC, datetime, time

import pytest

from sop_site.access.roles import Role
from sop_site.notifications import domain
from sop_site.notifications.choices import Kind
from sop_site.notifications.digest import Line, Section, subject_of, write_digests
from sop_site.notifications.models import OutboxMessage

pytestmark = pytest.mark.django_db
MONDAY, TUESDAY, SATURDAY = 23, 24, 28


def at(day: int, hour: int) -> datetime:
    """An hour of a day of November 2026."""
    return datetime(2026, 11, day, hour, tzinfo=UTC)


def due_soon(user) -> Section:
    """What a room adds."""
    return Section(
        "Waits for you: 3, 1 past its date",
        (Line("Past its date, Fri 20 Nov: Sign October’s forecast", f"Asked of {user}.", "/consensus/"),),
        more=2,
        late=1,
    )


def over(user, keys) -> set[str]:
    """A room that knows what is over."""
    return {key for key in keys if key.startswith("over")}


def broken_over(user, keys) -> set[str]:
    """One that has an error."""
    raise LookupError("no such thing")


def broken(user) -> Section:
    """What a room adds that has an error."""
    raise LookupError("no such forecast")


@pytest.fixture
def person(post_office, reachable, settings):
    """Somebody of whom something is due."""
    settings.DIGEST_SECTIONS, settings.DIGEST_OVER = [f"{__name__}.due_soon"], [f"{__name__}.over"]
    return reachable(Role.PLANNING_MEMBER)


def tell(person, key: str, kind: Kind = Kind.ACTION_OVERDUE) -> None:
    domain.notify(kind=kind, to=[person], key=key, title=f"News of {key}", url=f"/{key}/")


def test_it_tells_what_waits_and_then_what_is_new_and_not_read_and_not_over(person):
    for key in ("minutes", "late", "seen", "over:1"):
        tell(person, key, Kind.ACTION_OVERDUE if key == "late" else Kind.MINUTES)
    domain.mark_read(user=person, notifications=person.notifications.filter(key="seen"))

    assert write_digests(at(MONDAY, 8)) == 1

    message = OutboxMessage.objects.get()
    assert message.subject == "3 wait for you, 1 past its date; 2 new"
    assert message.text.strip().split("\n\n") == [
        "Mon 23 Nov 2026",
        "WAITS FOR YOU: 3, 1 PAST ITS DATE\n"
        "- Past its date, Fri 20 Nov: Sign October’s forecast\n"
        "  Asked of Planning.\n"
        "  https://bridge.example.com/consensus/\n"
        "- and 2 more: https://bridge.example.com/",
        "NEW SINCE THE LAST DIGEST",
        "An action is overdue\n- News of late\n  https://bridge.example.com/late/",
        "Minutes are there\n- News of minutes\n  https://bridge.example.com/minutes/",
        "All of it in Bridge: https://bridge.example.com/notifications/",
    ]


def test_what_is_over_counts_as_told_with_the_mail_that_leaves_it_out_and_alone_makes_none(person):
    tell(person, "over:1")
    assert write_digests(at(MONDAY, 8)) == 0
    tell(person, "first")
    assert write_digests(at(TUESDAY, 8)) == 1
    assert "over:1" not in OutboxMessage.objects.get().text
    assert set(person.notifications.values_list("mailed_at", flat=True)) == {at(TUESDAY, 8)}


@pytest.mark.parametrize(
    ("waiting", "late", "expected"),
    [
        (0, 0, "19 new"),
        (1, 0, "1 waits for you; 19 new"),
        (3, 1, "3 wait for you, 1 past its date; 19 new"),
        (3, 2, "3 wait for you, 2 past their date; 19 new"),
    ],
)
def test_the_subject_says_what_matters(waiting, late, expected):
    sections = [Section("Due", (), more=waiting, late=late)] if waiting else []
    assert subject_of(sections, 19) == expected


def test_the_news_go_out_although_a_room_cannot_say_what_is_due_or_over(person, settings):
    settings.DIGEST_SECTIONS = [f"{__name__}.broken", f"{__name__}.due_soon"]
    settings.DIGEST_OVER = [f"{__name__}.broken_over"]
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
