"""What a restatement moved: both pages that say it read the same two editions."""

from datetime import timedelta

import pytest

from marketing.tests.factories import NOW, make_mechanic
from scorecard.outcomes.restatement_page import restatements
from scorecard.reviews.corrections import restatements_of
from scorecard.tests.factories import make_category, make_fact, make_week
from scorecard.tests.reviews.cases import Q3
from sop_site.access.roles import Role

pytestmark = pytest.mark.django_db


def test_an_edition_is_told_beside_the_one_before_it(today, user_of):
    start, mechanic, tops = Q3.weeks[3].start, make_mechanic(), make_category("Tops")
    said = {"reason": "A file came late.", "restated_by": user_of(Role.EXECUTIVE)}
    for edition, (out, sold) in enumerate([(5, 90), (5, 100), (10, 100)], start=1):
        facts = {"edition": edition, "is_newest": edition == 3, "taken_at": NOW + timedelta(days=edition)}
        week = make_week(start, **facts, **(said if edition > 1 else {}))
        make_fact(week, door_days=200, sold_units=1000)
        make_fact(week, mechanic=mechanic, door_days=50, out_door_days=out, sold_units=sold)
        # The sums of a category are in those over everything.
        make_fact(week, category=tops, is_total=True, mechanic=mechanic, door_days=50, out_door_days=out)
    _, (third, second) = restatements(None)
    assert second.changes == ["Units sold 1,090 → 1,100"]
    assert third.changes == ["SKU-door-days out 5 → 10"]
    rates = [(each.before, each.after) for each in restatements_of(Q3)]
    assert rates == [("10.0%", "20.0%"), ("10.0%", "10.0%")]


def test_an_edition_without_a_promoted_day_has_no_rate(today, user_of):
    start = Q3.weeks[3].start
    make_week(start, is_newest=False)
    make_week(start, edition=2, reason="A file came late.", restated_by=user_of(Role.EXECUTIVE))
    (found,) = restatements_of(Q3)
    assert (found.before, found.after) == ("no data", "no data")
