"""The doors of a flag: which have a part in it, and how each of them stands."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isnan

import numpy as np
from django.db.models import Exists, OuterRef

from marketing.catalogue.models import Door, DoorQuerySet, Ranging
from marketing.demand.queries import current_demand_errors
from planning.risk.chances import chance
from planning.risk.choices import RiskState
from planning.risk.engine import covered_share, short_probability
from planning.risk.models import Flag, FlagLine
from planning.risk.rows import by_severity
from planning.risk.sentences import plural
from sop_site.clock import today


@dataclass(frozen=True, slots=True)
class FlagDoors:
    """The doors of a flag as its page lists them.

    ``doors`` have a part in it; ``unranged`` would have one if they ranged the SKU; both in order of
    code. ``lines`` are stored of those that are not well, the worst first, each with its chance of running
    short in ``chances``. ``is_calculated``: what is stored is what a recalculation would find now.
    """

    flag: Flag
    doors: Sequence[Door]
    unranged: Sequence[Door]
    lines: Sequence[FlagLine]
    chances: Sequence[str]
    is_calculated: bool

    @property
    def ids(self) -> set[int]:
        """The doors that have a part."""
        return {door.pk for door in self.doors}

    @property
    def lines_with_chances(self) -> Iterator[tuple[FlagLine, str]]:
        """Each line with the chance that its demand exceeds its supply."""
        return zip(self.lines, self.chances, strict=True)

    @property
    def others(self) -> list[Door]:
        """The doors that have a part and no line; none of a flag that is closed."""
        unwell = {line.door_id for line in self.lines}
        return [door for door in self.doors if door.pk not in unwell and self.flag.closed_at is None]

    @property
    def others_in_words(self) -> str:
        """How those stand: ``All 19 doors are covered``, ``14 more doors are covered``."""
        count, more = len(self.others), "more " if self.lines else ""
        verb = "is" if count == 1 else "are"
        doors = plural(count, f"{more}door")
        if not self.is_calculated or not (self.lines or self.flag.state == RiskState.OK):
            return f"{doors} wait{'s' if count == 1 else ''} for the recalculation"
        every = "All " if count > 1 and not self.lines else ""
        return f"{every}{doors} {verb} covered"


def doors_with_a_part(flag: Flag) -> DoorQuerySet:
    """Doors of the campaign's scope that range the SKU and are open in what is left of the campaign.

    In order of code. Those of a campaign that is over are the doors that are still open.
    """
    return _doors_in_scope(flag).filter(rangings__product=flag.product_id)


def doors_of(flag: Flag, *, is_calculated: bool) -> FlagDoors:
    """The doors of ``flag``, for its page."""
    ranging = Ranging.objects.filter(product=flag.product_id, door=OuterRef("pk"))
    scope = list(_doors_in_scope(flag).annotate(ranges_it=Exists(ranging)))
    lines = list(flag.lines.select_related("door").order_by(by_severity(), "-units_short", "door__code"))
    return FlagDoors(
        flag=flag,
        doors=[door for door in scope if door.ranges_it],
        unranged=[door for door in scope if not door.ranges_it],
        lines=lines,
        chances=_chances_of(lines),
        is_calculated=is_calculated,
    )


def _chances_of(lines: Sequence[FlagLine]) -> list[str]:
    """The chance of each line by the newest fit: its cover and what is short say all that it rests on."""
    errors = current_demand_errors()
    if errors is None:
        return [chance(None)] * len(lines)
    covered = covered_share(
        np.array([np.nan if line.cover is None else line.cover for line in lines]),
        np.array([line.expected_units for line in lines]),
        np.array([line.units_short for line in lines]),
    )
    found = short_probability(errors.shares, errors.ratios, covered).tolist()
    return [
        chance(None if isnan(probability) or line.state == RiskState.NO_DATA else probability)
        for line, probability in zip(lines, found, strict=True)
    ]


def _doors_in_scope(flag: Flag) -> DoorQuerySet:
    day, campaign = today(), flag.campaign
    open_doors = Door.objects.open_between(max(campaign.starts_on, day), max(campaign.ends_on, day))
    return open_doors.filter(campaigns=campaign).order_by("code")
