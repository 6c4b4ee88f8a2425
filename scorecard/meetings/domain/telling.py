"""Whom a meeting concerns, and what they are told of it, each state once."""

from django.urls import reverse

from marketing.campaigns.models import Campaign
from scorecard.about.choices import AboutKind
from scorecard.meetings.choices import MeetingStatus, PaperKind
from scorecard.meetings.models import Meeting, MeetingDecision, MeetingPaper, MeetingSeries
from scorecard.meetings.queries import MeetingHours
from sop_site.access.models import User
from sop_site.clock import today
from sop_site.formats import short_date
from sop_site.history import state_number_of
from sop_site.notifications.choices import Kind
from sop_site.notifications.domain import notify
from sop_site.notifications.models import Notification

KINDS = {PaperKind.PRE_READ: Kind.PRE_READ, PaperKind.MINUTES: Kind.MINUTES}


def members_of(meeting: Meeting) -> list[User]:
    """The members of its series, and whoever has the chair of this one."""
    return [*meeting.series.members.all(), meeting.chair]


def tell_called(series: MeetingSeries, by: User) -> None:
    """Tell its members that a standing meeting is called, held at other hours, or held no more.

    Who joins it later is told then.
    """
    planned = series.meetings.filter(status=MeetingStatus.PLANNED, starts_at__date__gte=today())
    comes = planned.select_related("series").first()
    when = f": the next one is on {_when(comes)}" if comes is not None else " is held no more"
    notify(
        kind=Kind.MEETING_CALLED,
        to=series.members.all(),
        key=f"series:{series.pk}:{state_number_of(series)}",
        title=f"{series}{when}",
        detail=f"{by} has set the timetable.",
        url=reverse("meetings:list"),
        by=by,
    )


def tell_changed(meeting: Meeting, by: User, what: str, note: str = "") -> None:
    """Tell its members ``what`` became of a meeting that stands in their calendars."""
    notify(
        kind=Kind.MEETING_CALLED,
        to=members_of(meeting),
        key=f"meeting:{meeting.pk}:{state_number_of(meeting)}",
        title=f"{meeting} {what}: {_when(meeting)}",
        detail=note.strip(),
        url=meeting.get_absolute_url(),
        by=by,
    )


def tell_decided(decision: MeetingDecision, by: User) -> None:
    """Tell its owner, and the owner of the campaign that it is about, what a meeting decided."""
    notify(
        kind=Kind.DECISION_ON_YOURS,
        to={decision.owner_id, *_owners_of(decision)},
        key=f"decision:{decision.pk}",
        title=f"{decision.meeting} decides: {' '.join(decision.text.split())}",
        detail=f"{decision.point.title}. Owner: {decision.owner}.",
        url=f"{decision.meeting.get_absolute_url()}#point-{decision.point_id}",
        by=by,
    )


def tell_of_paper(paper: MeetingPaper) -> int:
    """Tell its members that a paper is there, once for the day on which the meeting is; how many were new.

    Also of one that could not be made: the page to which it leads says the same.
    """
    meeting, kind = paper.meeting, PaperKind(paper.kind)
    return notify(
        kind=KINDS[kind],
        to=members_of(meeting),
        key=_paper_key(meeting, kind),
        title=f"{kind.label} of the {meeting}",
        detail=f"{_when(meeting)}.",
        url=f"{meeting.get_absolute_url()}#papers",
    )


def are_told_of_paper(meeting: Meeting, kind: PaperKind) -> bool:
    """Whether its members were told of a paper of the meeting, on the day on which it stands now."""
    return Notification.objects.filter(key=_paper_key(meeting, kind)).exists()


def _paper_key(meeting: Meeting, kind: PaperKind) -> str:
    """A meeting that is put off is prepared anew."""
    return f"meeting:{meeting.pk}:{kind}:{MeetingHours.of(meeting).day}"


def _when(meeting: Meeting) -> str:
    hours = MeetingHours.of(meeting)
    return ", ".join(filter(None, (short_date(hours.day), hours.words, meeting.place)))


def _owners_of(decision: MeetingDecision) -> list[int]:
    """Whose campaign the decision is about."""
    if not decision.about_key.isdecimal():
        return []
    key = int(decision.about_key)
    campaigns = Campaign.objects.filter(owner__isnull=False)
    match decision.about_kind:
        case AboutKind.FLAG:
            return list(campaigns.filter(flags=key).values_list("owner_id", flat=True))
        case AboutKind.CAMPAIGN:
            return list(campaigns.filter(pk=key).values_list("owner_id", flat=True))
    return []
