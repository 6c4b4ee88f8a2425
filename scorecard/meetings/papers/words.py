"""What the pre-read and the minutes of a meeting say alike."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils import timezone

from scorecard.about.about import AboutLine
from scorecard.actions.queries import ActionRow
from scorecard.meetings.choices import PaperKind
from scorecard.meetings.models import Meeting, MeetingDecision
from scorecard.meetings.queries import MeetingHours
from scorecard.meetings.table import PointData
from sop_site.formats import short_date, short_date_year

Words = dict[str, Any]


def head(meeting: Meeting, kind: PaperKind, at: datetime, *said: str) -> Words:
    """The head and foot of a paper of ``at``: which meeting, when and where, and what is ``said`` of it."""
    hours = MeetingHours.of(meeting)
    when = ", ".join(filter(None, (short_date_year(hours.day), hours.words, meeting.place)))
    made = timezone.localtime(at)
    return {
        "kicker": f"{meeting.series} · {kind.label}",
        "title": str(meeting),
        "lead": " ".join(filter(None, (f"{when}.", f"Chair: {meeting.chair}.", *said))),
        "footer": f"Bridge · {meeting} · {kind.label.lower()} of {made:%-d %b %Y, %H:%M} {made:%Z}",
    }


def decision_words(decision: MeetingDecision, thing: AboutLine | None = None) -> Words:
    """A decision with what it assumes, what would change it, and who answers for it.

    ``thing`` is what it is about where that is not what its point is about.
    """
    about = thing.label if thing is not None else ""
    because = {
        "About": about,
        "It assumes": decision.assumption,
        "What would change our mind": decision.would_change_it,
    }
    return {
        "text": decision.text,
        "why": [f"{name}: {text}" for name, text in because.items() if text],
        "owner": f"Owner: {decision.owner}",
    }


def action_words(rows: Iterable[ActionRow]) -> list[Words]:
    """Actions as rows of a table: what, who, until when, and how that stands."""
    return [
        {
            "title": row.action.title,
            "owner": str(row.action.owner),
            "due": short_date(row.action.due_on),
            "state": row.due_words if row.is_open else row.status.label,
            "is_late": row.is_overdue,
        }
        for row in rows
    ]


def table_words(data: PointData | None) -> Words | None:
    """The data beside a point as a table; None where there is none."""
    if data is None:
        return None
    return {
        "heads": [name for name, _ in data.heads],
        "numbers": [is_number for _, is_number in data.heads],
        "rows": [[cell.words for cell in row] for row in data.rows],
        "more": f"and {data.more} more" if data.more else "",
    }
