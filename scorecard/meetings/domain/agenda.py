"""The agenda that writes itself, beside what people put on it."""

from collections.abc import Iterable
from datetime import date, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from marketing.campaigns.models import Campaign
from planning.risk.models import Flag
from planning.risk.sentences import plural
from scorecard.about.about import About
from scorecard.actions.models import Action
from scorecard.meetings.agenda.monthly import monthly_points, still_differs
from scorecard.meetings.agenda.points import ORDER, Since, Wanted, in_order
from scorecard.meetings.agenda.quarterly import quarterly_points
from scorecard.meetings.agenda.weekly import weekly_points
from scorecard.meetings.choices import MeetingKind, MeetingStatus, PointSource, PointStatus
from scorecard.meetings.domain.timetable import locked
from scorecard.meetings.models import AgendaPoint, Meeting, MeetingSeries
from scorecard.meetings.queries import comes_first
from scorecard.signals.queries import open_signals
from sop_site.fiscal import WEEK

# Agendas are written from so many days before the meeting.
WRITTEN_AHEAD = timedelta(days=8)
FLAGS = (PointSource.FLAG_LAPSING, PointSource.FLAG_WORSENED, PointSource.FLAG_OPENED)
# Only the largest of these are brought up, and what once was stays as long as it is so.
STAY = (PointSource.SIGNAL, PointSource.FORECAST)


def write_agendas(day: date, *, series: MeetingSeries | None = None) -> list[Meeting]:
    """Each night: write the agenda of the next meeting of each kind, if it is near, anew. May run twice.

    Of one ``series`` when a meeting of it is over. The meeting after the next has none yet: all that is open
    would stand on both.
    """
    planned = Meeting.objects.filter(status=MeetingStatus.PLANNED, starts_at__date__gte=day)
    if series is not None:
        planned = planned.filter(series=series)
    following = planned.order_by("series_id", "starts_at").distinct("series_id")
    near = [meeting for meeting in following if meeting.starts_at.date() <= day + WRITTEN_AHEAD]
    return [write_agenda(meeting=meeting, day=day) for meeting in near]


@transaction.atomic
def write_agenda(*, meeting: Meeting, day: date) -> Meeting:
    """Bring the points that write themselves to what the data says on ``day``.

    A cause has one point in a meeting, whatever becomes of its words; people's own points, notes and order
    stay. What is no longer so is marked as gone. Points that were left open or parked come along unless their
    cause is gone, also over meetings that nobody held. What later meetings took along because this one was
    not held on its day comes back to it. Does nothing to a meeting that is held or cancelled.
    """
    current = locked(meeting)
    if current.status not in (MeetingStatus.PLANNED, MeetingStatus.RUNNING):
        return current
    if comes_first(current, day) is None:
        _take_back(current)
    wanted = wanted_points(current, since_of(current, day))
    standing = _standing(current)
    for cause in wanted:
        _put(current, cause, standing.get((cause.source, cause.key)))
    _carry(current, wanted, day)
    _mark_gone(current, wanted)
    _place(current, wanted)
    current.version += 1
    current.save(update_fields=["version"])
    return current


def meeting_before(meeting: Meeting) -> Meeting | None:
    """The meeting of the series that was held last before this one."""
    held = meeting.series.meetings.filter(status=MeetingStatus.CLOSED, starts_at__lt=meeting.starts_at)
    return held.order_by("-starts_at").first()


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
    return Since(before.closed_at if before and before.closed_at else meeting.starts_at - WEEK, day)


def left_open(meeting: Meeting, day: date) -> QuerySet[AgendaPoint]:
    """What the meeting held last before this one left open or parked, and what stood on those since then that
    nobody held; nothing while another one comes first, which takes it up."""
    if comes_first(meeting, day) is not None:
        return AgendaPoint.objects.none()
    earlier = meeting.series.meetings.filter(starts_at__lt=meeting.starts_at)
    before = meeting_before(meeting)
    if before is not None:
        earlier = earlier.filter(starts_at__gte=before.starts_at)
    left = AgendaPoint.objects.filter(meeting__in=earlier, is_gone=False, carried_to=None)
    return left.exclude(status=PointStatus.DONE).order_by("-meeting__starts_at", "place", "pk")


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


def _standing(meeting: Meeting) -> dict[tuple[str, str], AgendaPoint]:
    """The points that wrote themselves, by their cause."""
    return {(point.source, point.source_key): point for point in meeting.points.exclude(source_key="")}


def _take_back(meeting: Meeting) -> None:
    """Have what wrote itself or came along onto later agendas stand here; what people put there stays."""
    planned = Meeting.objects.filter(
        series=meeting.series_id, status=MeetingStatus.PLANNED, starts_at__gt=meeting.starts_at
    )
    with_points = planned.filter(Exists(AgendaPoint.objects.filter(meeting=OuterRef("pk"))))
    later = list(with_points.select_for_update(of=("self",)).order_by("starts_at"))
    if not later:
        return
    of_series = AgendaPoint.objects.filter(meeting__series=meeting.series_id)
    before = dict(of_series.values_list("pk", "carried_from"))

    def first(pk: int) -> int:
        """The point as which it was talked about first."""
        while (earlier := before.get(pk)) is not None:
            pk = earlier
        return pk

    here = {first(point.pk): point for point in meeting.points.all()}
    causes = _standing(meeting)
    points = AgendaPoint.objects.filter(meeting__in=later).order_by("meeting__starts_at", "place", "pk")
    for point in points.exclude(source=PointSource.PEOPLE, carried_from=None):
        there = here.get(first(point.pk)) or causes.get((point.source, point.source_key))
        if there is None:
            point.meeting, point.place, point.is_placed = meeting, 0, False
            point.save(update_fields=["meeting", "place", "is_placed"])
            here[first(point.pk)] = point
            if point.source_key:
                causes[point.source, point.source_key] = point
            continue
        if point.notes not in there.notes:
            own = "" if there.notes in point.notes else there.notes
            there.notes = "\n".join(filter(None, (own, point.notes)))
            there.save(update_fields=["notes"])
        point.delete()


def _carry(meeting: Meeting, wanted: list[Wanted], day: date) -> None:
    """Take along what is left, each point once; what stands here already has the notes of the one before."""
    anew = {(point.source, point.key) for point in wanted}
    standing = _standing(meeting)
    for point in left_open(meeting, day):
        cause = (point.source, point.source_key)
        if point.source != PointSource.PEOPLE and cause not in anew and not _is_still_so(point, wanted):
            continue
        there = standing.get(cause)
        if there is None:
            there = AgendaPoint.objects.create(
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
            if point.source_key:
                standing[cause] = there
        elif there.carried_from_id is None:
            there.carried_from = point
            there.notes = "\n".join(filter(None, (point.notes, there.notes)))
            there.save(update_fields=["carried_from", "notes"])


def _mark_gone(meeting: Meeting, wanted: list[Wanted]) -> None:
    """Mark what the data wants no more, but for what came along and is still so, and for `STAY`."""
    anew = {(point.source, point.key) for point in wanted}
    for cause, point in _standing(meeting).items():
        stays = point.carried_from_id is not None or point.source in STAY
        is_gone = cause not in anew and not (stays and _is_still_so(point, wanted))
        if point.is_gone != is_gone:
            point.is_gone = is_gone
            point.save(update_fields=["is_gone"])


def _is_still_so(point: AgendaPoint, wanted: list[Wanted]) -> bool:
    """Whether a point that the data no longer brings up by itself still has its cause."""
    key = point.source_key
    match point.source:
        case PointSource.FLAG_OPENED | PointSource.FLAG_WORSENED:
            told = any(other.source in FLAGS and other.key == key for other in wanted)
            return not told and Flag.objects.undecided().filter(campaign_id=int(key)).exists()
        case PointSource.CAMPAIGN_NEAR:
            return Campaign.objects.planned().filter(pk=int(key)).exists()
        case PointSource.FORECAST:
            return still_differs(key)
        case PointSource.SIGNAL:
            return key.isdecimal() and open_signals().filter(pk=int(key)).exists()
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
