"""The agenda that writes itself, beside what people put on it."""

from collections.abc import Iterable
from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone

from marketing.campaigns.models import Campaign
from planning.risk.models import Flag
from planning.risk.sentences import plural
from scorecard.about.about import About
from scorecard.actions.models import Action
from scorecard.meetings.agenda.monthly import monthly_points
from scorecard.meetings.agenda.points import ORDER, Since, Wanted, in_order
from scorecard.meetings.agenda.quarterly import quarterly_points
from scorecard.meetings.agenda.weekly import weekly_points
from scorecard.meetings.choices import MeetingKind, MeetingStatus, PointSource, PointStatus
from scorecard.meetings.domain.timetable import locked
from scorecard.meetings.models import AgendaPoint, Meeting
from sop_site.fiscal import WEEK

# Agendas are written from so many days before the meeting.
WRITTEN_AHEAD = timedelta(days=8)
FLAGS = (PointSource.FLAG_LAPSING, PointSource.FLAG_WORSENED, PointSource.FLAG_OPENED)


def write_agendas(day: date) -> list[Meeting]:
    """Each night: write the agenda of every planned meeting of the days that come, anew. May run twice."""
    soon = Meeting.objects.filter(
        status=MeetingStatus.PLANNED, starts_at__date__gte=day, starts_at__date__lte=day + WRITTEN_AHEAD
    )
    return [write_agenda(meeting=meeting, day=day) for meeting in soon]


@transaction.atomic
def write_agenda(*, meeting: Meeting, day: date) -> Meeting:
    """Bring the points that write themselves to what the data says on ``day``.

    A cause has one point in a meeting, whatever becomes of its words; people's own points, notes and order
    stay. What is no longer so is marked as gone. Points that the meeting before left open or parked come
    along unless their cause is gone. Does nothing to a meeting that is held or cancelled.
    """
    current = locked(meeting)
    if current.status not in (MeetingStatus.PLANNED, MeetingStatus.RUNNING):
        return current
    before = meeting_before(current)
    wanted = wanted_points(current, since_of(current, day))
    standing = {(point.source, point.source_key): point for point in current.points.exclude(source_key="")}
    for cause in wanted:
        _put(current, cause, standing.pop((cause.source, cause.key), None))
    if before is not None:
        _carry(before, current, wanted)
    for point in standing.values():
        is_gone = point.carried_from_id is None or not _is_still_so(point, wanted)
        if point.is_gone != is_gone:
            point.is_gone = is_gone
            point.save(update_fields=["is_gone"])
    _place(current, wanted)
    current.version += 1
    current.save(update_fields=["version"])
    return current


def meeting_before(meeting: Meeting) -> Meeting | None:
    """The meeting of the series that was held, or was to be held and was cancelled, last before this one."""
    ended = meeting.series.meetings.filter(
        status__in=[MeetingStatus.CLOSED, MeetingStatus.CANCELLED], starts_at__lt=meeting.starts_at
    )
    return ended.order_by("-starts_at").first()


def wanted_points(meeting: Meeting, since: Since) -> list[Wanted]:
    """What the data wants on the agenda, in the order in which it is gone through."""
    match meeting.kind:
        case MeetingKind.WEEKLY:
            found = weekly_points(since)
        case MeetingKind.MONTHLY:
            found = monthly_points(meeting.period, since)
        case MeetingKind.QUARTERLY:
            found = quarterly_points(meeting.period)
    return in_order(meeting.kind, [*found, *_open_actions(since.day)])


def since_of(meeting: Meeting, day: date) -> Since:
    """What the agenda of a meeting looks back on from ``day``: a week where there was none before it."""
    before = meeting_before(meeting)
    at = meeting.starts_at - WEEK if before is None else before.closed_at or before.starts_at
    return Since(at, day)


def _open_actions(day: date) -> Iterable[Wanted]:
    unfinished = Action.objects.unfinished()
    count = unfinished.count()
    if not count:
        return
    overdue = unfinished.filter(due_on__lt=day).count()
    slipping = unfinished.filter(times_moved__gt=0).count()
    yield Wanted(
        PointSource.OPEN_ACTION,
        "open",
        f"{plural(count, 'open action')}: {overdue} overdue, {slipping} put off before",
    )


def _put(meeting: Meeting, wanted: Wanted, point: AgendaPoint | None) -> None:
    """The point of a cause, made or brought to its words of today; what people wrote on it stays."""
    if point is None:
        point = AgendaPoint(
            meeting=meeting,
            source=wanted.source,
            source_key=wanted.key,
            place=0,
            planned_minutes=wanted.planned_minutes,
            question=wanted.question,
            added_at=timezone.now(),
            **wanted.about.columns,
        )
    said = (wanted.title[:300], wanted.detail, wanted.money, False)
    if point.pk is None or (point.title, point.detail, point.money, point.is_gone) != said:
        point.title, point.detail, point.money, point.is_gone = said
        point.save()


def _carry(before: Meeting, meeting: Meeting, wanted: list[Wanted]) -> None:
    """Take along what the meeting before left open or parked, once; what the data says anew has its notes."""
    anew = {(point.source, point.key) for point in wanted}
    left = before.points.exclude(status=PointStatus.DONE).filter(is_gone=False, carried_to=None)
    for point in left:
        if (point.source, point.source_key) in anew:
            theirs = meeting.points.filter(source=point.source, source_key=point.source_key)
            theirs.update(carried_from=point, notes=point.notes)
        elif point.source == PointSource.PEOPLE or _is_still_so(point, wanted):
            AgendaPoint.objects.create(
                meeting=meeting,
                source=point.source,
                source_key=point.source_key,
                title=point.title,
                detail=point.detail,
                money=point.money,
                place=0,
                planned_minutes=point.planned_minutes,
                notes=point.notes,
                added_by=point.added_by,
                added_at=timezone.now(),
                carried_from=point,
                **About.of(point).columns,
            )


def _is_still_so(point: AgendaPoint, wanted: list[Wanted]) -> bool:
    """Whether a point that the data no longer brings up by itself still has its cause."""
    key = point.source_key
    match point.source:
        case PointSource.FLAG_OPENED | PointSource.FLAG_WORSENED:
            told = any(other.source in FLAGS and other.key == key for other in wanted)
            return not told and Flag.objects.undecided().filter(campaign_id=int(key)).exists()
        case PointSource.CAMPAIGN_NEAR:
            return Campaign.objects.planned().filter(pk=int(key)).exists()
        case PointSource.SALES | PointSource.RECEIPT_MOVED:
            # The week that follows has its own; what the chair parked was meant to be talked about.
            return point.status == PointStatus.PARKED or point.carried_from_id is not None
    return False


def _place(meeting: Meeting, wanted: list[Wanted]) -> None:
    """Number the points: first those that the chair placed, then by source, money and time."""
    order = {(point.source.value, point.key): number for number, point in enumerate(wanted)}
    sources = [source.value for source in ORDER[meeting.kind]]
    points = list(meeting.points.all())
    placed = [point for point in points if point.is_placed]
    others = sorted(
        (point for point in points if not point.is_placed),
        key=lambda point: (
            sources.index(point.source),
            order.get((point.source, point.source_key), len(order)),
            point.added_at,
            point.pk,
        ),
    )
    for number, point in enumerate([*placed, *others], start=1):
        if point.place != number:
            point.place = number
            point.save(update_fields=["place"])
