"""The meetings of the demo: what was held is told as it would have been, and what comes has its agenda."""

from datetime import date, timedelta

from django.contrib.auth.models import Group

from marketing.tests.factories import make_campaign, make_dc, make_product
from planning.risk.choices import RiskState
from planning.tests.factories import make_flag, make_receipt
from scorecard.actions.choices import ConditionKind
from scorecard.actions.models import Action
from scorecard.meetings.choices import MeetingKind, MeetingStatus, PointSource, PointStatus
from scorecard.meetings.models import Meeting
from scorecard.signals.models import DemandSignal
from scorecard.tests.signals.cases import make_signal
from sop_site.access.models import RoleAssignment, User
from sop_site.demo.cadence import seed_cadence
from sop_site.demo.people import PEOPLE
from sop_site.history.queries import entries_of


def test_last_weeks_review_was_held_and_the_next_has_its_agenda(today):
    for person in PEOPLE:
        user = User.objects.create(username=person.username, first_name=person.first_name)
        RoleAssignment.objects.create(user=user, group=Group.objects.get(name=person.role.value))
    crew = make_product()
    campaign = make_campaign(products=[crew], starts_on=today + timedelta(weeks=7))
    make_flag(campaign, crew, state=RiskState.STOCKOUT, decide_by_date=today + timedelta(days=1))
    make_receipt(crew, make_dc(), 100.0)
    make_signal(crew)

    seed_cadence(today=today)

    weekly = Meeting.objects.filter(series__kind=MeetingKind.WEEKLY).order_by("starts_at")
    held, coming = weekly[:2]
    assert (held.status, held.starts_at.date()) == (MeetingStatus.CLOSED, date(2026, 11, 17))
    assert (held.opened_at, held.closed_at) == (held.starts_at, held.ends_at)
    assert not held.points.filter(status=PointStatus.OPEN).exists()
    minutes = sum(point.spent_seconds for point in held.points.all()) / 60
    assert round(minutes) == held.series.minutes
    assert {decision.would_change_it != "" for decision in held.decisions.all()} == {True}
    assert held.attendances.count() == 6

    middle = held.starts_at + (held.ends_at - held.starts_at) / 2
    signal = DemandSignal.objects.get()
    assert (signal.decided_by, signal.decided_at) == (User.objects.get(username="priya.planning"), middle)
    given = Action.objects.get(title="Book the January slot with the agency")
    told = [(entry.by, entry.at) for entry in entries_of(given)]
    assert told == [("Victor", middle)], "the history says who gave it, and when"

    by_data = Action.objects.exclude(condition_kind=ConditionKind.NONE)
    kinds = set(by_data.values_list("condition_kind", flat=True))
    assert kinds == {ConditionKind.FLAG_CLEARED, ConditionKind.RECEIPT_LANDED}
    assert [action.times_moved for action in Action.objects.filter(due_on__lt=today)] == [1]

    assert not Meeting.objects.filter(status=MeetingStatus.PLANNED, starts_at__date__lt=today).exists()
    sources = set(coming.points.values_list("source", flat=True))
    assert {PointSource.FLAG_LAPSING, PointSource.OPEN_ACTION} <= sources
