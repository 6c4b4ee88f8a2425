"""Pre-reads and minutes: opened and read, made and told of once, whatever happens to the worker."""

import io
from datetime import timedelta

import pytest
from django.urls import reverse
from pypdf import PdfReader

from marketing.tests.factories import NOW, make_campaign, make_product
from planning.tests.consensus.cases import make_cycle
from planning.tests.factories import make_flag
from scorecard import tasks
from scorecard.meetings.choices import MeetingKind, MeetingStatus, PaperKind
from scorecard.meetings.domain import papers, room
from scorecard.meetings.domain.agenda import write_agenda
from scorecard.meetings.domain.points import add_point
from scorecard.meetings.domain.timetable import move_meeting
from scorecard.meetings.models import Meeting, MeetingPaper
from scorecard.meetings.papers.minutes import minutes_pdf
from scorecard.meetings.papers.pre_read import pre_read_pdf
from scorecard.tests.actions.cases import give
from scorecard.tests.meetings.cases import CHAIR, MEMBER, make_meeting, make_series
from scorecard.tests.reviews.cases import DAY_AFTER, Q3, make_quarters
from sop_site.access.permissions import NotNow
from sop_site.access.roles import Role
from sop_site.clock import set_today
from sop_site.notifications.choices import Kind
from sop_site.notifications.models import Notification

HOSTILE = '#panic("out") $x^2$ *bold* _it_ `raw` // gone \\ "quoted" = Head <label> @ref'
THREE = {CHAIR.value, MEMBER.value, Role.EXECUTIVE.value}


def words_of(pdf) -> str:
    """All its text on one line; words are parted where lines are."""
    pages = PdfReader(io.BytesIO(pdf)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def made(paper: MeetingPaper) -> str:
    papers.make_meeting_paper(paper.pk)
    paper.refresh_from_db()
    assert paper.error == ""
    return words_of(paper.pdf)


def told(kind: Kind) -> list[str]:
    return sorted(Notification.objects.filter(kind=kind).values_list("recipient__username", flat=True))


def flagged(**facts) -> None:
    campaign = make_campaign(name="Glow", submitted_at=NOW - timedelta(days=90))
    make_flag(campaign, make_product(sku="CREW", name="Crew"), opened_at=NOW, **facts)


class TestPreRead:
    def test_it_has_the_points_with_their_money_and_dates(self, today, user_of):
        meeting = make_meeting(user_of, today, points=1)
        flagged(decide_by_date=today + timedelta(days=3))
        give(user_of, today, title=HOSTILE, due_on=today - timedelta(days=2))
        words = made(papers.ask_paper(meeting=meeting, kind=PaperKind.PRE_READ, by=user_of(MEMBER)))
        for said in (
            "Demand signal review · Pre-read",
            "Demand signal review FY26 W43",
            "Tue 24 Nov 2026, 09:00–09:45 CET. Chair: ",
            "Flags lapsing",
            "Glow: CREW must be decided, 100 units, $5,000 of revenue short",
            "$5,000 at stake",
            "Decide by Wed 25 Nov.",
            "CREW Crew Stockout 0.80× 100 $5k Wed 25 Nov",
            "Point 1",
            f"{HOSTILE} ",
            "Fri 20 Nov",
            "overdue",
        ):
            assert said in words

    def test_it_has_what_the_meeting_before_decided(self, today, user_of):
        meeting, chair = make_meeting(user_of, today, MeetingStatus.RUNNING, points=1), user_of(CHAIR)
        room.decide(
            point=meeting.points.get(), by=chair, owner=chair, text="Buy 400 more.", would_change_it="A mill."
        )
        room.close_meeting(meeting=meeting, by=chair, summary="")
        following = meeting.series.meetings.all()[1]
        words = made(papers.ask_paper(meeting=following, kind=PaperKind.PRE_READ, by=chair))
        assert "What FY26 W43 decided – Buy 400 more. What would change our mind: A mill. Owner: " in words
        assert "from FY26 W43" in words

    def test_that_of_the_month_has_the_cycle_and_its_totals(self, today, user_of):
        cycle = make_cycle().cycle
        series = make_series(user_of, MeetingKind.MONTHLY, week_of_period=4)
        meeting = next(one for one in series.meetings.all() if one.period.start == cycle.month_start)
        words = made(papers.ask_paper(meeting=meeting, kind=PaperKind.PRE_READ, by=user_of(CHAIR)))
        assert f"{cycle}: {cycle.stage.label.lower()}" in words
        assert "still owe their numbers." in words
        assert "Units by month Layer " + cycle.months[0].label in words

    def test_that_of_the_quarter_has_the_review(self, today, user_of):
        make_quarters()
        set_today(DAY_AFTER)
        series = make_series(user_of, MeetingKind.QUARTERLY, periods_later=1, week_of_period=3)
        meeting = next(one for one in series.meetings.all() if one.period_key == Q3.key)
        write_agenda(meeting=meeting, day=DAY_AFTER)
        words = words_of(pre_read_pdf(meeting, DAY_AFTER, NOW))
        assert "The money between Marketing and Planning" in words
        assert "13.1%" in words


class TestMinutes:
    def test_they_say_who_was_there_and_what_was_agreed_and_left(self, today, user_of):
        meeting = make_meeting(user_of, today, MeetingStatus.RUNNING, points=3)
        chair, member = user_of(CHAIR), user_of(MEMBER)
        first, second, _third = meeting.points.all()
        room.be_present(meeting=meeting, user=member)
        room.note_on_point(point=first, by=member, notes=HOSTILE)
        room.decide(point=first, by=chair, owner=member, text="Shift to blue.", assumption="It is in the DC.")
        room.give_action_on(
            point=first, by=chair, title="Tell the doors", owner=member, due_on=today + timedelta(days=4)
        )
        room.finish_point(point=first, by=chair)
        room.park_point(point=second, by=chair)
        room.close_meeting(meeting=meeting, by=chair, summary="Blue it is.")
        paper = MeetingPaper.objects.get(kind=PaperKind.MINUTES)
        words = made(paper)
        for said in (
            "Demand signal review · Minutes",
            "Blue it is.",
            f"In the room: {member}",
            f"Not there: {user_of(Role.EXECUTIVE)}",
            f"Shift to blue. It assumes: It is in the DC. Owner: {member}",
            f"Tell the doors {member} Thu 26 Nov",
            HOSTILE,
            "Added · Done · 0 of 5 min",
            "Left for the next meeting – Point 2 (parked) – Point 3",
            "0 minutes of 45",
        ):
            assert said in words
        assert set(told(Kind.MINUTES)) == THREE

    def test_they_are_asked_for_with_the_close_and_told_of_once(self, today, user_of):
        make_meeting(user_of, today, MeetingStatus.CLOSED)
        (paper,) = MeetingPaper.objects.all()
        for _ in range(2):
            tasks.make_meeting_paper(paper.pk)
        again = papers.ask_paper(meeting=paper.meeting, kind=PaperKind.MINUTES, by=user_of(MEMBER))
        tasks.make_meeting_paper(again.pk)
        assert told(Kind.MINUTES) == sorted(THREE)
        assert [one.sent_at is not None for one in MeetingPaper.objects.order_by("pk")] == [True, False]

    def test_what_a_killed_worker_left_is_made_by_the_sweep(self, today, user_of):
        make_meeting(user_of, today, MeetingStatus.CLOSED)
        tasks.check_conditions()
        assert told(Kind.MINUTES) == []
        MeetingPaper.objects.update(asked_at=NOW - timedelta(minutes=1))
        for _ in range(2):
            tasks.check_conditions()
        assert told(Kind.MINUTES) == sorted(THREE)
        assert MeetingPaper.objects.get().made_at is not None


class TestSending:
    def nights(self, meeting: Meeting, first, days: int) -> list[int]:
        """How many people had the pre-read after each night."""
        found = []
        for day in range(days):
            set_today(first + timedelta(days=day))
            for _ in range(2):
                for paper in papers.ask_for_due_pre_reads(first + timedelta(days=day)):
                    papers.make_meeting_paper(paper.pk)
            found.append(Notification.objects.filter(kind=Kind.PRE_READ, url__contains=meeting.pk).count())
        return found

    def test_a_pre_read_goes_out_two_working_days_before_once(self, today, user_of):
        # Sunday 22 November is today; the meeting of the week after is on Tuesday 1 December.
        meeting = make_series(user_of).meetings.all()[1]
        early = papers.ask_paper(meeting=meeting, kind=PaperKind.PRE_READ, by=user_of(MEMBER))
        papers.make_meeting_paper(early.pk)
        assert self.nights(meeting, today + timedelta(days=3), 4) == [0, 0, 3, 3]

    def test_one_that_is_put_off_is_prepared_anew(self, today, user_of):
        meeting = make_series(user_of).meetings.all()[1]
        assert self.nights(meeting, today + timedelta(days=5), 1) == [3]
        later = meeting.starts_at + timedelta(days=3)
        move_meeting(meeting=meeting, by=user_of(CHAIR), starts_at=later, place="")
        assert self.nights(meeting, today + timedelta(days=6), 5) == [3, 3, 3, 3, 6]


def test_an_address_that_is_longer_than_a_line_stays_on_the_paper(today, user_of):
    chair, address = user_of(CHAIR), "https://example.com/" + "join" * 50
    meeting = make_meeting(user_of, today, MeetingStatus.RUNNING)
    point = add_point(meeting=meeting, by=chair, title=address)
    room.decide(point=point, by=chair, text=address, owner=chair, assumption=address)
    page = PdfReader(io.BytesIO(minutes_pdf(meeting, today, NOW))).pages[0]
    lines = page.extract_text().splitlines()
    assert "".join(lines).count(address) == 6
    assert max(map(len, lines)) < len(address) / 1.5


class TestPage:
    def test_a_paper_is_asked_for_waited_for_and_fetched(self, today, user_of, client_of):
        meeting, client = make_meeting(user_of, today), client_of(MEMBER)
        address = reverse("meetings:paper", args=[meeting.pk, "pre_read"])
        file = reverse("meetings:paper_file", args=[meeting.pk, "pre_read"])
        assert client.get(file).status_code == 404
        assert client.post(address).status_code == 302
        assert "It is being made" in client.get(address, headers={"HX-Request": "true"}).content.decode()
        assert client.post(address, follow=True).content.decode().count("the file is being made already") == 1
        papers.make_meeting_paper(MeetingPaper.objects.get().pk)
        found = client.get(file)
        assert 'filename="Pre-read_Demand_signal_review_FY26_W43.pdf"' in found["Content-Disposition"]
        assert "Demand signal review FY26 W43" in words_of(found.content)

    def test_each_comes_at_its_time(self, today, user_of):
        meeting, by = make_meeting(user_of, today), user_of(MEMBER)
        with pytest.raises(NotNow, match="once the meeting is over"):
            papers.ask_paper(meeting=meeting, kind=PaperKind.MINUTES, by=by)
        held = room.close_meeting(
            meeting=room.open_meeting(meeting=meeting, by=user_of(CHAIR)), by=user_of(CHAIR), summary=""
        )
        with pytest.raises(NotNow, match="nothing to prepare"):
            papers.ask_paper(meeting=held, kind=PaperKind.PRE_READ, by=by)
