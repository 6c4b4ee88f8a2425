"""What happens in the room: people come, points are talked about, decided, and turned into actions.

Each function locks the meeting first and counts its ``version`` on, by which everyone's page sees that there
is something new.
"""

from datetime import date, datetime, timedelta
from typing import Final

import pghistory
from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils import timezone

from scorecard.about.about import About
from scorecard.about.choices import AboutKind
from scorecard.actions.domain import give_action
from scorecard.actions.models import Action
from scorecard.meetings.choices import MeetingStatus, PaperKind, PointStatus
from scorecard.meetings.data import things_of
from scorecard.meetings.domain.agenda import write_agenda, write_agendas
from scorecard.meetings.domain.papers import ask_for
from scorecard.meetings.domain.points import WAS_SPOKEN_OF, held, seen_by_all
from scorecard.meetings.domain.telling import tell_decided
from scorecard.meetings.domain.timetable import locked, refuse_stranger, step
from scorecard.meetings.models import AgendaPoint, Attendance, Meeting, MeetingDecision, MeetingSeries
from scorecard.meetings.queries import MeetingHours
from scorecard.reviews.domain import record_decision
from scorecard.signals.domain import settle_signal
from scorecard.signals.models import DemandSignal
from scorecard.signals.queries import why_decided
from sop_site.access.models import User
from sop_site.access.permissions import NotNow, require
from sop_site.clock import today
from sop_site.fiscal import WEEK
from sop_site.history import note_change

# A running meeting in which nothing was done for so long was left.
LEFT_AFTER: Final = timedelta(hours=4)


@transaction.atomic
def begin_meeting(*, meeting: Meeting, by: User) -> Meeting:
    """Open a meeting with the agenda of now, as `open_meeting` does."""
    _end_others(meeting, by)
    write_agenda(meeting=meeting, day=today())
    return open_meeting(meeting=meeting, by=by)


@transaction.atomic
def open_meeting(*, meeting: Meeting, by: User) -> Meeting:
    """People are in the room; the first open point is up.

    One of the series that was left running is closed before. Raises NotNow while people are in the room of
    another one, and for a meeting more than four weeks ahead, which somebody opens by mistake.
    """
    _end_others(meeting, by)
    current = step(meeting, "open", by)
    if timezone.localdate(current.starts_at) > today() + 4 * WEEK:
        raise NotNow("It is more than four weeks ahead. Where it is held earlier, move it first.")
    note_change(by=by)
    current.open()
    current.opened_at, current.opened_by = timezone.now(), by
    _take_up(current, _to_talk_about(current).first())
    return seen_by_all(current)


@transaction.atomic
def close_meeting(*, meeting: Meeting, by: User, summary: str) -> Meeting:
    """It is over, with what the chair wants said first; its minutes are what stands in it now.

    Points that are open go on to the next meeting of the kind, whose agenda, if it is near, has them at once.
    """
    current = step(meeting, "close", by)
    note_change(by=by)
    _take_up(current, None)
    current.close()
    current.summary = summary.strip()
    current.closed_at, current.closed_by = timezone.now(), by
    seen_by_all(current)
    ask_for(current, PaperKind.MINUTES)
    write_agendas(today(), series=current.series)
    return current


@transaction.atomic
def take_back_opening(*, meeting: Meeting, by: User) -> Meeting:
    """It was opened by mistake: it stands as planned again, and nobody was in its room.

    Raises NotNow once something was decided, given, written down or settled in it.
    """
    current = step(meeting, "take_back", by)
    if current.points.filter(WAS_SPOKEN_OF).exists():
        raise NotNow("Something was said in it already. Close it: what is open goes on to the next one.")
    note_change(by=by)
    _take_up(current, None)
    current.points.update(spent_seconds=0)
    current.attendances.all().delete()
    current.take_back()
    current.opened_at, current.opened_by = None, None
    return seen_by_all(current)


def close_meetings_left_running(day: date) -> list[Meeting]:
    """Each night: close those of earlier days that nobody closed and in which nothing is done. May run twice.

    They ended when somebody was last there, at the latest when they should have, or when the last thing was
    done; their minutes go out as of any other.
    """
    running = Meeting.objects.filter(status=MeetingStatus.RUNNING).order_by("starts_at")
    with pghistory.context(note="Everybody had left, and nobody closed it."):
        closed = [_close_if_left(meeting, day) for meeting in running]
    return [meeting for meeting in closed if meeting is not None]


@transaction.atomic
def be_present(*, meeting: Meeting, user: User) -> Attendance:
    """Note that the page of a person in the room was heard of just now; in a running meeting alone."""
    require(user, "sop_site.view")
    if meeting.status != MeetingStatus.RUNNING:
        raise NotNow("Nobody is in the room: the meeting is not running.")
    now = timezone.now()
    attendance, is_new = Attendance.objects.update_or_create(
        meeting=meeting,
        user=user,
        defaults={"last_seen_at": now},
        create_defaults={"last_seen_at": now, "came_at": now},
    )
    if is_new:
        seen_by_all(locked(meeting))
    return attendance


@transaction.atomic
def go_to_point(*, point: AgendaPoint, by: User) -> AgendaPoint:
    """Talk about a point now; the time on the one before it is counted."""
    current = _running(point)
    refuse_stranger(current, by)
    note_change(by=by)
    wanted = current.points.get(pk=point.pk)
    if wanted.status != PointStatus.OPEN:
        wanted.status = PointStatus.OPEN
        wanted.save(update_fields=["status"])
    _take_up(current, wanted)
    seen_by_all(current)
    return wanted


@transaction.atomic
def finish_point(*, point: AgendaPoint, by: User) -> AgendaPoint:
    """Nothing is left to say on a point; the next open one is up."""
    return _leave(point, by, PointStatus.DONE)


@transaction.atomic
def park_point(*, point: AgendaPoint, by: User) -> AgendaPoint:
    """Not now: in the room the next one is up, and the next meeting takes up what is still parked then."""
    return _leave(point, by, PointStatus.PARKED)


@transaction.atomic
def note_on_point(*, point: AgendaPoint, by: User, notes: str) -> AgendaPoint:
    """Write down what was said on a point, in place of what stood there."""
    require(by, "scorecard.take_part")
    current = held(point.meeting)
    note_change(by=by)
    wanted = current.points.get(pk=point.pk)
    wanted.notes = notes.strip()
    wanted.save(update_fields=["notes"])
    seen_by_all(current)
    return wanted


@transaction.atomic
def decide(
    *,
    point: AgendaPoint,
    by: User,
    text: str,
    owner: User,
    assumption: str = "",
    would_change_it: str = "",
    about: About | None = None,
) -> MeetingDecision:
    """Write down what was decided on a point; it never changes.

    It is about what the point is about, or about one of the things that stand beside it.

    Where the point is a question of the quarterly review, the review has the decision too; a demand signal is
    decided with it. Raises NotNow where nothing was decided, the meeting is not running, the question is
    decided already, or `kept_from_deciding` says why ``by`` writes down none.
    """
    require(by, "scorecard.take_part")
    current = _running(point)
    if not text.strip():
        raise NotNow("Say what was decided.")
    note_change(by=by)
    wanted = current.points.select_related("question", "meeting").get(pk=point.pk)
    if wanted.about_kind == AboutKind.SIGNAL:
        DemandSignal.objects.select_for_update(of=("self",)).get(pk=wanted.about_key)
    if why := kept_from_deciding(wanted, by):
        raise NotNow(why)
    if wanted.question is not None:
        record_decision(
            asked=wanted.question,
            by=by,
            decision=text,
            assumption=assumption,
            would_change_it=would_change_it,
        )
    decision = MeetingDecision.objects.create(
        meeting=current,
        point=wanted,
        text=text.strip(),
        assumption=assumption.strip(),
        would_change_it=would_change_it.strip(),
        owner=owner,
        decided_at=timezone.now(),
        decided_by=by,
        **_about_on(wanted, about).columns,
    )
    if wanted.about_kind == AboutKind.SIGNAL:
        settle_signal(signal_id=int(wanted.about_key), by=by, text=text)
    tell_decided(decision, by)
    seen_by_all(current)
    return decision


def kept_from_deciding(point: AgendaPoint, user: User) -> str:
    """Why a person who takes part writes down no decision on a point; "" where they do."""
    if point.question_id is not None and not user.has_perm("scorecard.record_decision"):
        return "Decisions of the quarterly review are written down by the heads or the executive."
    if point.about_kind == AboutKind.SIGNAL:
        if not user.has_perm("scorecard.decide_signal"):
            return "Decisions on demand signals are written down by Planning or the heads."
        return decided_elsewhere(point)
    return ""


def decided_elsewhere(point: AgendaPoint) -> str:
    """Who decided a signal on its own page, when and what, while people talk about it on its point, or ""."""
    if point.about_kind != AboutKind.SIGNAL:
        return ""
    signal = DemandSignal.objects.select_related("decided_by").filter(pk=point.about_key).first()
    opened_at = point.meeting.opened_at
    if signal is None or signal.decided_at is None or opened_at is None or signal.decided_at < opened_at:
        return ""
    is_of_this_meeting = point.meeting.decisions.filter(**About.of(point).columns).exists()
    return "" if is_of_this_meeting else why_decided(signal)


@transaction.atomic
def give_action_on(*, point: AgendaPoint, by: User, about: About | None = None, **facts) -> Action:
    """Give an action in the room, about the same as a decision; ``facts`` are those of `give_action`."""
    current = _running(point)
    wanted = current.points.get(pk=point.pk)
    action = give_action(by=by, about=_about_on(wanted, about), **facts)
    wanted.actions.add(action)
    seen_by_all(current)
    return action


def _about_on(point: AgendaPoint, chosen: About | None) -> About:
    """What is chosen of the things beside a point, or what the point is about; NotNow for anything else."""
    own = About.of(point)
    if chosen is None or chosen == own:
        return own
    if chosen not in {about for about, _ in things_of(point, today())}:
        raise NotNow("That is not beside this point any more. Choose again.")
    return chosen


def _end_others(meeting: Meeting, by: User) -> None:
    """Close what was left running of the series, for who opens a meeting of it.

    Raises NotNow where people are still in one.
    """
    # Two of them are not opened at once.
    series = MeetingSeries.objects.select_for_update(of=("self",)).get(pk=meeting.series_id)
    running = series.meetings.filter(status=MeetingStatus.RUNNING).exclude(pk=meeting.pk)
    for other in running.select_related("series").order_by("starts_at"):
        refuse_stranger(meeting, by)
        if _close_if_left(other, today()) is None:
            raise NotNow(f"{other} still runs. Close it first: what is open in it then comes along.")


@transaction.atomic
def _close_if_left(meeting: Meeting, day: date) -> Meeting | None:
    current = locked(meeting)
    if current.status != MeetingStatus.RUNNING or MeetingHours.of(current).day >= day:
        return None
    done = _last_done_in(current)
    if done > timezone.now() - LEFT_AFTER:
        return None
    # A page that somebody left open keeps on saying that they are there.
    seen = current.attendances.aggregate(at=Max("last_seen_at"))["at"] or done
    ended = max(done, min(seen, current.ends_at))
    _take_up(current, None, at=ended)
    current.be_closed()
    current.closed_at = ended
    seen_by_all(current)
    ask_for(current, PaperKind.MINUTES)
    return current


def _last_done_in(meeting: Meeting) -> datetime:
    """When somebody opened a meeting, came into its room, moved it on, or decided or gave something there."""
    times = (
        meeting.opened_at,
        meeting.current_since,
        meeting.attendances.aggregate(at=Max("came_at"))["at"],
        meeting.decisions.aggregate(at=Max("decided_at"))["at"],
        Action.objects.filter(points__meeting=meeting).aggregate(at=Max("given_at"))["at"],
    )
    return max(at for at in times if at is not None)


def _leave(point: AgendaPoint, by: User, status: PointStatus) -> AgendaPoint:
    current = held(point.meeting)
    refuse_stranger(current, by)
    note_change(by=by)
    wanted = current.points.get(pk=point.pk)
    wanted.status = status
    wanted.save(update_fields=["status"])
    if current.current_point_id == wanted.pk:
        later = _to_talk_about(current)
        _take_up(current, later.filter(place__gt=wanted.place).first() or later.first())
    seen_by_all(current)
    return current.points.get(pk=point.pk)


def _to_talk_about(meeting: Meeting) -> QuerySet[AgendaPoint]:
    return meeting.points.filter(status=PointStatus.OPEN, is_gone=False)


def _take_up(meeting: Meeting, point: AgendaPoint | None, at: datetime | None = None) -> None:
    """Have ``point`` up, and count the time on what was up until ``at``, or now; the caller saves it."""
    now = at or timezone.now()
    if meeting.current_point_id is not None and meeting.current_since is not None:
        _count_time(meeting.current_point_id, meeting.current_since, now)
    meeting.current_point, meeting.current_since = point, now if point is not None else None


def _count_time(point_id: int, since: datetime, now: datetime) -> None:
    point = AgendaPoint.objects.get(pk=point_id)
    point.spent_seconds += max(0, round((now - since).total_seconds()))
    point.save(update_fields=["spent_seconds"])


def _running(point: AgendaPoint) -> Meeting:
    """The meeting of a point, locked, while people are in its room."""
    current = locked(point.meeting)
    if current.status != MeetingStatus.RUNNING:
        raise NotNow("The meeting is not running. The chair opens it.")
    return current
