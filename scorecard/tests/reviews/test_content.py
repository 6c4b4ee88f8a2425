"""What a review has before it: moves in words, and the versions that were proposed."""

from datetime import timedelta

import pytest
from django.utils import timezone

from marketing.tests.factories import NOW, make_campaign, make_mechanic
from planning.consensus.choices import Layer
from scorecard.measures.choices import Measure
from scorecard.measures.figure import Figure
from scorecard.measures.models import WeekSnapshot
from scorecard.reviews.content import review_content
from scorecard.reviews.models import QuarterlyReview
from scorecard.reviews.moves import unsure_words
from scorecard.reviews.periods import review_of
from scorecard.tests.factories import make_accuracy, make_fact, make_outcome, make_week
from scorecard.tests.lab.cases import make_replay
from scorecard.tests.reviews.cases import DAY_AFTER, Q2, Q3, make_quarters
from sop_site.access.roles import Role
from sop_site.clock import set_today
from sop_site.operating_model.choices import ModelStatus
from sop_site.operating_model.domain import decline_operating_model, review_operating_model
from sop_site.operating_model.models import OperatingModel
from sop_site.tests.operating_model.cases import make_version

pytestmark = pytest.mark.django_db


def content(period=Q3):
    return review_content(review_of(period), DAY_AFTER)


def moved(measure, period=Q3):
    return [(move.sentence, move.direction) for move in content(period).moves if move.measure == measure]


def week_of_both(**facts):
    """The first week of each quarter with facts, each named with both of its values."""
    mechanic = make_mechanic()
    for period, side in ((Q2, "before"), (Q3, "after")):
        week = make_week(period.start)
        make_fact(
            week, mechanic=mechanic, **{name: values[side == "after"] for name, values in facts.items()}
        )
    return WeekSnapshot.objects.order_by("week_start")


class TestMoves:
    def test_the_shared_outcome_stands_first_even_where_it_stayed(self, today):
        week_of_both(door_days=(50, 50), out_door_days=(5, 5), sold_units=(90, 80), unmet_units=(10, 20))
        first, second = content().moves
        assert first.sentence == "Stockout rate on promoted items, door-days stayed at 10.0%."
        assert second.sentence == "Stockout rate on promoted items, by demand rose from 10.0% to 20.0%."
        assert (first.direction, second.direction) == ("", "worse")

    def test_what_grows_with_the_quarter_is_left_out_while_it_is_partial(self, today):
        week_of_both(door_days=(50, 50), lost_margin=(900, 90), unmet_units=(10, 10))
        assert moved(Measure.LOST_MARGIN) == []
        rows = [each for group in content().groups for each in group.rows]
        (lost,) = [each for each in rows if each.row.line.measure == Measure.LOST_MARGIN]
        assert (lost.row.value, lost.before, lost.change, lost.direction) == ("$90", "$900", "", "")

    def test_a_bias_goes_from_one_side_to_the_other(self, today):
        for week, forecast in zip(week_of_both(door_days=(0, 0)), (1200.0, 950.0), strict=True):
            make_accuracy(week, errors={}, forecasts={Layer.CONSENSUS: forecast})
        sentence = "Forecast bias went from 20.0% over-forecast to 5.0% under-forecast."
        assert moved(Measure.BIAS) == [(sentence, "better")]

    def test_nothing_moves_from_nowhere(self, today):
        make_quarters()
        assert content(Q2).moves == []
        assert content(Q2).no_moves == "Nothing moved noticeably, or Q1 FY26 is not on the scorecard."


def test_what_stands_on_too_few_is_neither_better_nor_worse_and_comes_last(today):
    for week, late in zip(week_of_both(door_days=(50, 50), out_door_days=(5, 10)), (1, 2), strict=True):
        for number in range(3):
            make_outcome(week, make_campaign(), is_late=number < late)
    said = content()
    sentence = "Campaigns submitted late rose from 33.3% to 66.7%: too few to tell (n = 3)."
    assert [(move.sentence, move.direction) for move in said.moves][1:] == [(sentence, "")]
    assert said.moves[0].direction == "worse"
    rows = {each.row.line.measure: each for group in said.groups for each in group.rows}
    late_row = rows[Measure.LATE_SUBMISSIONS]
    assert (late_row.change, late_row.direction) == ("too few to tell (n = 3)", "")


@pytest.mark.parametrize(
    ("measure", "n", "is_over", "says"),
    [
        (Measure.SEEN_EARLY, 19, True, "too few to tell (n = 19)"),
        (Measure.SEEN_EARLY, 20, True, ""),
        (Measure.SEEN_EARLY, 20, False, "so far"),
        # Thirteen weeks are a whole quarter; and nothing lost any more is no few.
        (Measure.TURN, 13, True, ""),
        (Measure.LOST_MARGIN, 0, True, ""),
    ],
)
def test_few_cases_and_a_quarter_that_runs_are_neither_better_nor_worse(measure, n, is_over, says):
    before, after = Figure(measure, 0.5, n, "cases"), Figure(measure, 0.1, 40, "cases")
    assert unsure_words(before, after, is_over=is_over) == says


def test_what_reads_the_same_is_neither_better_nor_worse(today):
    week_of_both(door_days=(5000, 5000), out_door_days=(502, 498))
    (row,) = [
        each
        for group in content().groups
        for each in group.rows
        if each.row.line.measure == Measure.STOCKOUT_DAYS
    ]
    assert (row.before, row.row.value, row.change, row.direction) == ("10.0%", "10.0%", "", "")
    sentence = "Stockout rate on promoted items, door-days stayed at 10.0%."
    assert moved(Measure.STOCKOUT_DAYS) == [(sentence, "")]


class TestProposals:
    def test_those_that_are_open_and_those_decided_since_the_quarter_ended(self, today, user_of):
        open_one = make_version(ModelStatus.REVIEWED, user_of)
        declined = make_version(ModelStatus.DECLINED, user_of)
        make_version(ModelStatus.WITHDRAWN, user_of)
        long_ago = make_version(ModelStatus.DECLINED, user_of)
        OperatingModel.objects.filter(pk=long_ago.pk).update(
            decided_at=long_ago.decided_at - timedelta(days=60)
        )
        assert [each.model for each in content().proposals] == [open_one, declined]
        assert content().proposals[0].replay_words == "It was not replayed on past quarters yet."

    def test_the_newest_replay_that_is_done(self, today, user_of):
        set_today(DAY_AFTER)
        model = make_version(ModelStatus.PROPOSED, user_of)
        newest = make_replay(model, user_of(Role.EXECUTIVE))
        make_replay(model, user_of(Role.EXECUTIVE), finished_at=NOW)
        (proposal,) = content().proposals
        assert proposal.replayed is not None
        assert proposal.replayed.replay == newest
        assert proposal.replay_words.startswith("Six weeks ahead, version 2 would have flagged ")

    def test_a_closed_review_keeps_what_stood_when_it_was_closed(self, today, user_of):
        set_today(DAY_AFTER)
        chair = user_of(Role.EXECUTIVE)
        reviewed = make_version(ModelStatus.REVIEWED, user_of)
        fresh = make_version(ModelStatus.PROPOSED, user_of)
        before = make_replay(reviewed, chair, finished_at=timezone.now())
        QuarterlyReview.objects.create(
            year=2026, quarter=3, opened_at=NOW, closed_at=timezone.now(), closed_by=chair
        )

        def stands():
            return [
                (each.model, each.status, each.replayed and each.replayed.replay)
                for each in content().proposals
            ]

        stood = stands()
        assert stood == [(reviewed, ModelStatus.REVIEWED, before), (fresh, ModelStatus.PROPOSED, None)]
        decline_operating_model(model=reviewed, by=chair, note="Too many flags")
        review_operating_model(model=fresh, by=user_of(Role.PLANNING_LEAD))
        make_version(ModelStatus.PROPOSED, user_of)
        make_replay(reviewed, chair, finished_at=timezone.now())
        make_replay(fresh, chair, finished_at=timezone.now())
        assert stands() == stood
