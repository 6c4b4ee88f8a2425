"""Setting targets: who may, what cannot be, and what the history keeps."""

from datetime import date

import pghistory
import pytest

from scorecard.measures.choices import Measure
from scorecard.measures.domain.targets import set_target
from scorecard.measures.models import MeasureTarget
from scorecard.tests.factories import make_category
from sop_site.access.permissions import NotAllowed, NotNow
from sop_site.access.roles import ACTIONS, Role

pytestmark = pytest.mark.django_db

DAY = date(2026, 8, 2)
MAY = next(action.roles for action in ACTIONS if action.permission == "scorecard.set_target")


def set_it(by, measure=Measure.STOCKOUT_DAYS, value=0.08, category=None, reason="Agreed in the review."):
    with pghistory.context():
        return set_target(
            measure=measure, category=category, effective_from=DAY, value=value, reason=reason, by=by
        )


@pytest.mark.parametrize("role", Role)
def test_the_heads_and_the_executive_set_targets(role, user_of):
    if role in MAY:
        assert set_it(user_of(role)).set_by == user_of(role)
    else:
        with pytest.raises(NotAllowed):
            set_it(user_of(role))
        assert not MeasureTarget.objects.exists()


def test_another_for_the_same_day_replaces_it_and_the_history_keeps_both(user_of):
    first = set_it(user_of(Role.MARKETING_LEAD))
    second = set_it(user_of(Role.EXECUTIVE), value=0.05, reason="Peak season.")
    assert (second.pk, second.value, second.set_by) == (first.pk, 0.05, user_of(Role.EXECUTIVE))
    events = MeasureTarget.pgh_event_model.objects.order_by("pgh_id")
    assert [(event.value, event.reason) for event in events] == [
        (0.08, "Agreed in the review."),
        (0.05, "Peak season."),
    ]
    assert events.last().pgh_context.metadata["note"] == "Peak season."


def test_of_a_category_beside_that_of_everything(user_of):
    by = user_of(Role.EXECUTIVE)
    assert set_it(by).pk != set_it(by, category=make_category("Women")).pk


@pytest.mark.parametrize(
    ("measure", "value", "says"),
    [
        (Measure.TURN, float("nan"), "is a number"),
        (Measure.TURN, float("inf"), "is a number"),
        (Measure.TURN, -1.0, "cannot be below 0"),
        (Measure.BIAS, -0.05, "cannot be below 0"),
        (Measure.STOCKOUT_DAYS, 8.0, "cannot be above 100%"),
    ],
)
def test_what_cannot_be_is_refused(measure, value, says, user_of):
    with pytest.raises(NotNow, match=says):
        set_it(user_of(Role.EXECUTIVE), measure, value)


@pytest.mark.parametrize(
    ("measure", "value"),
    [
        (Measure.REVENUE, 1.1),
        (Measure.SELL_THROUGH, 1.4),
        (Measure.VALUE_MARKETING, -0.01),
        (Measure.TURN, 6),
    ],
)
def test_what_may_pass_the_whole_or_zero_does(measure, value, user_of):
    assert set_it(user_of(Role.EXECUTIVE), measure, value).value == value


def test_a_target_says_why(user_of):
    with pytest.raises(NotNow, match="Say why"):
        set_it(user_of(Role.EXECUTIVE), reason=" ")


def test_a_measure_without_categories_takes_no_target_of_one(user_of):
    with pytest.raises(NotNow, match="not kept by category"):
        set_it(user_of(Role.EXECUTIVE), Measure.VISITS, 1.0, category=make_category("Women"))
