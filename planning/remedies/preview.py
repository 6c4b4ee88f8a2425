"""What a remedy would do: the recalculation's own calculation, made again with changed inputs.

Nothing of this is stored, and no flag changes by it.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

import marketing.campaigns.domain as campaigns
from marketing.campaigns.choices import LiftUnit
from marketing.campaigns.models import CampaignLine
from planning.risk.assessment import Assessment, assess, judged, product_facts
from planning.risk.choices import RiskState
from planning.risk.engine import State
from planning.risk.engine.decide_by import spare_units
from planning.risk.limits import risk_limits
from planning.risk.models import Flag
from planning.supply.engine import Receipts, Transfers
from planning.supply.models import Receipt
from planning.supply.queries import PlannedLines, ProjectionInputs, planned_lines, projection_inputs
from sop_site.operating_model.models import OperatingModel

# The steps in which a lift is proposed, and the value at which nothing is added to the baseline.
LIFT_STEPS = {LiftUnit.PERCENT: (1.0, 0.0), LiftUnit.MULTIPLIER: (0.01, 1.0), LiftUnit.UNITS: (1.0, 0.0)}


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one SKU of a campaign would stand: its worst state and cover, and all that is short.

    ``units_under_threshold`` is what the doors lack together of the cover that the operating model asks
    for. ``revenue_short`` is None where the price is unknown, ``cover`` where nothing is expected to sell.
    """

    state: RiskState
    severity: int
    units_short: float
    units_under_threshold: float
    revenue_short: float | None
    cover: float | None

    @property
    def rank(self) -> tuple[int, float, float, float]:
        """Sorts the best outcome first."""
        short, under = round(self.units_short, 2), round(self.units_under_threshold, 2)
        return self.severity, short, under, -(self.cover or 0.0)

    @property
    def is_clear(self) -> bool:
        """Whether nobody would have to decide any more."""
        return not self.state.needs_decision


class FlagPreview:
    """One flag's SKU as it stands on ``day``, to be projected again with something changed."""

    def __init__(self, flag: Flag, day: date) -> None:
        self.flag = flag
        self.day = day
        self.assessment = assess([flag.product_id], today=day)
        inputs = self.assessment.inputs
        self.row_of = {door_id: row for row, door_id in enumerate(inputs.door_ids.tolist())}
        numbers = np.flatnonzero(inputs.planned.campaign_ids == flag.campaign_id)
        self.number = int(numbers[0]) if len(numbers) else -1

    @property
    def now(self) -> Outcome | None:
        """The flag as it stands; None where no door of the campaign could serve the SKU."""
        return outcomes(self.assessment).get(self.number)

    @property
    def spare_units_by_door(self) -> dict[int, float]:
        """Units by door id that a door could give away without selling less; DCs are left out.

        What a DC holds reaches its doors by replenishment anyway.
        """
        inputs = self.assessment.inputs
        projection = self.assessment.projection
        last_bucket = np.full(len(inputs.door_ids), projection.horizon.buckets - 1)
        spare = spare_units(projection, last_bucket)
        return {door_id: float(spare[row]) for door_id, row in self.row_of.items() if not inputs.is_dc[row]}

    @property
    def threshold_by_door(self) -> dict[int, float]:
        """The cover that the operating model asks of each door with a part in the flag, by door id."""
        inputs = self.assessment.inputs
        mine = np.flatnonzero(inputs.lines.line == self.number)
        threshold = np.broadcast_to(self.assessment.cover_threshold, len(inputs.lines.line))[mine]
        return dict(zip(inputs.door_ids[inputs.lines.row[mine]].tolist(), threshold.tolist(), strict=True))

    def with_receipt(self, receipt: Receipt, eta: date) -> Outcome | None:
        """With what is outstanding of ``receipt`` landing on ``eta`` and not when it is due now."""
        return self._judged(replace(self.assessment.inputs, receipts=self._moved(receipt, eta)))

    def with_transfer(
        self, *, from_door_id: int, to_door_id: int, units: float, ship_on: date, arrive_on: date
    ) -> Outcome | None:
        """With one more transfer between two of the SKU's doors."""
        inputs = self.assessment.inputs
        horizon, planned = inputs.horizon, inputs.transfers
        transfers = Transfers(
            from_row=np.append(planned.from_row, self.row_of[from_door_id]),
            to_row=np.append(planned.to_row, self.row_of[to_door_id]),
            ship_bucket=np.append(planned.ship_bucket, horizon.bucket_of_day(horizon.day_of(ship_on))),
            arrival_bucket=np.append(
                planned.arrival_bucket, horizon.bucket_of_day(horizon.day_of(arrive_on))
            ),
            units=np.append(planned.units, units),
        )
        return self._judged(replace(inputs, transfers=transfers))

    def with_lift(self, lift_unit: str, lift_value: float) -> Outcome | None:
        """With another expected lift of the SKU in this campaign."""
        inputs = self.assessment.inputs
        ratio, units = campaigns.calculated_lift(lift_unit, lift_value)
        mine = inputs.lines.line == self.number
        lines = replace(
            inputs.lines,
            uplift_ratio=np.where(mine, np.nan if ratio is None else ratio, inputs.lines.uplift_ratio),
            uplift_units=np.where(mine, np.nan if units is None else units, inputs.lines.uplift_units),
        )
        return self._judged(replace(inputs, lines=lines))

    def largest_clear_lift(self, line: CampaignLine) -> float | None:
        """The largest lift below the present one, in the line's unit, at which the flag would clear.

        In whole percent, hundredths of the multiplier or whole units; None where the flag would stand
        even with no lift at all.
        """
        step, no_lift = LIFT_STEPS[LiftUnit(line.lift_unit)]
        clear, above = 0, int(np.ceil(round((line.lift_value - no_lift) / step, 6)))
        if above <= 0 or not self._is_clear(line.lift_unit, no_lift):
            return None
        while above - clear > 1:
            middle = (clear + above) // 2
            if self._is_clear(line.lift_unit, no_lift + middle * step):
                clear = middle
            else:
                above = middle
        return round(no_lift + clear * step, 2)

    def _is_clear(self, lift_unit: str, lift_value: float) -> bool:
        outcome = self.with_lift(lift_unit, lift_value)
        return outcome is not None and outcome.is_clear

    def _moved(self, receipt: Receipt, eta: date) -> Receipts:
        return moved(self.assessment.inputs, [(receipt, eta)], self.day)

    def _judged(self, inputs: ProjectionInputs) -> Outcome | None:
        assessment = judged(inputs, self.assessment.products, self.assessment.limits)
        return outcomes(assessment).get(self.number)


def outcomes(assessment: Assessment) -> dict[int, Outcome]:
    """How each planned line stands, by its place in ``assessment.inputs.planned``."""
    flags, lines, risk = assessment.flags, assessment.inputs.lines, assessment.risk
    thin = np.maximum(assessment.cover_threshold - np.nan_to_num(risk.cover, nan=np.inf), 0.0)
    under = np.bincount(lines.line, weights=thin * risk.window.demand_units, minlength=1)
    return {
        int(line): Outcome(
            state=RiskState(State(flags.state[place]).slug),
            severity=int(flags.state[place]),
            units_short=float(flags.units_short[place]),
            units_under_threshold=float(under[line]),
            revenue_short=_known(flags.revenue_short[place]),
            cover=_known(flags.cover[place]),
        )
        for place, line in enumerate(flags.line)
    }


def moved(inputs: ProjectionInputs, etas: Iterable[tuple[Receipt, date]], day: date) -> Receipts:
    """The receipts of ``inputs`` with some landing on other dates; those that are past due come in anew.

    A receipt is taken out where it stands by as many negative units.
    """
    places = {
        (product_id, door_id): row
        for row, (product_id, door_id) in enumerate(
            zip(inputs.product_ids.tolist(), inputs.door_ids.tolist(), strict=True)
        )
    }
    horizon = inputs.horizon
    rows, buckets, units = [], [], []
    for receipt, eta in etas:
        row = places.get((receipt.product_id, receipt.door_id))
        if row is None:
            continue
        rows.append(row)
        buckets.append(horizon.bucket_of_day(horizon.day_of(eta)))
        units.append(receipt.outstanding_units)
        if receipt.current_eta >= day:
            rows.append(row)
            buckets.append(horizon.bucket_of_day(horizon.day_of(receipt.current_eta)))
            units.append(-receipt.outstanding_units)
    return Receipts(
        row=np.append(inputs.receipts.row, np.array(rows, dtype=np.int64)),
        bucket=np.append(inputs.receipts.bucket, np.array(buckets, dtype=np.int64)),
        units=np.append(inputs.receipts.units, units),
    )


def replacement_outcomes(
    flag: Flag, line: CampaignLine, product_ids: Collection[int], day: date
) -> dict[int, Outcome]:
    """How each of these SKUs would stand in the campaign with the lift of ``line``, by SKU id.

    A SKU that no door of the campaign ranges is left out.
    """
    model = OperatingModel.objects.in_force(day)
    campaign = flag.campaign
    count, wanted = len(product_ids), np.array(sorted(product_ids), dtype=np.int64)
    candidates = PlannedLines(
        campaign_ids=np.full(count, campaign.pk),
        product_ids=wanted,
        start_days=np.full(count, (campaign.starts_on - day).days),
        end_days=np.full(count, (campaign.ends_on - day).days),
        uplift_ratio=np.full(count, np.nan if line.uplift_ratio is None else line.uplift_ratio),
        uplift_units=np.full(count, np.nan if line.uplift_units is None else line.uplift_units),
    )
    inputs = projection_inputs(
        wanted,
        candidates.followed_by(planned_lines(wanted, day)),
        today=day,
        default_transit_days=model.default_transfer_days,
    )
    found = outcomes(judged(inputs, product_facts(wanted), risk_limits(model)))
    return {
        product_id: found[place]
        for place, product_id in enumerate(candidates.product_ids.tolist())
        if place in found
    }


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
