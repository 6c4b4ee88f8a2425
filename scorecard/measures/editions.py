"""What a restatement moved: each further edition of a closed week beside the one before it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.db.models import Q, Sum
from django.db.models.functions import Coalesce

from scorecard.measures.models import WeekFact, WeekSnapshot
from sop_site.fiscal import FiscalWeek, week_of

SUMS: Final = ("sold_units", "unmet_units", "net_sales", "door_days", "out_door_days", "closing_units")
# Also of the days with a promotion alone, as ``promoted_door_days``.
PROMOTED_SUMS: Final = ("door_days", "out_door_days")


@dataclass(frozen=True, slots=True)
class Restated:
    """A further edition of a week, and the sums over everything before it and in it, by name.

    They are those of ``SUMS``, and of ``PROMOTED_SUMS`` those of promoted days; 0 where it has no row.
    """

    snapshot: WeekSnapshot
    week: FiscalWeek
    before: Mapping[str, float]
    after: Mapping[str, float]


def restated(editions: Sequence[WeekSnapshot]) -> list[Restated]:
    """Each of these further editions with what it moved, in their order and in one query."""
    if not editions:
        return []
    names = {name: Sum(name) for name in SUMS} | {
        f"promoted_{name}": Coalesce(Sum(name, filter=Q(mechanic__isnull=False)), 0.0)
        for name in PROMOTED_SUMS
    }
    facts = WeekFact.objects.filter(is_total=True, category=None).filter(
        snapshot__week_start__in=[each.week_start for each in editions]
    )
    sums_of = {f"sum_{name}": summed for name, summed in names.items()}
    rows = facts.values("snapshot__week_start", "snapshot__edition").annotate(**sums_of)
    sums = {
        (start, edition): dict(zip(names, row, strict=True))
        for start, edition, *row in rows.values_list("snapshot__week_start", "snapshot__edition", *sums_of)
    }
    nothing = dict.fromkeys(names, 0.0)
    return [
        Restated(
            snapshot=each,
            week=week_of(each.week_start),
            before=sums.get((each.week_start, each.edition - 1), nothing),
            after=sums.get((each.week_start, each.edition), nothing),
        )
        for each in editions
    ]
