"""The bell, the list and the page on which people say how they want to be told."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from sop_site.access.roles import Role
from sop_site.notifications import domain
from sop_site.notifications.choices import Kind, Ways
from sop_site.notifications.models import Notification, Preference

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def planner(user_of):
    return user_of(Role.PLANNING_MEMBER)


def tell(person, *keys: str) -> None:
    for key in keys:
        domain.notify(
            kind=Kind.MINUTES, to=[person], key=key, title=f"News of {key}", url=reverse("access:roles")
        )


def test_the_bell_counts_what_is_unread_and_is_silent_while_nothing_changes(planner, client_of, today):
    browser, url = client_of(Role.PLANNING_MEMBER), reverse("notifications:bell")
    tell(planner, "one", "two")

    assert "Notifications, 2 unread" in browser.get(reverse("access:roles")).content.decode()
    assert browser.get(url, {"seen": "2"}, headers=HTMX).status_code == 204
    tell(planner, "three")
    assert "Notifications, 3 unread" in browser.get(url, {"seen": "2"}, headers=HTMX).content.decode()


def test_a_notification_leads_to_its_page_and_is_then_read(planner, client_of, today):
    tell(planner, "one", "two")
    two = Notification.objects.get(key="two")
    browser = client_of(Role.PLANNING_MEMBER)

    assert browser.get(reverse("notifications:open", args=[two.pk])).url == reverse("access:roles")
    listed = browser.get(reverse("notifications:list")).context["page"]
    assert [told.key for told in listed] == ["one", "two"], "what is unread stands first"

    browser.post(reverse("notifications:read", args=[two.pk]), {"unread": "1"})
    assert Notification.objects.shown_to(planner).unread().count() == 2
    browser.post(reverse("notifications:read_all"))
    assert Notification.objects.shown_to(planner).unread().count() == 0


def test_the_list_asks_the_database_as_often_for_many_as_for_one(planner, client_of, today):
    browser, url = client_of(Role.PLANNING_MEMBER), reverse("notifications:list")
    tell(planner, "one")
    browser.get(url)
    with CaptureQueriesContext(connection) as for_one:
        browser.get(url)
    tell(planner, "two", "three")
    with CaptureQueriesContext(connection) as for_three:
        browser.get(url)

    assert len(for_three) == len(for_one)


def test_people_say_how_they_want_to_be_told(planner, client_of, today, settings):
    browser, url = client_of(Role.PLANNING_MEMBER), reverse("notifications:settings")
    assert "No mail leaves this installation" in browser.get(url).content.decode()
    settings.MAIL_HOST = "mail.example.com"
    page = browser.get(url)
    assert "You have no mail address" in page.content.decode()
    form = page.context["form"]
    chosen = {name: "on" for name, field in form.fields.items() if form[name].initial is True}
    del chosen["minutes-in_digest"]

    assert browser.post(url, {**chosen, "digest_at": "06:30", "minutes-at_once": "on"}).status_code == 302

    (row,) = Preference.objects.filter(user=planner)
    assert (row.kind, row.in_product, row.in_digest, row.at_once) == ("minutes", True, False, True)
    mail = domain.mail_settings_of(planner)
    assert (mail.wants_mail, f"{mail.digest_at:%H:%M}") == (True, "06:30")
    domain.set_preferences(user=planner, ways={Kind.MINUTES: Ways(True, True, False)})
    assert not Preference.objects.exists(), "as by default: nothing to keep"
