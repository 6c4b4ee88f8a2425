"""One SKU-door week by week, in figures that add up exactly as they are shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from marketing.campaigns.models import Campaign
from planning.risk.assessment import Assessment
from planning.supply.choices import TransferStatus
from planning.supply.models import Receipt, Transfer
from sop_site.fiscal import FiscalWeek, week_of

LEDGER_UNIT = Decimal("0.01")
NOTHING = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class CampaignUplift:
    """What one campaign is expected to add in the week."""

    campaign: Campaign
    units: Decimal


@dataclass(frozen=True, slots=True)
class LedgerWeek:
    """One bucket of a SKU-door: the rest of this fiscal week, or a whole one. Two decimals each::

        supply    = receipts + transfers in + replenishment + drawn in
                    - transfers out - dispatched - drawn out
        available = opening + supply                      sold = available - closing
        demand    = baseline + uplifts - not below zero   unmet = demand - sold
        raw       = raw of the week before (first: opening) + supply - demand

    ``receipts``, ``transfers_in`` and ``transfers_out`` name the documents behind the totals; a transfer
    may send less than it plans where its sender lacks it. ``replenishment_units`` come from the DC,
    ``dispatched_units`` left the DC for its doors, ``drawn_in_units`` and ``drawn_out_units`` are orders
    that the DC ships for e-commerce. ``floored_units`` is what negative lifts would have taken below
    nothing. The baseline takes up what rounding leaves, so that the figures agree.
    """

    week: FiscalWeek
    first_day: date
    days: int
    opening_units: Decimal
    receipts: Sequence[Receipt]
    receipt_units: Decimal
    transfers_in: Sequence[Transfer]
    transfer_in_units: Decimal
    transfers_out: Sequence[Transfer]
    transfer_out_units: Decimal
    replenishment_units: Decimal
    dispatched_units: Decimal
    drawn_in_units: Decimal
    drawn_out_units: Decimal
    supply_units: Decimal
    available_units: Decimal
    baseline_units: Decimal
    uplifts: Sequence[CampaignUplift]
    floored_units: Decimal
    demand_units: Decimal
    sold_units: Decimal
    unmet_units: Decimal
    closing_units: Decimal
    raw_units: Decimal


# The flows of the projection that make up supply, with their sign; the first takes up rounding where
# there is no demand that could.
FLOWS = {
    "dispatched": -1,
    "replenishment": 1,
    "drawn_in": 1,
    "drawn_out": -1,
    "receipts": 1,
    "transfers_in": 1,
    "transfers_out": -1,
}


def ledger_of(
    assessment: Assessment,
    row: int,
    *,
    campaigns: dict[int, Campaign],
    receipts: Sequence[Receipt],
    transfers: Sequence[Transfer],
) -> list[LedgerWeek]:
    """The weeks of the SKU-door at ``row``.

    ``receipts`` and ``transfers`` are all of the SKU that are still to come, ``campaigns`` those that
    plan it, by id.
    """
    door_id = int(assessment.inputs.door_ids[row])
    ledger = _Ledger(
        assessment=assessment,
        row=row,
        campaigns=campaigns,
        receipts=[receipt for receipt in receipts if receipt.door_id == door_id],
        coming=[transfer for transfer in transfers if transfer.to_door_id == door_id],
        uplift_by_line=assessment.projection.demand.uplift_by_line(assessment.inputs.lines),
        leaving=[
            transfer
            for transfer in transfers
            if transfer.from_door_id == door_id and transfer.status == TransferStatus.PLANNED
        ],
    )
    weeks: list[LedgerWeek] = []
    for bucket in range(assessment.inputs.horizon.buckets):
        weeks.append(ledger.week(bucket, weeks[-1] if weeks else None))
    return weeks


@dataclass(frozen=True, slots=True)
class _Ledger:
    """What the weeks of one SKU-door are made from."""

    assessment: Assessment
    row: int
    campaigns: dict[int, Campaign]
    uplift_by_line: NDArray[np.float64]
    receipts: Sequence[Receipt]
    coming: Sequence[Transfer]
    leaving: Sequence[Transfer]

    def week(self, bucket: int, before: LedgerWeek | None) -> LedgerWeek:
        """The week of ``bucket``, after the one ``before``."""
        horizon, projection = self.assessment.inputs.horizon, self.assessment.projection
        first = _exact(projection.opening[self.row])
        opening = first if before is None else before.closing_units
        closing = _exact(projection.closing[bucket, self.row])
        unmet = _exact(projection.unmet[bucket, self.row])
        flows = {name: _exact(getattr(projection, name)[bucket, self.row]) for name in FLOWS}
        if projection.demand.total[bucket, self.row] == 0:
            _take_up(flows, closing - opening - _supply(flows))
        supply = _supply(flows)
        sold = opening + supply - closing
        demand = sold + unmet
        uplifts = self._uplifts(bucket)
        floored = _exact(projection.demand.floored[bucket, self.row])
        return LedgerWeek(
            week=week_of(horizon.bucket_starts[bucket]),
            first_day=horizon.bucket_starts[bucket],
            days=int(horizon.bucket_days[bucket]),
            opening_units=opening,
            receipts=[receipt for receipt in self.receipts if self._is_in(bucket, receipt.current_eta)],
            receipt_units=flows["receipts"],
            transfers_in=[transfer for transfer in self.coming if self._is_in(bucket, transfer.arrive_on)],
            transfer_in_units=flows["transfers_in"],
            transfers_out=[transfer for transfer in self.leaving if self._is_in(bucket, transfer.ship_on)],
            transfer_out_units=flows["transfers_out"],
            replenishment_units=flows["replenishment"],
            dispatched_units=flows["dispatched"],
            drawn_in_units=flows["drawn_in"],
            drawn_out_units=flows["drawn_out"],
            supply_units=supply,
            available_units=opening + supply,
            baseline_units=demand - floored - sum(uplift.units for uplift in uplifts),
            uplifts=uplifts,
            floored_units=floored,
            demand_units=demand,
            sold_units=sold,
            unmet_units=unmet,
            closing_units=closing,
            raw_units=(first if before is None else before.raw_units) + supply - demand,
        )

    def _uplifts(self, bucket: int) -> list[CampaignUplift]:
        inputs, by_line = self.assessment.inputs, self.uplift_by_line[bucket]
        entries = np.flatnonzero((inputs.lines.row == self.row) & (by_line != 0))
        return [
            CampaignUplift(
                self.campaigns[int(inputs.planned.campaign_ids[inputs.lines.line[entry]])],
                _exact(by_line[entry]),
            )
            for entry in entries.tolist()
        ]

    def _is_in(self, bucket: int, when: date) -> bool:
        """Whether ``when``, or today where that is past, lies in the bucket."""
        horizon = self.assessment.inputs.horizon
        return horizon.bucket_of_day(max(0, horizon.day_of(when))) == bucket


def _exact(units: float) -> Decimal:
    return Decimal(float(units)).quantize(LEDGER_UNIT) + NOTHING


def _supply(flows: dict[str, Decimal]) -> Decimal:
    return sum((sign * flows[name] for name, sign in FLOWS.items()), NOTHING)


def _take_up(flows: dict[str, Decimal], remainder: Decimal) -> None:
    """Let the first flow that there is take up what rounding left of the supply."""
    for name, sign in FLOWS.items():
        if remainder and flows[name]:
            flows[name] += sign * remainder
            return
