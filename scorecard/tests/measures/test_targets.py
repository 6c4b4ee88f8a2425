"""Setting targets: who may, what cannot be, and what the history keeps."""

from datetime import date, timedelta

import pghistory
import pytest
from django.urls import reverse

from marketing.tests.factories import NOW
from scorecard.measures.choices import Measure
from scorecard.measures.domain.targets import set_target
from scorecard.measures.models import MeasureTarget
from scorecard.tests.factories import make_category, make_week
from sop_site.access.permissions import NotAllowed, NotNow
from sop_site.access.roles import ACTIONS, Role
from sop_site.fiscal import FiscalPeriod, PeriodKind

pytestmark = pytest.mark.django_db

DAY = date(2026, 8, 2)
MAY = next(action.roles for action in ACTIONS if action.permission == "scorecard.set_target")


def set_it(
    by, measure=Measure.STOCKOUT_DAYS, value=0.08, category=None, reason="Agreed in the review.", day=DAY
):
    with pghistory.context():
        return set_target(
            measure=measure, category=category, effective_from=day, value=value, reason=reason, by=by
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


class TestClosedQuarters:
    """A target that is set back into one would change its verdicts."""

    QUARTER = FiscalPeriod(2026, PeriodKind.QUARTER, 2)
    SAYS = "Q2 FY26 is closed, and its verdicts with it: set the target from Sun 2 Aug 2026 on, or later."

    def close(self, weeks):
        for week in self.QUARTER.weeks[:weeks]:
            make_week(week.start, closed_at=NOW)

    def test_no_target_is_set_from_a_day_in_one_or_before(self, user_of):
        self.close(13)
        for day in (self.QUARTER.end, self.QUARTER.start - timedelta(days=1)):
            with pytest.raises(NotNow, match=self.SAYS):
                set_it(user_of(Role.EXECUTIVE), day=day)
        assert set_it(user_of(Role.EXECUTIVE), day=self.QUARTER.end + timedelta(days=1)).value == 0.08

    def test_a_quarter_whose_last_week_is_open_still_takes_one(self, user_of):
        self.close(12)
        assert set_it(user_of(Role.EXECUTIVE), day=self.QUARTER.start).value == 0.08

    def test_the_form_says_so_beside_the_day_and_offers_the_first_that_can_be(self, client_of, today):
        self.close(13)
        client = client_of(Role.EXECUTIVE)
        page = reverse("scorecard:measure", args=[Measure.STOCKOUT_DAYS])
        offered = client.get(page, {"period": self.QUARTER.key}).context["form"]
        assert offered.initial["effective_from"] == date(2026, 8, 2)
        typed = {"value": "8", "effective_from": "2026-08-01", "reason": "Agreed."}
        refused = client.post(reverse("scorecard:set_target", args=[Measure.STOCKOUT_DAYS]), typed)
        assert refused.context["form"].errors == {"effective_from": [self.SAYS]}
