"""The agenda that writes itself: each cause once, marked when it is gone, taken along while it is open."""

from datetime import UTC, datetime, timedelta

import pytest

from marketing.campaigns.choices import CampaignStatus
from marketing.tests.factories import NOW, make_campaign, make_dc, make_product
from planning.consensus.choices import RemarkKind
from planning.risk.choices import RiskState
from planning.risk.models import Flag
from planning.supply.models import Receipt
from planning.tests.consensus.cases import make_cycle
from planning.tests.factories import make_flag, make_receipt
from scorecard.about.about import About
from scorecard.about.choices import AboutKind
from scorecard.meetings.choices import MeetingKind, MeetingStatus, PointSource, PointStatus
from scorecard.meetings.domain import room, timetable
from scorecard.meetings.domain.agenda import write_agenda, write_agendas
from scorecard.meetings.domain.points import order_points
from scorecard.meetings.models import AgendaPoint, Meeting
from scorecard.reviews.domain import ask_decision
from scorecard.tests.actions.cases import give
from scorecard.tests.meetings.cases import CHAIR, MEMBER, make_meeting, make_series
from scorecard.tests.signals.cases import make_signal
from sop_site.access.roles import Role
from sop_site.fiscal import FiscalPeriod, PeriodKind


def written(meeting: Meeting, day) -> list[AgendaPoint]:
    write_agenda(meeting=meeting, day=day)
    return list(meeting.points.all())


def told(points: list[AgendaPoint]) -> list[tuple[str, str]]:
    return [(point.source, point.title) for point in points]


class TestWeekly:
    def test_a_campaign_comes_up_when_it_is_eight_weeks_off(self, today, user_of):
        meeting = make_meeting(user_of, today)
        near = make_campaign(
            products=[make_product()], name="Glow", starts_on=today + timedelta(weeks=8), submitted_at=NOW
        )
        early = datetime(2026, 11, 1, tzinfo=UTC)
        for weeks, status in ((8, CampaignStatus.CANCELLED), (9, CampaignStatus.SUBMITTED)):
            make_campaign(starts_on=today + timedelta(weeks=weeks), status=status, submitted_at=early)
        make_campaign(starts_on=today + timedelta(weeks=7), submitted_at=early)
        (point,) = written(meeting, today)
        assert (point.source, point.title) == (
            PointSource.CAMPAIGN_NEAR,
            "Glow starts in 8 weeks: 1 SKU at 0 doors",
        )
        assert About.of(point) == About(AboutKind.CAMPAIGN, str(near.pk))

    def test_the_flags_of_a_campaign_are_one_point_by_what_is_most_pressing(self, today, user_of):
        meeting = make_meeting(user_of, today)
        glow = make_campaign(name="Glow", submitted_at=datetime(2026, 9, 1, tzinfo=UTC))
        facts = {"opened_at": NOW, "decide_by_date": today + timedelta(days=30)}
        for sku in ("A", "B"):
            make_flag(glow, make_product(sku=sku), **facts)
        make_flag(glow, make_product(sku="C"), **{**facts, "decide_by_date": today + timedelta(days=3)})
        make_flag(glow, make_product(sku="D"), **facts, state=RiskState.OK)
        points = written(meeting, today)
        assert told(points) == [
            (PointSource.FLAG_LAPSING, "Glow: C must be decided, 100 units, $5,000 of revenue short"),
            (
                PointSource.FLAG_OPENED,
                "Glow: 2 SKUs came to need a decision, 200 units, $10,000 of revenue short",
            ),
        ]
        assert [point.about_kind for point in points] == [AboutKind.FLAG, AboutKind.CAMPAIGN]
        assert points[0].detail == "Decide by Wed 25 Nov."

    def test_a_date_that_has_passed_is_not_asked_for(self, today, user_of):
        meeting = make_meeting(user_of, today)
        glow = make_campaign(submitted_at=datetime(2026, 9, 1, tzinfo=UTC))
        for days in (-3, 3):
            make_flag(glow, make_product(), decide_by_date=today + timedelta(days=days))
        (point,) = written(meeting, today)
        assert point.detail == "The last day to decide was Thu 19 Nov. Decide by Wed 25 Nov."

    def test_receipts_that_moved_since_the_meeting_before_are_one_point(self, today, user_of):
        meeting = make_meeting(user_of, today)
        receipt = make_receipt(make_product(sku="CREW"), make_dc(), 240, po_number="PO-1")
        make_receipt(make_product(), make_dc(), 10)
        Receipt.objects.filter(pk=receipt.pk).update(current_eta=receipt.current_eta + timedelta(days=9))
        events = Receipt.pgh_event_model.objects
        events.filter(pgh_label="insert").update(pgh_created_at=meeting.starts_at - timedelta(days=30))
        events.filter(pgh_label="update").update(pgh_created_at=meeting.starts_at - timedelta(days=4))
        (point,) = written(meeting, today)
        assert point.title == "1 receipt moved, 1 of them later"
        assert point.detail == "PO-1/1 (CREW, 240 units): Sun 13 Dec → Tue 22 Dec"

    def test_signals_come_promoted_first_then_by_money_and_the_small_ones_together(self, today, user_of):
        meeting = make_meeting(user_of, today)
        for number in range(1, 15):
            make_signal(make_product(sku=f"S{number:02d}"), sold_units=1_000.0 + number)
        make_signal(make_product(sku="PROMO"), sold_units=900.0, is_promoted=True)
        points = written(meeting, today)
        skus = [point.title.split()[0] for point in points]
        assert skus == ["PROMO", *(f"S{number:02d}" for number in range(14, 3, -1)), "15"]
        assert points[-1].title == "15 demand signals in all"

    def test_open_actions_come_last(self, today, user_of):
        meeting = make_meeting(user_of, today, points=1)
        give(user_of, today, due_on=today - timedelta(days=1))
        give(user_of, today)
        assert told(written(meeting, today)) == [
            (PointSource.PEOPLE, "Point 1"),
            (PointSource.OPEN_ACTION, "2 open actions: 1 overdue, 0 put off before"),
        ]


class TestWritingAgain:
    def test_changes_nothing_where_nothing_changed(self, today, user_of):
        meeting = make_meeting(user_of, today, points=1)
        make_flag(make_campaign(), make_product(), opened_at=NOW)
        first = [(point.pk, point.title, point.place) for point in written(meeting, today)]
        assert [(point.pk, point.title, point.place) for point in written(meeting, today)] == first

    def test_marks_what_is_no_longer_so_and_takes_it_back_when_it_is_again(self, today, user_of):
        meeting = make_meeting(user_of, today)
        flag = make_flag(make_campaign(submitted_at=NOW - timedelta(days=90)), make_product(), opened_at=NOW)
        (point,) = written(meeting, today)
        for state, is_gone in ((RiskState.OK, True), (RiskState.OUT, False)):
            Flag.objects.filter(pk=flag.pk).update(state=state)
            assert [(again.pk, again.is_gone) for again in written(meeting, today)] == [(point.pk, is_gone)]

    def test_leaves_the_order_of_the_chair_and_what_people_wrote(self, today, user_of):
        meeting, chair = make_meeting(user_of, today, points=2), user_of(CHAIR)
        make_flag(make_campaign(submitted_at=NOW - timedelta(days=90)), make_product(), opened_at=NOW)
        flagged, first, second = written(meeting, today)
        room.note_on_point(point=flagged, by=chair, notes="Ask the supplier.")
        order_points(meeting=meeting, by=chair, point_ids=[second.pk, first.pk])
        points = written(meeting, today)
        assert [point.pk for point in points] == [second.pk, first.pk, flagged.pk]
        assert points[2].notes == "Ask the supplier."

    def test_each_night_those_of_the_days_that_come_are_written(self, today, user_of):
        make_series(user_of)
        give(user_of, today)
        assert [meeting.period_key for meeting in write_agendas(today)] == ["2026-w43"]
        assert AgendaPoint.objects.count() == 1


class TestTakingAlong:
    def held(self, user_of, today, **facts) -> tuple[Meeting, Meeting]:
        """A meeting with a point of people and one of a flag that opened, held; and the one after it."""
        meeting = make_meeting(user_of, today, points=1)
        opened_at = meeting.starts_at - timedelta(days=1)
        self.flag = make_flag(
            make_campaign(submitted_at=NOW - timedelta(days=90)),
            make_product(),
            opened_at=opened_at,
            decide_by_date=today + timedelta(days=60),
        )
        write_agenda(meeting=meeting, day=today)
        return meeting, meeting.series.meetings.all()[1]

    def close(self, meeting: Meeting, user_of) -> None:
        chair = user_of(CHAIR)
        room.open_meeting(meeting=meeting, by=chair)
        room.close_meeting(meeting=meeting, by=chair, summary="")
        Meeting.objects.filter(pk=meeting.pk).update(closed_at=meeting.ends_at)

    def test_what_was_left_open_or_parked_comes_along_once(self, today, user_of):
        meeting, following = self.held(user_of, today)
        room.park_point(point=meeting.points.get(source=PointSource.PEOPLE), by=user_of(CHAIR))
        self.close(meeting, user_of)
        for _ in range(2):
            points = written(following, today + timedelta(days=7))
            assert [(point.source, point.is_gone, point.carried_from.meeting) for point in points] == [
                (PointSource.FLAG_OPENED, False, meeting),
                (PointSource.PEOPLE, False, meeting),
            ]

    def test_what_was_settled_or_has_gone_does_not(self, today, user_of):
        meeting, following = self.held(user_of, today)
        meeting.points.filter(source=PointSource.PEOPLE).update(status=PointStatus.DONE)
        self.close(meeting, user_of)
        Flag.objects.filter(pk=self.flag.pk).update(state=RiskState.OK)
        assert written(following, today + timedelta(days=7)) == []

    def test_what_came_along_is_marked_when_it_has_gone(self, today, user_of):
        meeting, following = self.held(user_of, today)
        self.close(meeting, user_of)
        written(following, today + timedelta(days=7))
        Flag.objects.filter(pk=self.flag.pk).update(state=RiskState.OK)
        points = written(following, today + timedelta(days=8))
        assert [(point.source, point.is_gone) for point in points] == [
            (PointSource.FLAG_OPENED, True),
            (PointSource.PEOPLE, False),
        ]

    def test_what_stood_on_the_next_agenda_already_comes_along_as_the_same_point(self, today, user_of):
        meeting, following = self.held(user_of, today)
        Flag.objects.filter(pk=self.flag.pk).update(opened_at=meeting.starts_at + timedelta(minutes=1))
        (early,) = written(following, today)
        room.note_on_point(point=early, by=user_of(MEMBER), notes="Ours.")
        flagged = meeting.points.get(source=PointSource.FLAG_OPENED)
        room.note_on_point(point=flagged, by=user_of(MEMBER), notes="Theirs.")
        self.close(meeting, user_of)
        for _ in range(2):
            point = written(following, today + timedelta(days=7))[0]
            assert (point.pk, point.is_gone, point.carried_from) == (early.pk, False, flagged)
            assert point.notes == "Theirs.\nOurs."

    @pytest.mark.parametrize("is_cancelled", [True, False])
    def test_a_meeting_that_nobody_holds_loses_nothing(self, is_cancelled, today, user_of):
        meeting, missed = self.held(user_of, today)
        following = meeting.series.meetings.all()[2]
        self.close(meeting, user_of)
        if is_cancelled:
            timetable.cancel_meeting(meeting=missed, by=user_of(CHAIR), note="")
        else:
            write_agenda(meeting=missed, day=today + timedelta(days=7))
        points = written(following, today + timedelta(days=14))
        assert told(points)[1:] == [(PointSource.PEOPLE, "Point 1")]
        assert [(point.source, point.is_gone) for point in points] == [
            (PointSource.FLAG_OPENED, False),
            (PointSource.PEOPLE, False),
        ]

    def test_a_later_meeting_takes_nothing_from_the_one_that_comes_first(self, today, user_of):
        meeting, following = self.held(user_of, today)
        self.close(meeting, user_of)
        day = today + timedelta(days=4)
        assert written(meeting.series.meetings.all()[2], day) == []
        assert len(written(following, day)) == 2

    def test_a_signal_stays_until_it_is_decided_whatever_larger_ones_come(self, today, user_of):
        meeting = make_meeting(user_of, today)
        small = make_signal(make_product(sku="SMALL"), sold_units=250.0)
        (point,) = written(meeting, today)
        for number in range(12):
            make_signal(make_product(sku=f"S{number:02d}"))
        assert (
            AgendaPoint.objects.get(pk=point.pk, meeting=write_agenda(meeting=meeting, day=today)).is_gone
            is False
        )
        room.open_meeting(meeting=meeting, by=user_of(CHAIR))
        room.decide(point=point, by=user_of(CHAIR), text="Raise it by a tenth.", owner=user_of(MEMBER))
        small.refresh_from_db()
        assert (small.decision, small.decided_by) == ("Raise it by a tenth.", user_of(CHAIR))
        write_agenda(meeting=meeting, day=today)
        assert AgendaPoint.objects.get(pk=point.pk).is_gone is True


def test_a_meeting_that_is_over_keeps_its_agenda(today, user_of):
    meeting = make_meeting(user_of, today, MeetingStatus.CLOSED)
    give(user_of, today)
    assert written(meeting, today) == []


def test_a_monthly_agenda_says_what_the_cycle_of_its_month_waits_for(today, user_of):
    series = make_series(user_of, MeetingKind.MONTHLY, week_of_period=4)
    forecast = make_cycle()
    forecast.version.remarks.create(
        kind=RemarkKind.OPEN_POINT,
        product=forecast.crew,
        text="Why so high?",
        raised_at=NOW,
        raised_by=user_of(MEMBER),
    )
    meeting = series.meetings.get(period_key=FiscalPeriod.of(PeriodKind.MONTH, today).key)
    assert [title for _, title in told(written(meeting, today))] == [
        "Marketing, Planning and Merchandising still owe their numbers",
        "Product CREW: Why so high?",
    ]


@pytest.mark.parametrize("quarter", [3])
def test_a_quarterly_agenda_has_the_questions_of_the_review(quarter, today, user_of):
    series = make_series(user_of, MeetingKind.QUARTERLY, week_of_period=6, periods_later=1)
    period = FiscalPeriod(2026, PeriodKind.QUARTER, quarter)
    question = ask_decision(period=period, by=user_of(Role.EXECUTIVE), question="Raise the threshold?")
    meeting = series.meetings.get(period_key=period.key)
    (point,) = written(meeting, today)
    assert (point.source, point.title, point.question) == (
        PointSource.REVIEW_QUESTION,
        "Raise the threshold?",
        question,
    )


def test_what_somebody_brings_up_stands_on_the_next_weekly_agenda_once(today, user_of, client_of):
    make_meeting(user_of, today)
    campaign = make_campaign(name="Glow")
    for _ in range(2):
        answer = client_of(MEMBER).post(f"/bring-up/campaign/{campaign.pk}/", {"title": " Is it worth it? "})
        assert answer.url == campaign.get_absolute_url()
    point = AgendaPoint.objects.get()
    assert (point.title, point.added_by, About.of(point)) == (
        "Is it worth it?",
        user_of(MEMBER),
        About(AboutKind.CAMPAIGN, str(campaign.pk)),
    )


def test_the_chair_moves_a_point_by_one_or_to_the_top(today, user_of, client_of):
    meeting = make_meeting(user_of, today, points=4)
    last = meeting.points.get(title="Point 4")
    places = []
    for move in ("up", "top", "down"):
        client_of(CHAIR).post(f"/meetings/{meeting.pk}/order/", {"point": last.pk, "move": move})
        last.refresh_from_db()
        places.append(last.place)
    assert places == [3, 1, 2]


def test_a_meeting_is_not_moved_to_a_year_that_is_over(today, user_of, client_of):
    meeting = make_meeting(user_of, today)
    answer = client_of(CHAIR).post(
        f"/meetings/{meeting.pk}/move/", {"move-day": "0001-01-01", "move-at": "09:00"}
    )
    assert "That day has passed." in answer.text


def test_a_reason_that_is_too_long_is_given_back_and_the_meeting_stands(today, user_of, client_of):
    meeting = make_meeting(user_of, today)
    answer = client_of(CHAIR).post(f"/meetings/{meeting.pk}/cancel/", {"note": "x" * 2001})
    assert "At most 2,000 characters; this has 2,001." in answer.text
    assert answer.context["cancel_form"]["note"].value() == "x" * 2001
    assert Meeting.objects.get(pk=meeting.pk).status == MeetingStatus.PLANNED
