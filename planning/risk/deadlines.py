"""Until when each remedy of a flag still works, and on what that rests (definitions: Stockout risk)."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from planning.risk.assessment import Assessment
from planning.risk.engine import NO_DAY, State
from planning.risk.engine.decide_by import (
    LEAST_SPARE_UNITS,
    BasisPart,
    DecideBy,
    Source,
    decide_by_dates,
    fastest_transfer_days,
    flag_decide_by,
    known_or_default,
    spare_units,
)
from planning.supply.queries import DoorRoutes

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Deadlines:
    """The last date on which any remedy still works, and per remedy what the flag stores."""

    decide_by_date: date
    decide_by: list[dict[str, Any]]


class DeadlineFinder:
    """Finds the deadlines of the flags of one assessment."""

    def __init__(self, assessment: Assessment, routes: DoorRoutes) -> None:
        self.assessment = assessment
        self.routes = routes
        self.spare = spare_units(assessment.projection, 0)

    def of(self, place: int) -> Deadlines:
        """The deadlines of the flag at ``place`` in ``assessment.flags``."""
        inputs, flags = self.assessment.inputs, self.assessment.flags
        model = self.assessment.operating_model
        horizon = inputs.horizon
        planned = inputs.planned[int(flags.line[place])]
        short_day = int(flags.first_short_day[place])
        entry = self._entry_of_first_need(place)
        need_day = max(horizon.day_of(planned.starts_on), 0) if short_day == NO_DAY else short_day
        options = decide_by_dates(
            today=horizon.today,
            first_short_date=None if short_day == NO_DAY else horizon.date_of(short_day),
            campaign_first_date=planned.starts_on,
            expedite=self._expedite(int(inputs.lines.row[entry]), need_day),
            transfer=self._transfer(self._short_rows(place)),
            creative_lock=BasisPart("creative_lock_days", model.creative_lock_days, Source.OPERATING_MODEL),
            media_lock=BasisPart("media_lock_days", model.media_lock_days, Source.OPERATING_MODEL),
        )
        last = flag_decide_by(options, horizon.today)
        return Deadlines(last.decide_by_date, [_stored(option) for option in options])

    def _entries(self, place: int) -> Integers:
        """The entries of the flag's line; those of a line stand together."""
        line = self.assessment.flags.line[place]
        first, after = np.searchsorted(self.assessment.inputs.lines.line, [line, line + 1])
        return np.arange(first, after)

    def _entry_of_first_need(self, place: int) -> int:
        """The door that is short first, or the worst one where none is short."""
        short_day = self.assessment.flags.first_short_day[place]
        if short_day == NO_DAY:
            return int(self.assessment.flags.worst_entry[place])
        entries = self._entries(place)
        days = self.assessment.risk.window.first_short_day[entries]
        return int(entries[np.flatnonzero(days == short_day)[0]])

    def _short_rows(self, place: int) -> Integers:
        """The SKU-doors at risk or worse."""
        entries = self._entries(place)
        at_risk = self.assessment.risk.state[entries] >= State.AT_RISK
        return self.assessment.inputs.lines.row[entries[at_risk]]

    def _expedite(self, row: int, need_day: int) -> list[BasisPart] | None:
        """Days of a receipt that now comes too late for ``row``, or None where there is none.

        It may land at the door itself, or at its DC: there e-commerce sells from it at once, and the next
        week's dispatch takes it on to a store.
        """
        inputs, model = self.assessment.inputs, self.assessment.operating_model
        facts = self.assessment.products[int(inputs.product_ids[row])]
        starts = np.append(inputs.horizon.start_days, inputs.horizon.days)
        parts = [
            known_or_default(
                "expedite_days", facts.expedite_days, Source.PRODUCT, model.default_expedite_days
            )
        ]
        landing = np.minimum(inputs.receipts.bucket, inputs.horizon.buckets - 1)
        at_door = inputs.receipts.row == row
        dc_row = inputs.sku_doors.dc_row[row]
        at_dc = (inputs.receipts.row == dc_row) & (dc_row >= 0)
        sold_where_it_lands = at_door | at_dc if inputs.sku_doors.sells_from_dc[row] else at_door
        if np.any(sold_where_it_lands & (starts[landing] > need_day)):
            return parts
        if inputs.sku_doors.sells_from_dc[row]:
            return None
        transit_days = int(inputs.sku_doors.transit_days[row])
        if np.any(at_dc & (starts[landing + 1] + transit_days > need_day)):
            source = Source.ROUTE if inputs.has_route[row] else Source.OPERATING_MODEL
            return [*parts, BasisPart("route_days", transit_days, source)]
        return None

    def _transfer(self, short_rows: Integers) -> list[BasisPart] | None:
        """Days of the fastest way from a door with spare units to one of ``short_rows``, or None."""
        inputs, model = self.assessment.inputs, self.assessment.operating_model
        product_id = inputs.product_ids[short_rows[0]]
        first, after = np.searchsorted(inputs.product_ids, [product_id, product_id + 1])
        may_give = np.where(inputs.is_dc[first:after], 0.0, self.spare[first:after])
        if not len(self.routes.transit_days):
            may_give[short_rows - first] = 0.0
            if may_give.max() < LEAST_SPARE_UNITS:
                return None
            return [BasisPart("transfer_days", model.default_transfer_days, Source.OPERATING_MODEL)]
        from_row, to_row, days = self._routes_of_rows(inputs.door_ids[first:after])
        fastest = fastest_transfer_days(from_row, to_row, days, may_give, short_rows - first)
        return None if fastest is None else [BasisPart("transfer_days", fastest, Source.ROUTE)]

    def _routes_of_rows(self, door_ids: Integers) -> tuple[Integers, Integers, Integers]:
        """The routes between these doors (ascending ids), as places among them."""
        ends = [self.routes.from_door_ids, self.routes.to_door_ids]
        from_row, to_row = (np.minimum(np.searchsorted(door_ids, end), len(door_ids) - 1) for end in ends)
        known = (door_ids[from_row] == ends[0]) & (door_ids[to_row] == ends[1])
        return from_row[known], to_row[known], self.routes.transit_days[known]


def _stored(option: DecideBy) -> dict[str, Any]:
    """One remedy's deadline in the words in which the flag stores it; dates are ISO."""
    return {
        "kind": option.kind.value,
        "decide_by_date": option.decide_by_date.isoformat(),
        "need_date": option.need_date.isoformat(),
        "need": option.need.value,
        "days": option.days,
        "basis": [
            {"name": part.name, "days": part.days, "source": part.source.value} for part in option.basis
        ],
    }
