"""The demo's standing meetings: last week's review was held, this week's has its agenda."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, Final, TypeVar

import pghistory
import pgtrigger
from django.conf import settings
from django.db import models, transaction

from planning.risk.models import Flag
from planning.supply.choices import ReceiptStatus
from planning.supply.models import Receipt
from scorecard.about.about import About
from scorecard.about.choices import AboutKind
from scorecard.actions.choices import ConditionKind, Priority
from scorecard.actions.conditions import Condition
from scorecard.actions.domain import Changes, change_action, comment, give_action
from scorecard.actions.models import Action, ActionComment
from scorecard.meetings.choices import MeetingKind, PointSource, PointStatus
from scorecard.meetings.domain.agenda import FLAGS, write_agenda, write_agendas
from scorecard.meetings.domain.points import add_point
from scorecard.meetings.domain.room import (
    be_present,
    close_meeting,
    decide,
    finish_point,
    give_action_on,
    go_to_point,
    note_on_point,
    open_meeting,
    park_point,
)
from scorecard.meetings.domain.timetable import SeriesFacts, cancel_meeting, plan_meetings, set_series
from scorecard.meetings.models import AgendaPoint, Attendance, Meeting, MeetingDecision
from scorecard.signals.domain import read_signals
from scorecard.signals.models import DemandSignal
from sop_site.access.models import User
from sop_site.fiscal import WEEK
from sop_site.working_days import add_working_days

People = Mapping[str, User]
Made = TypeVar("Made")
EVERYONE: Final = (
    "maya.marketing",
    "milo.marketing",
    "carla.cmo",
    "priya.planning",
    "peter.planning",
    "victor.vp",
    "mei.merchandising",
    "hanna.merchandising",
)
HEADS: Final = ("carla.cmo", "victor.vp", "hanna.merchandising", "erik.executive")


@transaction.atomic
def seed_cadence(*, today: date) -> None:
    """Set the timetable, hold last week's review over what it knew then, and write the agendas that come.

    Not within a `pghistory.context`: each act has one of its own, so that the history names whoever did it.
    """
    people = {user.username: user for user in User.objects.all()}
    _set_timetable(people)
    plan_meetings(today - WEEK)
    past = Meeting.objects.filter(starts_at__date__lt=today).order_by("starts_at")
    for meeting in past.exclude(series__kind=MeetingKind.WEEKLY):
        note = "Nobody had a number to change; the forecast was signed without it."
        _act(cancel_meeting, meeting=meeting, by=meeting.chair, note=note)
    read_signals(today - WEEK)
    for meeting in past.filter(series__kind=MeetingKind.WEEKLY)[:1]:
        _hold(meeting, people, today)
    read_signals(today)
    _give(people, today)
    write_agendas(today)


def _act(do: Callable[..., Made], **facts: Any) -> Made:
    """Do it as one act of its own, whose author its function notes."""
    with pghistory.context():
        return do(**facts)


def _set_timetable(people: People) -> None:
    chair = people["victor.vp"]
    meetings = (
        (MeetingKind.WEEKLY, chair, EVERYONE, 2, 1, 0, time(9, 30), 45, "Room Harbour"),
        (MeetingKind.MONTHLY, chair, (*EVERYONE, "erik.executive"), 4, 3, 0, time(14), 90, "Room Lighthouse"),
        (MeetingKind.QUARTERLY, people["erik.executive"], HEADS, 3, 4, 1, time(10), 120, "Board room"),
    )
    for kind, chair, members, weekday, week, later, starts_at, minutes, place in meetings:
        _act(
            set_series,
            kind=kind,
            by=people["erik.executive"],
            facts=SeriesFacts(
                chair=chair,
                members=[people[name] for name in members],
                weekday=weekday,
                week_of_period=week,
                periods_later=later,
                starts_at=starts_at,
                minutes=minutes,
                time_zone=settings.TIME_ZONE,
                place=place,
            ),
        )


def _hold(meeting: Meeting, people: People, today: date) -> None:
    """What was said a week ago: a decision with its assumption, and two actions that came of it."""
    chair, planner = people["victor.vp"], people["peter.planning"]
    write_agenda(meeting=meeting, day=meeting.starts_at.date())
    own = _act(
        add_point,
        meeting=meeting,
        by=people["maya.marketing"],
        title="Influencer slots before the holidays",
        detail="Two of them can only be had in the week before.",
    )
    _act(open_meeting, meeting=meeting, by=chair)
    for name in EVERYONE[:6]:
        _act(be_present, meeting=Meeting.objects.get(pk=meeting.pk), user=people[name])
    short = meeting.points.filter(source__in=FLAGS)
    for point in short[:1]:
        _talk_about_flag(point, people, today)
    for point in short[1:2]:
        _talk_about_campaign(point, people)
    for point in meeting.points.filter(source=PointSource.SIGNAL).exclude(about_key="")[:1]:
        _talk_about_signal(point, people)
    _act(go_to_point, point=own, by=chair)
    _act(
        note_on_point,
        point=own,
        by=people["carla.cmo"],
        notes="Milo has the offers. One of the two SKUs is in stock.",
    )
    _act(
        decide,
        point=own,
        by=chair,
        text="Take the slot for the SKU that is in stock; the other moves to January.",
        owner=people["carla.cmo"],
        assumption="The January receipt lands on its date.",
        would_change_it="The receipt slips past the second week of January.",
    )
    _act(
        give_action_on,
        point=own,
        by=chair,
        title="Book the January slot with the agency",
        owner=people["milo.marketing"],
        due_on=add_working_days(today, 3),
    )
    _act(finish_point, point=own, by=chair)
    late = _act(
        give_action_on,
        point=own,
        by=chair,
        title="Send Marketing the list of SKUs that can be featured in January",
        owner=planner,
        due_on=add_working_days(today, -4),
    )
    _act(change_action, action=late, by=planner, changes=Changes(due_on=add_working_days(today, -1)))
    _go_through(meeting, chair)
    _act(
        close_meeting,
        meeting=meeting,
        by=chair,
        summary="The holiday plan stands. One slot moves to January; flags that lapse came first.",
    )
    _put_back(meeting)


def _talk_about_flag(point: AgendaPoint, people: People, today: date) -> None:
    flag = Flag.objects.undecided().filter(campaign_id=int(point.source_key)).order_by("decide_by_date")[0]
    action = _act(
        give_action,
        by=people["victor.vp"],
        title=f"Find units of {flag.product.sku} for {flag.campaign}",
        owner=people["peter.planning"],
        due_on=max(flag.decide_by_date or today, add_working_days(today, 1)),
        priority=Priority.HIGH,
        about=About(AboutKind.FLAG, str(flag.pk)),
        condition=Condition(ConditionKind.FLAG_CLEARED, str(flag.pk)),
    )
    point.actions.add(action)
    _act(
        comment,
        action=action,
        by=people["peter.planning"],
        text="The north stores have some to spare.",
    )
    _act(finish_point, point=point, by=people["victor.vp"])


def _talk_about_campaign(point: AgendaPoint, people: People) -> None:
    _act(go_to_point, point=point, by=people["victor.vp"])
    _act(
        decide,
        point=point,
        by=people["priya.planning"],
        text="Planning proposes a remedy for each SKU that is short before the next review.",
        owner=people["priya.planning"],
        assumption="The campaign keeps its dates and doors.",
        would_change_it="Marketing moves the start by two weeks or more.",
    )
    _act(park_point, point=point, by=people["victor.vp"])


def _talk_about_signal(point: AgendaPoint, people: People) -> None:
    _act(go_to_point, point=point, by=people["victor.vp"])
    _act(
        decide,
        point=point,
        by=people["priya.planning"],
        text="The forecast stays as it is; we look at it again in four weeks.",
        owner=people["priya.planning"],
        assumption="The weeks that come sell like those before these.",
        would_change_it="Two more weeks that miss on the same side.",
    )
    _act(finish_point, point=point, by=people["victor.vp"])


def _go_through(meeting: Meeting, chair: User) -> None:
    """What nobody had a question on is done; the flags that were left wait for the next review."""
    for point in meeting.points.filter(status=PointStatus.OPEN):
        leave = park_point if point.source in FLAGS else finish_point
        _act(leave, point=point, by=chair)


def _put_back(meeting: Meeting) -> None:
    """It happened when it was to be held, not now, and filled its time; the history says so too."""
    opened, closed = meeting.starts_at, meeting.ends_at
    middle = opened + (closed - opened) / 2
    actions = Action.objects.filter(points__meeting=meeting)
    decided = [
        int(key)
        for key in meeting.decisions.filter(about_kind=AboutKind.SIGNAL).values_list("about_key", flat=True)
    ]
    _dated(Meeting.objects.filter(pk=meeting.pk), closed, opened_at=opened, closed_at=closed)
    _dated(MeetingDecision.objects.filter(meeting=meeting), middle, decided_at=middle)
    _dated(DemandSignal.objects.filter(pk__in=decided), middle, decided_at=middle)
    _dated(ActionComment.objects.filter(action__in=actions), closed, at=closed)
    _dated(actions, middle, given_at=middle)
    Attendance.objects.filter(meeting=meeting).update(came_at=opened, last_seen_at=closed)
    talked_about = meeting.points.exclude(status=PointStatus.OPEN)
    seconds = (closed - opened).total_seconds() / max(talked_about.count(), 1)
    talked_about.update(spent_seconds=round(seconds))


def _dated(rows: models.QuerySet[Any], written_at: datetime, **times: datetime) -> None:
    """Have these rows say ``times``, and their history that they were ``written_at`` then."""
    tracked: Any = rows.model
    ids = list(rows.values_list("pk", flat=True))
    with pgtrigger.ignore(f"{tracked._meta.label}:update_update"):
        tracked.objects.filter(pk__in=ids).update(**times)
    tracked.pgh_event_model.objects.filter(pgh_obj__in=ids).update(pgh_created_at=written_at)


def _give(people: People, today: date) -> None:
    """What people ask of one another between meetings."""
    receipt = Receipt.objects.filter(status=ReceiptStatus.OPEN, current_eta__gt=today).earliest(
        "current_eta", "pk"
    )
    _act(
        give_action,
        by=people["priya.planning"],
        title=f"Follow receipt {receipt} until it has landed",
        owner=people["peter.planning"],
        due_on=receipt.current_eta + timedelta(days=1),
        about=About(AboutKind.RECEIPT, str(receipt.pk)),
        condition=Condition(ConditionKind.RECEIPT_LANDED, str(receipt.pk)),
    )
    _act(
        give_action,
        by=people["carla.cmo"],
        title="Write down what the spring campaigns are to bring",
        owner=people["maya.marketing"],
        due_on=add_working_days(today, 6),
    )
    _act(
        give_action,
        by=people["carla.cmo"],
        title="Say from when on the DC can take the spring receipts",
        owner=people["victor.vp"],
        due_on=add_working_days(today, 4),
    )
