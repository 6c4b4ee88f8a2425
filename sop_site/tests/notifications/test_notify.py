"""Who is told of what, and by which ways."""

import pytest
from django.db import transaction

from sop_site.access.queries import people_who_may, people_with_role
from sop_site.access.roles import Role
from sop_site.notifications import domain
from sop_site.notifications.choices import Kind, Ways
from sop_site.notifications.models import Notification, OutboxMessage

pytestmark = pytest.mark.django_db
OVERDUE = {
    "kind": Kind.ACTION_OVERDUE,
    "key": "action:7:overdue",
    "title": "“Call the mill” is overdue",
    "url": "/roles/",
}
RED = {**OVERDUE, "kind": Kind.FLAG_RAISED, "key": "flag:7:red", "is_red": True}


@pytest.fixture
def planner(user_of, settings):
    """A person with an address, at a site that sends mail."""
    settings.MAIL_HOST = "mail.example.com"
    person = user_of(Role.PLANNING_MEMBER)
    person.email = "planner@example.com"
    person.save()
    return person


def test_told_twice_is_told_once(planner, user_of):
    lead = user_of(Role.PLANNING_LEAD)

    assert domain.notify(**RED, to=[planner]) == 1
    assert domain.notify(**RED, to=[planner.pk, lead]) == 1
    assert domain.notify(**RED, to=[planner, lead]) == 0

    assert [told.recipient for told in Notification.objects.order_by("pk")] == [planner, lead]
    assert [message.recipient for message in OutboxMessage.objects.all()] == [planner]


def test_whoever_did_it_is_not_told(planner, user_of):
    lead = user_of(Role.PLANNING_LEAD)

    domain.notify(**OVERDUE, to=[planner, lead], by=planner)

    assert [told.recipient for told in Notification.objects.all()] == [lead]


def test_people_who_left_are_not_told(planner):
    planner.is_active = False
    planner.save()

    assert domain.notify(**OVERDUE, to=[planner]) == 0
    assert not people_with_role(Role.PLANNING_MEMBER).exists()


def test_people_are_found_by_role_and_by_what_they_may_do(planner, user_of):
    lead = user_of(Role.PLANNING_LEAD)
    user_of(Role.MARKETING_MEMBER)

    assert set(people_with_role(Role.PLANNING_MEMBER, Role.PLANNING_LEAD)) == {planner, lead}
    assert list(people_who_may("planning.run_consensus")) == [lead]


@pytest.mark.parametrize(
    ("kind", "is_red", "mailed"),
    [
        (Kind.FLAG_RAISED, True, 1),
        (Kind.FLAG_RAISED, False, 0),
        (Kind.FLAG_WORSENED, True, 1),
        (Kind.FLAG_WORSENED, False, 0),
        (Kind.DECIDE_BY_NEAR, False, 1),
        (Kind.DECIDE_BY_LAPSED, False, 1),
        (Kind.ACTION_OVERDUE, True, 0),
        (Kind.SIGNATURE_ASKED, False, 0),
    ],
)
def test_only_red_and_what_expires_is_mailed_at_once(planner, kind, is_red, mailed):
    domain.notify(**{**RED, "kind": kind, "is_red": is_red}, to=[planner])

    assert OutboxMessage.objects.count() == mailed
    assert Notification.objects.for_digest(planner).count() == 1 - mailed


def test_nobody_is_buried_in_mail(planner):
    for number in range(domain.MOST_AN_HOUR + 2):
        domain.notify(**{**RED, "key": f"flag:{number}"}, to=[planner])

    assert OutboxMessage.objects.count() == domain.MOST_AN_HOUR
    assert Notification.objects.for_digest(planner).count() == 2

    domain.set_preferences(user=planner, ways={Kind.FLAG_RAISED: Ways(False, False, True)})
    domain.notify(**{**RED, "key": "no other way"}, to=[planner])
    assert OutboxMessage.objects.count() == domain.MOST_AN_HOUR + 1


def test_each_kind_goes_the_ways_that_the_person_chose(planner):
    domain.notify(**{**OVERDUE, "key": "before"}, to=[planner])
    domain.set_preferences(user=planner, ways={Kind.ACTION_OVERDUE: Ways(False, False, True)})
    domain.notify(**OVERDUE, to=[planner])

    assert not Notification.objects.shown_to(planner).exists()
    assert not Notification.objects.for_digest(planner).exists()
    assert [message.key for message in OutboxMessage.objects.all()] == [f"mail:{planner.pk}:action:7:overdue"]


def test_what_is_told_goes_back_with_its_transaction(planner):
    with transaction.atomic():
        domain.notify(**RED, to=[planner])
        transaction.set_rollback(True)

    assert (Notification.objects.count(), OutboxMessage.objects.count()) == (0, 0)


def test_without_a_mail_server_nothing_is_mailed(planner, settings):
    settings.MAIL_HOST = ""

    domain.notify(**RED, to=[planner])

    assert not OutboxMessage.objects.exists()
    assert Notification.objects.for_digest(planner).count() == 1
