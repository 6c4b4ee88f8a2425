"""The calendar that other programs read: parsed again, over a year with both changes of the clocks."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from icalendar import Calendar

from marketing.tests.factories import NOW, make_campaign, make_product
from planning.tests.factories import make_flag
from scorecard.meetings.choices import MeetingKind
from scorecard.meetings.domain.feeds import renew_feed, revoke_feed
from scorecard.meetings.domain.timetable import cancel_meeting, move_meeting, plan_meetings
from scorecard.meetings.feed import calendar_of
from scorecard.meetings.models import Meeting
from scorecard.tests.meetings.cases import CHAIR, MEMBER, make_meeting, make_series
from sop_site.access.roles import Role

pytestmark = pytest.mark.django_db
BERLIN = ZoneInfo("Europe/Berlin")


def events_of(user, day) -> dict[str, dict]:
    """The events of a person's calendar by their UID, with the values that programs read."""
    calendar = Calendar.from_ical(calendar_of(user, day))
    found = {}
    for event in calendar.walk("VEVENT"):
        values = {name.lower(): event.decoded(name) for name in event}
        found[str(event["uid"])] = {
            name: value.decode() if isinstance(value, bytes) else value for name, value in values.items()
        }
    return found


def test_a_year_of_meetings_begins_at_nine_on_both_sides_of_summer_time(today, user_of):
    make_series(user_of)
    for weeks in (13, 26, 39):
        plan_meetings(today + timedelta(weeks=weeks))
    events = events_of(user_of(MEMBER), today)
    starts = sorted(event["dtstart"] for event in events.values())
    assert len(starts) == Meeting.objects.count() == 52
    assert {str(start.tzinfo) for start in starts} == {"UTC"}
    assert {start.hour for start in starts} == {7, 8}
    assert {start.astimezone(BERLIN).strftime("%a %H:%M") for start in starts} == {"Tue 09:00"}
    assert {later - earlier for earlier, later in pairwise(starts)} == {
        timedelta(days=7),
        timedelta(days=7, hours=1),
        timedelta(days=7, hours=-1),
    }
    assert {event["dtend"] - event["dtstart"] for event in events.values()} == {timedelta(minutes=45)}


def test_a_change_keeps_the_event_and_counts_on(today, user_of):
    meeting, chair = make_meeting(user_of, today), user_of(CHAIR)
    uid = f"meeting-{meeting.pk}@bridge"
    before = events_of(chair, today)[uid]
    assert (before["status"], before["sequence"], "location" in before) == ("CONFIRMED", 0, False)
    move_meeting(meeting=meeting, by=chair, starts_at=datetime(2026, 11, 25, 14, tzinfo=UTC), place="Room; 2")
    moved = events_of(chair, today)[uid]
    assert (moved["dtstart"], moved["location"]) == (datetime(2026, 11, 25, 14, tzinfo=UTC), "Room; 2")
    cancel_meeting(meeting=meeting, by=chair, note="")
    cancelled = events_of(chair, today)[uid]
    assert (moved["sequence"], cancelled["sequence"], cancelled["status"]) == (1, 2, "CANCELLED")
    assert before["last-modified"] <= moved["last-modified"] <= cancelled["last-modified"]


def test_it_has_ones_own_meetings_alone(today, user_of):
    make_series(user_of, MeetingKind.QUARTERLY, periods_later=1)
    assert len(events_of(user_of(MEMBER), today)) == 4
    assert events_of(user_of(Role.MERCHANDISING_LEAD), today) == {}


def test_it_has_the_decide_by_dates_of_ones_campaigns_and_for_planning_of_all(today, user_of):
    owner = user_of(Role.MARKETING_MEMBER)
    campaigns = [make_campaign(name=name, owner=owner) for name in ("Glow", "Cosy")]
    other = make_campaign(name="Fresh", owner=user_of(Role.MARKETING_LEAD))
    due = today + timedelta(days=3)
    for campaign, sku, day in (
        (campaigns[0], "A", due),
        (campaigns[0], "B", due),
        (campaigns[1], "C", due + timedelta(days=1)),
        (other, "D", due),
        (other, "E", None),
    ):
        make_flag(campaign, make_product(sku=sku), opened_at=NOW, decide_by_date=day)
    events = events_of(owner, today)
    assert [event["summary"] for event in events.values()] == [
        "Last day to decide: Glow",
        "Last day to decide: Cosy",
    ]
    glow = events[f"decide-by-{campaigns[0].pk}-2026-11-25@bridge"]
    assert (glow["dtstart"], glow["dtend"]) == (date(2026, 11, 25), date(2026, 11, 26))
    assert glow["description"].startswith("2 SKUs undecided, 200 units short.\nhttp")
    assert len(events_of(user_of(Role.PLANNING_MEMBER), today)) == 3
    assert events_of(user_of(Role.EXECUTIVE), today) == {}


class TestAddress:
    def read(self, client, token: str) -> int:
        return client.get(reverse("meetings:feed", args=[token])).status_code

    def test_it_is_read_without_signing_in_until_it_is_renewed_or_taken_away(self, today, user_of, client):
        user = user_of(MEMBER)
        first = renew_feed(by=user).token
        answer = client.get(reverse("meetings:feed", args=[first]))
        assert (answer.status_code, answer["Content-Type"]) == (200, "text/calendar; charset=utf-8")
        assert "no-store" in answer["Cache-Control"]
        second = renew_feed(by=user).token
        assert [self.read(client, token) for token in (first, second)] == [404, 200]
        revoke_feed(by=user)
        assert self.read(client, second) == 404

    def test_that_of_somebody_who_may_no_longer_sign_in_is_gone(self, today, user_of, client):
        user = user_of(MEMBER)
        token = renew_feed(by=user).token
        user.is_active = False
        user.save()
        assert self.read(client, token) == 404

    def test_the_page_gives_it_and_takes_it_away(self, today, user_of, client_of):
        make_series(user_of)
        client = client_of(MEMBER)
        page = client.post(reverse("meetings:renew_feed"), follow=True).content.decode()
        assert reverse("meetings:feed", args=[user_of(MEMBER).calendar_feed.token]) in page
        page = client.post(reverse("meetings:revoke_feed"), follow=True).content.decode()
        assert ".ics" not in page
        assert "Make the address" in page
