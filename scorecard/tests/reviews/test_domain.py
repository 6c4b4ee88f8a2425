"""Asking, deciding, carrying over and closing: who may, when, and that it is done once."""

from datetime import timedelta

import pghistory
import pytest
from django.db import transaction

from planning.tests.messages import taken_from
from planning.tests.waiting import someone_waits_for_us, threads, until
from scorecard.measures.cut import Cut
from scorecard.measures.domain import restate_week
from scorecard.measures.models import WeekFact, WeekSnapshot
from scorecard.outcomes.card import card_of
from scorecard.reviews import domain
from scorecard.reviews.models import PreRead, QuarterlyReview, ReviewDecision
from scorecard.reviews.periods import current_quarter, review_of
from scorecard.reviews.pre_reads import pre_read_standing
from scorecard.tests.factories import close_week
from scorecard.tests.reviews.cases import DAY_AFTER, LAST_DAY, Q2, Q3, Q4, make_quarters
from sop_site.access.permissions import NotAllowed, NotNow
from sop_site.access.roles import EVERYONE, HEADS, Role
from sop_site.clock import set_today
from sop_site.paper.standing import SILENT_AFTER, PaperState

pytestmark = pytest.mark.django_db


@pytest.fixture
def quarters(today):
    make_quarters()
    set_today(DAY_AFTER)


def ask(by, period=Q3, question="Raise the target cover of Tops?"):
    return domain.ask_decision(period=period, by=by, question=question)


def decide(asked, by, decision="Yes, to 4 weeks."):
    words = {"assumption": "Sales stay.", "would_change_it": "Turn below 3."}
    return domain.record_decision(asked=asked, by=by, decision=decision, **words)


@pytest.mark.parametrize(
    ("step", "roles"),
    [
        (lambda by, asked: ask(by), HEADS | {Role.EXECUTIVE}),
        (lambda by, asked: decide(asked, by), HEADS | {Role.EXECUTIVE}),
        (lambda by, asked: domain.carry_over(asked=asked, by=by), HEADS | {Role.EXECUTIVE}),
        (lambda by, asked: domain.close_quarter(period=Q2, by=by), {Role.EXECUTIVE}),
        (lambda by, asked: domain.say_first(period=Q3, by=by, summary="Stock."), {Role.EXECUTIVE}),
        (lambda by, asked: domain.ask_pre_read(period=Q3, by=by), EVERYONE),
    ],
    ids=["ask", "decide", "carry over", "close", "say first", "pre-read"],
)
def test_each_step_is_for_its_roles(quarters, user_of, step, roles):
    asked = ask(user_of(Role.PLANNING_LEAD))
    may = set()
    for role in Role:
        with transaction.atomic():
            try:
                step(user_of(role), asked)
                may.add(role)
            except NotAllowed:
                assert list(ReviewDecision.objects.values_list("decided_at", flat=True)) == [None]
            transaction.set_rollback(True)
    assert may == roles


class TestDecisions:
    def test_a_decision_is_taken_once_and_says_what_would_change_it(self, quarters, user_of):
        asked = ask(user_of(Role.MARKETING_LEAD))
        taken = decide(asked, user_of(Role.EXECUTIVE))
        assert (taken.decision, taken.assumption, taken.would_change_it) == (
            "Yes, to 4 weeks.",
            "Sales stay.",
            "Turn below 3.",
        )
        assert taken.decided_by == user_of(Role.EXECUTIVE)
        with pytest.raises(NotNow, match=r"^Executive has recorded this decision already\."):
            decide(asked, user_of(Role.PLANNING_LEAD), "No.")
        with pytest.raises(NotNow):
            domain.carry_over(asked=asked, by=user_of(Role.PLANNING_LEAD))
        assert ReviewDecision.objects.get().decision == "Yes, to 4 weeks."

    def test_nothing_asked_and_nothing_decided(self, quarters, user_of):
        lead = user_of(Role.PLANNING_LEAD)
        with pytest.raises(NotNow, match="Say what is to be decided"):
            ask(lead, question="  ")
        with pytest.raises(NotNow, match="Say what was decided"):
            decide(ask(lead), lead, " ")
        with pytest.raises(NotNow, match="Q1 FY27 begins on Sun 31 Jan 2027"):
            ask(lead, period=Q4 + 1)

    def test_a_carried_over_question_is_asked_in_the_next_review_and_said_here(self, quarters, user_of):
        asked = ask(user_of(Role.MARKETING_LEAD))
        carried = domain.carry_over(asked=asked, by=user_of(Role.EXECUTIVE))
        asked.refresh_from_db()
        assert (asked.decision, asked.decided_by) == ("Carried over to Q4 FY26.", user_of(Role.EXECUTIVE))
        assert (str(carried.review), carried.question, carried.decided_at) == (
            "Q4 FY26",
            asked.question,
            None,
        )
        assert carried.asked_by == user_of(Role.MARKETING_LEAD)

    def test_a_question_is_not_carried_into_a_review_that_is_closed(self, quarters, user_of):
        executive = user_of(Role.EXECUTIVE)
        asked = ask(executive, period=Q2)
        domain.close_quarter(period=Q3, by=executive)
        with pytest.raises(NotNow, match="The review of Q3 FY26 is closed already: decide it here"):
            domain.carry_over(asked=asked, by=executive)
        asked.refresh_from_db()
        assert (asked.decided_at, ReviewDecision.objects.count()) == (None, 1)


class TestClosing:
    def test_it_closes_the_weeks_and_opens_the_next_review(self, quarters, user_of):
        assert current_quarter(DAY_AFTER) == Q3
        review = domain.close_quarter(period=Q3, by=user_of(Role.EXECUTIVE))
        assert review.closed_by == user_of(Role.EXECUTIVE)
        assert not WeekSnapshot.objects.filter(closed_at=None, week_start__lte=LAST_DAY).exists()
        assert review_of(Q4).opened_at is not None
        assert current_quarter(DAY_AFTER) == Q4
        with pytest.raises(NotNow, match=r"^Q3 FY26 was closed by Executive on "):
            domain.close_quarter(period=Q3, by=user_of(Role.EXECUTIVE))
        with pytest.raises(NotNow, match="was closed by"):
            ask(user_of(Role.PLANNING_LEAD))
        with pytest.raises(NotNow, match="was closed by"):
            domain.say_first(period=Q3, by=user_of(Role.EXECUTIVE), summary="Late.")

    def test_not_before_it_is_over(self, quarters, user_of):
        set_today(LAST_DAY)
        with pytest.raises(NotNow, match="Q3 FY26 ends on Sat 31 Oct 2026"):
            domain.close_quarter(period=Q3, by=user_of(Role.EXECUTIVE))

    def test_not_before_its_last_week_is_taken_whole(self, quarters, user_of):
        last = WeekSnapshot.objects.filter(week_start=Q3.weeks[-1].start)
        last.update(taken_on=LAST_DAY)
        with pytest.raises(NotNow, match="FY26 W39 is taken whole in the night that comes"):
            domain.close_quarter(period=Q3, by=user_of(Role.EXECUTIVE))
        last.delete()
        with pytest.raises(NotNow, match="FY26 W39 is taken whole"):
            domain.close_quarter(period=Q3, by=user_of(Role.EXECUTIVE))
        with pytest.raises(NotNow, match="No week of Q1 FY26 is on the scorecard"):
            domain.close_quarter(period=Q2 - 1, by=user_of(Role.EXECUTIVE))
        assert not WeekSnapshot.objects.filter(closed_at__isnull=False).exists()

    def test_a_week_that_no_night_will_take_any_more_is_named_and_has_to_be_accepted(self, quarters, user_of):
        chair = user_of(Role.EXECUTIVE)
        hole, half, closed = (Q3.weeks[place].start for place in (4, 5, 8))
        WeekSnapshot.objects.filter(week_start=hole).delete()
        WeekSnapshot.objects.filter(week_start=half).update(taken_on=half + timedelta(days=3))
        with pytest.raises(NotNow, match=r"^FY26 W31, FY26 W32 are taken whole in the night that comes"):
            domain.close_quarter(period=Q3, by=chair, without_missing=True)
        # The nights go on after the newest closed week.
        close_week(WeekSnapshot.objects.get(week_start=closed))
        says = "No night took FY26 W31, FY26 W32 whole."
        with pytest.raises(NotNow, match=f"^{says} Confirm that Q3 FY26 closes all the same.$"):
            domain.close_quarter(period=Q3, by=chair)
        with pghistory.context():
            domain.close_quarter(period=Q3, by=chair, without_missing=True)
        event = QuarterlyReview.pgh_event_model.objects.filter(closed_by=chair).get()
        assert event.pgh_context.metadata["note"] == says

    def test_an_open_decision_holds_it_until_it_is_decided_or_carried_over(self, quarters, user_of):
        chair = user_of(Role.EXECUTIVE)
        first, second = ask(chair), ask(chair, question="Move the lock?")
        with pytest.raises(NotNow, match=r"^2 decisions are still open"):
            domain.close_quarter(period=Q3, by=chair)
        decide(first, chair)
        with pytest.raises(NotNow, match=r"^One decision is still open: decide, or carry over to Q4 FY26\."):
            domain.close_quarter(period=Q3, by=chair)
        domain.carry_over(asked=second, by=chair)
        domain.close_quarter(period=Q3, by=chair)

    def test_figures_stay_and_a_late_correction_is_a_restatement_with_its_reason(self, quarters, user_of):
        domain.close_quarter(period=Q3, by=user_of(Role.EXECUTIVE))
        facts = WeekFact.objects.filter(snapshot__week_start=LAST_DAY - timedelta(days=6))
        before = list(facts.order_by("pk").values())
        with pytest.raises(Exception, match="A closed week does not change"), transaction.atomic():
            facts.update(out_door_days=0)
        restate_week(
            week_start=LAST_DAY - timedelta(days=6), by=user_of(Role.PLANNING_LEAD), reason="A late file."
        )
        kept = facts.filter(snapshot__edition=1)
        assert list(kept.order_by("pk").values()) == before
        assert card_of(Q3, Cut())  # the card reads the restated week and the others together


class TestPreRead:
    def test_one_is_asked_for_at_a_time_and_one_that_never_came_again(
        self, quarters, user_of, django_capture_on_commit_callbacks
    ):
        taken_from("recalculation")
        with django_capture_on_commit_callbacks(execute=True):
            first = domain.ask_pre_read(period=Q3, by=user_of(Role.PLANNING_MEMBER))
        message = [message.facts for message in taken_from("recalculation")]
        assert message == [{"pre_read_id": first.pk}]
        assert pre_read_standing(review_of(Q3)).state == PaperState.UNDER_WAY
        with pytest.raises(NotNow, match="being made already"):
            domain.ask_pre_read(period=Q3, by=user_of(Role.EXECUTIVE))
        PreRead.objects.update(asked_at=first.asked_at - SILENT_AFTER)
        assert pre_read_standing(review_of(Q3)).state == PaperState.SILENT
        second = domain.ask_pre_read(period=Q3, by=user_of(Role.EXECUTIVE))
        assert review_of(Q3).pre_reads.first() == second


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_of_two_who_close_in_the_same_second_one_does_and_the_other_is_told(quarters, user_of):
    chair = user_of(Role.EXECUTIVE)

    def close():
        try:
            return domain.close_quarter(period=Q3, by=chair)
        except NotNow as told:
            return str(told)

    with threads(2) as start:
        with transaction.atomic():
            domain.say_first(period=Q3, by=chair, summary="Both press the button now.")
            both = [start(close), start(close)]
            until(someone_waits_for_us, seconds=10, what="both wait for the review")
        answers = [one.result(timeout=20) for one in both]
    told = [answer for answer in answers if isinstance(answer, str)]
    assert len(told) == 1
    assert told[0].startswith("Q3 FY26 was closed by Executive on ")
    assert QuarterlyReview.objects.filter(closed_at__isnull=False).count() == 1
