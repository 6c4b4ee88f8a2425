"""The minutes of a meeting: who was there, what was said, decided and given to whom, and what was left."""

from datetime import date, datetime
from pathlib import Path
from typing import Final

from planning.risk.sentences import joined
from scorecard.meetings.choices import PaperKind, PointStatus
from scorecard.meetings.models import Meeting
from scorecard.meetings.papers.words import Words, action_words, decision_words, head
from scorecard.meetings.queries import PointRow, meeting_page
from sop_site.paper.setting import set_paper

LAYOUT: Final = Path(__file__).with_name("minutes.typ")
NOBODY: Final = "Nobody opened the room."


def minutes_pdf(meeting: Meeting, day: date, at: datetime) -> bytes:
    """The file as of ``at``. Raises typst.TypstError where it cannot be set."""
    return set_paper(LAYOUT, minutes_words(meeting, day, at), at)


def minutes_words(meeting: Meeting, day: date, at: datetime) -> Words:
    """All that the layout sets. Whoever has the chair is whose eyes it is seen with."""
    page = meeting_page(meeting, meeting.chair, day)
    return {
        **head(meeting, PaperKind.MINUTES, at, page.held),
        "summary": meeting.summary,
        "came": joined([str(person) for person in page.came]) if page.came else NOBODY,
        "missing": joined([str(person) for person in page.missing]),
        "decisions": [decision_words(*decided) for row in page.points for decided in row.decided],
        "no_decisions": "Nothing was decided.",
        "actions": action_words(action for row in page.points for action in row.actions),
        "no_actions": "No action was given.",
        "points": [_point(row) for row in page.spoken],
        "no_points": "No point was talked about.",
        "left": [_left(row) for row in page.left],
        "no_left": "Nothing was left.",
    }


def _point(row: PointRow) -> Words:
    point = row.point
    spent = f"{row.spent_minutes} of {point.planned_minutes} min"
    return {
        "number": str(point.place),
        "title": point.title,
        "facts": " · ".join((row.source.label, point.get_status_display(), spent)),
        "detail": point.detail,
        "notes": row.said_here,
        "decisions": [decision_words(*decided) for decided in row.decided],
        "actions": action_words(row.actions),
    }


def _left(row: PointRow) -> str:
    parked = " (parked)" if row.point.status == PointStatus.PARKED else ""
    return f"{row.point.title}{parked}"
