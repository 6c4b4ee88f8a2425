"""What earlier meetings decided on a point that came along from them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.db import connection

from scorecard.meetings.models import AgendaPoint, MeetingDecision
from scorecard.meetings.queries import MeetingHours

# A point that comes up for months has its newest meetings told.
MEETINGS_TOLD: Final = 6
CAME_FROM = """
WITH RECURSIVE came(id, steps) AS (
    SELECT carried_from_id, 1 FROM scorecard_agendapoint WHERE id = %(point)s
    UNION ALL
    SELECT point.carried_from_id, came.steps + 1
    FROM came JOIN scorecard_agendapoint point ON point.id = came.id
    WHERE came.steps < %(most)s
)
SELECT id FROM came WHERE id IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class Earlier:
    """A meeting that had the point before: its day, what it decided, and notes that are not in today's."""

    point: AgendaPoint
    day: date
    decisions: Sequence[MeetingDecision]
    notes: str


def earlier_of(point: AgendaPoint) -> list[Earlier]:
    """The meetings before that said something on a point, the newest first; a fixed number of queries."""
    if point.carried_from_id is None:
        return []
    with connection.cursor() as cursor:
        cursor.execute(CAME_FROM, {"point": point.pk, "most": MEETINGS_TOLD})
        ids = [pk for (pk,) in cursor.fetchall()]
    found = AgendaPoint.objects.filter(pk__in=ids).select_related("meeting__series")
    before = found.prefetch_related("decisions__owner", "decisions__decided_by")
    told = [
        Earlier(
            point=one,
            day=MeetingHours.of(one.meeting).day,
            decisions=list(one.decisions.all()),
            notes="" if one.notes in point.notes else one.notes,
        )
        for one in before.order_by("-meeting__starts_at")
    ]
    return [one for one in told if one.decisions or one.notes]
