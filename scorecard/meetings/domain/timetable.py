"""Writes of the timetable: the standing meetings, and every one of them that is to be held."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from django.db import transaction
from django.utils import timezone
from django_fsm import can_proceed, has_transition_perm

from scorecard.meetings.choices import MeetingKind, MeetingStatus
from scorecard.meetings.domain.telling import tell_called, tell_changed
from scorecard.meetings.models import Meeting, MeetingSeries, may_chair
from scorecard.meetings.timetable import Timetable
from sop_site.access.models import User
from sop_site.access.permissions import NotAllowed, NotNow, require
from sop_site.clock import today
from sop_site.fiscal import WEEK, FiscalPeriod
from sop_site.history import note_change

# How far ahead meetings stand in people's calendars.
AHEAD: Final = {
    MeetingKind.WEEKLY: 13 * WEEK,
    MeetingKind.MONTHLY: 53 * WEEK,
    MeetingKind.QUARTERLY: 53 * WEEK,
}
STRANGER: Final = "This is for the chair of the meeting, or the heads."


@dataclass(frozen=True, slots=True)
class SeriesFacts:
    """What is to be so of a standing meeting; the fields are those of `MeetingSeries`."""

    chair: User
    members: Collection[User]
    weekday: int
    week_of_period: int
    periods_later: int
    starts_at: time
    minutes: int
    time_zone: str
    place: str = ""
    pre_read_days: int = 2
    is_active: bool = True


@transaction.atomic
def set_series(*, kind: MeetingKind, by: User, facts: SeriesFacts) -> MeetingSeries:
    """Set when the standing meeting of a kind is held and who belongs to it; its planned meetings follow.

    Those that somebody has moved stay where they were moved to. With ``is_active`` off what is planned is
    taken off the calendar, and cancelled where it has points already. The chair always belongs to it. Raises
    NotNow for a time zone that there is not.
    """
    require(by, "scorecard.set_timetable")
    if facts.time_zone not in available_timezones():
        raise NotNow(f"There is no time zone “{facts.time_zone}”.")
    note_change(by=by)
    series, _ = MeetingSeries.objects.select_for_update(of=("self",)).update_or_create(
        kind=kind,
        defaults={
            "chair": facts.chair,
            "weekday": facts.weekday,
            "week_of_period": facts.week_of_period,
            "periods_later": facts.periods_later,
            "starts_at": facts.starts_at,
            "minutes": facts.minutes,
            "time_zone": facts.time_zone,
            "place": facts.place.strip(),
            "pre_read_days": facts.pre_read_days,
            "is_active": facts.is_active,
        },
    )
    series.members.set({facts.chair, *facts.members})
    _plan(series, today())
    tell_called(series, by)
    return series


def plan_meetings(day: date) -> list[Meeting]:
    """Put every meeting on the calendar that is held from ``day`` on, as far as calendars go.

    One a fiscal period; those that stand already are left alone unless the timetable has moved them. May run
    twice and beside others. Returns the meetings that were made.
    """
    return [meeting for series in _held_series() for meeting in _plan_series(series, day)]


@transaction.atomic
def _plan_series(series_id: int, day: date) -> list[Meeting]:
    return _plan(MeetingSeries.objects.select_for_update(of=("self",)).get(pk=series_id), day)


def _held_series() -> list[int]:
    return list(MeetingSeries.objects.filter(is_active=True).order_by("pk").values_list("pk", flat=True))


@transaction.atomic
def move_meeting(*, meeting: Meeting, by: User, starts_at: datetime, place: str) -> Meeting:
    """Hold a planned meeting at another time or place; the timetable moves it no more.

    Raises NotNow where it is not planned, and for a time that has passed.
    """
    current = locked(meeting)
    refuse_stranger(current, by)
    if current.status != MeetingStatus.PLANNED:
        raise NotNow(f"It is {current.get_status_display().lower()}; only a planned meeting can be moved.")
    if timezone.localdate(starts_at) < today():
        raise NotNow("That has passed.")
    note_change(by=by)
    current.ends_at = starts_at + (current.ends_at - current.starts_at)
    current.starts_at, current.place, current.is_moved = starts_at, place.strip(), True
    current.save()
    tell_changed(current, by, "is moved")
    return current


@transaction.atomic
def cancel_meeting(*, meeting: Meeting, by: User, note: str) -> Meeting:
    """Do not hold a planned meeting; what is open in it is taken up by the next one."""
    current = step(meeting, "cancel", by)
    note_change(by=by, note=note)
    current.cancel()
    current.save()
    tell_changed(current, by, "is cancelled", note)
    return current


@transaction.atomic
def restore_meeting(*, meeting: Meeting, by: User) -> Meeting:
    """Hold a cancelled meeting after all."""
    current = step(meeting, "restore", by)
    note_change(by=by)
    current.restore()
    current.save()
    tell_changed(current, by, "is held after all")
    return current


def timetable_of(series: MeetingSeries) -> Timetable:
    """The dates and times of a series."""
    return Timetable(
        period=MeetingKind(series.kind).period,
        weekday=series.weekday,
        week_of_period=series.week_of_period,
        periods_later=series.periods_later,
        starts_at=series.starts_at,
        minutes=series.minutes,
        time_zone=series.time_zone,
    )


def locked(meeting: Meeting) -> Meeting:
    """The meeting as it stands, locked until the transaction ends."""
    return (
        Meeting.objects.select_for_update(of=("self",)).select_related("series", "chair").get(pk=meeting.pk)
    )


def step(meeting: Meeting, name: str, by: User) -> Meeting:
    """The meeting, locked, of which ``by`` may take the step now; raises NotNow or NotAllowed."""
    current = locked(meeting)
    if not can_proceed(getattr(current, name)):
        raise NotNow(f"The meeting is {current.get_status_display().lower()}.")
    if not has_transition_perm(getattr(current, name), by):
        raise NotAllowed(STRANGER)
    return current


def refuse_stranger(meeting: Meeting, by: User) -> None:
    """Raise NotAllowed unless ``by`` may chair the meeting."""
    if not may_chair(meeting, by):
        raise NotAllowed(STRANGER)


def _plan(series: MeetingSeries, day: date) -> list[Meeting]:
    """Bring the planned meetings of a locked series to where its timetable has them."""
    timetable = timetable_of(series)
    planned = series.meetings.filter(status=MeetingStatus.PLANNED, starts_at__gte=_midnight(day, series))
    if not series.is_active:
        planned.filter(points=None).delete()
        for meeting in planned:
            meeting.cancel()
            meeting.save()
        return []
    first, last = day, day + AHEAD[MeetingKind(series.kind)]
    wanted = {period.key: period for period in timetable.periods_between(first, last)}
    standing = {meeting.period_key: meeting for meeting in planned.select_for_update(of=("self",))}
    for key, meeting in standing.items():
        period = FiscalPeriod.of_key(key)
        # A new timetable may have this week's meeting on a day that is past; it is held where it stood.
        if not meeting.is_moved and timetable.day_of(period) >= day:
            _follow(meeting, timetable, period, series)
    taken = set(series.meetings.filter(period_key__in=wanted).values_list("period_key", flat=True))
    made = []
    for key in wanted.keys() - taken:
        begins, ends = timetable.hours_of(wanted[key])
        made.append(
            Meeting(
                series=series,
                period_key=key,
                starts_at=begins,
                ends_at=ends,
                place=series.place,
                chair=series.chair,
            )
        )
    return Meeting.objects.bulk_create(sorted(made, key=lambda meeting: meeting.starts_at))


def _follow(meeting: Meeting, timetable: Timetable, period: FiscalPeriod, series: MeetingSeries) -> None:
    """Date a planned meeting by the timetable as it is now; nothing is written where nothing changes."""
    begins, ends = timetable.hours_of(period)
    wanted = (begins, ends, series.place, series.chair_id)
    if (meeting.starts_at, meeting.ends_at, meeting.place, meeting.chair_id) != wanted:
        meeting.starts_at, meeting.ends_at, meeting.place, meeting.chair = (
            begins,
            ends,
            series.place,
            series.chair,
        )
        meeting.save()


def _midnight(day: date, series: MeetingSeries) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(series.time_zone))
