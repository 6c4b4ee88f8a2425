"""The pre-read of a meeting: its agenda with the data, what is open, and what was decided last."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from itertools import groupby
from pathlib import Path
from typing import Final

from django.conf import settings

from planning.consensus.choices import RemarkKind
from planning.consensus.cycle import timetable, total_rows
from planning.consensus.domain.stages import still_owed
from planning.consensus.models import Cycle
from planning.consensus.packing import Totals
from planning.consensus.totals import totals_by_category
from planning.risk.sentences import joined
from scorecard.actions.queries import Which, actions_in, rows_of
from scorecard.meetings.choices import MeetingKind, MeetingStatus, PaperKind, PointSource, PointStatus
from scorecard.meetings.data import data_of
from scorecard.meetings.domain.agenda import meeting_before
from scorecard.meetings.models import Meeting
from scorecard.meetings.papers.words import Words, action_words, decision_words, head, table_words
from scorecard.meetings.queries import PointRow, meeting_page
from scorecard.reviews.content import review_content
from scorecard.reviews.periods import review_of
from scorecard.reviews.pre_read_file import pre_read_words as review_words
from sop_site import formats
from sop_site.fiscal import FiscalPeriod
from sop_site.paper.setting import set_paper

LAYOUT: Final = Path(__file__).with_name("pre_read.typ")
NOTHING_OWED: Final = "Every function has handed in its number."


def pre_read_pdf(meeting: Meeting, day: date, at: datetime) -> bytes:
    """The file as of ``at``. Raises typst.TypstError where it cannot be set."""
    return set_paper(LAYOUT, pre_read_words(meeting, day, at), at)


def pre_read_words(meeting: Meeting, day: date, at: datetime) -> Words:
    """All that the layout sets. Whoever has the chair is whose eyes it is seen with."""
    page = meeting_page(meeting, meeting.chair, day)
    rows = [row for row in page.points if row.is_open]
    before = meeting_before(meeting)
    open_actions = rows_of(list(actions_in(Which.OPEN, meeting.chair, day)), meeting.chair, day)
    planned = f"{page.planned_minutes} minutes are planned of {meeting.series.minutes}." if rows else ""
    return {
        **head(meeting, PaperKind.PRE_READ, at, planned),
        "sources": [
            {"label": source.label, "points": [_point(row, day) for row in of_source]}
            for source, of_source in _by_source(rows)
        ],
        "nothing": "Nothing stands on the agenda yet.",
        "parked": [row.point.title for row in page.points if row.point.status == PointStatus.PARKED],
        "actions": action_words(open_actions),
        "no_actions": "No action is open.",
        "before": _before(before) if before is not None else None,
        "cycle": _cycle(meeting.period, day) if meeting.kind == MeetingKind.MONTHLY else None,
        "review": review_words(review_content(review_of(meeting.period), day), at)
        if meeting.kind == MeetingKind.QUARTERLY
        else None,
    }


def _by_source(rows: Sequence[PointRow]) -> Iterator[tuple[PointSource, list[PointRow]]]:
    """The points in the order of the agenda, those of one source that follow each other together."""
    for source, of_source in groupby(rows, key=lambda row: row.source):
        yield source, list(of_source)


def _point(row: PointRow, day: date) -> Words:
    point = row.point
    # The open actions have a table of their own.
    data = None if row.source == PointSource.OPEN_ACTION else data_of(point, day)
    stake = f"{formats.money_full(point.money, settings.CURRENCY)} at stake" if point.money else ""
    from_before = f"from {point.carried_from.meeting.period.label}" if point.carried_from else ""
    # The title of a cell of the forecast names its category short.
    cell = row.about.label if row.about and row.source == PointSource.FORECAST else ""
    added = f"added by {point.added_by}" if point.added_by else ""
    minutes = f"{point.planned_minutes} min"
    return {
        "number": str(point.place),
        "title": point.title,
        "detail": "" if data is not None and data.repeats_detail else point.detail,
        "notes": point.notes,
        "facts": " · ".join(filter(None, (cell, stake, from_before, added, minutes))),
        "table": table_words(data),
    }


def _before(before: Meeting) -> Words:
    cancelled = before.status == MeetingStatus.CANCELLED
    decisions = before.decisions.select_related("owner")
    return {
        "title": f"What {before.period.label} decided",
        "decisions": [decision_words(decision) for decision in decisions],
        "nothing": "It was cancelled." if cancelled else "It decided nothing.",
    }


def _cycle(month: FiscalPeriod, day: date) -> Words | None:
    """Where the forecast of the month stands; None before it has a cycle."""
    cycle = Cycle.objects.filter(month_start=month.start).first()
    if cycle is None:
        return None
    version = cycle.current_version
    owed = [layer.label for layer in still_owed(version)]
    remarks = version.remarks.filter(kind=RemarkKind.OPEN_POINT, closed_at=None)
    totals = sum(totals_by_category(version).values(), start=Totals.none())
    owe = "owes its number" if len(owed) == 1 else "owe their numbers"
    return {
        "title": f"{cycle}: {cycle.stage.label.lower()}",
        "steps": [f"{step.name}: {step.words}" for step in timetable(cycle, day)],
        "owed": f"{joined(owed)} still {owe}." if owed else NOTHING_OWED,
        "open_points": [
            f"{remark.subject}: {remark.text} ({remark.raised_by})"
            for remark in remarks.select_related("category", "product", "raised_by")
        ],
        "no_open_points": "No point is open.",
        "months": [month.label for month in cycle.months],
        "totals": [
            {
                "layer": row.layer.label,
                "units": [formats.units(cell.value) for cell in row.cells],
                "sum": formats.units(row.units.value),
                "at_price": formats.money(row.at_price, settings.CURRENCY),
            }
            for row in total_rows(totals, "units")
        ],
    }
