"""The page of the meeting: what it says, what it offers to whom, and where it ends."""

from datetime import timedelta

import pytest
from django.urls import reverse

from scorecard.measures.choices import Measure
from scorecard.measures.domain import restate_week
from scorecard.measures.models import WeekSnapshot
from scorecard.reviews import domain
from scorecard.reviews.models import PreRead, QuarterlyReview, ReviewDecision
from scorecard.tests.factories import close_week, make_target
from scorecard.tests.reviews.cases import DAY_AFTER, Q2, Q3, Q4, make_quarters
from sop_site.access.roles import Role
from sop_site.clock import set_today
from sop_site.paper.standing import SILENT_AFTER
from sop_site.tests.operating_model.cases import propose

pytestmark = pytest.mark.django_db
HTMX = {"HTTP_HX_REQUEST": "true"}
QUESTION = "Raise the target cover of Tops?"


@pytest.fixture
def quarters(today):
    make_quarters()
    set_today(DAY_AFTER)


def address(name, period=Q3):
    return reverse(f"reviews:{name}", args=[period.year, period.number])


def text(answer):
    return " ".join(answer.content.decode().split())


def test_the_review_leads_to_the_quarter_that_ended_and_after_it_closed_to_the_one_that_runs(
    quarters, client_of, user_of
):
    client = client_of(Role.PLANNING_MEMBER)
    assert client.get(reverse("reviews:current")).url == address("detail")
    domain.close_quarter(period=Q3, by=user_of(Role.EXECUTIVE))
    assert client.get(reverse("reviews:current")).url == address("detail", Q4)


def test_it_says_what_changed_and_how_the_quarter_stands_beside_the_one_before(quarters, client_of, user_of):
    make_target(Measure.STOCKOUT_DAYS, 0.08, effective_from=Q2.start, by=user_of(Role.EXECUTIVE))
    page = text(client_of(Role.PLANNING_MEMBER).get(address("detail")))
    assert (
        "Stockout rate on promoted items, door-days rose from 9.1% to 13.1%; most of it in Tops, North."
        in page
    )
    for words in ("The outcome we share", "Off target", "+4.0 points worse", "13 weeks", "no data"):
        assert words in page


def test_a_quarter_that_has_not_begun_has_no_page_and_one_without_weeks_says_so(quarters, client_of):
    client = client_of(Role.PLANNING_MEMBER)
    assert client.get(address("detail", Q4 + 1)).status_code == 404
    assert client.get("/scorecard/reviews/2026-q5/").status_code == 404
    assert "No week of Q4 FY25 is on the scorecard yet." in text(client.get(address("detail", Q2 - 2)))


def test_buttons_stand_where_the_role_may_press_them(quarters, client_of, user_of):
    domain.ask_decision(period=Q3, by=user_of(Role.PLANNING_LEAD), question=QUESTION)
    for role in Role:
        page = text(client_of(role).get(address("detail")))
        person = user_of(role)
        assert ("Record the decision" in page) == person.has_perm("scorecard.record_decision")
        assert ("Ask for a decision" in page) == person.has_perm("scorecard.record_decision")
        assert ("Close the quarter" in page) == person.has_perm("scorecard.close_quarter")
        assert "Make the pre-read" in page


def test_a_closed_review_offers_nothing_but_its_pre_read_and_says_its_corrections(
    quarters, client_of, user_of
):
    chair = user_of(Role.EXECUTIVE)
    domain.close_quarter(period=Q3, by=chair)
    client = client_of(Role.EXECUTIVE)
    page = text(client.get(address("detail")))
    assert "Closed by Executive" in page
    for words in ("Close the quarter", "Ask for a decision", "Said first"):
        assert words not in page
    assert "Corrections since the weeks were closed" in page
    restate_week(week_start=Q3.weeks[3].start, by=chair, reason="A file came late.")
    page = text(client.get(address("detail")))
    assert "but for 1 restated week" in page
    assert "FY26 W30 was restated on Sun 1 Nov 2026 by Executive: A file came late." in page


class TestForms:
    def test_a_decision_is_asked_for_about_a_proposal_and_recorded(self, quarters, client_of, user_of):
        model = propose(user_of, by=Role.EXECUTIVE, cover_threshold=1.2)
        client = client_of(Role.PLANNING_LEAD)
        client.post(address("ask"), {"question": QUESTION, "operating_model": model.pk})
        asked = ReviewDecision.objects.get()
        assert (asked.question, asked.operating_model) == (QUESTION, model)
        said = {
            f"decision-{asked.pk}-decision": "Yes.",
            f"decision-{asked.pk}-assumption": "Sales stay.",
            f"decision-{asked.pk}-would_change_it": "Turn below 3.",
        }
        answer = client.post(reverse("reviews:decide", args=[asked.pk]), said, follow=True)
        assert "What would change our mind: Turn below 3." in text(answer)
        answer = client.post(reverse("reviews:decide", args=[asked.pk]), said, follow=True)
        assert "has recorded this decision already" in text(answer)

    @pytest.mark.parametrize("headers", [{}, HTMX], ids=["plain", "htmx"])
    def test_what_is_refused_keeps_what_was_typed(self, quarters, client_of, user_of, headers):
        asked = domain.ask_decision(period=Q3, by=user_of(Role.PLANNING_LEAD), question=QUESTION)
        domain.record_decision(
            asked=asked, by=user_of(Role.EXECUTIVE), decision="No.", assumption="", would_change_it=""
        )
        client = client_of(Role.EXECUTIVE)
        typed = {f"decision-{asked.pk}-decision": "Yes, but only until Easter."}
        refused = client.post(reverse("reviews:decide", args=[asked.pk]), typed, **headers)
        assert refused.status_code == 200
        said = text(refused)
        assert said.index("has recorded this decision already") < said.index("Yes, but only until Easter.")
        # The page is long: the browser scrolls to what was typed.
        assert said.count("autofocus") == 1
        domain.close_quarter(period=Q3, by=user_of(Role.EXECUTIVE))
        for name, field in (("ask", "question"), ("say_first", "summary")):
            refused = client.post(address(name), {field: "Typed before it was closed."}, **headers)
            assert refused.status_code == 200
            said = text(refused)
            assert said.index("Q3 FY26 was closed by Executive") < said.index("Typed before it was closed.")

    def test_a_quarter_with_a_hole_closes_with_a_tick_and_says_so_ever_after(self, quarters, client_of):
        WeekSnapshot.objects.filter(week_start=Q3.weeks[4].start).delete()
        close_week(WeekSnapshot.objects.get(week_start=Q3.weeks[8].start))
        client = client_of(Role.EXECUTIVE)
        assert "Confirm that Q3 FY26 closes all the same." in text(client.post(address("close")))
        client.post(address("close"), {"without_missing": "on"})
        page = text(client.get(address("detail")))
        assert "Closed by Executive" in page
        assert "No night took FY26 W31 whole." in page

    def test_what_is_missing_is_said_beside_its_field(self, quarters, client_of, user_of):
        asked = domain.ask_decision(period=Q3, by=user_of(Role.PLANNING_LEAD), question=QUESTION)
        client = client_of(Role.EXECUTIVE)
        assert "Say what is to be decided." in text(client.post(address("ask")))
        assert "Say what was decided." in text(client.post(reverse("reviews:decide", args=[asked.pk])))
        answer = client.post(address("say_first"), {"summary": "x" * 2001})
        assert "at most 2000 characters" in text(answer)

    def test_the_chair_says_something_first_carries_over_and_closes(self, quarters, client_of, user_of):
        asked = domain.ask_decision(period=Q3, by=user_of(Role.PLANNING_LEAD), question=QUESTION)
        client = client_of(Role.EXECUTIVE)
        client.post(address("say_first"), {"summary": "Knitwear ran out."})
        assert "Knitwear ran out." in text(client.get(address("detail")))
        assert "One decision is still open" in text(client.post(address("close"), follow=True))
        client.post(reverse("reviews:carry_over", args=[asked.pk]))
        assert "Q3 FY26 is closed." in text(client.post(address("close"), follow=True))
        assert QUESTION in text(client.get(address("detail", Q4)))


class TestPreRead:
    def test_it_is_asked_for_and_looked_at_until_it_is_there(self, quarters, client_of):
        client = client_of(Role.MARKETING_MEMBER)
        assert client.get(address("pre_read_file")).status_code == 404
        client.post(address("pre_read"))
        poll = client.get(address("pre_read"), **HTMX)
        assert "It is being made" in text(poll)
        assert "bridge:tick" in text(poll)
        assert client.get(address("pre_read"), {"seen": "under way"}, **HTMX).status_code == 204
        assert "being made already" in text(client.post(address("pre_read"), follow=True))
        PreRead.objects.update(made_at=PreRead.objects.get().asked_at, pdf=b"%PDF-1.7")
        made = text(client.get(address("pre_read"), {"seen": "under way"}, **HTMX))
        assert "Download" in made
        assert "bridge:tick" not in made
        file = client.get(address("pre_read_file"))
        assert (file["Content-Type"], file.content) == ("application/pdf", b"%PDF-1.7")
        assert file["Content-Disposition"] == 'attachment; filename="Pre-read_Q3_FY26.pdf"'

    def test_one_that_failed_and_one_that_never_came_say_so_and_are_not_asked_for_any_more(
        self, quarters, client_of
    ):
        client = client_of(Role.MARKETING_MEMBER)
        client.post(address("pre_read"))
        PreRead.objects.update(asked_at=PreRead.objects.get().asked_at - SILENT_AFTER - timedelta(seconds=1))
        silent = text(client.get(address("pre_read"), {"seen": "under way"}, **HTMX))
        assert "was ended meanwhile" in silent
        PreRead.objects.update(error="The file could not be made.")
        failed = text(client.get(address("pre_read"), **HTMX))
        assert "The file could not be made." in failed
        for part in (silent, failed):
            assert "Make it again" in part
            assert "bridge:tick" not in part
        assert QuarterlyReview.objects.get().quarter == 3


def test_the_page_takes_as_many_queries_with_three_decisions_as_with_one(
    quarters, client_of, user_of, statements_sent
):
    client = client_of(Role.EXECUTIVE)

    def count():
        with statements_sent() as sent:
            client.get(address("detail"))
        return len(sent)

    lead = user_of(Role.PLANNING_LEAD)
    domain.ask_decision(period=Q3, by=lead, question=QUESTION)
    one = count()
    for _ in range(2):
        domain.ask_decision(period=Q3, by=lead, question=QUESTION)
    assert count() == one
