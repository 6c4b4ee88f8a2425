"""Who is told of meetings and of what they decide, each change once."""

from datetime import timedelta

import pytest
from django.db import transaction

from marketing.tests.factories import make_campaign, make_product
from planning.tests.factories import make_flag
from scorecard.about.about import About
from scorecard.about.choices import AboutKind
from scorecard.meetings.choices import MeetingStatus, PaperKind
from scorecard.meetings.domain import room
from scorecard.meetings.domain.points import add_point
from scorecard.meetings.domain.timetable import cancel_meeting, move_meeting, restore_meeting
from scorecard.meetings.models import MeetingPaper
from scorecard.tests.meetings.cases import CHAIR, MEMBER, make_meeting, make_series
from sop_site.access.roles import Role
from sop_site.notifications.choices import Kind
from sop_site.notifications.models import Notification


def told(kind: Kind) -> list[tuple[str, str]]:
    """What people were told, and who was."""
    found = Notification.objects.filter(kind=kind).order_by("pk")
    return list(found.values_list("title", "recipient__username"))


def test_members_are_told_when_a_standing_meeting_is_called_and_who_joins_it_later(today, user_of):
    called = "Demand signal review: the next one is on Tue 24 Nov, 09:00–09:45 CET"
    make_series(user_of)
    assert told(Kind.MEETING_CALLED) == [(called, role.value) for role in (CHAIR, MEMBER)]
    make_series(user_of, members=[user_of(MEMBER), user_of(Role.MARKETING_LEAD)])
    assert told(Kind.MEETING_CALLED)[2:] == [(called, Role.MARKETING_LEAD.value)]


def test_members_are_told_of_each_change_of_a_meeting_but_not_who_made_it(today, user_of):
    meeting, chair = make_meeting(user_of, today), user_of(CHAIR)
    Notification.objects.all().delete()
    later = meeting.starts_at + timedelta(days=1)
    for _ in range(2):
        move_meeting(meeting=meeting, by=chair, starts_at=later, place="Room 2")
        cancel_meeting(meeting=meeting, by=chair, note="Nobody is here.")
        restore_meeting(meeting=meeting, by=chair)
    changes = [
        f"Demand signal review FY26 W43 {what}: Wed 25 Nov, 09:00–09:45 CET, Room 2"
        for what in ("is moved", "is cancelled", "is held after all")
    ]
    others = {MEMBER.value, Role.EXECUTIVE.value}
    assert {who for _, who in told(Kind.MEETING_CALLED)} == others
    # It was moved to where it stood already the second time.
    expected = [*changes, *changes[1:]]
    assert [title for title, who in told(Kind.MEETING_CALLED) if who == MEMBER] == expected
    assert Notification.objects.filter(detail="Nobody is here.").count() == 4


@pytest.mark.parametrize("kind", [AboutKind.FLAG, AboutKind.CAMPAIGN, AboutKind.NOTHING])
def test_whoever_owns_what_is_decided_on_is_told(kind, today, user_of):
    meeting, chair = make_meeting(user_of, today, MeetingStatus.RUNNING), user_of(CHAIR)
    campaign = make_campaign(owner=user_of(Role.MARKETING_LEAD))
    keys = {AboutKind.FLAG: str(make_flag(campaign, make_product()).pk), AboutKind.CAMPAIGN: str(campaign.pk)}
    point = add_point(
        meeting=meeting, by=chair, title="Blue?", about=About(kind, keys[kind]) if kind in keys else None
    )
    room.decide(point=point, by=chair, text="Yes.\nBlue.", owner=user_of(MEMBER))
    expected = {MEMBER.value} | ({Role.MARKETING_LEAD.value} if kind in keys else set())
    assert {who for _, who in told(Kind.DECISION_ON_YOURS)} == expected
    assert {title for title, _ in told(Kind.DECISION_ON_YOURS)} == {
        "Demand signal review FY26 W43 decides: Yes. Blue."
    }


def test_minutes_are_asked_for_with_the_close_or_not_at_all(today, user_of):
    meeting, chair = make_meeting(user_of, today, MeetingStatus.RUNNING), user_of(CHAIR)
    before = transaction.savepoint()
    room.close_meeting(meeting=meeting, by=chair, summary="")
    assert [paper.kind for paper in MeetingPaper.objects.all()] == [PaperKind.MINUTES]
    transaction.savepoint_rollback(before)
    assert not MeetingPaper.objects.exists()
